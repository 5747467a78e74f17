// Every broken scenario under tests/cli/broken given to the program itself, over the results of an earlier run.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "cli/program.h"

namespace wirelab {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

const fs::path kFolder = fs::path(WIRELAB_SOURCE_DIR) / "tests" / "cli" / "broken";

struct Case {
  std::string file, named, place, pointer, words;
};

/// The table beside the files: columns apart by " | ", the file named in the error after " -> ".
std::vector<Case> cases() {
  std::vector<Case> all;
  std::ifstream table(kFolder / "expected.txt");
  for (std::string line; std::getline(table, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::vector<std::string> columns;
    for (std::size_t at = 0; at <= line.size();) {
      const std::size_t end = std::min(line.find(" | ", at), line.size());
      columns.push_back(line.substr(at, end - at));
      at = end + 3;
    }
    const std::string& files = columns.at(0);
    const std::size_t arrow = files.find(" -> ");
    all.push_back({files.substr(0, arrow), arrow == std::string::npos ? files : files.substr(arrow + 4), columns.at(1),
                   columns.at(2), columns.at(3)});
  }
  return all;
}

/// Content and time of every file: writing the same bytes again would show too.
std::map<std::string, std::pair<std::string, fs::file_time_type>> snapshot(const fs::path& folder) {
  std::map<std::string, std::pair<std::string, fs::file_time_type>> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files[entry.path()] = {content_of(entry.path()), entry.last_write_time()};
  }
  return files;
}

TEST(BrokenScenario, EachEndsWithStatusTwoAndItsPlaceAndLeavesTheLastResultsAlone) {
  const Scratch here;
  ASSERT_EQ(here.wirelab({"run", "reno-vs-cubic", "--set", "duration=1s", "--set", "expect=[]", "--set",
                          "measure={\"from\":\"0s\"}", "--set", "events=[]", "--no-plot", "--pcap", "-q", "-o", "dir"})
                .status,
            0);
  const auto before = snapshot(here / "dir");
  ASSERT_GE(before.size(), 5u);
  const auto all = cases();
  ASSERT_GE(all.size(), 60u);
  for (const Case& c : all) {
    const Outcome o = here.wirelab({"run", (kFolder / c.file).string(), "-o", "dir"});
    EXPECT_EQ(o.status, 2) << c.file << ": " << o.err;
    EXPECT_EQ(o.out, "") << c.file;
    std::string expected = (kFolder / c.named).string() + ":";
    if (c.place != "0:0") expected += c.place + ": ";
    if (!c.pointer.empty()) expected += c.pointer + ": ";
    EXPECT_THAT(o.err, StartsWith(expected));
    EXPECT_THAT(o.err, HasSubstr(c.words)) << c.file;
    EXPECT_EQ(std::count(o.err.begin(), o.err.end(), '\n'), 1) << c.file << ": " << o.err;
  }
  EXPECT_EQ(snapshot(here / "dir"), before);
}

TEST(BrokenScenario, WhatIsNoScenarioFileIsSaidToBeSo) {
  const Scratch here;
  here.write("empty.json", "");
  here.write("program", content_of("/proc/self/exe").substr(0, 100'000));
  here.write("zeros.json", std::string(1000, '\0'));
  here.write("folder/inside.json", "{}");
  here.write("bom.json", "\xef\xbb\xbf{ \"duration\": \"1s\" }");
  here.write("latin1.json", "{ \"description\": \"caf\xe9\" }");
  const std::vector<std::pair<const char*, const char*>> wrong = {
      {"empty.json", "empty.json:1:1: the file is empty"},
      {"program", "the file is binary"},
      {"zeros.json", "zeros.json:1:1: the file is binary"},
      {"folder", "folder: is a directory"},
      {"folder/missing.json", "folder/missing.json: there is no such file"},
      {"empty.json/inside.json", "empty.json/inside.json: "},
      {"latin1.json", "latin1.json:1:"},
      {"bom.json", "\"topology\" is missing"},  // a byte-order mark is no fault: what is missing is
      {"nothing-of-the-kind", "no scenario of that name"},
  };
  for (const auto& [file, words] : wrong) {
    const Outcome o = here.wirelab({"run", file});
    EXPECT_EQ(o.status, 2) << file << o.err;
    EXPECT_THAT(o.err, HasSubstr(words)) << file;
  }
  EXPECT_FALSE(fs::exists(here / "out"));
}

/// Some 200 MB of address space are the program and its libraries; a sanitizer needs far more.
bool address_space_can_be_limited(const Scratch& here) {
  return here.shell("ulimit -v 400000 && \"$WIRELAB\" --version").status == 0;
}

TEST(BrokenScenario, WhatWouldBeHugeIsRefusedBeforeAnythingIsAllocated) {
  const Scratch here;
  if (!address_space_can_be_limited(here)) GTEST_SKIP() << "the address space cannot be limited here (a sanitizer?)";
  const std::string app = R"("apps": [{"type": "bulk", "from": "h1", "to": "h2"}] })";
  const std::vector<std::pair<std::string, std::string>> huge = {
      {R"({"generator": "chain", "params": {"routers": 1000000000}})", "/topology/params/routers"},
      {R"({"generator": "star", "params": {"hosts": 1e9}})", "/topology/params/hosts"},
      {R"({"generator": "full-mesh", "params": {"routers": 100000}})", "5000050000 links"},
      {R"({"generator": "fat-tree", "params": {"k": 100000}})", "750000000000000 links"},
      {R"({"generator": "leaf-spine", "params": {"leaves": 100000, "spines": 100000}})", "/topology"},
      {R"({"generator": "random", "params": {"routers": 1000001}})", "/topology/params/routers"},
  };
  for (const auto& [topology, words] : huge) {
    here.write("huge.json", R"({ "duration": "1s", "topology": )" + topology + ", " + app);
    const Outcome o = here.shell("ulimit -v 400000; ulimit -t 5; \"$WIRELAB\" run huge.json");
    EXPECT_EQ(o.status, 2) << topology << o.err;
    EXPECT_THAT(o.err, HasSubstr(words)) << topology;
  }
  here.write("count.json", R"({ "duration": "1s", "topology": {"generator": "chain"},
  "apps": [{"type": "bulk", "from": "h1", "to": "h2", "count": 1000000000}] })");
  const Outcome o = here.shell("ulimit -v 400000; ulimit -t 5; \"$WIRELAB\" run count.json");
  EXPECT_EQ(o.status, 2) << o.err;
  EXPECT_THAT(o.err, HasSubstr("count.json:2:"));
}

TEST(BrokenScenario, NeitherDepthNorLengthEndsTheProgram) {
  const Scratch here;
  const std::string deep(1'000'000, '[');
  here.write("deep.json", deep);
  here.write("wide.json", "[" + std::string(1'000'000, ',') + "]");
  here.write("long.json", "{ \"name\": \"" + std::string(10'000'000, 'x') + "\" }");
  std::string keys = "{";
  for (int i = 0; i < 100'000; ++i) keys += (i ? ",\n" : "\n") + ("\"k" + std::to_string(i) + "\": 1");
  here.write("keys.json", keys + "}");
  for (const char* file : {"deep.json", "wide.json", "long.json", "keys.json"}) {
    const Outcome o = here.shell(std::string("ulimit -t 20; \"$WIRELAB\" run ") + file);
    EXPECT_EQ(o.status, 2) << file << o.err.substr(0, 1000);
    EXPECT_LT(o.err.size(), 100'000u) << file;
    EXPECT_THAT(o.err, StartsWith(std::string(file) + ":")) << file;
  }
}

TEST(BrokenScenario, WhatIsNoNumberIsNone) {
  const Scratch here;
  for (const char* number : {"NaN", "nan", "Infinity", "-Infinity", "1e999", "-1e999", "0x10", "1_000", "+1", ".5"}) {
    here.write("n.json", std::string(R"({ "duration": "1s", "seed": )") + number + R"(,
  "topology": {"generator": "chain"}, "apps": [] })");
    const Outcome o = here.wirelab({"run", "n.json"});
    EXPECT_EQ(o.status, 2) << number << o.err;
    EXPECT_THAT(o.err, StartsWith("n.json:1:")) << number;
  }
  for (const char* number : {"nan", "inf", "1e400", "-0.1", "1.1", "101%"}) {
    here.write("p.json", R"({ "duration": "1s", "topology": {"generator": "dumbbell"}, "apps": [] })");
    const Outcome o = here.wirelab(
        {"run", "p.json", "--set", R"(topology/params/loss={"model":"bernoulli","p":")" + std::string(number) + "\"}"});
    EXPECT_EQ(o.status, 2) << number << o.err;
    EXPECT_THAT(o.err, StartsWith("--set ")) << number;
  }
}

TEST(BrokenScenario, ErrorsOfAnOptionNameTheOption) {
  const Scratch here;
  const std::vector<std::pair<const char*, const char*>> wrong = {
      {"rate=fast", "--set rate=fast: "},
      {"rat=5Mbit", "did you mean \"rate\""},
      {"apps/reno/tcp/cc=cubik", "did you mean \"cubic\""},
      {"apps/nobody/tcp/cc=reno", "no element \"nobody\""},
      {"/duration=-1s", "--set /duration=-1s: /duration: "},
      {"duration={", "not valid JSON"},
      {"duration=", "--set duration=: "},
  };
  for (const auto& [set, words] : wrong) {
    const Outcome o = here.wirelab({"run", "reno-vs-cubic", "--set", set});
    EXPECT_EQ(o.status, 2) << set << o.err;
    EXPECT_THAT(o.err, HasSubstr(words)) << set;
    EXPECT_THAT(o.err, HasSubstr("--set")) << set;
  }
  EXPECT_FALSE(fs::exists(here / "out"));
}

}  // namespace
}  // namespace wirelab
