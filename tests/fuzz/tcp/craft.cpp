#include "craft.h"

#include <algorithm>

#include "tcp/segment.h"

namespace wirelab::tcp::fuzz {
namespace {

/// Mostly within a few bytes or segments of `base`; sometimes half the number space away.
Seq about(Seq base, Input& in) {
  const std::uint8_t how = in.byte();
  switch (how & 7) {
    case 0:
    case 1: return base;
    case 2: return base + 1;
    case 3: return base - 1;
    case 4: return base + (in.byte() * std::uint32_t{8});
    case 5: return base - (in.byte() * std::uint32_t{8});
    case 6: return base + in.word() - 32768u;
    default: return base + (std::uint32_t{in.word()} << 16);
  }
}

/// What the end that is to receive knows of its connection; zeros if it has none.
struct Numbers {
  Seq rcv_nxt, right_edge, snd_una, snd_nxt, irs;
  Numbers(TwoEnds& ends, int to) {
    End& end = *ends.ends[static_cast<std::size_t>(to)];
    if (end.connections.empty()) return;
    const Connection& c = *end.connections.back().connection;
    snd_una = c.snd_una();
    snd_nxt = c.snd_nxt();
    if (c.state() == State::SynSent) return;
    irs = c.receiver().irs();
    rcv_nxt = c.receiver().rcv_nxt();
    right_edge = c.receiver().window.right_edge();
  }
  Seq sequence(Input& in) const {
    const Seq bases[] = {rcv_nxt, rcv_nxt, right_edge, irs};
    return about(bases[in.below(4)], in);
  }
  Seq acknowledgment(Input& in) const {
    const Seq bases[] = {snd_nxt, snd_una, snd_nxt, snd_una};
    return about(bases[in.below(4)], in);
  }
};

std::uint16_t length_from(Input& in) {
  constexpr std::uint16_t kLengths[] = {0, 0, 1, 100, 536, 1448, 1460, 8000};
  const std::uint8_t how = in.byte();
  return (how & 8) != 0 ? static_cast<std::uint16_t>(in.word() & 0x3fff) : kLengths[how & 7];
}

std::uint8_t flags_from(Input& in) {
  constexpr std::uint8_t kFlags[] = {
      tcp_flag::Ack, tcp_flag::Ack, tcp_flag::Ack | tcp_flag::Psh, tcp_flag::Ack | tcp_flag::Fin,
      tcp_flag::Rst, tcp_flag::Syn, tcp_flag::Syn | tcp_flag::Ack, tcp_flag::Ack | tcp_flag::Ece};
  const std::uint8_t how = in.byte();
  return (how & 0x30) == 0x30 ? in.byte() : kFlags[how & 7];
}

void set_length(Packet& p, std::uint16_t length) {
  p.size = static_cast<std::uint16_t>(p.size - p.payload + length);
  p.payload = length;
}

void set_sack(TwoEnds& ends, Packet& p, const Numbers& n, Input& in) {
  Extension& e = ends.domain.pool.extend(p);
  e.sack_count = static_cast<std::uint8_t>(1 + in.below(4));
  for (std::uint8_t i = 0; i < e.sack_count; ++i) {
    const Seq left = n.acknowledgment(in);
    e.sack[i] = {left, (in.byte() & 1) != 0 ? n.acknowledgment(in) : left + (1448u * (1 + in.below(16)))};
  }
}

void set_syn_options(TwoEnds& ends, Packet& p, Input& in) {
  constexpr std::uint16_t kSizes[] = {0, 1, 87, 88, 536, 1460, 8960, 65535};
  Extension& e = ends.domain.pool.extend(p);
  e.mss = kSizes[in.below(8)];
  e.window_scale = static_cast<std::uint8_t>(in.below(17));
  if ((in.byte() & 1) != 0) p.marks |= mark::SackPermitted;
}

}  // namespace

Packet* craft(TwoEnds& ends, int to, bool near, Input& in) {
  const auto t = static_cast<std::size_t>(to);
  const bool has = !ends.ends[t]->connections.empty();
  FourTuple id{ends.ends[1 - t]->address, ends.ends[t]->address, to == 1 ? std::uint16_t{40000} : kServerPort,
               to == 1 ? kServerPort : std::uint16_t{40000}};
  if (in.below(32) == 31) id.local_port = static_cast<std::uint16_t>(40001 + in.below(4));
  const std::uint8_t flags = flags_from(in);
  const Numbers n(ends, to);
  const Seq seq = near ? n.sequence(in) : Seq(in.quad());
  const Seq ack = near ? n.acknowledgment(in) : Seq(in.quad());
  Packet* const p = make_bare_segment(ends.domain, id, seq, ack, flags, in.word());
  set_length(*p, length_from(in));
  const std::uint8_t options = in.byte();
  if ((options & 1) != 0) {
    const bool uses = has && ends.ends[t]->connections.back().connection->terms().timestamps;
    add_timestamps(*p,
                   uses && (options & 2) != 0 ? static_cast<std::uint32_t>(ends.now.ps() / 1'000'000'000) : in.quad(),
                   (options & 4) != 0 ? in.quad() : 0);
  }
  if ((options & 0x18) == 0x18) set_sack(ends, *p, n, in);
  if (p->has_flag(tcp_flag::Syn)) set_syn_options(ends, *p, in);
  if (p->has_flag(tcp_flag::Urg)) ends.domain.pool.extend(*p).urgent_pointer = in.word();
  p->tos = options >> 6;
  return p;
}

void mutate(TwoEnds& ends, int to, Packet& p, Input& in) {
  const Numbers n(ends, to);
  for (std::uint32_t changes = 1 + in.below(3); changes > 0; --changes) {
    switch (in.below(12)) {
      case 0: p.seq = about(p.seq, in); break;
      case 1: p.seq = n.sequence(in); break;
      case 2: p.ack = about(p.ack, in); break;
      case 3: p.ack = n.acknowledgment(in); break;
      case 4: p.window = (in.byte() & 1) != 0 ? 0 : in.word(); break;
      case 5: p.flags ^= static_cast<std::uint8_t>(1u << in.below(8)); break;
      case 6: set_sack(ends, p, n, in); break;
      case 7:
        if (p.has(mark::Timestamps)) {
          p.ts_val += in.word() - 0x4000u;
        } else {
          add_timestamps(p, in.quad(), in.quad());
        }
        break;
      case 8: p.ts_ecr += in.word() - 0x8000u; break;
      case 9: set_length(p, length_from(in)); break;
      case 10: set_syn_options(ends, p, in); break;
      default: p.marks &= static_cast<std::uint8_t>(~mark::Timestamps); break;
    }
  }
}

}  // namespace wirelab::tcp::fuzz
