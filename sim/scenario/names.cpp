#include "scenario/names.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "core/near.h"
#include "scenario/reader.h"

namespace wirelab::scenario {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "[2-20]" at the start of a pattern: its length and bounds.
struct Range {
  std::size_t length = 0;
  std::uint64_t low = 0, high = 0;
};
std::optional<Range> range_at(std::string_view pattern) {
  if (pattern.empty() || pattern[0] != '[') return std::nullopt;
  const auto close = pattern.find(']');
  if (close == std::string_view::npos) return std::nullopt;
  Range r{.length = close + 1};
  const char* end = pattern.data() + close;
  const auto [dash, bad_low] = std::from_chars(pattern.data() + 1, end, r.low);
  if (bad_low != std::errc() || dash == end || *dash != '-') return std::nullopt;
  const auto [stop, bad_high] = std::from_chars(dash + 1, end, r.high);
  if (bad_high != std::errc() || stop != end) return std::nullopt;
  return r;
}

}  // namespace

bool is_pattern(std::string_view text) { return text.find_first_of("*?[") != std::string_view::npos; }

bool matches_pattern(std::string_view pattern, std::string_view id) {
  // The last star is where matching goes on when it has failed; so the work is at most the product of the lengths.
  std::size_t p = 0, i = 0, star = std::string_view::npos, star_i = 0;
  const auto step = [&]() -> bool {
    if (p == pattern.size() || i == id.size()) return false;
    if (const auto range = range_at(pattern.substr(p))) {
      std::size_t end = i;
      while (end < id.size() && is_digit(id[end])) ++end;
      std::uint64_t n = 0;
      const auto [stop, fault] = std::from_chars(id.data() + i, id.data() + end, n);
      const bool plain = end > i && (id[i] != '0' || end == i + 1);
      if (fault != std::errc() || stop != id.data() + end || !plain || n < range->low || n > range->high) return false;
      p += range->length;
      i = end;
      return true;
    }
    if (pattern[p] != '?' && pattern[p] != id[i]) return false;
    ++p;
    ++i;
    return true;
  };
  while (i < id.size() || p < pattern.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_i = i;
      continue;
    }
    if (step()) continue;
    if (star == std::string_view::npos || star_i == id.size()) return false;
    p = star + 1;
    i = ++star_i;
  }
  return true;
}

void Names::add_alias(const std::string& alias, std::uint32_t index) {
  constexpr std::uint32_t ambiguous = ~std::uint32_t{0};
  const auto [it, fresh] = aliases_.emplace(alias, index);
  if (!fresh && it->second != index) it->second = ambiguous;
}

std::optional<std::uint32_t> Names::find(std::string_view id) const {
  if (const auto it = index_.find(id); it != index_.end()) return it->second;
  if (const auto it = aliases_.find(id); it != aliases_.end() && it->second < ids_.size()) return it->second;
  return std::nullopt;
}

std::vector<std::uint32_t> Names::match(std::string_view text) const {
  if (const auto one = find(text)) return {*one};
  std::vector<std::uint32_t> found;
  if (!is_pattern(text)) return found;
  for (std::uint32_t i = 0; i < ids_.size(); ++i) {
    if (matches_pattern(text, ids_[i])) found.push_back(i);
  }
  return found;
}

bool Names::is_broken(std::string_view text) const {
  return std::any_of(broken_.begin(), broken_.end(), [&](const std::string& id) {
    return id == "*" || id == text || (is_pattern(text) && matches_pattern(text, id));
  });
}

std::string Names::unknown(std::string_view text) const {
  const std::vector<std::string_view> names(ids_.begin(), ids_.end());
  const std::string shown = in_quotes(text.substr(0, 80));
  if (names.empty()) return "no " + singular_ + " is called " + shown + "; there are no " + plural_;
  if (is_pattern(text)) return "the pattern " + shown + " fits no " + singular_ + suggestion("", names, plural_);
  return "no " + singular_ + " is called " + shown + suggestion(text, names, plural_);
}

std::optional<std::uint32_t> Names::read_one(Documents& docs, const Value& v) const {
  const auto text = read_text(docs, v, "the id of a " + singular_);
  if (!text) return std::nullopt;
  const auto index = find(*text);
  if (!index && !is_broken(*text)) docs.error(v.origin(), unknown(*text));
  return index;
}

std::vector<std::uint32_t> Names::read_many(Documents& docs, const Value& v) const {
  std::vector<std::uint32_t> all;
  std::set<std::uint32_t> seen;
  bool failed = false;
  const auto take = [&](const Value& item) {
    const auto text = read_text(docs, item, "an id or a pattern");
    const auto found = text ? match(*text) : std::vector<std::uint32_t>{};
    if (text && found.empty() && !is_broken(*text)) docs.error(item.origin(), unknown(*text));
    failed |= found.empty();
    for (const std::uint32_t i : found) {
      if (seen.insert(i).second) all.push_back(i);
    }
  };
  if (const Array* items = v.array()) {
    if (items->empty()) docs.error(v.origin(), "the list is empty; name at least one " + singular_);
    for (const Value& item : *items) take(item);
  } else {
    take(v);
  }
  if (failed) all.clear();
  return all;
}

}  // namespace wirelab::scenario
