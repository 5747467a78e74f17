#pragma once
// A shell text as commands and their words.

#include <string>
#include <vector>

#include "script/script.h"

namespace wirelab::script {

using Words = std::vector<std::string>;

struct ShellCommand {
  int line;
  Words words;  ///< at least one; what only throws the output away (`> /dev/null`, `2>&1`) is left out
};

/// The program's name without its folders. Precondition: there are words.
inline std::string program_of(const Words& words) { return words[0].substr(words[0].find_last_of('/') + 1); }

/// Words by the shell's rules as far as scripts need them: quotation marks, and ends of command at newline, ; and &&.
/// A bar and an arrow are words of their own where white space parts them. Throws Unsupported for a quotation mark that
/// stays open.
std::vector<ShellCommand> commands_in(const ShellText& shell);

}  // namespace wirelab::script
