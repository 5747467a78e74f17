// When the kernel's timers fire.

#include "tcp/timer_wheel.h"

#include "bench.h"

namespace wirelab::tcp::test {
namespace {

// kernel/time/timer.c: levels of 1, 8, 64 ticks begin at 0, 63, 504 ticks; never early.
TEST(TimerWheel, IsLateByUpToOneGranule) {
  constexpr Duration tick = 4_ms;
  for (const auto& [timeout, granule] : {std::pair{200_ms, 4_ms},
                                         {248_ms, 4_ms},
                                         {252_ms, 32_ms},
                                         {304_ms, 32_ms},
                                         {2016_ms, 256_ms},
                                         {3000_ms, 256_ms}}) {
    for (std::int64_t us = 0; us < 300'000; us += 777) {
      const Time armed = Time::at(Duration::us(us));
      const Time expiry = wheel_expiry(armed, armed + timeout, tick, 1_ms);
      EXPECT_GT(expiry, armed + timeout - 1_ps);
      EXPECT_LE(expiry - (armed + timeout), granule + tick);
      EXPECT_EQ((expiry + 1_ms).ps() % granule.ps(), 0);
    }
  }
}

}  // namespace
}  // namespace wirelab::tcp::test
