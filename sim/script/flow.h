#pragma once
// The flow under test: which packets are its own, and how its numbers and the script's translate into each other. A
// script writes sequence numbers relative to each side's initial one, and timestamps as if the host's clock began
// where the script says.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "script/machine.h"
#include "script/segment.h"
#include "tcp/demux.h"

namespace wirelab::script {

class Flow {
 public:
  enum class Kind : std::uint8_t { None, New, Listening, Active, Passive };

  explicit Flow(Kind kind = Kind::None, tcp::FourTuple id = {}) : kind_(kind), id_(id) {}

  Kind kind() const { return kind_; }
  void set_kind(Kind kind) { kind_ = kind; }
  const tcp::FourTuple& id() const { return id_; }
  bool owns(const Sent& sent) const { return sent.id == id_; }
  /// An active flow is known by its addresses once connect has been called.
  void open(const tcp::FourTuple& id) { kind_ = Kind::Active, id_ = id; }

  /// A segment as the script would write it. `expected` is the line that it is compared with, if there is one: on a SYN
  /// it says which number the host's initial one stands for.
  Segment to_script(const Sent& sent, const Segment* expected = nullptr) const;
  /// Learns from a segment that the host has sent: its initial sequence number.
  void note_sent(const Sent& sent);
  /// The SYN that the script expects begins at this number.
  void set_script_isn(std::uint32_t n) { script_isn_ = n; }
  /// The host's TSval `real` is what the script wrote as `written`.
  void pair_timestamps(std::uint32_t written, std::uint32_t real);
  /// How far the host's clock has gone since the first pair, less what the script says: in ticks.
  std::optional<std::int32_t> timestamp_drift(std::uint32_t written, std::uint32_t real) const;

  /// An inbound segment with the header's numbers. A fault is a sentence: an echo of what was never sent.
  /// `scaled`: echoes are mapped by their distance from the first pair.
  std::optional<std::string> to_wire(const Segment& written, bool scaled, Segment& wire);
  Seq quoted(std::uint32_t written) const { return local_isn_ + written; }

 private:
  Kind kind_;
  tcp::FourTuple id_;
  Seq local_isn_, remote_isn_;
  bool local_known_ = false, remote_known_ = false;
  std::uint32_t script_isn_ = 0;  // what the script calls local_isn_ on a SYN
  std::map<std::uint32_t, std::uint32_t> real_by_written_;
  std::optional<std::pair<std::uint32_t, std::uint32_t>> first_pair_;  // written, real
};

}  // namespace wirelab::script
