#pragma once
// What the kernel counted in this namespace, by the names of /proc/net/snmp and netstat: "TcpExt.TCPDSACKRecv".

#include <cstdint>
#include <map>
#include <string>

namespace wirelab::interop {

using KernelCounters = std::map<std::string, std::int64_t>;

KernelCounters read_kernel_counters();
/// What has grown since; the rest is left out.
KernelCounters growth(const KernelCounters& before, const KernelCounters& after);
inline std::int64_t counted(const KernelCounters& counters, const std::string& name) {
  const auto found = counters.find(name);
  return found != counters.end() ? found->second : 0;
}

}  // namespace wirelab::interop
