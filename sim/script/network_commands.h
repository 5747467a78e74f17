#pragma once
// The commands of shell texts about the device, its queue, the route and what the network layers have counted.

#include <initializer_list>
#include <string_view>

#include "script/settings.h"
#include "script/shell_words.h"

namespace wirelab::script {

/// False: this is not one of them, or not in a form that is understood. Throws Unsupported where one asks for what is
/// not modelled.
bool run_network_command(const ShellCommand& command, Settings& s);

}  // namespace wirelab::script
