// BBR, version 1, in Linux's integers (Cardwell, Cheng, Gunn, Yeganeh, Jacobson: "BBR: Congestion-Based Congestion
// Control", ACM Queue 14(5), 2016): a model of the path (the largest delivery rate of ten round trips, the smallest RTT
// of ten seconds) says how fast to send and how much may be in flight. Losses and marks do not. One deviation from
// Linux: the segments that a timeout itself marks lost count for the search for a policer from the next ACK on.

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "core/random.h"
#include "tcp/cc/bbr_parts.h"
#include "tcp/cc/windowed_max.h"
#include "tcp/cc_registry.h"

namespace wirelab::tcp {

namespace {

using namespace cc::bbr;

enum class Mode : std::uint8_t { Startup, Drain, ProbeBw, ProbeRtt };

/// 2/ln 2: the least at which the rate doubles every round trip.
constexpr std::uint32_t kHighGain = kUnit * 2885 / 1000 + 1, kDrainGain = kUnit * 1000 / 2885, kCwndGain = 2 * kUnit;
constexpr std::uint32_t kCycle[] = {kUnit * 5 / 4, kUnit * 3 / 4, kUnit, kUnit, kUnit, kUnit, kUnit, kUnit};
constexpr std::uint32_t kPhases = 8, kStartPhases = 7;
constexpr std::uint32_t kBandwidthRounds = kPhases + 2;
constexpr std::uint32_t kFullRounds = 3;
constexpr Segments kLeastCwnd = 4, kInitialCwnd = 10;
constexpr std::int64_t kMinRttSeconds = 10, kProbeRttMs = 200;
constexpr std::uint64_t kSmallRate = 1'200'000 / 8;  // bytes per second, below which segments leave one by one
constexpr std::uint32_t kNoRtt = std::numeric_limits<std::uint32_t>::max();

class Bbr final : public CongestionControl {
 public:
  explicit Bbr(const CcArguments& a) : tick_(Duration::s(1) / a.config().hz), hz_(a.config().hz) {}

  Window start(const CcStart& start) override {
    random_.emplace(start.random_key, Purpose::PacingCycle, 0);
    smss_ = start.smss;
    if (start.min_rtt != Duration::max()) min_rtt_us_ = static_cast<std::uint32_t>(start.min_rtt.us());
    min_rtt_at_ = jiffies(start.now);
    aggregation_.restart(start.now);
    set_first_rate(start.window.cwnd, start.srtt);
    return {start.window.cwnd, 0, infinite_ssthresh};
  }

  Window on_ack(const AckEvent& ack, Window w) override {
    smss_ = static_cast<std::uint32_t>(ack.smss.count());
    last_ = *ack.rate;
    update_bandwidth(ack);
    if (ack.delivered != 0 && last_.is_valid()) {
      aggregation_.take(last_, ack.delivered, round_started_, bandwidth(), w.cwnd);
    }
    if (mode_ == Mode::ProbeBw && phase_is_over(ack)) next_phase();
    look_for_full_pipe();
    drain(ack.now, w);
    update_min_rtt(ack, w);
    update_gains();
    set_rate(w.cwnd, ack.srtt);
    set_cwnd(ack, w);
    return w;
  }

  /// No reduction: what the window was is kept for the end of the episode.
  Segments ssthresh(const CongestionEvent& event) override {
    save_cwnd(event.window.cwnd);
    return event.window.ssthresh;
  }

  void on_state(Time, CaState state, Seq) override {
    if (state != CaState::Loss) return;
    prior_state_ = CaState::Loss;
    full_bandwidth_ = 0;
    round_started_ = true;
    RateSample timeout = last_;
    timeout.app_limited = false;
    look_for_policer(timeout, 1);
  }

  Window on_undo(Time, Window before, Window now_in_force) override {
    full_bandwidth_ = 0;
    full_rounds_ = 0;
    policer_.reset(last_);
    return {now_in_force.cwnd, now_in_force.cwnd_count, std::max(before.ssthresh, now_in_force.ssthresh)};
  }

  Window on_restart(Time now, bool app_limited, Window w) override {
    if (!app_limited) return w;
    idle_restart_ = true;
    aggregation_.restart(now);
    if (mode_ == Mode::ProbeBw) {
      apply_rate(bandwidth(), kUnit);
    } else if (mode_ == Mode::ProbeRtt) {
      end_probe_rtt(now, w);
    }
    return w;
  }

  bool holds_back() const override { return mode_ == Mode::ProbeRtt; }
  std::optional<DataRate> pacing_rate() const override {
    return DataRate::bps(static_cast<std::int64_t>(std::min<std::uint64_t>(rate_, 1ull << 59) * 8));
  }

  std::size_t variables(std::span<CcVariable, kMostCcVariables> out) const override {
    out[0] = {"mode", static_cast<double>(mode_)};
    out[1] = {"bw_bps", static_cast<double>(Uint128{bandwidth()} * smss_ * 8'000'000 >> kBandwidthBits)};
    out[2] = {"min_rtt_s", min_rtt_us_ == kNoRtt ? 0 : min_rtt_us_ * 1e-6};
    out[3] = {"pacing_gain", static_cast<double>(pacing_gain_) / kUnit};
    out[4] = {"cwnd_gain", static_cast<double>(cwnd_gain_) / kUnit};
    out[5] = {"pacing_bps", static_cast<double>(rate_) * 8};
    out[6] = {"extra_acked", static_cast<double>(aggregation_.extra())};
    out[7] = {"policed", policer_.in_force() ? 1.0 : 0.0};
    return 8;
  }

 private:
  std::int64_t jiffies(Time now) const { return now.since_start() / tick_; }
  Bandwidth bandwidth() const { return policer_.in_force() ? policer_.bandwidth() : max_bandwidth_.get(); }

  // ---- What the path can do

  void update_bandwidth(const AckEvent& ack) {
    round_started_ = false;
    if (!last_.is_valid()) return;
    if (static_cast<std::int32_t>(last_.prior_delivered - round_end_) >= 0) {
      round_end_ = last_.total_delivered;
      ++rounds_;
      round_started_ = true;
      conserving_ = false;
    }
    look_for_policer(last_, ack.lost);
    const Bandwidth bw =
        (std::uint64_t{last_.delivered} << kBandwidthBits) / static_cast<std::uint64_t>(last_.interval_us);
    // A rate that the application limited counts only if the path is shown to be faster than thought.
    if (!last_.app_limited || bw >= max_bandwidth_.get()) max_bandwidth_.take(kBandwidthRounds, rounds_, bw);
  }

  void look_for_policer(const RateSample& rate, Segments losses) {
    if (policer_.take(rate, losses, round_started_, mode_ == Mode::ProbeBw, smss_)) enter_probe_bw();
  }

  /// Three round trips without a quarter more: the pipe is full.
  void look_for_full_pipe() {
    if (full_ || !round_started_ || last_.app_limited) return;
    if (max_bandwidth_.get() >= full_bandwidth_ * (kUnit * 5 / 4) >> kGainBits) {
      full_bandwidth_ = max_bandwidth_.get();
      full_rounds_ = 0;
      return;
    }
    full_ = ++full_rounds_ >= kFullRounds;
  }

  /// The smallest RTT is remembered for ten seconds. If none as small came, the flow steps back for a moment, so that
  /// the queue that it stands in itself drains.
  void update_min_rtt(const AckEvent& ack, Window& w) {
    const std::int64_t now = jiffies(ack.now);
    const bool expired = now > min_rtt_at_ + kMinRttSeconds * hz_;
    if (ack.has_rtt) {
      const auto rtt = static_cast<std::uint32_t>(std::min<std::int64_t>(ack.rtt.us(), kNoRtt - 1));
      if (rtt < min_rtt_us_ || (expired && !last_.ack_delayed)) {
        min_rtt_us_ = rtt;
        min_rtt_at_ = now;
      }
    }
    if (expired && !idle_restart_ && mode_ != Mode::ProbeRtt) {
      mode_ = Mode::ProbeRtt;
      save_cwnd(w.cwnd);
      probe_rtt_until_.reset();
    }
    if (mode_ == Mode::ProbeRtt) step_probe_rtt(ack.now, w);
    if (last_.has_delivered && last_.delivered != 0) idle_restart_ = false;
  }

  void step_probe_rtt(Time now, Window& w) {
    if (!probe_rtt_until_) {
      if (last_.in_flight > kLeastCwnd) return;
      probe_rtt_until_ = jiffies(now) + (kProbeRttMs * hz_ + 999) / 1000;
      probe_rtt_round_done_ = false;
      round_end_ = last_.total_delivered;
      return;
    }
    if (round_started_) probe_rtt_round_done_ = true;
    if (probe_rtt_round_done_) end_probe_rtt(now, w);
  }

  void end_probe_rtt(Time now, Window& w) {
    if (!probe_rtt_until_ || jiffies(now) <= *probe_rtt_until_) return;
    min_rtt_at_ = jiffies(now);
    w.cwnd = std::max(w.cwnd, prior_cwnd_);
    if (full_) {
      enter_probe_bw();
    } else {
      mode_ = Mode::Startup;
    }
  }

  // ---- Modes

  void drain(Time now, Window& w) {
    if (mode_ == Mode::Startup && full_) {
      mode_ = Mode::Drain;
      w.ssthresh = inflight(max_bandwidth_.get(), kUnit);
    }
    if (mode_ == Mode::Drain && in_network(now, last_.in_flight) <= inflight(max_bandwidth_.get(), kUnit))
      enter_probe_bw();
  }

  /// Anywhere in the cycle but where it drains what was not put in.
  void enter_probe_bw() {
    mode_ = Mode::ProbeBw;
    const auto drawn = static_cast<std::uint32_t>((random_->next() >> 32) * kStartPhases >> 32);
    phase_ = kPhases - 1 - drawn;
    next_phase();
  }
  void next_phase() {
    phase_ = (phase_ + 1) % kPhases;
    phase_since_ = last_.delivered_at;
  }

  bool phase_is_over(const AckEvent& ack) const {
    const bool lasted = (last_.delivered_at - phase_since_).us() > static_cast<std::int64_t>(min_rtt_us_);
    if (pacing_gain_ == kUnit) return lasted;
    const Segments there = in_network(ack.now, ack.prior_in_flight);
    if (pacing_gain_ > kUnit) {
      return lasted && (ack.lost != 0 || there >= inflight(max_bandwidth_.get(), pacing_gain_));
    }
    return lasted || there <= inflight(max_bandwidth_.get(), kUnit);
  }

  void update_gains() {
    switch (mode_) {
      case Mode::Startup: pacing_gain_ = cwnd_gain_ = kHighGain; break;
      case Mode::Drain: pacing_gain_ = kDrainGain, cwnd_gain_ = kHighGain; break;
      case Mode::ProbeBw:
        pacing_gain_ = policer_.in_force() ? kUnit : kCycle[phase_];
        cwnd_gain_ = kCwndGain;
        break;
      case Mode::ProbeRtt: pacing_gain_ = cwnd_gain_ = kUnit; break;
    }
  }

  // ---- How fast

  void set_first_rate(Segments cwnd, Duration srtt) {
    has_rtt_ = srtt > Duration{};
    const auto us = has_rtt_ ? static_cast<std::uint64_t>(std::max<std::int64_t>(srtt.us(), 1)) : 1000;
    rate_ = bytes_per_second((std::uint64_t{cwnd} << kBandwidthBits) / us, kHighGain, smss_);
  }
  void set_rate(Segments cwnd, Duration srtt) {
    if (!has_rtt_ && srtt > Duration{}) set_first_rate(cwnd, srtt);
    apply_rate(bandwidth(), pacing_gain_);
  }
  void apply_rate(Bandwidth bw, std::uint32_t gain) {
    const std::uint64_t rate = bytes_per_second(bw, gain, smss_);
    if (full_ || rate > rate_) rate_ = rate;
  }

  // ---- How much in flight

  Segments bdp(Bandwidth bw, std::uint32_t gain) const {
    if (min_rtt_us_ == kNoRtt) return kInitialCwnd;
    const Uint128 scaled = Uint128{bw} * min_rtt_us_ * gain >> kGainBits;
    return static_cast<Segments>((scaled + kBandwidthOne - 1) >> kBandwidthBits);
  }
  Segments burst() const {
    const std::uint64_t bytes = std::min<std::uint64_t>(rate_ >> 10, 65536 - 1 - 320);
    return static_cast<Segments>(std::clamp<std::uint64_t>(bytes / smss_, rate_ < kSmallRate ? 1 : 2, 127));
  }
  /// Room for bursts at both ends, an even number for the sake of delayed ACKs, and more while probing on a short path.
  Segments with_bursts(Segments cwnd) const {
    cwnd += 3 * burst();
    cwnd = (cwnd + 1) & ~1u;
    return cwnd + (mode_ == Mode::ProbeBw && phase_ == 0 ? 2 : 0);
  }
  Segments inflight(Bandwidth bw, std::uint32_t gain) const { return with_bursts(bdp(bw, gain)); }

  /// What will be in the network when pacing lets the next burst go.
  Segments in_network(Time now, Segments in_flight) const {
    const Duration until = std::max(last_.departure - now, Duration{});
    const auto delivered =
        static_cast<Segments>(Uint128{bandwidth()} * static_cast<std::uint64_t>(until.us()) >> kBandwidthBits);
    if (pacing_gain_ > kUnit) in_flight += burst();
    return in_flight > delivered ? in_flight - delivered : 0;
  }

  void save_cwnd(Segments cwnd) {
    const bool good = prior_state_ < CaState::Recovery && mode_ != Mode::ProbeRtt;
    prior_cwnd_ = good ? cwnd : std::max(prior_cwnd_, cwnd);
  }

  void set_cwnd(const AckEvent& ack, Window& w) {
    if (ack.delivered != 0 && !recover_or_restore(ack, w)) {
      Segments extra = 0;
      if (full_) {
        const auto most = static_cast<Segments>(Uint128{bandwidth()} * 100'000 >> kBandwidthBits);  // of 100 ms
        extra = std::min(aggregation_.extra(), most);
      }
      const Segments target = with_bursts(bdp(bandwidth(), cwnd_gain_) + extra);
      if (full_) {
        w.cwnd = std::min(w.cwnd + ack.delivered, target);
      } else if (w.cwnd < target || last_.total_delivered < kInitialCwnd) {
        w.cwnd += ack.delivered;
      }
      w.cwnd = std::max(w.cwnd, kLeastCwnd);
    }
    if (mode_ == Mode::ProbeRtt) w.cwnd = std::min(w.cwnd, kLeastCwnd);
  }

  /// In the first round of a recovery as much leaves as arrives; at its end the window of before is back. True: that is
  /// the window.
  bool recover_or_restore(const AckEvent& ack, Window& w) {
    if (ack.lost != 0) w.cwnd = w.cwnd > ack.lost ? w.cwnd - ack.lost : 1;
    const CaState before = std::exchange(prior_state_, ack.ca_state);
    if (ack.ca_state == CaState::Recovery && before != CaState::Recovery) {
      conserving_ = true;
      round_end_ = last_.total_delivered;
      w.cwnd = last_.in_flight + ack.delivered;
    } else if (before >= CaState::Recovery && ack.ca_state < CaState::Recovery) {
      w.cwnd = std::max(w.cwnd, prior_cwnd_);
      conserving_ = false;
    }
    if (conserving_) w.cwnd = std::max(w.cwnd, last_.in_flight + ack.delivered);
    return conserving_;
  }

  Duration tick_;
  std::int64_t hz_;
  std::uint32_t smss_ = 536;
  std::optional<RandomStream> random_;
  RateSample last_;

  cc::WindowedMax max_bandwidth_;  // by rounds
  AckAggregation aggregation_;
  PolicerDetector policer_;
  std::uint32_t rounds_ = 0, round_end_ = 0;
  std::uint32_t min_rtt_us_ = kNoRtt;
  std::int64_t min_rtt_at_ = 0;                  // in jiffies
  std::optional<std::int64_t> probe_rtt_until_;  // in jiffies
  Bandwidth full_bandwidth_ = 0;
  std::uint32_t full_rounds_ = 0;
  std::uint32_t pacing_gain_ = kHighGain, cwnd_gain_ = kHighGain;
  std::uint64_t rate_ = 0;  // bytes of payload per second
  Segments prior_cwnd_ = 0;
  std::uint32_t phase_ = 0;
  Time phase_since_;
  Mode mode_ = Mode::Startup;
  CaState prior_state_ = CaState::Open;
  bool round_started_ = false, conserving_ = false, full_ = false, has_rtt_ = false, idle_restart_ = false,
       probe_rtt_round_done_ = false;
};

}  // namespace

extern const CcInfo cc_bbr;
const CcInfo cc_bbr = {
    "bbr",
    "sends at the measured rate of the path with little queue, whatever is lost; paced (BBR version 1, as in Linux)",
    {},
    [](const CcArguments& a) -> std::unique_ptr<CongestionControl> { return std::make_unique<Bbr>(a); },
    {.rate_sample = true, .pacing = true, .owns_window = true, .long_buffer = true},
};

}  // namespace wirelab::tcp
