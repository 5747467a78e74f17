#pragma once
// The end of a case that ordinary sockets of this machine play, in a thread of its own.

#include <netinet/in.h>
// netinet/tcp.h knows an older tcp_info than the kernel.
#include <linux/tcp.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "step.h"

namespace wirelab::interop {

/// Socket options of level IPPROTO_TCP and their values; SO_KEEPALIVE is set if there is one of its times.
using KernelOptions = std::vector<std::pair<int, int>>;

class KernelEnd {
 public:
  struct Setup {
    Ends ends;
    Steps steps;
    bool listens = false;
    tcp::Error connect_error = tcp::Error::None;  ///< what connect must answer
    int receive_buffer = 0;                       ///< SO_RCVBUF; 0: the kernel's own choice
    KernelOptions options;
  };

  /// A listener is there when this returns; nothing else has happened yet. `wake`: an eventfd, written to at the end.
  KernelEnd(Setup setup, int wake);
  KernelEnd(const KernelEnd&) = delete;
  KernelEnd& operator=(const KernelEnd&) = delete;
  ~KernelEnd();

  void start();
  bool finished() const { return finished_.load(); }
  /// Gives up what is still going on. To be called before what follows is read.
  void stop();

  const std::string& fault() const { return fault_; }  ///< empty: every step went as it should
  const tcp_info& info() const { return info_; }       ///< of the connection, before it was closed

 private:
  void run();
  bool open();
  bool play(const Step& step);
  bool exchange(const Step& step);
  bool send_some(std::int64_t& left);
  bool receive_some(std::int64_t& left);
  bool end_of_data();
  bool meets(tcp::Error error);
  void close(bool reset);
  void pause(Duration time) const;
  /// False: to be stopped.
  bool wait_for(int fd, short events) const;
  bool fail(const std::string& what);
  bool fail_with_errno(const std::string& what);

  Setup setup_;
  int wake_;
  int listener_ = -1, socket_ = -1;
  std::int64_t sent_ = 0, received_ = 0;
  std::vector<std::uint8_t> buffer_, expected_;
  std::string fault_;
  tcp_info info_{};
  std::atomic<bool> finished_ = false, stopping_ = false;
  std::thread thread_;
};

}  // namespace wirelab::interop
