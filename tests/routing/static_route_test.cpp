#include "routing/static_route.h"

#include <gtest/gtest.h>

namespace wirelab {
namespace {

TEST(StaticRoute, LeavesByTheLinkOfItsNeighbour) {
  const std::vector<Interface> interfaces = {
      {nullptr, Ipv4Address(10, 0, 1, 1), Ipv4Prefix(Ipv4Address(10, 0, 1, 0), 24)},
      {nullptr, Ipv4Address(10, 0, 2, 1), Ipv4Prefix(Ipv4Address(10, 0, 2, 0), 30)},
  };
  const auto to = *Ipv4Prefix::parse("10.9.0.0/16");
  const auto route = static_route(interfaces, to, Ipv4Address(10, 0, 2, 2), 10);
  ASSERT_TRUE(route);
  EXPECT_EQ(route->to, to);
  EXPECT_EQ(route->via, (NextHop{1, Ipv4Address(10, 0, 2, 2)}));
  EXPECT_EQ(route->metric, 10u);
  EXPECT_EQ(route->origin, RouteOrigin::Static);
  EXPECT_FALSE(static_route(interfaces, to, Ipv4Address(10, 0, 3, 1), 0)) << "no neighbour there";
  EXPECT_FALSE(static_route(interfaces, to, Ipv4Address(10, 0, 1, 1), 0)) << "itself";
}

}  // namespace
}  // namespace wirelab
