// A data check evaluated: expressions over whole numbers, as Python has them.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "script/check.h"
#include "script/script.h"

namespace wirelab::script {

/// Recursive descent, in Python's order of binding: or, and, not, comparisons (chained) and `in`, |, ^, &, << >>, + -,
/// * / // %, unary - + ~. What would be no whole number is not understood.
class Check::Evaluation {
 public:
  Evaluation(const Statement& s, const std::function<std::int64_t(const std::string&)>& value)
      : statement_(s), at_(s.expression.begin()), value_(value) {}

  std::int64_t result() {
    std::int64_t v = disjunction();
    if (accept("if")) {  // Python's: what if it holds, and what else
      const bool holds = disjunction() != 0;
      if (!accept("else")) fail();
      const std::int64_t other = disjunction();
      v = holds ? v : other;
    }
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
      if (accept("is")) {
        const bool negated = accept("not");
        const std::int64_t right = bits();
        all = all && (left == right) != negated;
        left = right;
        compared = true;
        continue;
      }
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
    if (at_->kind == Token::Kind::Name && is_check_function(at_->text))
      return called(std::exchange(at_, at_ + 1)->text);
    if (at_->kind == Token::Kind::Name) return value_((at_++)->text);
    fail();
  }

  const Statement& statement_;
  int depth_ = 0;
  std::vector<Token>::const_iterator at_;
  const std::function<std::int64_t(const std::string&)>& value_;
};

std::optional<Check::Failure> Check::run(Variables& variables, const Lookup& lookup, std::string& printed) const {
  for (const Statement& s : statements_) {
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
    if (s.kind == Statement::Kind::Print) {
      try {
        printed += std::to_string(Evaluation(s, value).result());
      } catch (const Unsupported&) { printed += s.text; }
      printed += s.ends_line ? '\n' : ' ';
      continue;
    }
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
