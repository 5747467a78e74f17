#include "invariants.h"

#include <algorithm>

#include "core/assert.h"

namespace wirelab::tcp::fuzz {
namespace {

/// RFC 9293 section 3.3.1, and RFC 5681 for the window.
void check_sender(const Connection& c, const Watched& w) {
  const Sender& s = c.sender();
  const Scoreboard& board = s.scoreboard();
  WIRELAB_ASSERT(!w.looked_at || (s.snd_una() >= w.snd_una && s.snd_nxt() >= w.snd_nxt));
  WIRELAB_ASSERT(board.left_out() <= board.packets_out());
  WIRELAB_ASSERT(board.retrans_out() + board.sacked_out() <= board.packets_out() || !board.sack());
  WIRELAB_ASSERT(board.retrans_out() <= board.packets_out());
  WIRELAB_ASSERT(s.window().cwnd >= 1 && s.window().ssthresh >= 1);  // Vegas: cwnd less one
  WIRELAB_ASSERT(s.smss() >= 36 && s.smss() <= kMaxMss);             // a small window makes small segments
  WIRELAB_ASSERT(s.rtt().rto() > Duration{});
  // A piece begun is filled without asking for memory, and filled again once a part of it has left, as Linux's sendmsg
  // fills the tail of its queue: what waits is bounded by the buffer and a piece, what has left by the peer's window.
  const std::uint64_t most_waiting = c.send_buffer().limit() + 65536;
  WIRELAB_ASSERT(c.notsent() <= most_waiting);
  WIRELAB_ASSERT(c.send_buffer().used() <= most_waiting + s.max_window());
}

void check_receiver(const Connection& c, Watched& w) {
  const Receiver& r = c.receiver();
  const ReceiveWindow& window = r.window;
  WIRELAB_ASSERT(!w.looked_at || r.rcv_nxt() >= w.rcv_nxt);
  if (window.counts_memory()) {
    // One segment may exceed the buffer, and a few more what Linux has set aside for the connection.
    constexpr std::uint32_t kLongest = 66'000, kSetAside = 16'384;
    w.most_held = std::max(w.most_held, window.buffer());
    WIRELAB_ASSERT(r.used() <= w.most_held + kLongest + kSetAside);
    return;
  }
  WIRELAB_ASSERT(!w.looked_at || window.right_edge() >= w.right_edge);
  WIRELAB_ASSERT(r.rcv_nxt() <= window.right_edge() + 1);  // a FIN takes no room
  // Rounding to the unit of a scaled window may move its edge on, up to twice the buffer.
  const std::uint32_t unit = 1u << c.terms().rcv_wscale;
  w.most_held = std::max({w.most_held, 2 * window.capacity(), window.rcv_wnd()});
  WIRELAB_ASSERT(r.held() < w.most_held + unit);
}

}  // namespace

void check_connection(Watched& w, bool recount) {
  const Connection& c = *w.connection;
  c.check(recount);
  if (!is_synchronized(c.state())) return;
  check_sender(c, w);
  check_receiver(c, w);
  w.snd_una = c.snd_una();
  w.snd_nxt = c.snd_nxt();
  w.rcv_nxt = c.receiver().rcv_nxt();
  w.right_edge = c.receiver().window.right_edge();
  w.looked_at = true;
}

}  // namespace wirelab::tcp::fuzz
