#pragma once
// A script at work: its events one after another, each at its time, against the program on the machine.

#include <optional>
#include <string>
#include <vector>

#include "script/compare.h"
#include "script/flow.h"
#include "script/machine.h"
#include "script/program.h"
#include "script/run.h"
#include "script/settings.h"

namespace wirelab::script {

struct RunnerOptions {
  Tolerance tolerance;
  Addresses addresses;
  std::uint16_t header_growth = 0;         ///< what an IPv6 script's IP headers are longer by: paths carry so much less
  std::optional<Duration> timestamp_tick;  ///< the host's TSval is compared, in ticks of this length
  std::optional<std::uint16_t> mtu;        ///< of the device
  bool scaled_echoes = false;
  bool strict_segments = false;  ///< no gathering of segments into the longer packet that a line names
};

class Runner {
 public:
  /// The script must outlive the runner.
  Runner(const Script& script, const RunnerOptions& options, PcapWriter* pcap);

  /// To be called once. Throws Unsupported where only running shows it.
  Outcome run();

 private:
  struct Failed {
    int line;
    std::string reason, comparison;
  };
  struct Pending {
    const Event* event;
    const SystemCall* call;
    Program::Progress progress;
    Time began;
  };

  void perform(const Event& event);
  void perform(const InboundSegment& in, const Event& event);
  void perform(const ExpectedSegment& out, const Event& event);
  void perform(const InboundIcmp& in, const Event& event);
  void perform(const SystemCall& call, const Event& event);
  void perform(const Check& check, const Event& event);
  void perform(const Command& command, const Event& event);

  void apply_device();
  void apply_settings(int line);
  /// The clock goes to the event's time; the program's blocked call may return on the way.
  void wait_for(const Event& event);
  void advance_to(Time t);
  bool step(Time limit);
  void after_activity();
  void finish_pending(Time limit);
  void check_result(const SystemCall& call, const CallResult& result, int line);
  std::uint64_t growth_of(std::string_view counter) const;
  void note_deviation(Duration deviation, Duration distance, int line, const std::string& what,
                      const std::string& comparison);

  /// The next segment of the flow under test; nothing: none has left by `limit`.
  std::optional<Sent> next_sent(Time limit);
  /// Joins to `first` what follows it until the expected length is reached.
  void gather(const Segment& expected, Sent& first, Time limit);
  void check_timestamps(const Segment& expected, const Sent& sent, const Event& event, const std::string& comparison);
  void log(Time when, char direction, const std::string& text);

  const Script& script_;
  RunnerOptions options_;
  Settings settings_;
  Machine machine_;
  Flow flow_;
  Program program_;
  std::uint16_t next_remote_port_ = 40000;
  Time start_{};                // of the first event
  Time before_{};               // when the event before was finished
  tcp::LayerCounters counted_;  // when the script looked last
  std::optional<Pending> pending_;
  Variables variables_;
  std::optional<Failed> failed_check_;
  std::vector<std::string> log_;
  Outcome outcome_;
};

}  // namespace wirelab::script
