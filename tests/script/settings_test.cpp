// Shell texts that set the machine up: sysctls of Linux by their own names, and the device's queue.

#include "script/settings.h"

#include <gtest/gtest.h>

namespace wirelab::script {
namespace {

Settings after(const char* text) {
  Settings s = initial_settings();
  run_shell({1, text}, s);
  return s;
}

TEST(ShellSettings, RecoverySysctlsHaveOptionsOfOtherNames) {
  const Settings s =
      after("sysctl -q net.ipv4.tcp_recovery=0 net.ipv4.tcp_early_retrans=0 net.ipv4.tcp_min_tso_segs=4");
  EXPECT_EQ(s.config.rack, 1u);  // 6.18 cannot switch it off
  EXPECT_EQ(s.config.early_retrans, 0u);
  EXPECT_EQ(s.config.min_burst, 4u);
  EXPECT_EQ(s.config.recovery, tcp::Recovery::Sack);
}

TEST(ShellSettings, SizesAndSwitches) {
  const Settings s = after(
      "set_sysctls.py /proc/sys/net/ipv4/tcp_notsent_lowat=8000 "
      "/proc/sys/net/ipv4/tcp_mtu_probing=2 /proc/sys/net/ipv4/tcp_base_mss=512");
  EXPECT_EQ(s.config.notsent_lowat, Bytes(8000));
  EXPECT_EQ(s.config.mtu_probing, 2u);
  EXPECT_EQ(s.config.base_mss, Bytes(512));
}

TEST(ShellSettings, AQueueOfNoPlacesRefusesUntilItIsReplaced) {
  EXPECT_TRUE(after("tc qdisc replace dev tun0 root pfifo limit 0").refuses);
  EXPECT_FALSE(after("tc qdisc replace dev tun0 root pfifo limit 0; tc qdisc del dev tun0 root").refuses);
  EXPECT_FALSE(after("tc qdisc add dev tun0 root pfifo").refuses);
}

TEST(ShellSettings, ARouteTellsThePathsMtuAndTheFirstWindow) {
  const Settings s = after("ip route change 192.0.2.1 via 192.168.0.2 dev tun0 advmss 860 mtu lock 900 initcwnd 12");
  EXPECT_EQ(s.mtu, 900);
  EXPECT_EQ(s.config.initial_window, 12u);
  EXPECT_THROW(after("ip route change 192.0.2.1 dev tun0 advmss 500 mtu lock 900"), Unsupported);
}

TEST(ShellSettings, EverySysctlOfTcpThatLinuxHasIsKnownAtItsDefault) {
  const char* const kDefaults[] = {"abort_on_overflow=0",
                                   "adv_win_scale=1",
                                   "allowed_congestion_control=reno cubic",
                                   "app_win=31",
                                   "autocorking=1",
                                   "backlog_ack_defer=1",
                                   "base_mss=1024",
                                   "challenge_ack_limit=2147483647",
                                   "child_ehash_entries=0",
                                   "comp_sack_delay_ns=1000000",
                                   "comp_sack_nr=44",
                                   "comp_sack_slack_ns=100000",
                                   "congestion_control=cubic",
                                   "dsack=1",
                                   "early_demux=1",
                                   "early_retrans=3",
                                   "ecn=2",
                                   "ecn_fallback=1",
                                   "ecn_option=2",
                                   "ecn_option_beacon=3",
                                   "fack=0",
                                   "fastopen=1",
                                   "fastopen_blackhole_timeout_sec=0",
                                   "fastopen_key=00000000-00000000-00000000-00000000",
                                   "fin_timeout=60",
                                   "frto=2",
                                   "fwmark_accept=0",
                                   "invalid_ratelimit=500",
                                   "keepalive_intvl=75",
                                   "keepalive_probes=9",
                                   "keepalive_time=7200",
                                   "l3mdev_accept=0",
                                   "limit_output_bytes=4194304",
                                   "low_latency=0",
                                   "max_orphans=131072",
                                   "max_reordering=300",
                                   "max_syn_backlog=2048",
                                   "max_tw_buckets=131072",
                                   "mem=287901 383868 575802",
                                   "migrate_req=0",
                                   "min_rtt_wlen=300",
                                   "min_snd_mss=48",
                                   "min_tso_segs=2",
                                   "moderate_rcvbuf=1",
                                   "mtu_probe_floor=48",
                                   "mtu_probing=0",
                                   "no_metrics_save=0",
                                   "no_ssthresh_metrics_save=1",
                                   "notsent_lowat=4294967295",
                                   "orphan_retries=0",
                                   "pacing_ca_ratio=120",
                                   "pacing_ss_ratio=200",
                                   "pingpong_thresh=1",
                                   "plb_cong_thresh=128",
                                   "plb_enabled=0",
                                   "plb_idle_rehash_rounds=3",
                                   "plb_rehash_rounds=12",
                                   "plb_suspend_rto_sec=60",
                                   "probe_interval=600",
                                   "probe_threshold=8",
                                   "recovery=1",
                                   "reflect_tos=0",
                                   "reordering=3",
                                   "retrans_collapse=1",
                                   "retries1=3",
                                   "retries2=15",
                                   "rfc1337=0",
                                   "rmem=4096 131072 33554432",
                                   "rto_max_ms=120000",
                                   "rto_min_us=200000",
                                   "sack=1",
                                   "shrink_window=0",
                                   "slow_start_after_idle=1",
                                   "stdurg=0",
                                   "syn_linear_timeouts=4",
                                   "syn_retries=6",
                                   "synack_retries=5",
                                   "syncookies=1",
                                   "thin_linear_timeouts=0",
                                   "timestamps=1",
                                   "tso_rtt_log=9",
                                   "tso_win_divisor=3",
                                   "tw_reuse=2",
                                   "tw_reuse_delay=1000",
                                   "window_scaling=1",
                                   "wmem=4096 16384 4194304",
                                   "workaround_signed_windows=0"};
  for (const char* const setting : kDefaults) {
    EXPECT_NO_THROW(after(("sysctl -q -w 'net.ipv4.tcp_" + std::string(setting) + "'").c_str())) << setting;
  }
}

TEST(ShellSettings, CommandsComeInSeveralForms) {
  EXPECT_FALSE(after("echo 0 > /proc/sys/net/ipv4/tcp_sack").config.sack);
  EXPECT_FALSE(after("sysctl -w -q net/ipv4/tcp_sack=0 &> /dev/null && true").config.sack);
  EXPECT_EQ(after("sysctl net.core.rmem_max=5000 2>&1 >/dev/null").rcvbuf_most, 5000);
  EXPECT_EQ(after("sleep 0.25").pause, Duration::ms(250));
  const Settings s = after("/bin/rm -f /tmp/a; dd if=/dev/zero of=/tmp/b bs=1K count=3 status=none\ntouch /tmp/c");
  EXPECT_EQ(s.files.at("/tmp/a"), std::nullopt);
  EXPECT_EQ(s.files.at("/tmp/b"), 3072);
  EXPECT_EQ(s.files.at("/tmp/c"), 0);
}

TEST(ShellSettings, AFaultIsToldWithTheLineOfItsCommand) {
  try {
    after("sysctl -q net.ipv4.tcp_sack=1\n\n  reboot\n");
    FAIL();
  } catch (const Unsupported& fault) { EXPECT_EQ(fault.line, 3) << fault.reason; }
  EXPECT_THROW(after("sysctl -q 'net.ipv4.tcp_sack=1"), Unsupported);
  EXPECT_THROW(after("sleep soon"), Unsupported);
  EXPECT_THROW(after("cat /etc/passwd | wc"), Unsupported);
  EXPECT_THROW(after("echo 1 > /etc/passwd"), Unsupported);
}

TEST(ShellSettings, WhatIsNotModelledIsRefused) {
  EXPECT_THROW(after("sysctl -q net.ipv4.tcp_nodelay=1"), Unsupported) << "a socket option, no sysctl";
  EXPECT_THROW(after("sysctl -q net.ipv4.tcp_keepalive_time=9223372036854775807"), Unsupported);
  EXPECT_THROW(after("sysctl -q net.ipv4.tcp_reflect_tos=1"), Unsupported);
  EXPECT_THROW(after("sysctl -q net.ipv4.tcp_nonsense=1"), Unsupported);
  EXPECT_NO_THROW(after("sysctl -q net.core.wmem_max=1000000"));
}

}  // namespace
}  // namespace wirelab::script
