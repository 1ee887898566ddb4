// What sources that speak HTTP must stand besides. One joins with a persona and a line in the lists
// at the end.

#include <gmock/gmock.h>

#include <algorithm>

#include "tests/watcher/conformance/personas.h"
#include "tests/watcher/conformance/rig.h"

namespace watcher::conformance {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Not;

struct Case {
  std::string name;
  std::unique_ptr<Persona> (*make)();
};
std::ostream& operator<<(std::ostream& out, const Case& with) { return out << with.name; }

class HttpConformance : public testing::TestWithParam<Case> {
 protected:
  void TearDown() override { EXPECT_THAT(rig_.dropped(), IsEmpty()); }

  /// From nothing to a follower that shows these.
  std::vector<std::string> sync(int tasks) {
    std::vector<std::string> ids;
    for (int i = 0; i < tasks; ++i) ids.push_back(cluster_.start_task());
    rig_.lose_records();
    rig_.settle();
    expect_truth();
    return ids;
  }
  void expect_truth() { EXPECT_EQ(rig_.shown(), cluster_.running()); }

  Rig rig_{GetParam().make()};
  Persona& cluster_ = rig_.persona();
};

TEST_P(HttpConformance, DoesNotBesiegeAServerThatIsDown) {
  sync(1);
  rig_.set_server(Server::Down);
  rig_.advance(1min);
  const int before = rig_.requests();
  rig_.advance(1h);
  EXPECT_GE(rig_.requests() - before, 120);   // It never gives up,
  EXPECT_LE(rig_.requests() - before, 1000);  // and asks every 15 s or so.
}

TEST_P(HttpConformance, DoesNotBelieveALeaderThatKnowsNothingYet) {
  sync(5);
  const std::set<std::string> before = rig_.shown();
  cluster_.change_leaders();
  rig_.lose_records();
  rig_.cut();
  rig_.advance(30s);
  EXPECT_EQ(rig_.shown(), before);
  cluster_.recover();
  rig_.tell();
  rig_.advance(cluster_.repair());
  expect_truth();
}

TEST_P(HttpConformance, StandsSlowAnswers) {
  const auto ids = sync(3);
  rig_.latency = 5s;
  for (int i = 0; i < 10; ++i) {
    cluster_.start_task();
    rig_.tell();
    rig_.advance(1s);
  }
  cluster_.end_task(ids[0]);
  rig_.tell();
  rig_.advance(10s);
  rig_.settle();
  rig_.advance(15s);
  expect_truth();
}

// ---- Streams

class StreamConformance : public HttpConformance {
 protected:
  /// One change after which the follower is where it should be.
  void expect_it_still_follows() {
    cluster_.start_task();
    rig_.tell();
    rig_.settle();
    expect_truth();
  }
};

TEST_P(StreamConformance, ReadsRecordsHoweverTheyAreSliced) {
  sync(1);
  const std::string id = cluster_.start_task();
  for (const std::string& record : cluster_.take_records()) {
    for (const char& byte : record) rig_.send({&byte, 1});
  }
  rig_.settle();
  expect_truth();
  EXPECT_EQ(rig_.status().rejected, 0u);
}

TEST_P(StreamConformance, IsNotMisledByACutInMidRecord) {
  const auto ids = sync(2);
  cluster_.end_task(ids[0]);
  const std::string record = cluster_.take_records().front();
  for (std::size_t size = 0; size < record.size(); size += 7) {
    rig_.send(std::string_view(record).substr(0, size));
    rig_.cut();
    rig_.advance(40s);
    ASSERT_TRUE(rig_.has_stream()) << size;
    EXPECT_EQ(rig_.status().rejected, 0u) << size;
  }
  rig_.advance(cluster_.repair());
  expect_truth();
  expect_it_still_follows();
}

TEST_P(StreamConformance, LeavesAStreamThatFallsSilent) {
  sync(2);
  const int before = rig_.requests();
  const std::uint64_t reconnects = rig_.status().reconnects;
  rig_.set_mute();
  rig_.advance(60s);
  EXPECT_GT(rig_.requests(), before);
  EXPECT_GT(rig_.status().reconnects, reconnects);
  expect_truth();
}

TEST_P(StreamConformance, CountsNonsenseAndGoesOn) {
  sync(2);
  rig_.send(cluster_.nonsense());
  rig_.settle();
  EXPECT_GE(rig_.status().rejected, 1u);
  expect_it_still_follows();
}

TEST_P(StreamConformance, FindsItsWayThroughGarbage) {
  sync(2);
  std::string garbage = "\r\n\r\n{\"\xff";
  for (int i = 0; i < 500; ++i) garbage += static_cast<char>(i * 37);
  rig_.send(garbage + "\r\n\r\n");
  rig_.await_reconnect();
  expect_truth();
  expect_it_still_follows();
}

TEST_P(StreamConformance, SkipsWhatIsTooLarge) {
  sync(2);
  rig_.send(cluster_.oversized());
  rig_.await_reconnect();
  EXPECT_GE(rig_.status().rejected + rig_.status().reconnects, 1u);
  expect_truth();
  expect_it_still_follows();
}

TEST_P(StreamConformance, StandsDuplicates) {
  const auto ids = sync(2);
  cluster_.end_task(ids[0]);
  cluster_.start_task();
  const auto records = cluster_.take_records();
  for (int copies = 0; copies < 3; ++copies) {
    for (const std::string& record : records) rig_.send(record);
  }
  rig_.settle();
  expect_truth();
}

TEST_P(StreamConformance, StandsRecordsOutOfOrder) {
  sync(2);
  const std::string id = cluster_.start_task();
  cluster_.end_task(id);
  cluster_.start_task();
  auto records = cluster_.take_records();
  std::reverse(records.begin(), records.end());
  for (const std::string& record : records) rig_.send(record);
  rig_.settle();
  EXPECT_THAT(rig_.shown(), Not(Contains(id)));
  rig_.advance(cluster_.repair());
  expect_truth();
}

TEST_P(StreamConformance, StandsAStreamThatIsCutAgainAndAgain) {
  sync(2);
  for (int i = 0; i < 20; ++i) {
    cluster_.start_task();
    rig_.tell();
    rig_.cut();
    rig_.advance(25s);
  }
  rig_.await_reconnect();
  expect_truth();
}

// ---- Who takes part

std::string name_of(const testing::TestParamInfo<Case>& with) { return with.param.name; }

const Case kMarathon{"Marathon", make_marathon_persona};
const Case kMesosStream{"MesosStream", make_mesos_stream_persona};
const Case kMesosPoll{"MesosPoll", make_mesos_poll_persona};

INSTANTIATE_TEST_SUITE_P(Sources,
                         HttpConformance,
                         testing::Values(kMarathon, kMesosStream, kMesosPoll),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Sources,
                         StreamConformance,
                         testing::Values(kMarathon, kMesosStream),
                         name_of);

}  // namespace
}  // namespace watcher::conformance
