#include "link/impairments.h"

#include <algorithm>
#include <array>

#include "wire/codec.h"

namespace wirelab {

namespace {

constexpr double kSqrt12 = 3.4641016151377544;  // width of a uniform distribution of standard deviation 1

struct Verdict {
  const Packet& packet;
  Time now;
  RandomStream& random;
  std::uint64_t& matched;
  std::size_t& next_listed;
  bool& bad;

  bool operator()(const BernoulliLoss& m) const { return matches(m.match, packet) && random.bernoulli(m.p); }
  bool operator()(const EveryLoss& m) const { return matches(m.match, packet) && ++matched % m.n == 0; }
  bool operator()(const ListLoss& m) const {
    if (!matches(m.match, packet)) return false;
    ++matched;
    if (next_listed == m.packets.size() || m.packets[next_listed] != matched) return false;
    ++next_listed;
    return true;
  }
  bool operator()(const GilbertElliottLoss& m) const {
    if (!matches(m.match, packet)) return false;
    const bool turns = random.bernoulli(bad ? m.r : m.p);
    if (turns) bad = !bad;
    return random.bernoulli(bad ? m.loss_bad : m.loss_good);
  }
  bool operator()(const BlackoutLoss& m) const { return matches(m.match, packet) && m.from <= now && now < m.to; }
};

/// Bytes that stay whole, as ranges in ascending order: those that say what the others mean, which are versions,
/// lengths, the protocol, TCP's options and ICMP's types and quotes. With damage there a receiver misreads the packet
/// before it ever sums up; everywhere else a checksum is what catches it.
struct SparedBytes {
  struct Range {
    std::uint32_t from, to;
  };
  std::array<Range, 6> ranges{};
  std::size_t n = 0;
  std::uint32_t bytes = 0;
  void add(std::uint32_t from, std::uint32_t to) {
    ranges[n++] = {from, to};
    bytes += to - from;
  }
};

SparedBytes spared_bytes(const Packet& p, const PacketPool& pool) {
  SparedBytes spared;
  spared.add(0, 1);
  spared.add(2, 4);
  spared.add(9, 10);
  if (p.has(mark::Fragment) && pool.extension(p).fragment.first > 0) return spared;  // shows no transport header
  constexpr std::uint32_t at = kIpv4HeaderBytes;
  if (p.protocol == Protocol::Tcp) {
    spared.add(at + 12, at + 13);
    spared.add(at + kTcpHeaderBytes, std::min<std::uint32_t>(p.size, at + kTcpHeaderBytes + tcp_option_bytes(p, pool)));
  } else if (p.protocol == Protocol::Udp) {
    spared.add(at + 4, at + 6);
  } else if (p.protocol == Protocol::Icmp) {
    spared.add(at, at + 2);
    const int type = p.sport >> 8;
    const bool is_echo = type == 0 || type == 8;  // what is none quotes a header with lengths of its own (RFC 792)
    if (!is_echo && p.size > at + kIcmpHeaderBytes) spared.add(at + kIcmpHeaderBytes, p.size);
  }
  return spared;
}

/// Even over all other bits of the packet. `draw` in [0, 1).
std::uint32_t breakable_bit(const Packet& p, const PacketPool& pool, double draw) {
  const SparedBytes spared = spared_bytes(p, pool);
  auto bit = static_cast<std::uint32_t>(draw * 8.0 * static_cast<double>(p.size - spared.bytes));
  for (std::size_t i = 0; i < spared.n && bit / 8 >= spared.ranges[i].from; ++i) {
    bit += 8 * (spared.ranges[i].to - spared.ranges[i].from);
  }
  return bit;
}

}  // namespace

bool LossModel::takes(const Packet& p, Time now, RandomStream& random) {
  return std::visit(Verdict{p, now, random, matched_, next_listed_, bad_}, config_);
}

Impairments::Impairments(const LinkConfig& config, std::uint64_t seed, std::uint64_t component)
    : duplicate_p_(config.duplicate),
      corrupt_p_(config.corrupt),
      jitter_config_(config.jitter),
      reorder_config_(config.reorder),
      loss_(seed, Purpose::Loss, component),
      duplicate_(seed, Purpose::Duplicate, component),
      corrupt_(seed, Purpose::Corrupt, component),
      jitter_(seed, Purpose::Jitter, component),
      reorder_(seed, Purpose::Reorder, component) {
  set_loss(config.loss);
}

void Impairments::set_loss(const std::vector<LossConfig>& loss) {
  models_.clear();
  for (const LossConfig& config : loss) models_.emplace_back(config);
}

bool Impairments::loses(const Packet& p, Time now) {
  return std::any_of(models_.begin(), models_.end(), [&](LossModel& m) { return m.takes(p, now, loss_); });
}

void Impairments::maybe_corrupt(Packet& p, PacketPool& pool) {
  if (corrupt_p_ <= 0 || !corrupt_.bernoulli(corrupt_p_)) return;
  const std::uint32_t bit = breakable_bit(p, pool, corrupt_.uniform());
  if (p.has(mark::Corrupt)) return;  // a second flip could undo the first; one broken bit says enough
  p.marks |= mark::Corrupt;
  pool.extend(p).corrupt_bit = bit;
}

Duration Impairments::extra_delay() {
  Duration extra;
  if (jitter_config_) {
    const JitterConfig& j = *jitter_config_;
    const double draw =
        j.distribution == JitterConfig::Distribution::Normal ? jitter_.normal(0, 1) : jitter_.uniform() * kSqrt12;
    extra = Duration::ps(static_cast<std::int64_t>(std::abs(draw) * static_cast<double>(j.stddev.ps())));
  }
  if (reorder_config_ && reorder_.bernoulli(reorder_config_->p)) extra += reorder_config_->delay;
  return extra;
}

}  // namespace wirelab
