#pragma once
// The lines of `apps`: types, hosts by pattern, ports, instances, and the TCP configuration of each end.

#include <vector>

#include "scenario/model.h"
#include "scenario/network_reader.h"
#include "scenario/tcp_reader.h"

namespace wirelab::scenario {

struct Apps {
  std::vector<App> apps;
  Names names{"app", "apps"};
  std::vector<tcp::TcpConfig> tcp_configs;
  std::vector<Origin> origins;  ///< by app
};

/// `apps` may be nullptr for none; so may `default_tcp`.
Apps read_apps(Documents& docs, const Value* apps, const Network& network, const Value* default_tcp);

/// Whether all instances of this line end without the end of the run.
bool ends_by_itself(const App& app);

}  // namespace wirelab::scenario
