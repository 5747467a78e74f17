#pragma once
// A TCP segment in the script's notation: `P. 1:501(500) ack 1 win 300 <nop,nop,TS val 9 ecr 4>`. The same type holds
// what a script writes and what was seen, in the script's numbers, so that the two print alike.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace wirelab::script {

struct TcpOption {
  enum class Kind : std::uint8_t {
    Eol,
    Nop,
    Mss,
    WindowScale,
    SackPermitted,
    Sack,
    Timestamps,
    FastOpen,
    Md5,
    Unknown
  };
  using Block = std::pair<std::uint32_t, std::uint32_t>;

  Kind kind = Kind::Nop;
  std::uint32_t value = 0, echo = 0;  ///< MSS, shift, TSval; TSecr. Unknown: the kind and the length
  std::vector<Block> blocks;
  std::vector<std::uint8_t> cookie{};  ///< of Fast Open, `value` being 1 for the experimental option; MD5's digest

  friend bool operator==(const TcpOption&, const TcpOption&) = default;
};

/// Bytes of options as a list, in the order in which they stand.
std::vector<TcpOption> read_options(std::span<const std::uint8_t> bytes);
/// Bytes that the options take, without padding.
std::size_t bytes_of(const std::vector<TcpOption>& options);
std::string to_text(const std::vector<TcpOption>& options);

/// The ECN field of the IP header as scripts name it.
enum class IpEcn : std::uint8_t { NotCompared, NoEcn, Ect0, Ect1, Ce, Ect01 };

/// Header bit beyond the eight of tcp_flag: AE, the old NS.
inline constexpr std::uint16_t kAe = 0x100;

struct Segment {
  std::uint16_t flags = 0;  ///< tcp_flag bits and kAe
  std::uint32_t start = 0, length = 0;
  std::optional<std::uint32_t> ack;
  std::optional<std::uint32_t> window;  ///< as in the header
  std::uint32_t urgent = 0;
  bool any_options = false;  ///< `<...>`
  std::vector<TcpOption> options;
  IpEcn ecn = IpEcn::NotCompared;

  bool has(std::uint16_t wanted) const { return (flags & wanted) != 0; }
};

std::string to_text(const Segment& s);

}  // namespace wirelab::script
