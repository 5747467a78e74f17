#pragma once
// Prints JSON with the project's number formats (record/decimal.h), members in the order in which they are given.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/units.h"

namespace wirelab {

/// Two spaces of indentation, one member a line. Unbalanced calls are mistakes of the caller.
class JsonPrinter {
 public:
  void begin_object(std::string_view key = {}) { open(key, '{'); }
  void end_object() { close('}'); }
  void begin_array(std::string_view key = {}) { open(key, '['); }
  void end_array() { close(']'); }

  void string(std::string_view key, std::string_view value);
  void unsigned_integer(std::string_view key, std::uint64_t n);
  /// null when it is not finite: JSON has no word for that.
  void number(std::string_view key, double x);
  void time(std::string_view key, Time t) { seconds(key, t.ps()); }
  void duration(std::string_view key, Duration d) { seconds(key, d.ps()); }
  void boolean(std::string_view key, bool b) { raw(key, b ? "true" : "false"); }
  void null(std::string_view key) { raw(key, "null"); }
  /// `json` is valid JSON already.
  void raw(std::string_view key, std::string_view json);

  const std::string& text() const { return out_; }

  static std::string quoted(std::string_view text);  ///< as a JSON string

 private:
  void open(std::string_view key, char bracket);
  void close(char bracket);
  void begin_member(std::string_view key);
  void seconds(std::string_view key, std::int64_t ps);

  std::string out_;
  int depth_ = 0;
  bool first_ = true;  // of the innermost object or array
};

}  // namespace wirelab
