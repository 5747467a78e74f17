#pragma once
// What Linux 6.18 lets a TCP socket's options be: which values are taken, which errno the others have, and what is read
// back before anything was set. Of socket(7), tcp(7) and ip(7), measured on the kernel itself.

#include <cstdint>

namespace wirelab::script {

namespace option_level {
inline constexpr std::int64_t Ip = 0, Socket = 1, Tcp = 6;
}
namespace so {
inline constexpr std::int64_t ReuseAddr = 2, Type = 3, Error = 4, SndBuf = 7, RcvBuf = 8, KeepAlive = 9, OobInline = 10,
                              Linger = 13, RcvLowat = 18, AcceptConn = 30, SndBufForce = 32, RcvBufForce = 33,
                              Timestamping = 37, Protocol = 38, Domain = 39, MaxPacingRate = 47, ZeroCopy = 60;
}
namespace topt {
inline constexpr std::int64_t NoDelay = 1, MaxSeg = 2, Cork = 3, KeepIdle = 4, KeepIntvl = 5, KeepCnt = 6, SynCnt = 7,
                              Linger2 = 8, DeferAccept = 9, WindowClamp = 10, QuickAck = 12, Congestion = 13,
                              ThinLinearTimeouts = 16, Md5Sig = 14, UserTimeout = 18, FastOpen = 23, NotsentLowat = 25,
                              FastOpenConnect = 30, FastOpenKey = 33, FastOpenNoCookie = 34, Inq = 36, RtoMaxMs = 44,
                              RtoMinUs = 45, DelackMaxUs = 46;
}
namespace iopt {
inline constexpr std::int64_t Tos = 1, Ttl = 2, MtuDiscover = 10, RecvErr = 11, Mtu = 14;
}

struct OptionRule {
  enum class Form : std::uint8_t {
    Flag,      ///< any number: 0 or 1
    Number,    ///< from least to most; EINVAL beyond
    ReadOnly,  ///< ENOPROTOOPT
  };
  enum class Effect : std::uint8_t {
    None,     ///< it is kept and read back, and changes nothing of what is simulated
    Acts,     ///< somebody does something about it
    Refused,  ///< it would, which is not modelled: only the value that it has is taken
  };
  std::int64_t level, name;
  Form form;
  Effect effect;
  std::int64_t initial = 0, least = 0, most = 0;
};

/// nullptr: the option is not known here.
const OptionRule* find_option_rule(std::int64_t level, std::int64_t name);

}  // namespace wirelab::script
