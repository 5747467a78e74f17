#include "script/shell_words.h"

#include <algorithm>

namespace wirelab::script {

namespace {

/// Takes away what only throws output away.
void drop_silencers(Words& words) {
  for (std::size_t i = 0; i < words.size();) {
    const std::string& w = words[i];
    const bool takes_next = w == ">" || w == "1>" || w == "2>" || w == "&>" || w == ">>";
    const bool whole = w == "2>&1" || w == ">&2" || w == ">/dev/null" || w == "2>/dev/null" || w == "&>/dev/null";
    std::size_t n = 0;
    if (whole) n = 1;
    if (takes_next && i + 1 < words.size() && words[i + 1] == "/dev/null") n = 2;
    if (n == 0) {
      ++i;
    } else {
      words.erase(words.begin() + static_cast<std::ptrdiff_t>(i), words.begin() + static_cast<std::ptrdiff_t>(i + n));
    }
  }
}

class Splitter {
 public:
  explicit Splitter(const ShellText& shell) : text_(shell.text), line_(shell.line), current_{shell.line, {}} {}

  std::vector<ShellCommand> split() {
    for (std::size_t i = 0; i < text_.size(); i += step(i)) {}
    if (quote_ != '\0') throw Unsupported{opened_, "a quotation mark in the shell text is not closed"};
    end_command();
    return std::move(commands_);
  }

 private:
  /// Characters taken from `i` on.
  std::size_t step(std::size_t i) {
    const char c = text_[i];
    const char next = i + 1 < text_.size() ? text_[i + 1] : '\0';
    if (c == '\n') ++line_;
    if (quote_ != '\0') {
      if (c == quote_) {
        quote_ = '\0';
      } else {
        word_ += c;
      }
      return 1;
    }
    if (c == '"' || c == '\'') {
      quote_ = c;
      opened_ = line_;
      begin_word();
      return 1;
    }
    if (c == '\\' && next == '\n') {
      end_word();
      ++line_;
      return 2;
    }
    if (c == '#' && !in_word_) return std::min(text_.find('\n', i), text_.size()) - i;
    if (c == '\n' || c == ';') {
      end_command();
      return 1;
    }
    if (c == '&' && next == '&') {
      end_command();
      return 2;
    }
    if (c == ' ' || c == '\t' || c == '\r') {
      end_word();
      return 1;
    }
    begin_word();
    word_ += c;
    return 1;
  }
  void begin_word() {
    if (!in_word_ && current_.words.empty()) current_.line = line_;
    in_word_ = true;
  }
  void end_word() {
    if (in_word_) current_.words.push_back(word_);
    word_.clear();
    in_word_ = false;
  }
  void end_command() {
    end_word();
    drop_silencers(current_.words);
    if (!current_.words.empty()) commands_.push_back(current_);
    current_ = {line_, {}};
  }

  const std::string& text_;
  int line_, opened_ = 0;
  ShellCommand current_;
  std::vector<ShellCommand> commands_;
  std::string word_;
  bool in_word_ = false;
  char quote_ = '\0';
};

}  // namespace

std::vector<ShellCommand> commands_in(const ShellText& shell) { return Splitter(shell).split(); }

}  // namespace wirelab::script
