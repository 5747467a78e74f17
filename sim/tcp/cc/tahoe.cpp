// Tahoe (Jacobson 1988): as Reno, but any loss, however it is found, begins slow start again from one segment.

#include "tcp/cc/reno.h"
#include "tcp/cc_registry.h"

namespace wirelab::tcp {

namespace {

class Tahoe final : public CongestionControl {
 public:
  explicit Tahoe(bool halve_flight) : halve_flight_(halve_flight) {}

  Window on_ack(const AckEvent& ack, Window w) override { return cc::reno_growth(ack, w); }
  Segments ssthresh(const CongestionEvent& event) override { return cc::reno_ssthresh(event, halve_flight_); }
  bool restarts_after_loss() const override { return true; }

 private:
  bool halve_flight_;
};

}  // namespace

extern const CcInfo cc_tahoe;
const CcInfo cc_tahoe = {
    "tahoe",
    "fast retransmit without fast recovery: every loss restarts from one segment (Jacobson 1988)",
    {},
    [](const CcArguments& a) -> std::unique_ptr<CongestionControl> {
      return std::make_unique<Tahoe>(a.config().flight_ssthresh);
    },
};

}  // namespace wirelab::tcp
