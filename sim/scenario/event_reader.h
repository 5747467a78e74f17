#pragma once
// `events`: what changes on the way.

#include <vector>

#include "scenario/app_reader.h"
#include "scenario/model.h"
#include "scenario/network_reader.h"

namespace wirelab::scenario {

/// `events` may be nullptr. Those at or after `duration` are warned about.
std::vector<Event> read_events(Documents& docs, const Value* events, const Network& network, const Apps& apps,
                               std::optional<Duration> duration);

}  // namespace wirelab::scenario
