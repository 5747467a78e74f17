#pragma once
// What the generators are written with: parameters with defaults, and nodes and links in short words.

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scenario/generators.h"

namespace wirelab::scenario {

class Generation {
 public:
  Generation(Documents& documents, const Entry& entry, const Value& params, Origin named_at, TopologyTree& tree)
      : docs(documents),
        reader(documents, params, entry.fields, "the generator " + std::string(entry.name)),
        entry_(entry),
        named_at_(named_at),
        tree_(tree) {}

  /// Keys of links with their values; a null value is left out.
  using Keys = std::vector<std::pair<std::string_view, Value>>;

  /// A count parameter, its default from the table. Faults count as `failed`.
  std::uint64_t count(std::string_view name, std::uint64_t least, std::uint64_t most = kMostThings);
  /// The value for a link's key: as given; else the generator's default if that differs from any link's; else null.
  Value link_key(std::string_view name) const;
  Value made(std::string text) const { return Value(std::move(text), named_at_); }
  Value null() const { return Value(named_at_); }
  /// Keeps every parameter that describes links, so that a fault is told where no link has a use for it.
  void keep_link_parameters();
  /// rate, delay, queue, mtu, loss: those that the generator's table has.
  Keys core_keys() const;
  Keys access_keys() const;

  /// False, with an error, if there would be too many. To be asked before the first node is made.
  bool fits(std::uint64_t nodes, std::uint64_t links);
  bool failed() const { return failed_; }
  void host(const std::string& id) { node(id, "host"); }
  void router(const std::string& id) { node(id, "router"); }
  void link(const std::string& a, const std::string& b, const Keys& keys, const std::string& id = {});

  Documents& docs;
  ObjectReader reader;

 private:
  void node(const std::string& id, const char* type);

  const Entry& entry_;
  Origin named_at_;
  TopologyTree& tree_;
  bool failed_ = false;
};

inline std::string numbered(std::string_view stem, std::uint64_t n) { return std::string(stem) + std::to_string(n); }

}  // namespace wirelab::scenario
