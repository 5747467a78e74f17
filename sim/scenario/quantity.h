#pragma once
// Quantities with their units, from text and back. Decimal arithmetic is exact; a result between two whole base units
// (picoseconds, bytes, bit/s) is rounded to the nearer one. SI prefixes mean powers of 1000, KiB and so on of 1024.
// A fault is one sentence that quotes the text and ends with the remedy.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/units.h"
#include "scenario/model.h"

namespace wirelab::scenario {

template <class T>
struct Parsed {
  std::optional<T> value;
  std::string fault;  ///< set if and only if there is no value
};

/// The longest time that can be written: 100 days.
inline constexpr Duration kLongestTime = Duration::s(100 * 86'400);

Parsed<DataRate> parse_rate(std::string_view text);                         ///< "10Mbit", "2.5Gbps"; above 0
Parsed<Bytes> parse_size(std::string_view text);                            ///< "64KiB", "10MB"; 0 to 2^62
Parsed<Duration> parse_duration(std::string_view text);                     ///< "20ms"; 0 to kLongestTime
Parsed<double> parse_frequency(std::string_view text);                      ///< "50/s" as events in a second; above 0
Parsed<double> parse_percent(std::string_view text);                        ///< "0.1%" as 0.001; any size, not negative
Parsed<QueueSpec> parse_queue_limit(std::string_view text, DataRate rate);  ///< "100p", "64kB", "10ms", "1bdp"

/// Any of the above in SI units (bit/s, bytes, seconds, 1/s, a fraction), for `expect`.
Parsed<double> parse_any_quantity(std::string_view text);

/// The shortest exact text, such as "10Mbit", "1500B", "20ms", "100p", "0.5bdp".
std::string to_text(DataRate rate);
std::string to_text(Bytes size);
std::string to_text(Duration time);
std::string to_text(const QueueSpec& limit);

}  // namespace wirelab::scenario
