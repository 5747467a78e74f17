#include "record/output_dir.h"

#include <gtest/gtest.h>

#include "record/scratch_dir.h"

namespace wirelab {
namespace {

namespace fs = std::filesystem;

class OutputDir : public ScratchDir {
 protected:
  fs::path out() const { return dir / "out"; }
  void earlier_run(const std::string& files) const {
    put("out/summary.json", R"({"scenario": "x", "files": [)" + files + "]}");
  }
};

TEST_F(OutputDir, AFolderThatIsNotThereIsMade) {
  EXPECT_FALSE(check_output_dir(out() / "deep", false));
  EXPECT_FALSE(exists("out"));  // checking changes nothing
  EXPECT_FALSE(prepare_output_dir(out() / "deep"));
  EXPECT_TRUE(fs::is_directory(out() / "deep"));
}

TEST_F(OutputDir, AnEmptyFolderIsTaken) {
  fs::create_directory(out());
  EXPECT_FALSE(check_output_dir(out(), false));
}

TEST_F(OutputDir, ForeignFilesAreRefusedUnlessForced) {
  put("out/thesis.tex", "years of work");
  const auto refusal = check_output_dir(out(), false);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->exit_status, 2);
  EXPECT_NE(refusal->message.find("--force"), std::string::npos);
  EXPECT_FALSE(check_output_dir(out(), true));
  EXPECT_FALSE(prepare_output_dir(out()));
  EXPECT_EQ(read(out() / "thesis.tex"), "years of work");
}

TEST_F(OutputDir, SomeOtherProgramsSummaryIsNotARun) {
  put("out/summary.json", R"({"total": 3})");
  const auto refusal = check_output_dir(out(), false);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->exit_status, 2);
}

TEST_F(OutputDir, AFileInThePlaceOfTheFolderIsRefused) {
  put("out", "a file");
  const auto refusal = check_output_dir(out(), true);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->exit_status, 2);
}

TEST_F(OutputDir, WhatTheEarlierRunListedGoesAndNothingElse) {
  earlier_run(R"("summary.json", "tcp.csv", "plots/cwnd.png", "pcap/s1.pcap")");
  put("out/tcp.csv", "");
  put("out/notes.txt", "mine");
  put("out/plots/cwnd.png", "");
  put("out/plots/mine.gp", "changed by hand");
  put("out/pcap/s1.pcap", "");
  ASSERT_FALSE(check_output_dir(out(), false));
  ASSERT_FALSE(prepare_output_dir(out()));
  EXPECT_FALSE(exists("out/tcp.csv"));
  EXPECT_FALSE(exists("out/summary.json"));
  EXPECT_FALSE(exists("out/plots/cwnd.png"));
  EXPECT_FALSE(exists("out/pcap"));  // emptied
  EXPECT_TRUE(exists("out/notes.txt"));
  EXPECT_TRUE(exists("out/plots/mine.gp"));
}

TEST_F(OutputDir, NamesThatLeadOutOfTheFolderAreNotFollowed) {
  put("victim", "precious");
  put("elsewhere/data", "precious");
  put("out/real/x", "precious");
  earlier_run(R"("../victim", ")" + (dir / "victim").string() + R"(", "plots/../../victim", "linked/data", "link",
                 "./real/x", "", "real")");
  fs::create_directory_symlink(dir / "elsewhere", out() / "linked");
  fs::create_symlink(dir / "victim", out() / "link");
  ASSERT_FALSE(prepare_output_dir(out()));
  EXPECT_TRUE(exists("victim"));
  EXPECT_TRUE(exists("elsewhere/data"));
  EXPECT_TRUE(exists("out/linked"));
  EXPECT_TRUE(exists("out/link"));
  EXPECT_TRUE(exists("out/real/x"));
}

TEST_F(OutputDir, WhatADeadRunLeftHalfWrittenIsNoObstacle) {
  put("out/tcp.csv.wirelab-part", "half");
  put("out/pcap/s1.pcap.wirelab-part", "half");
  ASSERT_FALSE(check_output_dir(out(), false));
  ASSERT_FALSE(prepare_output_dir(out()));
  EXPECT_TRUE(fs::is_empty(out()));
}

}  // namespace
}  // namespace wirelab
