#pragma once
// Ids and patterns: "h1", "s*", "s[2-20]" and lists of them, to indices in the order of the scenario.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/documents.h"

namespace wirelab::scenario {

/// `*` stands for any characters, `?` for one, `[2-20]` for a number in that range without leading zeros.
bool is_pattern(std::string_view text);
bool matches_pattern(std::string_view pattern, std::string_view id);

/// The ids of one kind of thing.
class Names {
 public:
  /// `singular` and `plural` for messages: "node", "nodes".
  Names(std::string singular, std::string plural) : singular_(std::move(singular)), plural_(std::move(plural)) {}

  void add(const std::string& id, std::uint32_t index) { index_.emplace(id, index), ids_.push_back(id); }
  /// Another word for something that has an id; never hides an id, and two of them make none.
  void add_alias(const std::string& alias, std::uint32_t index);
  /// Something that is there but could not be read: no error follows from naming it. "*" for everything.
  void add_broken(const std::string& id) { broken_.push_back(id); }
  bool is_broken(std::string_view text) const;
  std::size_t size() const { return ids_.size(); }
  const std::string& id(std::uint32_t index) const { return ids_[index]; }
  std::optional<std::uint32_t> find(std::string_view id) const;
  /// Of an id or pattern; none: not found.
  std::vector<std::uint32_t> match(std::string_view text) const;

  /// Reports what is not there, with a near name.
  std::optional<std::uint32_t> read_one(Documents& docs, const Value& v) const;
  /// An id, a pattern, or a list of both; each index once, in the order written. Empty after an error.
  std::vector<std::uint32_t> read_many(Documents& docs, const Value& v) const;
  /// `no node is called "h9"; did you mean "h1"?`
  std::string unknown(std::string_view text) const;

 private:
  std::string singular_, plural_;
  std::vector<std::string> ids_, broken_;
  std::map<std::string, std::uint32_t, std::less<>> index_, aliases_;
};

}  // namespace wirelab::scenario
