#include "record/plot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "record/plot_legend.h"
#include "record/plot_picture.h"
#include "record/plot_series.h"
#include "record/scratch_dir.h"

namespace wirelab {
namespace {

using plot::Decimator;
using plot::Point;

TEST(Decimator, KeepsEveryPeakAndTheEnds) {
  Decimator d({0, 100}, 50);
  for (int i = 0; i <= 100'000; ++i) d.add(i * 0.001, i == 31'234 ? 1000 : i == 77'777 ? -5 : i % 10);
  const std::vector<Point> kept = d.take();
  EXPECT_LE(kept.size(), 51u * 4);
  EXPECT_TRUE(std::any_of(kept.begin(), kept.end(), [](Point p) { return p.y == 1000 && p.t == 31.234; }));
  EXPECT_TRUE(std::any_of(kept.begin(), kept.end(), [](Point p) { return p.y == -5; }));
  EXPECT_EQ(kept.front().t, 0);
  EXPECT_EQ(kept.back().t, 100);
  EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end(), [](Point a, Point b) { return a.t < b.t; }));
}

TEST(Decimator, BeginsAWindowWithTheValueInForce) {
  Decimator d({10, 20}, 100);
  for (const double t : {1.0, 5.0, 9.0, 15.0, 25.0}) d.add(t, t);
  const std::vector<Point> kept = d.take();
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].t, 10);
  EXPECT_EQ(kept[0].y, 9);
  EXPECT_EQ(kept[1].y, 15);
}

TEST(Decimator, HoldsAValueThatDoesNotChangeInTheWindow) {
  Decimator d({10, 20}, 100);
  d.add(1, 7);
  const std::vector<Point> kept = d.take();
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[1].t, 20);
  EXPECT_EQ(kept[1].y, 7);
}

TEST(BinnedRate, OfASteadyCounterIsItsSlope) {
  std::vector<Point> counter;
  for (int i = 0; i <= 1000; ++i) counter.push_back({i * 0.01, i * 5.0});
  const std::vector<Point> rate = plot::binned_rate(counter, {0, 10}, 0.5, 0.1);
  ASSERT_EQ(rate.size(), 20u);
  for (const Point& p : rate) EXPECT_NEAR(p.y, 500, 1e-6);
  EXPECT_DOUBLE_EQ(rate[0].t, 0.25);
}

TEST(BinnedRate, DoesNotSmearASilence) {
  const std::vector<Point> rate = plot::binned_rate({{0, 0}, {0.05, 100}, {4.05, 200}, {5, 200}}, {0, 5}, 1, 0.1);
  ASSERT_EQ(rate.size(), 5u);
  EXPECT_EQ(rate[0].y, 100);
  EXPECT_EQ(rate[1].y, 0);
  EXPECT_EQ(rate[3].y, 0);
  EXPECT_EQ(rate[4].y, 100);
}

TEST(NiceCeiling, IsOneTwoOrFiveTimesAPowerOfTen) {
  EXPECT_DOUBLE_EQ(plot::nice_ceiling(0.3), 0.5);
  EXPECT_DOUBLE_EQ(plot::nice_ceiling(1), 1);
  EXPECT_DOUBLE_EQ(plot::nice_ceiling(1.2), 2);
  EXPECT_DOUBLE_EQ(plot::nice_ceiling(6e-6), 1e-5);
}

/// A run of `apps` flows in the CSV formats that the recorder writes: sawtooth windows, losses, a queue, states.
class Plots : public ScratchDir {
 protected:
  void record(int apps, bool with_tcp = true) {
    std::string summary = R"({"scenario": "saw_tooth's", "sim_time_s": 20, "apps": {)";
    std::string tcp =
        "time_s,app,host,port,event,state,ca_state,cwnd_bytes,ssthresh_bytes,inflight_bytes,srtt_s,rttvar_s,rto_s,"
        "snd_wnd_bytes,snd_una,snd_nxt,mss_bytes\n";
    std::string queue = "time_s,link,direction,packets,bytes,drops\n0,bottleneck,forward,0,0,0\n";
    std::string states = "time_s,app,host,port,from,to,cause\n";
    for (int a = 0; a < apps; ++a) {
      const std::string id = "flow_" + std::to_string(a + 1), host = "s" + std::to_string(a + 1);
      summary += (a == 0 ? "\"" : ", \"") + id + R"(": {"type": "bulk", "cc": ")" + (a % 2 == 0 ? "reno" : "cubic") +
                 R"(", "from": ")" + host + R"(", "min_rtt_s": 0.05})";
      states += "0," + id + "," + host + ",40000,CLOSED,SYN-SENT,connect\n0.05," + id + "," + host +
                ",40000,SYN-SENT,ESTABLISHED,synack\n";
    }
    summary += "}, \"files\": [\"tcp.csv\"]}";
    for (int i = 0; i < 400; ++i) {
      for (int a = 0; a < apps; ++a) {
        const int cwnd = 10 + (i + 13 * a) % 40;
        const std::string id = "flow_" + std::to_string(a + 1), host = "s" + std::to_string(a + 1);
        tcp += std::to_string(i * 0.05) + "," + id + "," + host + ",40000," + (cwnd == 10 ? "fast_retransmit" : "ack") +
               ",ESTABLISHED," + (cwnd < 13 ? "Recovery" : "Open") + "," + std::to_string(cwnd * 1448) +
               (i > 40 ? ",28960," : ",,") + "0,0.06,0.01,0.26,65535," + std::to_string(1 + i * 50'000) + "," +
               std::to_string(60'001 + i * 50'000) + ",1448\n";
      }
      queue += std::to_string(i * 0.05) + ",bottleneck,forward," + std::to_string(i % 40) + ",0," +
               std::to_string(i / 40) + "\n";
    }
    put("summary.json", summary);
    if (with_tcp) put("tcp.csv", tcp);
    put("queues.csv", queue);
    put("states.csv", states);
  }
  static std::vector<PlotSpec> all_kinds() {
    std::vector<PlotSpec> specs;
    for (const PlotKind& kind : plot_kinds()) {
      PlotSpec spec;
      spec.kind = kind.name;
      specs.push_back(spec);
    }
    return specs;
  }
};

TEST_F(Plots, EveryKindIsDrawnForAnyNumberOfFlows) {
  if (!has_program("gnuplot")) GTEST_SKIP() << "gnuplot is not installed";
  for (const int apps : {1, 2, 5, 8, 9, 70}) {
    record(apps);
    const PlotReport report = draw(dir, all_kinds());
    EXPECT_EQ(report.error, "");
    for (const PlotResult& r : report.plots) {
      EXPECT_EQ(r.error, "") << r.name << " " << apps;
      if (r.name == "jain" && apps == 1) {
        EXPECT_NE(r.warning, "");
        EXPECT_TRUE(r.files.empty());
        continue;
      }
      EXPECT_EQ(r.warning, "") << r.name << " " << apps;
      ASSERT_EQ(r.files.size(), 4u) << r.name << " " << apps;
      for (const std::string& file : r.files) EXPECT_GT(std::filesystem::file_size(dir / file), 100u) << file;
    }
  }
}

TEST_F(Plots, TheScriptCanBeRunAgainFromTheFolder) {
  if (!has_program("gnuplot")) GTEST_SKIP() << "gnuplot is not installed";
  record(2);
  PlotSpec spec;
  spec.kind = "cwnd";
  spec.name = "mine";
  const PlotReport report = draw(dir, std::vector{spec});
  ASSERT_EQ(report.plots.at(0).files.size(), 4u);
  const std::string before = read(dir / "plots/mine.png");
  std::filesystem::remove(dir / "plots/mine.png");
  EXPECT_EQ(output_of("cd '" + dir.string() + "' && gnuplot plots/mine.gp 2>&1"), "");
  EXPECT_EQ(read(dir / "plots/mine.png"), before);
}

TEST_F(Plots, NothingToShowIsAWarningWithTheReasonAndNoFile) {
  record(2, false);
  PlotSpec spec;
  spec.kind = "cwnd";
  const PlotReport report = draw(dir, std::vector{spec});
  EXPECT_NE(report.plots.at(0).warning.find("no TCP connection"), std::string::npos);
  EXPECT_TRUE(report.plots.at(0).files.empty());
  EXPECT_FALSE(exists("plots"));
}

TEST_F(Plots, ASpanBehindTheEndOfTheRunIsAWarning) {
  record(2);
  PlotSpec spec;
  spec.kind = "cwnd";
  spec.from = Time::at(Duration::s(20));
  EXPECT_NE(draw(dir, std::vector{spec}).plots.at(0).warning.find("20 s"), std::string::npos);
  EXPECT_NE(
      draw_comparison(dir / "both", "saw", std::vector<ComparedRun>{{"a", dir}}, std::vector{spec}).plots.at(0).warning,
      "");
}

TEST_F(Plots, AnAppThatIsNotThereIsAWarning) {
  record(2);
  PlotSpec spec;
  spec.kind = "rtt";
  spec.apps = {"nobody"};
  EXPECT_NE(draw(dir, std::vector{spec}).plots.at(0).warning, "");
}

TEST_F(Plots, AnUnknownKindIsAnErrorAndAFolderWithoutARunToo) {
  record(1);
  PlotSpec spec;
  spec.kind = "cwndd";
  EXPECT_NE(draw(dir, std::vector{spec}).plots.at(0).error, "");
  EXPECT_NE(draw(dir / "nothing", std::vector{spec}).error.find("summary.json"), std::string::npos);
}

TEST_F(Plots, SpecsOfOneNameDoNotOverwriteEachOther) {
  if (!has_program("gnuplot")) GTEST_SKIP() << "gnuplot is not installed";
  record(1);
  PlotSpec spec;
  spec.kind = "cwnd";
  const PlotReport report = draw(dir, std::vector{spec, spec}, {.png = true, .svg = false});
  EXPECT_EQ(report.plots.at(0).name, "cwnd");
  EXPECT_EQ(report.plots.at(1).name, "cwnd-2");
  EXPECT_EQ(report.plots.at(0).files.size(), 3u);
}

TEST_F(Plots, WindowsAreDrawnInSegmentsWithTheLossAtItsPeak) {
  record(1);
  PlotSpec spec;
  spec.kind = "cwnd";
  draw(dir, std::vector{spec});
  const std::string data = read(dir / "plots/cwnd.dat");
  const std::size_t marks = data.find("fast retransmit");
  ASSERT_NE(marks, std::string::npos);
  // The row at 2 s has the reduced window, 10 segments; the loss happened at 49.
  EXPECT_NE(data.find("\n2 49\n", marks), std::string::npos);
}

TEST_F(Plots, AComparisonHasALineForEachRun) {
  if (!has_program("gnuplot")) GTEST_SKIP() << "gnuplot is not installed";
  record(2);
  std::vector<PlotSpec> specs;
  for (const char* kind : {"cwnd", "throughput", "queue", "states"}) {
    PlotSpec spec;
    spec.kind = kind;
    specs.push_back(spec);
  }
  const std::vector<ComparedRun> runs = {{"cc=reno", dir}, {"cc=cubic", dir}};
  const PlotReport report = draw_comparison(dir / "both", "saw", runs, specs);
  ASSERT_EQ(report.plots.size(), 4u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(report.plots[i].error + report.plots[i].warning, "");
    EXPECT_EQ(report.plots[i].files.size(), 4u);
  }
  EXPECT_NE(report.plots[3].warning, "");
  const std::string script = read(dir / "both/plots/cwnd.gp");
  EXPECT_NE(script.find("cc=reno"), std::string::npos);
  EXPECT_NE(script.find("cc=cubic"), std::string::npos);
}

TEST_F(Plots, ThroughputShowsUdpAndRoundTripTimesShowPing) {
  put("summary.json",
      R"({"scenario": "x", "sim_time_s": 10, "apps": {"voice": {"type": "cbr"}, "probe": {"type": "ping"}},
    "files": []})");
  std::string rows = "time_s,app,sent,received,bytes_sent,bytes_received,delay_s\n";
  for (int i = 0; i <= 1000; ++i) {  // 100 bytes in 10 ms, of which half arrive: 80 and 40 kbit/s
    const std::string at = std::to_string(i / 100) + "." + std::to_string(1000 + i % 100 * 10).substr(1);
    rows += at + ",voice,0,0," + std::to_string(i * 100) + "," + std::to_string(i * 50) + ",0.02\n";
    if (i % 100 == 0) rows += at + ",probe,0,0,0,0,0.04" + std::to_string(i / 100) + "\n";
  }
  put("datagrams.csv", rows);
  PlotSpec throughput, rtt, cwnd;
  throughput.kind = "throughput";
  rtt.kind = "rtt";
  cwnd.kind = "cwnd";
  const PlotReport report = draw(dir, std::vector{throughput, rtt, cwnd});
  EXPECT_EQ(report.plots.at(0).warning + report.plots.at(1).warning, "");
  EXPECT_EQ(report.plots.at(2).warning, "no app of this run uses TCP");
  const std::string rates = read(dir / "plots/throughput.dat"), times = read(dir / "plots/rtt.dat");
  EXPECT_NE(rates.find("received\n0.05 40\n"), std::string::npos) << rates.substr(0, 400);
  EXPECT_NE(rates.find("sent\n0.05 80\n"), std::string::npos) << rates.substr(0, 400);
  EXPECT_EQ(rates.find("probe"), std::string::npos);
  EXPECT_NE(times.find("\n3 43\n"), std::string::npos) << times;
  EXPECT_EQ(times.find("voice"), std::string::npos);
}

// gnuplot counts blocks of data by two empty lines.
TEST_F(Plots, FlowsThatComeLateAndPauseDoNotShiftTheBlocksOfTheOthers) {
  std::string apps, rows = "time_s,app,sent,received,bytes_sent,bytes_received,delay_s\n";
  for (int a = 1; a <= 10; ++a) {
    const std::string id = a <= 5 ? "late." + std::to_string(a) : a <= 9 ? "early." + std::to_string(a) : "alone";
    apps += (a == 1 ? "\"" : ", \"") + id + R"(": {"type": "cbr"})";
  }
  put("summary.json", R"({"scenario": "x", "sim_time_s": 10, "apps": {)" + apps + R"(}, "files": []})");
  for (int i = 0; i <= 1000; ++i) {
    const std::string at = std::to_string(i / 100) + "." + std::to_string(1000 + i % 100 * 10).substr(1);
    for (int a = 1; a <= 10; ++a) {
      const std::string id = a <= 5 ? "late." + std::to_string(a) : a <= 9 ? "early." + std::to_string(a) : "alone";
      if (a <= 5 && (i < 300 || i > 900)) continue;
      rows += at + "," + id + ",0,0," + std::to_string(i * 100) + "," + std::to_string(i * 100 * a) + ",0.02\n";
    }
  }
  put("datagrams.csv", rows);
  PlotSpec spec;
  spec.kind = "throughput";
  draw(dir, std::vector{spec});
  const std::string data = read(dir / "plots/throughput.dat"), script = read(dir / "plots/throughput.gp");
  std::size_t blocks = 0, at = 0;
  for (std::size_t end = 0; end != std::string::npos; at = end + 2, ++blocks) {
    end = data.find("\n\n\n", at);
    const std::string head = "# " + std::to_string(blocks) + ":";
    EXPECT_EQ(data.compare(data.find('#', at), head.size(), head), 0) << head;
  }
  EXPECT_EQ(script.find("data index " + std::to_string(blocks) + " "), std::string::npos);
  EXPECT_NE(script.find("data index " + std::to_string(blocks - 1) + " "), std::string::npos);
  // One flow has no percentiles.
  EXPECT_NE(script.find("early: 10th to 90th"), std::string::npos);
  EXPECT_EQ(script.find("alone: 10th to 90th"), std::string::npos);
  EXPECT_EQ(script.find("median of 1'"), std::string::npos);
}

TEST_F(Plots, FairnessIsThatOfTheBulkFlows) {
  record(3);
  std::string summary = read(dir / "summary.json");
  summary.replace(summary.find("bulk"), 4, "request-response");
  put("summary.json", summary);
  PlotSpec spec;
  spec.kind = "jain";
  draw(dir, std::vector{spec});
  EXPECT_NE(read(dir / "plots/jain.gp").find("one takes all: 1/2"), std::string::npos);
}

TEST_F(Plots, ASumIsDrawnWhereOneLinkThatIsFullCarriesAll) {
  record(2);
  PlotSpec spec;
  spec.kind = "throughput";
  const auto has_sum = [&](const std::string& bytes, const std::string& utilization) {
    std::string summary = read(dir / "summary.json");
    summary.insert(summary.rfind("\"files\""), "\"links\": {\"l\": {\"forward\": {\"bytes\": " + bytes +
                                                   ", \"utilization\": " + utilization + "}}}, ");
    const std::string before = read(dir / "summary.json");
    put("summary.json", summary);
    draw(dir, std::vector{spec});
    put("summary.json", before);
    return read(dir / "plots/throughput.dat").find(": sum") != std::string::npos;
  };
  EXPECT_TRUE(has_sum("41000000", "0.9"));   // two flows of 399 x 50 kB
  EXPECT_FALSE(has_sum("30000000", "0.9"));  // another link carried the rest
  EXPECT_FALSE(has_sum("41000000", "0.1"));  // a link wide enough for both: neither takes from the other
}

TEST(Quoted, LeavesOutTheMiddleOfWhatIsTooLong) {
  EXPECT_EQ(plot::quoted("it's", 4), "'it''s'");
  EXPECT_EQ(plot::quoted("abcdefghijklmnopqrst at s1", 12), "'abcdefg…t s1'");
  EXPECT_EQ(plot::quoted("ääääääääää", 6), "'äää…ää'");
}

TEST(LineColour, IsDifferentForEachLine) {
  for (const std::size_t n : {8u, 30u}) {
    std::vector<std::string> colours;
    for (std::size_t i = 0; i < n; ++i) colours.push_back(plot::line_colour(i, n));
    std::sort(colours.begin(), colours.end());
    EXPECT_EQ(std::adjacent_find(colours.begin(), colours.end()), colours.end());
  }
}

}  // namespace
}  // namespace wirelab
