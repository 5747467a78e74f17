#include "core/near.h"

#include <algorithm>
#include <cstddef>

namespace wirelab {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> two_back(b.size() + 1), back(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) back[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t differs = lower(a[i - 1]) != lower(b[j - 1]);
      row[j] = std::min({back[j] + 1, row[j - 1] + 1, back[j - 1] + differs});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], two_back[j - 2] + 1);
    }
    std::swap(two_back, back);
    std::swap(back, row);
  }
  return back[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& names) {
  constexpr std::size_t longest = 64;  // nothing that is longer is a slip of the pen; bounds the work
  if (word.empty() || word.size() > longest) return {};
  const std::size_t limit = std::clamp<std::size_t>((word.size() + 1) / 3, 1, 3);
  std::string_view best;
  std::size_t best_distance = limit + 1;
  for (const std::string_view name : names) {
    if (name.size() > word.size() + limit || word.size() > name.size() + limit) continue;
    const std::size_t d = distance(word, name);
    if (d < best_distance) {
      best_distance = d;
      best = name;
    }
  }
  return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& names, std::string_view plural) {
  if (const std::string_view name = nearest(word, names); !name.empty()) {
    return "; did you mean \"" + std::string(name) + "\"?";
  }
  constexpr std::size_t most = 24;
  if (names.empty() || names.size() > most || plural.empty()) return {};
  std::string out = "; " + std::string(plural) + " are ";
  for (std::size_t i = 0; i < names.size(); ++i) out += (i == 0 ? "" : ", ") + std::string(names[i]);
  return out;
}

}  // namespace wirelab
