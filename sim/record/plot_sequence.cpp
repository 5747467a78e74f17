// Time and sequence number, as in Stevens' TCP/IP Illustrated: what was sent, what was acknowledged, what was resent.

#include <fmt/format.h>

#include <algorithm>

#include "record/plot_kinds.h"

namespace wirelab::plot {
namespace {

/// A whole run of many round trips is a straight line. Without a span asked for, the picture shows some round trips
/// about the first loss, where there is something to see.
constexpr double kWholeUpTo = 60, kBefore = 8, kAfter = 22;  // round trips

Window interesting(const TcpData& data) {
  const TcpMark* first = nullptr;
  double rtt = 0;
  for (const TcpCurves& c : data.connections) {
    for (const TcpMark& m : c.marks) {
      if (m.event != TcpEvent::FastRetransmit && m.event != TcpEvent::Timeout) continue;
      if (first != nullptr && first->t <= m.t) continue;
      first = &m;
      for (const Point& p : c.srtt) {
        if (p.t <= m.t) rtt = p.y;
      }
    }
  }
  const Window whole = data.window;
  if (first == nullptr || rtt <= 0 || whole.span() <= kWholeUpTo * rtt) return whole;
  return {std::max(whole.from, first->t - kBefore * rtt), std::min(whole.to, first->t + kAfter * rtt)};
}

struct ByteUnit {
  double divisor;
  std::string_view name;
};
ByteUnit byte_unit(double largest) {
  if (largest >= 2e9) return {1e9, "GB"};
  if (largest >= 2e6) return {1e6, "MB"};
  if (largest >= 2e3) return {1e3, "kB"};
  return {1, "bytes"};
}

std::vector<Point> scaled(std::vector<Point> points, double divisor) {
  for (Point& p : points) p.y /= divisor;
  return points;
}

/// The largest number of all panels sets their unit.
double highest(const TcpData& data) {
  double high = 0;
  for (const TcpCurves& c : data.connections) {
    for (const Point& p : c.nxt) high = std::max(high, p.y);
  }
  return high;
}

Panel panel_of(const TcpCurves& c, const ByteUnit& unit) {
  double low = 1e300;
  for (const Point& p : c.una) low = std::min(low, p.y);
  Panel panel;
  panel.label = c.name;
  panel.y_label = fmt::format("sequence number [{}]", unit.name);
  panel.y_min = low / unit.divisor;
  panel.curves.push_back(
      {"sent (snd_nxt)", Draw::Steps, std::string(colour::Sky), scaled(c.nxt, unit.divisor), {}, {}});
  panel.curves.push_back(
      {"acked (snd_una)", Draw::Steps, std::string(colour::Blue), scaled(c.una, unit.divisor), {}, {}});
  panel.curves.push_back(
      {"window's edge", Draw::DashedSteps, std::string(colour::Grey), scaled(c.edge, unit.divisor), {}, {}});
  Curve resent{"fast retransmit", Draw::Marks, std::string(colour::Vermilion), {}, {}, MarkShape::Triangle};
  Curve probes{"tail loss probe", Draw::Marks, std::string(colour::Orange), {}, {}, MarkShape::Diamond};
  Curve timeouts{"timeout", Draw::Marks, std::string(colour::Black), {}, {}, MarkShape::Cross};
  Curve windows{"window probe", Draw::Marks, std::string(colour::Purple), {}, {}, MarkShape::Circle};
  for (const TcpMark& m : c.marks) {
    const Point p{m.t, m.una / unit.divisor};
    if (m.event == TcpEvent::FastRetransmit) resent.points.push_back(p);
    if (m.event == TcpEvent::Tlp) probes.points.push_back(p);
    if (m.event == TcpEvent::Timeout) timeouts.points.push_back(p);
    if (m.event == TcpEvent::Persist) windows.points.push_back(p);
  }
  panel.curves.insert(panel.curves.end(),
                      {std::move(resent), std::move(probes), std::move(windows), std::move(timeouts)});
  return panel;
}

}  // namespace

Picture draw_sequence(Source& source, const PlotSpec& spec) {
  Picture picture;
  picture.window = window_of(source.run(), spec);
  picture.warning = tcp_warning(source.tcp(spec.apps, picture.window));
  if (!picture.warning.empty()) return picture;
  picture.title = source.run().scenario + ": sequence numbers over time";
  if (!spec.from && !spec.to) {
    const Window zoom = interesting(source.tcp(spec.apps, picture.window));
    if (zoom.span() < picture.window.span()) picture.title += ", around the first loss";
    picture.window = zoom;
  }
  picture.source = "tcp.csv";
  const TcpData& data = source.tcp(spec.apps, picture.window);
  const ByteUnit unit = byte_unit(highest(data));
  for (const TcpCurves& c : data.connections) {
    if (c.una.size() < 2) continue;
    if (picture.panels.size() == kMostPanels) {
      picture.title += fmt::format(", {} of {} connections", kMostPanels, data.connections.size());
      break;
    }
    picture.panels.push_back(panel_of(c, unit));
  }
  if (picture.panels.empty()) picture.warning = "no connection sent anything in this span";
  return picture;
}

}  // namespace wirelab::plot
