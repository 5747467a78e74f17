#pragma once
// TCP options from the table in tcp/option_table.h, merged by rank: profile, defaults.tcp, node, app, end.

#include <map>
#include <string>
#include <vector>

#include "scenario/model.h"
#include "scenario/reader.h"
#include "tcp/option_table.h"

namespace wirelab::scenario {

/// Checks one object of TCP options by itself, whether or not anything uses it.
void check_tcp(Documents& docs, const Value& v);

/// "default 200ms, profile rfc 1s": as a scenario would write it.
std::string defaults_text(const tcp::OptionInfo& option);

/// Merges layers of options and keeps each distinct result once.
class TcpConfigs {
 public:
  explicit TcpConfigs(Documents& docs) : docs_(docs) {}

  /// `layers` from the lowest rank to the highest; nullptr for none. Faults are to be found by check_tcp, except those
  /// that only the combination shows.
  TcpIndex add(const std::vector<const Value*>& layers);
  std::vector<tcp::TcpConfig> take() { return std::move(configs_); }

 private:
  Documents& docs_;
  std::vector<tcp::TcpConfig> configs_;
  std::map<std::string, TcpIndex> known_;  ///< by the merged text
};

}  // namespace wirelab::scenario
