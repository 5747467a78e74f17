// Vegas (Brakmo, Peterson 1995) as Linux has it: once a round trip it compares the least RTT of the round with the
// least ever seen, and keeps between alpha and beta segments waiting in the network.

#include <algorithm>
#include <limits>

#include "tcp/cc/reno.h"
#include "tcp/cc_registry.h"

namespace wirelab::tcp {

namespace {

constexpr std::uint32_t kNoSample = std::numeric_limits<std::int32_t>::max();

constexpr CcParameter kParameters[] = {
    {"alpha", 0, 1000, 2, false, "grow with fewer segments waiting than this"},
    {"beta", 0, 1000, 4, false, "shrink with more segments waiting than this"},
    {"gamma", 0, 1000, 1, false, "leave slow start with more segments waiting than this"},
};

class Vegas final : public CongestionControl {
 public:
  explicit Vegas(const CcArguments& a)
      : alpha_(a.scaled("alpha", 1)),
        beta_(a.scaled("beta", 1)),
        gamma_(a.scaled("gamma", 1)),
        halve_flight_(a.config().flight_ssthresh) {}

  Window start(const CcStart& start) override {
    enable(start.snd_nxt);
    return start.window;
  }

  Window on_ack(const AckEvent& ack, Window w) override {
    if (ack.has_rtt) {
      const auto rtt = static_cast<std::uint32_t>(std::min<std::int64_t>(ack.rtt.us(), kNoSample - 1)) + 1;
      base_rtt_ = std::min(base_rtt_, rtt);
      round_rtt_ = std::min(round_rtt_, rtt);
      ++samples_;
    }
    if (ack.growth == 0) return w;
    if (!enabled_) return cc::reno_growth(ack, w);
    if (ack.snd_una > round_end_) {
      round_end_ = ack.snd_nxt;
      // With two samples or fewer the least may well be one that waited for a delayed ACK.
      w = samples_ <= 2 ? cc::reno_growth(ack, w) : end_of_round(ack, w);
      samples_ = 0;
      round_rtt_ = kNoSample;
    } else if (w.in_slow_start()) {
      slow_start(w, ack.growth);
    }
    return w;
  }

  Segments ssthresh(const CongestionEvent& event) override { return cc::reno_ssthresh(event, halve_flight_); }

  void on_state(Time, CaState state, Seq snd_nxt) override {
    if (state == CaState::Open) {
      enable(snd_nxt);
    } else {
      enabled_ = false;
    }
  }

  void on_idle_end(Time, Duration, bool, Seq snd_nxt) override {
    base_rtt_ = kNoSample;  // the path may be another by now
    enable(snd_nxt);
  }

  std::size_t variables(std::span<CcVariable, kMostCcVariables> out) const override {
    const auto seconds = [](std::uint32_t us) { return us == kNoSample ? 0 : us * 1e-6; };
    out[0] = {"base_rtt_s", seconds(base_rtt_)};
    out[1] = {"round_rtt_s", seconds(round_rtt_)};
    out[2] = {"samples", static_cast<double>(samples_)};
    return 3;
  }

 private:
  void enable(Seq snd_nxt) {
    enabled_ = true;
    round_end_ = snd_nxt;
    samples_ = 0;
    round_rtt_ = kNoSample;
  }

  Window end_of_round(const AckEvent& ack, Window w) const {
    const std::uint64_t cwnd = w.cwnd;
    const std::uint64_t target = cwnd * base_rtt_ / round_rtt_;
    const std::uint64_t waiting = cwnd * (round_rtt_ - base_rtt_) / base_rtt_;
    if (w.in_slow_start()) {
      if (waiting > gamma_) {
        w.cwnd = static_cast<Segments>(std::min(cwnd, target + 1));
        w.ssthresh = below(w);
      } else {
        slow_start(w, ack.growth);
      }
    } else if (waiting > beta_) {
      --w.cwnd;
      w.ssthresh = below(w);
    } else if (waiting < alpha_) {
      ++w.cwnd;
    }
    w.cwnd = std::max<Segments>(w.cwnd, 2);
    w.ssthresh = remembered_ssthresh(w);
    return w;
  }

  static Segments below(const Window& w) { return std::min(w.ssthresh, w.cwnd - 1); }

  std::uint32_t alpha_, beta_, gamma_;
  std::uint32_t base_rtt_ = kNoSample, round_rtt_ = kNoSample;  // microseconds, at least 1
  std::uint32_t samples_ = 0;
  Seq round_end_;
  bool enabled_ = true, halve_flight_;
};

}  // namespace

extern const CcInfo cc_vegas;
const CcInfo cc_vegas = {
    "vegas",
    "keeps a few segments waiting in the network by watching the RTT (Brakmo, Peterson 1995; as in Linux)",
    kParameters,
    [](const CcArguments& a) -> std::unique_ptr<CongestionControl> { return std::make_unique<Vegas>(a); },
};

}  // namespace wirelab::tcp
