#include "app/ping.h"

#include <algorithm>

#include "app/random_value.h"

namespace wirelab {

namespace {

constexpr std::uint32_t kKept = 1024;            // answers that come after so many more requests are not timed
constexpr Duration kLastWait = Duration::s(10);  // for the last answers, as ping(8) waits
constexpr std::int64_t kMaxPayload = 65'507;

std::uint64_t component(const Line& line, std::uint64_t number) { return component_of(line.instance_id(number)); }

}  // namespace

PingInstance::PingInstance(Line& line, std::uint64_t number, const LineEndConfig& from, const LineEndConfig& to,
                           const PingApp& app)
    : Instance(line, number, from, to),
      app_(app),
      process_(from.host->ready(), from.host->timers()),
      sizes_(line.seed(), Purpose::AppSize, component(line, number)),
      intervals_(line.seed(), Purpose::ThinkTime, component(line, number)) {}

PingInstance::~PingInstance() {
  if (identifier_ != 0) from_.host->ip().close_echo(identifier_);
}

void PingInstance::begin(Time now) {
  result_.start = now;
  result_.from = from_.node;
  result_.to = to_.node;
  identifier_ = from_.host->ip().open_echo(*this);
  probe_.begin(line_, result_.instance);
  process_.load(send_all());
  process_.wake();
}

void PingInstance::stop(bool, Time) {
  stopping_ = true;
  process_.wake();
}

Task PingInstance::send_all() {
  Ip& ip = from_.host->ip();
  for (std::uint64_t k = 0; !stopping_ && identifier_ != 0 && (!app_.count || k < *app_.count); ++k) {
    const Time now = process_.now();
    Ip::EchoRequest request;
    request.destination = to_.address;
    request.identifier = identifier_;
    request.sequence = static_cast<std::uint16_t>(k + 1);
    request.payload = static_cast<std::uint16_t>(std::min(draw(app_.size, sizes_), kMaxPayload));
    request.payload_stream = identifier_;
    request.ttl = app_.ttl;
    request.dont_fragment = app_.df;
    if (sent_at_.size() == kKept) {
      sent_at_.pop();
      ++first_kept_;
    }
    sent_at_.push(now);
    ++totals_.sent;
    totals_.bytes_sent += request.payload;
    if (const IpError fault = ip.send_echo(request, now).error; fault != IpError::None) {
      ++totals_.errors;
      result_.error = fault == IpError::MtuExceeded ? tcp::Error::MsgSize : tcp::Error::NetUnreach;
    }
    probe_.on_sent(totals_, result_.bytes, now);
    const bool last = app_.count && k + 1 == *app_.count;
    const Time next =
        last ? now + kLastWait : now + std::max(draw_duration(app_.interval, intervals_), Duration::us(1));
    while (process_.now() < next && !stopping_ && !(last && all_answered())) co_await process_.woken_or(next);
  }
  result_.completed = app_.count && totals_.received >= *app_.count;
  if (!result_.completed) result_.end = process_.now();
  line_.on_ended(*this, process_.now());
}

void PingInstance::on_echo_reply(const Packet& reply, Time now) {
  // Sequence numbers wrap; the newest request with this number is the one that is answered.
  const std::uint64_t newest = first_kept_ + sent_at_.size();
  const auto back = static_cast<std::uint16_t>(static_cast<std::uint16_t>(newest) - icmp::sequence_of(reply));
  if (back >= sent_at_.size()) return;
  Time& sent_at = sent_at_[sent_at_.size() - 1 - back];
  if (sent_at.is_never()) {
    ++totals_.duplicates;
    return;
  }
  const Duration rtt = now - sent_at;
  sent_at = Time::never();  // answered
  ++totals_.received;
  totals_.delay_sum_us += rtt.us();
  totals_.min_delay = std::min(totals_.min_delay, rtt);
  totals_.max_delay = std::max(totals_.max_delay, rtt);
  result_.bytes += reply.payload;
  result_.end = now;
  probe_.on_arrival(totals_, result_.bytes, rtt, now);
  if (all_answered()) process_.wake();
}

void PingInstance::on_echo_error(const IcmpQuote&, IcmpError error, Time) {
  ++totals_.errors;
  const bool unreachable = error.type == icmp::Unreachable;
  result_.error = unreachable && error.code == icmp::NetUnreachable        ? tcp::Error::NetUnreach
                  : unreachable && error.code == icmp::FragmentationNeeded ? tcp::Error::MsgSize
                                                                           : tcp::Error::HostUnreach;
  if (all_answered()) process_.wake();
}

}  // namespace wirelab
