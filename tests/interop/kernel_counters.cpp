#include "kernel_counters.h"

#include <fstream>
#include <sstream>

namespace wirelab::interop {

KernelCounters read_kernel_counters() {
  KernelCounters counters;
  for (const char* const file : {"/proc/self/net/snmp", "/proc/self/net/netstat"}) {
    std::ifstream in(file);
    std::string names, values;
    while (std::getline(in, names) && std::getline(in, values)) {  // a line of names, a line of numbers
      std::istringstream name_words(names), value_words(values);
      std::string group, name;
      std::int64_t value = 0;
      name_words >> group;
      value_words >> name;
      group.back() = '.';
      while (name_words >> name && value_words >> value) counters[group + name] = value;
    }
  }
  return counters;
}

KernelCounters growth(const KernelCounters& before, const KernelCounters& after) {
  KernelCounters grown;
  for (const auto& [name, value] : after) {
    const auto was = before.find(name);
    const std::int64_t more = value - (was != before.end() ? was->second : 0);
    if (more != 0) grown[name] = more;
  }
  return grown;
}

}  // namespace wirelab::interop
