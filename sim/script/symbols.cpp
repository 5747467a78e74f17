// Linux's words of the socket interface, with the values of x86-64 so that results such as F_GETFL's compare.

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "core/near.h"
#include "script/readers.h"

namespace wirelab::script {

namespace {

using Word = std::pair<std::string_view, std::int64_t>;

constexpr Word kErrors[] = {
#include "script/errnos.def"
};
constexpr Word kOthers[] = {
#include "script/symbols.def"
};
static_assert(std::is_sorted(std::begin(kErrors), std::end(kErrors)));
static_assert(std::is_sorted(std::begin(kOthers), std::end(kOthers)));

std::optional<std::int64_t> find(std::span<const Word> words, std::string_view name) {
  const auto found = std::lower_bound(words.begin(), words.end(), name,
                                      [](const Word& w, std::string_view wanted) { return w.first < wanted; });
  if (found == words.end() || found->first != name) return std::nullopt;
  return found->second;
}

}  // namespace

std::optional<std::int64_t> symbol(std::string_view name) {
  const auto error = find(kErrors, name);
  return error ? error : find(kOthers, name);
}

std::string_view near_symbol(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Word& w : kErrors) names.push_back(w.first);
  for (const Word& w : kOthers) names.push_back(w.first);
  return nearest(name, names);
}

}  // namespace wirelab::script
