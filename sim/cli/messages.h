#pragma once
// What the program says beside its results: always to standard error, so that results can be piped.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace wirelab::cli {

/// `wirelab: text`.
void say(std::string_view text);
/// Lines as they are: faults in files come with their place in front.
void say_lines(const std::vector<std::string>& lines);

/// "1 link", "2 links".
std::string counted(std::size_t n, std::string_view what);

}  // namespace wirelab::cli
