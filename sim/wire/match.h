#pragma once
// The words by which a scenario picks packets: `match` of a loss model and `deny` of a node.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "wire/packet.h"

namespace wirelab {

enum class Match : std::uint8_t { Any, Data, Syn, SynAck, Ack, Fin, Rst, Tcp, Udp, Icmp };
inline constexpr std::array<std::string_view, 10> kMatchWords = {"any", "data", "syn", "synack", "ack",
                                                                 "fin", "rst",  "tcp", "udp",    "icmp"};

constexpr std::string_view name_of(Match m) { return kMatchWords[static_cast<std::size_t>(m)]; }
constexpr std::optional<Match> match_from(std::string_view word) {
  for (std::size_t i = 0; i < kMatchWords.size(); ++i) {
    if (kMatchWords[i] == word) return static_cast<Match>(i);
  }
  return std::nullopt;
}

/// `data` is TCP or UDP with payload, `ack` a TCP segment with ACK alone and no payload, `syn` one without ACK.
/// Each fragment of a datagram answers for the whole.
constexpr bool matches(Match m, const Packet& p) {
  using namespace tcp_flag;
  const bool tcp = p.protocol == Protocol::Tcp;
  switch (m) {
    case Match::Any: return true;
    case Match::Data: return p.payload > 0 && (tcp || p.protocol == Protocol::Udp);
    case Match::Syn: return tcp && (p.flags & (Syn | Ack)) == Syn;
    case Match::SynAck: return tcp && (p.flags & (Syn | Ack)) == (Syn | Ack);
    case Match::Ack: return tcp && (p.flags & (Ack | Syn | Fin | Rst)) == Ack && p.payload == 0;
    case Match::Fin: return tcp && (p.flags & Fin) != 0;
    case Match::Rst: return tcp && (p.flags & Rst) != 0;
    case Match::Tcp: return tcp;
    case Match::Udp: return p.protocol == Protocol::Udp;
    case Match::Icmp: return p.protocol == Protocol::Icmp;
  }
  return false;
}

}  // namespace wirelab
