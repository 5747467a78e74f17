#include <algorithm>
#include <memory>

#include "tcp/cc_registry.h"

namespace wirelab::tcp {

class Steady final : public CongestionControl {
 public:
  Window on_ack(const AckEvent& ack, Window w) override {
    additive_increase(w, w.cwnd, ack.growth);
    return w;
  }
  Segments ssthresh(const CongestionEvent& e) override { return std::max(e.window.cwnd / 2, 2u); }
};

extern const CcInfo cc_steady;
const CcInfo cc_steady = {
    "steady",
    "one more segment every round trip, and no slow start",
    {},
    [](const CcArguments&) -> std::unique_ptr<CongestionControl> { return std::make_unique<Steady>(); }};

}  // namespace wirelab::tcp
