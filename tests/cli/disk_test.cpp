// The folder that a run writes into, when the system will not have it: rights, full disks, limits, links.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <map>

#include "cli/program.h"

namespace wirelab {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kScenario = R"({ "name": "two", "duration": "5s",
  "topology": { "generator": "dumbbell", "params": { "rate": "5Mbit", "queue": "20p" } },
  "apps": [ { "id": "reno", "type": "bulk", "from": "s1", "to": "d1" } ] })";

std::map<std::string, std::string> files_in(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files[fs::relative(entry.path(), folder)] = content_of(entry.path());
  }
  return files;
}

class Disk : public testing::Test {
 protected:
  Disk() { here.write("two.json", kScenario); }
  Scratch here;
};

/// A user who may do nothing special: root may read and write everything, which would prove nothing.
class Unprivileged : public testing::Test {
 protected:
  void SetUp() override {
    // Below /root, where a tree may be, another user reaches nothing: the program moves to where everyone may be.
    std::string name = (fs::temp_directory_path() / "wirelab-nobody-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder = name;
    fs::permissions(folder, fs::perms::all);
    fs::copy_file(std::getenv("WIRELAB"), folder / "wirelab");
    if (geteuid() == 0) as = "setpriv --reuid=65534 --regid=65534 --clear-groups -- ";
    if (here.shell(as + (folder / "wirelab").string() + " --version").status != 0) {
      GTEST_SKIP() << "no unprivileged user can run the program here (setpriv of util-linux is needed for it)";
    }
  }
  void TearDown() override {
    here.shell("chmod -R u+rwx '" + folder.string() + "'");
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
  Outcome run(const std::string& arguments) const {
    return here.shell("cd '" + folder.string() + "' && " + as + "./wirelab run " + arguments);
  }
  void put(const std::string& name, const std::string& content) const {
    here.write("copied", content);
    fs::create_directories((folder / name).parent_path());
    fs::copy_file(here / "copied", folder / name);
  }

  Scratch here;
  fs::path folder;
  std::string as;
};

TEST_F(Unprivileged, AScenarioThatMayNotBeReadIsSaidToBeSo) {
  put("secret.json", kScenario);
  fs::permissions(folder / "secret.json", fs::perms::none);
  const Outcome o = run("secret.json");
  EXPECT_EQ(o.status, 2) << o.err;
  EXPECT_THAT(o.err, AllOf(HasSubstr("secret.json: cannot be read"), HasSubstr("permission")));
}

TEST_F(Unprivileged, ATopologyThatMayNotBeReadIsSaidToBeSo) {
  put("net.json", R"({ "generator": "chain" })");
  fs::permissions(folder / "net.json", fs::perms::none);
  put("uses.json", R"({ "duration": "1s", "topology": { "file": "net.json" }, "apps": [] })");
  const Outcome o = run("uses.json");
  EXPECT_EQ(o.status, 2) << o.err;
  EXPECT_THAT(o.err, AllOf(HasSubstr("uses.json:1:"), HasSubstr("net.json"), HasSubstr("ermission")));
}

TEST_F(Unprivileged, AFolderThatMayNotBeWrittenIsStatusThreeAndStaysAsItIs) {
  put("dir/summary.json", R"({"scenario": "x", "files": ["summary.json", "tcp.csv"]})");
  put("dir/tcp.csv", "old");
  put("two.json", kScenario);
  const auto before = files_in(folder / "dir");
  fs::permissions(folder / "dir",
                  fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_read | fs::perms::others_exec);
  for (const char* where : {"dir", "dir/new", "dir/new/deeper", "dir --force"}) {
    const Outcome o = run("two.json --no-plot -o " + std::string(where));
    EXPECT_EQ(o.status, 3) << where << o.err;
    EXPECT_THAT(o.err, HasSubstr("ermission denied")) << where;
  }
  EXPECT_EQ(files_in(folder / "dir"), before);
}

TEST_F(Unprivileged, AReportThatMayNotBeWrittenIsStatusThreeAfterTheRun) {
  put("two.json", kScenario);
  put("locked/x", "");
  fs::permissions(folder / "locked", fs::perms::owner_read | fs::perms::owner_exec);
  const Outcome o = run("two.json --no-plot -q --junit locked/junit.xml");
  EXPECT_EQ(o.status, 3) << o.err;
  EXPECT_TRUE(fs::exists(folder / "out/two/summary.json"));
}

TEST_F(Disk, FullItEndsWithStatusThreeAndNothingUnderAFinalName) {
  // A file system of its own, seen by this command alone; `size` in the order of where it ends: a recorded file, the
  // scenario, the summary.
  if (here.shell("mkdir m && unshare -m mount -t tmpfs -o size=64k none m").status != 0) {
    GTEST_SKIP() << "no file system can be mounted here; the limit on a file's size is tried in another test";
  }
  for (const char* room : {"4k", "16k", "64k", "128k"}) {
    const Outcome o = here.shell("unshare -m sh -c 'mount -t tmpfs -o size=" + std::string(room) +
                                 " none m && \"$WIRELAB\" run two.json --no-plot --pcap -o m/out; s=$?; "
                                 "find m -type f; exit $s'");
    EXPECT_EQ(o.status, 3) << room << o.err;
    EXPECT_THAT(o.err, AllOf(HasSubstr("m/out"), HasSubstr("No space left on device"))) << room;
    EXPECT_THAT(o.out, IsEmpty()) << room;
  }
}

TEST_F(Disk, AFolderThatFilledUpIsTakenAgainWithoutForce) {
  if (here.shell("mkdir m && unshare -m mount -t tmpfs -o size=64k none m").status != 0) GTEST_SKIP() << "no mount";
  const Outcome o = here.shell(
      "unshare -m sh -c 'mount -t tmpfs -o size=64k none m && \"$WIRELAB\" run two.json --no-plot --pcap -q -o m/out; "
      "mount -o remount,size=100m m && \"$WIRELAB\" run two.json --no-plot -q -o m/out && ls m/out'");
  EXPECT_EQ(o.status, 0) << o.err;
  EXPECT_THAT(o.out, HasSubstr("summary.json"));
}

TEST_F(Disk, TheLimitOnFilesIsAFullDisk) {
  for (const char* blocks : {"1", "8", "20", "60"}) {  // of 512 B
    fs::remove_all(here / "out");
    const Outcome o = here.shell("ulimit -f " + std::string(blocks) + "; \"$WIRELAB\" run two.json --no-plot --pcap");
    EXPECT_EQ(o.status, 3) << blocks << o.err;
    EXPECT_THAT(o.err, HasSubstr("File too large")) << blocks;
    EXPECT_THAT(files_in(here / "out"), IsEmpty()) << blocks;
  }
}

TEST_F(Disk, StandardOutputThatIsFullIsStatusThree) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "needs /dev/full";
  for (const char* command :
       {"run two.json --no-plot", "run two.json --no-plot --json", "list", "schema", "check two.json",
        "check two.json --json", "compare two.json --vary duration=1s,2s --no-plot", "-h", "--version", "run -h"}) {
    const Outcome o = here.shell("\"$WIRELAB\" " + std::string(command) + " >/dev/full");
    EXPECT_EQ(o.status, 3) << command;
    EXPECT_THAT(o.err, HasSubstr("standard output")) << command;
  }
}

TEST_F(Disk, MemoryThatRunsOutIsStatusThree) {
  if (here.shell("ulimit -v 400000 && \"$WIRELAB\" --version").status != 0) GTEST_SKIP() << "a sanitizer?";
  here.write("big.json", R"({ "duration": "1s", "topology": { "generator": "star", "params": { "hosts": 900000 } },
  "apps": [] })");
  const Outcome o = here.shell("ulimit -v 400000; \"$WIRELAB\" run big.json");
  EXPECT_EQ(o.status, 3) << o.err;
  EXPECT_THAT(o.err, HasSubstr("out of memory"));
  EXPECT_FALSE(fs::exists(here / "out/big/summary.json"));
}

TEST_F(Disk, AFileInThePlaceOfTheFolderIsRefusedAndKept) {
  here.write("file", "mine");
  EXPECT_EQ(here.wirelab({"run", "two.json", "--no-plot", "-o", "file"}).status, 2);
  EXPECT_EQ(here.wirelab({"run", "two.json", "--no-plot", "-o", "file", "--force"}).status, 2);
  EXPECT_EQ(here.wirelab({"run", "two.json", "--no-plot", "-o", "file/below"}).status, 3);
  EXPECT_EQ(content_of(here / "file"), "mine");
}

TEST_F(Disk, LinksInTheFolderAreNotFollowed) {
  ASSERT_EQ(here.wirelab({"run", "two.json", "--no-plot", "-q", "-o", "dir"}).status, 0);
  here.write("victim", "precious");
  here.write("elsewhere/cwnd.png", "precious");
  fs::remove(here / "dir/tcp.csv");
  fs::create_symlink(here / "victim", here / "dir/tcp.csv");
  fs::create_symlink(here / "victim", here / "dir/states.csv.wirelab-part");
  EXPECT_EQ(here.wirelab({"run", "two.json", "--no-plot", "-q", "-o", "dir"}).status, 0);
  EXPECT_EQ(content_of(here / "victim"), "precious");
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(here / "dir/tcp.csv")));

  fs::create_directory_symlink(here / "elsewhere", here / "dir/plots");
  const auto before = files_in(here / "elsewhere");
  const Outcome o = here.wirelab({"run", "two.json", "--plot", "-o", "dir"});
  EXPECT_EQ(o.status, 2) << o.err;
  EXPECT_THAT(o.err, HasSubstr("is a link"));
  EXPECT_EQ(files_in(here / "elsewhere"), before);
}

TEST_F(Disk, ALinkToAFolderIsAFolderToWriteInto) {
  fs::create_directory(here / "real");
  fs::create_directory_symlink(here / "real", here / "link");
  EXPECT_EQ(here.wirelab({"run", "two.json", "--no-plot", "-q", "-o", "link"}).status, 0);
  EXPECT_TRUE(fs::exists(here / "real/summary.json"));
}

TEST_F(Disk, ALoopOfTopologyFilesIsNamedAndEnds) {
  here.write("a.json", R"({ "file": "b.json" })");
  here.write("b.json", R"({ "file": "a.json" })");
  here.write("loop.json", R"({ "duration": "1s", "topology": { "file": "a.json" }, "apps": [] })");
  const Outcome o = here.wirelab({"run", "loop.json"});
  EXPECT_EQ(o.status, 2) << o.err;
  EXPECT_THAT(o.err, AllOf(HasSubstr("a.json"), HasSubstr("b.json")));
}

TEST_F(Disk, OneRefusedFolderOfTwoRunsNeither) {
  here.write("other.json", std::string(kScenario).replace(std::string(kScenario).find("two"), 3, "oth"));
  here.write("dir/oth/thesis.txt", "years of work");
  const Outcome o = here.wirelab({"run", "two.json", "other.json", "--no-plot", "-o", "dir"});
  EXPECT_EQ(o.status, 2) << o.err;
  EXPECT_FALSE(fs::exists(here / "dir/two"));
}

}  // namespace
}  // namespace wirelab
