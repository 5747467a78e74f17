#include "script/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>

#include "script/script.h"

namespace wirelab::script {

namespace {

bool is_name_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool is_keyword(std::string_view name) {
  return name == "and" || name == "or" || name == "not" || name == "in" || name == "is" || name == "if" ||
         name == "else";
}

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

bool is_check_function(std::string_view name) {
  return name == "abs" || name == "int" || name == "min" || name == "max";
}

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
    return read_print(rest, line);
  } else if ((word == "pass" && rest.empty()) || word == "import" || word == "from") {
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

/// What is no number, such as a text, is left out.
void Check::read_print(std::string_view arguments, int line) {
  if (arguments.size() < 2 || arguments.front() != '(' || arguments.back() != ')') return;
  arguments = arguments.substr(1, arguments.size() - 2);
  Statement* last = nullptr;
  int depth = 0;
  std::size_t began = 0;
  for (std::size_t i = 0; i <= arguments.size(); ++i) {
    const char c = i < arguments.size() ? arguments[i] : ',';
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (c != ',' || depth != 0) continue;
    const std::string text = trimmed(arguments.substr(began, i - began));
    began = i + 1;
    try {
      statements_.push_back({Statement::Kind::Print, line, {}, text, tokens_of(text, line), false});
      last = &statements_.back();
    } catch (const Unsupported&) {}
  }
  if (last != nullptr) last->ends_line = true;
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
        if (used + 1 < t.text.size() && t.text[used] == 'e') {  // a power of ten: 2e6
          std::size_t digits = 0;
          const long power = std::isdigit(static_cast<unsigned char>(t.text[used + 1])) != 0
                                 ? std::stol(t.text.substr(used + 1), &digits)
                                 : 99;
          for (long n = power <= 12 ? power : 0; n > 0 && t.value <= 1'000'000'000'000; --n) t.value *= 10;
          if (power <= 12) used += 1 + digits;
        }
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
    if (s.kind == Statement::Kind::Print) continue;
    for (const Token& t : s.expression) {
      if (t.kind == Token::Kind::Name && !is_keyword(t.text) && !is_check_function(t.text)) {
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

}  // namespace wirelab::script
