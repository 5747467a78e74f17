#pragma once
// Sysctls by Linux's names, as far as they change or could change what is simulated.

#include <cstdint>
#include <string>
#include <string_view>

#include "script/settings.h"

namespace wirelab::script {

/// `net.ipv4.tcp_x=1`, `/proc/sys/net/ipv4/tcp_x=1`. Throws Unsupported for what is not modelled.
void set_sysctl(Settings& s, const std::string& assignment, int line);
/// An option of TCP by its own name (tcp/option_table.h), within the range that it has.
void set_option(Settings& s, std::string_view name, std::int64_t value, int line);
/// What the scripts' defaults.sh sets. There are two: one in a folder for all, and one beside the scripts, which differ
/// in whether every listener takes Fast Open.
void set_base_values(Settings& s, bool is_common, int line);

/// Decimal or 0x. Throws Unsupported, naming what should have been a number.
std::int64_t number_of(std::string_view text, int line, std::string_view name);

}  // namespace wirelab::script
