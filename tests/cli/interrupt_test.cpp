// A run that is ended from outside: what it wrote is whole, and its folder is taken again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/program.h"

namespace wirelab {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

class Interrupt : public testing::Test {
 protected:
  Interrupt() {
    here.write("long.json", R"({ "name": "long", "duration": "20h", "record": { "pcap": "all" },
  "topology": { "generator": "dumbbell", "params": { "rate": "5Mbit", "queue": "20p" } },
  "apps": [ { "id": "web", "type": "request-response", "from": "s*", "to": "d*", "count": 5, "requests": 1000000 },
            { "id": "reno", "type": "bulk", "from": "s1", "to": "d1" } ] })");
  }
  /// Starts the program, sends the signal once it has begun to write, and waits for its end.
  Outcome killed(const std::string& signal, const std::string& arguments, const std::string& sign) const {
    return here.shell("\"$WIRELAB\" " + arguments + " & run=$!\nwhile ! test -e " + sign +
                      "; do kill -0 $run || break; sleep 0.05; done; sleep 0.3\nkill -" + signal + " $run; wait $run");
  }
  json summary(const std::string& folder) const { return json::parse(content_of(here / (folder + "/summary.json"))); }
  std::vector<std::string> leftovers() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(here / "dir")) {
      if (entry.path().extension() == ".wirelab-part") names.push_back(entry.path());
    }
    return names;
  }
  Scratch here;
};

TEST_F(Interrupt, CtrlCLeavesWholeFilesAndSaysSo) {
  const Outcome o = killed("INT", "run long.json --no-plot -q -o dir", "dir/tcp.csv.wirelab-part");
  ASSERT_EQ(o.status, 130) << o.err;
  const json s = summary("dir");
  EXPECT_EQ(s["interrupted"], true);
  EXPECT_GT(s["sim_time_s"], 0);
  EXPECT_LT(s["sim_time_s"], 72000);
  EXPECT_THAT(leftovers(), IsEmpty());
  for (const json& file : s["files"]) EXPECT_TRUE(fs::exists(here / ("dir/" + file.get<std::string>()))) << file;
  for (const char* name : {"tcp.csv", "states.csv", "queues.csv", "flows.csv"}) {
    std::istringstream lines(content_of(here / ("dir/" + std::string(name))));
    std::string header;
    ASSERT_TRUE(std::getline(lines, header)) << name;
    const auto columns = std::count(header.begin(), header.end(), ',');
    for (std::string line; std::getline(lines, line);) {
      EXPECT_EQ(std::count(line.begin(), line.end(), ','), columns) << name << ": " << line;
    }
  }
  if (here.shell("tshark --version").status == 0) {
    for (const auto& capture : fs::directory_iterator(here / "dir/pcap")) {
      const Outcome read =
          here.shell("tshark -c 100000000 -r '" + capture.path().string() + "' -Y tcp.len==1 -w /dev/null");
      EXPECT_EQ(read.status, 0) << capture << read.err;
    }
  }
  // The counts hold at any moment.
  const json& packets = s["conservation"];
  EXPECT_EQ(packets["sent"].get<long>(),
            packets["delivered"].get<long>() + packets["in_flight"].get<long>() + packets["dropped"].get<long>());
}

TEST_F(Interrupt, TheFolderIsTakenByTheNextRun) {
  ASSERT_EQ(killed("INT", "run long.json --no-plot -q -o dir", "dir/tcp.csv.wirelab-part").status, 130);
  const Outcome again = here.wirelab({"run", "long.json", "--set", "duration=1s", "--no-plot", "-q", "-o", "dir"});
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(summary("dir")["interrupted"], false);
}

TEST_F(Interrupt, TerminationIsTheSame) {
  EXPECT_EQ(killed("TERM", "run long.json --no-plot -q -o dir", "dir/tcp.csv.wirelab-part").status, 130);
  EXPECT_EQ(summary("dir")["interrupted"], true);
}

TEST_F(Interrupt, ARunThatIsKilledLeavesNothingUnderAFinalNameAndNoObstacle) {
  killed("KILL", "run long.json --no-plot -q -o dir", "dir/tcp.csv.wirelab-part");
  for (const auto& entry : fs::recursive_directory_iterator(here / "dir")) {
    EXPECT_TRUE(!entry.is_regular_file() || entry.path().extension() == ".wirelab-part") << entry.path();
  }
  const Outcome again = here.wirelab({"run", "long.json", "--set", "duration=1s", "--no-plot", "-q", "-o", "dir"});
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_THAT(leftovers(), IsEmpty());
}

TEST_F(Interrupt, TheScenariosThatFollowAreNotStarted) {
  here.write("next.json", R"({ "name": "next", "duration": "1s", "topology": { "generator": "chain" }, "apps": [] })");
  EXPECT_EQ(killed("INT", "run long.json next.json --no-plot -q -o dir", "dir/long/tcp.csv.wirelab-part").status, 130);
  EXPECT_TRUE(fs::exists(here / "dir/long/summary.json"));
  EXPECT_FALSE(fs::exists(here / "dir/next"));
}

TEST_F(Interrupt, AComparisonSaysSoAndIsTakenByTheNext) {
  const Outcome o = killed("INT", "compare long.json --vary duration=1s,20h,2s --no-plot -q -o dir",
                           "dir/runs/20h/tcp.csv.wirelab-part");
  ASSERT_EQ(o.status, 130) << o.err;
  EXPECT_EQ(summary("dir")["interrupted"], true);
  EXPECT_EQ(summary("dir/runs/1s")["interrupted"], false);
  EXPECT_EQ(summary("dir/runs/20h")["interrupted"], true);
  EXPECT_FALSE(fs::exists(here / "dir/runs/2s"));
  EXPECT_THAT(content_of(here / "dir/table.csv"), testing::Not(HasSubstr("20h")));
  const Outcome again =
      here.wirelab({"compare", "long.json", "--vary", "duration=1s,2s", "--no-plot", "-q", "-o", "dir"});
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(summary("dir")["interrupted"], false);
  EXPECT_FALSE(fs::exists(here / "dir/runs/20h"));
}

}  // namespace
}  // namespace wirelab
