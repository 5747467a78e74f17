// Congestion window with slow-start threshold and what happened to it.

#include <fmt/format.h>

#include <algorithm>

#include "record/plot_kinds.h"

namespace wirelab::plot {
namespace {

struct MarkStyle {
  TcpEvent event;
  std::string_view title, colour;
  MarkShape shape;
};
constexpr std::array<MarkStyle, 5> kMarks = {{
    {TcpEvent::FastRetransmit, "fast retransmit", colour::Vermilion, MarkShape::Triangle},
    {TcpEvent::RecoveryExit, "recovery ends", colour::Green, MarkShape::Circle},
    {TcpEvent::Tlp, "tail loss probe", colour::Orange, MarkShape::Diamond},
    {TcpEvent::Undo, "undo", colour::Purple, MarkShape::Diamond},
    {TcpEvent::Timeout, "timeout", colour::Black, MarkShape::Cross},
}};
/// With more than these in a panel the ends of recoveries say nothing that the triangles do not.
constexpr std::size_t kMostExits = 40;

/// In all panels or in none: a mark that is missing in one would seem to mean something.
bool shows_exits(const std::vector<TcpCurves>& connections) {
  return std::all_of(connections.begin(), connections.end(), [](const TcpCurves& c) {
    const auto exits = std::count_if(c.marks.begin(), c.marks.end(),
                                     [](const TcpMark& m) { return m.event == TcpEvent::RecoveryExit; });
    return static_cast<std::size_t>(exits) <= kMostExits;
  });
}

void add_marks(Panel& panel, const TcpCurves& c, bool exits) {
  for (const MarkStyle& style : kMarks) {
    if (style.event == TcpEvent::RecoveryExit && !exits) continue;
    Curve marks;
    marks.title = style.title;
    marks.draw = Draw::Marks;
    marks.colour = style.colour;
    marks.shape = style.shape;
    for (const TcpMark& m : c.marks) {
      if (m.event == style.event) marks.points.push_back({m.t, m.cwnd});
    }
    panel.curves.push_back(std::move(marks));
  }
}

double highest(const std::vector<Point>& points) {
  double y = 0;
  for (const Point& p : points) y = std::max(y, p.y);
  return y;
}

Panel panel_of(const TcpCurves& c, bool exits) {
  Panel panel;
  panel.label = c.name;
  panel.y_label = "congestion window [segments]";
  // A threshold far above the window would press the window to the ground; then it runs out of the picture.
  const double window = highest(c.cwnd), threshold = highest(c.ssthresh);
  panel.y_max = threshold <= 1.6 * window ? std::max(window, threshold) : window;
  Curve ssthresh;
  ssthresh.title = "ssthresh";
  ssthresh.draw = Draw::DashedSteps;
  ssthresh.colour = colour::Grey;
  ssthresh.points = c.ssthresh;
  if (!ssthresh.points.empty()) ssthresh.points.push_back({c.last, ssthresh.points.back().y});
  Curve cwnd;
  cwnd.title = "cwnd";
  cwnd.draw = Draw::Steps;
  cwnd.colour = colour::Blue;
  cwnd.points = c.cwnd;
  panel.curves = {std::move(ssthresh), std::move(cwnd)};
  add_marks(panel, c, exits);
  return panel;
}

}  // namespace

Picture draw_cwnd(Source& source, const PlotSpec& spec) {
  Picture picture;
  picture.window = window_of(source.run(), spec);
  const TcpData& data = source.tcp(spec.apps, picture.window);
  picture.warning = tcp_warning(data);
  picture.title = source.run().scenario + ": congestion window";
  picture.source = "tcp.csv";
  if (data.connections.size() <= kMostPanels) {
    const bool exits = shows_exits(data.connections);
    for (const TcpCurves& c : data.connections) picture.panels.push_back(panel_of(c, exits));
    share_scale(picture.panels);
    return picture;
  }
  Panel panel;
  panel.label = fmt::format("{} connections", data.connections.size());
  panel.y_label = "congestion window [segments]";
  std::vector<Series> series;
  for (const TcpCurves& c : data.connections) series.push_back({c.name, c.group, c.cwnd});
  add_overlay(panel, std::move(series), picture.window, Draw::Steps);
  picture.panels.push_back(std::move(panel));
  return picture;
}

}  // namespace wirelab::plot
