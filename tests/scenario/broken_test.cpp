// Every broken scenario under tests/cli/broken, against the table beside them: the right place, and a remedy.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "scenario/load.h"

namespace wirelab::scenario {
namespace {

struct Case {
  std::string file, named, place, pointer, words;
};

std::filesystem::path folder() { return std::filesystem::path(WIRELAB_SOURCE_DIR) / "tests" / "cli" / "broken"; }

std::vector<std::string> split(const std::string& line, const std::string& separator) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  for (std::size_t i; (i = line.find(separator, start)) != std::string::npos; start = i + separator.size()) {
    parts.push_back(line.substr(start, i - start));
  }
  parts.push_back(line.substr(start));
  return parts;
}

std::vector<Case> cases() {
  std::vector<Case> all;
  std::ifstream table(folder() / "expected.txt");
  for (std::string line; std::getline(table, line);) {
    if (line.empty() || line[0] == '#') continue;
    const auto columns = split(line, " | ");
    const auto files = split(columns.at(0), " -> ");
    all.push_back({files.front(), files.back(), columns.at(1), columns.at(2), columns.at(3)});
  }
  return all;
}

Loaded load(const std::string& file) { return load_file((folder() / file).string()); }

TEST(BrokenScenarios, EachIsRefusedOnceAtTheRightPlaceWithARemedy) {
  const auto all = cases();
  ASSERT_GE(all.size(), 65u);
  for (const Case& c : all) {
    const auto errors = load(c.file).docs.formatted_errors();
    ASSERT_EQ(errors.size(), 1u) << c.file << "\n" << testing::PrintToString(errors);
    std::string expected = (folder() / c.named).string() + ":";
    if (c.place != "0:0") expected += c.place + ": ";
    if (!c.pointer.empty()) expected += c.pointer + ": ";
    EXPECT_EQ(errors[0].substr(0, expected.size()), expected) << errors[0];
    EXPECT_NE(errors[0].find(c.words), std::string::npos) << "without \"" << c.words << "\": " << errors[0];
  }
}

TEST(BrokenScenarios, NoFileIsMissingInTheTable) {
  std::string table;
  for (const Case& c : cases()) table += c.file + "\n" + c.named + "\n";
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    const std::string name = entry.path().filename().string();
    if (name == "expected.txt" || name == "topology-loop.json") continue;
    EXPECT_NE(table.find(name + "\n"), std::string::npos) << name;
  }
}

TEST(BrokenScenarios, AllErrorsComeInOneGo) {
  const Loaded loaded = load_text("x.json", R"({
    "duration": 60,
    "topology": { "generator": "dumbbell", "params": { "rate": "10Mbs" } },
    "apps": [
      { "id": "a", "type": "bulk", "from": "s9", "to": "d1", "tcp": { "cc": "cubik" } },
      { "id": "b", "type": "bulck", "from": "s1", "to": "d1" },
      { "id": "a", "type": "bulk", "from": "s2", "to": "d2", "start": "soon" }
    ],
    "events": [ { "at": "1s", "app": "b", "do": "stop" }, { "at": "1s", "app": "c", "do": "stop" } ],
    "plots": ["cwdn"]
  })");
  const auto errors = loaded.docs.formatted_errors();
  // The id of the third app is one fault, its start another.
  // `b` is there, though its type is wrong: naming it is no second error.
  EXPECT_EQ(errors.size(), 9u) << testing::PrintToString(errors);
}

TEST(BrokenScenarios, AnErrorFromAnOptionNamesTheOption) {
  const std::string good = R"({ "duration": "1s", "params": { "rate": "1Mbit" }, "topology": { "generator": "dumbbell",
    "params": { "rate": "$rate" } }, "apps": [ { "id": "a", "type": "bulk", "from": "s1", "to": "d1" } ] })";
  const auto errors = [&](const std::string& set) {
    LoadOptions options;
    options.sets = {set};
    const auto all = load_text("x.json", good, options).docs.formatted_errors();
    return all.empty() ? std::string() : all.front();
  };
  EXPECT_EQ(errors("rate=fast").substr(0, 29), "--set rate=fast: /params/rate");
  EXPECT_EQ(errors("apps/a/tcp/cc=cubik").substr(0, 45), "--set apps/a/tcp/cc=cubik: /apps/a/tcp/cc: no");
  EXPECT_NE(errors("rat=5Mbit").find("did you mean \"rate\""), std::string::npos);
  EXPECT_NE(errors("rate").find("KEY=VALUE"), std::string::npos);
  EXPECT_NE(errors("apps/b/tcp/cc=reno").find("no element \"b\""), std::string::npos);
  EXPECT_NE(errors("duration={").find("not valid JSON"), std::string::npos);
  EXPECT_EQ(errors("rate=5Mbit"), "");
}

TEST(BrokenScenarios, WhatIsNoReadableFileIsRefused) {
  const auto fault = [](const std::string& path) { return load_file(path).docs.formatted_errors().at(0); };
  EXPECT_NE(fault(folder().string()).find("is a directory"), std::string::npos);
  EXPECT_NE(fault((folder() / "nowhere.json").string()).find("no such file"), std::string::npos);
}

}  // namespace
}  // namespace wirelab::scenario
