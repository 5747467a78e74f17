#include "bench.h"

#include <algorithm>
#include <cstdio>

#include "tcp/segment.h"

namespace wirelab::tcp::test {
namespace {

const Ipv4Address kHost(10, 0, 0, 1), kPeer(10, 0, 0, 2);

std::string flag_letters(std::uint8_t flags) {
  std::string s;
  const char letters[] = "FSRPAUEC";
  for (int i = 0; i < 8; ++i) {
    if ((flags & (1 << i)) != 0) s += letters[i];
  }
  return s;
}

}  // namespace

class TcpBench::Output final : public SegmentOutput {
 public:
  explicit Output(TcpBench& bench) : SegmentOutput(bench.domain), mtu(bench.setup.mtu), bench_(&bench) {}
  SendResult send(Packet* p, Time) override {
    bench_->capture(p);
    return {};
  }
  std::uint16_t path_mtu(Ipv4Address, Time) override { return mtu; }
  std::optional<Ipv4Address> source_for(Ipv4Address) override { return kHost; }
  bool is_own_address(Ipv4Address a) const override { return a == kHost; }

  std::uint16_t mtu;

 private:
  TcpBench* bench_;
};

TcpBench::TcpBench(BenchSetup s) : config(defaults(s.profile)), setup(s) {
  config.exact_timers = true;
  config.initial_window = s.initial_window;
  config.sack = s.sack;
  config.timestamps = s.timestamps;
  config.window_scaling = s.window_scaling;
  config.cc.name = s.cc;
  config.min_burst = 1;
  config.sndbuf_overhead = 0;
  output_ = std::make_unique<Output>(*this);
  timers = std::make_unique<TimerHeap>(scheduler_, 0);
  layer = std::make_unique<Layer>(*output_, *timers, LayerSeeds{});
}

TcpBench::~TcpBench() {
  if (testing::Test::HasFailure()) std::printf("%s", log_.c_str());
}

// ---- Opening

void TcpBench::connect() {
  const Opened o =
      layer->connect({{}, {kPeer, peer_port}, std::make_shared<const TcpConfig>(config), this, this, 7}, now);
  ASSERT_EQ(o.error, Error::None);
  c = o.connection;
  host_port = c->local().port;
}

void TcpBench::listen() {
  host_port = 80;
  peer_port = 40000;
  listener = layer->listen({{}, host_port}, std::make_shared<const TcpConfig>(config), nullptr, this, 7, now).listener;
}

void TcpBench::establish() {
  connect();
  expect_sent({syn()});
  Seg answer = syn_ack()
                   .win(setup.peer_window)
                   .mss(static_cast<std::uint16_t>(setup.smss.count() + (setup.timestamps ? 12 : 0)));
  if (setup.sack) answer = answer.sackok();
  if (setup.window_scaling) answer = answer.wscale(0);
  receive(answer);
  expect_sent({ack(1)});
  states.clear();
  changes = 0;
}

void TcpBench::establish_passively() {
  listen();
  Seg open =
      syn().win(setup.peer_window).mss(static_cast<std::uint16_t>(setup.smss.count() + (setup.timestamps ? 12 : 0)));
  if (setup.sack) open = open.sackok();
  if (setup.window_scaling) open = open.wscale(0);
  if (setup.timestamps) open = open.ts(peer_ts_offset, 0);
  receive(open);
  expect_sent({syn_ack()});
  receive(ack(1).win(setup.peer_window));
  expect_silence();
  states.clear();
  changes = 0;
}

// ---- Time and the peer

void TcpBench::run_until(Time t) {
  while (scheduler_.next_time() <= t) {
    now = scheduler_.next_time();
    timers->run(now);
  }
  now = t;
}

TcpBench& TcpBench::after(Duration d) {
  run_until(now + d);
  return *this;
}

TcpBench& TcpBench::at(Time t) {
  run_until(t);
  return *this;
}

void TcpBench::receive(const Seg& s) {
  const bool has_syn = (s.flags & tcp_flag::Syn) != 0;
  const std::uint32_t first = s.seq_matters ? s.first : peer_nxt_;
  const std::uint32_t length = s.end > s.first ? s.end - s.first : 0;
  const bool has_ack = (s.flags & tcp_flag::Ack) != 0;
  const Seq acked = has_ack ? host_iss + s.ack_number.value_or(host_nxt_) : Seq(0);
  Packet* const p = make_bare_segment(domain, {kPeer, kHost, peer_port, host_port}, peer_iss + first, acked, s.flags,
                                      static_cast<std::uint16_t>(s.window.value_or(setup.peer_window)));
  p->payload = static_cast<std::uint16_t>(length);
  p->size = static_cast<std::uint16_t>(p->size + length);
  p->payload_stream = peer_stream;
  // Before the stream began: a negative offset, which only a hostile peer sends.
  p->payload_offset = static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(first - 1)});
  p->tos = s.ecn_field.value_or(0);
  const auto ms = static_cast<std::uint32_t>(now.ps() / Duration::ms(1).ps());
  if (s.ts_option.value_or(setup.timestamps)) {
    add_timestamps(*p, s.tsval.value_or(peer_ts_offset + ms), s.tsecr.value_or(last_host_ts_));
  }
  if (has_syn) {
    SynOptions o;
    o.mss = s.mss_option.value_or(0);
    o.window_scale = static_cast<std::uint8_t>(s.wscale_option.value_or(-1) + 1);
    o.sack = s.sackok_option.value_or(false);
    o.timestamps = p->has(mark::Timestamps);
    add_syn_options(domain.pool, *p, o);
  }
  if (s.sack_blocks) {
    Extension& e = domain.pool.extend(*p);
    for (const auto& [left, right] : *s.sack_blocks) e.sack[e.sack_count++] = {host_iss + left, host_iss + right};
  }
  if (s.urgent_offset) domain.pool.extend(*p).urgent_pointer = *s.urgent_offset;
  const std::uint32_t end = first + sequence_length(*p);
  if (static_cast<std::int32_t>(end - peer_nxt_) > 0 && (s.flags & tcp_flag::Rst) == 0) peer_nxt_ = end;
  give_to_host(p);
}

void TcpBench::give_to_host(Packet* p) {
  log_ += describe(*p, p->extension != 0 ? domain.pool.extension(*p) : Extension{}, false) + "\n";
  layer->receive(p, now);
  if (listener != nullptr && c == nullptr) {
    c = listener->accept();
    if (c != nullptr) {
      c->set_user(this);
      on_readiness(*c, c->readiness(), now);
    }
  }
}

void TcpBench::icmp(std::uint8_t type, std::uint8_t code, std::uint16_t mtu, std::optional<std::uint32_t> seq) {
  IcmpQuote q{};
  q.src = kHost, q.dst = kPeer, q.sport = host_port, q.dport = peer_port;
  q.protocol = 6;
  q.seq = host_iss + seq.value_or(c != nullptr ? c->relative_una() : 0);
  layer->on_icmp_error(q, type, code, mtu, now);
}

// ---- The application

std::int64_t TcpBench::app_write(Bytes n) { return c->send(n.count(), now).bytes; }
std::int64_t TcpBench::app_read(Bytes n) {
  const IoResult r = c->recv(n.count(), now);
  received_bytes += r.bytes;
  got_eof = got_eof || r.is_eof();
  return r.bytes;
}
void TcpBench::app_shutdown() { c->shutdown_write(now); }
void TcpBench::app_close() { c->close(now); }
void TcpBench::app_abort() { c->abort(now); }

void TcpBench::on_readiness(Connection&, Readiness became, Time) {
  readiness_seen |= became;
  if (!setup.reads_at_once || c == nullptr || (became & ready::Readable) == 0 || (became & ready::Error) != 0) return;
  while (app_read(Bytes(1 << 20)) > 0) {}
}

void TcpBench::on_state(const StateChange& s) {
  states.push_back(s);
  char line[96];
  std::snprintf(line, sizeof line, "%10.6f     [%s -> %s: %s]\n", s.now.seconds(), std::string(name_of(s.from)).c_str(),
                std::string(name_of(s.to)).c_str(), std::string(name_of(s.cause)).c_str());
  log_ += line;
}

void TcpBench::on_end(const Connection& ended, Time) {
  if (&ended == c) c = nullptr;
}

// ---- What left the host

void TcpBench::capture(Packet* p) {
  if (p->has_flag(tcp_flag::Syn) && !host_iss_known_) {
    host_iss = p->seq;
    host_iss_known_ = true;
  }
  if (p->has(mark::Timestamps)) last_host_ts_ = p->ts_val;
  const auto end = static_cast<std::uint32_t>(p->seq - host_iss) + sequence_length(*p);
  if (!p->has_flag(tcp_flag::Rst) && static_cast<std::int32_t>(end - host_nxt_) > 0) host_nxt_ = end;
  const Extension e = p->extension != 0 ? domain.pool.extension(*p) : Extension{};
  log_ += describe(*p, e, true) + "\n";
  sent_.push_back({now, *p, e});
  domain.deliver(p);
}

bool TcpBench::matches(const Seg& want, const Sent& got) const {
  const Packet& p = got.packet;
  const std::uint8_t ignored = want.flags_matter_exactly ? 0 : tcp_flag::Psh;
  if ((p.flags & ~ignored) != (want.flags & ~ignored)) return false;
  if (want.seq_matters && p.seq != host_iss + want.first && !(p.has_flag(tcp_flag::Rst) && !host_iss_known_))
    return false;
  if (p.payload != (want.end > want.first ? want.end - want.first : 0)) return false;
  if (want.ack_number && p.has_flag(tcp_flag::Ack) && p.ack != peer_iss + *want.ack_number) return false;
  if (want.window && p.window != *want.window) return false;
  if (want.mss_option && got.extension.mss != *want.mss_option) return false;
  if (want.wscale_option && got.extension.window_scale != *want.wscale_option + 1) return false;
  if (want.sackok_option && p.has(mark::SackPermitted) != *want.sackok_option) return false;
  if (want.ts_option && p.has(mark::Timestamps) != *want.ts_option) return false;
  if (want.tsval && p.ts_val != *want.tsval) return false;
  if (want.tsecr && p.ts_ecr != *want.tsecr) return false;
  if (want.ecn_field && (p.tos & 3) != *want.ecn_field) return false;
  if (want.urgent_offset && got.extension.urgent_pointer != *want.urgent_offset) return false;
  if (want.sack_blocks) {
    if (got.extension.sack_count != want.sack_blocks->size()) return false;
    for (std::size_t i = 0; i < want.sack_blocks->size(); ++i) {
      const auto& [left, right] = (*want.sack_blocks)[i];
      if (got.extension.sack[i] != SackBlock{peer_iss + left, peer_iss + right}) return false;
    }
  }
  return true;
}

void TcpBench::expect_sent(const std::vector<Seg>& expected) {
  std::string wanted;
  for (const Seg& s : expected) wanted += "    " + describe(s) + "\n";
  bool same = expected.size() == sent_.size();
  for (std::size_t i = 0; same && i < expected.size(); ++i) same = matches(expected[i], sent_[i]);
  std::string got;
  for (const Sent& s : sent_) got += "    " + describe(s.packet, s.extension, true) + "\n";
  EXPECT_TRUE(same) << "expected\n" << wanted << "sent\n" << got << "so far\n" << log_;
  sent_.clear();
}

void TcpBench::expect_silence_for(Duration d) {
  expect_silence();
  after(d);
  expect_silence();
}

std::vector<double> TcpBench::times_of_segments_until(Duration until) {
  at(Time::at(until));
  std::vector<double> times;
  for (const Sent& s : sent_) times.push_back(static_cast<double>(s.when.since_start().us()) / 1e6);
  sent_.clear();
  return times;
}

std::size_t TcpBench::count_sent() {
  const std::size_t n = sent_.size();
  sent_.clear();
  return n;
}

State TcpBench::state() const { return c != nullptr ? c->state() : states.empty() ? State::Closed : states.back().to; }

std::string TcpBench::path() const {
  std::string s;
  for (const StateChange& change : states) s += (s.empty() ? "" : " ") + std::string(name_of(change.to));
  return s;
}

// ---- Words

std::string TcpBench::describe(const Packet& p, const Extension& e, bool from_host) const {
  const Seq base = from_host ? host_iss : peer_iss, other = from_host ? peer_iss : host_iss;
  char line[256];
  const auto seq = static_cast<std::uint32_t>(p.seq - base);
  int n = std::snprintf(line, sizeof line, "%10.6f %s %-3s %u:%u(%u)", now.seconds(), from_host ? ">" : "<",
                        flag_letters(p.flags).c_str(), seq, seq + p.payload, unsigned{p.payload});
  std::string s(line, static_cast<std::size_t>(n));
  if (p.has_flag(tcp_flag::Ack)) s += " ack " + std::to_string(static_cast<std::uint32_t>(p.ack - other));
  s += " win " + std::to_string(p.window);
  if (p.has(mark::Timestamps)) s += " ts " + std::to_string(p.ts_val) + "/" + std::to_string(p.ts_ecr);
  if (e.mss != 0) s += " mss " + std::to_string(e.mss);
  if (e.window_scale != 0) s += " wscale " + std::to_string(e.window_scale - 1);
  for (int i = 0; p.extension != 0 && i < e.sack_count; ++i) {
    s += " sack " + std::to_string(static_cast<std::uint32_t>(e.sack[i].left - other)) + ":" +
         std::to_string(static_cast<std::uint32_t>(e.sack[i].right - other));
  }
  return s;
}

std::string TcpBench::describe(const Seg& s) const {
  std::string out = "> " + flag_letters(s.flags);
  if (s.seq_matters) out += " " + std::to_string(s.first) + ":" + std::to_string(std::max(s.first, s.end));
  if (s.ack_number) out += " ack " + std::to_string(*s.ack_number);
  if (s.window) out += " win " + std::to_string(*s.window);
  if (s.sack_blocks) {
    for (const auto& [left, right] : *s.sack_blocks) {
      out += " sack " + std::to_string(left) + ":" + std::to_string(right);
    }
  }
  return out;
}

}  // namespace wirelab::tcp::test
