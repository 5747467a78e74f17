// Every file under scenarios/ runs in full, what it teaches holds, and it can be run again from what it wrote.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/program.h"

#if defined(__SANITIZE_ADDRESS__)
#define WIRELAB_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define WIRELAB_SANITIZED 1
#endif
#endif

namespace wirelab {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::ordered_json;

#ifdef WIRELAB_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

const std::filesystem::path kFolder = std::filesystem::path(WIRELAB_SOURCE_DIR) / "scenarios";

/// With these a sanitizer takes more than some seconds: there they are cut, and what they expect is not asked for.
bool is_long(const std::string& name) {
  static const std::vector<std::string> names = {"high-bdp", "many-flows", "random-loss", "gilbert-elliott", "ecmp"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string> scenario_names() {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(kFolder)) {
    if (file.path().extension() == ".json") names.push_back(file.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Scenarios : public testing::TestWithParam<std::string> {
 protected:
  std::filesystem::path file() const { return kFolder / (GetParam() + ".json"); }
  Scratch here_;
};

TEST_P(Scenarios, SaysWhatItShowsAndStatesWhatMustHold) {
  const std::string text = content_of(file());
  const Json scenario = Json::parse(text);  // strict: throws at a comment
  EXPECT_EQ(scenario.at("name"), GetParam());
  const std::string description = scenario.at("description");
  EXPECT_THAT(description, HasSubstr(". Look at ")) << "what is shown, and what to look at";
  EXPECT_THAT(description, testing::EndsWith("."));
  EXPECT_FALSE(scenario.at("expect").empty());
  EXPECT_TRUE(scenario.contains("plots"));
  const auto lines = std::count(text.begin(), text.end(), '\n');
  EXPECT_GE(lines, 10);
  EXPECT_LE(lines, 26);
}

TEST_P(Scenarios, HoldsInFullAndRunsAgainFromItsResolvedForm) {
  const bool cut = kSanitized && is_long(GetParam());
  std::vector<std::string> arguments = {"run", file().string(), "-o", "first", "--no-plot", "--json"};
  if (cut) arguments.insert(arguments.end(), {"--set", "duration=2s"});
  const Outcome first = here_.wirelab(arguments);
  if (cut) {
    EXPECT_THAT(first.status, AnyOf(0, 1)) << first.err;
  } else {
    EXPECT_EQ(first.status, 0) << first.err;
    EXPECT_THAT(first.err, Not(HasSubstr("warning"))) << first.err;
  }
  const Outcome again = here_.wirelab({"run", "first/scenario.json", "-o", "again", "--no-plot", "--json"});
  EXPECT_EQ(again.status, first.status) << again.err;

  const Json one = Json::parse(first.out), two = Json::parse(again.out);
  EXPECT_EQ(one.at("result_hash"), two.at("result_hash"));
  for (const Json& expectation : one.at("expect")) EXPECT_TRUE(cut || expectation.at("held")) << expectation;
  const Json& packets = one.at("conservation");
  EXPECT_EQ(packets.at("sent").get<long>(), packets.at("delivered").get<long>() + packets.at("in_flight").get<long>() +
                                                packets.at("dropped").get<long>());
}

INSTANTIATE_TEST_SUITE_P(Files, Scenarios, testing::ValuesIn(scenario_names()), [](const auto& instance) {
  std::string name = instance.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

/// The times of tcp.csv's rows for one event, of any connection.
std::vector<double> times_of(const std::string& tcp_csv, const std::string& event) {
  std::vector<double> times;
  std::istringstream rows(tcp_csv);
  for (std::string row; std::getline(rows, row);) {
    if (row.find("," + event + ",") != std::string::npos) times.push_back(std::stod(row));
  }
  return times;
}

// RFC 9293 section 3.8.6.1: probes of a closed window back off exponentially.
TEST(ScenarioFolder, ShowsProbesOfAClosedWindowThatBackOff) {
  const Scratch here;
  ASSERT_EQ(here.wirelab({"run", (kFolder / "zero-window.json").string(), "-o", "r", "--no-plot"}).status, 0);
  const std::string tcp_csv = content_of(here / "r/tcp.csv");
  EXPECT_EQ(times_of(tcp_csv, "established").size(), 2u) << "each end once";
  const std::vector<double> probes = times_of(tcp_csv, "persist");
  ASSERT_GE(probes.size(), 5u);
  EXPECT_GT(probes.front(), 5);
  EXPECT_LT(probes.back(), 20);
  for (std::size_t i = 2; i < probes.size(); ++i) {
    EXPECT_NEAR((probes[i] - probes[i - 1]) / (probes[i - 1] - probes[i - 2]), 2, 0.4) << "probe " << i;
  }
}

TEST(ScenarioFolder, CoversWhatAClassOnTcpNeeds) {
  const std::vector<std::string> there = scenario_names();
  for (const char* name :
       {"reno-vs-cubic", "cubic-vs-cubic", "high-bdp", "rtt-unfairness", "random-loss", "bufferbloat", "fragmentation",
        "path-mtu-discovery", "link-failure", "zero-window", "handshake-loss", "close-states", "parking-lot",
        "many-flows", "pmtu-black-hole", "web-mix", "fast-open"}) {
    EXPECT_THAT(there, testing::Contains(name));
  }
}

// The first thing that a reader copies: it runs as it stands, and as the command beside it has it.
TEST(Readme, ItsScenarioHoldsAndItsParameterHasAnEffect) {
  const Scratch here;
  const std::string readme = content_of(std::filesystem::path(WIRELAB_SOURCE_DIR) / "README.md");
  const std::size_t start = readme.find("```json\n") + 8;
  here.write("my.json", readme.substr(start, readme.find("```", start) - start));
  const Outcome plain = here.wirelab({"run", "my.json", "--no-plot", "-q", "-o", "plain"});
  EXPECT_EQ(plain.status, 0) << plain.err;
  EXPECT_EQ(plain.err, "");
  EXPECT_NE(readme.find("run my.json --set rate=20Mbit --seed 7"), std::string::npos);
  const Outcome set =
      here.wirelab({"run", "my.json", "--set", "rate=20Mbit", "--seed", "7", "--no-plot", "-q", "-o", "set"});
  EXPECT_EQ(set.status, 0) << set.err;
  EXPECT_EQ(set.err, "");
  EXPECT_THAT(content_of(here / "set/scenario.json"), HasSubstr("20Mbit"));
}

TEST(Parameters, OneThatNothingNamesIsWarnedAbout) {
  const Scratch here;
  here.write("x.json", R"({ "duration": "1s", "topology": { "generator": "dumbbell" },
  "apps": [{ "type": "bulk", "from": "s1", "to": "d1" }], "plots": [] })");
  const Outcome o = here.wirelab({"run", "x.json", "--set", "params/rate=20Mbit", "-q"});
  EXPECT_EQ(o.status, 0);
  EXPECT_THAT(o.err, HasSubstr("--set params/rate=20Mbit: "));
  EXPECT_THAT(o.err, HasSubstr("no effect"));
}

}  // namespace
}  // namespace wirelab
