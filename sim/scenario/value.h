#pragma once
// JSON values that remember where they were written, so that a fault found after merging files, parameters and
// overrides still points at the character that caused it. Members keep the order of the text.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace wirelab::scenario {

/// A place in one of the texts of a load (documents.h): which text, and the byte at which the token starts.
struct Origin {
  std::uint32_t source = 0, offset = 0;
  friend bool operator==(const Origin&, const Origin&) = default;
};

class Value;
struct Member;
using Array = std::vector<Value>;
using Object = std::vector<Member>;

class Value {
 public:
  Value();  // constructors stand below, where Member is complete
  explicit Value(Origin at);
  template <class T>
  Value(T content, Origin at) : content_(std::move(content)), origin_(at) {}
  Value(const char* text, Origin at);

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(content_); }
  bool is_object() const { return std::holds_alternative<Object>(content_); }
  bool is_array() const { return std::holds_alternative<Array>(content_); }
  bool is_number() const { return content_.index() >= 2 && content_.index() <= 4; }

  const bool* boolean() const { return std::get_if<bool>(&content_); }
  const std::int64_t* integer() const { return std::get_if<std::int64_t>(&content_); }
  /// Only what does not fit into `integer`.
  const std::uint64_t* large() const { return std::get_if<std::uint64_t>(&content_); }
  const double* real() const { return std::get_if<double>(&content_); }
  const std::string* text() const { return std::get_if<std::string>(&content_); }
  const Array* array() const { return std::get_if<Array>(&content_); }
  Array* array() { return std::get_if<Array>(&content_); }
  const Object* object() const { return std::get_if<Object>(&content_); }
  Object* object() { return std::get_if<Object>(&content_); }
  /// Precondition: is_number().
  double number() const;

  Origin origin() const { return origin_; }
  void set_origin(Origin at) { origin_ = at; }

  /// The member of that name; nullptr if there is none or this is no object.
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  /// Replaces or appends; makes an object of whatever this was.
  Value& set(std::string_view key, Value value, Origin key_origin);
  void erase(std::string_view key);

  /// "a string", "an object", ... for messages.
  std::string_view kind() const;
  /// Compact strict JSON on one line.
  std::string dump() const;
  /// Strict JSON on several lines, two spaces deep; arrays of scalars and small objects stay on one line.
  std::string pretty() const;

 private:
  std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object> content_;
  Origin origin_;
};

struct Member {
  std::string key;
  Origin origin;  ///< of the key
  Value value;
};

inline Value::Value() = default;
inline Value::Value(Origin at) : origin_(at) {}
inline Value::Value(const char* text, Origin at) : content_(std::string(text)), origin_(at) {}

/// RFC 7396, with the project's rule on top: a patch object that has `model` or `type` replaces as a whole what it
/// meets. `null` removes a member. What the patch brings keeps the patch's origins.
void merge_patch(Value& target, const Value& patch);

/// Shortest decimal form that reads back equal; integers without a point.
std::string number_text(double x);
/// `text` in quotes with JSON's escapes.
std::string in_quotes(std::string_view text);

/// Equal as JSON: origins do not count, the order of members does.
bool equal(const Value& a, const Value& b);

}  // namespace wirelab::scenario
