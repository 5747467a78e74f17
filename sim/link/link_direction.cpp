#include "link/link_direction.h"

#include <algorithm>

namespace wirelab {

namespace {

constexpr std::int64_t kPsPerByteBit = 8'000'000'000'000;  // picoseconds per byte at 1 bit/s

std::int64_t even_ps_per_byte(DataRate rate) {
  return kPsPerByteBit % rate.bps() == 0 ? kPsPerByteBit / rate.bps() : 0;
}

}  // namespace

LinkDirection::LinkDirection(Domain& domain, Scheduler& scheduler, Sources sources, const LinkConfig& config,
                             LinkKind kind, std::uint64_t seed, std::uint64_t component)
    : ps_per_byte_(even_ps_per_byte(config.rate)),
      delay_(config.delay),
      scheduler_(&scheduler),
      mtu_(config.mtu),
      kind_(kind),
      up_(config.up),
      arrival_source_(sources.arrival),
      limit_(config.queue),
      rate_(config.rate),
      domain_(&domain),
      done_source_(sources.transmission_done),
      seed_(seed),
      component_(component) {
  WIRELAB_ASSERT(config.rate.bps() > 0);
  WIRELAB_ASSERT(config.mtu >= 68);
  WIRELAB_ASSERT(up_ || kind_ == LinkKind::Stepped);
  if (config.impairs()) {
    impairments_ = std::make_unique<Impairments>(config, seed, component);
    impaired_ = arrives_apart_ = true;
  }
}

Impairments& LinkDirection::impairments() {
  if (impairments_ == nullptr) impairments_ = std::make_unique<Impairments>(LinkConfig{}, seed_, component_);
  impaired_ = arrives_apart_ = true;
  return *impairments_;
}

SendOutcome LinkDirection::send_impaired(Packet* p, Time now) {
  if (impairments_->loses(*p, now)) {
    ++drops_loss_;
    domain_->drop(p, DropReason::Loss);
    return {};
  }
  Packet* const second = impairments_->duplicates() ? domain_->copy(*p) : nullptr;
  const SendOutcome outcome = enqueue(p, now);
  if (second != nullptr) enqueue(second, now);
  return outcome;
}

SendOutcome LinkDirection::refuse(Packet* p) {
  ++drops_queue_;
  domain_->drop(p, drop_reason_);
  return {};
}

/// RFC 3168 section 5: only what says ECT(0) or ECT(1) is marked.
void LinkDirection::mark(Packet* p) {
  constexpr std::uint8_t kCe = 3;
  const int field = p->tos & kCe;
  if (field == 0 || field == kCe) return;
  p->tos |= kCe;
  ++ecn_marked_;
}

SendOutcome LinkDirection::enqueue(Packet* p, Time now) {
  if (kind_ == LinkKind::Stepped) return enqueue_stepped(p, now);
  const std::uint32_t size = p->size;
  Time start = now;
  if (now < busy_until_) {
    advance(now);
    const std::uint32_t ahead = waiting_.size();
    if (is_full(ahead, size)) return refuse(p);
    start = busy_until_;
    waiting_.push({start, size});
    waiting_bytes_ += size;
    waited_ps_ += (start - now).ps();
    note_waiting(ahead + 1);
    mark_if_long(p, ahead + 1);
  }
  const Duration transmission = ps_per_byte_ != 0 ? Duration::ps(ps_per_byte_ * size) : rate_.time_to_send(Bytes(size));
  busy_until_ = start + transmission;
  transmission_ += transmission;
  ++accepted_;
  accepted_bytes_ += size;
  if (watched_leaving_) outgoing_tap_->on_packet(*p, domain_->pool, TapDirection::Outgoing, now);
  put_on_wire(p, busy_until_);
  return {true, busy_until_};
}

void LinkDirection::put_on_impaired_wire(Packet* p, Time sent) {
  impairments_->maybe_corrupt(*p, domain_->pool);
  const Time arrival = sent + delay_ + impairments_->extra_delay();
  if (!impairments_->reorders()) return follow_on_wire(p, arrival);
  overtaking_.push_back({arrival, next_serial_++, p});
  std::push_heap(overtaking_.begin(), overtaking_.end(), [](const Overtaking& a, const Overtaking& b) {
    return a.arrival != b.arrival ? b.arrival < a.arrival : b.serial < a.serial;
  });
  scheduler_->set(arrival_source_, next_arrival());
}

/// Where packets may overtake each other, or somebody watches.
Packet* LinkDirection::take_arrival_apart(Time now) {
  Packet* p;
  if (!has_overtaking() || wire_.front().arrival <= overtaking_.front().arrival) {
    WIRELAB_DEBUG_ASSERT(wire_.front().arrival == now);
    p = wire_.front().packet;
    wire_.pop();
  } else {
    std::pop_heap(overtaking_.begin(), overtaking_.end(), [](const Overtaking& a, const Overtaking& b) {
      return a.arrival != b.arrival ? b.arrival < a.arrival : b.serial < a.serial;
    });
    p = overtaking_.back().packet;
    overtaking_.pop_back();
  }
  scheduler_->set(arrival_source_, next_arrival());
  if (incoming_tap_ != nullptr) incoming_tap_->on_packet(*p, domain_->pool, TapDirection::Incoming, now);
  return p;
}

SendOutcome LinkDirection::enqueue_stepped(Packet* p, Time now) {
  advance_stepped(now);
  const std::uint32_t size = p->size;
  const bool starts_at_once = up_ && sending_ == nullptr;
  if (!starts_at_once && is_full(queue_.size(), size)) return refuse(p);
  ++accepted_;
  accepted_bytes_ += size;
  if (starts_at_once) {
    begin_transmission(p, now);
  } else {
    queue_.push({p, now});
    waiting_bytes_ += size;
    note_waiting(queue_.size());
    mark_if_long(p, queue_.size());
  }
  if (watched_leaving_) outgoing_tap_->on_packet(*p, domain_->pool, TapDirection::Outgoing, now);
  if (starts_at_once) return {true, busy_until_};
  const Time free_at = up_ ? busy_until_ : now;
  return {true, free_at + rate_.time_to_send(Bytes(waiting_bytes_))};
}

void LinkDirection::begin_transmission(Packet* p, Time now) {
  sending_ = p;
  sending_since_ = now;
  sending_rate_ = rate_;
  busy_until_ = now + rate_.time_to_send(Bytes(p->size));
  scheduler_->set(done_source_, busy_until_);
}

void LinkDirection::end_transmission(Time now) {
  const Duration lasted = now - sending_since_;
  transmission_ += lasted;
  carried_bit_ps_ += static_cast<Int128>(lasted.ps()) * sending_rate_.bps();
  sending_ = nullptr;
}

// Runs every transmission that ends at `now` or before. Called at each enqueue and query as well as by the event, so
// that a packet whose transmission starts at this very moment no longer counts as waiting, as in a computed direction.
void LinkDirection::advance_stepped(Time now) {
  while (sending_ != nullptr && busy_until_ <= now) {
    const Time done = busy_until_;
    put_on_wire(sending_, done);
    end_transmission(done);
    if (queue_.empty()) break;
    const Held next = queue_.front();
    queue_.pop();
    waiting_bytes_ -= next.packet->size;
    waited_ps_ += (done - next.since).ps();
    begin_transmission(next.packet, done);
  }
  if (sending_ == nullptr) scheduler_->set(done_source_, Time::never());
}

void LinkDirection::set_rate(DataRate rate, Time now) {
  WIRELAB_ASSERT(kind_ == LinkKind::Stepped && rate.bps() > 0);
  advance_stepped(now);
  capacity_bit_ps_ += static_cast<Int128>((now - rate_since_).ps()) * rate_.bps();
  rate_since_ = now;
  rate_ = rate;
  ps_per_byte_ = even_ps_per_byte(rate);
}

void LinkDirection::set_up(bool up, Time now) {
  WIRELAB_ASSERT(kind_ == LinkKind::Stepped);
  advance_stepped(now);
  if (up == up_) return;
  up_ = up;
  if (!up) {
    if (sending_ != nullptr) {
      domain_->drop(sending_, DropReason::Down);
      ++drops_down_;
      end_transmission(now);
      busy_until_ = now;
      scheduler_->set(done_source_, Time::never());
    }
    drop_wire();
  } else if (!queue_.empty()) {
    const Held next = queue_.front();
    queue_.pop();
    waiting_bytes_ -= next.packet->size;
    waited_ps_ += (now - next.since).ps();
    begin_transmission(next.packet, now);
  }
}

void LinkDirection::drop_wire() {
  for (; !wire_.empty(); wire_.pop()) {
    domain_->drop(wire_.front().packet, DropReason::Down);
    ++drops_down_;
  }
  for (const Overtaking& o : overtaking_) {
    domain_->drop(o.packet, DropReason::Down);
    ++drops_down_;
  }
  overtaking_.clear();
  scheduler_->set(arrival_source_, Time::never());
}

std::uint32_t LinkDirection::waiting_packets(Time now) {
  if (kind_ == LinkKind::Stepped) {
    advance_stepped(now);
    return queue_.size();
  }
  advance(now);
  return waiting_.size();
}

Bytes LinkDirection::waiting_bytes(Time now) {
  waiting_packets(now);
  return Bytes(waiting_bytes_);
}

LinkCounters LinkDirection::counters(Time now) {
  const std::uint32_t waiting = waiting_packets(now);
  LinkCounters c;
  c.packets = accepted_ - waiting;
  c.bytes = accepted_bytes_ - static_cast<std::uint64_t>(waiting_bytes_);
  c.drops_queue = drops_queue_;
  c.drops_loss = drops_loss_;
  c.drops_down = drops_down_;
  c.ecn_marked = ecn_marked_;
  c.max_queue_packets = max_waiting_;
  c.queue_area_packet_ps = waited_ps_;
  c.busy_ps = transmission_.ps();
  if (kind_ == LinkKind::Computed) {
    // Both sums already hold the future of what has been accepted: take off what lies beyond `now`.
    for (std::uint32_t i = 0; i < waiting; ++i) c.queue_area_packet_ps -= (waiting_[i].start - now).ps();
    if (busy_until_ > now) c.busy_ps -= (busy_until_ - now).ps();
    c.carried_bit_ps = c.busy_ps * rate_.bps();
  } else {
    for (std::uint32_t i = 0; i < waiting; ++i) c.queue_area_packet_ps += (now - queue_[i].since).ps();
    c.carried_bit_ps = carried_bit_ps_;
    if (sending_ != nullptr) {
      c.busy_ps += (now - sending_since_).ps();
      c.carried_bit_ps += static_cast<Int128>((now - sending_since_).ps()) * sending_rate_.bps();
    }
  }
  c.capacity_bit_ps = capacity_bit_ps_ + static_cast<Int128>((now - rate_since_).ps()) * rate_.bps();
  return c;
}

LinkDirection::Peak LinkDirection::take_peak(Time now) {
  const std::uint32_t waiting = waiting_packets(now);
  const Peak peak{peak_packets_, peak_bytes_};
  peak_packets_ = waiting;
  peak_bytes_ = waiting_bytes_;
  return peak;
}

}  // namespace wirelab
