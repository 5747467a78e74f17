#include "script/option_rules.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace wirelab::script {

namespace {

using Form = OptionRule::Form;
using Effect = OptionRule::Effect;

constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t kLongestKeepalive = 32767;
constexpr std::int64_t kS = option_level::Socket, kT = option_level::Tcp, kI = option_level::Ip;

constexpr OptionRule kRules[] = {
    // SOL_SOCKET
    {kS, 1 /* SO_DEBUG */, Form::Flag, Effect::None},
    {kS, so::ReuseAddr, Form::Flag, Effect::None},
    {kS, so::Type, Form::ReadOnly, Effect::None, 1},
    {kS, so::Error, Form::ReadOnly, Effect::Acts},
    {kS, 5 /* SO_DONTROUTE */, Form::Flag, Effect::None},
    {kS, 6 /* SO_BROADCAST */, Form::Flag, Effect::None},
    {kS, so::SndBuf, Form::Number, Effect::Acts, 0, kLeast, kMost},
    {kS, so::RcvBuf, Form::Number, Effect::Acts, 0, kLeast, kMost},
    {kS, so::KeepAlive, Form::Flag, Effect::Acts},
    {kS, so::OobInline, Form::Flag, Effect::Acts},
    {kS, 11 /* SO_NO_CHECK */, Form::Flag, Effect::None},
    {kS, 12 /* SO_PRIORITY */, Form::Number, Effect::None, 0, kLeast, kMost},
    {kS, 15 /* SO_REUSEPORT */, Form::Flag, Effect::None},
    {kS, so::RcvLowat, Form::Number, Effect::Acts, 1, kLeast, kMost},
    {kS, 19 /* SO_SNDLOWAT */, Form::ReadOnly, Effect::None, 1},
    {kS, 29 /* SO_TIMESTAMP */, Form::Flag, Effect::Refused},
    {kS, so::AcceptConn, Form::ReadOnly, Effect::Acts},
    {kS, so::SndBufForce, Form::Number, Effect::Acts, 0, kLeast, kMost},
    {kS, so::RcvBufForce, Form::Number, Effect::Acts, 0, kLeast, kMost},
    {kS, 35 /* SO_TIMESTAMPNS */, Form::Flag, Effect::Refused},
    {kS, 36 /* SO_MARK */, Form::Number, Effect::None, 0, kLeast, kMost},
    {kS, so::Timestamping, Form::Number, Effect::Acts, 0, 0, kMost},
    {kS, so::Protocol, Form::ReadOnly, Effect::None, 6},
    {kS, so::Domain, Form::ReadOnly, Effect::None, 2},
    {kS, 40 /* SO_RXQ_OVFL */, Form::Flag, Effect::None},
    {kS, 43 /* SO_NOFCS */, Form::Flag, Effect::None},
    {kS, 44 /* SO_LOCK_FILTER */, Form::Flag, Effect::None},
    {kS, 45 /* SO_SELECT_ERR_QUEUE */, Form::Flag, Effect::None},
    {kS, 46 /* SO_BUSY_POLL */, Form::Number, Effect::None, 0, 0, kMost},
    {kS, so::MaxPacingRate, Form::Number, Effect::Acts, -1, kLeast, std::numeric_limits<std::uint32_t>::max()},
    {kS, 49 /* SO_INCOMING_CPU */, Form::Number, Effect::None, -1, kLeast, kMost},
    {kS, so::ZeroCopy, Form::Number, Effect::Acts, 0, 0, 1},
    {kS, 72 /* SO_BUF_LOCK */, Form::Number, Effect::Refused, 0, 0, 3},
    {kS, 74 /* SO_TXREHASH */, Form::Number, Effect::None, 1, 0, 1},

    // SOL_TCP
    {kT, topt::NoDelay, Form::Flag, Effect::Acts},
    {kT, topt::MaxSeg, Form::Number, Effect::Acts, 536, 48, 32767},
    {kT, topt::Cork, Form::Flag, Effect::Acts},
    {kT, topt::KeepIdle, Form::Number, Effect::Acts, 0, 1, kLongestKeepalive},
    {kT, topt::KeepIntvl, Form::Number, Effect::Acts, 0, 1, kLongestKeepalive},
    {kT, topt::KeepCnt, Form::Number, Effect::Acts, 0, 1, 127},
    {kT, topt::SynCnt, Form::Number, Effect::Acts, 0, 1, 127},
    {kT, topt::Linger2, Form::Number, Effect::Acts, 60, kLeast, kMost},
    {kT, topt::DeferAccept, Form::Number, Effect::Acts, 0, kLeast, kMost},
    {kT, topt::WindowClamp, Form::Number, Effect::Acts, 0, kLeast, kMost},
    {kT, topt::QuickAck, Form::Flag, Effect::Acts, 1},
    {kT, topt::ThinLinearTimeouts, Form::Number, Effect::Acts, 0, 0, 1},
    {kT, 17 /* TCP_THIN_DUPACK */, Form::Number, Effect::None, 0, 0, 1},
    {kT, topt::UserTimeout, Form::Number, Effect::Acts, 0, 0, kMost},
    {kT, 19 /* TCP_REPAIR */, Form::Number, Effect::Refused, 0, -1, 1},
    {kT, topt::FastOpen, Form::Number, Effect::Acts, 0, kLeast, kMost},
    {kT, topt::NotsentLowat, Form::Number, Effect::Acts, 0, kLeast, kMost},
    {kT, 27 /* TCP_SAVE_SYN */, Form::Number, Effect::None, 0, 0, 2},
    {kT, topt::FastOpenConnect, Form::Number, Effect::Acts, 0, kLeast, kMost},
    {kT, topt::FastOpenNoCookie, Form::Number, Effect::Acts, 0, kLeast, kMost},
    {kT, topt::Inq, Form::Number, Effect::Acts, 0, 0, 1},
    {kT, 37 /* TCP_TX_DELAY */, Form::Number, Effect::Refused, 0, 0, kMost},
    {kT, topt::RtoMaxMs, Form::Number, Effect::Acts, 0, 1000, 120000},
    {kT, topt::RtoMinUs, Form::Number, Effect::Acts, 0, 1, 200000},
    {kT, topt::DelackMaxUs, Form::Number, Effect::Acts, 200000, 1, 200000},

    // SOL_IP. TCP has its own say on the ECN bits of TOS.
    {kI, iopt::Tos, Form::Number, Effect::Acts, 0, kLeast, kMost},
    {kI, iopt::Ttl, Form::Number, Effect::Acts, 64, -1, 255},
    {kI, 8 /* IP_PKTINFO */, Form::Flag, Effect::None},
    {kI, iopt::MtuDiscover, Form::Number, Effect::Acts, 1, 0, 5},
    {kI, iopt::RecvErr, Form::Flag, Effect::Acts},
    {kI, 12 /* IP_RECVTTL */, Form::Flag, Effect::None},
    {kI, 13 /* IP_RECVTOS */, Form::Flag, Effect::None},
    {kI, iopt::Mtu, Form::ReadOnly, Effect::Acts},
    {kI, 15 /* IP_FREEBIND */, Form::Flag, Effect::None},
    {kI, 19 /* IP_TRANSPARENT */, Form::Flag, Effect::None},
    {kI, 21 /* IP_MINTTL */, Form::Number, Effect::Refused, 0, 0, 255},
    {kI, 24 /* IP_BIND_ADDRESS_NO_PORT */, Form::Flag, Effect::None},
};

}  // namespace

const OptionRule* find_option_rule(std::int64_t level, std::int64_t name) {
  const auto* const found = std::find_if(std::begin(kRules), std::end(kRules),
                                         [&](const OptionRule& r) { return r.level == level && r.name == name; });
  return found == std::end(kRules) ? nullptr : found;
}

}  // namespace wirelab::script
