#include "tcp/cc/reno.h"

#include "tcp/cc_registry.h"

namespace wirelab::tcp {

namespace {

class Reno final : public CongestionControl {
 public:
  explicit Reno(bool halve_flight) : halve_flight_(halve_flight) {}

  Window on_ack(const AckEvent& ack, Window w) override { return cc::reno_growth(ack, w); }
  Segments ssthresh(const CongestionEvent& event) override { return cc::reno_ssthresh(event, halve_flight_); }

 private:
  bool halve_flight_;
};

}  // namespace

extern const CcInfo cc_reno;
const CcInfo cc_reno = {
    "reno",
    "slow start, congestion avoidance, halving on loss (RFC 5681); loss recovery is chosen apart",
    {},
    [](const CcArguments& a) -> std::unique_ptr<CongestionControl> {
      return std::make_unique<Reno>(a.config().flight_ssthresh);
    },
};

}  // namespace wirelab::tcp
