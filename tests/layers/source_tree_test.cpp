// The shape of the source tree: who may include whom, how long a file may be, what may stand at the top.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path kTop = WIRELAB_SOURCE_DIR;
constexpr std::size_t kLongestFile = 450;

/// The table of layers: what each folder of sim/ may include beside itself, and with it all that those may include.
const std::map<std::string, std::set<std::string>> kMayInclude = {
    {"core", {}},
    {"wire", {"core"}},
    {"trace", {"wire"}},
    {"link", {"trace"}},
    {"ip", {"link"}},
    {"udp", {"trace"}},
    {"tcp", {"trace"}},
    {"socket", {"udp", "tcp", "ip"}},
    {"routing", {"udp", "tcp", "ip"}},
    {"node", {"routing", "socket"}},
    {"app", {"routing", "socket"}},
    {"record", {"routing", "socket"}},
    {"scenario", {"app", "node", "record"}},
    {"script", {"app", "node", "record"}},
    {"cli", {"script", "scenario"}},
};

bool may_include(const std::string& from, const std::string& to) {
  if (from == to) return true;
  const auto& below = kMayInclude.at(from);
  for (const std::string& layer : below) {
    if (may_include(layer, to)) return true;
  }
  return false;
}

std::vector<fs::path> sources_below(const fs::path& folder) {
  std::vector<fs::path> found;
  if (!fs::exists(folder)) return found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const auto extension = entry.path().extension();
    if (extension == ".h" || extension == ".cpp") found.push_back(entry.path());
  }
  return found;
}

/// The folder of sim/ that an include line names; empty for anything but `#include "folder/..."`.
std::string layer_named_by(std::string_view line) {
  constexpr std::string_view kDirective = "#include \"";
  if (!line.starts_with(kDirective)) return {};
  line.remove_prefix(kDirective.size());
  return std::string(line.substr(0, line.find('/')));
}

/// One line for each include line of `text` that a file of `layer` may not have.
std::string faults_in(const std::string& layer, const std::string& text, const std::string& file) {
  std::istringstream lines(text);
  std::string line, faults;
  for (int number = 1; std::getline(lines, line); ++number) {
    const std::string named = layer_named_by(line);
    if (named.empty()) continue;
    if (kMayInclude.contains(named) && may_include(layer, named)) continue;
    faults += file + ":" + std::to_string(number) + ": " + layer + " may not include: " + line + "\n";
  }
  return faults;
}

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Layers, IncludeOnlyDownwards) {
  const auto sources = sources_below(kTop / "sim");
  ASSERT_GT(sources.size(), 10u);
  std::string faults;
  for (const fs::path& file : sources) {
    const std::string relative = fs::relative(file, kTop / "sim").generic_string();
    const std::string layer = relative.substr(0, relative.find('/'));
    ASSERT_TRUE(kMayInclude.contains(layer)) << relative << " stands in a folder that the table of layers lacks";
    faults += faults_in(layer, content_of(file), "sim/" + relative);
  }
  EXPECT_EQ(faults, "");
}

TEST(Layers, UpwardAndSidewaysIncludesAreFaults) {
  EXPECT_EQ(faults_in("tcp", "#include <vector>\n#include \"core/units.h\"\n", "f"), "");
  EXPECT_NE(faults_in("tcp", "#include \"ip/ip.h\"\n", "f"), "");
  EXPECT_NE(faults_in("wire", "#include \"trace/domain.h\"\n", "f"), "");
  EXPECT_NE(faults_in("app", "#include \"record/csv.h\"\n", "f"), "");
  EXPECT_NE(faults_in("link", "#include \"queue.h\"\n", "f"), "") << "paths are relative to sim/";
}

TEST(SourceTree, NoFileHasOutgrownOneIdea) {
  for (const char* folder : {"sim", "tests"}) {
    for (const fs::path& file : sources_below(kTop / folder)) {
      const std::string text = content_of(file);
      const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
      EXPECT_LE(lines, kLongestFile) << fs::relative(file, kTop);
    }
  }
}

TEST(SourceTree, TheTopLevelHoldsOnlyWhatBelongsThere) {
  const std::set<std::string> allowed = {"CMakeLists.txt", "sim",       "topologies", "scenarios",        "plots",
                                         "tests",          "README.md", "LICENSE",    "CMakePresets.json"};
  for (const auto& entry : fs::directory_iterator(kTop)) {
    const std::string name = entry.path().filename().string();
    const bool ignored = name.starts_with('.') || name.starts_with("build") || name == "out";
    EXPECT_TRUE(ignored || allowed.contains(name)) << name;
  }
}

}  // namespace
