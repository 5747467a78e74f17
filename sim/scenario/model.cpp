#include "scenario/model.h"

#include <algorithm>

namespace wirelab::scenario {

QueueLimit limit_of(const QueueSpec& spec) {
  constexpr std::int64_t no_limit = std::numeric_limits<std::uint32_t>::max();
  switch (spec.unit) {
    case QueueSpec::Unit::Packets:
      return {static_cast<std::uint32_t>(std::min(spec.amount, no_limit)), QueueLimit{}.bytes};
    case QueueSpec::Unit::Bytes: return {static_cast<std::uint32_t>(no_limit), Bytes(spec.amount)};
    case QueueSpec::Unit::Bdp: break;
  }
  return {1, QueueLimit{}.bytes};
}

}  // namespace wirelab::scenario
