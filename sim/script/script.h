#pragma once
// A packetdrill script as read: options, events and shell texts, with their lines. The language is that in which
// Linux's TCP tests are written: packets that a scripted remote sends, packets that the host under test must send,
// the system calls of its program, and looks at TCP_INFO in between.
//
// This folder reads such scripts and runs them on a simulated host in exact virtual time. It executes no shell and no
// Python: what it does not know makes a script `unsupported`, never passed.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/units.h"
#include "script/check.h"
#include "script/segment.h"

namespace wirelab::script {

/// When an event is due. `from` and `to` count from the event before (relative) or from the first event.
struct When {
  enum class Kind : std::uint8_t { At, Range, Any, Blocking };
  Kind kind = Kind::At;
  bool relative = false;
  Duration from{}, to{};  ///< to: end of the range, or when the blocking call returns
};

struct InboundSegment {
  Segment segment;
};
struct ExpectedSegment {
  Segment segment;
};

/// An ICMP error about the flow under test; `quoted` is the start of the sequence range that it quotes.
struct InboundIcmp {
  std::uint8_t type = 3, code = 0;
  std::uint16_t mtu = 0;
  bool is_v6 = false;  ///< packet too big: what IPv6 has in place of fragmentation needed
  std::uint32_t quoted = 0;
  std::string text;  ///< as written
};

/// An argument of a system call, or part of one. Words are resolved to their numbers when the script is read.
struct Argument {
  enum class Kind : std::uint8_t { Any, Number, Text, List, Struct };
  Kind kind = Kind::Any;
  std::int64_t number = 0;
  std::string text;
  std::string key;  ///< of a member of a struct; empty where it has none
  std::vector<Argument> items;

  const Argument* find(std::string_view member) const;
};

struct SystemCall {
  std::string name;
  std::vector<Argument> arguments;
  std::optional<std::int64_t> result;  ///< absent: any (`?`)
  std::string error;                   ///< name of the errno; empty: none
  std::string text;                    ///< as written
};

struct Command {
  std::string text;
};

using Action = std::variant<InboundSegment, ExpectedSegment, InboundIcmp, SystemCall, Check, Command>;

struct Event {
  int line = 0;
  When when;
  Action action;
};

struct ShellText {
  int line = 0;
  std::string text;
};

/// `--name=value`, at the top.
struct Option {
  int line = 0;
  std::string name, value;
};

struct Script {
  std::vector<Option> options;
  std::optional<ShellText> init, cleanup;
  std::vector<Event> events;
};

/// What a script asks for and the interpreter does not have; or, where `column` is given, a text that is no script: the
/// place where reading it came to an end.
struct Unsupported {
  int line;
  std::string reason;
  int column = 0;  ///< from 1; 0: the text was understood
};

/// Words of the script that are to be replaced by other text.
using Definitions = std::vector<std::pair<std::string, std::string>>;

/// Throws Unsupported.
Script parse_script(std::string_view text, const Definitions& definitions = {});

}  // namespace wirelab::script
