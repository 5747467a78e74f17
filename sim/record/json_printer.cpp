#include "record/json_printer.h"

#include <cmath>

#include "record/decimal.h"

namespace wirelab {

std::string JsonPrinter::quoted(std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += hex[static_cast<unsigned char>(c) >> 4];
      out += hex[static_cast<unsigned char>(c) & 15];
    } else {
      out += c;
    }
  }
  return out += '"';
}

void JsonPrinter::begin_member(std::string_view key) {
  if (depth_ > 0) {
    if (!first_) out_ += ',';
    out_ += '\n';
    out_.append(static_cast<std::size_t>(2 * depth_), ' ');
  }
  first_ = false;
  if (key.empty()) return;
  out_ += quoted(key);
  out_ += ": ";
}

void JsonPrinter::open(std::string_view key, char bracket) {
  begin_member(key);
  out_ += bracket;
  ++depth_;
  first_ = true;
}

void JsonPrinter::close(char bracket) {
  --depth_;
  if (!first_) {
    out_ += '\n';
    out_.append(static_cast<std::size_t>(2 * depth_), ' ');
  }
  out_ += bracket;
  first_ = false;
}

void JsonPrinter::raw(std::string_view key, std::string_view json) {
  begin_member(key);
  out_ += json;
}

void JsonPrinter::string(std::string_view key, std::string_view value) { raw(key, quoted(value)); }

void JsonPrinter::unsigned_integer(std::string_view key, std::uint64_t n) {
  char room[kNumberRoom];
  raw(key, std::string_view(room, static_cast<std::size_t>(write_unsigned(room, n) - room)));
}

void JsonPrinter::number(std::string_view key, double x) {
  if (!std::isfinite(x)) return null(key);
  char room[kNumberRoom];
  raw(key, std::string_view(room, static_cast<std::size_t>(write_double(room, x) - room)));
}

void JsonPrinter::seconds(std::string_view key, std::int64_t ps) {
  char room[kNumberRoom];
  raw(key, std::string_view(room, static_cast<std::size_t>(write_seconds(room, ps) - room)));
}

}  // namespace wirelab
