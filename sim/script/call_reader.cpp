// System calls as scripts write them: `accept(3, ..., ...) = 4`, `write(4, ..., 10) = -1 EPIPE (Broken pipe)`.

#include <fmt/format.h>

#include "script/readers.h"

namespace wirelab::script {

namespace {

Argument read_argument(Cursor& in);

Argument read_list(Cursor& in, Argument::Kind kind, std::string_view closing) {
  Argument a;
  a.kind = kind;
  while (!in.accept(closing)) {
    std::string key;
    if (kind == Argument::Kind::Struct) {
      // `name =`, or `name(...) =` and `name(1) =`, where the brackets hold a length that follows from the value.
      Cursor ahead = in;
      key = ahead.word();
      if (!key.empty() && ahead.accept("(")) ahead.until(")");
      if (!key.empty() && ahead.accept("=")) {
        in = ahead;
      } else {
        key.clear();
      }
    }
    a.items.push_back(read_argument(in));
    a.items.back().key = std::move(key);
    if (!in.next_is(closing)) in.expect(",");
  }
  return a;
}

/// htons(8080), inet_addr("192.0.2.1"): what they make of their argument does not matter here.
Argument read_conversion(Cursor& in) {
  Argument a = read_argument(in);
  in.expect(")");
  return a;
}

std::int64_t read_number(Cursor& in) {
  if (in.at_number()) return in.integer();
  in.position();
  Cursor before = in;
  const std::string name(in.word());
  if (name.empty()) in.fail(fmt::format("expected a number or a word before {}", in.excerpt()));
  if (const auto value = symbol(name)) return *value;
  const std::string_view near = near_symbol(name);
  before.fail(
      fmt::format("the word {} is not known{}", name, near.empty() ? "" : fmt::format("; did you mean {}?", near)));
}

Argument read_argument(Cursor& in) {
  Argument a;
  if (in.accept("...")) return a;
  if (in.accept("[")) return read_list(in, Argument::Kind::List, "]");
  if (in.accept("{")) return read_list(in, Argument::Kind::Struct, "}");
  if (in.next_is("\"")) {
    a.kind = Argument::Kind::Text;
    while (in.accept("\"")) a.text += in.until("\"");  // several in a row are one
    in.accept("...");
    return a;
  }
  Cursor ahead = in;
  const std::string_view conversion = ahead.word();
  if ((conversion == "htons" || conversion == "htonl" || conversion == "inet_addr") && ahead.accept("(")) {
    in = ahead;
    return read_conversion(in);
  }
  a.kind = Argument::Kind::Number;
  a.number = read_number(in);
  while (in.accept("|")) a.number |= read_number(in);
  return a;
}

/// The result, an errno, and remarks in brackets: `0x2 (flags O_RDWR)`, `-1 EAGAIN (try again)`.
void read_result(Cursor& in, SystemCall& call) {
  if (!in.accept("?")) call.result = in.integer();
  in.position();
  Cursor before = in;
  const std::string_view error = in.word();
  call.error = error;
  if (!error.empty() && (error[0] != 'E' || !symbol(error))) before.fail(fmt::format("'{}' is no errno", error));
  if (in.accept("(")) in.until(")");
}

}  // namespace

SystemCall read_call(Cursor& in) {
  SystemCall call;
  const std::size_t from = in.position();
  call.name = in.word();
  if (call.name.empty())
    in.fail(fmt::format("expected a packet, a call, a check or a command before {}", in.excerpt()));
  in.expect("(");
  call.arguments = read_list(in, Argument::Kind::List, ")").items;
  in.expect("=");
  read_result(in, call);
  Cursor end = in;
  call.text = in.text_between(from, end.position());
  call.text = call.text.substr(0, call.text.find_last_not_of(" \n\t") + 1);
  if (const auto remark = call.text.find("//"); remark != std::string::npos) {
    call.text = call.text.substr(0, call.text.find_last_not_of(" \n\t", remark - 1) + 1);
  }
  return call;
}

}  // namespace wirelab::script
