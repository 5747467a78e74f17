#pragma once
// A folder of its own for each test, removed afterwards.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace wirelab {

class ScratchDir : public ::testing::Test {
 protected:
  ScratchDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "wirelab-record-XXXXXX").string();
    dir = ::mkdtemp(pattern.data());
  }
  ~ScratchDir() override {
    std::error_code ignored;
    std::filesystem::remove_all(dir, ignored);
  }

  static std::string read(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }
  void put(const std::string& name, const std::string& content) const {
    std::filesystem::create_directories((dir / name).parent_path());
    std::ofstream(dir / name, std::ios::binary) << content;
  }
  bool exists(const std::string& name) const {
    return std::filesystem::symlink_status(dir / name).type() != std::filesystem::file_type::not_found;
  }
  /// Is a program of this name installed?
  static bool has_program(const std::string& name) {
    return std::system(("command -v " + name + " >/dev/null 2>&1").c_str()) == 0;
  }
  /// What a shell command prints on standard output.
  static std::string output_of(const std::string& command) {
    std::string out;
    std::FILE* const pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return out;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) out += static_cast<char>(c);
    ::pclose(pipe);
    return out;
  }

  std::filesystem::path dir;
};

}  // namespace wirelab
