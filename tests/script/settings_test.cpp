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
  EXPECT_EQ(s.config.rack, 0u);
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

TEST(ShellSettings, WhatIsNotModelledIsRefused) {
  EXPECT_THROW(after("sysctl -q net.ipv4.tcp_thin_linear_timeouts=1"), Unsupported);
  EXPECT_THROW(after("sysctl -q net.ipv4.tcp_nonsense=1"), Unsupported);
  EXPECT_NO_THROW(after("sysctl -q net.core.wmem_max=1000000"));
}

}  // namespace
}  // namespace wirelab::script
