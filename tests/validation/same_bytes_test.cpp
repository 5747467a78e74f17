// One scenario and seed, one result: run twice; and with a link that is stepped in place of computed.

#include <fmt/format.h>

#include <map>

#include "run_recorded.h"

namespace wirelab::validation {
namespace {

using Files = std::map<std::string, std::string>;

Files run_to_files(const std::string& text, bool capture) {
  const scenario::Loaded loaded = load(text);
  const Scratch scratch;
  std::vector<HashedFile> hashed;
  RunSummary summary = run_recorded(loaded, scratch, capture, &hashed);
  summary.wall_s = summary.user_s = 0;
  Files files;
  for (const HashedFile& f : hashed) files[f.name] = scratch.read(f.name);
  files["summary.json"] = to_json(summary);
  return files;
}

std::string dumbbell(const std::string& impairments, const std::string& more) {
  return fmt::format(R"({{
    "name": "same", "seed": 7, "duration": "8s",
    "topology": {{ "generator": "dumbbell", "params": {{ "pairs": 3, "rate": "10Mbit", "queue": "40p" }},
                  "links": [{{ "id": "bottleneck", {} }}] }},
    "apps": [
      {{ "id": "reno", "type": "bulk", "from": "s1", "to": "d1", "tcp": {{ "cc": "reno" }} }},
      {{ "id": "cubic", "type": "bulk", "from": "s2", "to": "d2", "start": {{ "uniform": ["0s", "1s"] }} }},
      {{ "id": "web", "type": "request-response", "from": "s3", "to": "d3", "arrivals": {{ "poisson": "20/s" }},
         "response": {{ "pareto": {{ "mean": "20kB", "shape": 1.3 }} }} }}
    ],
    "record": {{ "tcp": "all", "queues": "all" }}{}
  }})",
                     impairments, more);
}

TEST(SameBytes, ComeFromTheSameScenario) {
  const std::string text = dumbbell(R"("loss": { "model": "bernoulli", "p": 0.002 }, "duplicate": { "p": 0.001 },
      "corrupt": { "p": 0.001 }, "jitter": { "stddev": "1ms" })",
                                    "");
  const Files first = run_to_files(text, true);
  EXPECT_GT(first.size(), 5u);
  EXPECT_EQ(first, run_to_files(text, true));
}

// A rate that is set again at the end makes the link stepped from the start. What it does counts more events (each end
// of a transmission is one), which the summary tells; all else is the same.
TEST(SameBytes, ComeFromAComputedAndASteppedLink) {
  const std::string at_end = R"(, "events": [{ "at": "7999ms", "link": "bottleneck", "set": { "rate": "10Mbit" } }])";
  for (const char* impairments : {R"("mtu": 1500)", R"("loss": { "model": "bernoulli", "p": 0.005 })"}) {
    const Files computed = run_to_files(dumbbell(impairments, ""), true);
    const Files stepped = run_to_files(dumbbell(impairments, at_end), true);
    ASSERT_EQ(computed.size(), stepped.size());
    for (const auto& [name, content] : computed) {
      if (name == "summary.json") continue;
      EXPECT_GT(content.size(), 20u) << name;
      EXPECT_TRUE(content == stepped.at(name)) << name;
    }
  }
}

}  // namespace
}  // namespace wirelab::validation
