#include "cli/program.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace wirelab {

namespace {

namespace fs = std::filesystem;

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace

Scratch::Scratch() {
  static std::atomic<int> number{0};
  const char* const top = std::getenv("WIRELAB_SCRATCH");
  path_ = fs::path(top != nullptr ? top : fs::temp_directory_path().string()) /
          ("cli-" + std::to_string(getpid()) + "-" + std::to_string(number++));
  fs::create_directories(path_ / ".io");
}

Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void Scratch::write(const std::string& name, const std::string& content) const {
  fs::create_directories((path_ / name).parent_path());
  std::ofstream(path_ / name, std::ios::binary) << content;
}

Outcome Scratch::shell(const std::string& command, const std::string& input) const {
  const fs::path io = path_ / ".io";
  std::ofstream(io / "in", std::ios::binary) << input;
  const std::string whole = "cd " + quoted(path_) + " && { " + command + "\n} <.io/in >.io/out 2>.io/err";
  const int result = std::system(whole.c_str());
  Outcome outcome;
  outcome.status = WIFEXITED(result) ? WEXITSTATUS(result) : 128 + WTERMSIG(result);
  outcome.out = content_of(io / "out");
  outcome.err = content_of(io / "err");
  return outcome;
}

Outcome Scratch::wirelab(const std::vector<std::string>& arguments, const std::string& input) const {
  if (std::getenv("WIRELAB") == nullptr) throw std::runtime_error("WIRELAB does not name the program: run by ctest");
  std::string command = "exec \"$WIRELAB\"";
  for (const std::string& a : arguments) command += " " + quoted(a);
  // exec needs a shell of its own, or the redirections above would end with it.
  return shell("(" + command + ")", input);
}

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::map<std::string, std::string> results_in(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::string text = content_of(entry.path());
    const auto wall = text.find("\n  \"wall_s\"");
    if (entry.path().filename() == "summary.json" && wall != std::string::npos) {
      EXPECT_EQ(std::count(text.begin() + static_cast<std::ptrdiff_t>(wall) + 1, text.end(), '\n'), 2);
      text.resize(wall);
    }
    files[std::filesystem::relative(entry.path(), folder).generic_string()] = text;
  }
  return files;
}

}  // namespace wirelab
