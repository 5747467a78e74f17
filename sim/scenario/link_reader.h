#pragma once
// The keys of a link and of its directions, from values to the link layer's configuration.

#include <optional>
#include <vector>

#include "scenario/reader.h"

namespace wirelab::scenario {

/// The keys of one direction that `r` gives; the others keep what `base` has.
LinkDirection read_direction(const ObjectReader& r, const LinkDirection& base);
/// A loss model or an array of them; `null` and [] are none.
std::vector<LossConfig> read_loss(Documents& docs, const Value& v);
/// "100p" or {"type", "limit"}.
std::optional<QueueSpec> read_queue(Documents& docs, const Value& v, DataRate rate);
/// A list of words of `match`.
std::vector<Match> read_match_list(Documents& docs, const Value& v);

/// Both directions of a link whose value has the keys of link_fields().
std::array<LinkDirection, 2> read_directions(Documents& docs, const ObjectReader& link);

/// `set` of an event on a direction that is `now` as the scenario describes it.
LinkChange read_link_change(Documents& docs, const Value& set, const LinkDirection& now);

}  // namespace wirelab::scenario
