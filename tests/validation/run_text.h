#pragma once
// A scenario's text, run in memory, and what it came to: the way of all tests here.

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "record/summary.h"
#include "scenario/load.h"
#include "scenario/simulation.h"

namespace wirelab::validation {

/// Long runs are cut to this share where a sanitizer slows them down tenfold.
#ifdef WIRELAB_SANITIZED
inline constexpr bool kReduced = true;
#else
inline constexpr bool kReduced = false;
#endif

/// Throws with the loader's own messages: a wrong scenario in a test is the test's fault.
inline scenario::Loaded load(const std::string& text) {
  scenario::Loaded loaded = scenario::load_text("test.json", text);
  if (!loaded.ok()) {
    std::string messages;
    for (const std::string& m : loaded.docs.formatted_errors()) messages += m + "\n";
    throw std::runtime_error("the scenario does not load:\n" + messages + text);
  }
  return loaded;
}

/// Runs without files. Every packet made must have ended somewhere.
inline RunSummary run_text(const std::string& text) {
  const scenario::Loaded loaded = load(text);
  scenario::Simulation simulation(loaded.scenario);
  simulation.run();
  RunSummary summary = simulation.summary();
  std::uint64_t dropped = 0;
  for (const std::uint64_t n : summary.conservation.dropped_by) dropped += n;
  EXPECT_EQ(summary.conservation.sent, summary.conservation.delivered + summary.conservation.in_flight + dropped);
  return summary;
}

/// By id; throws if there is none.
inline const AppSummary& app(const RunSummary& summary, const std::string& id) {
  for (const AppSummary& a : summary.apps) {
    if (a.id == id) return a;
  }
  throw std::runtime_error("no app is called " + id);
}
inline const LinkSummary& link(const RunSummary& summary, const std::string& id) {
  for (const LinkSummary& l : summary.links) {
    if (l.id == id) return l;
  }
  throw std::runtime_error("no link is called " + id);
}

}  // namespace wirelab::validation
