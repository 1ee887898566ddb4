#include "vipd/table/options.h"

#include <gtest/gtest.h>

namespace vipd {
namespace {

using config::Balance;
using config::Drain;
using std::chrono::milliseconds;

watcher::Backend backend(const std::string& app, std::uint16_t port, watcher::PortOptions options) {
  return {.endpoint = {common::IpAddress::v4(0x0a000001), port}, .app = app, .options = options};
}

TEST(BalancingOf, FollowsTheLabelBeforeTheConfiguration) {
  config::Vip defaults;
  defaults.balance = Balance::Random;
  defaults.panic_threshold = 30;
  defaults.max_ejected_percent = 40;
  defaults.slow_start = milliseconds(5);
  defaults.backend_connections = 9;
  watcher::Vip vip;
  EXPECT_EQ(balancing_of(vip, defaults, 7),
            (Balancer::Options{.balance = Balance::Random,
                               .panic_threshold = 30,
                               .max_ejected = 40,
                               .slow_start = milliseconds(5),
                               .limit = 9,
                               .seed = 7}));
  vip.backends = {backend("/a", 1, {}), backend("/a", 2, {.balance = Balance::Source})};
  EXPECT_EQ(balancing_of(vip, defaults, 7).balance, Balance::Source);
}

TEST(BalancingOf, LetsTheFirstAppByNameDecide) {
  watcher::Vip vip;
  vip.backends = {backend("/b", 1, {.balance = Balance::Random}),
                  backend("/a", 2, {.balance = Balance::PeakEwma}),
                  backend("/", 3, {})};
  EXPECT_EQ(balancing_of(vip, {}, 0).balance, Balance::PeakEwma);
}

TEST(DrainLimit, FollowsTheLabelBeforeTheConfiguration) {
  config::Vip defaults;
  defaults.drain = Drain::Wait;
  defaults.drain_timeout = milliseconds(30);
  Target target;
  target.drain = milliseconds(3);
  EXPECT_EQ(drain_limit(target, defaults), milliseconds(30));
  target.drain = milliseconds(50);
  EXPECT_EQ(drain_limit(target, defaults), milliseconds(50)) << "the task has longer to end";
  target.options.drain_timeout = milliseconds(10);
  EXPECT_EQ(drain_limit(target, defaults), milliseconds(10));
  target.options.drain = Drain::Close;
  EXPECT_EQ(drain_limit(target, defaults), milliseconds(0));
  target.options.drain = Drain::Keep;
  EXPECT_EQ(drain_limit(target, defaults), std::nullopt);
  defaults.drain = Drain::Close;
  EXPECT_EQ(drain_limit({}, defaults), milliseconds(0));
}

TEST(DrainLimit, AtRestIsTheOperatorsAndOtherwiseThatOfTasksThatGo) {
  config::Vip defaults;
  defaults.drain = Drain::Wait;
  defaults.drain_timeout = milliseconds(700);
  Target target;
  target.leaving = Target::Leaving::AtRest;
  target.at_rest = {Drain::Close};
  EXPECT_EQ(drain_limit(target, defaults), milliseconds(0));
  target.at_rest = {Drain::Wait, milliseconds(90)};
  EXPECT_EQ(drain_limit(target, defaults), milliseconds(90));
  target.at_rest = {Drain::Wait};
  EXPECT_EQ(drain_limit(target, defaults), milliseconds(700));
  target.at_rest = {Drain::Close};
  target.leaving = Target::Leaving::Going;
  EXPECT_EQ(drain_limit(target, defaults), milliseconds(700));
}

}  // namespace
}  // namespace vipd
