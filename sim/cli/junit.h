#pragma once
// Expectations as a JUnit report, which continuous-integration services show.

#include <string>
#include <vector>

#include "record/summary.h"

namespace wirelab::cli {

/// One test. `failure` and `skipped` are empty where they do not apply.
struct TestCase {
  std::string suite, name, failure, skipped, details;
  double seconds = 0;
};

std::string junit_xml(const std::vector<TestCase>& cases);

/// One test suite for each run, one test case for each expectation. A run without expectations is one passed case.
std::string junit_xml(const std::vector<RunSummary>& runs);

}  // namespace wirelab::cli
