// How a connection opens and how it ends.

#include "tcp/connection.h"

#include <algorithm>
#include <utility>

#include "tcp/layer.h"
#include "tcp/segment.h"
#include "tcp/segment_size.h"

namespace wirelab::tcp {

Connection::Connection(Layer& layer, const FourTuple& id, std::shared_ptr<const TcpConfig> config, std::uint32_t index,
                       Time now)
    : layer_(&layer),
      deadlines_(layer.timers(), *this),
      id_(id),
      sender_(*config),
      observer_(&ConnectionObserver::none()),
      config_(std::move(config)),
      index_(index) {
  opening_.at = now;
  send_buffer_.start(*config_);
  notsent_lowat_ = static_cast<std::uint32_t>(config_->notsent_lowat.count());
  nagle_.nodelay = config_->nodelay;
  nagle_.cork = config_->cork;
  keepalive_ = config_->keepalive;
  user_timeout_ = config_->user_timeout;
  const int path = layer.output().path_mtu(id.remote, now) - kFixedHeaders;
  path_payload_ = static_cast<std::uint16_t>(std::clamp<int>(path, kMinMss, kMaxMss));
  opening_.announced_mss = static_cast<std::uint16_t>(std::min<std::uint32_t>(own_mss_limit(*config_), path_payload_));
  opening_.offered = initial_window(*config_, opening_.announced_mss);
  ts_.offset = timestamp_offset(id, layer.seeds_.timestamp_secret);
  // Any number will do that is not 0 and differs from that of other connections with near certainty.
  stream_ = static_cast<std::uint32_t>(keyed_hash(id, layer.seeds_.port_secret, 0x73747265616dull)) | 1u;
}

// Both ends, the programs and all tables together stay below 4 KB for each connection (tests/bench/memory.cpp).
static_assert(sizeof(Connection) <= 880 && sizeof(Flight) <= 680);

Connection::~Connection() { deadlines_.detach(layer_->timers()); }

void Connection::become(State to, Cause cause, Time now) {
  const State from = std::exchange(state_, to);
  changes_ |= change::State;
  observer_->on_state({tag_, local(), remote(), from, to, cause, now});
}

void Connection::open_actively(Time now) {
  iss_ = initial_sequence_number(id_, layer_->seeds_.isn_secret[0], layer_->seeds_.isn_secret[1], now);
  nagle_.start(iss_);
  snd_up_ = iss_;
  become(State::SynSent, Cause::Open, now);
  opening_.is_active = true;
  opening_.wants_ecn = opening_.asks_ecn = config_->ecn || sender_.cc_needs().ecn;
  send_syn(now);
  set_timer(Retransmit, syn_timeout(), now);
  finish(now);
}

void Connection::start_receiver(Seq irs, Time now) {
  const auto mss = opening_.announced_mss - option_bytes();
  receiver_.start(*config_, opening_.offered, terms_.rcv_wscale, mss, irs, now);
  if (config_->rcvbuf_skbs) {
    receiver_.acks.expect_at_most(std::min(terms_.peer_mss, path_payload_) - std::min(option_bytes(), 12u));
  }
  rcv_up_ = last_ack_sent_ = receiver_.rcv_nxt();
  ts_recent_at_ = last_received_ = now;
  receiver_.acks.set_last_data(now);
}

void Connection::take_over(const SynReceived& record) {
  iss_ = record.iss_;
  nagle_.start(iss_);
  snd_up_ = iss_;
  opening_.syn_sent = true;
  terms_ = record.terms_;
  ts_ = record.ts_;
  opening_.announced_mss = record.announced_mss_;
  opening_.offered.rcv_wnd = record.rcv_wnd_;
  opening_.at = record.sent_;
  opening_.resent = record.resent_;
  opening_.timeouts = record.timeouts_;
  opening_.by_cookie = record.is_cookie_;
  state_ = State::SynReceived;
  if (tally_ != nullptr) tally_->in = 1;  // the SYN
}

void Connection::open_passively(const SynReceived& record, const Packet& ack, Time now) {
  take_over(record);
  start_receiver(record.irs_, now);
  establish(ack, std::uint32_t{ack.window} << terms_.snd_wscale, Cause::Ack, now);
}

void Connection::start_sender(const Packet& p, std::uint32_t snd_wnd, std::uint32_t syn_data_acked, Time now) {
  SenderStart start;
  start.now = now;
  start.iss = iss_;
  start.syn_data_acked = syn_data_acked;
  start.smss = full_segment(*config_, std::min(terms_.peer_mss, path_payload_), option_bytes(), snd_wnd);
  start.snd_wnd = snd_wnd;
  start.wl1 = p.seq;
  start.wl2 = p.ack;
  start.sack = terms_.sack;
  start.timestamps = terms_.timestamps;
  start.ecn = terms_.ecn;
  // Linux counts all that were sent again once a timer was among the reasons.
  const bool counts = opening_.timeouts != 0 || opening_.is_active;
  if (counts && (!terms_.timestamps || !opening_.is_first_answered(p, ts_))) start.syn_resent = opening_.resent;
  start.owes_cwr = terms_.ecn && opening_.wants_ecn && opening_.timeouts != 0;
  if (!half_open_) start.handshake_rtt = opening_.rtt(p, terms_.timestamps ? &ts_ : nullptr, now);
  start.random_key = keyed_hash(id_, layer_->seeds_.port_secret, 0x70616365ull);
  sender_.start(start);
  started_ = true;
  start_mtu_probing();
  begin_pacing();
}

void Connection::establish(const Packet& p, std::uint32_t snd_wnd, Cause cause, Time now) {
  const std::uint32_t acked = syn_data() == 0 ? 0 : static_cast<std::uint32_t>(p.ack - (iss_ + 1));
  start_sender(p, snd_wnd, acked, now);
  send_buffer_.on_acked(acked);
  if (acked < syn_data()) {
    // A SYN-ACK that leaves data out says that the peer did not take it; in a simultaneous open it says nothing yet.
    const bool lost = state_ == State::SynSent;
    sender_.add_syn_data(now, opening_.at, syn_data() - acked, lost);
  }
  deadlines_.clear(Retransmit);
  changes_ |= change::Established;
  become(State::Established, cause, now);
  if (keepalive_) set_timer(Keepalive, config_->keepalive_time, now);
  if (fin_wanted_) become(State::FinWait1, Cause::Close, now);  // closed during a simultaneous open
}

// ---- The end

/// The peer is silent for too long. What the network has told meanwhile may be why.
void Connection::time_out(Time now) {
  fail(soft_error_ != Error::None ? soft_error_ : Error::TimedOut, Cause::Timeout, now);
}

void Connection::fail(Error error, Cause cause, Time now) {
  error_ = error;
  reset_ = true;
  if (notices_) notices_->on_end(now);
  become(State::Closed, cause, now);
  leave_table();
}

void Connection::leave_table() {
  deadlines_.clear_all();
  if (half_open_) leave_fast_open_queue();
  if (!in_table_) return;
  in_table_ = false;
  layer_->table_.erase(id_);
}

void Connection::enter_time_wait(Cause cause, Time now) {
  if (receiver_.acks.is_pending()) send_ack(now);  // of the peer's FIN; the record has no way to know of it
  become(State::TimeWait, cause, now);
  leave_table();
  TimeWait& wait = layer_->time_waits_.make(*layer_, id_);
  layer_->table_.insert(id_, DemuxTable::Kind::TimeWait, &wait);
  wait.snd_nxt_ = snd_nxt();
  wait.rcv_nxt_ = receiver_.rcv_nxt();
  wait.rcv_wnd_ = receiver_.rcv_wnd();
  wait.window_ = static_cast<std::uint16_t>(receiver_.rcv_wnd() >> terms_.rcv_wscale);
  wait.ts_ = ts_;
  wait.timestamps_ = terms_.timestamps;
  wait.lasts_ = 2 * config_->msl;
  wait.ratelimit_ = config_->invalid_ratelimit;
  wait.reuse_ = config_->tw_reuse;
  wait.rfc1337_ = config_->rfc1337;
  wait.observer_ = observer_;
  wait.tag_ = tag_;
  wait.begin(now);
}

void Connection::finish(Time now) {
  if (started_ && state_ >= State::SynReceived && state_ != State::TimeWait) {
    transmit(now);
    if (wants_room_ && (changes_ & (change::Ack | change::DupAck)) != 0) widen_send_buffer(now);
    acknowledge_if_due(now);
    copy_rto_deadline();
    arm_persist_if_needed(now);
  }
  const ChangeKinds changes = std::exchange(changes_, 0);
  if ((changes & interest_) != 0) observer_->on_change(*this, changes, now);
  if (state_ == State::Closed || state_ == State::TimeWait) {
    if (orphan_) {
      layer_->destroy(*this, now);
      return;
    }
  } else {
    arm();
  }
  tell_user(now);
}

void Connection::tell_user(Time now) {
  const Readiness is = readiness();
  if (wants_room_ && (is & ready::Writable) != 0) {
    wants_room_ = false;
    ++room_made_;
    if (sender_.times().kind() == SendTimes::Kind::BufferLimited) sender_.note_time(SendTimes::Kind::Busy, now);
  }
  const auto became = static_cast<Readiness>(is & ~told_);
  told_ = is;
  if (became != 0 && user_ != nullptr) user_->on_readiness(*this, became, now);
}

void Connection::on_unreachable(Error error, bool hard, bool no_way, Seq quoted, Time now) {
  // RFC 5927 section 4.1: what is quoted must be in flight.
  if (quoted < (half_open_ ? iss_ : snd_una()) || quoted > snd_nxt()) {
    ++layer_->counters_.out_of_window_icmps;
    return;
  }
  // A Fast Open child that nobody has accepted is still a handshake.
  const bool is_opening = state_ == State::SynReceived && (half_open_ ? unaccepted_ : hard);
  if (state_ == State::SynSent || is_opening) {
    fail(error, Cause::Icmp, now);  // RFC 5461 section 4: a connection being made ends at the first report, as in Linux
    finish(now);
    return;
  }
  if (no_way && started_ && !half_open_ && quoted == sender_.snd_una()) sender_.revert_back_off(now);
  // In synchronized states it only explains a later timeout (RFC 1122 section 4.2.3.9, RFC 5927), unless somebody asks.
  (config_->icmp_errors ? error_ : soft_error_) = error;
  finish(now);
}

void Connection::on_fragmentation_needed(std::uint16_t mtu, Seq quoted, Time now) {
  if (!config_->mtu_discovery || quoted < snd_una() || quoted > snd_nxt()) return;
  const int least = static_cast<int>(config_->min_pmtu.count());
  const auto payload = static_cast<std::uint16_t>(std::max<int>(std::max<int>(mtu, least) - kFixedHeaders, kMinMss));
  if (payload >= path_payload_) return;
  path_payload_ = payload;
  if (!started_) {
    opening_.announced_mss = std::min(opening_.announced_mss, payload);
    if (state_ != State::SynSent || syn_data() == 0) return;
    // The SYN was too long for the path: again at once, without its data.
    opening_.count_resent();
    send_syn(now);
    set_timer(Retransmit, syn_timeout(), now);
    return finish(now);
  }
  const std::uint32_t smss = std::min<std::uint32_t>(sender_.smss(), payload - option_bytes());
  if (smss == sender_.smss()) return;
  sender_.set_smss(now, smss, true);
  changes_ |= change::Mtu;
  finish(now);
}

}  // namespace wirelab::tcp
