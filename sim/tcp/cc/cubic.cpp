// CUBIC (RFC 9438) in Linux's integers: time in jiffies and 1/1024 s, windows in segments, with fast convergence, the
// Reno-friendly region and HyStart (Ha, Rhee 2011) by ACK train and by delay. One deviation from Linux, which takes the
// cube root from a table and one Newton step (0.2 % off on average): here it is the exact integer root.

#include <algorithm>
#include <limits>

#include "tcp/cc_registry.h"

namespace wirelab::tcp {

namespace {

constexpr std::uint32_t kBetaScale = 1024;
constexpr int kTimeBits = 10;  // the curve's time unit is 1/1024 s
constexpr std::uint32_t kSecond = 1u << kTimeBits;

constexpr CcParameter kParameters[] = {
    {"beta", 0.1, 0.999, 717.0 / 1024, false, "window kept after a loss (RFC 9438 section 4.6)"},
    {"c", 0.001, 4, 41 * 10 / 1024.0, false, "steepness of the curve in segments/s^3 (RFC 9438 section 4.1)"},
    {"fast_convergence", 0, 1, 1, true, "give room to newcomers (RFC 9438 section 4.7)"},
    {"tcp_friendliness", 0, 1, 1, true, "never slower than Reno (RFC 9438 section 4.3)"},
    {"hystart", 0, 1, 1, true, "leave slow start before it overflows the queue"},
};

/// Largest x with x^3 <= a.
constexpr std::uint32_t cube_root(std::uint64_t a) {
  std::uint64_t root = 0;
  for (int shift = 63; shift >= 0; shift -= 3) {
    root *= 2;
    const std::uint64_t step = 3 * root * (root + 1) + 1;  // (root+1)^3 - root^3
    if ((a >> shift) >= step) {
      a -= step << shift;
      ++root;
    }
  }
  return static_cast<std::uint32_t>(root);
}
static_assert(cube_root(0) == 0 && cube_root(26) == 2 && cube_root(27) == 3);
static_assert(cube_root(std::numeric_limits<std::uint64_t>::max()) == 2642245);

/// The tick that a time falls into. Most calls fall into the tick of the call before, which saves the division.
class JiffyClock {
 public:
  explicit JiffyClock(std::uint32_t hz) : tick_(Duration::s(1) / hz), end_(Time::zero() + tick_) {}
  std::int64_t at(Time now) {
    if (now < begin_ || now >= end_) {
      jiffy_ = now.since_start() / tick_;
      begin_ = Time::zero() + tick_ * jiffy_;
      end_ = begin_ + tick_;
    }
    return jiffy_;
  }

 private:
  Duration tick_;
  Time begin_, end_;
  std::int64_t jiffy_ = 0;
};

/// Finds the end of slow start before a loss does. One object sees the ACKs of slow start until it has.
class HyStart {
 public:
  void reset(Time now, Seq snd_nxt) {
    round_start_us_ = last_ack_us_ = now.since_start().us();
    round_end_ = snd_nxt;
    least_rtt_us_ = std::numeric_limits<std::uint32_t>::max();
    samples_ = 0;
  }

  /// True if the window has grown far enough. `rtt_us`, `delay_min_us`: this sample, and the least so far.
  bool found(const AckEvent& ack, const Window& w, std::uint32_t rtt_us, std::uint32_t delay_min_us) {
    if (ack.snd_una > round_end_) reset(ack.now, ack.snd_nxt);
    if (w.cwnd < kLowWindow) return false;
    const bool train = train_is_long(ack, w, delay_min_us);  // both look at every ACK
    const bool delay = delay_has_grown(rtt_us, delay_min_us);
    return train || delay;
  }

 private:
  static constexpr Segments kLowWindow = 16;
  static constexpr std::uint32_t kMinSamples = 8;
  static constexpr std::int64_t kTrainSpacingUs = 2000;

  /// ACKs that follow each other closely have spanned half the path's RTT: the window fills the path.
  bool train_is_long(const AckEvent& ack, const Window& w, std::uint32_t delay_min_us) {
    const std::int64_t now_us = ack.now.since_start().us();
    if (now_us - last_ack_us_ > kTrainSpacingUs) return false;
    last_ack_us_ = now_us;
    return now_us - round_start_us_ > (delay_min_us + burst_delay_us(ack, w)) / 2;
  }

  /// Four of the largest bursts at the rate at which Linux would pace: twice the window per SRTT in slow start (that is
  /// only an estimate without pacing); at most 1 ms.
  static std::int64_t burst_delay_us(const AckEvent& ack, const Window& w) {
    constexpr std::int64_t kFourBursts = 4 * 65536;
    const std::int64_t percent = w.cwnd < w.ssthresh / 2 ? 200 : 120;
    const std::int64_t bytes = ack.smss.count() * std::max(w.cwnd, ack.packets_out) * percent / 100;
    return bytes == 0 ? 0 : std::min<std::int64_t>(1000, kFourBursts * ack.srtt.us() / bytes);
  }

  /// The least of eight samples of this round exceeds the least ever by an eighth, 4 to 16 ms.
  bool delay_has_grown(std::uint32_t rtt_us, std::uint32_t delay_min_us) {
    least_rtt_us_ = std::min(least_rtt_us_, rtt_us);
    if (samples_ < kMinSamples) {
      ++samples_;
      return false;
    }
    return least_rtt_us_ > delay_min_us + std::clamp<std::uint32_t>(delay_min_us >> 3, 4000, 16000);
  }

  std::int64_t round_start_us_ = 0, last_ack_us_ = 0;
  Seq round_end_;
  std::uint32_t least_rtt_us_ = 0, samples_ = 0;
};

class Cubic final : public CongestionControl {
 public:
  explicit Cubic(const CcArguments& a)
      : clock_(a.config().hz),
        hz_(a.config().hz),
        beta_(std::min(a.scaled("beta", kBetaScale), kBetaScale - 1)),
        c_(std::max<std::uint32_t>(a.scaled("c", 1024), 1)),
        reno_scale_(8 * (kBetaScale + beta_) / 3 / (kBetaScale - beta_)),
        fast_convergence_(a.flag("fast_convergence")),
        friendly_(a.flag("tcp_friendliness")),
        hystart_enabled_(a.flag("hystart")) {}

  Window start(const CcStart& start) override {
    hystart_.reset(start.now, start.snd_nxt);
    return start.window;
  }

  Window on_ack(const AckEvent& ack, Window w) override {
    if (ack.has_rtt) take_rtt(ack, w);
    if (ack.growth == 0 || !ack.cwnd_limited) return w;
    Segments acked = ack.growth;
    if (w.in_slow_start()) {
      acked = slow_start(w, acked);
      if (acked == 0) return w;
    }
    update(clock_.at(ack.now), w.cwnd, acked);
    additive_increase(w, per_step_, acked);
    return w;
  }

  Segments ssthresh(const CongestionEvent& event) override {
    const Segments cwnd = event.window.cwnd;
    epoch_set_ = false;
    // Fast convergence: below the last maximum, the flow is losing ground to others and makes room for them.
    const bool lower = cwnd < last_max_ && fast_convergence_;
    last_max_ = lower ? scaled(cwnd, kBetaScale + beta_) / 2 : cwnd;
    return std::max<Segments>(scaled(cwnd, beta_), 2);
  }

  void on_state(Time now, CaState state, Seq snd_nxt) override {
    if (state != CaState::Loss) return;
    last_max_ = last_cwnd_ = origin_ = reno_cwnd_ = per_step_ = ack_count_ = 0;
    last_update_ = k_ = 0;
    delay_min_us_ = 0;
    epoch_set_ = hystart_done_ = false;
    hystart_.reset(now, snd_nxt);
  }

  /// The curve stands still while nothing is sent.
  void on_idle_end(Time now, Duration idle, bool window_restarted, Seq) override {
    if (window_restarted || !epoch_set_) return;
    const std::int64_t passed = clock_.at(now) - clock_.at(now - idle);
    epoch_ = std::min(epoch_ + passed, clock_.at(now));
  }

  std::size_t variables(std::span<CcVariable, kMostCcVariables> out) const override {
    const double epoch = epoch_set_ ? static_cast<double>(epoch_) / hz_ : 0;
    out[0] = {"w_max", static_cast<double>(last_max_)};
    out[1] = {"origin", static_cast<double>(origin_)};
    out[2] = {"k_s", static_cast<double>(k_) / kSecond};
    out[3] = {"epoch_s", epoch};
    out[4] = {"w_est", static_cast<double>(reno_cwnd_)};
    out[5] = {"acks_per_step", static_cast<double>(per_step_)};
    out[6] = {"delay_min_s", delay_min_us_ * 1e-6};
    return 7;
  }

 private:
  static Segments scaled(Segments n, std::uint32_t by) {
    return static_cast<Segments>(std::uint64_t{n} * by / kBetaScale);
  }

  void take_rtt(const AckEvent& ack, Window& w) {
    // Just after a reduction the queue still drains.
    if (epoch_set_ && clock_.at(ack.now) - epoch_ < hz_) return;
    const auto rtt_us =
        static_cast<std::uint32_t>(std::clamp<std::int64_t>(ack.rtt.us(), 1, std::numeric_limits<std::int32_t>::max()));
    if (delay_min_us_ == 0 || rtt_us < delay_min_us_) delay_min_us_ = rtt_us;
    if (hystart_done_ || !hystart_enabled_ || !w.in_slow_start()) return;
    if (!hystart_.found(ack, w, rtt_us, delay_min_us_)) return;
    hystart_done_ = true;
    w.ssthresh = w.cwnd;
  }

  /// Sets per_step_: how many ACKed segments open the window by one.
  void update(std::int64_t now, Segments cwnd, Segments acked) {
    ack_count_ += acked;
    if (last_cwnd_ == cwnd && now - last_update_ <= hz_ / 32) return;
    if (!epoch_set_ || now != last_update_) {  // the curve moves once in a jiffy
      last_cwnd_ = cwnd;
      last_update_ = now;
      if (!epoch_set_) begin_epoch(now, cwnd, acked);
      follow_curve(now, cwnd);
    }
    if (friendly_) follow_reno(cwnd);
    per_step_ = std::max<Segments>(per_step_, 2);  // at most 1.5 times in a round trip
  }

  void begin_epoch(std::int64_t now, Segments cwnd, Segments acked) {
    epoch_set_ = true;
    epoch_ = now;
    ack_count_ = acked;
    reno_cwnd_ = cwnd;
    origin_ = std::max(last_max_, cwnd);
    // K = cbrt((W_max - cwnd) / C) with C = c_ / 1024, in 1/1024 s.
    k_ = cube_root((std::uint64_t{1} << (10 + 3 * kTimeBits)) / c_ * (origin_ - cwnd));
  }

  void follow_curve(std::int64_t now, Segments cwnd) {
    const std::int64_t min_delay = (std::int64_t{delay_min_us_} * hz_ + 999'999) / 1'000'000;
    const std::int64_t t = (now - epoch_ + min_delay) * kSecond / hz_;
    const std::uint64_t offset = static_cast<std::uint64_t>(t < k_ ? k_ - t : t - k_);
    const std::uint64_t bounded = std::min<std::uint64_t>(offset, 1u << 17);  // 128 s: keeps the cube in 64 bits
    const std::uint64_t change = (c_ * bounded * bounded * bounded) >> (10 + 3 * kTimeBits);
    const std::uint64_t target = t < k_ ? origin_ - std::min<std::uint64_t>(change, origin_) : origin_ + change;
    per_step_ = target > cwnd ? static_cast<Segments>(cwnd / (target - cwnd)) : 100 * cwnd;
    // Before the first loss nothing is known of the path: at least 5 % a round trip.
    if (last_max_ == 0) per_step_ = std::min<Segments>(per_step_, 20);
  }

  /// The window that Reno with the same average would have (RFC 9438 section 4.3) is the least.
  void follow_reno(Segments cwnd) {
    const auto per_reno_step = std::max<Segments>(static_cast<Segments>((std::uint64_t{cwnd} * reno_scale_) >> 3), 1);
    if (ack_count_ > per_reno_step) {
      const Segments steps = (ack_count_ - 1) / per_reno_step;
      ack_count_ -= steps * per_reno_step;
      reno_cwnd_ += steps;
    }
    if (reno_cwnd_ > cwnd) per_step_ = std::min<Segments>(per_step_, cwnd / (reno_cwnd_ - cwnd));
  }

  JiffyClock clock_;
  std::uint32_t hz_;
  std::uint32_t beta_;        // of kBetaScale
  std::uint32_t c_;           // of 1024
  std::uint32_t reno_scale_;  // segments for one more in Reno's window, eighths of cwnd
  bool fast_convergence_, friendly_, hystart_enabled_;
  bool hystart_done_ = false, epoch_set_ = false;
  Segments per_step_ = 0, last_max_ = 0, last_cwnd_ = 0, origin_ = 0, reno_cwnd_ = 0, ack_count_ = 0;
  std::uint32_t delay_min_us_ = 0;
  std::int64_t k_ = 0;                        // in 1/1024 s
  std::int64_t epoch_ = 0, last_update_ = 0;  // in jiffies
  HyStart hystart_;
};

}  // namespace

extern const CcInfo cc_cubic;
const CcInfo cc_cubic = {
    "cubic",
    "the window follows a cubic function of the time since the last loss (RFC 9438; integers as in Linux)",
    kParameters,
    [](const CcArguments& a) -> std::unique_ptr<CongestionControl> { return std::make_unique<Cubic>(a); },
};

}  // namespace wirelab::tcp
