#pragma once
// What a run put on the wire, read back from its capture: the time and the IPv4 header of each packet.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "run_recorded.h"

namespace wirelab::validation {

struct CapturedPacket {
  double at = 0;  ///< seconds
  std::uint32_t length = 0, header = 0;
  std::uint32_t fragment_offset = 0;  ///< in units of 8 bytes
  bool more_fragments = false;
  std::uint8_t source = 0;  ///< last byte of the address
  std::uint8_t protocol = 0, tcp_flags = 0;
  std::uint32_t tcp_seq = 0, payload = 0;  ///< of TCP

  bool is_syn() const { return (tcp_flags & 0x02) != 0; }
};

inline CapturedPacket parse_packet(double at, const unsigned char* p) {
  const auto u16 = [p](std::size_t i) { return static_cast<std::uint32_t>(p[i] << 8 | p[i + 1]); };
  CapturedPacket c;
  c.at = at;
  c.header = (p[0] & 15u) * 4;
  c.length = u16(2);
  c.fragment_offset = u16(6) & 0x1fff;
  c.more_fragments = (p[6] & 0x20) != 0;
  c.protocol = p[9];
  c.source = p[15];
  if (c.protocol == 6) {
    c.tcp_seq = u16(c.header + 4) << 16 | u16(c.header + 6);
    c.payload = c.length - c.header - (p[c.header + 12] >> 4) * 4u;
    c.tcp_flags = p[c.header + 13];
  }
  return c;
}

/// Runs a scenario which records a capture of this name ("a-wire"), and reads it.
inline std::vector<CapturedPacket> run_and_capture(const std::string& text, const std::string& name,
                                                   RunSummary* summary = nullptr) {
  const scenario::Loaded loaded = load(text);
  const Scratch scratch;
  RunSummary result = run_recorded(loaded, scratch);
  if (summary != nullptr) *summary = std::move(result);
  const std::string bytes = scratch.read("pcap/" + name + ".pcap");
  constexpr std::size_t kFileHeader = 24, kRecordHeader = 16;
  std::vector<CapturedPacket> packets;
  for (std::size_t i = kFileHeader; i + kRecordHeader <= bytes.size();) {
    std::uint32_t record[4];
    std::memcpy(record, bytes.data() + i, sizeof record);
    const auto* const p = reinterpret_cast<const unsigned char*>(bytes.data()) + i + kRecordHeader;
    packets.push_back(parse_packet(record[0] + record[1] * 1e-9, p));
    i += kRecordHeader + record[2];
  }
  return packets;
}

/// The two hosts a and b and the link "wire" between them; `rest` are the other keys of the scenario.
inline std::string two_hosts(const std::string& a, const std::string& b, const std::string& wire,
                             const std::string& rest) {
  return R"({ "name": "two-hosts", "plots": [], "topology": { "nodes": [{ "id": "a")" + a + R"( }, { "id": "b")" + b +
         R"( }], "links": [{ "id": "wire", "between": ["a", "b"], )" + wire + " }] }, " + rest + " }";
}

}  // namespace wirelab::validation
