#pragma once
// A data check, `%{ assert tcpi_snd_cwnd == 10 }%`: the part of Python that scripts use, understood and evaluated here.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wirelab::script {

/// Names that one check assigned and later ones may read.
using Variables = std::map<std::string, std::int64_t, std::less<>>;

class Check {
 public:
  /// Understands `assert EXPR[, message]`, `name = EXPR`, `name += EXPR`, `name -= EXPR`, `print(EXPR, ...)`, `pass`.
  /// Throws Unsupported with the line for anything else. Whether a name is known is asked later, by `names`.
  Check(std::string_view text, int first_line);

  /// Every name that is read, with its line.
  struct Name {
    std::string name;
    int line;
  };
  std::vector<Name> names() const;
  /// Those that are assigned.
  std::vector<std::string> assigned() const;

  /// Looks up a field of TCP_INFO; nothing: the name is not one.
  using Lookup = std::function<std::optional<std::int64_t>(std::string_view)>;
  struct Failure {
    int line;
    std::string text;  ///< the assertion as written, with the values of its names
  };
  /// Runs all statements up to the first assertion that does not hold. `printed` gets a line of each print.
  std::optional<Failure> run(Variables& variables, const Lookup& lookup, std::string& printed) const;

 private:
  struct Token {
    enum class Kind : std::uint8_t { Number, Name, Operator, End } kind = Kind::End;
    std::string text;
    std::int64_t value = 0;
  };
  struct Statement {
    enum class Kind : std::uint8_t { Assert, Assign, Add, Subtract, Print } kind;
    int line;
    std::string target, text;
    std::vector<Token> expression;
    bool ends_line = true;  // of what is printed
  };
  class Evaluation;

  void read_statement(std::string text, int line);
  void read_print(std::string_view arguments, int line);
  static std::vector<Token> tokens_of(std::string_view text, int line);

  std::vector<Statement> statements_;
};

/// TCP_ESTABLISHED and its like; nothing if the name is none of them.
std::optional<std::int64_t> check_constant(std::string_view name);
/// One of Python's that checks may call.
bool is_check_function(std::string_view name);

}  // namespace wirelab::script
