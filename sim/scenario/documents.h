#pragma once
// The texts of one load (scenario, topology files, `--set`), parsed into values, and the way back from a value to
// file, line, column and JSON Pointer. Parsing never recurses, is bounded in depth and size, and finds every key that
// is given twice.

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/value.h"

namespace wirelab::scenario {

/// What a file turned out to be: its text, or why not, as a sentence without the name.
struct FileText {
  std::optional<std::string> text;
  std::string fault;
};
using FileReader = std::function<FileText(const std::string& path)>;

/// Reads a regular file (or standard input for "-") of at most kLargestFile bytes.
FileText read_file(const std::string& path);
inline constexpr std::size_t kLargestFile = std::size_t{64} << 20;
inline constexpr std::size_t kDeepest = 64;        ///< levels of nesting
inline constexpr std::size_t kMostMessages = 100;  ///< further errors are counted, not printed

/// Errors and warnings, in the order found; the same one is kept once.
class Documents {
 public:
  struct Message {
    Origin at;
    std::string text;  ///< the fault and the remedy
  };
  struct Place {
    std::string file;
    std::size_t line = 0, column = 0;  ///< from 1; 0: the source has no lines (`--set`)
    std::string pointer;
  };

  /// Parses JSON with comments. What is wrong with it is among the errors; then there may be no value.
  std::optional<Value> parse(std::string name, std::string text);
  /// The value of a `--set`: JSON, or a bare word as a string. `pointer` is what it sets. Nothing after an error.
  std::optional<Value> parse_option(std::string name, std::string pointer, std::string_view text);
  /// A text that is not JSON (GraphML, DOT), or with `lines` false something that has no text at all: places have no
  /// pointer, and then no line and column either.
  std::uint32_t add_text(std::string name, std::string text, bool lines = true);

  void error(Origin at, std::string text);
  void warning(Origin at, std::string text);
  /// Nothing more is said of this value: what follows would follow from an error that has been reported.
  void silence(Origin at) { silenced_.push_back(at); }
  bool failed() const { return !errors_.empty(); }
  std::size_t error_count() const { return errors_.size() + suppressed_; }
  const std::vector<Message>& errors() const { return errors_; }
  const std::vector<Message>& warnings() const { return warnings_; }

  /// The most nodes or links that a generator may make; a fuzzer lowers it.
  void limit_things(std::uint64_t most) { most_things_ = most; }
  std::uint64_t most_things() const { return most_things_; }

  Place place_of(Origin at) const;
  /// `file:line:column: /pointer: fault; remedy`.
  std::string format(const Message& m) const;
  /// All errors, by file and place, and a last line for those that were too many to keep.
  std::vector<std::string> formatted_errors() const;

  const std::string& name_of(std::uint32_t source) const { return sources_[source].name; }
  const std::string& text_of(std::uint32_t source) const { return sources_[source].text; }

 private:
  struct Source {
    std::string name, text;
    std::string base;  ///< pointer of the root
    bool lines = true;
    Value root;
  };
  std::deque<Source> sources_;
  std::vector<Message> errors_, warnings_;
  std::vector<Origin> silenced_;
  std::size_t suppressed_ = 0;
  std::uint64_t most_things_ = 1'000'000;
};

/// A step of a JSON Pointer with `~` and `/` escaped (RFC 6901).
std::string escaped_step(std::string_view step);

}  // namespace wirelab::scenario
