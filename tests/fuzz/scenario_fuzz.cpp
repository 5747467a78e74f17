// Arbitrary text as a scenario, and as the topology file of one, in each format. Nothing outside memory is read. What
// loads must write itself down so that it loads to the same again.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "scenario/load.h"

namespace {

using namespace wirelab::scenario;

constexpr const char* kNames[] = {"topology.json", "topology.graphml", "topology.dot"};

void check(const Loaded& loaded) {
  for (const std::string& line : loaded.docs.formatted_errors()) {
    if (line.empty()) std::abort();
  }
  if (!loaded.ok()) return;
  LoadOptions options;
  options.files = [](const std::string&) { return FileText{std::nullopt, "is not there"}; };
  const Loaded again = load_text("scenario.json", loaded.resolved, options);
  if (!again.ok() || again.hash != loaded.hash) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 4096) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const unsigned kind = data[0] % 5u;
  LoadOptions options;
  options.most_things = 300;
  options.files = [&](const std::string& path) {
    for (const char* name : kNames) {
      if (path == name) return FileText{text, {}};
    }
    return FileText{std::nullopt, "is not there"};
  };
  if (kind < 3) {
    check(load_text("fuzz.json", R"({"duration": "1s", "topology": {"file": ")" + std::string(kNames[kind]) + "\"}}",
                    options));
  } else if (kind == 3) {
    check(load_text("fuzz.json", text, options));
  } else {
    options.sets = {text};
    check(load_text("fuzz.json", R"({"duration": "1s", "params": {"p": 1}, "topology": {"generator": "dumbbell"},
      "apps": [{"id": "a", "type": "bulk", "from": "s1", "to": "d1"}]})",
                    options));
  }
  return 0;
}
