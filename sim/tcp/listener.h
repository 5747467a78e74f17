#pragma once
// A passive open: the handshakes under way and the connections that wait for accept, each bounded.

#include <cstdint>
#include <memory>

#include "core/ring.h"
#include "tcp/config.h"
#include "tcp/connection_user.h"
#include "tcp/errors.h"
#include "tcp/fast_open.h"
#include "tcp/observer.h"

namespace wirelab::tcp {

class Layer;
class SynReceived;

/// Lives in its Layer. The application asks it for connections; SYNs and final ACKs come from the layer, which keeps
/// the handshakes themselves as small records (syn_received.h).
class Listener {
 public:
  Listener(Layer& layer, Endpoint local, std::shared_ptr<const TcpConfig> config, ListenerUser* user,
           ConnectionObserver& observer, std::uint32_t tag)
      : layer_(&layer), local_(local), config_(std::move(config)), user_(user), observer_(&observer), tag_(tag) {}
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// The connection that has waited longest, or nullptr (Again).
  Connection* accept();
  bool is_acceptable() const { return !ready_.empty(); }
  /// Ends the listener: handshakes are forgotten and connections not accepted are reset. It is gone afterwards.
  void close(Time now);

  /// Its Fast Open handshakes; nullptr: there was none yet.
  const std::shared_ptr<FastOpenQueue>& fast_open_queue() const { return fast_open_; }

  Endpoint local() const { return local_; }
  std::uint32_t backlog() const { return config_->backlog; }
  std::uint32_t accept_queue() const { return ready_.size(); }
  std::uint32_t syn_queue() const { return handshakes_; }
  /// SYNs and final ACKs that a full queue turned away.
  std::uint64_t overflows() const { return overflows_; }
  ConnectionObserver& observer() const { return *observer_; }
  std::uint32_t tag() const { return tag_; }
  const std::shared_ptr<const TcpConfig>& config() const { return config_; }
  /// For handshakes from now on.
  void set_config(std::shared_ptr<const TcpConfig> config) { config_ = std::move(config); }

 private:
  friend class Layer;
  friend class SynReceived;

  /// Linux's rule: the queue is full when it holds more than the backlog.
  bool accept_queue_is_full() const { return ready_.size() > config_->backlog; }
  /// How many Fast Open handshakes may be under way; 0: it takes none.
  std::uint32_t fast_open_limit() const {
    if ((config_->fastopen & fast_open_bit::Server) == 0) return 0;
    return config_->fastopen_queue != 0 ? config_->fastopen_queue : config_->backlog;
  }
  /// The backlog bounds both queues (Linux since 6.14 by the same rule); where nothing else protects the listener, the
  /// host's limit counts too.
  bool syn_queue_is_full() const {
    return handshakes_ > config_->backlog || (config_->syncookies == 0 && handshakes_ >= config_->max_syn_backlog);
  }

  Layer* layer_;
  Endpoint local_;
  std::shared_ptr<const TcpConfig> config_;
  ListenerUser* user_;
  ConnectionObserver* observer_;
  std::uint32_t tag_;
  std::uint32_t handshakes_ = 0;
  std::uint64_t overflows_ = 0;
  Time last_cookie_ = Time::from_ps(-1);  // to the second; below 0: none was sent
  Ring<Connection*> ready_;
  std::shared_ptr<FastOpenQueue> fast_open_;  // made when first needed
};

}  // namespace wirelab::tcp
