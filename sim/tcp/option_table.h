#pragma once
// The one table of TCP options: name, type, range, unit, defaults by profile and help. The scenario reader, the script
// interpreter's sysctls, the JSON Schema, `wirelab list` and `-h` all read it; nobody keeps a second list.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/units.h"
#include "tcp/config.h"

namespace wirelab::tcp {

enum class OptionKind : std::uint8_t { Flag, Count, Size, Time, Rate };

/// One option. A value is carried as a 64-bit integer: 0/1, a count, bytes, picoseconds or bit/s by its kind.
struct OptionInfo {
  std::string_view name;   ///< Linux's sysctl or socket option without "tcp_"
  std::string_view alias;  ///< empty: none
  OptionKind kind;
  std::int64_t minimum, maximum;
  std::int64_t linux_default, rfc_default;
  std::string_view help;  ///< one line, with the source
  void (*set)(TcpConfig&, std::int64_t);
  std::int64_t (*get)(const TcpConfig&);
};

/// All options in the order in which they are listed. (`cc` and `profile` are not among them: they are not numbers.)
std::span<const OptionInfo> options();
/// By name or alias; nullptr if there is none.
const OptionInfo* find_option(std::string_view name);

enum class Profile : std::uint8_t { Linux, Rfc };
/// A configuration with every option at the profile's default.
TcpConfig defaults(Profile profile);

}  // namespace wirelab::tcp
