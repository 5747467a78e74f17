#pragma once
// The fields of Linux's struct tcp_info, as far as the connection knows them.

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/units.h"

namespace wirelab::tcp {
class Connection;
}

namespace wirelab::script {

bool is_tcp_info_field(std::string_view name);
/// Times in microseconds unless Linux says otherwise. Nothing: there is no such field here.
std::optional<std::int64_t> tcp_info_field(const tcp::Connection& c, std::string_view name, Time now);

}  // namespace wirelab::script
