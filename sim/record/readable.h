#pragma once
// Numbers for people: three or four significant digits with a unit that fits, never an exponent.

#include <string>

namespace wirelab {

std::string short_number(double x);
std::string readable_rate(double bps);     ///< "4.31 Mbit/s"
std::string readable_seconds(double s);    ///< "44.1 ms"
std::string readable_share(double share);  ///< "97.3 %"
std::string readable_count(double n);      ///< "49.9 k" from 10,000 on

}  // namespace wirelab
