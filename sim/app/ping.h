#pragma once
// `ping`: ICMP echo requests by the clock, as ping(8).

#include "app/datagram_probe.h"
#include "app/instance.h"
#include "app/line.h"
#include "core/random.h"
#include "core/ring.h"
#include "ip/icmp.h"
#include "socket/process.h"

namespace wirelab {

class PingInstance final : public Instance, private EchoUser {
 public:
  PingInstance(Line& line, std::uint64_t number, const LineEndConfig& from, const LineEndConfig& to,
               const PingApp& app);
  ~PingInstance() override;

  void begin(Time now) override;
  void stop(bool abort, Time now) override;
  DatagramTotals datagrams() const override { return totals_; }

 private:
  Task send_all();
  void on_echo_reply(const Packet& reply, Time now) override;
  void on_echo_error(const IcmpQuote& request, IcmpError error, Time now) override;
  bool all_answered() const { return app_.count && totals_.received + totals_.errors >= *app_.count; }

  const PingApp& app_;
  Process process_;
  RandomStream sizes_, intervals_;
  std::uint16_t identifier_ = 0;
  Ring<Time> sent_at_;            // of the last requests, for the round-trip time of the answers
  std::uint64_t first_kept_ = 0;  // number of the oldest of them
  bool stopping_ = false;
  DatagramTotals totals_;
  DatagramProbe probe_;
};

}  // namespace wirelab
