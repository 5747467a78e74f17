#pragma once
// Captures at one end of a link: what the node's port takes and what arrives there, as `tcpdump -i` would see it.

#include "record/pcap_writer.h"
#include "trace/tap.h"

namespace wirelab {

class Capture final : public Tap {
 public:
  [[nodiscard]] std::optional<FileError> open(const std::filesystem::path& path) { return writer_.open(path); }
  void on_packet(const Packet& p, const PacketPool& pool, TapDirection, Time now) override {
    writer_.write(now, p, pool);
  }
  PcapWriter& writer() { return writer_; }

 private:
  PcapWriter writer_;
};

}  // namespace wirelab
