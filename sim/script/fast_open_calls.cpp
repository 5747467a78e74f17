// The calls of Fast Open: a write that connects, a connect that waits for the first write, and their options
// (RFC 7413 section 4.2.1 and appendix A.1, as Linux has them).

#include <algorithm>
#include <array>
#include <charconv>

#include "script/program.h"

namespace wirelab::script {

namespace {

constexpr std::int64_t kFastOpen = 23, kFastOpenConnect = 30, kFastOpenKey = 33, kFastOpenNoCookie = 34;

/// The bytes of a text with escapes as in C: \\x and two digits.
std::string unescaped(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text.substr(i, 2) == "\\x" && i + 4 <= text.size() &&
        std::from_chars(text.data() + i + 2, text.data() + i + 4, value, 16).ec == std::errc()) {
      bytes += static_cast<char>(value);
      i += 3;
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

}  // namespace

/// The sysctl and the socket's own options together, for a connection or listener of this descriptor.
void Program::apply_fast_open(Descriptor& d) const {
  std::uint32_t bits = settings_.config.fastopen;
  if (d.fast_open_queue == 0) bits &= ~tcp::fast_open_bit::Server;
  if (d.fast_open_without_cookie) bits |= tcp::fast_open_bit::ClientNoCookie | tcp::fast_open_bit::ServerNoCookie;
  d.config.fastopen = bits;
  d.config.fastopen_queue = d.fast_open_queue;
}

void Program::on_settings_changed() {
  for (auto& [fd, d] : descriptors_) {
    if (d.listener == nullptr) continue;
    apply_fast_open(d);
    d.listener->set_config(std::make_shared<const tcp::TcpConfig>(d.config));
  }
}

/// Begins to connect. Nothing: the SYN has left, and `progress` knows what it carries.
Program::Answer Program::open(Descriptor& d, const std::optional<tcp::FastOpenRequest>& request, Progress& progress) {
  d.config.ecn = settings_.ecn_asked;
  apply_fast_open(d);
  tcp::OpenOptions options;
  options.local.port = d.port;
  options.remote = {machine_.addresses().remote, kServicePort};
  options.config = std::make_shared<const tcp::TcpConfig>(d.config);
  options.fast_open = request;
  const tcp::Opened opened = machine_.tcp().connect(options, machine_.now());
  if (opened.error != tcp::Error::None) return failure(tcp::name_of(opened.error));
  d.connection = opened.connection;
  d.deferred = false;
  progress.done = opened.taken;
  flow_.open(d.connection->id());
  return std::nullopt;
}

/// With a cookie at hand, connect leaves the SYN to the first write.
bool Program::may_defer(const Descriptor& d) const {
  const tcp::FastOpenCache& cache = machine_.tcp().fast_open_cache();
  if (cache.is_paused(d.config.fastopen_blackhole_timeout, machine_.now())) return false;
  if (d.fast_open_without_cookie || (settings_.config.fastopen & tcp::fast_open_bit::ClientNoCookie) != 0) return true;
  return cache.look_up(machine_.addresses().host, machine_.addresses().remote).option.length != 0;
}

/// Connects and writes in one call. An answer; or none: the call waits for the handshake (`progress.connecting`), or
/// goes on as an ordinary write.
Program::Answer Program::write_fast(Descriptor& d, const tcp::FastOpenRequest& request, Progress& progress) {
  const bool waits = request.writer_waits;
  if (!progress.connecting) {
    if ((settings_.config.fastopen & tcp::fast_open_bit::Client) == 0) return failure("EOPNOTSUPP");
    if (d.listener != nullptr) return failure("EISCONN");
    if (d.connection == nullptr) {
      if (Answer failed = open(d, request, progress)) return failed;
      if (!waits) return progress.done > 0 ? CallResult{progress.done, {}, {}} : failure("EINPROGRESS");
      progress.connecting = true;
      return std::nullopt;
    }
    if (d.connect_told) return failure("EISCONN");
  }
  const tcp::State state = d.connection->state();
  if (state == tcp::State::SynSent || state == tcp::State::SynReceived) {
    if (!waits) return failure("EALREADY");
    progress.connecting = true;
    return std::nullopt;
  }
  progress.connecting = false;
  if (const tcp::Error e = d.connection->take_error(); e != tcp::Error::None) return failure(tcp::name_of(e));
  if (state == tcp::State::Closed) return failure("ECONNABORTED");
  d.connect_told = true;
  return std::nullopt;
}

std::optional<Program::Answer> Program::set_fast_open_option(Descriptor& d, const std::vector<Argument>& a) {
  const std::int64_t name = a[2].number;
  const Argument& given = a[3];
  const std::int64_t value = value_of(given);
  const bool is_new = d.connection == nullptr && !d.deferred;
  if (name == kFastOpen) {
    if (value < 0 || !is_new) return failure("EINVAL");
    d.fast_open_queue = static_cast<std::uint32_t>(std::min(value, settings_.backlog_most));
  } else if (name == kFastOpenConnect) {
    if (value < 0 || value > 1) return failure("EINVAL");
    if ((settings_.config.fastopen & tcp::fast_open_bit::Client) == 0) return failure("EOPNOTSUPP");
    if (!is_new || d.listener != nullptr) return failure("EINVAL");
    d.fast_open_connect = value != 0;
  } else if (name == kFastOpenNoCookie) {
    if (value < 0 || value > 1 || !is_new) return failure("EINVAL");
    d.fast_open_without_cookie = value != 0;
  } else if (name == kFastOpenKey) {
    constexpr std::size_t kBytes = tcp::FastOpenKey::kBytes;
    const std::string bytes = unescaped(given.text);
    const std::int64_t length = a[4].number;
    if ((length != kBytes && length != 2 * kBytes) || bytes.size() < static_cast<std::size_t>(length)) {
      return failure("EINVAL");
    }
    tcp::FastOpenKeys keys;
    for (std::size_t at = 0; at < static_cast<std::size_t>(length); at += kBytes) {
      std::array<std::uint8_t, kBytes> key{};
      for (std::size_t i = 0; i < kBytes; ++i) key[i] = static_cast<std::uint8_t>(bytes[at + i]);
      keys.keys[keys.count++] = tcp::fast_open_key(key);
    }
    d.config.fastopen_keys = keys;
  } else {
    return std::nullopt;
  }
  if (d.listener != nullptr) apply_fast_open(d);
  return CallResult{};
}

}  // namespace wirelab::script
