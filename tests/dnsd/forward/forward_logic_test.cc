#include "dnsd/forward/forward_logic.h"

#include <gmock/gmock.h>

#include <map>
#include <random>

#include "config/load.h"
#include "tests/dnsd/forward/replies.h"

namespace dnsd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::a_record;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::question;

using Protocol = ForwardNetwork::Protocol;

/// Upstreams that a test plays itself, and a clock that only it moves.
class FakeNetwork final : public ForwardNetwork {
 public:
  struct Sent {
    std::string upstream;
    Protocol protocol;
    std::vector<std::uint8_t> query;
  };

  void send(AttemptId attempt,
            const common::SocketAddress& upstream,
            Protocol protocol,
            std::span<const std::uint8_t> query) override {
    open[attempt] = {upstream.to_string(), protocol, {query.begin(), query.end()}};
    ++sent;
  }
  void cancel(AttemptId attempt) override { open.erase(attempt); }
  void wake_at(TimePoint when) override { alarm = when; }
  std::uint64_t random() override { return next_random += 2; }  // Odd: explores nothing.

  std::map<AttemptId, Sent> open;
  int sent = 0;
  std::uint64_t next_random = 1;
  std::optional<TimePoint> alarm;
};

ForwardPolicy policy(const std::string& options = "") {
  const auto settings =
      config::parse("dns: {forward_to: ['10.0.0.1:53', '10.0.0.2:53']}", "f.yaml");
  ForwardPolicy made;
  made.routes = ForwardRoutes(settings.value().dns);
  made.timeout = seconds{4};
  made.use_0x20 = options != "plain";
  return made;
}

class ForwardLogicTest : public ::testing::Test {
 protected:
  explicit ForwardLogicTest(ForwardPolicy made = policy()) : policy_(std::move(made)) {}

  /// Asks as a client does; what it is told comes in told_, at once or later.
  void ask(std::string_view name, const char* client = "127.0.0.1") {
    const auto asked = question(name);
    const auto address = common::IpAddress::parse(client).value();
    if (const auto answer = logic_.answer_now(asked, wire_of(asked), address, now_)) {
      return tell(*answer);
    }
    logic_.ask(
        asked, address, [this](const ForwardAnswer& answer) { tell(answer); }, now_);
  }

  static std::vector<std::uint8_t> wire_of(const ForwardQuestion& asked) {
    std::vector<std::uint8_t> octets(asked.name.wire().begin(), asked.name.wire().end());
    octets.insert(octets.end(), {0, 1, 0, 1});
    return octets;
  }

  void tell(const ForwardAnswer& answer) {
    std::string line = std::to_string(static_cast<int>(answer.resolved.rcode)) + " answers " +
                       std::to_string(answer.resolved.answers);
    if (answer.error) line += " ede " + std::to_string(static_cast<int>(*answer.error));
    told_.push_back(line);
  }

  AttemptId newest() const { return network_.open.rbegin()->first; }

  void reply(AttemptId attempt, const testing::ReplySpec& spec) {
    const auto octets = testing::make_reply(network_.open.at(attempt).query, spec);
    network_.open.erase(attempt);
    logic_.on_reply(attempt, octets, now_);
  }
  void break_off(AttemptId attempt) {
    network_.open.erase(attempt);
    logic_.on_reply(attempt, std::nullopt, now_);
  }

  /// Lets time pass, and the alarm ring whenever it is due.
  void pass(milliseconds time) {
    const TimePoint end = now_ + time;
    while (network_.alarm && *network_.alarm <= end) {
      now_ = std::max(now_, *network_.alarm);
      network_.alarm.reset();
      logic_.on_wake(now_);
    }
    now_ = end;
  }

  std::uint64_t count(Forwarded how) const {
    return counters_.answers[static_cast<std::size_t>(how)].value();
  }

  /// Fills the cache and lets it expire.
  void know_and_forget(std::string_view name) {
    ask(name);
    reply(newest(), {.answers = {a_record(std::string(name), 60)}});
    pass(seconds{61});
    told_.clear();
  }

  const ForwardPolicy policy_;
  FakeNetwork network_;
  ForwardCounters counters_{2};
  ForwardLogic logic_{policy_, network_, counters_};
  TimePoint now_{seconds{100000}};
  std::vector<std::string> told_;
};

const testing::ReplySpec kGood{.answers = {a_record("www.example", 60)}};

TEST_F(ForwardLogicTest, AsksOnceAndThenKnows) {
  ask("www.example");
  EXPECT_THAT(told_, IsEmpty());
  ASSERT_EQ(network_.open.size(), 1U);
  reply(newest(), kGood);
  ask("www.example");
  EXPECT_THAT(told_, ElementsAre("0 answers 1", "0 answers 1"));
  EXPECT_EQ(network_.sent, 1);
  EXPECT_EQ(count(Forwarded::Upstream), 1U);
  EXPECT_EQ(count(Forwarded::Hit), 1U);
}

TEST_F(ForwardLogicTest, AsksOneQuestionForAllWhoWantItsAnswer) {
  for (int i = 0; i < 10; ++i) ask("www.example");
  EXPECT_EQ(network_.sent, 1);
  reply(newest(), kGood);
  EXPECT_EQ(told_.size(), 10U);
  EXPECT_EQ(counters_.coalesced.value(), 9U);
}

TEST_F(ForwardLogicTest, RacesASecondUpstreamWhenTheFirstIsLate) {
  ask("www.example");
  const AttemptId first = newest();
  pass(UpstreamHealth::kFirstPatience);
  ASSERT_EQ(network_.open.size(), 2U);
  const AttemptId second = newest();
  EXPECT_NE(network_.open.at(first).upstream, network_.open.at(second).upstream);
  reply(first, kGood);  // Late, but the first to come.
  EXPECT_THAT(told_, ElementsAre("0 answers 1"));
  EXPECT_TRUE(network_.open.empty());  // The other was called off.
  EXPECT_EQ(counters_.races.value(), 1U);
}

TEST_F(ForwardLogicTest, AsksTheNextUpstreamWhenOneFails) {
  ask("www.example");
  const std::string first = network_.open.at(newest()).upstream;
  reply(newest(), {.rcode = Rcode::ServFail});
  ASSERT_EQ(network_.open.size(), 1U);
  EXPECT_NE(network_.open.at(newest()).upstream, first);
  break_off(newest());
  reply(newest(), kGood);
  EXPECT_THAT(told_, ElementsAre("0 answers 1"));
}

TEST_F(ForwardLogicTest, GivesUpAfterSoManyTries) {
  ask("www.example");
  while (!network_.open.empty()) break_off(newest());
  EXPECT_EQ(network_.sent, static_cast<int>(ForwardLogic::kMaxTries));
  EXPECT_THAT(told_, ElementsAre("2 answers 0 ede 22"));
  ask("www.example");  // Remembered for a second (RFC 9520).
  EXPECT_EQ(told_.back(), "2 answers 0 ede 13");
  EXPECT_EQ(network_.sent, static_cast<int>(ForwardLogic::kMaxTries));
  pass(seconds{2});
  ask("www.example");
  EXPECT_FALSE(network_.open.empty());
}

TEST_F(ForwardLogicTest, GivesUpWhenTheTimeIsOver) {
  ask("www.example");
  pass(policy_.timeout - milliseconds{1});
  EXPECT_THAT(told_, IsEmpty());
  pass(milliseconds{1});
  EXPECT_THAT(told_, ElementsAre("2 answers 0 ede 22"));
  EXPECT_TRUE(network_.open.empty());
  EXPECT_LE(network_.sent, static_cast<int>(ForwardLogic::kMaxTries));
  EXPECT_EQ(counters_.under_way.value(), 0U);
}

TEST_F(ForwardLogicTest, SaysNothingOfReachingThoseWhoAnswered) {
  ask("www.example");
  while (!network_.open.empty()) reply(newest(), {.rcode = Rcode::ServFail});
  EXPECT_THAT(told_, ElementsAre("2 answers 0"));
}

TEST_F(ForwardLogicTest, ServesStaleWhenNobodyAnswersInTime) {
  know_and_forget("www.example");
  ask("www.example");
  pass(ForwardLogic::kClientPatience - milliseconds{1});
  EXPECT_THAT(told_, IsEmpty());
  pass(milliseconds{1});
  EXPECT_THAT(told_, ElementsAre("0 answers 1 ede 3"));
  pass(policy_.timeout);
  ask("www.example");  // Upstreams failed just now: at once.
  EXPECT_EQ(told_.size(), 2U);
  EXPECT_EQ(count(Forwarded::Stale), 2U);
  pass(ForwardCache::kRest);
  ask("www.example");
  EXPECT_FALSE(network_.open.empty());
}

TEST_F(ForwardLogicTest, TakesAFreshAnswerRatherThanAStaleOne) {
  know_and_forget("www.example");
  ask("www.example");
  reply(newest(), kGood);
  EXPECT_THAT(told_, ElementsAre("0 answers 1"));
}

TEST_F(ForwardLogicTest, RenewsPopularAnswersBeforeTheyExpire) {
  ask("www.example");
  reply(newest(), kGood);
  pass(seconds{30});
  ask("www.example");
  EXPECT_TRUE(network_.open.empty());
  pass(seconds{27});
  ask("www.example");
  ASSERT_EQ(network_.open.size(), 1U);
  ask("www.example");
  EXPECT_EQ(network_.open.size(), 1U);
  reply(newest(), kGood);
  EXPECT_EQ(counters_.prefetches.value(), 1U);
  pass(seconds{30});
  ask("www.example");
  EXPECT_EQ(told_.size(), 5U);  // All at once, but for the first.
  EXPECT_TRUE(network_.open.empty());
}

TEST_F(ForwardLogicTest, AsksAgainOverTcpWhoChangesTheCase) {
  ask("www.corporation.example");
  const AttemptId first = newest();
  const std::string upstream = network_.open.at(first).upstream;
  auto octets = testing::make_reply(network_.open.at(first).query,
                                    {.answers = {a_record("www.corporation.example", 60)}});
  for (std::size_t i = 12; i < 37; ++i) {
    if (octets[i] >= 'A' && octets[i] <= 'Z') octets[i] |= 0x20;
  }
  network_.open.erase(first);
  logic_.on_reply(first, octets, now_);
  EXPECT_THAT(told_, IsEmpty());
  ASSERT_EQ(network_.open.size(), 1U);
  EXPECT_EQ(network_.open.at(newest()).upstream, upstream);
  EXPECT_EQ(network_.open.at(newest()).protocol, Protocol::Tcp);
  EXPECT_EQ(counters_.wrong_case.value(), 1U);
  reply(newest(), {.answers = {a_record("www.corporation.example", 60)}});
  EXPECT_THAT(told_, ElementsAre("0 answers 1"));
}

TEST_F(ForwardLogicTest, RefusesItsOwnQuestions) {
  ask("host.department.corporation.example");
  const auto& query = network_.open.at(newest()).query;
  const auto asked = std::span(query).subspan(12, query.size() - 12 - 11);
  const auto answer = logic_.answer_now(
      question("host.department.corporation.example"), asked, common::IpAddress(), now_);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->resolved.rcode, Rcode::ServFail);
  EXPECT_EQ(count(Forwarded::Loop), 1U);
}

TEST_F(ForwardLogicTest, ForgetsNothingThatComesTwiceOrTooLate) {
  ask("www.example");
  const AttemptId attempt = newest();
  const auto octets = testing::make_reply(network_.open.at(attempt).query, kGood);
  logic_.on_reply(attempt, octets, now_);
  logic_.on_reply(attempt, octets, now_);
  logic_.on_reply(12345, octets, now_);
  EXPECT_EQ(told_.size(), 1U);
}

class BusyForwardLogicTest : public ForwardLogicTest {
 protected:
  BusyForwardLogicTest() : ForwardLogicTest(small()) {}
  static ForwardPolicy small() {
    ForwardPolicy made = policy();
    made.queries = 4;
    return made;
  }
};

TEST_F(BusyForwardLogicTest, BoundsWhatIsUnderWay) {
  for (int i = 0; i < 6; ++i) ask("n" + std::to_string(i) + ".example");
  EXPECT_EQ(network_.open.size(), 4U);
  EXPECT_THAT(told_, ElementsAre("2 answers 0", "2 answers 0"));
  EXPECT_EQ(count(Forwarded::TooMany), 2U);
}

TEST_F(BusyForwardLogicTest, LeavesRoomForOthers) {
  for (int i = 0; i < 20; ++i) ask("www.example", "10.0.0.1");
  EXPECT_EQ(count(Forwarded::TooMany), 12U);
  ask("www.example", "10.0.0.2");
  EXPECT_EQ(count(Forwarded::TooMany), 12U);
  reply(newest(), kGood);
  EXPECT_EQ(told_.size(), 21U);
  ask("other.example", "10.0.0.1");  // There is room again.
  EXPECT_EQ(network_.open.size(), 1U);
}

/// Any order of questions, replies, breaks and time: everybody gets exactly one answer, in time.
TEST(ForwardLogicSimulation, AnswersEverybodyOnce) {
  for (std::uint32_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const ForwardPolicy made = policy();
    FakeNetwork network;
    ForwardCounters counters(2);
    ForwardLogic logic(made, network, counters);
    TimePoint now{seconds{100000}};
    int asked = 0;
    int told = 0;
    const auto client = common::IpAddress::v4(0x7f000001);
    const auto act = [&] {
      const std::string name = "n" + std::to_string(random() % 20) + ".example";
      if (random() % 2 == 0) {
        ++asked;
        const TimePoint since = now;
        if (logic.answer_now(question(name), {}, client, now)) {
          ++told;
          return;
        }
        const auto done = [&told, &now, since, &made](const ForwardAnswer&) {
          ++told;
          EXPECT_LE(now, since + made.timeout);
        };
        logic.ask(question(name), client, done, now);
      } else if (!network.open.empty()) {
        auto chosen = network.open.begin();
        std::advance(chosen, random() % network.open.size());
        const auto [attempt, sent] = *chosen;
        network.open.erase(chosen);
        testing::ReplySpec spec{.rcode = random() % 3 == 0 ? Rcode::ServFail : Rcode::NoError};
        if (random() % 2 == 0) spec.authorities = {testing::soa_record("example", 3, 3)};
        auto octets = testing::make_reply(sent.query, spec);
        if (random() % 5 == 0) octets[random() % octets.size()] ^= 0x20;
        if (random() % 4 == 0) return logic.on_reply(attempt, std::nullopt, now);
        logic.on_reply(attempt, octets, now);
      }
    };
    const auto pass = [&](milliseconds time) {
      const TimePoint end = now + time;
      while (network.alarm && *network.alarm <= end) {
        now = std::max(now, *network.alarm);
        network.alarm.reset();
        logic.on_wake(now);
      }
      now = end;
    };
    for (int step = 0; step < 3000; ++step) {
      act();
      pass(milliseconds{random() % 300});
    }
    pass(seconds{10});
    EXPECT_EQ(asked, told);
    EXPECT_TRUE(network.open.empty());
    EXPECT_EQ(counters.under_way.value(), 0U);
  }
}

}  // namespace
}  // namespace dnsd
