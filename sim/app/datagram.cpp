#include "app/datagram.h"

#include <algorithm>

#include "app/random_value.h"

namespace wirelab {

namespace {

constexpr Duration kLinger = Duration::s(10);  // for what is still under way
constexpr std::size_t kNoted = 1024;           // arrivals among which a late one is looked for

}  // namespace

DatagramTotals& DatagramTotals::operator+=(const DatagramTotals& o) {
  sent += o.sent;
  received += o.received;
  duplicates += o.duplicates;
  errors += o.errors;
  bytes_sent += o.bytes_sent;
  delay_sum_us += o.delay_sum_us;
  min_delay = std::min(min_delay, o.min_delay);
  max_delay = std::max(max_delay, o.max_delay);
  if (o.received > 1) jitter = o.jitter;
  return *this;
}

DatagramInstance::DatagramInstance(Line& line, std::uint64_t number, const LineEndConfig& from, const LineEndConfig& to)
    : Instance(line, number, from, to), process_(from.host->ready(), from.host->timers()) {}

DatagramInstance::~DatagramInstance() {
  from_.host->udp().close(sender_);
  to_.host->udp().close(receiver_);
}

RandomStream DatagramInstance::stream(Purpose purpose, std::uint64_t which) const {
  return RandomStream(line_.seed(), purpose, component_of(line_.instance_id(result_.instance), which));
}

void DatagramInstance::begin(Time now) {
  result_.start = now;
  result_.from = from_.node;
  result_.to = to_.node;
  udp::Layer& here = from_.host->udp();
  udp::Layer& there = to_.host->udp();
  // The receiver listens for this sender alone, so that the instances of a line can share a port.
  sender_ = here.open(*this);
  here.bind(sender_, {from_.address, 0});
  here.connect(sender_, {to_.address, line_.config().port});
  if (line_.config().meets_copies) last_.resize(kNoted);
  receiver_ = there.open(sink_);
  there.bind(receiver_, {to_.address, line_.config().port});
  there.connect(receiver_, here.local(sender_));
  probe_.begin(line_, result_.instance);
  process_.load(send_all());
  process_.wake();
}

void DatagramInstance::stop(bool, Time) {
  stopping_ = true;
  process_.wake();
}

// The time of sending travels as the place in the payload's pattern, where a real program would write it into the
// payload. What is on its way when the program stops still counts, so the receiver lives on for a while.
Task DatagramInstance::send_all() {
  udp::Layer& udp = from_.host->udp();
  const auto pattern = static_cast<std::uint32_t>(component_of(line_.config().id, result_.instance));
  while (!stopping_) {
    const Time now = process_.now();
    const std::int64_t size = std::clamp<std::int64_t>(next_size(), 0, udp::kMaxPayload);
    const udp::Payload payload{pattern, static_cast<std::uint64_t>(now.ps()), static_cast<std::uint16_t>(size)};
    const udp::SendResult r = udp.send(sender_, payload, {.dont_fragment = dont_fragment()}, now);
    if (r.error == udp::Error::None) {
      ++totals_.sent;
      totals_.bytes_sent += size;
    } else {
      ++totals_.errors;
    }
    probe_.on_sent(totals_, result_.bytes, now);
    const Time next = next_departure(now, size);
    while (process_.now() < next && !stopping_) co_await process_.woken_or(next);
  }
  probe_.on_pause(totals_, result_.bytes, process_.now());
  probe_.on_end();
  result_.completed = true;
  result_.end = process_.now();
  const Time last = process_.now() + kLinger;
  while (process_.now() < last) co_await process_.woken_or(last);
  line_.on_ended(*this, process_.now());
}

/// What is sent later has a later place in the pattern.
bool DatagramInstance::has_come_before(std::uint64_t place) {
  if (last_.empty()) return false;
  if (place <= highest_place_ && std::find(last_.begin(), last_.end(), place) != last_.end()) return true;
  highest_place_ = std::max(highest_place_, place);
  last_[noted_++ % last_.size()] = place;
  return false;
}

void DatagramInstance::on_arrival(const udp::Datagram& d, Time now) {
  if (has_come_before(d.payload.offset + 1)) {
    ++totals_.duplicates;
    return;
  }
  result_.bytes += d.payload.length;
  result_.end = now;
  const Duration transit = now - Time::from_ps(static_cast<std::int64_t>(d.payload.offset));
  if (totals_.received++ > 0) {
    const std::int64_t change = std::abs((transit - last_transit_).ps());
    jitter_ps_16_ += change - (jitter_ps_16_ + 8) / 16;
    totals_.jitter = Duration::ps(jitter_ps_16_ / 16);
  }
  last_transit_ = transit;
  totals_.delay_sum_us += transit.us();
  totals_.min_delay = std::min(totals_.min_delay, transit);
  totals_.max_delay = std::max(totals_.max_delay, transit);
  probe_.on_arrival(totals_, result_.bytes, transit, now);
}

namespace {

class Cbr final : public DatagramInstance {
 public:
  Cbr(Line& line, std::uint64_t number, const LineEndConfig& from, const LineEndConfig& to, const CbrApp& app)
      : DatagramInstance(line, number, from, to),
        app_(app),
        gaps_(stream(Purpose::ThinkTime)),
        sizes_(stream(Purpose::AppSize)) {}

 private:
  Time next_departure(Time now, std::int64_t payload) override {
    const Duration gap = app_.interval ? draw_duration(*app_.interval, gaps_) : app_.rate->time_to_send(Bytes(payload));
    return now + std::max(gap, Duration::ps(1));
  }
  std::int64_t next_size() override { return draw(app_.packet, sizes_); }
  bool dont_fragment() const override { return app_.df; }

  const CbrApp& app_;
  RandomStream gaps_, sizes_;
};

class OnOff final : public DatagramInstance {
 public:
  OnOff(Line& line, std::uint64_t number, const LineEndConfig& from, const LineEndConfig& to, const OnOffApp& app)
      : DatagramInstance(line, number, from, to),
        app_(app),
        ons_(stream(Purpose::ThinkTime, 0)),
        offs_(stream(Purpose::ThinkTime, 1)),
        sizes_(stream(Purpose::AppSize)) {}

 private:
  Time next_departure(Time now, std::int64_t payload) override {
    if (!on_until_known_) {
      on_until_ = now + draw_duration(app_.on, ons_);
      on_until_known_ = true;
    }
    Time next = now + std::max(app_.rate.time_to_send(Bytes(payload)), Duration::ps(1));
    if (next >= on_until_) {
      next = std::max(next, on_until_ + draw_duration(app_.off, offs_));
      on_until_ = next + draw_duration(app_.on, ons_);
    }
    return next;
  }
  std::int64_t next_size() override { return draw(app_.packet, sizes_); }
  bool dont_fragment() const override { return app_.df; }

  const OnOffApp& app_;
  RandomStream ons_, offs_, sizes_;
  Time on_until_;
  bool on_until_known_ = false;
};

}  // namespace

std::unique_ptr<Instance> make_cbr(Line& line, std::uint64_t number, const LineEndConfig& from, const LineEndConfig& to,
                                   const CbrApp& app) {
  return std::make_unique<Cbr>(line, number, from, to, app);
}

std::unique_ptr<Instance> make_on_off(Line& line, std::uint64_t number, const LineEndConfig& from,
                                      const LineEndConfig& to, const OnOffApp& app) {
  return std::make_unique<OnOff>(line, number, from, to, app);
}

}  // namespace wirelab
