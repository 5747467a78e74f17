#include "record/readable.h"

#include <fmt/format.h>

namespace wirelab {

std::string short_number(double x) {
  if (x == 0) return "0";
  const double size = x < 0 ? -x : x;
  return fmt::format("{:.{}f}", x, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

std::string readable_rate(double bps) {
  if (bps >= 1e9) return short_number(bps / 1e9) + " Gbit/s";
  if (bps >= 1e6) return short_number(bps / 1e6) + " Mbit/s";
  if (bps >= 1e3) return short_number(bps / 1e3) + " kbit/s";
  return short_number(bps) + " bit/s";
}

std::string readable_seconds(double s) {
  if (s >= 1) return short_number(s) + " s";
  if (s >= 1e-3) return short_number(s * 1e3) + " ms";
  if (s == 0) return "0 s";
  return short_number(s * 1e6) + " us";
}

std::string readable_share(double share) { return short_number(100 * share) + " %"; }

std::string readable_count(double n) {
  if (n >= 1e9) return short_number(n / 1e9) + " G";
  if (n >= 1e6) return short_number(n / 1e6) + " M";
  if (n >= 1e4) return short_number(n / 1e3) + " k";
  return fmt::format("{:.0f}", n);
}

}  // namespace wirelab
