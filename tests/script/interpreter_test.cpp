// The interpreter itself: that what is wrong fails, at the right line and with the right words, and that what is not
// known never passes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "script/run.h"

namespace wirelab::script {
namespace {

using testing::HasSubstr;

/// A listener with a connection at 4, one second into the script; then `rest`, which begins in line 9.
std::string established(const std::string& rest) {
  return R"(0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65000 <mss 1000>
+0 > S. 0:0(0) ack 1 <mss 1460>
+1 < . 1:1(0) ack 1 win 65000
+0 accept(3, ..., ...) = 4

)" + rest;
}

Outcome run(const std::string& rest) { return run_script(established(rest)); }

void expect(const Outcome& o, Verdict verdict, int line, const std::string& words) {
  EXPECT_EQ(name_of(o.verdict), name_of(verdict)) << o.reason << "\n" << o.details;
  EXPECT_EQ(o.line, line) << o.reason;
  EXPECT_THAT(o.reason, HasSubstr(words));
}

// ---- What is compared

TEST(Expected, EachFieldThatDiffersFailsAtItsLine) {
  const std::string write = "+0 write(4, ..., 100) = 100\n";
  EXPECT_EQ(run(write + "+0 > P. 1:101(100) ack 1").verdict, Verdict::Pass);
  expect(run(write + "+0 > . 1:101(100) ack 1"), Verdict::Fail, 10, "the flags differ");
  expect(run(write + "+0 > P. 2:102(100) ack 1"), Verdict::Fail, 10, "the sequence number differs");
  expect(run(write + "+0 > P. 1:91(90) ack 1"), Verdict::Fail, 10, "the length differs");
  expect(run(write + "+0 > P. 1:101(100) ack 2"), Verdict::Fail, 10, "the acknowledgement differs");
  expect(run(write + "+0 > P. 1:101(100) ack 1 win 1"), Verdict::Fail, 10, "the window differs");
  expect(run(write + "+0 > P. 1:101(100) ack 1 urg 5"), Verdict::Fail, 10, "the urgent pointer differs");
  expect(run(write + "+0 > P. 1:101(100) ack 1 <nop,nop>"), Verdict::Fail, 10, "the options differ");
  expect(run(write + "+0 > [ect0] P. 1:101(100) ack 1"), Verdict::Fail, 10, "the ECN field");
  EXPECT_EQ(run(write + "+0 > [noecn] P. 1:101(100) ack 1 <...>").verdict, Verdict::Pass);
}

TEST(Expected, APacketThatDoesNotComeFails) { expect(run("+0 > . 1:1(0) ack 1"), Verdict::Fail, 9, "did not come"); }

TEST(Expected, AStrayPacketIsMetByTheNextLine) {
  expect(run("+0 write(4, ..., 100) = 100\n+0 < P. 1:11(10) ack 101 win 65000\n+0 > . 101:101(0) ack 11"),
         Verdict::Fail, 11, "the flags differ");
}

TEST(Expected, TheFailureShowsBothPacketsAndTheExchange) {
  const Outcome o = run("+.5 write(4, ..., 100) = 100\n+0 > P. 1:51(50) ack 1");
  EXPECT_THAT(o.details, HasSubstr("expected  > P. 1:51(50) ack 1  at 1.500000"));
  EXPECT_THAT(o.details, HasSubstr("seen      > P. 1:101(100) ack 1  at 1.500000"));
  EXPECT_THAT(o.details, HasSubstr("1.000000 < . 1:1(0) ack 1 win 65000"));
}

TEST(Expected, SegmentsAreGatheredToTheLengthThatTheLineNames) {
  const std::string write = "+0 write(4, ..., 3500) = 3500\n";
  EXPECT_EQ(run(write + "+0 > P. 1:3501(3500) ack 1").verdict, Verdict::Pass);
  EXPECT_EQ(run(write + "+0 > . 1:1001(1000) ack 1\n+0 > P. 1001:3501(2500) ack 1").verdict, Verdict::Pass);
  expect(run(write + "+0 > P. 1:3401(3400) ack 1"), Verdict::Fail, 10, "differ");
  const Outcome strict = run_script("--strict_segments\n" + established(write + "+0 > P. 1:3501(3500) ack 1"));
  EXPECT_EQ(strict.verdict, Verdict::Fail);
}

// ---- Times

TEST(Times, AreHeldToFourMillisecondsOrAnEighth) {
  const std::string write = "+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1\n";
  // The round trip took a second: the timer is due 3 s later (srtt 1 s, 4 rttvar 2 s).
  EXPECT_EQ(run(write + "+3 > P. 1:101(100) ack 1").verdict, Verdict::Pass);
  EXPECT_EQ(run(write + "+2.7 > P. 1:101(100) ack 1").verdict, Verdict::Pass);
  expect(run(write + "+2.6 > P. 1:101(100) ack 1"), Verdict::Fail, 11, "too late");
  expect(run(write + "+3.5 > P. 1:101(100) ack 1"), Verdict::Fail, 11, "too early");
  EXPECT_EQ(run(write + "+1~+3 > P. 1:101(100) ack 1").verdict, Verdict::Pass);
  EXPECT_EQ(run(write + "* > P. 1:101(100) ack 1").verdict, Verdict::Pass);
  EXPECT_EQ(run("+0 write(4, ..., 100) = 100\n+.004 > P. 1:101(100) ack 1").verdict, Verdict::Pass);
  expect(run("+0 write(4, ..., 100) = 100\n+.005 > P. 1:101(100) ack 1"), Verdict::Fail, 10, "5.000 ms too early");
}

TEST(Times, AStrictRunHoldsThemToAHundredth) {
  const std::string text = established("+0 write(4, ..., 100) = 100\n+.002 > P. 1:101(100) ack 1");
  const Outcome loose = run_script(text);
  EXPECT_EQ(loose.verdict, Verdict::Pass);
  EXPECT_FALSE(loose.strict);
  EXPECT_EQ(loose.largest_deviation, Duration::ms(2));
  EXPECT_EQ(loose.deviation_line, 10);
  RunOptions options;
  options.strict = true;
  EXPECT_EQ(run_script(text, options).verdict, Verdict::Fail);
  options.strict = false;
  options.tolerance = Duration::ms(1);
  EXPECT_EQ(run_script("--tolerance_usecs=9000\n" + text, options).verdict, Verdict::Fail)
      << "the caller's tolerance beats the script's";
}

TEST(Times, ABlockingCallReturnsWhenItSays) {
  EXPECT_EQ(run("+0...0.1 read(4, ..., 10) = 10\n+.1 < P. 1:11(10) ack 1 win 65000").verdict, Verdict::Pass);
  expect(run("+0...0.3 read(4, ..., 10) = 10\n+.1 < P. 1:11(10) ack 1 win 65000"), Verdict::Fail, 9, "too early");
  expect(run("+0...0.1 read(4, ..., 10) = 10"), Verdict::Fail, 9, "has not returned");
  expect(run("+0 read(4, ..., 10) = 10"), Verdict::Fail, 9, "would block");
}

// ---- Calls and checks

TEST(Calls, ResultsAndErrnosAreCompared) {
  expect(run("+0 write(4, ..., 100) = 99"), Verdict::Fail, 9, "write answers 100");
  expect(run("+0 recv(4, ..., 100, MSG_DONTWAIT) = -1 EPIPE (Broken pipe)"), Verdict::Fail, 9, "EAGAIN");
  expect(run("+0 getsockopt(4, SOL_TCP, TCP_MAXSEG, [999], [4]) = 0"), Verdict::Fail, 9, "the value is 1000");
  EXPECT_EQ(run("+0 close(9) = -1 EBADF (Bad file descriptor)").verdict, Verdict::Pass);
}

TEST(Calls, WhatIsReadyIsComparedWithItsData) {
  expect(run("+0 poll([{fd=4, events=POLLOUT}], 1, 0) = 1"), Verdict::Fail, 9, "revents of 4 is 0x4");
  const std::string watch = "+0 epoll_create(1) = 7\n+0 epoll_ctl(7, EPOLL_CTL_ADD, 4, {events=EPOLLOUT, fd=4}) = 0\n";
  EXPECT_EQ(run(watch + "+0 epoll_wait(7, {events=EPOLLOUT, fd=4}, 1, 0) = 1").verdict, Verdict::Pass);
  expect(run(watch + "+0 epoll_wait(7, {events=EPOLLOUT, fd=3}, 1, 0) = 1"), Verdict::Fail, 11, "its data is 4");
  expect(run(watch + "+0 epoll_wait(7, {events=EPOLLIN, fd=4}, 1, 0) = 1"), Verdict::Fail, 11, "events is 0x4");
}

TEST(Calls, OnWhatIsNoSocketAnswerAsLinuxDoes) {
  EXPECT_EQ(
      run("+0 pipe([5, 6]) = 0\n+0 send(6, ..., 5, 0) = -1 ENOTSOCK (a pipe)\n+0 write(5, ..., 5) = -1 EBADF (x)\n"
          "+0 write(6, ..., 70000) = 65536")
          .line,
      12)
      << "it would wait for room";
  EXPECT_EQ(run("+0 pipe([5, 6]) = 0\n+0 close(5) = 0\n+0 write(6, ..., 5) = -1 EPIPE (nobody reads)").verdict,
            Verdict::Pass);
  EXPECT_EQ(run("+0 epoll_create(1) = 7\n+0 read(7, ..., 5) = -1 EINVAL (x)\n"
                "+0 epoll_wait(4, {events=0, fd=0}, 1, 0) = -1 EINVAL (x)")
                .verdict,
            Verdict::Pass);
}

TEST(Checks, AreEvaluatedWithTheirNames) {
  EXPECT_EQ(run("+0 %{ assert tcpi_snd_cwnd == 10, 'message %d' % tcpi_snd_cwnd }%").verdict, Verdict::Pass);
  EXPECT_EQ(
      run("+0 %{ x = tcpi_snd_cwnd; x += 2 * 3 }%\n+0 %{ assert 15 < x <= 16 and x & 16 == 16\nprint(x) }%").verdict,
      Verdict::Pass);
  expect(run("+0 %{ assert 1 == 1\nassert tcpi_snd_cwnd == 11, 'no' }%"), Verdict::Fail, 10, "tcpi_snd_cwnd = 10");
  for (const char* const holds :
       {"tcpi_snd_cwnd in (9, 10)", "tcpi_snd_cwnd not in [1, 2]", "7 // 2 == 3 and -7 // 2 == -4", "-7 % 3 == 2",
        "8 / 2 == 4", "1 << 4 | 1 == 17", "not not True", "~0 == -1", "6 ^ 3 == 5",
        "abs(3 - 5) == 2 and max(1, 7, 3) == 7", "1 < 2 < 3 != 4", "2 + 3 * 4 == 14"}) {
    EXPECT_EQ(run(std::string("+0 %{ assert ") + holds + " }%").verdict, Verdict::Pass) << holds;
  }
  EXPECT_EQ(run("+0 %{ assert tcpi_snd_cwnd in (9, 11) }%").verdict, Verdict::Fail);
  EXPECT_EQ(run("+0 %{ x = 7; x -= 2; assert x == 5; pass }%").verdict, Verdict::Pass);
  expect(run("+0 %{ assert 7 / 2 == 3.5 }%"), Verdict::Unsupported, 9, "not understood");
  expect(run("+0 %{ assert 1 / 0 == 3 }%"), Verdict::Unsupported, 9, "not understood");
  expect(run("+0 %{ assert " + std::string(5000, '(') + "1" + std::string(5000, ')') + " }%"), Verdict::Unsupported, 9,
         "not understood");
  expect(run("+0 %{ assert tcpi_nonsense == 1 }%"), Verdict::Unsupported, 9, "tcpi_nonsense");
  EXPECT_EQ(run("+0 %{ import math\nx = 1 if tcpi_snd_cwnd == 10 else 2; assert x is 1 and x is not 2 }%").verdict,
            Verdict::Pass);
  EXPECT_EQ(run("+0 %{ assert tcpi_rtt < 2e6 and 12e3 == 12000 }%").verdict, Verdict::Pass);
  expect(run("+0 %{ while True: pass }%"), Verdict::Unsupported, 9, "not understood");
  expect(run("+0 %{ assert 1e99 > 1 }%"), Verdict::Unsupported, 9, "1e99");
}

TEST(Checks, FailOnlyAfterThePackets) {
  expect(run("+0 %{ assert tcpi_snd_cwnd == 11 }%\n+0 > . 1:1(0) ack 1"), Verdict::Fail, 10, "did not come");
}

TEST(Reading, WhatHostsOverlookIsRead) {
  EXPECT_EQ(run("+0 < [ect0, flowlabel 0x1] A. 1:1(0) ack 1 win 20000 <ECN e1b 1 ceb 2 e0b 3,nop>").verdict,
            Verdict::Pass);
  EXPECT_EQ(run("+0 setsockopt(4, SOL_TCP, TCP_CONGESTION, \"none\", 4) = -1 ENOENT (no such)").verdict, Verdict::Pass);
  EXPECT_EQ(run_script("--tolerance_usecs = 5000\n--non_fatal=packet\n" + established("")).verdict, Verdict::Pass);
  expect(run("+0 < . 1:1(0) ack 1 win 1 <ECN e1b 16777216>"), Verdict::Unsupported, 9, "24 bits");
  expect(run("+0 < [flowlabel 0x100000] . 1:1(0) ack 1 win 1"), Verdict::Unsupported, 9, "20 bits");
}

// ---- What is not known

TEST(Unsupported, NeverPassesAndSaysWhere) {
  expect(run("+0 splice(4, NOTHING, 5, NOTHING, 10, 0) = 10"), Verdict::Unsupported, 9, "NOTHING");
  expect(run("+0 open(\"/etc/passwd\", O_RDONLY) = 5"), Verdict::Unsupported, 9, "/etc/passwd");
  expect(run("+0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 5"), Verdict::Unsupported, 9, "another protocol");
  expect(run("+0 mmap(1) = 0"), Verdict::Unsupported, 9, "the call mmap");
  expect(run("+0 setsockopt(4, SOL_TCP, 4711, [1], 4) = 0"), Verdict::Unsupported, 9, "the option 4711 of SOL_TCP");
  expect(run("+0 send(4, ..., 10, 0x400000) = 10"), Verdict::Unsupported, 9, "0x400000 of send");
  expect(run("+0 `reboot now`"), Verdict::Unsupported, 9, "reboot now");
  expect(run("+0 `sysctl -q net.ipv4.tcp_nonsense=1`"), Verdict::Unsupported, 9, "tcp_nonsense");
  expect(run("+0 < . 1:1(0) ack 1 win 1 <what 4>"), Verdict::Unsupported, 9, "no TCP option");
  expect(run("+0 < X 1:1(0) ack 1 win 1"), Verdict::Unsupported, 9, "no TCP flag");
  expect(run("+0 < . 1:11(9) ack 1 win 1"), Verdict::Unsupported, 9, "do not fit");
  EXPECT_EQ(run_script("").verdict, Verdict::Unsupported);
  EXPECT_EQ(run_script("this is no script").verdict, Verdict::Unsupported);
  EXPECT_EQ(run_script("--ip_version=ipv6\n" + established("")).verdict, Verdict::Unsupported);
}

// ---- What is no script

/// The place and the words of a text that is wrong.
void expect_wrong(const std::string& text, int line, int column, const std::string& words) {
  const Outcome o = run_script(text);
  EXPECT_EQ(name_of(o.verdict), "unsupported") << text;
  EXPECT_EQ(o.line, line) << text << o.reason;
  EXPECT_EQ(o.column, column) << text << o.reason;
  EXPECT_THAT(o.reason, HasSubstr(words)) << text;
}

TEST(Wrong, IsToldWithLineAndColumn) {
  expect_wrong("", 1, 1, "no events");
  expect_wrong("0 socket(..., SOCK_STREEM, IPPROTO_TCP) = 3", 1, 15, "did you mean SOCK_STREAM?");
  expect_wrong("0 `true`\n+0 close(3 = 0", 2, 12, "expected ','");
  expect_wrong("0 `true`\n+0 close(3) = -1 EBADD", 2, 18, "EBADD");
  expect_wrong("0 `true`\n+0 `never closed", 2, 5, "no closing '`'");
  expect_wrong("0 `true`\n+0 %{ assert 1", 2, 6, "no closing '}%'");
  expect_wrong("0 setsockopt(3, SOL_TCP, TCP_CONGESTION, \"ren", 1, 43, "no closing '\"'");
  expect_wrong("0 `true`\n/* a remark", 2, 1, "no end");
  expect_wrong("0 `true`\nsoon close(3) = 0", 2, 1, "expected a time");
  expect_wrong("0 `true`\n+0 < . 1:1(0) ack 5000000000", 2, 29, "32 bits");
  expect_wrong("0 `true`\n+0 < . 1:1(0) ack 1 win 70000", 2, 30, "16 bits");
  expect_wrong("0 `true`\n+0 < . 1:1(0) ack 1\n+0 close(3) = 0", 2, 20, "needs its window");
  expect_wrong("0 `true`\n+0 < [tos 0x2 . 1:1(0)", 2, 15, "expected ']'");
  expect_wrong("--tolerance_usecs=soon\n0 `true`", 1, 1, "not a number");
  expect_wrong(std::string("\x7f\x45\x4c\x46\x01\0\0", 7), 1, 1, "'\\x7fELF\\x01\\x00\\x00'");
  EXPECT_EQ(run("+0 mmap(1) = 0").column, 0) << "a script that asks for what is not there is not wrong";
}

TEST(Language, TextsAreJoinedAndMayHoldQuotationMarks) {
  EXPECT_EQ(run("+0 getsockopt(4, SOL_TCP, TCP_CONGESTION, \"cu\" \"bic\", [5]) = 0").verdict, Verdict::Pass);
  expect(run("+0 open(\"a \\\" b\", O_RDONLY) = 5"), Verdict::Unsupported, 9, "a \\\" b");
}

TEST(Language, IpInformationComesInSeveralForms) {
  const std::string write = "+0 write(4, ..., 100) = 100\n";
  EXPECT_EQ(run(write + "+0 > [tos 0x0] P. 1:101(100) ack 1").verdict, Verdict::Pass);
  EXPECT_EQ(run(write + "+0 > (noecn) P. 1:101(100) ack 1").verdict, Verdict::Pass);
  EXPECT_EQ(run(write + "+0 > [ttl 64] P. 1:101(100) ack 1").verdict, Verdict::Pass);
  expect(run(write + "+0 > [tos 0x2] P. 1:101(100) ack 1"), Verdict::Fail, 10, "the ECN field");
  expect(run(write + "+0 > [tos 0x10] P. 1:101(100) ack 1"), Verdict::Unsupported, 10, "beyond the ECN bits");
  expect(run(write + "+0 > [flowlabel 0x1] P. 1:101(100) ack 1"), Verdict::Unsupported, 10, "IPv6");
}

TEST(Language, OptionsOfTheToolAreKnown) {
  EXPECT_EQ(run_script("--speed=1000\n--bind_port=8080\n--define=SIZE=100\n" +
                       established("+0 write(4, ..., SIZE) = SIZE\n+0 > P. 1:101(SIZE) ack 1"))
                .verdict,
            Verdict::Pass);
  EXPECT_EQ(run_script("--mtu=1040\n0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3\n"
                       "+0 connect(3, ..., ...) = -1 EINPROGRESS (x)\n"
                       "+0 > S 0:0(0) <mss 1000,sackOK,TS val 1 ecr 0,nop,wscale 10>")
                .verdict,
            Verdict::Pass);
  EXPECT_EQ(
      run_script("--tolerance_percent=50\n" + established("+.5 write(4, ..., 100) = 100\n+1 > P. 1:101(100) ack 1"))
          .verdict,
      Verdict::Fail);
}

TEST(Unsupported, IsKnownBeforeAnythingRuns) {
  const Outcome o = run("+0 > . 999:999(0) ack 1\n+0 `reboot now`");
  EXPECT_EQ(o.verdict, Verdict::Unsupported) << "not a failure at the line before";
}

// ---- Shell texts

TEST(Settings, ChangeTheSocketsToCome) {
  const std::string syn =
      "0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3\n"
      "+0 connect(3, ..., ...) = -1 EINPROGRESS (x)\n";
  EXPECT_EQ(run_script("`sysctl -q net.ipv4.tcp_timestamps=0 net.ipv4.tcp_sack=0`\n" + syn +
                       "+0 > S 0:0(0) <mss 1460,nop,wscale 10>")
                .verdict,
            Verdict::Pass);
  EXPECT_EQ(run_script("`sysctl -q net.ipv4.tcp_ecn=1\n set_sysctls.py /proc/sys/net/ipv4/tcp_window_scaling=0`\n" +
                       syn + "+0 > SEW 0:0(0) <mss 1460,sackOK,TS val 1 ecr 0>")
                .verdict,
            Verdict::Pass);
  EXPECT_EQ(run_script("`../../common/defaults.sh\n ip link set dev tun0 mtu 1040`\n" + syn +
                       "+0 > S 0:0(0) <mss 1000,sackOK,TS val 1 ecr 0,nop,wscale 8>")
                .verdict,
            Verdict::Pass);
}

TEST(Definitions, ReplaceWholeWords) {
  RunOptions options;
  options.definitions = {{"SIZE", "100"}};
  EXPECT_EQ(run_script(established("+0 write(4, ..., SIZE) = SIZE\n+0 > P. 1:101(SIZE) ack 1"), options).verdict,
            Verdict::Pass);
}

TEST(Numbers, TheRemotesSynGivesItsSequenceSpace) {
  const Outcome o = run_script(R"(0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 4294967000:4294967000(0) win 65000 <mss 1000>
+0 > S. 0:0(0) ack 4294967001 <mss 1460>
+0 < . 1:1(0) ack 1 win 65000
+0 < P. 1:1001(1000) ack 1 win 65000
+0 > . 1:1(0) ack 1001)");
  EXPECT_EQ(o.verdict, Verdict::Pass) << o.reason << o.details;
}

TEST(Numbers, AnEchoThatWasNeverSentFails) {
  const Outcome o = run_script(R"(0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65000 <mss 1000,nop,nop,TS val 1 ecr 0>
+0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,TS val 500 ecr 1>
+0 < . 1:1(0) ack 1 win 65000 <nop,nop,TS val 2 ecr 501>)");
  expect(o, Verdict::Fail, 6, "echoes timestamp 501");
}

}  // namespace
}  // namespace wirelab::script
