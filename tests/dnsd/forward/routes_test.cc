#include "dnsd/forward/routes.h"

#include <gmock/gmock.h>

#include "config/load.h"
#include "tests/dnsd/forward/replies.h"

namespace dnsd {
namespace {

using ::testing::ElementsAre;
using ::testing::Pointee;

ForwardRoutes routes(const std::string& options) {
  return ForwardRoutes(config::parse("dns: {" + options + "}", "f.yaml").value().dns);
}

TEST(ForwardRoutes, TakeTheLongestDomainThatFits) {
  const auto made = routes(
      "forward_to: ['10.0.0.1:53'], forward_zones: ['corp.example 10.0.0.2:53',"
      "'lab.corp.example 10.0.0.3:53 10.0.0.1:53']");
  const auto find = [&](std::string_view name) {
    return made.find(testing::wire_name(name).wire());
  };
  ASSERT_EQ(made.upstreams().size(), 3U);  // 0: of corp, 1 and 2: of lab, 2: of all else.
  EXPECT_THAT(find("corp.example"), Pointee(ElementsAre(0)));
  EXPECT_THAT(find("www.corp.example"), Pointee(ElementsAre(0)));
  EXPECT_THAT(find("a.b.lab.corp.example"), Pointee(ElementsAre(1, 2)));
  EXPECT_THAT(find("notcorp.example"), Pointee(ElementsAre(2)));
  EXPECT_THAT(find("."), Pointee(ElementsAre(2)));
}

TEST(ForwardRoutes, MayCoverSomeDomainsOnly) {
  const auto made = routes("forward_zones: ['corp.example 10.0.0.2:53']");
  EXPECT_FALSE(made.empty());
  EXPECT_EQ(made.find(testing::wire_name("www.example").wire()), nullptr);
  EXPECT_TRUE(routes("ttl: 5s").empty());
}

}  // namespace
}  // namespace dnsd
