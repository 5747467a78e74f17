#pragma once
// Typed reading of values. Each function returns nothing when the value is absent or wrong; what is wrong has then been
// reported with what was expected and an example that works. Callers go on with a default, so that one load finds all.

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/units.h"
#include "scenario/documents.h"
#include "scenario/model.h"
#include "scenario/tables.h"

namespace wirelab::scenario {

inline constexpr std::uint64_t kMostThings = 1'000'000;  ///< nodes, links, app instances

bool is_name(std::string_view text);  ///< [A-Za-z0-9_-]{1,64}

std::optional<std::string> read_text(Documents& docs, const Value& v, std::string_view expected = "a string");
/// A name that the file gives to something.
std::optional<std::string> read_name(Documents& docs, const Value& v);
std::optional<bool> read_boolean(Documents& docs, const Value& v);
std::optional<std::uint64_t> read_count(Documents& docs, const Value& v, std::uint64_t least, std::uint64_t most);
std::optional<double> read_number(Documents& docs, const Value& v, std::string_view example);
std::optional<double> read_probability(Documents& docs, const Value& v);
std::optional<double> read_frequency(Documents& docs, const Value& v);
std::optional<DataRate> read_rate(Documents& docs, const Value& v);
std::optional<Duration> read_duration(Documents& docs, const Value& v);
std::optional<Time> read_time(Documents& docs, const Value& v);
enum class BareNumber { Refused, Bytes };
std::optional<Bytes> read_size(Documents& docs, const Value& v, BareNumber bare = BareNumber::Refused);
std::optional<QueueSpec> read_queue_limit(Documents& docs, const Value& v, DataRate rate);
/// One of `words`, given as a string; `noun` for the message ("a pairing"). Returns its index.
std::optional<std::size_t> read_choice(Documents& docs, const Value& v, const std::vector<std::string_view>& words,
                                       std::string_view noun, std::string_view listing = {});

enum class Dimension { Time, Size, Bytes, Count };  ///< Bytes: a size that may also be a bare integer
/// A constant or one of the four distributions.
std::optional<Distribution> read_distribution(Documents& docs, const Value& v, Dimension dimension);

/// One object: refuses keys that its table does not hold (`$schema` and `meta` are free everywhere).
class ObjectReader {
 public:
  /// `what` with its article: "a link". Keys beyond the table are errors unless `open`.
  ObjectReader(Documents& docs, const Value& v, Fields fields, std::string_view what, bool open = false);

  bool is_object() const { return object_; }
  const Value& value() const { return *value_; }
  Documents& docs() const { return *docs_; }
  /// nullptr if it is absent; then also reports it if the table says that it is required.
  const Value* get(std::string_view key) const;
  bool has(std::string_view key) const { return value_->find(key) != nullptr; }
  Origin origin_of(std::string_view key) const;
  void error(std::string text) const { docs_->error(value_->origin(), std::move(text)); }
  void error_at(std::string_view key, std::string text) const { docs_->error(origin_of(key), std::move(text)); }
  /// Reports each of `keys` that is present: they do not go with what else is written.
  void refuse(const std::vector<std::string_view>& keys, std::string_view reason) const;

  std::optional<std::string> text(std::string_view key) const;
  std::optional<std::string> name(std::string_view key) const;
  bool boolean(std::string_view key, bool fallback) const;
  std::optional<std::uint64_t> count(std::string_view key, std::uint64_t least, std::uint64_t most) const;
  std::optional<DataRate> rate(std::string_view key) const;
  std::optional<Duration> duration(std::string_view key) const;
  std::optional<Time> time(std::string_view key) const;
  std::optional<double> probability(std::string_view key) const;
  std::optional<Distribution> distribution(std::string_view key, Dimension dimension) const;
  std::optional<std::size_t> choice(std::string_view key, const std::vector<std::string_view>& words,
                                    std::string_view noun, std::string_view listing = {}) const;

 private:
  Documents* docs_;
  const Value* value_;
  Fields fields_;
  std::string what_;
  bool object_;
};

}  // namespace wirelab::scenario
