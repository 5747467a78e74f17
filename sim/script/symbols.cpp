// Linux's words of the socket interface, with the values of x86-64 so that results such as F_GETFL's compare.

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "core/near.h"
#include "script/readers.h"

namespace wirelab::script {

namespace {

constexpr std::pair<std::string_view, std::int64_t> kSymbols[] = {
#include "script/symbols.def"
};
static_assert(std::is_sorted(std::begin(kSymbols), std::end(kSymbols)));

}  // namespace

std::optional<std::int64_t> symbol(std::string_view name) {
  const auto* const found = std::lower_bound(std::begin(kSymbols), std::end(kSymbols), name,
                                             [](const auto& s, std::string_view wanted) { return s.first < wanted; });
  if (found == std::end(kSymbols) || found->first != name) return std::nullopt;
  return found->second;
}

std::string_view near_symbol(std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& [known, value] : kSymbols) names.push_back(known);
  return nearest(name, names);
}

}  // namespace wirelab::script
