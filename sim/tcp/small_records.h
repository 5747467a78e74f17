#pragma once
// What stands in the demultiplexing table for a connection that is not one yet, or no longer: so that ten thousand
// closed connections cost a megabyte, and a flood of SYNs not much more.

#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "core/timers.h"
#include "tcp/answer_limit.h"
#include "tcp/config.h"
#include "tcp/demux.h"
#include "tcp/observer.h"
#include "tcp/timestamps.h"
#include "wire/packet.h"

namespace wirelab::tcp {

class Layer;
class Listener;

/// What the SYNs of both sides say, joined: RFC 9293 section 3.2, RFC 7323, RFC 2018, RFC 3168.
struct Terms {
  std::uint16_t peer_mss = kDefaultMss;
  std::uint8_t snd_wscale = 0, rcv_wscale = 0;
  bool scaling = false, sack = false, timestamps = false, ecn = false;
};

/// A handshake at a listener: the SYN has come and was answered (SYN-RECEIVED).
class SynReceived final : public TimerClient {
 public:
  SynReceived(Layer& layer, Listener& listener, const FourTuple& id) : layer_(&layer), listener_(&listener), id_(id) {}

  void receive(Packet* p, Time now);
  void on_timer(Time now) override;
  /// `ends`: the error is one that ends a handshake; the rest is left to the timer.
  void on_icmp_error(bool ends, Seq quoted, Time now);

 private:
  friend class Layer;
  friend class Connection;
  friend class Listener;

  /// What the SYN says, and what we answer: nothing is sent.
  void learn(const Packet& syn, Time now);
  /// Answers the SYN, with a Fast Open cookie and from a sequence number if these are given, and waits.
  void begin(const Packet& syn, const std::optional<FastOpenOption>& cookie, std::optional<Seq> iss, Time now);
  /// Answers the SYN with a cookie, which stands for the record: section 3.6 of RFC 4987.
  void send_cookie(const Packet& syn, Time now);
  /// What send_cookie knew, as far as the cookie's `ack` brings it back. False: it names an option that is switched
  /// off.
  bool recall(const Packet& ack, std::uint16_t mss, Time now);
  void send_syn_ack(Time now, const std::optional<FastOpenOption>& cookie = {});
  void resend_syn_ack(Time now);
  bool passes(const Packet& p, Time now);
  bool may_answer(const Packet& p, Time now);
  void send_ack(Time now);
  void arm(Time now);
  std::uint16_t mss_to_announce(Time now) const;
  std::uint32_t deferred_timeouts() const;
  const TcpConfig& config() const;
  /// Leaves the table, the timers and the listener's count; the record is gone.
  void forget();
  void end(Cause cause, Time now);
  void report(State from, State to, Cause cause, Time now) const;

  Layer* layer_;
  Listener* listener_;
  FourTuple id_;
  Seq iss_, irs_;
  Time deadline_ = Time::never();
  Time sent_{};  // the first SYN-ACK, for the round-trip sample
  AnswerLimit answers_;
  TimerHeap::Slot slot_ = 0;
  Timestamps ts_;
  std::uint32_t ts_first_ = 0, ts_last_ = 0;  // on the first SYN-ACK and on the last
  std::uint32_t rcv_wnd_ = 0;
  std::uint16_t announced_mss_ = 0;
  std::uint16_t snd_wnd_ = 0;  // of the SYN, never scaled
  Terms terms_;
  std::uint8_t timeouts_ = 0, resent_ = 0;
  bool acked_ = false;      // the handshake is over but for the data that defer_accept waits for
  bool is_cookie_ = false;  // not in any table: made for a moment, to answer a SYN or to take an ACK
};
static_assert(sizeof(SynReceived) <= 128);

/// RFC 9293 section 3.4.2: the end that closed first waits for what may still be under way.
class TimeWait final : public TimerClient {
 public:
  TimeWait(Layer& layer, const FourTuple& id) : layer_(&layer), id_(id) {}

  void receive(Packet* p, Time now);
  void on_timer(Time now) override;

 private:
  friend class Layer;
  friend class Connection;

  void renew(Packet* syn, Time now);
  bool may_be_reused_by(const Packet& syn) const;
  /// By a connection opened from this side: RFC 6191 wants a later timestamp, which takes a second here as in Linux.
  /// `Time::never()`: not at all.
  Time reusable_from() const;
  void begin(Time now);
  void restart(Time now);
  void send_ack(Time now);
  void end(Cause cause, Time now);

  Layer* layer_;
  FourTuple id_;
  Seq snd_nxt_, rcv_nxt_;
  std::uint32_t rcv_wnd_ = 0;
  Timestamps ts_;
  Time deadline_ = Time::never();
  AnswerLimit answers_;
  Time began_{};
  Duration lasts_{};
  Duration ratelimit_{};
  ConnectionObserver* observer_ = nullptr;
  std::uint32_t tag_ = 0;
  TimerHeap::Slot slot_ = 0;
  std::uint16_t window_ = 0;  // header field of the last ACK
  bool timestamps_ = false, reuse_ = true, rfc1337_ = false;
};
static_assert(sizeof(TimeWait) <= 128);

/// A pool with addresses that stay.
template <class T>
class SmallRecords {
 public:
  SmallRecords() = default;
  SmallRecords(const SmallRecords&) = delete;
  SmallRecords& operator=(const SmallRecords&) = delete;

  template <class... A>
  T& make(A&&... arguments) {
    if (free_.empty()) grow();
    void* const place = free_.back();
    free_.pop_back();
    ++live_;
    return *::new (place) T(std::forward<A>(arguments)...);
  }
  void release(T& record) {
    record.~T();
    free_.push_back(&record);
    --live_;
  }
  std::size_t live() const { return live_; }

 private:
  static constexpr std::size_t kFirstSlab = 4, kLargestSlab = 32;  // most hosts need few, or none
  struct alignas(T) Place {
    std::byte bytes[sizeof(T)];
  };
  void grow() {
    const std::size_t n = slabs_.size() < 3 ? kFirstSlab << slabs_.size() : kLargestSlab;
    slabs_.push_back(std::make_unique_for_overwrite<Place[]>(n));
    for (std::size_t i = n; i > 0; --i) free_.push_back(&slabs_.back()[i - 1]);
  }

  std::vector<std::unique_ptr<Place[]>> slabs_;
  std::vector<void*> free_;
  std::size_t live_ = 0;
};

}  // namespace wirelab::tcp
