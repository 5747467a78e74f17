#pragma once
// Every congestion control by name. A new one is a file in cc/ that defines its CcInfo, and a line in cc/list.def;
// the scenario's checks, the schema and `wirelab list cc` show it at once.

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "tcp/config.h"
#include "tcp/congestion_control.h"

namespace wirelab::tcp {

struct CcParameter {
  std::string_view name;
  double minimum, maximum, preset;  ///< flags: 0, 1
  bool is_flag;
  std::string_view help;
};

/// What a congestion control is made with: the values that the configuration gives, and the presets for the rest.
class CcArguments {
 public:
  CcArguments(const TcpConfig& config, std::span<const CcParameter> parameters)
      : config_(&config), parameters_(parameters) {}

  /// Precondition: the algorithm has a parameter of that name.
  double value(std::string_view name) const;
  bool flag(std::string_view name) const { return value(name) != 0; }
  /// The same in units of 1/scale, rounded to the nearest: algorithms compute in integers.
  std::uint32_t scaled(std::string_view name, std::uint32_t scale) const {
    return static_cast<std::uint32_t>(value(name) * scale + 0.5);
  }
  const TcpConfig& config() const { return *config_; }

 private:
  const TcpConfig* config_;
  std::span<const CcParameter> parameters_;
};

struct CcInfo {
  std::string_view name;
  std::string_view help;  ///< one line, with the source
  std::span<const CcParameter> parameters;
  std::unique_ptr<CongestionControl> (*make)(const CcArguments&);
  CcNeeds needs = {};
};

/// In the order in which they are listed.
std::span<const CcInfo* const> congestion_controls();
/// nullptr if there is none of that name.
const CcInfo* find_congestion_control(std::string_view name);
/// Precondition: the configuration names one that is there, and only parameters that it has, in their ranges.
std::unique_ptr<CongestionControl> make_congestion_control(const TcpConfig& config);
/// Of the one that the configuration names. The same precondition.
const CcNeeds& needs_of(const TcpConfig& config);

}  // namespace wirelab::tcp
