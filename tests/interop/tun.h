#pragma once
// A network namespace of our own with a TUN device in it. Both vanish with the process, however that ends; the
// machine's own network is never touched.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "wire/address.h"

namespace wirelab::interop {

/// Moves this thread, and those that it will start, into a new network namespace (as root, or else in a user namespace
/// of its own). Returns why that cannot be.
std::optional<std::string> enter_own_namespace();

class Tun {
 public:
  Tun() = default;
  Tun(const Tun&) = delete;
  Tun& operator=(const Tun&) = delete;
  ~Tun();

  /// Makes the device, gives the kernel's end `address` and the route to `subnet`. Returns why that cannot be.
  std::optional<std::string> open(Ipv4Address address, Ipv4Prefix subnet);
  int fd() const { return fd_; }
  /// One IP packet that the kernel has sent; 0: none is there.
  std::size_t read(std::span<std::uint8_t> into) const;
  /// The kernel receives a packet. False: it did not take it.
  bool write(std::span<const std::uint8_t> packet) const;

 private:
  int fd_ = -1;
};

/// Sets a sysctl of this namespace, such as "net/ipv4/tcp_sack", and returns what it was; nothing if it has none.
std::optional<std::string> set_sysctl(const std::string& name, std::string_view value);

}  // namespace wirelab::interop
