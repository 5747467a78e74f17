#pragma once
// A place in a script's text that moves on over what it recognises.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/units.h"

namespace wirelab::script {

/// White space and comments (`//`, `/* */`) are skipped before each question. Faults throw Unsupported.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  int line();
  std::size_t position();
  std::string_view text_between(std::size_t from, std::size_t to) const { return text_.substr(from, to - from); }
  bool at_end();
  char peek();
  bool next_is(std::string_view token);
  bool accept(std::string_view token);
  void expect(std::string_view token);
  /// A letter or _ and what of letters, digits and _ follows; empty if there is none.
  std::string_view word();
  bool accept_word(std::string_view wanted);
  /// Characters up to white space or one of `stops`.
  std::string_view run_of(std::string_view stops = {});
  /// Decimal or 0x, with an optional minus.
  std::int64_t integer();
  bool at_number();
  /// A number of seconds: 1, 0.25, .25.
  Duration seconds();
  /// What stands before `terminator`, which is skipped too. One behind a backslash does not count.
  std::string_view until(std::string_view terminator);
  /// What comes next, for a message: up to 20 characters of the line.
  std::string excerpt();
  /// The text is wrong here.
  [[noreturn]] void fail(const std::string& reason);
  /// The text is right and asks for what is not modelled.
  [[noreturn]] void refuse(const std::string& reason) const;

 private:
  void skip_space();
  void advance(std::size_t n);

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
};

}  // namespace wirelab::script
