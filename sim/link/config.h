#pragma once
// What can be set of one direction of a link.

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "core/units.h"
#include "wire/match.h"

namespace wirelab {

/// From when on a queue marks what it takes: an ECN-capable packet with which more than this waits gets CE at once, by
/// the queue as it is (the step of RFC 8257 section 3.1; K). Packets or bytes; one word, so that every queue can have
/// it.
class EcnThreshold {
 public:
  constexpr EcnThreshold() = default;
  static constexpr EcnThreshold packets(std::int64_t n) { return EcnThreshold(bounded(n)); }
  static constexpr EcnThreshold bytes(std::int64_t n) { return EcnThreshold(kInBytes | bounded(n)); }

  constexpr bool is_set() const { return raw_ != kNever; }
  constexpr bool is_passed(std::uint32_t waiting, std::int64_t waiting_bytes) const {
    return (raw_ & kInBytes) == 0 ? waiting > raw_ : waiting_bytes > std::int64_t{raw_ & kNever};
  }

 private:
  static constexpr std::uint32_t kNever = 0x7fffffff, kInBytes = 0x80000000;
  static constexpr std::uint32_t bounded(std::int64_t n) {
    return n < std::int64_t{kNever} ? static_cast<std::uint32_t>(n) : kNever - 1;
  }
  constexpr explicit EcnThreshold(std::uint32_t raw) : raw_(raw) {}
  std::uint32_t raw_ = kNever;
};

/// What may wait in a port, the packet being sent apart. Both bounds hold at once.
struct QueueLimit {
  std::uint32_t packets = 1000;
  EcnThreshold ecn;
  Bytes bytes = Bytes(std::int64_t{1} << 60);
};

/// Each matching packet is lost with probability p, independently.
struct BernoulliLoss {
  double p = 0;
  Match match = Match::Any;
};
/// Every n-th matching packet is lost: numbers n, 2n, 3n, ... Precondition: n >= 1.
struct EveryLoss {
  std::uint64_t n = 0;
  Match match = Match::Data;
};
/// The matching packets with these numbers are lost, counted from 1. Sorted, each once.
struct ListLoss {
  std::vector<std::uint64_t> packets;
  Match match = Match::Data;
};
/// Two states; before each matching packet good turns bad with probability p, bad good with r (Gilbert 1960, Elliott
/// 1963). The mean share of bad is p/(p+r), the mean burst 1/r.
struct GilbertElliottLoss {
  double p = 0, r = 1;
  double loss_bad = 1, loss_good = 0;
  Match match = Match::Any;
};
/// Every matching packet is lost in [from, to).
struct BlackoutLoss {
  Time from, to;
  Match match = Match::Any;
};
using LossConfig = std::variant<BernoulliLoss, EveryLoss, ListLoss, GilbertElliottLoss, BlackoutLoss>;

/// Random extra delay, never negative. Normal: |N(0, stddev)|; uniform: even over [0, stddev * sqrt(12)), which has
/// that standard deviation.
struct JitterConfig {
  enum class Distribution : std::uint8_t { Normal, Uniform };
  Duration stddev;
  Distribution distribution = Distribution::Normal;
  bool keep_order = true;  ///< a packet never overtakes: its arrival is put off to that of the one before
};
/// With probability p a packet is held back by `delay`, so that later ones overtake it.
struct ReorderConfig {
  double p = 0;
  Duration delay;
};

struct LinkConfig {
  DataRate rate = DataRate::bps(1'000'000'000);
  Duration delay = Duration::ms(1);  ///< propagation alone
  std::uint16_t mtu = 1500;          ///< IP bytes; at least 68 (RFC 791)
  QueueLimit queue;
  std::vector<LossConfig> loss;  ///< applied in order, before the queue
  double duplicate = 0;          ///< probability of a second copy, which queues as well
  double corrupt = 0;            ///< probability that one bit is flipped on the wire
  std::optional<JitterConfig> jitter;
  std::optional<ReorderConfig> reorder;
  bool up = true;

  bool impairs() const { return !loss.empty() || duplicate > 0 || corrupt > 0 || jitter || reorder; }
};

}  // namespace wirelab
