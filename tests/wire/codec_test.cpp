#include "wire/codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "wire/pattern.h"

namespace wirelab {
namespace {

using Bytes8 = std::vector<std::uint8_t>;

std::string to_hex(const Bytes8& bytes) {
  std::string out;
  for (const std::uint8_t b : bytes) {
    out += "0123456789abcdef"[b >> 4];
    out += "0123456789abcdef"[b & 15];
  }
  return out;
}

class Codec : public ::testing::Test {
 protected:
  Packet& make(Protocol protocol, std::uint16_t headers, std::uint16_t payload) {
    Packet& p = *pool.make();
    p.src = Ipv4Address(10, 0, 0, 1);
    p.dst = Ipv4Address(10, 0, 1, 2);
    p.sport = 40000;
    p.dport = 5001;
    p.seq = Seq(0xfffffff0);
    p.ack = Seq(77);
    p.ts_val = p.ts_ecr = 0;
    p.payload_stream = 5;
    p.payload_offset = 123;
    p.payload = payload;
    p.window = 512;
    p.id = 4711;
    p.flags = protocol == Protocol::Tcp ? tcp_flag::Ack : std::uint8_t{0};
    p.ttl = 64;
    p.tos = 0;
    p.protocol = protocol;
    p.size = static_cast<std::uint16_t>(kIpv4HeaderBytes + headers + payload);
    return p;
  }
  Bytes8 bytes_of(const Packet& p) {
    Bytes8 out(p.size);
    EXPECT_EQ(emit(p, pool, out), p.size);
    return out;
  }
  Packet& parsed(const Bytes8& bytes, ParseFault expected = ParseFault::None) {
    Packet& p = *pool.make();
    EXPECT_EQ(parse(bytes, p, pool), expected);
    return p;
  }

  PacketPool pool;
};

// Bytes that a Linux kernel sent over its loopback (the TCP checksum, left to the device there, filled in).
TEST_F(Codec, WritesASynAsLinuxDoes) {
  Packet& p = make(Protocol::Tcp, 40, 0);
  p.src = p.dst = Ipv4Address(127, 0, 0, 1);
  p.sport = 36086;
  p.dport = 45991;
  p.seq = Seq(0x2944797b);
  p.ack = Seq(0);
  p.flags = tcp_flag::Syn;
  p.window = 65495;
  p.id = 0x209c;
  p.marks = mark::DontFragment | mark::Timestamps | mark::SackPermitted;
  p.ts_val = 0x0d2f765e;
  Extension& ext = pool.extend(p);
  ext.mss = 65495;
  ext.window_scale = 10 + 1;
  EXPECT_EQ(to_hex(bytes_of(p)),
            "4500003c209c400040061c1e7f0000017f000001"
            "8cf6b3a72944797b00000000a002ffd7e9130000"
            "0204ffd70402080a0d2f765e000000000103030a");
}

// Worked out apart from this code: timestamps and three SACK blocks fill the 40 bytes of options but four.
TEST_F(Codec, WritesTimestampsAndThreeSackBlocks) {
  Packet& p = make(Protocol::Tcp, 20 + 12 + 28, 0);
  p.src = Ipv4Address(10, 0, 0, 2);
  p.dst = Ipv4Address(10, 0, 0, 1);
  p.sport = 80;
  p.dport = 1024;
  p.ack = Seq(7);
  p.id = 7;
  p.ttl = 63;
  p.marks = mark::Timestamps;
  p.ts_val = 100;
  p.ts_ecr = 200;
  Extension& ext = pool.extend(p);
  ext.sack_count = 3;
  ext.sack[0] = {Seq(1000), Seq(2000)};
  ext.sack[1] = {Seq(3000), Seq(4000)};
  ext.sack[2] = {Seq(5000), Seq(6000)};
  EXPECT_EQ(tcp_option_bytes(p, pool), 40);
  EXPECT_EQ(to_hex(bytes_of(p)),
            "45000050000700003f06679f0a0000020a000001"
            "00500400fffffff000000007f010020093070000"
            "0101080a00000064000000c8"
            "0101051a000003e8000007d000000bb800000fa00000138800001770");
}

TEST_F(Codec, ReadsBackEverythingThatATcpHeaderSays) {
  Packet& p = make(Protocol::Tcp, 20 + 12 + 4 + 4, 1000);
  p.flags = tcp_flag::Syn | tcp_flag::Ack | tcp_flag::Urg | tcp_flag::Ece | tcp_flag::Cwr;
  p.tos = 0xb9;
  p.marks = mark::DontFragment | mark::Timestamps | mark::SackPermitted;
  p.ts_val = 0xdeadbeef;
  p.ts_ecr = 1;
  Extension& ext = pool.extend(p);
  ext.mss = 1460;
  ext.window_scale = 1;  // a shift of 0 is an option too
  ext.urgent_pointer = 999;
  const Packet& q = parsed(bytes_of(p));
  EXPECT_EQ(q.src, p.src);
  EXPECT_EQ(q.dst, p.dst);
  EXPECT_EQ(q.sport, p.sport);
  EXPECT_EQ(q.dport, p.dport);
  EXPECT_EQ(q.seq, p.seq);
  EXPECT_EQ(q.ack, p.ack);
  EXPECT_EQ(q.flags, p.flags);
  EXPECT_EQ(q.window, p.window);
  EXPECT_EQ(q.id, p.id);
  EXPECT_EQ(q.ttl, p.ttl);
  EXPECT_EQ(q.tos, p.tos);
  EXPECT_EQ(q.marks, p.marks);
  EXPECT_EQ(q.ts_val, p.ts_val);
  EXPECT_EQ(q.ts_ecr, p.ts_ecr);
  EXPECT_EQ(q.payload, 1000);
  EXPECT_EQ(q.size, p.size);
  EXPECT_EQ(pool.extension(q).mss, 1460);
  EXPECT_EQ(pool.extension(q).window_scale, 1);
  EXPECT_EQ(pool.extension(q).urgent_pointer, 999);
}

TEST_F(Codec, CarriesThePatternAsPayload) {
  Packet& p = make(Protocol::Udp, 8, 100);
  const Bytes8 bytes = bytes_of(p);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(bytes[28 + i], pattern_byte(5, 123 + i));
}

TEST_F(Codec, ReadsBackUdpAndEcho) {
  const Packet& udp = parsed(bytes_of(make(Protocol::Udp, 8, 33)));
  EXPECT_EQ(udp.payload, 33);
  EXPECT_EQ(udp.dport, 5001);
  Packet& echo = make(Protocol::Icmp, 8, 56);
  echo.sport = 8 << 8;
  echo.seq = Seq(0x12340001);
  const Packet& read = parsed(bytes_of(echo));
  EXPECT_EQ(read.sport, 8 << 8);
  EXPECT_EQ(read.seq, Seq(0x12340001));
  EXPECT_EQ(read.payload, 56);
}

// RFC 768: a computed 0 is sent as ffff, since 0 says that there is no checksum.
TEST_F(Codec, NeverWritesAUdpChecksumOfZero) {
  Packet& p = make(Protocol::Udp, 8, 0);
  bool saw_ones = false;
  for (int port = 0; port < 65536; ++port) {
    p.sport = static_cast<std::uint16_t>(port);
    const Bytes8 bytes = bytes_of(p);
    const int sum = bytes[26] << 8 | bytes[27];
    ASSERT_NE(sum, 0);
    saw_ones = saw_ones || sum == 0xffff;
  }
  EXPECT_TRUE(saw_ones);
}

// RFC 792: an error quotes the header and 8 bytes of what caused it; RFC 1191: the next-hop MTU stands in the low half.
TEST_F(Codec, QuotesTheOffendingDatagramInAnIcmpError) {
  Packet& p = make(Protocol::Icmp, 8, 28);
  p.sport = 3 << 8 | 4;
  p.seq = Seq(1400);
  IcmpQuote& q = pool.extend(p).quote;
  q = {};
  q.src = Ipv4Address(10, 0, 1, 2);
  q.dst = Ipv4Address(10, 0, 0, 1);
  q.sport = 5001;
  q.dport = 40000;
  q.seq = Seq(0xabcdef01);
  q.id = 9;
  q.size = 1500;
  q.protocol = 6;
  q.ttl = 61;
  q.marks = mark::DontFragment;
  const Bytes8 bytes = bytes_of(p);
  const Bytes8 quoted(bytes.begin() + 28, bytes.begin() + 48);
  EXPECT_EQ(to_hex(quoted),
            "450005dc00094000"
            "3d06" +
                to_hex({quoted[10], quoted[11]}) + "0a0001020a000001");
  const Packet& read = parsed(bytes);
  EXPECT_EQ(read.sport, 3 << 8 | 4);
  EXPECT_EQ(read.seq, Seq(1400));
  const IcmpQuote& r = pool.extension(read).quote;
  EXPECT_EQ(r.sport, 5001);
  EXPECT_EQ(r.dport, 40000);
  EXPECT_EQ(r.seq, Seq(0xabcdef01));
  EXPECT_EQ(r.size, 1500);
  EXPECT_EQ(r.marks, mark::DontFragment);
}

TEST_F(Codec, CutsFragmentsThatJoinToTheWholeDatagram) {
  Packet& whole = make(Protocol::Udp, 8, 3000);
  const Bytes8 expected = bytes_of(whole);
  Bytes8 joined;
  for (const auto& [first, length] : {std::pair(0, 1480), std::pair(1480, 1480), std::pair(2960, 48)}) {
    Packet& f = *pool.copy(whole);
    f.marks |= mark::Fragment;
    f.size = static_cast<std::uint16_t>(kIpv4HeaderBytes + length);
    pool.extend(f).fragment = {1, static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(length), 3008};
    const Bytes8 bytes = bytes_of(f);
    EXPECT_EQ((bytes[6] << 8 | bytes[7]), (first == 2960 ? 0 : 0x2000) | first / 8);
    const Packet& read = parsed(bytes);
    EXPECT_EQ(pool.extension(read).fragment.first, first);
    EXPECT_EQ(pool.extension(read).fragment.length, length);
    EXPECT_EQ(pool.extension(read).fragment.total, first == 2960 ? 3008 : 0);
    joined.insert(joined.end(), bytes.begin() + kIpv4HeaderBytes, bytes.end());
  }
  EXPECT_TRUE(std::equal(joined.begin(), joined.end(), expected.begin() + kIpv4HeaderBytes, expected.end()));
}

// Every flipped bit is caught by exactly the checksum that covers it, or makes a header nonsense.
TEST_F(Codec, FindsEveryFlippedBit) {
  for (const Protocol protocol : {Protocol::Tcp, Protocol::Udp, Protocol::Icmp}) {
    Packet& p = make(protocol, protocol == Protocol::Tcp ? 20 : 8, 12);
    if (protocol == Protocol::Icmp) p.sport = 8 << 8;
    p.marks |= mark::Corrupt;
    for (std::uint32_t bit = 0; bit < 8u * p.size; ++bit) {
      pool.extend(p).corrupt_bit = bit;
      Packet& q = *pool.make();
      const ParseFault fault = parse(bytes_of(p), q, pool);
      EXPECT_NE(fault, ParseFault::None) << bit;
      EXPECT_EQ(corrupt_bit_is_in_ip_header(p, pool), bit < 160);
      if (bit >= 32) { EXPECT_EQ(fault == ParseFault::BadHeaderChecksum, bit < 160) << bit; }
      pool.release(&q);
    }
  }
}

TEST_F(Codec, FlipsTheBitAfterTheChecksumsWereMade) {
  Packet& p = make(Protocol::Tcp, 20, 100);
  const Bytes8 good = bytes_of(p);
  p.marks |= mark::Corrupt;
  pool.extend(p).corrupt_bit = 8 * 50 + 3;
  Bytes8 bad = bytes_of(p);
  bad[50] ^= 0x10;  // bit 3 from the left
  EXPECT_EQ(bad, good);
}

// RFC 7413 section 4.1.1: kind 34, or 254 with a magic number; Linux puts it last and pads behind it.
TEST_F(Codec, WritesAndReadsTheFastOpenOption) {
  const FastOpenOption standard{false, 4, {1, 2, 3, 4}}, experimental{true, 8, {8, 7, 6, 5, 4, 3, 2, 1}}, empty{};
  for (const FastOpenOption& option : {standard, experimental, empty}) {
    Packet& p = make(Protocol::Tcp, static_cast<std::uint16_t>(20 + 4 + option.bytes()), 0);
    p.flags = tcp_flag::Syn;
    Extension& ext = pool.extend(p);
    ext.mss = 1460;
    ext.has_fast_open = true;
    ext.fast_open = option;
    const Packet& q = parsed(bytes_of(p));
    ASSERT_NE(q.extension, 0u);
    ASSERT_TRUE(pool.extension(q).has_fast_open);
    EXPECT_EQ(pool.extension(q).fast_open, option);
  }
  Packet& p = make(Protocol::Tcp, 20 + 8, 0);
  p.flags = tcp_flag::Syn;
  Extension& ext = pool.extend(p);
  ext.has_fast_open = true;
  ext.fast_open = standard;
  EXPECT_EQ(to_hex(bytes_of(p)).substr(80), "2206010203040101");
}

TEST_F(Codec, ACookieOfABadLengthOrNotOnASynIsNoOption) {
  Packet& p = make(Protocol::Tcp, 20 + 8, 0);
  p.flags = tcp_flag::Syn;
  Extension& ext = pool.extend(p);
  ext.has_fast_open = true;
  ext.fast_open = {false, 4, {1, 2, 3, 4}};
  const Bytes8 good = bytes_of(p);
  Bytes8 bad = good;
  bad[41] = 7;  // a cookie of five bytes
  const Packet& q = parsed(bad, ParseFault::BadTransportChecksum);
  EXPECT_TRUE(q.extension == 0 || !pool.extension(q).has_fast_open);
  bad = good;
  bad[33] = tcp_flag::Ack;
  const Packet& r = parsed(bad, ParseFault::BadTransportChecksum);
  EXPECT_TRUE(r.extension == 0 || !pool.extension(r).has_fast_open);
}

TEST_F(Codec, RefusesOptionsThatRunBeyondTheHeader) {
  Packet& p = make(Protocol::Tcp, 20 + 4, 0);
  pool.extend(p).mss = 1460;
  Bytes8 bytes = bytes_of(p);
  bytes[41] = 5;  // the length of an option of four bytes
  parsed(bytes, ParseFault::BadOptions);
  bytes[41] = 0;
  parsed(bytes, ParseFault::BadOptions);
}

TEST_F(Codec, RefusesWhatIsCutShort) {
  const Bytes8 whole = bytes_of(make(Protocol::Tcp, 20, 10));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    parsed(Bytes8(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)), ParseFault::Truncated);
  }
}

}  // namespace
}  // namespace wirelab
