#include "script/compare.h"

#include <fmt/format.h>

#include <algorithm>

#include "wire/packet.h"

namespace wirelab::script {

namespace {

bool ecn_fits(IpEcn expected, IpEcn seen) {
  if (expected == IpEcn::NotCompared) return true;
  if (expected == IpEcn::Ect01) return seen == IpEcn::Ect0 || seen == IpEcn::Ect1;
  return expected == seen;
}

bool options_fit(const std::vector<TcpOption>& expected, const std::vector<TcpOption>& seen) {
  return std::equal(expected.begin(), expected.end(), seen.begin(), seen.end(),
                    [](const TcpOption& e, const TcpOption& s) {
                      if (e.kind == TcpOption::Kind::Timestamps) return s.kind == e.kind;
                      return e == s;
                    });
}

}  // namespace

std::optional<std::string> difference(const Segment& expected, const Segment& seen) {
  if (expected.flags != seen.flags) return "the flags differ";
  if (expected.start != seen.start) return "the sequence number differs";
  if (expected.length != seen.length) return "the length differs";
  if (expected.ack != seen.ack) return "the acknowledgement differs";
  if (expected.window && expected.window != seen.window) return "the window differs";
  if (expected.urgent != seen.urgent) return "the urgent pointer differs";
  if (!expected.any_options && !options_fit(expected.options, seen.options)) return "the options differ";
  if (!ecn_fits(expected.ecn, seen.ecn)) return "the ECN field of the IP header differs";
  return std::nullopt;
}

bool Tolerance::allows(Duration deviation, Duration distance) const {
  const Duration off = deviation < Duration{} ? -deviation : deviation;
  return off <= std::max(fixed, distance / fraction);
}

Duration deviation(const When& when, Time actual, Time before, Time start) {
  if (when.kind == When::Kind::Any) return {};
  const Time base = when.relative ? before : start;
  const Time from = base + when.from;
  const Time to = when.kind == When::Kind::Range ? base + when.to : from;
  if (actual < from) return actual - from;
  if (actual > to) return actual - to;
  return {};
}

Duration distance(const When& when, Time before, Time start) {
  if (when.relative) return when.from;
  return std::max(start + when.from - before, Duration{});
}

}  // namespace wirelab::script
