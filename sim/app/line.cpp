#include "app/line.h"

#include <algorithm>

#include "app/random_value.h"
#include "tcp/layer.h"

namespace wirelab {

namespace {

std::uint64_t key_of(tcp::Endpoint e) { return std::uint64_t{e.address.bits()} << 16 | e.port; }

bool uses_tcp(const AppKind& kind) {
  return std::holds_alternative<BulkApp>(kind) || std::holds_alternative<RequestResponseApp>(kind) ||
         std::holds_alternative<DialogApp>(kind);
}

bool listens(const AppKind& kind) {
  const auto* dialog = std::get_if<DialogApp>(&kind);
  return uses_tcp(kind) && (dialog == nullptr || !dialog->simultaneous_open);
}

}  // namespace

/// A listening program on one of the line's `to` hosts: it accepts, and hands the connection to its instance.
class Line::Listening final : private tcp::ListenerUser {
 public:
  Listening(Line& line, const LineEndConfig& end) : line_(line) {
    const auto tracking = line.tracker().track_listener(line.number(), end.node);
    const tcp::Endpoint local{end.address, line.config().port};
    const tcp::Listening opened =
        end.host->tcp().listen(local, end.tcp, this, tracking.observer, tracking.tag, Time::zero());
    WIRELAB_ASSERT(opened.error == tcp::Error::None);  // the scenario's check finds ports that clash
    listener_ = opened.listener;
  }
  void close(Time now) {
    if (listener_ != nullptr) std::exchange(listener_, nullptr)->close(now);
  }

 private:
  void on_acceptable(tcp::Listener& listener, Time now) override {
    while (tcp::Connection* const c = listener.accept()) {
      const auto instance = line_.instance_at(c->remote());
      Instance* const owner = instance ? line_.find(*instance) : nullptr;
      if (owner != nullptr) {
        owner->on_accepted(*c, now);
      } else {
        c->abort(now);  // its client has given up in the meantime
      }
    }
  }

  Line& line_;
  tcp::Listener* listener_ = nullptr;
};

Line::Line(std::uint64_t seed, FlowTracker& tracker, std::uint32_t number, LineConfig config, Time end_of_run)
    : seed_(seed),
      tracker_(tracker),
      number_(number),
      config_(std::move(config)),
      end_of_run_(end_of_run),
      arrivals_(seed, Purpose::Arrivals, component_of(config_.id)),
      pairing_from_(seed, Purpose::Pairing, component_of(config_.id, 0)),
      pairing_to_(seed, Purpose::Pairing, component_of(config_.id, 1)),
      spawner_(std::make_unique<Process>(config_.from.front().host->ready(), config_.from.front().host->timers())) {
  clients_.max_load_factor(0.8F);  // asked once for each connection
}

// Instances unregister themselves as they go.
Line::~Line() {
  ended_now_.clear();
  live_.clear();
}

void Line::begin() {
  if (listens(config_.kind)) {
    for (const LineEndConfig& end : config_.to) {
      const bool again = std::any_of(std::as_const(config_.to).data(), &end,
                                     [&](const LineEndConfig& e) { return e.node == end.node; });
      if (!again) listeners_.push_back(std::make_unique<Listening>(*this, end));
    }
  }
  RandomStream random(seed_, Purpose::AppStart, component_of(config_.id, 1));
  if (config_.stop) stops_ = Time::at(draw_duration(*config_.stop, random));
  if (config_.arrivals_per_second) {
    next_arrival_ = Time::at(draw_duration(config_.start, random));
    next_arrival_ += Duration::seconds(arrivals_.exponential(1 / *config_.arrivals_per_second));
  } else {
    plan_starts();
  }
  spawner_->load(spawn_all());
  spawner_->wake();
}

// Each instance draws its own start, from a stream of its own id; stagger comes on top, in the order of numbers.
void Line::plan_starts() {
  const std::uint64_t count = config_.count.value_or(1);
  starts_.reserve(count);
  RandomStream stagger(seed_, Purpose::AppStart, component_of(config_.id, 2));
  Duration offset;
  for (std::uint64_t k = 0; k < count; ++k) {
    RandomStream random(seed_, Purpose::AppStart, component_of(instance_id(k)));
    starts_.push_back({Time::at(draw_duration(config_.start, random) + offset), k});
    offset += draw_duration(config_.stagger, stagger);
  }
  std::stable_sort(starts_.begin(), starts_.end(), [](const Start& a, const Start& b) { return a.at < b.at; });
}

Time Line::next_start() {
  if (!config_.arrivals_per_second) return started_ < starts_.size() ? starts_[started_].at : Time::never();
  if (config_.count && started_ >= *config_.count) return Time::never();
  return next_arrival_;
}

Task Line::spawn_all() {
  while (true) {
    const Time now = spawner_->now();
    ended_now_.clear();
    if (now >= stops_) {
      stops_ = Time::never();
      stop(config_.abort, now);
    }
    while (!exhausted_ && next_start() <= now) spawn(now);
    const Time next = exhausted_ ? Time::never() : next_start();
    if (next.is_never() && !std::exchange(exhausted_, true) && is_over() && watcher_ != nullptr) {
      watcher_->on_line_over(*this, now);
    }
    co_await spawner_->woken_or(std::min(next, stops_));
  }
}

const LineEndConfig& Line::pick(const std::vector<LineEndConfig>& ends, std::uint64_t k, RandomStream& random) {
  if (!config_.random_pairing) return ends[k % ends.size()];
  return ends[static_cast<std::size_t>(random.uniform() * static_cast<double>(ends.size()))];
}

void Line::spawn(Time now) {
  const std::uint64_t k = config_.arrivals_per_second ? started_ : starts_[started_].instance;
  if (config_.arrivals_per_second) {
    next_arrival_ += Duration::seconds(arrivals_.exponential(1 / *config_.arrivals_per_second));
  }
  ++started_;
  const LineEndConfig& from = pick(config_.from, k, pairing_from_);
  const LineEndConfig& to = pick(config_.to, k, pairing_to_);
  while (base_ + live_.size() <= k) live_.emplace_back();
  auto& place = live_[k - base_];
  place = make_instance(*this, k, from, to);
  ++live_count_;
  place->begin(now);
}

Instance* Line::find(std::uint64_t instance) {
  if (instance < base_ || instance - base_ >= live_.size()) return nullptr;
  return live_[instance - base_].get();
}

void Line::on_ended(Instance& instance, Time now) {
  const FlowResult& result = instance.result();
  tracker_.on_flow_end(number_, result);
  bytes_of_ended_ += result.bytes;
  datagrams_of_ended_ += instance.datagrams();
  ended_now_.push_back(std::move(live_[result.instance - base_]));
  // Numbers below the first start that is still to come are over for good.
  while (!live_.empty() && live_.front() == nullptr && base_ < started_ && config_.arrivals_per_second) {
    live_.pop_front();
    ++base_;
  }
  --live_count_;
  ++ended_;
  spawner_->wake();
  if (is_over() && watcher_ != nullptr) watcher_->on_line_over(*this, now);
}

void Line::stop(bool abort, Time now) {
  exhausted_ = true;
  for (std::uint64_t k = base_; k < base_ + live_.size(); ++k) {  // by number: the places move as instances end
    if (Instance* const instance = find(k)) instance->stop(abort, now);
  }
  if (is_over() && watcher_ != nullptr) watcher_->on_line_over(*this, now);
}

void Line::report_unfinished(Time now) {
  for (const auto& instance : live_) {
    if (instance == nullptr) continue;
    FlowResult result = instance->result();
    if (!result.completed) result.end = now;
    tracker_.on_flow_end(number_, result);
  }
}

std::int64_t Line::bytes_delivered() const {
  std::int64_t sum = bytes_of_ended_;
  for (const auto& instance : live_) sum += instance != nullptr ? instance->result().bytes : 0;
  return sum;
}

DatagramTotals Line::datagrams() const {
  DatagramTotals sum = datagrams_of_ended_;
  for (const auto& instance : live_) {
    if (instance != nullptr) sum += instance->datagrams();
  }
  return sum;
}

std::optional<std::uint64_t> Line::instance_at(tcp::Endpoint client) const {
  const auto at = clients_.find(key_of(client));
  if (at == clients_.end()) return std::nullopt;
  return at->second;
}

void Line::register_client(tcp::Endpoint client, std::uint64_t instance) { clients_[key_of(client)] = instance; }

void Line::forget_client(tcp::Endpoint client) { clients_.erase(key_of(client)); }

}  // namespace wirelab
