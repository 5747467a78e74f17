#include "tun.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace wirelab::interop {

namespace {

std::string reason(const std::string& what) { return what + ": " + std::strerror(errno); }

void set_address(sockaddr& out, Ipv4Address a) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_addr.s_addr = htonl(a.bits());
  std::memcpy(&out, &in, sizeof in);
}

std::optional<std::string> bring_up(int control, ifreq request, Ipv4Address address, Ipv4Prefix subnet) {
  set_address(request.ifr_addr, address);
  if (ioctl(control, SIOCSIFADDR, &request) != 0) return reason("no address for the TUN device");
  set_address(request.ifr_addr, Ipv4Address(Ipv4Prefix::mask(subnet.length())));
  if (ioctl(control, SIOCSIFNETMASK, &request) != 0) return reason("no netmask for the TUN device");
  request.ifr_qlen = 10'000;  // losses are the simulated path's affair
  if (ioctl(control, SIOCSIFTXQLEN, &request) != 0) return reason("no longer queue for the TUN device");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (ioctl(control, SIOCSIFFLAGS, &request) != 0) return reason("the TUN device does not come up");
  return std::nullopt;
}

}  // namespace

std::optional<std::string> enter_own_namespace() {
  if (unshare(CLONE_NEWNET) == 0) return std::nullopt;
  if (errno == EPERM && unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0) return std::nullopt;
  return reason("no network namespace of its own (run as root)");
}

Tun::~Tun() {
  if (fd_ >= 0) ::close(fd_);
}

std::optional<std::string> Tun::open(Ipv4Address address, Ipv4Prefix subnet) {
  fd_ = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd_ < 0) return reason("/dev/net/tun cannot be opened");
  ifreq request{};
  std::strncpy(request.ifr_name, "wirelab%d", sizeof request.ifr_name - 1);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;  // without a virtio header the kernel sums up and segments by itself
  if (ioctl(fd_, TUNSETIFF, &request) != 0) return reason("no TUN device can be made");
  const int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (control < 0) return reason("no socket");
  const auto fault = bring_up(control, request, address, subnet);
  ::close(control);
  return fault;
}

std::size_t Tun::read(std::span<std::uint8_t> into) const {
  const ssize_t n = ::read(fd_, into.data(), into.size());
  return n > 0 ? static_cast<std::size_t>(n) : 0;
}

bool Tun::write(std::span<const std::uint8_t> packet) const {
  return ::write(fd_, packet.data(), packet.size()) == static_cast<ssize_t>(packet.size());
}

std::optional<std::string> set_sysctl(const std::string& name, std::string_view value) {
  const std::string path = "/proc/sys/" + name;
  std::string before;
  if (!std::getline(std::ifstream(path), before)) return std::nullopt;
  std::ofstream out(path);
  out << value << std::flush;
  return out ? std::optional(before) : std::nullopt;
}

}  // namespace wirelab::interop
