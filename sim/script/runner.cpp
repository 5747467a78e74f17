#include "script/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "script/counters.h"
#include "script/tcp_info.h"
#include "wire/packet.h"

namespace wirelab::script {

namespace {

/// An outbound packet that has not come by then does not come.
constexpr Duration kPatience = Duration::s(2);
/// A blocked call must have returned by then when the next one is made.
constexpr Duration kCallPatience = Duration::s(1);
constexpr std::size_t kShownLines = 60;

std::string seconds(Time t) { return fmt::format("{:.6f}", t.seconds()); }
std::string milliseconds(Duration d) { return fmt::format("{:.3f} ms", d.seconds() * 1e3); }

std::string result_text(std::int64_t value, const std::string& error) {
  return error.empty() ? fmt::format("{}", value) : fmt::format("{} {}", value, error);
}

}  // namespace

Runner::Runner(const Script& script, const RunnerOptions& options, PcapWriter* pcap)
    : script_(script),
      options_(options),
      settings_(initial_settings()),
      machine_(options.addresses, pcap),
      program_(machine_, settings_, flow_, options_.tolerance.fixed) {}

Outcome Runner::run() {
  try {
    if (options_.mtu) settings_.mtu = *options_.mtu;
    if (script_.init) run_shell(*script_.init, settings_);
    settings_.pause = {};  // the clock starts with the first event
    apply_device();
    for (const Event& event : script_.events) perform(event);
    if (pending_) {
      const When& when = pending_->event->when;
      finish_pending(pending_->began + (when.to - when.from) + kPatience);
    }
    if (failed_check_) throw *failed_check_;
  } catch (const Failed& failed) {
    outcome_.verdict = Verdict::Fail;
    outcome_.strict = false;
    outcome_.line = failed.line;
    outcome_.reason = failed.reason;
    outcome_.details = failed.comparison;
    const std::size_t first = log_.size() > kShownLines ? log_.size() - kShownLines : 0;
    outcome_.details += "  the exchange so far:\n";
    if (first != 0) outcome_.details += "    ...\n";
    for (std::size_t i = first; i < log_.size(); ++i) outcome_.details += "    " + log_[i] + "\n";
  }
  outcome_.simulated = machine_.now().since_start();
  return std::move(outcome_);
}

void Runner::log(Time when, char direction, const std::string& text) {
  log_.push_back(fmt::format("{} {} {}", seconds(when), direction, text));
}

void Runner::perform(const Event& event) {
  std::visit([&](const auto& action) { perform(action, event); }, event.action);
}

// ---- Time

void Runner::wait_for(const Event& event) {
  const Time due = (event.when.relative ? before_ : start_) + event.when.from;
  if (due < machine_.now()) {
    const Duration late = machine_.now() - due;
    note_deviation(late, distance(event.when, before_, start_), event.line, "the event", {});
  }
  advance_to(due);
  before_ = machine_.now();
}

void Runner::advance_to(Time t) {
  // Strictly before `t`: the script's event comes before a timer of the same time.
  const Time last = Time::from_ps(t.ps() - 1);
  while (step(last)) {}
  machine_.advance_to(t);
}

bool Runner::step(Time limit) {
  // A call may also wait for a time of its own, as poll does.
  if (pending_ && pending_->progress.deadline <= limit) {
    const Time deadline = pending_->progress.deadline;
    if (machine_.step(Time::from_ps(deadline.ps() - 1))) {
      after_activity();
      return true;
    }
    machine_.advance_to(deadline);
    after_activity();
    return true;
  }
  if (!machine_.step(limit)) return false;
  after_activity();
  return true;
}

void Runner::note_deviation(Duration deviation, Duration distance, int line, const std::string& what,
                            const std::string& comparison) {
  const Duration off = deviation < Duration{} ? -deviation : deviation;
  if (off > outcome_.largest_deviation) {
    outcome_.largest_deviation = off;
    outcome_.deviation_line = line;
  }
  if (!Tolerance::strict().allows(deviation, distance)) outcome_.strict = false;
  if (options_.tolerance.allows(deviation, distance)) return;
  throw Failed{line, fmt::format("{} is {} too {}", what, milliseconds(off), deviation < Duration{} ? "early" : "late"),
               comparison};
}

// ---- Packets

void Runner::perform(const InboundSegment& in, const Event& event) {
  wait_for(event);
  if (flow_.kind() == Flow::Kind::Listening) {
    flow_ = Flow(Flow::Kind::Passive,
                 {machine_.addresses().host, machine_.addresses().remote, kServicePort, next_remote_port_++});
  } else if (flow_.kind() != Flow::Kind::Active && flow_.kind() != Flow::Kind::Passive) {
    throw Unsupported{event.line, "a packet comes in before there is a flow that it could belong to"};
  }
  // What has left tells the host's initial sequence number, whether the script has looked at it or not.
  for (const Sent& sent : machine_.sent()) {
    if (flow_.owns(sent)) flow_.note_sent(sent);
  }
  Segment wire;
  if (const auto fault = flow_.to_wire(in.segment, options_.scaled_echoes, wire)) {
    throw Failed{event.line, "the inbound packet " + *fault, {}};
  }
  log(machine_.now(), '<', to_text(in.segment));
  // Nobody here has a key, and a segment with a digest that nobody asked for is dropped before TCP sees it: it is not
  // even answered with a RST (RFC 2385 section 4.1; Linux's tcp_inbound_hash).
  const bool is_signed = std::any_of(wire.options.begin(), wire.options.end(),
                                     [](const TcpOption& o) { return o.kind == TcpOption::Kind::Md5; });
  if (!is_signed) machine_.receive(flow_.id(), wire);
  after_activity();
}

void Runner::perform(const InboundIcmp& in, const Event& event) {
  wait_for(event);
  log(machine_.now(), '<', in.text);
  for (const Sent& sent : machine_.sent()) {
    if (flow_.owns(sent)) flow_.note_sent(sent);
  }
  const auto mtu = static_cast<std::uint16_t>(std::max(in.mtu - options_.header_growth, 0));
  machine_.receive_icmp(flow_.id(), in.type, in.code, mtu, flow_.quoted(in.quoted));
  after_activity();
}

std::optional<Sent> Runner::next_sent(Time limit) {
  while (true) {
    auto& queue = machine_.sent();
    while (!queue.empty()) {
      Sent sent = std::move(queue.front());
      queue.pop_front();
      if (!flow_.owns(sent)) continue;
      flow_.note_sent(sent);
      return sent;
    }
    if (!step(limit)) return std::nullopt;
  }
}

void Runner::gather(const Segment& expected, Sent& first, Time limit) {
  const std::uint16_t may_differ = tcp_flag::Psh | tcp_flag::Fin | tcp_flag::Cwr;
  std::uint32_t last_length = first.segment.length;
  while (first.segment.length < expected.length && last_length != 0) {
    auto& queue = machine_.sent();
    while (!queue.empty() && !flow_.owns(queue.front())) queue.pop_front();
    if (queue.empty() && !step(limit)) return;
    if (queue.empty()) continue;
    const Sent& next = queue.front();
    const Segment& s = next.segment;
    const bool follows = next.seq == first.seq + first.segment.length && s.length != 0 && s.length <= last_length &&
                         (s.flags & ~may_differ) == (first.segment.flags & ~may_differ) && s.ack == first.segment.ack &&
                         s.window == first.segment.window && s.ecn == first.segment.ecn && next.when == first.when &&
                         first.segment.length + s.length <= expected.length;
    if (!follows) return;
    const std::uint16_t cwr = first.segment.flags & tcp_flag::Cwr;
    last_length = first.segment.length % s.length == 0 && s.length == last_length ? s.length : 0;
    first.segment.length += s.length;
    first.segment.flags = static_cast<std::uint16_t>((s.flags & ~tcp_flag::Cwr) | cwr);
    first.segment.options = s.options;
    queue.pop_front();
  }
}

void Runner::perform(const ExpectedSegment& out, const Event& event) {
  const Segment& expected = out.segment;
  const When& when = event.when;
  const Time base = when.relative ? before_ : start_;
  const Duration last = when.kind == When::Kind::Range ? when.to : when.from;
  const Time limit = when.kind == When::Kind::Any ? Time::from_ps(Time::never().ps() - 1) : base + last + kPatience;
  const std::string due = when.kind == When::Kind::Any ? "any time"
                          : when.kind == When::Kind::Range
                              ? seconds(base + when.from) + " to " + seconds(base + when.to)
                              : seconds(base + when.from);
  const std::string wanted = fmt::format("  expected  > {}  at {}\n", to_text(expected), due);
  std::optional<Sent> sent = next_sent(limit);
  if (!sent) throw Failed{event.line, "the expected packet did not come", wanted + "  seen      nothing\n"};
  machine_.tcp().on_capture_read();  // packetdrill has read up to this one
  if (expected.has(tcp_flag::Syn)) flow_.set_script_isn(expected.start);
  if (!options_.strict_segments) gather(expected, *sent, sent->when);
  for (std::size_t i = 0; i < expected.options.size() && i < sent->segment.options.size(); ++i) {
    const TcpOption &e = expected.options[i], &s = sent->segment.options[i];
    if (e.kind == TcpOption::Kind::Timestamps && s.kind == e.kind) flow_.pair_timestamps(e.value, s.value);
  }
  Segment seen = flow_.to_script(*sent, &expected);
  if (!expected.window) seen.window.reset();
  if (expected.ecn == IpEcn::NotCompared) seen.ecn = IpEcn::NotCompared;
  log(sent->when, '>', to_text(seen));
  const std::string comparison = wanted + fmt::format("  seen      > {}  at {}\n", to_text(seen), seconds(sent->when));
  if (const auto what = difference(expected, seen)) throw Failed{event.line, *what, comparison};
  check_timestamps(expected, *sent, event, comparison);
  note_deviation(deviation(when, sent->when, before_, start_), distance(when, before_, start_), event.line,
                 "the packet", comparison);
  before_ = std::max(before_, sent->when);
}

void Runner::check_timestamps(const Segment& expected, const Sent& sent, const Event& event,
                              const std::string& comparison) {
  if (!options_.timestamp_tick || expected.any_options) return;
  for (std::size_t i = 0; i < expected.options.size(); ++i) {
    const TcpOption &e = expected.options[i], &s = sent.segment.options[i];
    if (e.kind != TcpOption::Kind::Timestamps) continue;
    const Duration drift = flow_.timestamp_drift(e.value, s.value).value_or(0) * *options_.timestamp_tick;
    if (!options_.tolerance.allows(drift, sent.when - start_)) {
      throw Failed{event.line, fmt::format("the timestamp is {} off", milliseconds(drift)), comparison};
    }
  }
}

// ---- The program

void Runner::after_activity() {
  if (!pending_) return;
  const auto result = program_.attempt(*pending_->call, pending_->progress);
  if (!result) return;
  const Pending done = *pending_;
  pending_.reset();
  log(machine_.now(), ' ', done.call->text + "  returns");
  check_result(*done.call, *result, done.event->line);
  const Duration length = done.event->when.to - done.event->when.from;
  note_deviation(machine_.now() - done.began - length, length, done.event->line, "the return of " + done.call->name,
                 {});
}

void Runner::finish_pending(Time limit) {
  while (pending_ && step(limit)) {}
  if (!pending_) return;
  throw Failed{pending_->event->line, fmt::format("{} has not returned", pending_->call->name), {}};
}

void Runner::check_result(const SystemCall& call, const CallResult& result, int line) {
  const bool any_descriptor = call.name == "socket" || call.name.starts_with("accept");
  const bool value_fits =
      !call.result || (any_descriptor && *call.result >= 0 ? result.value >= 0 : result.value == *call.result);
  // A failure written without its errno is any failure.
  const bool any_error = call.error.empty() && call.result && *call.result < 0;
  const bool error_fits = !call.result || any_error || call.error == result.error;
  if (value_fits && error_fits && result.note.empty()) return;
  const std::string expected = call.result ? result_text(*call.result, call.error) : "anything";
  std::string seen = result_text(result.value, result.error);
  if (!result.note.empty()) seen += ", and " + result.note;
  throw Failed{line, fmt::format("{} answers {}", call.name, seen),
               fmt::format("  expected  {}\n  seen      {} at {}\n", call.text, seen, seconds(machine_.now()))};
}

void Runner::perform(const SystemCall& call, const Event& event) {
  wait_for(event);
  if (pending_) {
    finish_pending(machine_.now() + kCallPatience);
    before_ = machine_.now();
  }
  log(machine_.now(), ' ', call.text);
  machine_.follow_path();
  try {
    Program::Progress progress;
    const auto result = program_.attempt(call, progress);
    const bool blocking = event.when.kind == When::Kind::Blocking;
    if (!result && !blocking) throw Failed{event.line, fmt::format("{} would block for ever", call.name), {}};
    if (!result) {
      pending_ = Pending{&event, &call, progress, machine_.now()};
      return;
    }
    check_result(call, *result, event.line);
    if (blocking) {
      const Duration length = event.when.to - event.when.from;
      note_deviation(-length, length, event.line, "the return of " + call.name, {});
    }
  } catch (Unsupported& fault) { throw Unsupported{event.line, std::move(fault.reason)}; }
}

void Runner::perform(const Check& check, const Event& event) {
  wait_for(event);
  const tcp::Connection* const c = program_.connection_under_test();
  const Check::Lookup lookup = [&](std::string_view name) -> std::optional<std::int64_t> {
    if (!is_tcp_info_field(name)) return std::nullopt;
    if (c == nullptr) throw Failed{event.line, "there is no connection with a descriptor to look at", {}};
    return tcp_info_field(*c, name, machine_.now());
  };
  // Packets come first: what a check says of a flow that went another way is of no use.
  const auto failure = check.run(variables_, lookup, outcome_.printed);
  if (failure && !failed_check_) failed_check_ = Failed{failure->line, failure->text, {}};
}

std::uint64_t Runner::growth_of(std::string_view counter) const {
  return script::counter(machine_.tcp().counters(), counter) - script::counter(counted_, counter);
}

void Runner::perform(const Command& command, const Event& event) {
  wait_for(event);
  run_shell({event.line, command.text}, settings_);
  apply_settings(event.line);
  if (settings_.pause == Duration{}) return;
  advance_to(machine_.now() + std::exchange(settings_.pause, {}));
  before_ = machine_.now();
}

void Runner::apply_device() {
  machine_.set_mtu(static_cast<std::uint16_t>(settings_.mtu - options_.header_growth), settings_.mtu_is_of_route);
  machine_.set_refusing(settings_.refuses);
}

void Runner::apply_settings(int line) {
  apply_device();
  program_.on_settings_changed();
  if (std::exchange(settings_.flush_metrics, false)) machine_.tcp().fast_open_cache().flush();
  if (std::exchange(settings_.count_afresh, false)) counted_ = machine_.tcp().counters();
  if (std::exchange(settings_.wants_listener, false) && !program_.is_listening()) {
    throw Failed{line, "nobody listens on the port of the service", {}};
  }
  for (const Settings::WantedCounter& wanted : std::exchange(settings_.wanted_counters, {})) {
    const std::uint64_t growth = growth_of(wanted.name);
    if (growth == 0 || growth != wanted.by.value_or(growth)) {
      throw Failed{line, fmt::format("the counter {} has grown by {}", wanted.name, growth), {}};
    }
    if (!wanted.keeps_start) counted_ = machine_.tcp().counters();
  }
}

}  // namespace wirelab::script
