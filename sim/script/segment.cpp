#include "script/segment.h"

#include <fmt/format.h>

#include "wire/packet.h"

namespace wirelab::script {

namespace {

std::uint32_t big_endian(std::span<const std::uint8_t> bytes) {
  std::uint32_t n = 0;
  for (const std::uint8_t b : bytes) n = n << 8 | b;
  return n;
}

TcpOption read_option(std::uint8_t kind, std::span<const std::uint8_t> body) {
  TcpOption o;
  if (kind == 2 && body.size() == 2) {
    o.kind = TcpOption::Kind::Mss;
    o.value = big_endian(body);
  } else if (kind == 3 && body.size() == 1) {
    o.kind = TcpOption::Kind::WindowScale;
    o.value = body[0];
  } else if (kind == 4 && body.empty()) {
    o.kind = TcpOption::Kind::SackPermitted;
  } else if (kind == 5 && !body.empty() && body.size() % 8 == 0) {
    o.kind = TcpOption::Kind::Sack;
    for (std::size_t i = 0; i < body.size(); i += 8) {
      o.blocks.emplace_back(big_endian(body.subspan(i, 4)), big_endian(body.subspan(i + 4, 4)));
    }
  } else if (kind == 8 && body.size() == 8) {
    o.kind = TcpOption::Kind::Timestamps;
    o.value = big_endian(body.first(4));
    o.echo = big_endian(body.subspan(4));
  } else if (kind == 34 || (kind == 254 && body.size() >= 2 && big_endian(body.first(2)) == 0xf989)) {
    o.kind = TcpOption::Kind::FastOpen;
    o.value = kind == 254 ? 1 : 0;
    const auto cookie = body.subspan(kind == 254 ? 2 : 0);
    o.cookie.assign(cookie.begin(), cookie.end());
  } else if (kind == 19 && body.size() == 16) {
    o.kind = TcpOption::Kind::Md5;
    o.cookie.assign(body.begin(), body.end());
  } else {
    o.kind = TcpOption::Kind::Unknown;
    o.value = kind;
    o.echo = static_cast<std::uint32_t>(body.size() + 2);
  }
  return o;
}

std::string to_text(const TcpOption& o) {
  switch (o.kind) {
    case TcpOption::Kind::Eol: return "eol";
    case TcpOption::Kind::Nop: return "nop";
    case TcpOption::Kind::Mss: return fmt::format("mss {}", o.value);
    case TcpOption::Kind::WindowScale: return fmt::format("wscale {}", o.value);
    case TcpOption::Kind::SackPermitted: return "sackOK";
    case TcpOption::Kind::Timestamps: return fmt::format("TS val {} ecr {}", o.value, o.echo);
    case TcpOption::Kind::Unknown: return fmt::format("kind {} length {}", o.value, o.echo);
    case TcpOption::Kind::FastOpen: {
      const char* const name = o.value != 0 ? "FOEXP" : "FO";
      return o.cookie.empty() ? std::string(name) : fmt::format("{} {:02x}", name, fmt::join(o.cookie, ""));
    }
    case TcpOption::Kind::Md5: return fmt::format("md5 {:02x}", fmt::join(o.cookie, ""));
    case TcpOption::Kind::Sack: break;
  }
  std::string text = "sack";
  for (const auto& [left, right] : o.blocks) text += fmt::format(" {}:{}", left, right);
  return text;
}

}  // namespace

std::vector<TcpOption> read_options(std::span<const std::uint8_t> bytes) {
  std::vector<TcpOption> options;
  while (!bytes.empty()) {
    const std::uint8_t kind = bytes[0];
    if (kind <= 1) {
      options.push_back({kind == 0 ? TcpOption::Kind::Eol : TcpOption::Kind::Nop, 0, 0, {}, {}});
      bytes = bytes.subspan(1);
      continue;
    }
    if (bytes.size() < 2 || bytes[1] < 2 || bytes[1] > bytes.size()) break;
    options.push_back(read_option(kind, bytes.subspan(2, bytes[1] - 2u)));
    bytes = bytes.subspan(bytes[1]);
  }
  return options;
}

std::size_t bytes_of(const std::vector<TcpOption>& options) {
  std::size_t bytes = 0;
  for (const TcpOption& o : options) {
    switch (o.kind) {
      case TcpOption::Kind::Eol:
      case TcpOption::Kind::Nop: bytes += 1; break;
      case TcpOption::Kind::Mss: bytes += 4; break;
      case TcpOption::Kind::WindowScale: bytes += 3; break;
      case TcpOption::Kind::SackPermitted: bytes += 2; break;
      case TcpOption::Kind::Sack: bytes += 2 + 8 * o.blocks.size(); break;
      case TcpOption::Kind::Timestamps: bytes += 10; break;
      case TcpOption::Kind::FastOpen: bytes += (o.value != 0 ? 4 : 2) + o.cookie.size(); break;
      case TcpOption::Kind::Md5: bytes += 2 + o.cookie.size(); break;
      case TcpOption::Kind::Unknown: bytes += o.echo; break;
    }
  }
  return bytes;
}

std::string to_text(const std::vector<TcpOption>& options) {
  std::string text = "<";
  for (const TcpOption& o : options) text += (text.size() > 1 ? "," : "") + to_text(o);
  return text + ">";
}

std::string to_text(const Segment& s) {
  std::string text;
  switch (s.ecn) {
    case IpEcn::NotCompared: break;
    case IpEcn::NoEcn: text += "[noecn] "; break;
    case IpEcn::Ect0: text += "[ect0] "; break;
    case IpEcn::Ect1: text += "[ect1] "; break;
    case IpEcn::Ce: text += "[ce] "; break;
    case IpEcn::Ect01: text += "[ect01] "; break;
  }
  constexpr std::pair<std::uint16_t, char> kLetters[] = {
      {tcp_flag::Fin, 'F'}, {tcp_flag::Syn, 'S'}, {tcp_flag::Rst, 'R'}, {tcp_flag::Psh, 'P'}, {tcp_flag::Urg, 'U'},
      {tcp_flag::Ece, 'E'}, {tcp_flag::Cwr, 'W'}, {kAe, 'A'},           {tcp_flag::Ack, '.'}};
  const std::size_t before = text.size();
  for (const auto& [bit, letter] : kLetters) {
    if (s.has(bit)) text += letter;
  }
  if (text.size() == before) text += '-';
  text += fmt::format(" {}:{}({})", s.start, s.start + s.length, s.length);
  if (s.ack) text += fmt::format(" ack {}", *s.ack);
  if (s.window) text += fmt::format(" win {}", *s.window);
  if (s.urgent != 0) text += fmt::format(" urg {}", s.urgent);
  if (s.any_options) {
    text += " <...>";
  } else if (!s.options.empty()) {
    text += " " + to_text(s.options);
  }
  return text;
}

}  // namespace wirelab::script
