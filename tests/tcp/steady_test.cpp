// README's example of a congestion control: what it shows is steady.cpp beside this file, and it does what it says.

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tcp/cc_registry.h"
#include "tcp/option_table.h"

namespace wirelab::tcp {

extern const CcInfo cc_steady;

namespace {

std::string content(const std::string& file) {
  std::ifstream in(std::string(WIRELAB_SOURCE_DIR) + "/" + file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(ReadmeExample, IsTheFileThatIsCompiledHere) {
  const std::string code = content("tests/tcp/steady.cpp");
  ASSERT_FALSE(code.empty());
  EXPECT_NE(content("README.md").find("```cpp\n" + code + "```"), std::string::npos)
      << "README.md shows another steady.cpp than tests/tcp/steady.cpp";
}

TEST(ReadmeExample, GrowsByOneSegmentInARoundTripFromTheStartAndHalves) {
  const TcpConfig config = defaults(Profile::Linux);
  const auto cc = cc_steady.make(CcArguments(config, cc_steady.parameters));
  Window w;
  w.cwnd = 10;
  AckEvent ack;
  ack.growth = ack.acked = ack.delivered = 1;
  ack.cwnd_limited = true;
  for (int i = 0; i < 10; ++i) w = cc->on_ack(ack, w);
  EXPECT_EQ(w.cwnd, 11u);
  for (int i = 0; i < 11; ++i) w = cc->on_ack(ack, w);
  EXPECT_EQ(w.cwnd, 12u);
  EXPECT_EQ(cc->ssthresh({Time::zero(), CongestionEvent::Cause::Loss, w, 12}), 6u);
}

}  // namespace
}  // namespace wirelab::tcp
