#pragma once
// datagrams.csv as curves: what UDP flows and pings got through, and how long it took.

#include <string>
#include <vector>

#include "record/plot_series.h"
#include "record/recorded_run.h"

namespace wirelab::plot {

struct DatagramCurves {
  std::string app;
  std::string name;   ///< for legends: the app, with its kind where the name does not tell
  std::string group;  ///< flows that are drawn as one when there are many
  bool is_ping = false;
  double first = 0, last = 0;         ///< times of its rows
  std::vector<Point> sent, received;  ///< bytes of payload since the start
  std::vector<Point> delay;           ///< seconds: one way, of ping there and back
};

struct DatagramData {
  bool recorded = false;              ///< datagrams.csv is there
  std::vector<DatagramCurves> flows;  ///< in the order in which they began
};

DatagramData read_datagrams(const RecordedRun& run, const std::vector<std::string>& apps, Window window);

}  // namespace wirelab::plot
