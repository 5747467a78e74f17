#pragma once
// What is asked of a run: `measure`, `record`, `plots` and `expect`.

#include <vector>

#include "scenario/app_reader.h"
#include "scenario/model.h"
#include "scenario/network_reader.h"

namespace wirelab::scenario {

Measure read_measure(Documents& docs, const Value& v, std::optional<Duration> duration);
Record read_record(Documents& docs, const Value& v, const Network& network, const Apps& apps);
/// `plots` may be nullptr: then the four defaults.
std::vector<Plot> read_plots(Documents& docs, const Value* plots, const Network& network, const Apps& apps);
std::vector<Expectation> read_expectations(Documents& docs, const Value& v, const Network& network, const Apps& apps);

/// "web", "web.3", patterns, or a list of them.
std::vector<AppPick> read_app_picks(Documents& docs, const Value& v, const Apps& apps);

}  // namespace wirelab::scenario
