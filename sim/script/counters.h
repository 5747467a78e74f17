#pragma once
// The counters that scripts ask nstat for, by the names of Linux's TcpExt.

#include <cstdint>
#include <string_view>

#include "tcp/layer.h"

namespace wirelab::script {

bool is_counter(std::string_view name);
/// Precondition: is_counter(name).
std::uint64_t counter(const tcp::LayerCounters& counters, std::string_view name);

}  // namespace wirelab::script
