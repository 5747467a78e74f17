// DCTCP (RFC 8257, Alizadeh et al. 2010) in Linux's integers: an estimate of how many of the segments are marked, once
// a window, and an ECN reduction in that proportion. Everything else is Reno's. The other half, the receiver that
// echoes each mark as it comes, is the connection's (CcNeeds::ecn). Without ECN on both sides it is Reno.

#include <algorithm>

#include "tcp/cc/reno.h"
#include "tcp/cc_registry.h"

namespace wirelab::tcp {

namespace {

constexpr int kAlphaBits = 10;
constexpr std::uint32_t kMaxAlpha = 1u << kAlphaBits;

constexpr CcParameter kParameters[] = {
    {"shift_g", 0, 10, 4, false, "weight of the last window in the estimate: 1/2^shift_g (RFC 8257 section 4.2)"},
    {"alpha_on_init", 0, kMaxAlpha, kMaxAlpha, false, "the estimate at the start, in 1/1024 (RFC 8257 section 4.2)"},
};

class Dctcp final : public CongestionControl {
 public:
  explicit Dctcp(const CcArguments& a)
      : shift_g_(a.scaled("shift_g", 1)),
        alpha_(a.scaled("alpha_on_init", 1)),
        halve_flight_(a.config().flight_ssthresh) {}

  Window start(const CcStart& start) override {
    enabled_ = start.ecn;
    window_end_ = start.snd_nxt;
    return start.window;
  }

  void on_delivered(Segments delivered, bool ece, Seq snd_una, Seq snd_nxt) override {
    if (!enabled_) return;
    delivered_ += delivered;
    if (ece) marked_ += delivered;
    if (snd_una < window_end_) return;
    window_end_ = snd_nxt;
    update_alpha();
    delivered_ = marked_ = 0;
  }

  Window on_ack(const AckEvent& ack, Window w) override { return cc::reno_growth(ack, w); }

  Segments ssthresh(const CongestionEvent& event) override {
    if (!enabled_ || event.cause != CongestionEvent::Cause::Ecn) return cc::reno_ssthresh(event, halve_flight_);
    const std::uint64_t cwnd = event.window.cwnd;
    return std::max<Segments>(static_cast<Segments>(cwnd - (cwnd * alpha_ >> (kAlphaBits + 1))), 2);
  }

  bool reduces_again_for_loss() const override { return enabled_; }

  std::size_t variables(std::span<CcVariable, kMostCcVariables> out) const override {
    out[0] = {"alpha", static_cast<double>(alpha_) / kMaxAlpha};
    out[1] = {"delivered", static_cast<double>(delivered_)};
    out[2] = {"marked", static_cast<double>(marked_)};
    return 3;
  }

 private:
  /// alpha = (1 - g) alpha + g F, RFC 8257 section 3.3. Where a shift would leave a small alpha as it is, it ends at 0.
  void update_alpha() {
    const std::uint32_t decay = alpha_ >> shift_g_;
    alpha_ -= decay != 0 ? decay : alpha_;
    if (marked_ == 0) return;
    const std::uint64_t gain = (std::uint64_t{marked_} << (kAlphaBits - shift_g_)) / std::max(delivered_, 1u);
    alpha_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(alpha_ + gain, kMaxAlpha));
  }

  std::uint32_t shift_g_;
  std::uint32_t alpha_;                  // of kMaxAlpha
  Segments delivered_ = 0, marked_ = 0;  // in this window
  Seq window_end_;
  bool enabled_ = false, halve_flight_;
};

}  // namespace

extern const CcInfo cc_dctcp;
const CcInfo cc_dctcp = {
    "dctcp",
    "reduces in proportion to the share of marked segments; needs queues with ecn_threshold (RFC 8257; as in Linux)",
    kParameters,
    [](const CcArguments& a) -> std::unique_ptr<CongestionControl> { return std::make_unique<Dctcp>(a); },
    {.ecn = true},
};

}  // namespace wirelab::tcp
