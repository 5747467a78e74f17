#pragma once
// Captures in the classic pcap format with nanosecond stamps, link type RAW: what tcpdump, tshark and Wireshark read.

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "core/units.h"
#include "record/atomic_file.h"
#include "wire/codec.h"
#include "wire/packet.h"

namespace wirelab {

/// Format: pcap-savefile(5), magic 0xa1b23c4d, LINKTYPE_RAW (101). Stamps are simulated time since the start of the
/// run, truncated to nanoseconds. Errors stick and are reported by `commit`.
class PcapWriter {
 public:
  static constexpr std::uint32_t kWhole = 65535;

  /// Keeps at most `snaplen` bytes of each packet.
  [[nodiscard]] std::optional<FileError> open(const std::filesystem::path& path, std::uint32_t snaplen = kWhole);
  void write(Time now, const Packet& p, const PacketPool& pool);
  std::uint64_t packets() const { return packets_; }
  bool failed() const { return file_.failed(); }
  [[nodiscard]] std::optional<FileError> commit() { return file_.commit(); }
  const AtomicFile& file() const { return file_; }

 private:
  AtomicFile file_;
  std::uint32_t snaplen_ = kWhole;
  std::uint64_t packets_ = 0;
};

}  // namespace wirelab
