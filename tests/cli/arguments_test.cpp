#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/program.h"

namespace wirelab {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(Arguments, HelpAndVersionAreAnsweredOnStandardOutput) {
  const Scratch here;
  for (const char* word : {"-h", "--help", "--version"}) {
    const Outcome o = here.wirelab({word});
    EXPECT_EQ(o.status, 0) << word;
    EXPECT_THAT(o.out, HasSubstr("wirelab")) << word;
    EXPECT_THAT(o.err, IsEmpty()) << word;
  }
  EXPECT_THAT(here.wirelab({"--version"}).out, StartsWith("wirelab 0."));
}

TEST(Arguments, EveryCommandExplainsItself) {
  const Scratch here;
  const std::string help = here.wirelab({"-h"}).out;
  for (const char* command : {"run", "compare", "plot", "check", "topo", "schema", "script", "list"}) {
    EXPECT_THAT(help, HasSubstr(command));
    const Outcome o = here.wirelab({command, "-h"});
    EXPECT_EQ(o.status, 0) << command;
    EXPECT_THAT(o.out, HasSubstr("Usage: wirelab " + std::string(command)));
  }
}

TEST(Arguments, WhatIsReservedForLaterIsUnknown) {
  const Scratch here;
  for (const char* command : {"sweep", "report"}) {
    const Outcome o = here.wirelab({command, "x"});
    EXPECT_EQ(o.status, 2) << command;
    EXPECT_THAT(o.err, HasSubstr("there is no command"));
  }
}

TEST(Arguments, AMistypedCommandIsAnsweredWithTheNearestOne) {
  const Scratch here;
  const Outcome o = here.wirelab({"comparre"});
  EXPECT_EQ(o.status, 2);
  EXPECT_THAT(o.err, HasSubstr("did you mean \"compare\"?"));
  EXPECT_THAT(o.out, IsEmpty());
}

TEST(Arguments, WrongOnesGiveStatusTwoAndRunNothing) {
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"run"},
      {"--frobnicate"},
      {"run", "reno-vs-cubic", "--frobnicate"},
      {"run", "reno-vs-cubic", "--seed", "many"},
      {"run", "reno-vs-cubic", "--seed", "-1"},
      {"run", "reno-vs-cubic", "--seed", "18446744073709551616"},  // 2^64
      {"run", "reno-vs-cubic", "--seed", "1.5"},
      {"run", "reno-vs-cubic", "-o"},
      {"run", "reno-vs-cubic", "-o", ""},
      {"run", "reno-vs-cubic", "--junit", ""},
      {"run", "reno-vs-cubic", "--plot", "--no-plot"},
      {"run", "no-such-scenario"},
      {"run", "reno-vs-cubic", "--threads", "0"},
      {"run", "reno-vs-cubic", "--set", "seed"},
      {"run", "reno-vs-cubic", "--set", "=3"},
      {"compare", "reno-vs-cubic"},
      {"compare", "reno-vs-cubic", "--vary", "seed"},
      {"compare", "reno-vs-cubic", "--vary", "seed=1,2", "--vary", "rate=1Mbit"},
      {"compare", "reno-vs-cubic", "--vary", "seed=1,2", "--repeat", "0"},
      {"plot"},
      {"plot", "nowhere"},
      {"check"},
      {"schema", "nothing"},
      {"list", "nothing"},
      {"topo"},
  };
  for (const auto& arguments : wrong) {
    const Scratch here;
    const Outcome o = here.wirelab(arguments);
    EXPECT_EQ(o.status, 2) << testing::PrintToString(arguments) << o.err;
    EXPECT_THAT(o.err, HasSubstr("wirelab")) << testing::PrintToString(arguments);
    EXPECT_FALSE(std::filesystem::exists(here / "out")) << testing::PrintToString(arguments);
  }
}

TEST(List, NamesWhatAScenarioCanName) {
  const Scratch here;
  const std::vector<std::pair<const char*, std::vector<const char*>>> lists = {
      {"cc", {"tahoe", "reno", "cubic", "vegas"}},
      {"apps", {"bulk", "cbr", "on-off", "ping", "request-response", "dialog"}},
      {"queues", {"droptail"}},
      {"loss", {"bernoulli", "every", "list", "gilbert-elliott", "blackout"}},
      {"topologies",
       {"dumbbell", "chain", "star", "ring", "parking-lot", "fat-tree", "leaf-spine", "full-mesh", "random"}},
      {"plots", {"cwnd", "rtt", "throughput", "queue"}},
      {"scenarios", {"reno-vs-cubic", "bufferbloat"}},
      {"links", {"jitter", "duplicate", "corrupt", "reorder", "keep_order"}},
      {"values", {"rate", "queue-limit", "1bdp", "random-..."}},
      {"tcp", {"initial_window", "initcwnd", "rto_min", "delayed_ack"}},
  };
  for (const auto& [what, names] : lists) {
    const Outcome o = here.wirelab({"list", what});
    EXPECT_EQ(o.status, 0) << what;
    for (const char* name : names) EXPECT_THAT(o.out, HasSubstr(name)) << what;
  }
}

TEST(List, SaysHowEachKindOfValueIsWrittenThatItNames) {
  const Scratch here;
  const std::string values = here.wirelab({"list", "values"}).out;
  for (const char* kind : {"rate", "time", "size", "bytes", "probability", "queue-limit", "match", "names", "arrivals",
                           "reader", "steps", "loss"}) {
    EXPECT_THAT(values, testing::ContainsRegex("(\n  |, )" + std::string(kind))) << kind;
  }
}

TEST(List, SaysWhatTheLinuxProfileIs) {
  const Scratch here;
  for (const char* list : {"cc", "tcp"}) EXPECT_THAT(here.wirelab({"list", list}).out, HasSubstr("profile `linux`"));
}

TEST(Arguments, AScenarioThatIsNotThereIsAnsweredWithTheNearestOne) {
  const Scratch here;
  EXPECT_THAT(here.wirelab({"run", "reno-vs-cubik"}).err, HasSubstr("did you mean \"reno-vs-cubic\"?"));
}

TEST(Arguments, HelpNamesValuesAsAUserWould) {
  const Scratch here;
  for (const char* command : {"run", "compare", "plot", "check", "topo", "script", "list"}) {
    const std::string help = here.wirelab({command, "-h"}).out;
    for (const char* jargon : {"UINT", "TEXT", "{false}", "Excludes"}) {
      EXPECT_THAT(help, testing::Not(HasSubstr(jargon))) << command;
    }
  }
}

TEST(Schema, FilesInTheTreeAreWhatTheProgramPrints) {
  const Scratch here;
  for (const std::string which : {"scenario", "topology"}) {
    const Outcome o = here.wirelab({"schema", which});
    EXPECT_EQ(o.status, 0);
    EXPECT_EQ(o.out, content_of(std::string(WIRELAB_SOURCE_DIR) + "/scenarios/schema/" + which + ".json")) << which;
  }
}

}  // namespace
}  // namespace wirelab
