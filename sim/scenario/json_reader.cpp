#include "scenario/json_reader.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_set>

namespace wirelab::scenario {

namespace {

/// Walks the text and tells how far the lexer has come.
struct Cursor {
  const char* p;
  const char** seen;

  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;
  reference operator*() const { return *p; }
  Cursor& operator++() {
    *seen = ++p;
    return *this;
  }
  bool operator==(const Cursor& o) const { return p == o.p; }
  bool operator!=(const Cursor& o) const { return p != o.p; }
};

/// The end of the number that starts here, by the grammar: "01" and "0x10" are two tokens, the second of them the
/// fault.
const char* number_end(const char* p, const char* end) {
  const auto digits = [&] {
    while (p != end && *p >= '0' && *p <= '9') ++p;
  };
  if (p != end && *p == '-') ++p;
  if (p != end && *p == '0') {
    ++p;
  } else {
    digits();
  }
  if (p != end && *p == '.') {
    ++p;
    digits();
  }
  if (p != end && (*p == 'e' || *p == 'E')) {
    ++p;
    if (p != end && (*p == '+' || *p == '-')) ++p;
    digits();
  }
  return p;
}

/// Builds the tree from the events of the parser.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  Builder(std::string_view text, std::uint32_t source, std::size_t deepest)
      : text_(text), source_(source), deepest_(deepest), seen(text.data()), end_of_last_(text.data()) {}

  bool null() override { return leaf(nullptr); }
  bool boolean(bool b) override { return leaf(b); }
  bool number_integer(std::int64_t n) override { return number(n); }
  bool number_unsigned(std::uint64_t n) override {
    if (n <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return number(static_cast<std::int64_t>(n));
    }
    return number(n);
  }
  bool number_float(double x, const std::string&) override { return number(x); }
  bool string(std::string& s) override { return leaf(std::move(s)); }
  bool binary(nlohmann::json::binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open(Object{}); }
  bool start_array(std::size_t) override { return open(Array{}); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(std::string& k) override {
    Level& level = levels_.back();
    level.key = k;
    level.key_origin = origin();
    if (!level.keys.insert(k).second) {
      result.faults.push_back({level.key_origin.offset, "the key " + in_quotes(k) + " is given twice; remove one"});
    }
    end_of_last_ = seen;
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& e) override {
    const auto at = static_cast<std::uint32_t>(token() - text_.data());
    result.faults.push_back({at, describe(e.what(), at)});
    return false;
  }

  JsonText result;

 private:
  struct Level {
    Value value;
    std::string key;
    Origin key_origin;
    std::unordered_set<std::string> keys;  // only asked, never iterated
  };

  /// Where the token that the lexer has just read begins: after the last one, blanks, separators and comments.
  const char* token() const {
    const char* q = end_of_last_;
    const char* end = text_.data() + text_.size();
    if (q == text_.data() && text_.substr(0, 3) == "\xef\xbb\xbf") q += 3;
    while (q < end) {
      if (*q == ' ' || *q == '\t' || *q == '\r' || *q == '\n' || *q == ',' || *q == ':') {
        ++q;
      } else if (*q == '/' && q + 1 < end && q[1] == '/') {
        q = std::find(q, end, '\n');
      } else if (*q == '/' && q + 1 < end && q[1] == '*') {
        const auto close = text_.find("*/", static_cast<std::size_t>(q - text_.data()) + 2);
        if (close == std::string_view::npos) break;
        q = text_.data() + close + 2;
      } else {
        break;
      }
    }
    return q;
  }
  Origin origin() const { return {source_, static_cast<std::uint32_t>(token() - text_.data())}; }

  template <class T>
  bool leaf(T content) {
    const Origin at = origin();
    end_of_last_ = seen;
    put(Value(std::move(content), at));
    return true;
  }
  /// The lexer has read one character beyond a number, so its end is found anew.
  template <class T>
  bool number(T content) {
    const Origin at = origin();
    end_of_last_ = number_end(text_.data() + at.offset, text_.data() + text_.size());
    put(Value(content, at));
    return true;
  }
  template <class T>
  bool open(T empty) {
    const Origin at = origin();
    end_of_last_ = seen;
    if (levels_.size() == deepest_) {
      result.faults.push_back({at.offset, "nested more than " + std::to_string(deepest_) + " deep; make it flatter"});
      return false;
    }
    levels_.push_back({Value(std::move(empty), at), {}, {}, {}});
    return true;
  }
  bool close() {
    end_of_last_ = seen;
    Value done = std::move(levels_.back().value);
    levels_.pop_back();
    put(std::move(done));
    return true;
  }
  void put(Value v) {
    if (levels_.empty()) {
      result.value = std::move(v);
    } else if (Level& level = levels_.back(); level.value.is_array()) {
      level.value.array()->push_back(std::move(v));
    } else {
      level.value.object()->push_back({level.key, level.key_origin, std::move(v)});
    }
  }

  /// The parser's own words without its prefix, and a remedy for the slips that everybody makes.
  std::string describe(std::string_view what, std::uint32_t at) const {
    for (const std::string_view prefix : {"syntax error while parsing ", "] "}) {
      if (const auto i = what.find(prefix); i != std::string_view::npos) {
        what = what.substr(i + prefix.size());
        break;
      }
    }
    if (const auto i = what.find("; last read: "); i != std::string_view::npos) {
      const auto rest = what.find("'; expected", i);
      std::string shorter(what.substr(0, i));
      if (rest != std::string_view::npos) shorter += what.substr(rest + 1);
      return "not valid JSON in " + shorter + remedy(at, what);
    }
    return "not valid JSON in " + std::string(what) + remedy(at, what);
  }
  std::string remedy(std::uint32_t at, std::string_view what) const {
    if (at >= text_.size()) return "; the text ends too early: a closing bracket or quote is missing";
    const char c = text_[at];
    const auto before = text_.find_last_not_of(" \t\r\n", at == 0 ? 0 : at - 1);
    const bool after_comma = at > 0 && before != std::string_view::npos && text_[before] == ',';
    if ((c == '}' || c == ']') && after_comma) return "; remove the comma before it";
    if (c == '\'') return "; use double quotes";
    if (what.find("unexpected string literal; expected '}'") != std::string_view::npos ||
        what.find("expected ']'") != std::string_view::npos) {
      return "; is a comma missing before it?";
    }
    if (what.find("object key") != std::string_view::npos && std::isalpha(static_cast<unsigned char>(c)) != 0) {
      return "; put the key in double quotes";
    }
    if (what.find("control character") != std::string_view::npos) return "; is a closing quote missing?";
    if (what.find("number overflow") != std::string_view::npos) return "; the number is too large";
    return "; correct it here";
  }

  std::string_view text_;
  std::uint32_t source_;
  std::size_t deepest_;
  std::vector<Level> levels_;

 public:
  const char* seen;

 private:
  const char* end_of_last_;
};

}  // namespace

JsonText read_json(std::string_view text, std::uint32_t source, std::size_t deepest) {
  Builder builder(text, source, deepest);
  const bool whole =
      nlohmann::json::sax_parse(Cursor{text.data(), &builder.seen}, Cursor{text.data() + text.size(), &builder.seen},
                                &builder, nlohmann::json::input_format_t::json, true, true);
  if (!whole) builder.result.value.reset();
  return std::move(builder.result);
}

}  // namespace wirelab::scenario
