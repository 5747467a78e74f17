// The project's own scripts, each about one rule of TCP: all pass, and every time in them is exact to 1 ms or 1 %.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "script/run.h"

namespace wirelab::script {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> own_scripts() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(fs::path(WIRELAB_SOURCE_DIR) / "tests" / "scripts")) {
    if (entry.path().extension() == ".pkt") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class OwnScripts : public testing::TestWithParam<std::string> {};

TEST_P(OwnScripts, PassStrictly) {
  const fs::path file = fs::path(WIRELAB_SOURCE_DIR) / "tests" / "scripts" / (GetParam() + ".pkt");
  RunOptions options;
  options.strict = true;
  const Outcome o = run_script(content_of(file), options);
  EXPECT_EQ(name_of(o.verdict), "pass") << file.string() << ":" << o.line << ": " << o.reason << "\n" << o.details;
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, OwnScripts, testing::ValuesIn(own_scripts()), test_name);

TEST(OwnScripts, SayInTheFirstLineWhichRuleTheyAreAbout) {
  for (const std::string& name : own_scripts()) {
    const std::string text = content_of(fs::path(WIRELAB_SOURCE_DIR) / "tests" / "scripts" / (name + ".pkt"));
    EXPECT_TRUE(text.starts_with("// ")) << name;
  }
}

// Ten thousand scripts a minute leave 6 ms for each; a script may take 50.
TEST(OwnScripts, NoneTakesLongerThanFiftyMilliseconds) {
  for (const std::string& name : own_scripts()) {
    const std::string text = content_of(fs::path(WIRELAB_SOURCE_DIR) / "tests" / "scripts" / (name + ".pkt"));
    auto fastest = std::chrono::steady_clock::duration::max();
    for (int i = 0; i < 3; ++i) {  // the fastest of three, as others use the machine too
      const auto began = std::chrono::steady_clock::now();
      run_script(text);
      fastest = std::min(fastest, std::chrono::steady_clock::now() - began);
    }
    EXPECT_LT(fastest, std::chrono::milliseconds(50)) << name;
  }
}

}  // namespace
}  // namespace wirelab::script
