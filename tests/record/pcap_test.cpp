// Other programs judge our captures: tshark reads what the writer wrote.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "record/pcap_writer.h"
#include "record/scratch_dir.h"

namespace wirelab {
namespace {

class Pcap : public ScratchDir {
 protected:
  void SetUp() override {
    if (!has_program("tshark")) GTEST_SKIP() << "tshark is not installed";
    ASSERT_FALSE(pcap.open(dir / "x.pcap"));
  }

  Packet& make(Protocol protocol, unsigned headers, unsigned payload) {
    Packet& p = *pool.make();
    p.src = Ipv4Address(10, 0, 0, 1);
    p.dst = Ipv4Address(10, 0, 1, 2);
    p.sport = 40000;
    p.dport = 5001;
    p.seq = Seq(1000);
    p.ack = Seq(2000);
    p.ts_val = 100;
    p.ts_ecr = 50;
    p.payload_stream = 1;
    p.payload_offset = 0;
    p.payload = static_cast<std::uint16_t>(payload);
    p.window = 500;
    p.id = id++;
    p.flags = protocol == Protocol::Tcp ? tcp_flag::Ack : std::uint8_t{0};
    p.ttl = 64;
    p.tos = 0;
    p.protocol = protocol;
    p.size = static_cast<std::uint16_t>(kIpv4HeaderBytes + headers + payload);
    return p;
  }
  void write(const Packet& p) {
    now += 1'234'567_ns;
    pcap.write(now, p, pool);
  }
  /// The packets that a display filter selects.
  long count(const std::string& filter) const {
    const std::string lines =
        output_of("tshark -r '" + (dir / "x.pcap").string() +
                  "' -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE -Y '" + filter +
                  "' -T fields -e frame.number 2>/dev/null");
    return std::count(lines.begin(), lines.end(), '\n');
  }
  std::string fields(const std::string& filter, const std::string& names) const {
    std::string list;
    for (std::size_t at = 0; at < names.size();) {
      const std::size_t end = std::min(names.find(' ', at), names.size());
      list += " -e " + names.substr(at, end - at);
      at = end + 1;
    }
    return output_of("tshark -r '" + (dir / "x.pcap").string() + "' -Y '" + filter + "' -T fields -E separator=,'' " +
                     list + " 2>/dev/null");
  }

  static constexpr const char* kBad =
      "ip.checksum.status==0 || tcp.checksum.status==0 || udp.checksum.status==0 || icmp.checksum.status==0";
  PacketPool pool;
  PcapWriter pcap;
  Time now = Time::zero() + 1_s;
  std::uint16_t id = 1;
};

TEST_F(Pcap, TsharkFindsNothingWrongAndKnowsAllOptions) {
  Packet& syn = make(Protocol::Tcp, 40, 0);
  syn.flags = tcp_flag::Syn;
  syn.ack = Seq(0);
  syn.marks = mark::DontFragment | mark::Timestamps | mark::SackPermitted;
  pool.extend(syn).mss = 1460;
  pool.extend(syn).window_scale = 8;
  write(syn);
  Packet& data = make(Protocol::Tcp, 32, 1448);
  data.marks = mark::Timestamps;
  write(data);
  Packet& sack = make(Protocol::Tcp, 20 + 12 + 28, 0);
  sack.marks = mark::Timestamps;
  Extension& ext = pool.extend(sack);
  ext.sack_count = 3;
  ext.sack[0] = {Seq(3000), Seq(4000)};
  ext.sack[1] = {Seq(5000), Seq(6000)};
  ext.sack[2] = {Seq(7000), Seq(8000)};
  write(sack);
  write(make(Protocol::Udp, 8, 1001));
  Packet& echo = make(Protocol::Icmp, 8, 56);
  echo.sport = 8 << 8;
  echo.seq = Seq(0x00070001);
  write(echo);
  Packet& error = make(Protocol::Icmp, 8, 28);
  error.sport = 3 << 8 | 4;
  error.seq = Seq(1400);
  pool.extend(error).quote = {syn.dst, syn.src, 5001, 40000, Seq(1), 9, 1500, 6, 61, 0, mark::DontFragment, 0};
  write(error);
  ASSERT_FALSE(pcap.commit());

  EXPECT_EQ(count("ip"), 6);
  EXPECT_EQ(count("_ws.malformed"), 0);
  EXPECT_EQ(count(kBad), 0);
  EXPECT_EQ(count("ip.checksum.status==1"), 6);
  EXPECT_EQ(count("tcp.checksum.status==1 || udp.checksum.status==1 || icmp.checksum.status==1"), 6);
  EXPECT_EQ(fields("tcp.flags.syn==1", "tcp.options.mss_val tcp.options.wscale.shift tcp.options.timestamp.tsval"),
            "1460,7,100\n");
  EXPECT_EQ(count("tcp.options.sack_perm"), 1);
  EXPECT_EQ(fields("tcp.options.sack", "tcp.options.sack.count"), "3\n");
  EXPECT_EQ(fields("icmp.type==3", "icmp.code icmp.mtu tcp.srcport"), "4,1400,5001\n");
  EXPECT_EQ(fields("udp", "frame.len udp.length frame.time_epoch"), "1029,1009,1.004938268\n");
}

TEST_F(Pcap, TsharkJoinsFragments) {
  Packet& whole = make(Protocol::Udp, 8, 4000);
  for (unsigned first = 0; first < 4008; first += 1480) {
    const auto length = static_cast<std::uint16_t>(std::min(1480u, 4008 - first));
    Packet& f = *pool.copy(whole);
    f.marks |= mark::Fragment;
    f.size = static_cast<std::uint16_t>(kIpv4HeaderBytes + length);
    pool.extend(f).fragment = {1, static_cast<std::uint16_t>(first), length, 4008};
    write(f);
  }
  ASSERT_FALSE(pcap.commit());
  EXPECT_EQ(count("_ws.malformed"), 0);
  EXPECT_EQ(count("udp.checksum.status==1"), 1);
  EXPECT_EQ(fields("udp", "udp.length ip.fragment.count"), "4008,3\n");
}

// One packet for each bit: all bits but those of the fields that say where the next header starts are bad checksums to
// tshark; those make it give up on the packet before it looks at a checksum.
TEST_F(Pcap, TsharkFindsABadChecksumForEveryFlippedBit) {
  struct Layout {
    Protocol protocol;
    unsigned headers;
    std::vector<unsigned> structural;  ///< bytes
  };
  long expected = 0;
  for (const Layout& layout : {Layout{Protocol::Tcp, 20, {0, 2, 3, 32}}, Layout{Protocol::Udp, 8, {0, 2, 3, 24, 25}},
                               Layout{Protocol::Icmp, 8, {0, 2, 3}}}) {
    Packet& p = make(layout.protocol, layout.headers, 30);
    if (layout.protocol == Protocol::Icmp) p.sport = 8 << 8;
    p.marks |= mark::Corrupt;
    for (std::uint32_t bit = 0; bit < 8u * p.size; ++bit) {
      if (std::find(layout.structural.begin(), layout.structural.end(), bit / 8) != layout.structural.end()) continue;
      pool.extend(p).corrupt_bit = bit;
      write(p);
      ++expected;
    }
  }
  ASSERT_FALSE(pcap.commit());
  EXPECT_EQ(count(kBad), expected);
}

// What a host hands over now may leave some microseconds later, and something else arrive meanwhile.
TEST_F(Pcap, StandsInTheOrderOfTime) {
  ASSERT_FALSE(pcap.open(dir / "x.pcap"));
  pcap.write(Time::at(1_s) + 15_us, make(Protocol::Tcp, 20, 100), pool);
  pcap.write(Time::at(1_s) + 10_us, make(Protocol::Tcp, 20, 200), pool);
  for (int i = 0; i < 100; ++i) pcap.write(Time::at(2_s) + Duration::us(i), make(Protocol::Tcp, 20, 300), pool);
  ASSERT_FALSE(pcap.commit());
  EXPECT_EQ(fields("frame.number <= 2", "frame.time_epoch tcp.len"), "1.000010000,200\n1.000015000,100\n");
  EXPECT_EQ(count("ip"), 102);
}

TEST_F(Pcap, KeepsNoMoreThanTheSnapLengthAndSaysHowLongThePacketWas) {
  ASSERT_FALSE(pcap.open(dir / "x.pcap", 64));
  write(make(Protocol::Tcp, 20, 1460));
  ASSERT_FALSE(pcap.commit());
  EXPECT_EQ(fields("frame", "frame.len frame.cap_len"), "1500,64\n");
  EXPECT_EQ(std::filesystem::file_size(dir / "x.pcap"), 24u + 16u + 64u);
}

TEST_F(Pcap, TcpdumpReadsItToo) {
  if (!has_program("tcpdump")) GTEST_SKIP() << "tcpdump is not installed";
  write(make(Protocol::Tcp, 20, 100));
  ASSERT_FALSE(pcap.commit());
  const std::string line = output_of("tcpdump -nn -vv -tt --nano -r '" + (dir / "x.pcap").string() + "' 2>/dev/null");
  EXPECT_NE(line.find("1.001234567"), std::string::npos) << line;
  EXPECT_NE(line.find("(correct)"), std::string::npos) << line;
  EXPECT_EQ(line.find("bad"), std::string::npos) << line;
}

}  // namespace
}  // namespace wirelab
