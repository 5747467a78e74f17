#pragma once
// UDP of one host (RFC 768, RFC 1122 section 4.1): ports, sockets, and nothing that remembers a datagram. Receiving is
// a call to the socket's user with what came; what the user does not keep is gone.

#include <tsl/robin_map.h>

#include <cstdint>
#include <vector>

#include "core/units.h"
#include "udp/errors.h"
#include "udp/output.h"
#include "wire/packet.h"

namespace wirelab::udp {

/// What 16 bits of IP total length leave beside both headers.
inline constexpr std::uint16_t kMaxPayload = 65'535 - kIpv4HeaderBytes - kUdpHeaderBytes;
inline constexpr std::uint16_t kFirstEphemeral = 32'768, kLastEphemeral = 60'999;  // Linux ip_local_port_range

struct Endpoint {
  Ipv4Address address;
  std::uint16_t port = 0;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// Payload to send, or that came: bytes [offset, offset + length) of the pattern `stream`.
struct Payload {
  std::uint32_t stream = 0;
  std::uint64_t offset = 0;
  std::uint16_t length = 0;  ///< 0 is a datagram too
};

struct Datagram {
  Endpoint from, to;
  Payload payload;
  std::uint8_t ttl = 0, tos = 0;  ///< as received
};

/// Holds a socket and hears its news. Either call may send, but not close the socket it is about.
class User {
 public:
  virtual void on_datagram(const Datagram& d, Time now) = 0;
  /// ICMP has reported an error about a datagram of this socket; told to connected sockets only, as Linux does.
  virtual void on_error(Error error, const IcmpQuote& quote, Time now) = 0;

 protected:
  ~User() = default;
};

struct Counters {
  std::uint64_t sent = 0, received = 0;  ///< datagrams; received: given to a user
  std::uint64_t no_port = 0, corrupt = 0;
};

struct SendOptions {
  bool dont_fragment = false;
  std::uint8_t ttl = 0;  ///< 0: the host's default
  std::uint8_t tos = 0;
};

class Layer {
 public:
  using Socket = std::uint32_t;

  /// `port_draw`: any number; where the search for an ephemeral port begins.
  Layer(DatagramOutput& output, std::uint64_t port_draw) : output_(output), port_draw_(port_draw) {}
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  /// The user must outlive the socket.
  Socket open(User& user);
  void close(Socket s);
  /// An unspecified address: all of the host's; port 0: an ephemeral one.
  Error bind(Socket s, Endpoint local);
  /// Binds first if needed. From then on only datagrams from `remote` arrive, and send() goes there.
  Error connect(Socket s, Endpoint remote);
  Endpoint local(Socket s) const { return sockets_[s].local; }
  Endpoint remote(Socket s) const { return sockets_[s].remote; }

  /// To where the socket is connected.
  SendResult send(Socket s, const Payload& payload, const SendOptions& options, Time now) {
    return send_to(s, sockets_[s].remote, payload, options, now);
  }
  /// Binds the socket to an ephemeral port first if it is not bound.
  SendResult send_to(Socket s, Endpoint to, const Payload& payload, const SendOptions& options, Time now);

  /// A whole datagram from IP. Takes the packet.
  void receive(Packet* p, Time now);
  /// `type` and `code` as in RFC 792.
  void on_icmp_error(const IcmpQuote& quote, std::uint8_t type, std::uint8_t code, Time now);

  const Counters& counters() const { return counters_; }

 private:
  static constexpr Socket kNone = 0xffffffff;
  struct Slot {
    User* user = nullptr;
    Endpoint local, remote;  // local port 0: not bound; remote port 0: not connected
    Socket next = kNone;     // on the same local port
  };

  Socket find(Endpoint local, Endpoint remote) const;
  bool is_taken(Endpoint local) const;
  std::uint16_t ephemeral_port(Ipv4Address address);
  void attach(Socket s);
  void detach(Socket s);

  DatagramOutput& output_;
  std::uint64_t port_draw_;
  std::vector<Slot> sockets_;
  std::vector<Socket> free_;
  tsl::robin_map<std::uint16_t, Socket> ports_;  // local port to the first of its sockets
  Counters counters_;
};

}  // namespace wirelab::udp
