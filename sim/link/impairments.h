#pragma once
// What can go wrong with a packet on one link direction. Each kind of mishap has a random stream of its own and makes
// one draw per packet whether it takes effect or not, so that changing one probability leaves the others' draws alone.

#include <cstdint>
#include <optional>
#include <vector>

#include "core/random.h"
#include "link/config.h"
#include "wire/packet.h"

namespace wirelab {

/// One configured loss model with its state. Counting is by link direction over all flows.
class LossModel {
 public:
  explicit LossModel(LossConfig config) : config_(std::move(config)) {}
  bool takes(const Packet& p, Time now, RandomStream& random);

 private:
  LossConfig config_;
  std::uint64_t matched_ = 0;
  std::size_t next_listed_ = 0;
  bool bad_ = false;
};

class Impairments {
 public:
  /// `component`: the hash of the link's id and direction, which keys the streams.
  Impairments(const LinkConfig& config, std::uint64_t seed, std::uint64_t component);

  void set_loss(const std::vector<LossConfig>& loss);
  void set_duplicate(double p) { duplicate_p_ = p; }
  void set_corrupt(double p) { corrupt_p_ = p; }
  void set_jitter(std::optional<JitterConfig> jitter) { jitter_config_ = jitter; }
  void set_reorder(std::optional<ReorderConfig> reorder) { reorder_config_ = reorder; }

  bool loses(const Packet& p, Time now);
  bool duplicates() { return duplicate_p_ > 0 && duplicate_.bernoulli(duplicate_p_); }
  /// Flips one bit of the packet's own bytes with the configured probability: any but those that say how to read the
  /// others.
  void maybe_corrupt(Packet& p, PacketPool& pool);
  /// Delay beside propagation.
  Duration extra_delay();
  /// Whether packets may overtake one another.
  bool reorders() const { return reorder_config_ || (jitter_config_ && !jitter_config_->keep_order); }

 private:
  std::vector<LossModel> models_;
  double duplicate_p_, corrupt_p_;
  std::optional<JitterConfig> jitter_config_;
  std::optional<ReorderConfig> reorder_config_;
  RandomStream loss_, duplicate_, corrupt_, jitter_, reorder_;
};

}  // namespace wirelab
