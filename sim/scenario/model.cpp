#include "scenario/model.h"

#include <algorithm>

namespace wirelab::scenario {

namespace {

QueueLimit room_of(const QueueSpec& spec) {
  constexpr std::int64_t no_limit = std::numeric_limits<std::uint32_t>::max();
  switch (spec.unit) {
    case QueueSpec::Unit::Packets:
      return {static_cast<std::uint32_t>(std::min(spec.amount, no_limit)), {}, QueueLimit{}.bytes};
    case QueueSpec::Unit::Bytes: return {static_cast<std::uint32_t>(no_limit), {}, Bytes(spec.amount)};
    case QueueSpec::Unit::Bdp: break;
  }
  return {1, {}, QueueLimit{}.bytes};
}

}  // namespace

QueueLimit limit_of(const QueueSpec& spec) {
  QueueLimit limit = room_of(spec);
  if (spec.ecn_amount < 0) return limit;
  if (spec.ecn_unit == QueueSpec::Unit::Packets) limit.ecn = EcnThreshold::packets(spec.ecn_amount);
  if (spec.ecn_unit == QueueSpec::Unit::Bytes) limit.ecn = EcnThreshold::bytes(spec.ecn_amount);
  return limit;
}

double expected_instances(const App& app, std::optional<Duration> duration) {
  if (!app.arrivals_per_second) return static_cast<double>(app.count.value_or(1));
  // Random times of start and stop are few and short beside the run; the span is then an upper bound.
  Duration from, to = duration.value_or(Duration{});
  if (app.start.is_constant()) from = Duration::ps(app.start.low);
  if (app.stop && app.stop->is_constant()) {
    const Duration stop = Duration::ps(app.stop->low);
    to = duration ? std::min(*duration, stop) : stop;
  }
  const double expected = *app.arrivals_per_second * std::max(to - from, Duration{}).seconds();
  return app.count ? std::min(expected, static_cast<double>(*app.count)) : expected;
}

}  // namespace wirelab::scenario
