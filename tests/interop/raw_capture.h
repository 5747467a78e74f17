#pragma once
// The bytes that crossed the TUN device, for tcpdump and tshark: pcap with nanosecond stamps, link type RAW. (The
// project's own PcapWriter makes bytes from packets; here they must be those that were really there.)

#include <cstdint>
#include <fstream>
#include <span>
#include <string>

#include "core/units.h"

namespace wirelab::interop {

class RawCapture {
 public:
  bool open(const std::string& path) {
    out_.open(path, std::ios::binary);
    for (const std::uint32_t word : {0xa1b23c4du, 0x00040002u, 0u, 0u, 65535u, 101u}) put(word);
    return static_cast<bool>(out_);
  }
  void write(Time now, std::span<const std::uint8_t> packet) {
    if (!out_.is_open()) return;
    const std::int64_t ns = now.ps() / 1000;
    const auto size = static_cast<std::uint32_t>(packet.size());
    put(static_cast<std::uint32_t>(ns / 1'000'000'000));
    put(static_cast<std::uint32_t>(ns % 1'000'000'000));
    put(size);
    put(size);
    out_.write(reinterpret_cast<const char*>(packet.data()), size);
  }

 private:
  void put(std::uint32_t word) { out_.write(reinterpret_cast<const char*>(&word), sizeof word); }  // magic tells order

  std::ofstream out_;
};

}  // namespace wirelab::interop
