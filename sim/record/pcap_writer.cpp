#include "record/pcap_writer.h"

#include <algorithm>
#include <utility>

namespace wirelab {
namespace {

constexpr std::uint32_t kNanosecondMagic = 0xa1b23c4d;
constexpr std::uint32_t kLinkTypeRaw = 101;

/// Written in the order that the magic number shows; little-endian here on every machine, so that files are equal.
char* put32(char* out, std::uint32_t n) {
  for (int i = 0; i < 4; ++i) *out++ = static_cast<char>(n >> (8 * i));
  return out;
}

}  // namespace

std::optional<FileError> PcapWriter::open(const std::filesystem::path& path, std::uint32_t snaplen) {
  if (auto error = file_.open(path)) return error;
  snaplen_ = snaplen;
  packets_ = 0;
  held_.clear();
  char* at = file_.room(24);
  at = put32(at, kNanosecondMagic);
  at = put32(at, 2u | 4u << 16);  // version 2.4
  at = put32(at, 0);              // offset from UTC
  at = put32(at, 0);              // accuracy of stamps, always 0
  at = put32(at, snaplen);
  file_.advance(put32(at, kLinkTypeRaw));
  return std::nullopt;
}

void PcapWriter::write(Time now, const Packet& p, const PacketPool& pool) {
  std::array<std::uint8_t, kMaxPacketBytes> bytes;
  const auto size = static_cast<std::uint32_t>(emit(p, pool, bytes));
  Record record;
  if (held_.size() == kMostHeld) {  // its memory serves again
    put(held_.front());
    record = std::move(held_.front());
    held_.erase(held_.begin());
  }
  record.at = now;
  record.size = size;
  const auto* const first = reinterpret_cast<const char*>(bytes.data());
  record.kept.assign(first, first + std::min(size, snaplen_));
  const auto later =
      std::upper_bound(held_.begin(), held_.end(), now, [](Time t, const Record& other) { return t < other.at; });
  held_.insert(later, std::move(record));
  ++packets_;
}

void PcapWriter::put(const Record& record) {
  const std::int64_t ns = record.at.since_start().ns();
  char* at = file_.room(16);
  at = put32(at, static_cast<std::uint32_t>(ns / 1'000'000'000));
  at = put32(at, static_cast<std::uint32_t>(ns % 1'000'000'000));
  at = put32(at, static_cast<std::uint32_t>(record.kept.size()));
  file_.advance(put32(at, record.size));
  file_.write({record.kept.data(), record.kept.size()});
}

std::optional<FileError> PcapWriter::commit() {
  for (const Record& record : held_) put(record);
  held_.clear();
  return file_.commit();
}

}  // namespace wirelab
