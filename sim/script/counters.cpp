#include "script/counters.h"

#include <algorithm>
#include <iterator>

namespace wirelab::script {
namespace {

using Counters = tcp::LayerCounters;
struct Entry {
  std::string_view name;
  std::uint64_t (*value)(const Counters&);
};
constexpr Entry kEntries[] = {
    {"TcpExtOutOfWindowIcmps", [](const Counters& c) { return c.out_of_window_icmps; }},
    {"TcpExtBeyondWindow", [](const Counters& c) { return c.receive.beyond_window; }},
    {"TcpExtTCPZeroWindowDrop", [](const Counters& c) { return c.receive.zero_window_drops; }},
    {"TcpExtPruneCalled", [](const Counters& c) { return c.receive.prunes; }},
    {"TcpExtRcvPruned", [](const Counters& c) { return c.receive.pruned; }},
    {"TcpExtOfoPruned", [](const Counters& c) { return c.receive.ofo_pruned; }},
    {"TcpExtTCPRcvCollapsed", [](const Counters& c) { return c.receive.collapsed; }},
    {"TcpExtTCPRcvQDrop", [](const Counters& c) { return c.receive.rcvq_drops; }},
    {"TcpExtTCPOFODrop", [](const Counters& c) { return c.receive.ofo_drops; }},
    {"TcpExtTCPOFOQueue", [](const Counters& c) { return c.receive.ofo_queued; }},
};

const Entry* find(std::string_view name) {
  const auto* const found =
      std::find_if(std::begin(kEntries), std::end(kEntries), [&](const Entry& e) { return e.name == name; });
  return found == std::end(kEntries) ? nullptr : found;
}

}  // namespace

bool is_counter(std::string_view name) { return find(name) != nullptr; }
std::uint64_t counter(const tcp::LayerCounters& counters, std::string_view name) { return find(name)->value(counters); }

}  // namespace wirelab::script
