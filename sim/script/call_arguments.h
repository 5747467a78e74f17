#pragma once
// What system calls have in common: their numbers as Linux has them on x86-64, answers, and how arguments are read.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "script/script.h"
#include "tcp/errors.h"

namespace wirelab::script {

struct CallResult {
  std::int64_t value = 0;
  std::string error;  ///< name of the errno; empty: none
  std::string note;   ///< what the call wrote differs from what the script says; empty: it does not
};

namespace file_flag {
inline constexpr std::int64_t WriteOnly = 1, ReadWrite = 2, AccessMode = 3, Create = 0x40, Nonblock = 0x800;
}
namespace msg {
inline constexpr std::int64_t OutOfBand = 1, Peek = 2, Truncate = 0x20, DontWait = 0x40, EndOfRecord = 0x80,
                              WaitAll = 0x100, ErrorQueue = 0x2000, NoSignal = 0x4000, More = 0x8000,
                              ZeroCopy = 0x4000000, FastOpen = 0x20000000;
}
namespace poll_event {
inline constexpr std::int64_t In = 1, Priority = 2, Out = 4, Error = 8, HangUp = 16, Invalid = 32, ReadNormal = 0x40,
                              WriteNormal = 0x100, ReadHangUp = 0x2000;
}

inline CallResult failure(std::string_view error) { return {-1, std::string(error), {}}; }
inline CallResult failure(tcp::Error error) { return failure(tcp::name_of(error)); }
inline CallResult success(std::int64_t value = 0) { return {value, {}, {}}; }

inline std::int64_t number_at(const std::vector<Argument>& a, std::size_t i) { return i < a.size() ? a[i].number : 0; }

/// The number in `[1]`, or alone.
inline std::int64_t value_of(const Argument& a) {
  if (a.kind == Argument::Kind::List && !a.items.empty()) return a.items[0].number;
  return a.number;
}

/// A number, NULL above all, where the memory of a buffer should be: the kernel cannot read or write there.
inline bool is_bad_pointer(const Argument& a) { return a.kind == Argument::Kind::Number; }

/// The lengths in `[{..., 900}, {..., 100}]` together.
inline std::int64_t vector_bytes(const Argument& vector) {
  std::int64_t bytes = 0;
  for (const Argument& part : vector.items) bytes += part.items.size() > 1 ? part.items[1].number : 0;
  return bytes;
}

}  // namespace wirelab::script
