#include "scenario/quantity.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "core/near.h"
#include "scenario/value.h"

namespace wirelab::scenario {

namespace {

/// A decimal number as digits x 10^-places, and the text behind it.
struct Decimal {
  std::uint64_t digits = 0;
  int places = 0;
  std::string_view number, unit;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Splits "2.5Gbit". Nothing if the text does not start with a plain decimal number of at most 18 digits.
std::optional<Decimal> split(std::string_view text) {
  Decimal d;
  std::size_t i = 0;
  int significant = 0;
  bool point = false, any = false;
  for (; i < text.size() && (is_digit(text[i]) || (text[i] == '.' && !point)); ++i) {
    if (text[i] == '.') {
      point = true;
      continue;
    }
    any = true;
    if (d.digits != 0 || text[i] != '0') ++significant;
    if (significant > 18) return std::nullopt;
    d.digits = d.digits * 10 + static_cast<std::uint64_t>(text[i] - '0');
    d.places += point ? 1 : 0;
    if (d.places > 30) return std::nullopt;
  }
  if (!any || text[i - 1] == '.') return std::nullopt;
  d.number = text.substr(0, i);
  d.unit = text.substr(i);
  return d;
}

/// digits x 10^-places x factor, rounded to the nearest whole number; nothing beyond `limit`.
std::optional<std::int64_t> scaled(const Decimal& d, std::uint64_t factor, std::int64_t limit) {
  const Uint128 product = static_cast<Uint128>(d.digits) * factor;
  Uint128 divisor = 1;
  for (int i = 0; i < d.places; ++i) divisor *= 10;
  const Uint128 whole = product / divisor + (product % divisor * 2 >= divisor ? 1 : 0);
  if (whole > static_cast<Uint128>(limit)) return std::nullopt;
  return static_cast<std::int64_t>(whole);
}

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<Unit, 7> kTimes = {{{"ps", 1},
                                         {"ns", 1'000},
                                         {"us", 1'000'000},
                                         {"ms", 1'000'000'000},
                                         {"s", 1'000'000'000'000},
                                         {"min", 60'000'000'000'000},
                                         {"h", 3'600'000'000'000'000}}};
constexpr std::array<Unit, 10> kSizes = {{{"B", 1},
                                          {"kB", 1'000},
                                          {"KB", 1'000},
                                          {"MB", 1'000'000},
                                          {"GB", 1'000'000'000},
                                          {"TB", 1'000'000'000'000},
                                          {"KiB", 1ull << 10},
                                          {"MiB", 1ull << 20},
                                          {"GiB", 1ull << 30},
                                          {"TiB", 1ull << 40}}};
constexpr std::array<Unit, 10> kRates = {{{"bit", 1},
                                          {"kbit", 1'000},
                                          {"Mbit", 1'000'000},
                                          {"Gbit", 1'000'000'000},
                                          {"Tbit", 1'000'000'000'000},
                                          {"bps", 1},
                                          {"kbps", 1'000},
                                          {"Mbps", 1'000'000},
                                          {"Gbps", 1'000'000'000},
                                          {"Tbps", 1'000'000'000'000}}};
constexpr std::array<Unit, 4> kPeriods = {{{"/s", 1}, {"/ms", 1'000}, {"/min", 60}, {"/h", 3'600}}};

std::optional<std::uint64_t> factor_of(std::string_view unit, std::span<const Unit> units) {
  const auto it = std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == unit; });
  if (it == units.end()) return std::nullopt;
  return it->factor;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

/// The unit in small letters, without the space that may stand before it.
std::string plain_unit(const Decimal& d) {
  const auto start = d.unit.find_first_not_of(' ');
  return start == std::string_view::npos ? std::string() : lowered(d.unit.substr(start));
}

struct Sort {
  std::string_view noun, units, example;
  std::span<const Unit> factors;
};
constexpr Sort kRate{"a rate", "bit, kbit, Mbit, Gbit, Tbit", "10Mbit", kRates};
constexpr Sort kSize{"a size", "B, kB, MB, GB, KiB, MiB, GiB", "64KiB", kSizes};
constexpr Sort kTime{"a time", "ps, ns, us, ms, s, min, h", "20ms", kTimes};

std::string fault(std::string_view text, const Sort& sort, std::string_view remedy) {
  std::string out = in_quotes(text.substr(0, 80)) + " is not " + std::string(sort.noun) + "; ";
  if (!remedy.empty()) return out + std::string(remedy);
  return out + "write a number and a unit (" + std::string(sort.units) + "), such as \"" + std::string(sort.example) +
         "\"";
}

/// What is wrong with the shape of any quantity: no number, a sign, an exponent, a space before the unit, no unit.
std::optional<std::string> shape_fault(std::string_view text, const std::optional<Decimal>& d, const Sort& sort) {
  if (!d) {
    if (text.size() > 1 && text[0] == '-') return fault(text, sort, "it must not be negative");
    if (text.size() > 18 && is_digit(text[0])) return fault(text, sort, "a number has 18 digits at most");
    return fault(text, sort, "");
  }
  if (d->unit.size() > 1 && lowered(d->unit)[0] == 'e' &&
      (is_digit(d->unit[1]) || d->unit[1] == '-' || d->unit[1] == '+')) {
    return fault(text, sort, "write it without an exponent, such as \"" + std::string(sort.example) + "\"");
  }
  if (d->unit.empty()) {
    const std::string_view unit = split(sort.example)->unit;
    return fault(text, sort,
                 "the unit is missing; write \"" + std::string(d->number) + std::string(unit) + "\" (units are " +
                     std::string(sort.units) + ")");
  }
  if (d->unit[0] == ' ') {
    const auto start = d->unit.find_first_not_of(' ');
    const std::string_view unit = start == std::string_view::npos ? split(sort.example)->unit : d->unit.substr(start);
    if (!factor_of(unit, sort.factors)) return std::nullopt;  // the unit is the greater fault
    return fault(text, sort, "write it without the space: \"" + std::string(d->number) + std::string(unit) + "\"");
  }
  return std::nullopt;
}

template <class T>
Parsed<T> too_large(std::string_view text, std::string_view limit) {
  return {std::nullopt, in_quotes(text) + " is too large; the most is " + std::string(limit)};
}

std::string rate_remedy(const Decimal& d) {
  const std::string number(d.number);
  const std::string low = plain_unit(d);
  const bool bytes = d.unit.find('B') != std::string_view::npos && d.unit.find("BPS") == std::string_view::npos;
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> prefixes = {
      {{"", "bit"}, {"k", "kbit"}, {"m", "Mbit"}, {"g", "Gbit"}, {"t", "Tbit"}}};
  for (const auto& [prefix, unit] : prefixes) {
    const std::string p(prefix);
    if (bytes && (low == p + "bps" || low == p + "b/s" || low == p + "b")) {
      Decimal eightfold = d;
      eightfold.digits *= 8;
      const auto bits = scaled(eightfold, *factor_of(unit, kRates), std::numeric_limits<std::int64_t>::max());
      if (bits) return "rates are in bits: write \"" + to_text(DataRate::bps(*bits)) + "\"";
    }
    if (low == p + "bps" || low == p + "b/s" || low == p + "bit/s" || low == p + "bits" || low == p + "bit" ||
        low == p || low == p + "bs" || low == p + "b") {
      return "write \"" + number + std::string(unit) + "\"";
    }
  }
  return {};
}

std::string size_remedy(const Decimal& d) {
  const std::string number(d.number);
  const std::string low = plain_unit(d);
  for (const char prefix : {'k', 'm', 'g', 't'}) {
    const char upper = static_cast<char>(prefix - 'a' + 'A');
    const std::string p(1, prefix);
    if (low != p && low != p + "b" && low != p + "ib" && low != p + "i" && low != p + "byte" && low != p + "bytes")
      continue;
    const std::string si = number + std::string(1, prefix == 'k' ? 'k' : upper) + "B";
    return "write \"" + si + "\" (powers of 1000) or \"" + number + std::string(1, upper) + "iB\" (of 1024)";
  }
  if (low == "b" || low == "byte" || low == "bytes") return "write \"" + number + "B\"";
  return {};
}

std::string time_remedy(const Decimal& d) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 13> aliases = {{{"sec", "s"},
                                                                                             {"secs", "s"},
                                                                                             {"second", "s"},
                                                                                             {"seconds", "s"},
                                                                                             {"msec", "ms"},
                                                                                             {"usec", "us"},
                                                                                             {"nsec", "ns"},
                                                                                             {"\u00b5s", "us"},
                                                                                             {"\u03bcs", "us"},
                                                                                             {"m", "min"},
                                                                                             {"minutes", "min"},
                                                                                             {"hours", "h"},
                                                                                             {"hour", "h"}}};
  const std::string low = plain_unit(d);
  for (const auto& [written, unit] : aliases) {
    if (low == written || d.unit == written) return "write \"" + std::string(d.number) + std::string(unit) + "\"";
  }
  if (factor_of(low, kTimes)) return "write \"" + std::string(d.number) + low + "\"";
  return {};
}

/// SI or binary: the largest unit of which `n` is a whole multiple.
std::string in_units(std::int64_t n, std::span<const Unit> units) {
  const Unit* best = &units[0];
  for (const Unit& u : units) {
    const auto factor = static_cast<std::int64_t>(u.factor);
    if (n != 0 && n % factor == 0 && factor > static_cast<std::int64_t>(best->factor)) best = &u;
  }
  return std::to_string(n / static_cast<std::int64_t>(best->factor)) + std::string(best->name);
}

}  // namespace

Parsed<DataRate> parse_rate(std::string_view text) {
  const auto d = split(text);
  if (auto f = shape_fault(text, d, kRate)) return {std::nullopt, *f};
  auto factor = factor_of(d->unit, kRates);
  if (!factor) {  // "bit" and its multiples in any case; "mbps" could mean anything and is refused
    for (std::size_t i = 0; i < 5; ++i) {
      if (lowered(d->unit) == lowered(kRates[i].name)) factor = kRates[i].factor;
    }
  }
  if (!factor) return {std::nullopt, fault(text, kRate, rate_remedy(*d))};
  const auto bps = scaled(*d, *factor, 1'000'000'000'000'000'000);
  if (!bps) return too_large<DataRate>(text, "1000000Tbit");
  if (*bps == 0) return {std::nullopt, in_quotes(text) + ": a rate must be at least 1bit"};
  return {DataRate::bps(*bps), {}};
}

Parsed<Bytes> parse_size(std::string_view text) {
  const auto d = split(text);
  if (auto f = shape_fault(text, d, kSize)) return {std::nullopt, *f};
  const auto factor = factor_of(d->unit, kSizes);
  if (!factor) return {std::nullopt, fault(text, kSize, size_remedy(*d))};
  const auto n = scaled(*d, *factor, std::int64_t{1} << 62);
  if (!n) return too_large<Bytes>(text, "4194304TiB");
  return {Bytes(*n), {}};
}

Parsed<Duration> parse_duration(std::string_view text) {
  const auto d = split(text);
  if (auto f = shape_fault(text, d, kTime)) return {std::nullopt, *f};
  const auto factor = factor_of(d->unit, kTimes);
  if (!factor) return {std::nullopt, fault(text, kTime, time_remedy(*d))};
  const auto ps = scaled(*d, *factor, kLongestTime.ps());
  if (!ps) return too_large<Duration>(text, "2400h (100 days)");
  return {Duration::ps(*ps), {}};
}

Parsed<double> parse_frequency(std::string_view text) {
  const auto d = split(text);
  const auto factor = d ? factor_of(d->unit, kPeriods) : std::nullopt;
  if (!factor)
    return {std::nullopt, in_quotes(text.substr(0, 80)) + " is not a frequency; write \"50/s\" (or /ms, /min, /h)"};
  double value = static_cast<double>(d->digits);
  for (int i = 0; i < d->places; ++i) value /= 10;
  value = d->unit == "/ms" ? value * 1000 : value / static_cast<double>(*factor);
  if (!(value > 0)) return {std::nullopt, in_quotes(text) + ": a frequency must be above 0"};
  if (value > 1e12) return too_large<double>(text, "1000000000000/s");
  return {value, {}};
}

Parsed<double> parse_percent(std::string_view text) {
  const auto d = split(text);
  if (!d || d->unit != "%") {
    return {std::nullopt, in_quotes(text.substr(0, 80)) + " is not a percentage; write one such as \"0.1%\""};
  }
  double divisor = 100;
  for (int i = 0; i < d->places; ++i) divisor *= 10;
  return {static_cast<double>(d->digits) / divisor, {}};
}

Parsed<QueueSpec> parse_queue_limit(std::string_view text, DataRate rate) {
  constexpr std::int64_t most_packets = 1'000'000'000;
  const auto d = split(text);
  if (d && d->unit == "p") {
    const auto n = d->places == 0 ? scaled(*d, 1, most_packets) : std::nullopt;
    if (!n)
      return {std::nullopt, in_quotes(text) + " is not a queue limit; packets are a whole number up to 1000000000"};
    return {QueueSpec{QueueSpec::Unit::Packets, *n}, {}};
  }
  if (d && lowered(d->unit) == "bdp") {
    const auto n = scaled(*d, 1'000'000, 1'000'000'000'000);
    if (!n) return too_large<QueueSpec>(text, "1000000bdp");
    if (*n == 0) return {std::nullopt, in_quotes(text) + ": a queue of no BDP holds nothing; write \"1bdp\" or \"1p\""};
    return {QueueSpec{QueueSpec::Unit::Bdp, *n}, {}};
  }
  if (d && factor_of(d->unit, kTimes)) {
    const auto time = parse_duration(text);
    if (!time.value) return {std::nullopt, time.fault};
    const auto bytes =
        static_cast<Uint128>(rate.bps()) * static_cast<Uint128>(time.value->ps()) / 8 / 1'000'000'000'000u;
    if (bytes > (std::uint64_t{1} << 62)) return too_large<QueueSpec>(text, "what holds 4194304TiB at this rate");
    return {QueueSpec{QueueSpec::Unit::Bytes, static_cast<std::int64_t>(bytes)}, {}};
  }
  if (d && factor_of(d->unit, kSizes)) {
    const auto size = parse_size(text);
    if (!size.value) return {std::nullopt, size.fault};
    return {QueueSpec{QueueSpec::Unit::Bytes, size.value->count()}, {}};
  }
  const std::string remedy = d ? size_remedy(*d) : std::string();
  return {std::nullopt,
          in_quotes(text.substr(0, 80)) + " is not a queue limit; " +
              (remedy.empty() ? "write packets \"100p\", a size \"64kB\", a time \"20ms\" or \"1bdp\"" : remedy)};
}

Parsed<double> parse_any_quantity(std::string_view text) {
  if (const auto r = parse_rate(text); r.value) return {static_cast<double>(r.value->bps()), {}};
  if (const auto t = parse_duration(text); t.value) return {t.value->seconds(), {}};
  if (const auto s = parse_size(text); s.value) return {static_cast<double>(s.value->count()), {}};
  if (const auto p = parse_percent(text); p.value) return {*p.value, {}};
  if (const auto f = parse_frequency(text); f.value) return {*f.value, {}};
  return {std::nullopt, in_quotes(text.substr(0, 80)) +
                            " is neither a number nor a quantity; write 9500000, \"9.5Mbit\", \"20ms\" or \"95%\""};
}

std::string to_text(DataRate rate) { return in_units(rate.bps(), std::span(kRates).first(5)); }
std::string to_text(Bytes size) { return in_units(size.count(), kSizes); }

std::string to_text(Duration time) {
  if (time == Duration()) return "0s";
  return in_units(time.ps(), std::span(kTimes).first(5));
}

std::string to_text(const QueueSpec& limit) {
  switch (limit.unit) {
    case QueueSpec::Unit::Packets: return std::to_string(limit.amount) + "p";
    case QueueSpec::Unit::Bytes: return to_text(Bytes(limit.amount));
    case QueueSpec::Unit::Bdp: break;
  }
  std::string fraction = std::to_string(1'000'000 + limit.amount % 1'000'000).substr(1);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  return std::to_string(limit.amount / 1'000'000) + (fraction.empty() ? "" : "." + fraction) + "bdp";
}

}  // namespace wirelab::scenario
