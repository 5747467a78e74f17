#pragma once
// Captures in the classic pcap format with nanosecond stamps, link type RAW: what tcpdump, tshark and Wireshark read.

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "core/units.h"
#include "record/atomic_file.h"
#include "wire/codec.h"
#include "wire/packet.h"

namespace wirelab {

/// Format: pcap-savefile(5), magic 0xa1b23c4d, LINKTYPE_RAW (101). Stamps are simulated time since the start of the
/// run, truncated to nanoseconds, in the order of time: a packet may be written a little before one that is earlier (a
/// host that wakes up hands over what will leave in some microseconds). Errors stick and are reported by `commit`.
class PcapWriter {
 public:
  static constexpr std::uint32_t kWhole = 65535;

  /// Keeps at most `snaplen` bytes of each packet.
  [[nodiscard]] std::optional<FileError> open(const std::filesystem::path& path, std::uint32_t snaplen = kWhole);
  void write(Time now, const Packet& p, const PacketPool& pool);
  std::uint64_t packets() const { return packets_; }
  bool failed() const { return file_.failed(); }
  [[nodiscard]] std::optional<FileError> commit();
  const AtomicFile& file() const { return file_; }

 private:
  struct Record {
    Time at;
    std::uint32_t size = 0;  // of the packet, which may be longer than what is kept
    std::vector<char> kept;
  };
  static constexpr std::size_t kMostHeld = 16;  // 10 Gbit/s lets as many full packets go in 19 us

  void put(const Record& record);

  AtomicFile file_;
  std::vector<Record> held_;  // the latest, in the order of time
  std::uint32_t snaplen_ = kWhole;
  std::uint64_t packets_ = 0;
};

}  // namespace wirelab
