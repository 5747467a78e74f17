#pragma once
// The parts of the language, each read from a cursor that stands before it. Faults throw Unsupported.

#include <optional>

#include "script/cursor.h"
#include "script/script.h"

namespace wirelab::script {

When read_time(Cursor& in);
/// What follows `<` or `>`.
Action read_packet(Cursor& in, bool inbound);
SystemCall read_call(Cursor& in);
/// The number behind a word of the socket interface, as Linux has it.
std::optional<std::int64_t> symbol(std::string_view name);
/// The known word that differs from this one by a letter or two; empty if none does.
std::string_view near_symbol(std::string_view name);

}  // namespace wirelab::script
