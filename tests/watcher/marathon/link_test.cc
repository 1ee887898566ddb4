#include "watcher/marathon/link.h"

#include <gmock/gmock.h>

#include <set>

namespace watcher::marathon {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

const TimePoint kStart{100h};
const http::Headers kEventStream{{"content-type", "text/event-stream;charset=utf-8"}};

Link make_link(const std::vector<std::string>& seeds, std::uint64_t seed = 1) {
  std::vector<http::Url> urls;
  for (const std::string& text : seeds) urls.push_back(*http::Url::parse(text));
  return Link(urls, seed, {15s, 45s});
}

/// Dials a seed that does not say who leads.
http::Url dial(Link& link) {
  if (link.dial()) link.on_leader("");
  return link.events();
}

http::Response redirect(const std::string& to) { return {302, {{"Location", to}}, ""}; }

TEST(Link, AsksForTheFilteredLightStream) {
  Link link = make_link({"http://m1:8080"});
  const http::Url url = dial(link);
  EXPECT_EQ(url.authority(), "m1:8080");
  EXPECT_THAT(url.target, StartsWith("/v2/events?plan-format=light&event_type="));
  EXPECT_THAT(url.target, HasSubstr("event_type=event_stream_attached"));
}

TEST(Link, KeepsThePathOfAProxyInFront) {
  Link link = make_link({"http://m1/service/marathon/"});
  EXPECT_THAT(dial(link).target, StartsWith("/service/marathon/v2/events?"));
  EXPECT_EQ(link.url("/v2/apps").target, "/service/marathon/v2/apps");
}

TEST(Link, GoesRoundTheSeedsFromARandomOne) {
  std::set<std::string> firsts;
  for (std::uint64_t seed = 0; seed < 32; ++seed) {
    Link link = make_link({"http://a", "http://b", "http://c"}, seed);
    std::set<std::string> all;
    firsts.insert(dial(link).host);
    for (int i = 0; i < 3; ++i) all.insert(dial(link).host);
    EXPECT_EQ(all.size(), 3u);
  }
  EXPECT_EQ(firsts.size(), 3u);
}

// ---- The leader

TEST(Link, GoesStraightToTheLeaderThatASeedNames) {
  Link link = make_link({"https://m1:8443"});
  ASSERT_TRUE(link.dial());
  EXPECT_EQ(link.url("/v2/leader").authority(), "m1:8443");
  link.on_leader("m2:8443");
  EXPECT_EQ(link.events().authority(), "m2:8443");
  EXPECT_EQ(link.events().scheme, "https");
  EXPECT_TRUE(link.is_trusted());
}

TEST(Link, StaysWithASeedThatNamesNoLeaderOrNonsense) {
  for (const char* leader : {"", "m1:8080", "not a host"}) {
    Link link = make_link({"http://m1:8080"});
    ASSERT_TRUE(link.dial());
    link.on_leader(leader);
    EXPECT_EQ(link.events().authority(), "m1:8080") << leader;
  }
}

TEST(Link, TakesTheSeedsWordForItWhenTheLeadersAddressFails) {
  Link link = make_link({"http://m1:8080"});
  ASSERT_TRUE(link.dial());
  link.on_leader("10.9.9.9:8080");  // An address that only the cluster can reach.
  link.lost(kStart);
  ASSERT_FALSE(link.dial());
  EXPECT_EQ(link.events().authority(), "m1:8080");
  link.lost(kStart);
  EXPECT_TRUE(link.dial());
}

TEST(Link, AsksAgainWhoLeadsWhenAProvedLeaderIsLost) {
  Link link = make_link({"http://m1:8080"});
  ASSERT_TRUE(link.dial());
  link.on_leader("m2:8080");
  link.proved();
  link.lost(kStart);
  EXPECT_TRUE(link.dial());
}

TEST(Link, NeverLeavesAProxyForTheLeadersOwnAddress) {
  Link link = make_link({"http://dcos/service/marathon"});
  EXPECT_FALSE(link.dial());
}

TEST(Link, TrustsARedirectOnlyToWhomTheHeaderNamesTheLeader) {
  const auto trusts = [](const http::Headers& more) {
    Link link = make_link({"http://m1:8080"});
    dial(link);
    http::Response head = redirect("http://m2:8080/v2/events");
    head.headers.insert(head.headers.end(), more.begin(), more.end());
    EXPECT_TRUE(link.on_head(head, kStart));
    return link.is_trusted();
  };
  EXPECT_TRUE(trusts({{"X-Marathon-Leader", "http://m2:8080"}}));
  EXPECT_FALSE(trusts({{"X-Marathon-Leader", "http://m3:8080"}}));
  EXPECT_FALSE(trusts({{"X-Marathon-Leader", "https://m2:8080"}}));
  EXPECT_FALSE(trusts({}));
}

TEST(Link, TrustsNobodyWhomAStrangerNames) {
  Link link = make_link({"http://m1:8080"});
  dial(link);
  ASSERT_TRUE(link.on_head(redirect("http://stranger/v2/events"), kStart));
  http::Response head = redirect("http://m2:8080/v2/events");
  head.headers.emplace_back("X-Marathon-Leader", "http://m2:8080");
  ASSERT_TRUE(link.on_head(head, kStart));
  EXPECT_FALSE(link.is_trusted());
  dial(link);
  EXPECT_TRUE(link.is_trusted());
}

TEST(Link, FollowsRedirectsToTheLeader) {
  Link link = make_link({"http://m1:8080"});
  dial(link);
  const auto target = link.on_head(redirect("http://m2:8080/v2/events?event_type=x"), kStart);
  ASSERT_TRUE(target && *target);
  EXPECT_EQ((*target)->authority(), "m2:8080");
  EXPECT_EQ((*target)->target, "/v2/events?event_type=x");
  EXPECT_EQ(link.url("/v2/apps").authority(), "m2:8080");
  EXPECT_EQ(link.url("/v2/apps").target, "/v2/apps");
}

TEST(Link, FollowsThreeRedirectsAndNoFourth) {
  Link link = make_link({"http://m1:8080"});
  dial(link);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(link.on_head(redirect("http://m2:8080/v2/events"), kStart));
  }
  EXPECT_THAT(link.on_head(redirect("http://m2:8080/v2/events"), kStart).error().message,
              HasSubstr("redirects"));
  dial(link);
  EXPECT_TRUE(link.on_head(redirect("http://m2:8080/v2/events"), kStart));
}

TEST(Link, RefusesWhatIsNoEventStream) {
  Link link = make_link({"http://m1:8080"});
  dial(link);
  const auto refused = [&](const http::Response& head) {
    const auto result = link.on_head(head, kStart);
    return result ? "no error" : result.error().message;
  };
  EXPECT_THAT(refused({405, {}, ""}), HasSubstr("405"));
  EXPECT_THAT(refused({502, {}, ""}), HasSubstr("502"));
  EXPECT_THAT(refused({200, {{"Content-Type", "text/html"}}, ""}), HasSubstr("no event stream"));
  EXPECT_THAT(refused(redirect("")), HasSubstr("not a URL"));
  EXPECT_THAT(refused(redirect("http://sso/login")), HasSubstr("http://sso/login"));
  EXPECT_FALSE(link.is_open());
}

TEST(Link, IsAttachedOnlyOnce) {
  Link link = make_link({"http://m1:8080"});
  EXPECT_FALSE(link.on_attached());
  dial(link);
  ASSERT_TRUE(link.on_head({200, kEventStream, ""}, kStart));
  EXPECT_TRUE(link.is_open());
  EXPECT_TRUE(link.on_attached());
  EXPECT_TRUE(link.is_attached());
  EXPECT_FALSE(link.on_attached());
}

TEST(Link, GoesOnWithoutTheWordWhenMarathonSpeaks) {
  Link link = make_link({"http://m1:8080"});
  dial(link);
  ASSERT_TRUE(link.on_head({200, kEventStream, ""}, kStart));
  link.on_bytes(kStart + 10s);
  EXPECT_EQ(link.next_tick(), kStart + 15s);
  EXPECT_EQ(link.tick(kStart + 15s).value(), Link::Step::Attached);
}

TEST(Link, GivesUpOnAStreamThatNeverSpoke) {
  Link link = make_link({"http://m1:8080"});
  dial(link);
  ASSERT_TRUE(link.on_head({200, kEventStream, ""}, kStart));
  EXPECT_THAT(link.tick(kStart + 15s).error().message, HasSubstr("not a byte"));
}

TEST(Link, GivesUpOnAStreamThatFellSilent) {
  Link link = make_link({"http://m1:8080"});
  dial(link);
  ASSERT_TRUE(link.on_head({200, kEventStream, ""}, kStart));
  link.on_attached();
  link.on_bytes(kStart + 10s);
  EXPECT_EQ(link.next_tick(), kStart + 55s);
  EXPECT_TRUE(link.tick(kStart + 54s));
  EXPECT_THAT(link.tick(kStart + 55s).error().message, HasSubstr("no byte for 45 s"));
}

TEST(Link, WaitsLongerAfterEachLossUntilProved) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Link link = make_link({"http://m1:8080"}, seed);
    for (const auto mean :
         {100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 6400ms, 12800ms, 15000ms, 15000ms}) {
      const auto wait = link.lost(kStart);
      EXPECT_GE(wait, mean / 2);
      EXPECT_LE(wait, mean * 3 / 2);
      EXPECT_EQ(link.next_tick(), kStart + wait);
      EXPECT_EQ(link.tick(kStart + wait).value(), Link::Step::Dial);
    }
    link.proved();
    EXPECT_LE(link.lost(kStart), 150ms);
  }
}

TEST(Link, SpreadsPeriodsByAFifth) {
  Link link = make_link({"http://m1:8080"});
  std::chrono::milliseconds least = 120s;
  std::chrono::milliseconds most = 120s;
  for (int i = 0; i < 1000; ++i) {
    const auto period = link.spread(120s);
    least = std::min(least, period);
    most = std::max(most, period);
  }
  EXPECT_GE(least, 96s);
  EXPECT_LT(least, 98s);
  EXPECT_LE(most, 144s);
  EXPECT_GT(most, 142s);
}

}  // namespace
}  // namespace watcher::marathon
