#pragma once
// One function for each kind of plot: from what was recorded to a picture, or to the reason why there is none.

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "record/plot.h"
#include "record/plot_datagram_data.h"
#include "record/plot_picture.h"
#include "record/plot_tcp_data.h"

namespace wirelab::plot {

/// A run and what was read of it, so that several pictures read each file once.
class Source {
 public:
  explicit Source(RecordedRun run) : run_(std::move(run)) {}
  const RecordedRun& run() const { return run_; }
  const TcpData& tcp(const std::vector<std::string>& apps, Window window);
  const DatagramData& datagrams(const std::vector<std::string>& apps, Window window);

 private:
  using Key = std::tuple<std::vector<std::string>, double, double>;
  RecordedRun run_;
  std::map<Key, TcpData> tcp_;
  std::map<Key, DatagramData> datagrams_;
};

Picture draw_cwnd(Source& source, const PlotSpec& spec);
Picture draw_rtt(Source& source, const PlotSpec& spec);
Picture draw_throughput(Source& source, const PlotSpec& spec);
Picture draw_jain(Source& source, const PlotSpec& spec);
Picture draw_queue(Source& source, const PlotSpec& spec);
Picture draw_sequence(Source& source, const PlotSpec& spec);
Picture draw_states(Source& source, const PlotSpec& spec);
Picture draw_ca_states(Source& source, const PlotSpec& spec);

/// What a comparison draws of one run: one series for each flow or queue, in the unit that `unit` names.
struct Principal {
  std::vector<Series> series;
  std::string y_label;
  double y_max = 0;  ///< 0: from the data
};
Principal principal_of(Source& source, const PlotSpec& spec);
Picture draw_overlay(std::string_view title, std::vector<Source>& sources, const std::vector<std::string>& labels,
                     const PlotSpec& spec);

/// The series behind the pictures, for overlays.
/// bit/s: of the connections, then of the UDP flows; a name is the app's.
std::vector<Series> throughput_series(const TcpData& tcp, const DatagramData& datagrams, Window window, double& bin);
/// Milliseconds: of the connections, then of the pings; likewise.
std::vector<Series> rtt_series(const TcpData& tcp, const DatagramData& datagrams);
std::vector<Series> queue_series(const RecordedRun& run, const PlotSpec& spec, Window window);  ///< packets
std::vector<Point> jain_points(const RecordedRun& run, const TcpData& data, Window window);

/// Divides rates by a power of 1000 and says which: "Mbit/s".
struct RateUnit {
  double divisor;
  std::string_view name;
};
RateUnit rate_unit(double largest_bps);

inline constexpr std::size_t kMostPanels = 4;

/// Why there is nothing from tcp.csv; empty if there is something.
std::string tcp_warning(const TcpData& data);

}  // namespace wirelab::plot
