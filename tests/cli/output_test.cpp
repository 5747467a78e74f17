#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/exit_status.h"
#include "cli/junit.h"
#include "cli/progress_line.h"
#include "record/text_table.h"

namespace wirelab::cli {
namespace {

using testing::HasSubstr;

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

TEST(Junit, ARunWithoutExpectationsIsOneCaseThatPasses) {
  RunSummary s;
  s.scenario = "quiet";
  EXPECT_THAT(junit_xml({s}), HasSubstr("<testsuite name=\"quiet\" tests=\"1\" failures=\"0\""));
}

TEST(Junit, OneCaseForEachExpectationWithItsFailureEscaped) {
  RunSummary s;
  s.scenario = "two-flows";
  s.expect = {{"/jain_index", "0.98", true, ""}, {"/a", "1", false, "1 is not < 1 & \"so\""}};
  const std::string xml = junit_xml({s});
  EXPECT_THAT(xml, HasSubstr("<testsuite name=\"two-flows\" tests=\"2\" failures=\"1\""));
  EXPECT_THAT(xml, HasSubstr("<failure message=\"1 is not &lt; 1 &amp; &quot;so&quot;\"/>"));
}

}  // namespace
}  // namespace wirelab::cli
