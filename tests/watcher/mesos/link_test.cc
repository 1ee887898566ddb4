#include "watcher/mesos/link.h"

#include <gmock/gmock.h>

#include "tests/watcher/mesos/world.h"

namespace watcher::mesos {
namespace {

using testing::HasSubstr;

constexpr TimePoint kStart{1000h};

Link link_to(const std::vector<std::string>& seeds) { return Link(urls(seeds), 1, 45s); }
std::string url_after_redirect(const std::string& seed, const std::string& location) {
  Link link = link_to({seed});
  link.dial();
  const auto moved = link.redirect(location, "/api/v1");
  if (!moved) return moved.error().message;
  const http::Url url = link.url("/frameworks");
  return url.scheme + "://" + url.authority() + url.target;
}

TEST(Link, FollowsALocationWithoutAScheme) {  // Fact 19.
  EXPECT_EQ(url_after_redirect("http://10.0.0.1:5050", "//master2.test:5050/master/api/v1"),
            "http://master2.test:5050/master/frameworks");
  EXPECT_EQ(url_after_redirect("https://10.0.0.1:5050", "//10.0.0.2:5050/api/v1"),
            "https://10.0.0.2:5050/frameworks");
}

TEST(Link, FollowsOtherLocationsToo) {
  EXPECT_EQ(url_after_redirect("http://10.0.0.1:5050", "http://10.0.0.2:5051/api/v1"),
            "http://10.0.0.2:5051/frameworks");
  EXPECT_EQ(url_after_redirect("http://proxy.test/mesos/", "/leader/api/v1"),
            "http://proxy.test:80/leader/frameworks");
}

TEST(Link, RefusesALocationThatIsNone) {
  EXPECT_THAT(url_after_redirect("http://10.0.0.1:5050", "//10.0.0.2:5050/login"),
              HasSubstr("no /api/v1 of a master"));
  EXPECT_THAT(url_after_redirect("http://10.0.0.1:5050", ""), HasSubstr("http"));
}

TEST(Link, DoesNotGoRoundInCircles) {
  Link link = link_to({"http://10.0.0.1:5050"});
  link.dial();
  int followed = 0;
  while (link.redirect("//10.0.0.1:5050/api/v1", "/api/v1")) ++followed;
  EXPECT_EQ(followed, 3);
}

TEST(Link, KeepsAPathBeforeTheMasters) {
  Link link = link_to({"http://proxy.test/mesos/"});
  link.dial();
  EXPECT_EQ(link.url("/api/v1").target, "/mesos/api/v1");
}

TEST(Link, CallsASilentStreamDead) {
  Link link = link_to({"http://10.0.0.1:5050"});
  link.dial();
  link.opened(kStart);
  link.on_bytes(kStart + 10s);
  EXPECT_TRUE(link.tick(kStart + 54s));
  EXPECT_FALSE(link.tick(kStart + 55s));
  link.trust_silence();
  EXPECT_TRUE(link.tick(kStart + 24h));
}

TEST(Link, WaitsForALeaderWhenItHasNobodyToAsk) {
  Link link = link_to({});
  EXPECT_EQ(*link.tick(kStart), Link::Step::None);
  EXPECT_EQ(link.next_tick(), TimePoint::max());
  EXPECT_TRUE(link.led_by(*http::Url::parse("http://10.0.0.3:5050")));
  EXPECT_EQ(*link.tick(kStart), Link::Step::Dial);
  link.dial();
  EXPECT_EQ(link.leader(), "http://10.0.0.3:5050");
  EXPECT_FALSE(link.led_by(*http::Url::parse("http://10.0.0.3:5050")));
  ASSERT_TRUE(link.redirect("//master3.test:5050/api/v1", "/api/v1"));
  EXPECT_FALSE(link.led_by(*http::Url::parse("http://10.0.0.3:5050")));  // The same, by its name.
  link.lost(kStart);
  EXPECT_TRUE(link.led_by(*http::Url::parse("http://10.0.0.3:5050")));  // Back: no more waiting.
}

}  // namespace
}  // namespace watcher::mesos
