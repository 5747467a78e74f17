#pragma once
// tcp.csv as curves: one pass over the file, whatever its length, keeps what a picture can show.

#include <string>
#include <utility>
#include <vector>

#include "record/plot.h"
#include "record/plot_series.h"
#include "record/recorded_run.h"

namespace wirelab::plot {

enum class TcpEvent : std::uint8_t { FastRetransmit, Timeout, Tlp, RecoveryExit, Undo, Persist };

/// An event that is marked, with the values of its row.
struct TcpMark {
  TcpEvent event;
  double t;
  double cwnd;  ///< segments; of a loss: before it took effect
  double una;   ///< bytes
};

/// The sending end of one connection.
struct TcpCurves {
  std::string app, host, port;
  std::string name;   ///< for legends: the app, with the port where it has several connections
  std::string group;  ///< flows that are drawn as one when there are many: algorithm, or app of the instance
  double min_rtt_s = 0;
  double first = 0, last = 0;                             ///< times of its rows; last: of the window while it is open
  std::vector<Point> cwnd, ssthresh;                      ///< segments
  std::vector<Point> srtt, rto;                           ///< seconds
  std::vector<Point> una, nxt;                            ///< bytes, unwrapped
  std::vector<Point> edge;                                ///< of the offered window, bytes; empty if never reached
  std::vector<TcpMark> marks;                             ///< within the window
  std::vector<std::pair<double, std::string>> ca_states;  ///< each change
};

struct TcpData {
  bool recorded = false;  ///< tcp.csv is there
  bool used = false;      ///< an app of the run has connections
  Window window;
  std::vector<TcpCurves> connections;  ///< in the order in which they began
};

/// The window that a picture covers: what it asks for within the run, else the whole run.
Window window_of(const RecordedRun& run, const PlotSpec& spec);

/// In how many slices of the window a curve is kept: fewer when there are many flows.
std::size_t columns_for(const RecordedRun& run);

/// Does an id (or the app of an instance) match one of these names or patterns? All do if there are none.
bool is_wanted(std::string_view id, const std::vector<std::string>& patterns);

TcpData read_tcp(const RecordedRun& run, const std::vector<std::string>& apps, Window window);

}  // namespace wirelab::plot
