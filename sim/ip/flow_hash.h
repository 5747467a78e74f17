#pragma once
// The hash by which a multipath route picks a member: fixed, so that a flow keeps its path in every run on every
// machine, and salted by router, so that routers in a row do not all pick alike.

#include <cstdint>

#include "wire/packet.h"

namespace wirelab {

/// A bijection in which every input bit reaches every output bit (the finaliser of SplitMix64).
constexpr std::uint64_t mix64(std::uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9u;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

/// Addresses, protocol and ports; of fragments and ICMP, which show no ports, addresses and protocol.
inline std::uint64_t flow_hash(const Packet& p, std::uint64_t salt) {
  const std::uint64_t addresses = std::uint64_t{p.src.bits()} << 32 | p.dst.bits();
  std::uint64_t rest = static_cast<std::uint64_t>(p.protocol);
  if (!p.has(mark::Fragment) && p.protocol != Protocol::Icmp) {
    rest |= std::uint64_t{p.sport} << 32 | std::uint64_t{p.dport} << 16;
  }
  return mix64(mix64(addresses ^ salt) + rest * 0x9e3779b97f4a7c15u);
}

/// Even over 0 .. members - 1.
inline std::uint32_t pick_member(std::uint64_t hash, std::uint32_t members) {
  return static_cast<std::uint32_t>((hash >> 32) * members >> 32);
}

}  // namespace wirelab
