#include "script/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

#include "script/script.h"

namespace wirelab::script {

namespace {

bool is_name_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool is_function(std::string_view name) { return name == "abs" || name == "int" || name == "min" || name == "max"; }
bool is_keyword(std::string_view name) { return name == "and" || name == "or" || name == "not" || name == "in"; }

std::string trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

constexpr std::pair<std::string_view, std::int64_t> kConstants[] = {{"TCP_ESTABLISHED", 1},
                                                                    {"TCP_SYN_SENT", 2},
                                                                    {"TCP_SYN_RECV", 3},
                                                                    {"TCP_FIN_WAIT1", 4},
                                                                    {"TCP_FIN_WAIT2", 5},
                                                                    {"TCP_TIME_WAIT", 6},
                                                                    {"TCP_CLOSE", 7},
                                                                    {"TCP_CLOSE_WAIT", 8},
                                                                    {"TCP_LAST_ACK", 9},
                                                                    {"TCP_LISTEN", 10},
                                                                    {"TCP_CLOSING", 11},
                                                                    {"TCP_CA_Open", 0},
                                                                    {"TCP_CA_Disorder", 1},
                                                                    {"TCP_CA_CWR", 2},
                                                                    {"TCP_CA_Recovery", 3},
                                                                    {"TCP_CA_Loss", 4},
                                                                    {"TCPI_OPT_TIMESTAMPS", 1},
                                                                    {"TCPI_OPT_SACK", 2},
                                                                    {"TCPI_OPT_WSCALE", 4},
                                                                    {"TCPI_OPT_ECN", 8},
                                                                    {"TCPI_OPT_ECN_SEEN", 16},
                                                                    {"TCPI_OPT_SYN_DATA", 32},
                                                                    {"TCPI_OPT_USEC_TS", 64},
                                                                    {"TCPI_OPT_TFO_CHILD", 128},
                                                                    {"True", 1},
                                                                    {"False", 0}};

}  // namespace

std::optional<std::int64_t> check_constant(std::string_view name) {
  const auto* const found =
      std::find_if(std::begin(kConstants), std::end(kConstants), [&](const auto& c) { return c.first == name; });
  if (found == std::end(kConstants)) return std::nullopt;
  return found->second;
}

/// Statements end at a newline or semicolon that no bracket, quotation mark or backslash keeps open.
Check::Check(std::string_view text, int first_line) {
  std::string statement;
  int line = first_line, began = first_line, depth = 0;
  char quote = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') ++line;
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '#') {
      while (i + 1 < text.size() && text[i + 1] != '\n') ++i;
      continue;
    } else if (c == '\\' && i + 1 < text.size() && text[i + 1] == '\n') {
      ++line, ++i;
      statement += ' ';
      continue;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')') {
      --depth;
    } else if (depth == 0 && (c == '\n' || c == ';')) {
      read_statement(trimmed(statement), began);
      statement.clear();
      began = line;
      continue;
    }
    if (trimmed(statement).empty()) began = line;
    statement += c;
  }
  read_statement(trimmed(statement), began);
}

void Check::read_statement(std::string text, int line) {
  if (text.empty()) return;
  Statement s{Statement::Kind::Assert, line, {}, text, {}};
  const auto first_word_end = std::find_if_not(text.begin(), text.end(), is_name_character);
  const std::string word(text.begin(), first_word_end);
  std::string rest = trimmed(std::string(first_word_end, text.end()));
  if (word == "assert") {
    s.expression = tokens_of(rest, line);
  } else if (word == "print") {
    s.kind = Statement::Kind::Print;
  } else if (word == "pass" && rest.empty()) {
    return;
  } else if (!word.empty() && (rest.starts_with("+=") || rest.starts_with("-="))) {
    s.kind = rest[0] == '+' ? Statement::Kind::Add : Statement::Kind::Subtract;
    s.target = word;
    s.expression = tokens_of(rest.substr(2), line);
  } else if (!word.empty() && rest.starts_with("=") && !rest.starts_with("==")) {
    s.kind = Statement::Kind::Assign;
    s.target = word;
    s.expression = tokens_of(rest.substr(1), line);
  } else {
    throw Unsupported{line, fmt::format("the statement '{}' is not understood", text)};
  }
  statements_.push_back(std::move(s));
}

/// Up to a comma outside brackets, where an assertion's message begins.
std::vector<Check::Token> Check::tokens_of(std::string_view text, int line) {
  std::vector<Token> tokens;
  int depth = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      ++i;
    } else if (is_name_character(c)) {
      std::size_t end = i;
      while (end < text.size() && is_name_character(text[end])) ++end;
      Token t{Token::Kind::Name, std::string(text.substr(i, end - i)), 0};
      if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
        t.kind = Token::Kind::Number;
        std::size_t used = 0;
        if (t.text.size() > 18) throw Unsupported{line, fmt::format("'{}' is too large", t.text)};
        t.value = std::stoll(t.text, &used, 0);
        if (used != t.text.size()) throw Unsupported{line, fmt::format("'{}' is not a number", t.text)};
      }
      tokens.push_back(std::move(t));
      i = end;
    } else if (c == ',' && depth == 0) {
      break;
    } else {
      constexpr std::string_view kOperators[] = {"==", "!=", "<=", ">=", "<<", ">>", "//", "<", ">", "+", "-", "*",
                                                 "/",  "%",  "&",  "|",  "^",  "~",  "(",  ")", "[", "]", ","};
      const auto* const found = std::find_if(std::begin(kOperators), std::end(kOperators),
                                             [&](std::string_view o) { return text.substr(i).starts_with(o); });
      if (found == std::end(kOperators)) {
        throw Unsupported{line, fmt::format("'{}' is not understood in a check", text.substr(i))};
      }
      depth += *found == "(" || *found == "[" ? 1 : *found == ")" || *found == "]" ? -1 : 0;
      tokens.push_back({Token::Kind::Operator, std::string(*found), 0});
      i += found->size();
    }
  }
  tokens.push_back({});
  return tokens;
}

std::vector<Check::Name> Check::names() const {
  std::vector<Name> found;
  for (const Statement& s : statements_) {
    for (const Token& t : s.expression) {
      if (t.kind == Token::Kind::Name && !is_keyword(t.text) && !is_function(t.text)) {
        found.push_back({t.text, s.line});
      }
    }
  }
  return found;
}

std::vector<std::string> Check::assigned() const {
  std::vector<std::string> found;
  for (const Statement& s : statements_) {
    if (!s.target.empty()) found.push_back(s.target);
  }
  return found;
}

/// Recursive descent, in Python's order of binding: or, and, not, comparisons (chained) and `in`, |, ^, &, << >>, + -,
/// * / // %, unary - + ~. What would be no whole number is not understood.
class Check::Evaluation {
 public:
  Evaluation(const Statement& s, const std::function<std::int64_t(const std::string&)>& value)
      : statement_(s), at_(s.expression.begin()), value_(value) {}

  std::int64_t result() {
    const std::int64_t v = disjunction();
    if (at_->kind != Token::Kind::End) fail();
    return v;
  }

 private:
  [[noreturn]] void fail() const {
    throw Unsupported{statement_.line, fmt::format("the expression in '{}' is not understood", statement_.text)};
  }
  bool accept(std::string_view token) {
    if (at_->kind == Token::Kind::End || at_->kind == Token::Kind::Number || at_->text != token) return false;
    ++at_;
    return true;
  }
  static std::int64_t wrapped(std::uint64_t v) { return static_cast<std::int64_t>(v); }
  std::int64_t disjunction() {
    std::int64_t v = conjunction();
    while (accept("or")) {
      const std::int64_t other = conjunction();
      v = v != 0 ? v : other;
    }
    return v;
  }
  std::int64_t conjunction() {
    std::int64_t v = negation();
    while (accept("and")) {
      const std::int64_t other = negation();
      v = v == 0 ? v : other;
    }
    return v;
  }
  std::int64_t negation() {
    bool negative = false, negated = false;
    while (accept("not")) negative = !negative, negated = true;
    if (negated) return (comparison() == 0) == negative ? 1 : 0;
    return comparison();
  }
  std::int64_t comparison() {
    std::int64_t left = bits();
    bool compared = false, all = true;
    while (true) {
      if (at_->text == "in" || at_->text == "not") {
        const bool negated = accept("not");
        if (!accept("in")) fail();
        all = all && is_member(left) != negated;
        compared = true;
        continue;
      }
      const std::string op = at_->kind == Token::Kind::Operator ? at_->text : std::string();
      if (op != "==" && op != "!=" && op != "<" && op != "<=" && op != ">" && op != ">=") break;
      ++at_;
      const std::int64_t right = bits();
      all = all && ((op == "==" && left == right) || (op == "!=" && left != right) || (op == "<" && left < right) ||
                    (op == "<=" && left <= right) || (op == ">" && left > right) || (op == ">=" && left >= right));
      left = right;
      compared = true;
    }
    return compared ? (all ? 1 : 0) : left;
  }
  /// Behind `in`: `(1, 2)` or `[1, 2]`.
  bool is_member(std::int64_t v) {
    const bool round = accept("(");
    if (!round && !accept("[")) fail();
    bool found = false;
    while (!accept(round ? ")" : "]")) {
      found = disjunction() == v || found;
      if (!accept(",") && at_->text != (round ? ")" : "]")) fail();
    }
    return found;
  }
  std::int64_t bits() {
    std::int64_t v = exclusive();
    while (accept("|")) v |= exclusive();
    return v;
  }
  std::int64_t exclusive() {
    std::int64_t v = masked();
    while (accept("^")) v ^= masked();
    return v;
  }
  std::int64_t masked() {
    std::int64_t v = shifted();
    while (accept("&")) v &= shifted();
    return v;
  }
  std::int64_t shifted() {
    std::int64_t v = sum();
    while (at_->text == "<<" || at_->text == ">>") {
      const bool left = accept("<<");
      if (!left) accept(">>");
      const std::int64_t by = sum();
      if (by < 0 || by > 62) fail();
      v = left ? wrapped(static_cast<std::uint64_t>(v) << by) : v >> by;
    }
    return v;
  }
  std::int64_t sum() {
    std::int64_t v = product();
    while (true) {
      if (accept("+")) {
        v = wrapped(static_cast<std::uint64_t>(v) + static_cast<std::uint64_t>(product()));
      } else if (accept("-")) {
        v = wrapped(static_cast<std::uint64_t>(v) - static_cast<std::uint64_t>(product()));
      } else {
        return v;
      }
    }
  }
  std::int64_t product() {
    std::int64_t v = factor();
    while (true) {
      if (accept("*")) {
        v = wrapped(static_cast<std::uint64_t>(v) * static_cast<std::uint64_t>(factor()));
      } else if (at_->text == "/" || at_->text == "//" || at_->text == "%") {
        v = divided(v, std::exchange(at_, at_ + 1)->text);
      } else {
        return v;
      }
    }
  }
  std::int64_t called(const std::string& function) {
    if (!accept("(")) fail();
    std::int64_t v = disjunction();
    const bool takes_several = function == "min" || function == "max";
    while (takes_several && accept(",")) {
      const std::int64_t other = disjunction();
      v = function == "min" ? std::min(v, other) : std::max(v, other);
    }
    if (!accept(")")) fail();
    return function == "abs" && v < 0 ? wrapped(0 - static_cast<std::uint64_t>(v)) : v;
  }
  /// Python rounds down, and the rest has the divisor's sign.
  std::int64_t divided(std::int64_t v, const std::string& op) {
    const std::int64_t by = factor();
    if (by == 0 || by == -1) {
      if (by == 0) fail();
      return op == "%" ? 0 : wrapped(0 - static_cast<std::uint64_t>(v));
    }
    std::int64_t whole = v / by, rest = v % by;
    if (op == "/" && rest != 0) fail();
    if (rest != 0 && (rest < 0) != (by < 0)) --whole, rest += by;
    return op == "%" ? rest : whole;
  }
  std::int64_t factor() {
    // Brackets and signs pile up; a stack does not.
    if (++depth_ > 200) fail();
    const std::int64_t v = signed_factor();
    --depth_;
    return v;
  }
  std::int64_t signed_factor() {
    if (accept("+")) return factor();
    if (accept("~")) return ~factor();
    if (accept("-")) return wrapped(0 - static_cast<std::uint64_t>(factor()));
    if (accept("(")) {
      const std::int64_t v = disjunction();
      if (!accept(")")) fail();
      return v;
    }
    if (at_->kind == Token::Kind::Number) return (at_++)->value;
    if (at_->kind == Token::Kind::Name && is_function(at_->text)) return called(std::exchange(at_, at_ + 1)->text);
    if (at_->kind == Token::Kind::Name) return value_((at_++)->text);
    fail();
  }

  const Statement& statement_;
  int depth_ = 0;
  std::vector<Token>::const_iterator at_;
  const std::function<std::int64_t(const std::string&)>& value_;
};

std::optional<Check::Failure> Check::run(Variables& variables, const Lookup& lookup) const {
  for (const Statement& s : statements_) {
    if (s.kind == Statement::Kind::Print) continue;
    std::string values;
    const std::function<std::int64_t(const std::string&)> value = [&](const std::string& name) {
      std::optional<std::int64_t> v;
      if (const auto known = variables.find(name); known != variables.end()) v = known->second;
      if (!v) v = lookup(name);
      if (!v) v = check_constant(name);
      if (!v) throw Unsupported{s.line, fmt::format("{} is not known", name)};
      values += fmt::format("{}{} = {}", values.empty() ? "" : ", ", name, *v);
      return *v;
    };
    const std::int64_t result = Evaluation(s, value).result();
    if (s.kind == Statement::Kind::Assign) variables[s.target] = result;
    // As numbers without sign, whose overflow is defined.
    auto& target = variables[s.target.empty() ? std::string("_") : s.target];
    const auto before = static_cast<std::uint64_t>(target), by = static_cast<std::uint64_t>(result);
    if (s.kind == Statement::Kind::Add) target = static_cast<std::int64_t>(before + by);
    if (s.kind == Statement::Kind::Subtract) target = static_cast<std::int64_t>(before - by);
    if (s.kind == Statement::Kind::Assert && result == 0) {
      return Failure{s.line, fmt::format("{}, but {}", s.text, values)};
    }
  }
  return std::nullopt;
}

}  // namespace wirelab::script
