#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/exit_status.h"
#include "cli/junit.h"
#include "cli/progress_line.h"
#include "cli/summary_table.h"
#include "cli/text_table.h"

namespace wirelab::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ExitStatus, TheGraverOfTwoRunsIsReported) {
  EXPECT_EQ(graver(ExitStatus::Done, ExitStatus::Failed), ExitStatus::Failed);
  EXPECT_EQ(graver(ExitStatus::NoResource, ExitStatus::Failed), ExitStatus::NoResource);
  EXPECT_EQ(graver(ExitStatus::Interrupted, ExitStatus::BadInput), ExitStatus::Interrupted);
}

TEST(TextTable, NumbersStandRightAndWordsLeftAndEmptyColumnsAreLeftOut) {
  TextTable table({"app", "nothing", "cc", "goodput"});
  table.add({"reno", "", "reno", "4.7"});
  table.add({"a-long-name", "", "", "14.7"});
  EXPECT_EQ(table.text(),
            "app          cc    goodput\n"
            "reno         reno      4.7\n"
            "a-long-name           14.7\n");
}

TEST(TextTable, CharactersOfSeveralBytesTakeOneColumn) {
  TextTable table({"a", "b"});
  table.add({"\xc3\xa4", "1"});
  EXPECT_EQ(table.text(), "a  b\n\xc3\xa4  1\n");
}

TEST(Progress, SaysShareSpeedAndTimeLeft) {
  EXPECT_EQ(progress_text("x", Time::at(15_s), Time::at(60_s), 8'000'000, 2.0),
            "x  25 %  15.0 of 60 s  4.0 M events/s  6 s left");
}

TEST(Progress, WithoutAnEndThereIsNoShare) {
  EXPECT_EQ(progress_text("x", Time::at(15_s), Time::never(), 1'000'000, 1.0), "x  15.0 s  1.0 M events/s");
}

RunSummary two_flows() {
  RunSummary s;
  s.scenario = "two-flows";
  s.seed = 7;
  s.sim_time = Time::at(60_s);
  s.wall_s = 0.5;
  s.packet_hops = 1'000'000;
  AppSummary reno;
  reno.id = "reno";
  reno.type = "bulk";
  reno.cc = "reno";
  reno.goodput_bps = 4.71e6;
  reno.segments_sent = 24'000;
  reno.segments_retransmitted = 31;
  reno.mean_cwnd_segments = 40.25;
  reno.mean_rtt_s = 0.0521;
  s.apps.push_back(reno);
  LinkSummary bottleneck;
  bottleneck.id = "bottleneck";
  bottleneck.forward.utilization = 0.987;
  bottleneck.forward.drops_queue = 31;
  LinkSummary idle;
  idle.id = "idle";
  s.links = {idle, bottleneck};
  s.jain_index = 0.98;
  return s;
}

TEST(SummaryTable, ShowsAppsAndTheLinksThatMattered) {
  const std::string text = summary_table(two_flows());
  EXPECT_THAT(text, HasSubstr("two-flows, seed 7: 60 s simulated in 0.50 s (120 x), 2.00 M packet hops/s"));
  EXPECT_THAT(text, HasSubstr("4.71 Mbit/s"));
  EXPECT_THAT(text, HasSubstr("52.1 ms"));
  EXPECT_THAT(text, HasSubstr("98.7 %"));
  EXPECT_THAT(text, HasSubstr("Jain index 0.980"));
  EXPECT_THAT(text, Not(HasSubstr("idle")));
  EXPECT_THAT(text, Not(HasSubstr("expectations")));
}

TEST(SummaryTable, SaysWhichExpectationsDidNotHold) {
  RunSummary s = two_flows();
  s.expect = {{"/jain_index", "0.98", true, ""}, {"/apps/reno/timeouts", "3", false, ""}};
  const std::string text = summary_table(s);
  EXPECT_THAT(text, HasSubstr("1 of 2 expectations held"));
  EXPECT_THAT(text, HasSubstr("/apps/reno/timeouts is 3"));
}

TEST(Junit, OneCaseForEachExpectationWithItsFailureEscaped) {
  RunSummary s = two_flows();
  s.expect = {{"/jain_index", "0.98", true, ""}, {"/a", "1", false, "1 is not < 1 & \"so\""}};
  const std::string xml = junit_xml({s});
  EXPECT_THAT(xml, HasSubstr("<testsuite name=\"two-flows\" tests=\"2\" failures=\"1\""));
  EXPECT_THAT(xml, HasSubstr("<failure message=\"1 is not &lt; 1 &amp; &quot;so&quot;\"/>"));
}

}  // namespace
}  // namespace wirelab::cli
