#include "bridge.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "routing/static_route.h"
#include "step.h"
#include "wire/codec.h"
#include "wire/pattern.h"

namespace wirelab::interop {

namespace {

enum : NodeId { kDoor, kRouter, kHost, kFarRouter, kFarHost };
enum : LinkId { kDoorLink, kHostLink, kNarrowLink, kFarLink };

constexpr int kDoorEnd = 0;  // of kDoorLink

volatile std::sig_atomic_t signalled = 0;

std::vector<NodeConfig> nodes() {
  std::vector<NodeConfig> all(5);
  const std::array<const char*, 5> names = {"door", "router", "host", "far-router", "far-host"};
  for (std::size_t i = 0; i < all.size(); ++i) all[i].id = names[i];
  all[kDoor].deny = {Match::Any};  // what reaches it has been given to the kernel: the tap at its link
  all[kRouter].router = all[kFarRouter].router = true;
  return all;
}

LinkPairConfig link(const char* id, LinkEndConfig a, LinkEndConfig b, const LinkConfig& config) {
  LinkPairConfig pair;
  pair.id = id;
  pair.ends[0] = a;
  pair.ends[1] = b;
  pair.directions[0] = pair.directions[1] = config;
  pair.kinds[0] = pair.kinds[1] = LinkKind::Stepped;
  return pair;
}

LinkEndConfig end(NodeId node, int net, int number) {
  return {node, Ipv4Address(198, 18, net, number), Ipv4Prefix(Ipv4Address(198, 18, net, 0), 24)};
}

std::vector<LinkPairConfig> links() {
  LinkConfig wire;
  wire.delay = Duration::us(10);
  wire.queue.packets = 10'000;  // the kernel puts a whole window into the device at once
  LinkConfig narrow = wire;
  narrow.mtu = 1000;
  return {link("door", end(kDoor, 0, 1), end(kRouter, 0, 2), wire),
          link("host", end(kRouter, 1, 1), end(kHost, 1, 2), wire),
          link("narrow", end(kRouter, 2, 1), end(kFarRouter, 2, 2), narrow),
          link("far", end(kFarRouter, 3, 1), end(kFarHost, 3, 2), wire)};
}

void route(Node& node, Ipv4Prefix to, Ipv4Address via) {
  node.ip().routes().add(*static_route(node.ip().interfaces(), to, via, 0));
}

}  // namespace

bool interrupted() { return signalled != 0; }

void end_on_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { signalled = 1; };
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

Bridge::Bridge(Tun& tun, int wake, RawCapture& capture)
    : tun_(tun), wake_(wake), capture_(capture), network_(1, nodes(), links()), buffer_(kMaxPacketBytes) {
  const Ipv4Prefix all(Ipv4Address(0), 0);
  route(network_.node(kHost), all, Ipv4Address(198, 18, 1, 1));
  route(network_.node(kRouter), Ipv4Prefix(kFarAddress, 24), Ipv4Address(198, 18, 2, 2));
  route(network_.node(kFarRouter), all, Ipv4Address(198, 18, 2, 1));
  route(network_.node(kFarHost), all, Ipv4Address(198, 18, 3, 1));
  network_.direction(kDoorLink, 1 - kDoorEnd).set_incoming_tap(this);
}

Node& Bridge::host(Ipv4Address address) { return network_.node(address == kFarAddress ? kFarHost : kHost); }

void Bridge::set_path(const Path& path) {
  for (int from = 0; from < 2; ++from) {
    LinkDirection& direction = network_.direction(kHostLink, from);
    direction.set_delay(path.delay);
    Impairments& mishaps = direction.impairments();
    mishaps.set_loss({LossConfig(BernoulliLoss{path.up ? path.loss : 1, Match::Any})});
    mishaps.set_duplicate(path.duplicate);
    mishaps.set_corrupt(path.corrupt);
    JitterConfig jitter;
    jitter.stddev = path.jitter;
    jitter.keep_order = false;
    mishaps.set_jitter(path.jitter > Duration{} ? std::optional(jitter) : std::nullopt);
  }
}

Time Bridge::real_time() const {
  const auto since = std::chrono::steady_clock::now() - began_;
  return Time::at(Duration::ns(std::chrono::duration_cast<std::chrono::nanoseconds>(since).count()));
}

bool Bridge::run_until(const std::function<bool()>& done, Duration limit) {
  const Time deadline = real_time() + limit;
  while (!interrupted()) {
    network_.run(real_time());
    if (done()) return true;
    if (network_.now() > deadline) return false;
    sleep(deadline);
    network_.run(real_time());
    take_packets();
  }
  return false;
}

void Bridge::sleep(Time deadline) const {
  const Time until = std::min(network_.next_event(), deadline);
  const Duration left = std::max(until - real_time(), Duration{});
  const timespec timeout{left / Duration::s(1), (left % Duration::s(1)).ns()};
  std::array<pollfd, 2> waited = {pollfd{tun_.fd(), POLLIN, 0}, pollfd{wake_, POLLIN, 0}};
  ppoll(waited.data(), waited.size(), &timeout, nullptr);
  eventfd_t ignored;
  if (waited[1].revents != 0) eventfd_read(wake_, &ignored);
}

// ---- From the kernel

void Bridge::take_packets() {
  constexpr int kAtOnce = 64;  // so that time goes on however fast the kernel sends
  for (int i = 0; i < kAtOnce; ++i) {
    const std::size_t size = tun_.read(buffer_);
    if (size == 0) return;
    take(std::span(buffer_).first(size));
  }
}

void Bridge::take(std::span<const std::uint8_t> bytes) {
  if (bytes[0] >> 4 != 4) return;  // neighbour discovery of IPv6 and the like
  capture_.write(now(), bytes);
  ++packets_in_;
  Domain& domain = network_.domain();
  Packet* const p = domain.make();
  const ParseFault fault = parse(bytes, *p, domain.pool);
  if (fault == ParseFault::UnknownProtocol) return domain.drop(p, DropReason::NoListener);
  if (fault != ParseFault::None) {
    complain(*p, fmt::format("the kernel's packet cannot be read (fault {})", static_cast<int>(fault)));
    return domain.drop(p, DropReason::Malformed);
  }
  if (p->protocol == Protocol::Tcp && !learn_content(*p, bytes.subspan(bytes.size() - p->payload))) {
    complain(*p, "other bytes came than the kernel's program has sent");
    return domain.drop(p, DropReason::Malformed);
  }
  network_.direction(kDoorLink, kDoorEnd).send(p, now());
}

/// The kernel's payload is real bytes. Here it is compared with what its program writes at that place of its stream,
/// and from here on stands for them as a pattern; so the simulated receiver checks the order of what it takes.
bool Bridge::learn_content(Packet& p, std::span<const std::uint8_t> payload) {
  Seq& first = first_byte_[{p.sport, p.dport}];
  if (p.has_flag(tcp_flag::Syn)) first = p.seq + 1;
  if (payload.empty()) return true;
  p.payload_stream = kernel_stream(p.sport);
  p.payload_offset = static_cast<std::uint32_t>(p.seq - first);
  std::array<std::uint8_t, 65536> expected;
  const std::span own = std::span(expected).first(payload.size());
  fill_pattern(p.payload_stream, p.payload_offset, own);
  return std::equal(own.begin(), own.end(), payload.begin());
}

// ---- To the kernel

void Bridge::on_packet(const Packet& p, const PacketPool& pool, TapDirection, Time when) {
  Packet out = p;
  // A connection's own number for its stream is nobody else's business; the kernel's program knows that of the case.
  if (p.protocol == Protocol::Tcp) out.payload_stream = simulated_stream(p.dport);
  std::array<std::uint8_t, kMaxPacketBytes> bytes;
  const std::span packet = std::span(bytes).first(emit(out, pool, bytes));
  capture_.write(when, packet);
  ++packets_out_;
  if (!tun_.write(packet)) complain(p, "the kernel does not take the packet from the TUN device");
}

void Bridge::complain(const Packet& p, const std::string& what) {
  complaints_.push_back(fmt::format("{:.6f} {}:{} > {}:{} seq {} flags {:#x} payload {}: {}", now().seconds(),
                                    p.src.to_string(), p.sport, p.dst.to_string(), p.dport, p.seq.raw(), p.flags,
                                    p.payload, what));
}

}  // namespace wirelab::interop
