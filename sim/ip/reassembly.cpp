#include "ip/reassembly.h"

#include <algorithm>

#include "ip/flow_hash.h"

namespace wirelab {

namespace {

constexpr std::uint32_t kHeaderBits = kIpv4HeaderBytes * 8;

std::uint16_t to_u16(std::uint32_t n) { return static_cast<std::uint16_t>(n); }

/// Equal for two packets only if they are copies of one datagram, whatever their way has changed (TTL, marks).
std::uint32_t identity_of(const Packet& p) {
  std::uint64_t h = mix64(std::uint64_t{p.src.bits()} << 32 | p.dst.bits());
  h = mix64(h ^ (std::uint64_t{p.sport} << 48 | std::uint64_t{p.dport} << 32 | std::uint64_t{p.id} << 16 | p.size));
  h = mix64(h ^ (std::uint64_t{p.seq.raw()} << 32 | p.payload_stream));
  h = mix64(h ^ p.payload_offset);
  h = mix64(h ^
            (std::uint64_t{p.payload} << 16 | std::uint64_t{p.flags} << 8 | static_cast<std::uint64_t>(p.protocol)));
  return static_cast<std::uint32_t>(h >> 32);
}

}  // namespace

FragmentRange range_of(const Packet& p, const PacketPool& pool) {
  if (p.has(mark::Fragment)) return pool.extension(p).fragment;
  const std::uint16_t length = to_u16(p.size - kIpv4HeaderBytes);
  return {identity_of(p), 0, length, length};
}

void fragment(Domain& domain, Packet* p, std::uint16_t mtu, std::vector<Packet*>& out) {
  WIRELAB_DEBUG_ASSERT(mtu >= 68 && p->size > mtu && !p->has(mark::DontFragment));
  const FragmentRange whole = range_of(*p, domain.pool);
  const std::uint32_t corrupt_bit = p->has(mark::Corrupt) ? domain.pool.extension(*p).corrupt_bit : 0;
  const std::uint32_t step = (mtu - kIpv4HeaderBytes) & ~7u;
  for (std::uint32_t done = 0; done < whole.length; done += step) {
    const std::uint32_t length = std::min<std::uint32_t>(step, whole.length - done);
    Packet* const f = domain.copy(*p);
    f->marks = static_cast<std::uint8_t>((f->marks | mark::Fragment) & ~mark::Corrupt);
    f->size = to_u16(kIpv4HeaderBytes + length);
    Extension& e = domain.pool.extend(*f);
    e.fragment = {whole.original, to_u16(whole.first + done), to_u16(length), whole.total};
    const std::uint32_t first_bit = kHeaderBits + done * 8;
    if (p->has(mark::Corrupt) && corrupt_bit >= first_bit && corrupt_bit < first_bit + length * 8) {
      f->marks |= mark::Corrupt;
      e.corrupt_bit = corrupt_bit - done * 8;
    }
    out.push_back(f);
  }
  domain.deliver(p);
}

std::size_t Reassembler::KeyHash::operator()(const Key& k) const {
  const std::uint64_t addresses = std::uint64_t{k.src} << 32 | k.dst;
  return mix64(mix64(addresses) + (std::uint64_t{k.id} << 8 | static_cast<std::uint64_t>(k.protocol)));
}

Reassembler::Reassembler(Domain& domain, IpCounters& counters, Limits limits)
    : domain_(domain), counters_(counters), limits_(limits) {}

Packet* Reassembler::add(Packet* p, Time now) {
  while (oldest_ != kNone && held_ + Bytes(p->size) > limits_.memory) evict_oldest();
  const FragmentRange range = domain_.pool.extension(*p).fragment;
  const Key key{p->src.bits(), p->dst.bits(), p->id, p->protocol};
  const auto found = index_.find(key);
  const std::uint32_t number = found != index_.end() ? found->second : open(key, range.original, now);
  Queue& q = queues_[number];
  if (q.given_up) {
    domain_.drop(p, DropReason::Reassembly);
    return nullptr;
  }

  const auto next = std::lower_bound(q.parts.begin(), q.parts.end(), range.first,
                                     [](const Part& part, std::uint16_t first) { return part.first < first; });
  const bool same_original = q.original == range.original;
  if (same_original && next != q.parts.end() && next->first == range.first && next->length == range.length) {
    domain_.drop(p, DropReason::Reassembly);  // an exact duplicate says nothing new
    return nullptr;
  }
  const bool runs_into_next = next != q.parts.end() && range.first + range.length > next->first;
  const bool previous_runs_into = next != q.parts.begin() && (next - 1)->first + (next - 1)->length > range.first;
  if (!same_original || runs_into_next || previous_runs_into) {
    ++counters_.reassembly_conflicts;
    domain_.drop(p, DropReason::Reassembly);
    drop_parts(q);
    q.given_up = true;
    return nullptr;
  }

  q.covered += range.length;
  if (q.covered == range.total) return merge(number, p);
  q.parts.insert(next, Part{range.first, range.length, p});
  held_ += Bytes(p->size);
  return nullptr;
}

Packet* Reassembler::merge(std::uint32_t number, Packet* last) {
  Queue& q = queues_[number];
  const FragmentRange range = domain_.pool.extension(*last).fragment;
  bool corrupt = last->has(mark::Corrupt);
  std::uint32_t bit = corrupt ? domain_.pool.extension(*last).corrupt_bit + range.first * 8u : 0;
  for (const Part& part : q.parts) {
    if (part.packet->has(mark::Corrupt)) {
      corrupt = true;
      bit = domain_.pool.extension(*part.packet).corrupt_bit + part.first * 8u;
    }
    if (part.first == 0) {  // the first fragment's header becomes the datagram's (RFC 791 section 3.2)
      last->ttl = part.packet->ttl;
      last->tos = part.packet->tos;
    }
    held_ -= Bytes(part.packet->size);
    domain_.deliver(part.packet);
  }
  q.parts.clear();
  last->size = to_u16(kIpv4HeaderBytes + range.total);
  last->marks = static_cast<std::uint8_t>(last->marks & ~(mark::Fragment | mark::Corrupt));
  if (corrupt) {
    last->marks |= mark::Corrupt;
    domain_.pool.extend(*last).corrupt_bit = bit;
  }
  close(number);
  ++counters_.datagrams_reassembled;
  return last;
}

Time Reassembler::deadline() const { return oldest_ == kNone ? Time::never() : queues_[oldest_].deadline; }

Packet* Reassembler::expire(Time now) {
  while (oldest_ != kNone && queues_[oldest_].deadline <= now) {
    Queue& q = queues_[oldest_];
    Packet* first = nullptr;
    if (!q.given_up) ++counters_.reassembly_timeouts;
    if (!q.parts.empty() && q.parts.front().first == 0) {
      first = q.parts.front().packet;
      held_ -= Bytes(first->size);
      q.parts.erase(q.parts.begin());
    }
    drop_parts(q);
    close(oldest_);
    if (first != nullptr) return first;
  }
  return nullptr;
}

void Reassembler::evict_oldest() {
  Queue& q = queues_[oldest_];
  if (!q.given_up) ++counters_.reassembly_evictions;
  drop_parts(q);
  close(oldest_);
}

void Reassembler::drop_parts(Queue& q) {
  for (const Part& part : q.parts) {
    held_ -= Bytes(part.packet->size);
    domain_.drop(part.packet, DropReason::Reassembly);
  }
  q.parts.clear();
}

std::uint32_t Reassembler::open(const Key& key, std::uint32_t original, Time now) {
  std::uint32_t number;
  if (free_.empty()) {
    number = static_cast<std::uint32_t>(queues_.size());
    queues_.emplace_back();
  } else {
    number = free_.back();
    free_.pop_back();
  }
  Queue& q = queues_[number];
  q.key = key;
  q.original = original;
  q.covered = 0;
  q.given_up = false;
  q.deadline = now + limits_.timeout;
  q.older = newest_;
  q.newer = kNone;
  (newest_ == kNone ? oldest_ : queues_[newest_].newer) = number;
  newest_ = number;
  index_.emplace(key, number);
  return number;
}

void Reassembler::close(std::uint32_t number) {
  Queue& q = queues_[number];
  (q.older == kNone ? oldest_ : queues_[q.older].newer) = q.newer;
  (q.newer == kNone ? newest_ : queues_[q.newer].older) = q.older;
  index_.erase(q.key);
  free_.push_back(number);
}

}  // namespace wirelab
