#pragma once
// `cbr` and `on-off`: one program sends UDP datagrams by the clock, the other counts what arrives and how late.

#include <vector>

#include "app/datagram_probe.h"
#include "app/instance.h"
#include "app/line.h"
#include "core/random.h"
#include "socket/process.h"
#include "udp/layer.h"

namespace wirelab {

class DatagramInstance : public Instance, private udp::User {
 public:
  DatagramInstance(Line& line, std::uint64_t number, const LineEndConfig& from, const LineEndConfig& to);
  ~DatagramInstance() override;

  void begin(Time now) override;
  void stop(bool abort, Time now) override;
  DatagramTotals datagrams() const override { return totals_; }

 protected:
  /// When the next datagram leaves after one of `payload` bytes has left at `now`.
  virtual Time next_departure(Time now, std::int64_t payload) = 0;
  virtual std::int64_t next_size() = 0;
  virtual bool dont_fragment() const = 0;
  RandomStream stream(Purpose purpose, std::uint64_t which = 0) const;

 private:
  /// The receiving end.
  class Sink final : public udp::User {
   public:
    explicit Sink(DatagramInstance& owner) : owner_(owner) {}
    void on_datagram(const udp::Datagram& d, Time now) override { owner_.on_arrival(d, now); }
    void on_error(udp::Error, const IcmpQuote&, Time) override {}

   private:
    DatagramInstance& owner_;
  };

  Task send_all();
  bool has_come_before(std::uint64_t place);
  void on_arrival(const udp::Datagram& d, Time now);
  void on_datagram(const udp::Datagram&, Time) override {}
  void on_error(udp::Error, const IcmpQuote&, Time) override { ++totals_.errors; }

  Process process_;
  Sink sink_{*this};
  udp::Layer::Socket sender_ = 0, receiver_ = 0;
  bool stopping_ = false;
  DatagramTotals totals_;
  DatagramProbe probe_;
  Duration last_transit_;
  std::uint64_t highest_place_ = 0;
  std::vector<std::uint64_t> last_;  // places of the last arrivals, where copies are made; 0: none
  std::size_t noted_ = 0;
  std::int64_t jitter_ps_16_ = 0;  // sixteen times the jitter, as RFC 3550 section A.8 keeps it
};

std::unique_ptr<Instance> make_cbr(Line& line, std::uint64_t number, const LineEndConfig& from, const LineEndConfig& to,
                                   const CbrApp& app);
std::unique_ptr<Instance> make_on_off(Line& line, std::uint64_t number, const LineEndConfig& from,
                                      const LineEndConfig& to, const OnOffApp& app);

}  // namespace wirelab
