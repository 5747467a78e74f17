#include "cli/messages.h"

#include <cstdio>

namespace wirelab::cli {

void say(std::string_view text) { std::fprintf(stderr, "wirelab: %.*s\n", static_cast<int>(text.size()), text.data()); }

void say_lines(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) std::fprintf(stderr, "%s\n", line.c_str());
}

std::string counted(std::size_t n, std::string_view what) {
  return std::to_string(n) + " " + std::string(what) + (n == 1 ? "" : "s");
}

}  // namespace wirelab::cli
