#pragma once
// TCP of one host. Segments come in here and are given to the connection, listener or small record that their
// addresses and ports name; what nobody wants is answered with a RST (RFC 9293 section 3.10.7.1).
//
// This folder follows RFC 9293 with 1122, 2018, 2883, 3042, 3168, 5681, 5961, 6191, 6298, 6528, 6582, 6675, 6928, 7323,
// 7413 and 9937, section 3.6 of RFC 4987, and Linux 6.18 where that differs and the configuration says so. It knows
// packets and time; it knows nothing of routes, sockets, scenarios or files. It sends through SegmentOutput, which the
// node connects to IP.

#include <cstdint>
#include <memory>
#include <vector>

#include "core/timers.h"
#include "tcp/config.h"
#include "tcp/connection_user.h"
#include "tcp/demux.h"
#include "tcp/errors.h"
#include "tcp/fast_open.h"
#include "tcp/fast_open_cache.h"
#include "tcp/isn.h"
#include "tcp/listener.h"
#include "tcp/observer.h"
#include "tcp/output.h"
#include "tcp/ports.h"
#include "tcp/receiver.h"
#include "tcp/small_records.h"
#include "tcp/syn_cookie.h"
#include "tcp/waking.h"

namespace wirelab::tcp {

/// Numbers drawn from the run's seed, different for each host.
struct LayerSeeds {
  std::uint64_t isn_secret[2] = {1, 2};  ///< RFC 6528's secret key
  std::uint64_t port_secret = 3;         ///< RFC 6056
  std::uint64_t timestamp_secret = 4;    ///< offsets of the timestamp clocks
  Duration timer_phase{};                ///< of the kernel's tick, below one tick
};

struct OpenOptions {
  Endpoint local{};  ///< unspecified address: by route; port 0: an ephemeral one
  Endpoint remote{};
  std::shared_ptr<const TcpConfig> config;
  ConnectionUser* user = nullptr;
  ConnectionObserver* observer = nullptr;  ///< nullptr: none
  std::uint32_t tag = 0;                   ///< the observer's own
  std::optional<FastOpenRequest> fast_open = {};
};
struct Opened {
  Connection* connection = nullptr;
  Error error = Error::None;  ///< None: the SYN has left
  std::int64_t taken = 0;     ///< bytes of the Fast Open request that it carries
};
struct Listening {
  Listener* listener = nullptr;
  Error error = Error::None;
};

/// What happened on this host, as in Linux's TcpExt.
struct LayerCounters {
  std::uint64_t segments_in = 0, segments_out = 0, resets_out = 0, resets_in = 0;
  std::uint64_t challenge_acks = 0, paws_drops = 0, unacceptable = 0, no_listener = 0, corrupt = 0;
  std::uint64_t syn_drops = 0, listen_overflows = 0, time_waits = 0, out_of_window_icmps = 0;
  ReceiveCounters receive;
  std::uint64_t syn_cookies_sent = 0, syn_cookies_received = 0, syn_cookies_failed = 0;
  std::uint64_t fast_opens_active = 0, fast_opens_passive = 0, fast_open_fallbacks = 0;
};

class Layer {
 public:
  Layer(SegmentOutput& output, TimerHeap& timers, const LayerSeeds& seeds);
  ~Layer();
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  /// Active open. Errors: AddrInUse (the same four-tuple exists), AddrNotAvail (not our address, or no port is free),
  /// NetUnreach (no route).
  Opened connect(const OpenOptions& options, Time now);
  /// Passive open; an unspecified address takes connections to any. Errors: AddrInUse, AddrNotAvail.
  Listening listen(Endpoint local, std::shared_ptr<const TcpConfig> config, ListenerUser* user,
                   ConnectionObserver* observer, std::uint32_t tag, Time now);

  /// A segment for this host has arrived. Takes the packet. A corrupt one is dropped as the checksum would.
  [[gnu::hot]] void receive(Packet* p, Time now);
  /// An ICMP error that quotes a segment of ours (RFC 1122 section 4.2.3.9, RFC 5927): `mtu` with fragmentation needed.
  void on_icmp_error(const IcmpQuote& quote, std::uint8_t type, std::uint8_t code, std::uint16_t mtu, Time now);

  /// From now on a capture holds each packet that comes, until it is read (Receiver::set_captured).
  void set_captured() { is_captured_ = true; }
  void on_capture_read();
  /// The host's interface or route has another MTU now: what is sent from here on goes by it.
  void on_path_changed(Time now);
  const LayerCounters& counters() const { return counters_; }
  std::size_t connections() const { return connections_.size() - free_connections_.size(); }
  std::size_t handshakes() const { return handshakes_.live(); }
  std::size_t time_waits() const { return time_waits_.live(); }
  /// Cookies of servers that this host has talked to.
  FastOpenCache& fast_open_cache() { return fast_open_cache_; }
  SegmentOutput& output() const { return *output_; }
  TimerHeap& timers() const { return *timers_; }

 private:
  friend class Connection;
  friend class Listener;
  friend class SynReceived;
  friend class TimeWait;

  /// `iss`: where we begin, if that is not free to choose; then the SYN comes from one that was here before.
  void on_new_syn(Listener& listener, const Packet& syn, const FourTuple& id, Time now, std::optional<Seq> iss = {});
  /// RFC 7413 section 4.2.2: true if the SYN has made a connection. `cookie`: what the SYN-ACK is to carry.
  bool open_fast(Listener& listener, const Packet& syn, const FourTuple& id, std::optional<FastOpenOption>& cookie,
                 Time now);
  FastOpenKeys fast_open_keys(const Listener& listener) const;
  SynCookieKey syn_cookie_key() const { return {seeds_.isn_secret[0], ~seeds_.isn_secret[1]}; }
  /// A connection that belongs to the listener until it is accepted; not in its queue yet.
  Connection& make_accepted(Listener& listener, const FourTuple& id, Time now);
  /// Answers a SYN and keeps nothing of it.
  void send_syn_cookie(Listener& listener, const Packet& syn, const FourTuple& id, Time now);
  /// An ACK at a listener. False: it brings no good cookie. Else the packet is taken, whether there was room or not.
  bool take_syn_cookie(Listener& listener, Packet* ack, const FourTuple& id, Time now);
  Connection* promote(SynReceived& record, const Packet& ack, Time now);
  void answer_unknown(const Packet& p, Time now);
  Listener* find_listener(Endpoint local);
  Connection& make_connection(const FourTuple& id, std::shared_ptr<const TcpConfig> config, Time now);
  void destroy(Connection& connection, Time now);
  void close_listener(Listener& listener, Time now);
  void send(Packet* p, Time now);
  /// RFC 5961 section 7: at most `limit` challenge ACKs in a second.
  bool may_challenge(std::uint32_t limit, Time now);

  // What every segment touches comes first.
  SegmentOutput* output_;
  TimerHeap* timers_;
  Waking waking_;
  DemuxTable table_;
  LayerCounters counters_;

  LayerSeeds seeds_;
  PortChooser ports_;
  FastOpenCache fast_open_cache_;
  SmallRecords<SynReceived> handshakes_;
  SmallRecords<TimeWait> time_waits_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::uint32_t> free_connections_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  Time challenge_window_ = Time::from_ps(-1);  // when the second began; below 0: never
  std::uint32_t challenges_sent_ = 0;
  bool is_captured_ = false;
};

}  // namespace wirelab::tcp
