#include "node/node.h"

#include "core/random.h"

namespace wirelab {

namespace {

tcp::Error tcp_error(IpError e) {
  switch (e) {
    case IpError::None: return tcp::Error::None;
    case IpError::MtuExceeded: return tcp::Error::None;  // the segment is lost; a smaller one will follow
    case IpError::NoRoute: return tcp::Error::NetUnreach;
    case IpError::BadAddress: return tcp::Error::AddrNotAvail;
  }
  return tcp::Error::None;
}

udp::Error udp_error(IpError e) {
  switch (e) {
    case IpError::None: return udp::Error::None;
    case IpError::MtuExceeded: return udp::Error::MessageSize;
    case IpError::NoRoute: return udp::Error::NetUnreach;
    case IpError::BadAddress: return udp::Error::Invalid;
  }
  return udp::Error::None;
}

tcp::LayerSeeds draw_seeds(std::uint64_t seed, const std::string& id) {
  const std::uint64_t component = component_of(id);
  RandomStream secret(seed, Purpose::IsnSecret, component);
  RandomStream port(seed, Purpose::PortChoice, component);
  RandomStream timestamp(seed, Purpose::TimestampOffset, component);
  RandomStream phase(seed, Purpose::TimerPhase, component);
  tcp::LayerSeeds s;
  s.isn_secret[0] = secret.next();
  s.isn_secret[1] = secret.next();
  s.port_secret = port.next();
  s.timestamp_secret = timestamp.next();
  // Taken modulo a tick, whose length is an option of each connection.
  s.timer_phase = Duration::us(static_cast<std::int64_t>(phase.next() % 1'000'000));
  return s;
}

IpConfig ip_config(const NodeConfig& config, std::uint64_t seed) {
  IpConfig ip;
  ip.forwards = config.router;
  ip.ecmp_salt = RandomStream(seed, Purpose::EcmpSalt, component_of(config.id)).next();
  ip.processing = config.processing.get();
  return ip;
}

}  // namespace

/// With TCP's layer in it, whose first lines of the cache begin here.
class alignas(64) Node::TcpGlue final : public tcp::SegmentOutput, public ProtocolHandler {
 public:
  TcpGlue(Ip& ip, TimerHeap& timers, const tcp::LayerSeeds& seeds)
      : tcp::SegmentOutput(ip.domain()), ip_(ip), layer_(*this, timers, seeds) {}

  tcp::Layer& layer() { return layer_; }

  tcp::SendResult send(Packet* p, Time now) override {
    const IpSendResult r = ip_.send(p, now);
    return {tcp_error(r.error), r.leaves};
  }
  std::uint16_t path_mtu(Ipv4Address dst, Time now) override { return ip_.mtu_to(dst, now); }
  std::optional<Ipv4Address> source_for(Ipv4Address dst) override {
    const Ipv4Address a = ip_.source_for(dst);
    return a.is_unspecified() ? std::nullopt : std::optional(a);
  }
  bool is_own_address(Ipv4Address a) const override { return ip_.is_local(a); }

  void receive(Packet* p, Time now) override { layer_.receive(p, now); }
  void on_icmp_error(const IcmpQuote& quote, IcmpError error, Time now) override {
    layer_.on_icmp_error(quote, error.type, error.code, error.mtu, now);
  }

 private:
  Ip& ip_;
  tcp::Layer layer_;
};

class Node::UdpGlue final : public udp::DatagramOutput, public ProtocolHandler {
 public:
  UdpGlue(Ip& ip, std::uint64_t port_draw) : udp::DatagramOutput(ip.domain()), ip_(ip), layer_(*this, port_draw) {}

  udp::Layer& layer() { return layer_; }

  udp::SendResult send(Packet* p, std::uint8_t ttl, Time now) override {
    const IpSendResult r = ip_.send(p, now, ttl);
    return {udp_error(r.error), r.leaves};
  }
  void port_unreachable(const Packet& p, Time now) override {
    ip_.send_icmp_error(p, {icmp::Unreachable, icmp::PortUnreachable, 0}, now);
  }
  std::optional<Ipv4Address> source_for(Ipv4Address dst) override {
    const Ipv4Address a = ip_.source_for(dst);
    return a.is_unspecified() ? std::nullopt : std::optional(a);
  }
  bool is_own_address(Ipv4Address a) const override { return ip_.is_local(a); }

  void receive(Packet* p, Time now) override { layer_.receive(p, now); }
  void on_icmp_error(const IcmpQuote& quote, IcmpError error, Time now) override {
    layer_.on_icmp_error(quote, error.type, error.code, now);
  }

 private:
  Ip& ip_;
  udp::Layer layer_;
};

/// Every node speaks TCP and UDP, but few use them: the first packet or call makes the transport.
class Node::FirstUse final : public ProtocolHandler {
 public:
  FirstUse(Node& node, Protocol protocol) : node_(node), protocol_(protocol) {}
  void receive(Packet* p, Time now) override { real().receive(p, now); }
  void on_icmp_error(const IcmpQuote& quote, IcmpError error, Time now) override {
    real().on_icmp_error(quote, error, now);
  }

 private:
  ProtocolHandler& real() {
    if (protocol_ == Protocol::Tcp) return node_.tcp_glue();
    return node_.udp_glue();
  }
  Node& node_;
  Protocol protocol_;
};

Node::Node(const NodeConfig& config, std::uint64_t seed, Domain& domain, Scheduler& scheduler, SourceId source,
           ReadyList& ready)
    : id_(config.id),
      router_(config.router),
      seed_(seed),
      processing_(config.processing),
      ready_(ready),
      timers_(scheduler, source),
      ip_(domain, timers_, ip_config(config, seed)),
      first_tcp_(std::make_unique<FirstUse>(*this, Protocol::Tcp)),
      first_udp_(std::make_unique<FirstUse>(*this, Protocol::Udp)) {
  ip_.set_deny(config.deny);
  ip_.set_handler(Protocol::Tcp, *first_tcp_);
  ip_.set_handler(Protocol::Udp, *first_udp_);
}

Node::~Node() = default;

Node::TcpGlue& Node::tcp_glue() {
  if (tcp_ == nullptr) {
    tcp_ = std::make_unique<TcpGlue>(ip_, timers_, draw_seeds(seed_, id_));
    ip_.set_handler(Protocol::Tcp, *tcp_);
  }
  return *tcp_;
}

Node::UdpGlue& Node::udp_glue() {
  if (udp_ == nullptr) {
    RandomStream port(seed_, Purpose::PortChoice, component_of(id_, 1));
    udp_ = std::make_unique<UdpGlue>(ip_, port.next());
    ip_.set_handler(Protocol::Udp, *udp_);
  }
  return *udp_;
}

tcp::Layer& Node::tcp() { return tcp_glue().layer(); }
udp::Layer& Node::udp() { return udp_glue().layer(); }

}  // namespace wirelab
