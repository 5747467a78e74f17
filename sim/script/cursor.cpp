#include "script/cursor.h"

#include <fmt/format.h>

#include <algorithm>

#include "script/script.h"

namespace wirelab::script {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void Cursor::advance(std::size_t n) {
  const std::size_t end = std::min(at_ + n, text_.size());
  line_ += static_cast<int>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                                       text_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
  at_ = end;
}

void Cursor::skip_space() {
  while (at_ < text_.size()) {
    const std::string_view rest = text_.substr(at_);
    if (is_space(rest[0])) {
      advance(1);
    } else if (rest.starts_with("//")) {
      advance(std::min(rest.find('\n'), rest.size()));
    } else if (rest.starts_with("/*")) {
      const std::size_t end = rest.find("*/");
      if (end == std::string_view::npos) fail("a comment has no end");
      advance(end + 2);
    } else {
      return;
    }
  }
}

int Cursor::line() {
  skip_space();
  return line_;
}

std::size_t Cursor::position() {
  skip_space();
  return at_;
}

bool Cursor::at_end() {
  skip_space();
  return at_ >= text_.size();
}

char Cursor::peek() { return at_end() ? '\0' : text_[at_]; }

bool Cursor::next_is(std::string_view token) {
  skip_space();
  return text_.substr(at_).starts_with(token);
}

bool Cursor::accept(std::string_view token) {
  if (!next_is(token)) return false;
  advance(token.size());
  return true;
}

void Cursor::expect(std::string_view token) {
  if (!accept(token)) fail(fmt::format("expected '{}' before {}", token, excerpt()));
}

std::string_view Cursor::word() {
  skip_space();
  std::size_t end = at_;
  if (end < text_.size() && is_word_start(text_[end])) {
    while (end < text_.size() && (is_word_start(text_[end]) || is_digit(text_[end]))) ++end;
  }
  const std::string_view found = text_.substr(at_, end - at_);
  advance(found.size());
  return found;
}

bool Cursor::accept_word(std::string_view wanted) {
  skip_space();
  const std::string_view rest = text_.substr(at_);
  if (!rest.starts_with(wanted)) return false;
  if (rest.size() > wanted.size() && (is_word_start(rest[wanted.size()]) || is_digit(rest[wanted.size()]))) {
    return false;
  }
  advance(wanted.size());
  return true;
}

std::string_view Cursor::run_of(std::string_view stops) {
  skip_space();
  std::size_t end = at_;
  while (end < text_.size() && !is_space(text_[end]) && stops.find(text_[end]) == std::string_view::npos) ++end;
  const std::string_view found = text_.substr(at_, end - at_);
  advance(found.size());
  return found;
}

bool Cursor::at_number() {
  const char c = peek();
  return is_digit(c) || (c == '-' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]));
}

std::int64_t Cursor::integer() {
  if (!at_number()) fail(fmt::format("expected a number before {}", excerpt()));
  const bool negative = accept("-");
  const bool hex = next_is("0x") || next_is("0X");
  if (hex) advance(2);
  std::uint64_t n = 0;
  std::size_t digits = 0;
  for (; at_ < text_.size(); advance(1), ++digits) {
    const int value = hex ? hex_value(text_[at_]) : is_digit(text_[at_]) ? text_[at_] - '0' : -1;
    if (value < 0) break;
    if (digits >= (hex ? 16u : 18u)) fail("a number is too large");
    n = n * (hex ? 16u : 10u) + static_cast<std::uint64_t>(value);
  }
  if (digits == 0) fail("a number has no digits");
  return negative ? -static_cast<std::int64_t>(n) : static_cast<std::int64_t>(n);
}

Duration Cursor::seconds() {
  skip_space();
  std::int64_t ps = 0;
  bool any = false;
  for (; at_ < text_.size() && is_digit(text_[at_]); advance(1), any = true) {
    ps = ps * 10 + (text_[at_] - '0');
    if (ps > 100'000) fail("a time is too long");
  }
  ps *= Duration::s(1).ps();
  if (at_ + 1 < text_.size() && text_[at_] == '.' && is_digit(text_[at_ + 1])) {
    advance(1);
    for (std::int64_t unit = Duration::ms(100).ps(); at_ < text_.size() && is_digit(text_[at_]); advance(1)) {
      ps += unit * (text_[at_] - '0');
      unit /= 10;
      any = true;
    }
  }
  if (!any) fail(fmt::format("expected a time, such as +0.1, before {}", excerpt()));
  return Duration::ps(ps);
}

std::string_view Cursor::until(std::string_view terminator) {
  std::size_t end = text_.find(terminator, at_);
  while (end != std::string_view::npos && end > at_ && text_[end - 1] == '\\') end = text_.find(terminator, end + 1);
  if (end == std::string_view::npos) fail(fmt::format("there is no closing '{}'", terminator));
  const std::string_view found = text_.substr(at_, end - at_);
  advance(found.size() + terminator.size());
  return found;
}

std::string Cursor::excerpt() {
  if (at_end()) return "the end of the script";
  constexpr std::size_t kMost = 20;
  const std::string_view line = text_.substr(at_, text_.substr(at_).find('\n')).substr(0, kMost);
  std::string shown = "'";
  for (const char c : line) {
    if (c >= ' ' && c < 127) {
      shown += c;
    } else {
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return shown + "'";
}

void Cursor::fail(const std::string& reason) {
  const std::size_t begin = at_ == 0 ? std::string_view::npos : text_.rfind('\n', at_ - 1);
  const std::size_t column = begin == std::string_view::npos ? at_ : at_ - begin - 1;
  throw Unsupported{line_, reason, static_cast<int>(column) + 1};
}

void Cursor::refuse(const std::string& reason) const { throw Unsupported{line_, reason}; }

}  // namespace wirelab::script
