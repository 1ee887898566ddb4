// What every source must stand, whatever it follows. A source joins with a stage and a line in the
// list at the end.

#include <gmock/gmock.h>

#include "tests/watcher/conformance/file_rig.h"
#include "tests/watcher/conformance/personas.h"
#include "tests/watcher/conformance/rig.h"

namespace watcher::conformance {
namespace {

using testing::IsEmpty;

struct Case {
  std::string name;
  std::unique_ptr<Stage> (*make)();
};
std::ostream& operator<<(std::ostream& out, const Case& with) { return out << with.name; }

class Conformance : public testing::TestWithParam<Case> {
 protected:
  void TearDown() override { EXPECT_THAT(stage_->dropped(), IsEmpty()); }

  /// From nothing to a source that shows these.
  std::vector<std::string> sync(int tasks) {
    std::vector<std::string> ids;
    for (int i = 0; i < tasks; ++i) ids.push_back(stage_->start_task());
    stage_->lose_records();
    stage_->settle();
    expect_truth();
    return ids;
  }
  void expect_truth() { EXPECT_EQ(stage_->shown(), stage_->running()); }
  /// What was shown stands while the server is so, and is set right when it is well again.
  void expect_survival(Server server, std::chrono::nanoseconds outage) {
    const auto ids = sync(3);
    stage_->set_server(server);
    const std::set<std::string> before = stage_->shown();
    stage_->end_task(ids[0]);
    stage_->start_task();
    stage_->lose_records();
    stage_->outlast(outage);
    EXPECT_EQ(stage_->shown(), before);
    EXPECT_FALSE(stage_->status().connected);
    EXPECT_FALSE(stage_->status().last_error.empty());
    stage_->set_server(Server::Well);
    stage_->repair();
    expect_truth();
    EXPECT_EQ(stage_->status().last_error, "");
  }

  std::unique_ptr<Stage> stage_ = GetParam().make();
};

TEST_P(Conformance, DeliversTheSnapshot) {
  sync(3);
  EXPECT_TRUE(stage_->status().synced);
  EXPECT_TRUE(stage_->status().connected);
  EXPECT_TRUE(stage_->status().last_heard.has_value());
  EXPECT_EQ(stage_->status().rejected, 0u);
  EXPECT_EQ(stage_->status().last_error, "");
}

TEST_P(Conformance, DeliversAnEmptyClusterAsSuch) {
  sync(0);
  EXPECT_TRUE(stage_->status().synced);
  EXPECT_GT(stage_->batches(), 0);
}

TEST_P(Conformance, TellsWhatIsAddedAndRemoved) {
  sync(1);
  const std::string id = stage_->start_task();
  stage_->tell();
  stage_->settle();
  expect_truth();
  stage_->end_task(id);
  stage_->tell();
  stage_->settle();
  expect_truth();
}

TEST_P(Conformance, SaysNothingBeforeItKnowsEverything) {
  stage_->start_task();
  stage_->set_server(Server::Down);
  stage_->outlast(10min);
  EXPECT_EQ(stage_->batches(), 0);
  EXPECT_FALSE(stage_->status().synced);
  EXPECT_FALSE(stage_->status().connected);
  stage_->set_server(Server::Well);
  stage_->repair();
  expect_truth();
}

TEST_P(Conformance, RepairsWhatNobodyToldIt) {
  const auto ids = sync(3);
  stage_->end_task(ids[0]);
  stage_->start_task();
  stage_->lose_records();
  stage_->repair();
  expect_truth();
}

TEST_P(Conformance, ResyncsWithoutAGap) { expect_survival(Server::Down, 1min); }
TEST_P(Conformance, OutlivesALongOutage) { expect_survival(Server::Down, 24h); }
TEST_P(Conformance, OutlivesASilentServer) { expect_survival(Server::Mute, 1h); }
TEST_P(Conformance, OutlivesTheLossOfAuthorisation) { expect_survival(Server::Refusing, 1h); }
TEST_P(Conformance, OutlivesAForeignServer) { expect_survival(Server::Foreign, 1h); }

TEST_P(Conformance, TakesManyAtOnce) {
  sync(2000);
  for (int i = 0; i < 2000; ++i) stage_->start_task();
  stage_->tell();
  stage_->repair();
  expect_truth();
  EXPECT_EQ(stage_->status().rejected, 0u);
}

// ---- Who takes part

template <auto persona>
std::unique_ptr<Stage> make_rig() {
  return std::make_unique<Rig>(persona());
}
std::unique_ptr<Stage> make_file_rig() { return std::make_unique<FileRig>(); }

INSTANTIATE_TEST_SUITE_P(Sources,
                         Conformance,
                         testing::Values(Case{"Marathon", make_rig<make_marathon_persona>},
                                         Case{"MesosStream", make_rig<make_mesos_stream_persona>},
                                         Case{"MesosPoll", make_rig<make_mesos_poll_persona>},
                                         Case{"File", make_file_rig}),
                         [](const auto& with) { return with.param.name; });

}  // namespace
}  // namespace watcher::conformance
