// The frame of a script: options, the init command, events one after another, the cleanup command.

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "script/readers.h"
#include "script/script.h"

namespace wirelab::script {

namespace {

bool is_word_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Replaces whole words.
std::string replaced(std::string_view text, const Definitions& definitions) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_word_character(text[end])) ++end;
    if (end == at) {
      out += text[at++];
      continue;
    }
    const std::string_view word = text.substr(at, end - at);
    const auto found =
        std::find_if(definitions.begin(), definitions.end(), [&](const auto& d) { return d.first == word; });
    out += found == definitions.end() ? word : std::string_view(found->second);
    at = end;
  }
  return out;
}

void read_options(Cursor& in, Script& script) {
  while (in.next_is("--")) {
    const int line = in.line();
    in.expect("--");
    std::string whole(in.run_of());
    // Space may stand beside the sign.
    if (whole.find('=') == std::string::npos && in.accept("=")) whole += "=" + std::string(in.run_of());
    if (whole.ends_with('=')) whole += in.run_of();
    if (whole.empty()) in.fail("expected the name of an option after '--'");
    const std::size_t equals = std::min(whole.find('='), whole.size());
    script.options.push_back({line, whole.substr(0, equals), equals < whole.size() ? whole.substr(equals + 1) : ""});
  }
}

Action read_action(Cursor& in) {
  const int line = in.line();
  if (in.accept("<")) return read_packet(in, true);
  if (in.accept(">")) return read_packet(in, false);
  if (in.accept("`")) return Command{std::string(in.until("`"))};
  if (in.accept("%{")) return Check(in.until("}%"), line);
  return read_call(in);
}

}  // namespace

When read_time(Cursor& in) {
  When when;
  if (in.accept("*")) {
    when.kind = When::Kind::Any;
    return when;
  }
  when.relative = in.accept("+");
  when.from = in.seconds();
  if (in.accept("~")) {
    when.kind = When::Kind::Range;
    in.accept("+");
    when.to = in.seconds();
  } else if (in.accept("...")) {
    when.kind = When::Kind::Blocking;
    in.accept("+");
    when.to = in.seconds();
  }
  if (when.kind != When::Kind::At && when.to < when.from) in.fail("the end of the time lies before its beginning");
  return when;
}

const Argument* Argument::find(std::string_view member) const {
  const auto found = std::find_if(items.begin(), items.end(), [&](const Argument& a) { return a.key == member; });
  return found == items.end() ? nullptr : &*found;
}

/// Those of the caller, and then what the script's own lines `--define=NAME=value` say.
Definitions all_definitions(std::string_view text, const Definitions& given) {
  Definitions all = given;
  Cursor in(text);
  Script lines;
  read_options(in, lines);
  for (const Option& o : lines.options) {
    if (o.name != "define") continue;
    const std::size_t equals = o.value.find('=');
    if (equals == std::string::npos) throw Unsupported{o.line, "--define has the form --define=NAME=value", 1};
    std::string value = o.value.substr(equals + 1);
    if (value.size() > 1 && (value.front() == '"' || value.front() == '`')) value = value.substr(1, value.size() - 2);
    all.emplace_back(o.value.substr(0, equals), value);
  }
  return all;
}

Script parse_script(std::string_view text, const Definitions& definitions) {
  const std::string whole = replaced(text, all_definitions(text, definitions));
  Cursor in(whole);
  Script script;
  read_options(in, script);
  while (!in.at_end()) {
    const int line = in.line();
    if (in.accept("`")) {
      ShellText shell{line, std::string(in.until("`"))};
      if (!script.events.empty()) {
        script.cleanup = std::move(shell);
        if (!in.at_end()) in.fail("something follows the cleanup command");
      } else if (script.init) {
        in.fail("there is a second init command");
      } else {
        script.init = std::move(shell);
      }
      continue;
    }
    Event event;
    event.line = line;
    event.when = read_time(in);
    event.action = read_action(in);
    if (event.when.kind == When::Kind::Blocking && !std::holds_alternative<SystemCall>(event.action)) {
      in.fail("only a system call can have a time of return");
    }
    const bool has_range = event.when.kind == When::Kind::Range || event.when.kind == When::Kind::Any;
    if (has_range && !std::holds_alternative<ExpectedSegment>(event.action)) {
      in.fail("only an outbound packet can have a range of times");
    }
    script.events.push_back(std::move(event));
  }
  if (script.events.empty()) in.fail("the script has no events");
  return script;
}

}  // namespace wirelab::script
