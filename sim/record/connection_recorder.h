#pragma once
// Watches every connection of a run: the totals of each line of apps, and for the chosen ones the rows of tcp.csv and
// states.csv. It reads a connection only when a row is due, or when it ends.

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/units.h"
#include "record/csv_writer.h"
#include "record/row_sampling.h"
#include "tcp/connection.h"
#include "tcp/observer.h"

namespace wirelab {

/// What one end of a connection has come to, or the sums over many.
struct ConnectionTotals {
  std::uint64_t bytes_acked = 0;
  std::uint64_t segments_sent = 0, segments_retransmitted = 0, fast_recoveries = 0, timeouts = 0;
  Int128 cwnd_area = 0;  ///< segment-picoseconds since the connection was established
  Int128 open_ps = 0;    ///< how long that has been
  std::uint64_t rtt_samples = 0;
  std::int64_t rtt_sum_us = 0;
  Duration min_rtt = Duration::max(), max_rtt;

  ConnectionTotals& operator+=(const ConnectionTotals& o);
  /// What has come since `before`; minimum and maximum stay whole.
  ConnectionTotals since(const ConnectionTotals& before) const;
};

class ConnectionRecorder final : public tcp::ConnectionObserver {
 public:
  enum Side : std::uint8_t { Client, Server };

  /// Where the server's side of a connection belongs to, told by what knows the apps.
  class Directory {
   public:
    /// The instance of `line` whose client is at `remote`, by name; nothing if there is none.
    virtual std::optional<std::string> instance_at(std::uint32_t line, tcp::Endpoint remote) const = 0;
    virtual bool is_recorded(std::uint32_t line, const std::string& instance) const = 0;

   protected:
    ~Directory() = default;
  };

  ConnectionRecorder(const Directory& directory, std::vector<std::string> line_names, std::vector<std::string> hosts)
      : directory_(directory),
        line_names_(std::move(line_names)),
        hosts_(std::move(hosts)),
        lines_(line_names_.size()) {}

  /// Rows go there from now on, plain `ack` and `dupack` ones by the sampling; `variables`: cc.csv too.
  [[nodiscard]] std::optional<FileError> open(const std::filesystem::path& dir, RowSampling sampling, bool variables);
  bool writes() const { return tcp_csv_.is_open(); }
  [[nodiscard]] std::optional<FileError> commit();
  CsvWriter& tcp_csv() { return tcp_csv_; }
  CsvWriter& states_csv() { return states_csv_; }
  CsvWriter& cc_csv() { return cc_csv_; }

  /// Tags for tcp::Layer::connect and listen.
  std::uint32_t add_client(std::uint32_t line, std::string instance, std::uint32_t host);
  std::uint32_t add_listener(std::uint32_t line, std::uint32_t host);

  /// Sums from here on are those of the measured span, until `end_span`.
  void begin_span(Time now);
  void end_span(Time now);
  /// Of a line: the whole run, or the measured span (the whole run if none was begun).
  ConnectionTotals totals(std::uint32_t line, Side side, Time now) const;
  ConnectionTotals span_totals(std::uint32_t line, Side side, Time now) const;
  /// Goodput in bit/s of each connection that the line has had on that side, over the part of its life that lies in the
  /// measured span [from, to). To be asked after the span has ended.
  std::vector<double> goodputs(std::uint32_t line, Side side, Time from, Time to) const;
  /// The states that the line's first instance went through on a host, for expectations.
  std::vector<tcp::State> path(std::uint32_t line, std::uint32_t host) const;
  /// Keeps the path of that line and host. To be called before the run.
  void keep_path(std::uint32_t line, std::uint32_t host) { paths_.push_back({line, host, {}}); }

  void on_open(tcp::Connection& c, Time now) override;
  void on_change(const tcp::Connection& c, tcp::ChangeKinds kinds, Time now) override;
  void on_state(const tcp::StateChange& change) override;
  void on_end(const tcp::Connection& c, Time now) override;

 private:
  struct Recorded {
    std::string instance;
    Time next_row;  // of plain acks
  };
  struct Entry {                         // one for each end of each connection, so it is small
    std::unique_ptr<Recorded> recorded;  // of one that is recorded
    std::uint32_t line = 0, host = 0;
    std::uint32_t before = 0;  // into before_, plus one: totals when the span began
    Side side = Client;
    bool listener = false, ended = false, used = false;
    Time established = Time::never();
    const tcp::Connection* connection = nullptr;
  };
  struct Life {  // of a connection that has sent data
    Time from, to;
    std::uint64_t bytes_in_span;
  };
  struct LineTotals {
    std::array<ConnectionTotals, 2> ended, before;
    std::array<std::vector<Life>, 2> lives;
  };
  struct Path {
    std::uint32_t line, host;
    std::vector<tcp::State> states;
  };

  std::uint32_t add(Entry entry);
  void record_if_chosen(Entry& e, std::string instance) const;
  void write_row(const Entry& e, const tcp::Connection& c, std::string_view event, Time now);
  void write_variables(const Entry& e, const tcp::Connection& c, Time now);
  static ConnectionTotals read(const Entry& e, const tcp::Connection& c, Time now);
  void keep_life(const Entry& e, const tcp::Connection& c, Time now);

  const Directory& directory_;
  std::vector<std::string> line_names_, hosts_;
  RowSampling sampling_;
  CsvWriter tcp_csv_, states_csv_, cc_csv_;
  std::deque<Entry> entries_;  // of thousands, so none is ever moved to grow
  std::vector<std::uint32_t> free_;
  std::vector<LineTotals> lines_;                      // over the whole run
  std::vector<std::array<ConnectionTotals, 2>> span_;  // when the span has ended: its sums
  std::vector<ConnectionTotals> before_;
  bool in_span_ = false, span_over_ = false;
  std::vector<Path> paths_;
};

}  // namespace wirelab
