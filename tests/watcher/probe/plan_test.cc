#include "watcher/probe/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace watcher {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Outcome = ProbePlan::Outcome;
using TimePoint = ProbePlan::TimePoint;

common::SocketAddress address(const char* text) {
  return common::SocketAddress::parse(text).value();
}

Backend backend(const char* endpoint,
                const char* task = "web.1",
                BackendState state = BackendState::Failing) {
  return {address(endpoint), state, {"marathon", task}, "/web", 3s};
}

VipPtr vip(std::vector<Backend> backends,
           std::uint16_t port = 80,
           Protocol protocol = Protocol::Tcp) {
  Vip vip;
  vip.id = {.name = "web.marathon", .address = {}, .port = port, .protocol = protocol};
  vip.backends = std::move(backends);
  std::sort(vip.backends.begin(), vip.backends.end());
  return std::make_shared<const Vip>(std::move(vip));
}

class ProbePlanTest : public ::testing::Test {
 protected:
  void apply(VipPtr before, VipPtr after) {
    Change change;
    change.vips.push_back({std::move(before), std::move(after)});
    plan.apply(change, now);
  }

  /// Starts what is due and gives its endpoints.
  std::vector<std::string> due() {
    std::vector<std::string> endpoints;
    for (const auto& start : plan.take_due(now)) {
      tickets[start.endpoint.to_string()] = start.ticket;
      endpoints.push_back(start.endpoint.to_string());
    }
    return endpoints;
  }

  void finish(const std::string& endpoint, Outcome outcome) {
    plan.finish(tickets.at(endpoint), outcome, now);
  }

  /// "task:port health" for each report.
  std::vector<std::string> reports() {
    std::vector<std::string> texts;
    for (const Update& update : plan.take_reports()) {
      const auto& probed = std::get<Probed>(update);
      texts.push_back(*probed.key.id + ":" + std::to_string(probed.port) + " " +
                      std::string(to_string(probed.health)));
    }
    return texts;
  }

  /// Lets time pass until the next check and starts it.
  std::vector<std::string> next_due() {
    now = plan.next_due().value();
    return due();
  }

  TimePoint now{1000s};
  ProbePlan plan{
      {.interval = 2s, .closer_look = 500ms, .limits = {.rise = 2, .fall = 3}, .parallel = 3}};
  std::map<std::string, std::uint64_t> tickets;
};

TEST_F(ProbePlanTest, ChecksANewBackendAtOnce) {
  EXPECT_EQ(plan.next_due(), std::nullopt);
  apply(nullptr, vip({backend("10.0.0.1:31000")}));
  EXPECT_EQ(plan.next_due(), now);
  EXPECT_THAT(due(), ElementsAre("10.0.0.1:31000"));
  EXPECT_THAT(due(), IsEmpty());
  EXPECT_FALSE(plan.has_reports());
  finish("10.0.0.1:31000", Outcome::Passed);
  EXPECT_THAT(reports(), ElementsAre("web.1:31000 passing"));
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(ProbePlanTest, GoesOnInItsRhythm) {
  apply(nullptr, vip({backend("10.0.0.1:31000")}));
  due();
  finish("10.0.0.1:31000", Outcome::Passed);
  const TimePoint first = plan.next_due().value();
  EXPECT_GT(first, now);
  EXPECT_LE(first, now + 2s);
  next_due();
  now += 300ms;  // The check took a while; the beat stays.
  finish("10.0.0.1:31000", Outcome::Passed);
  EXPECT_EQ(plan.next_due(), first + 2s);
}

TEST_F(ProbePlanTest, LooksMoreCloselyWhileSomethingIsWrong) {
  apply(nullptr, vip({backend("10.0.0.1:31000")}));
  due();
  finish("10.0.0.1:31000", Outcome::Passed);
  next_due();
  finish("10.0.0.1:31000", Outcome::Failed);
  EXPECT_LE(plan.next_due().value(), now + 500ms);
  next_due();
  finish("10.0.0.1:31000", Outcome::Failed);
  next_due();
  reports();
  finish("10.0.0.1:31000", Outcome::Failed);
  EXPECT_THAT(reports(), ElementsAre("web.1:31000 failing"));
  EXPECT_LE(plan.next_due().value(), now + 500ms);
}

TEST_F(ProbePlanTest, DrawsNoConclusionFromOurOwnShortage) {
  apply(nullptr, vip({backend("10.0.0.1:31000")}));
  due();
  finish("10.0.0.1:31000", Outcome::Inconclusive);
  EXPECT_THAT(reports(), IsEmpty());
  EXPECT_THAT(next_due(), ElementsAre("10.0.0.1:31000"));
}

TEST_F(ProbePlanTest, ChecksAnEndpointOnceForAllItsVipsAndTasks) {
  apply(nullptr, vip({backend("10.0.0.1:31000"), backend("10.0.0.1:31000", "web.2")}, 80));
  apply(nullptr, vip({backend("10.0.0.1:31000")}, 81));
  EXPECT_EQ(plan.endpoints(), 1U);
  EXPECT_THAT(due(), SizeIs(1));
  finish("10.0.0.1:31000", Outcome::Passed);
  EXPECT_THAT(reports(), ElementsAre("web.1:31000 passing", "web.2:31000 passing"));

  apply(vip({backend("10.0.0.1:31000"), backend("10.0.0.1:31000", "web.2")}, 80), nullptr);
  EXPECT_EQ(plan.endpoints(), 1U);
  apply(vip({backend("10.0.0.1:31000")}, 81), nullptr);
  EXPECT_EQ(plan.endpoints(), 0U);
  EXPECT_EQ(plan.next_due(), std::nullopt);
}

TEST_F(ProbePlanTest, TellsALateTaskWhatIsKnown) {
  apply(nullptr, vip({backend("10.0.0.1:31000")}));
  due();
  finish("10.0.0.1:31000", Outcome::Passed);
  reports();
  apply(vip({backend("10.0.0.1:31000")}),
        vip({backend("10.0.0.1:31000"), backend("10.0.0.1:31000", "web.2")}));
  EXPECT_THAT(reports(), ElementsAre("web.2:31000 passing"));
}

TEST_F(ProbePlanTest, GoesOnWhenOnlyTheStateChanges) {
  apply(nullptr, vip({backend("10.0.0.1:31000")}));
  due();
  finish("10.0.0.1:31000", Outcome::Passed);
  reports();
  const auto next = plan.next_due();
  apply(vip({backend("10.0.0.1:31000")}),
        vip({backend("10.0.0.1:31000", "web.1", BackendState::Passing)}));
  EXPECT_EQ(plan.next_due(), next);
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(ProbePlanTest, LeavesDrainingAndUdpBackendsAlone) {
  apply(nullptr, vip({backend("10.0.0.1:31000", "web.1", BackendState::Draining)}));
  apply(nullptr, vip({backend("10.0.0.1:31001")}, 53, Protocol::Udp));
  EXPECT_EQ(plan.endpoints(), 0U);
  const VipPtr running = vip({backend("10.0.0.1:31000")}, 81);
  apply(nullptr, running);
  apply(running, vip({backend("10.0.0.1:31000", "web.1", BackendState::Draining)}, 81));
  EXPECT_EQ(plan.endpoints(), 0U);
}

TEST_F(ProbePlanTest, GoesOnWithWhatTheOperatorDrains) {
  Backend drained = backend("10.0.0.1:80", "web.1", BackendState::Draining);
  drained.drained = true;
  apply(nullptr, vip({drained}));
  EXPECT_THAT(due(), ElementsAre("10.0.0.1:80"));
}

TEST_F(ProbePlanTest, IgnoresAResultThatComesTooLate) {
  const VipPtr web = vip({backend("10.0.0.1:31000")});
  apply(nullptr, web);
  due();
  const auto old_tickets = tickets;
  apply(web, nullptr);
  apply(nullptr, web);  // The same endpoint, another life.
  plan.finish(old_tickets.at("10.0.0.1:31000"), Outcome::Failed, now);
  EXPECT_THAT(reports(), IsEmpty());
  EXPECT_THAT(due(), SizeIs(1));
}

TEST_F(ProbePlanTest, ForgetsWhatItWasToTellOfABackendThatLeft) {
  const VipPtr web = vip({backend("10.0.0.1:31000")});
  apply(nullptr, web);
  due();
  finish("10.0.0.1:31000", Outcome::Passed);
  apply(web, nullptr);
  EXPECT_FALSE(plan.has_reports());
}

TEST_F(ProbePlanTest, BoundsTheChecksUnderWay) {
  apply(nullptr,
        vip({backend("10.0.0.1:1"),
             backend("10.0.0.1:2"),
             backend("10.0.0.1:3"),
             backend("10.0.0.1:4"),
             backend("10.0.0.1:5")}));
  EXPECT_THAT(due(), SizeIs(3));
  EXPECT_EQ(plan.next_due(), std::nullopt);
  finish("10.0.0.1:1", Outcome::Passed);
  EXPECT_THAT(next_due(), SizeIs(1));
  EXPECT_EQ(plan.next_due(), std::nullopt);
}

TEST_F(ProbePlanTest, PassesAPortWhoseEndpointsDoNotAllAnswer) {
  const VipPtr both = vip({backend("10.1.0.1:80"), backend("10.2.0.1:80")});
  apply(nullptr, both);
  due();
  finish("10.1.0.1:80", Outcome::Failed);
  EXPECT_THAT(reports(), IsEmpty());  // The other may still pass.
  finish("10.2.0.1:80", Outcome::Passed);
  EXPECT_THAT(reports(), ElementsAre("web.1:80 passing"));
  apply(both, vip({backend("10.1.0.1:80")}));
  EXPECT_THAT(reports(), ElementsAre("web.1:80 failing"));
}

TEST(NextBeat, LiesWithinOnePeriod) {
  const TimePoint now{12345ms};
  for (std::uint64_t hash = 0; hash < 5'000'000'000; hash += 123'456'789) {
    const TimePoint beat = next_beat(now, 2s, hash);
    EXPECT_GT(beat, now);
    EXPECT_LE(beat, now + 2s);
    EXPECT_EQ(next_beat(beat, 2s, hash), beat + 2s);
    EXPECT_EQ(next_beat(beat - 1ns, 2s, hash), beat);
  }
}

TEST(NextBeat, WorksRightAfterBoot) {
  EXPECT_LE(next_beat(TimePoint{}, 2s, 1'999'999'999), TimePoint{2s});
  EXPECT_GT(next_beat(TimePoint{}, 2s, 1'999'999'999), TimePoint{});
}

TEST(NextBeat, SpreadsEndpoints) {
  std::set<std::int64_t> tenths;
  for (std::uint16_t port = 31000; port < 31200; ++port) {
    const std::hash<common::SocketAddress> hash;
    const auto beat = next_beat(TimePoint{100s}, 1s, hash(common::SocketAddress{{}, port}));
    tenths.insert((beat - TimePoint{100s}) / 100ms);
  }
  EXPECT_GE(tenths.size(), 10U);
}

}  // namespace
}  // namespace watcher
