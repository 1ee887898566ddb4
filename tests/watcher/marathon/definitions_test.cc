#include "watcher/marathon/definitions.h"

#include <gtest/gtest.h>

namespace watcher::marathon {
namespace {

using namespace std::chrono_literals;

const std::string kV1 = "2016-10-13T12:00:00.000Z";
const std::string kV2 = "2016-10-13T13:00:00.000Z";
const std::string kV3 = "2016-10-13T14:00:00.000Z";

DefinitionPtr definition(int grace_s) {
  Definition made;
  made.kill_grace = std::chrono::seconds(grace_s);
  return std::make_shared<const Definition>(made);
}

AppFacts app(const std::string& version, int grace_s, const std::string& config_since = "") {
  return {Kind::App, "/web", version, config_since, definition(grace_s), {}, {}};
}

TEST(Definitions, KeepOldVersionsForOldTasks) {
  Definitions definitions;
  EXPECT_EQ(definitions.find(kV1), nullptr);
  definitions.set_current(app(kV1, 1));
  definitions.set_current(app(kV2, 2));
  EXPECT_EQ(definitions.find(kV1)->kill_grace, 1s);
  EXPECT_EQ(definitions.find(kV2)->kill_grace, 2s);
  EXPECT_EQ(definitions.find(kV3), nullptr);
}

TEST(Definitions, CoverVersionsSinceTheConfigurationChanged) {
  Definitions definitions;
  definitions.set_current(app(kV3, 3, kV2));
  EXPECT_EQ(definitions.find(kV1), nullptr);
  EXPECT_NE(definitions.find(kV2), nullptr);
  EXPECT_EQ(definitions.find("2016-10-13T15:00:00.000Z"), nullptr);
  EXPECT_EQ(definitions.find("v2"), nullptr);
}

TEST(Definitions, ServeTasksWithoutAVersionWithTheCurrentOne) {
  Definitions definitions;
  definitions.set_current(app(kV1, 1));
  EXPECT_NE(definitions.find(""), nullptr);
}

TEST(Definitions, AreAskedForOnce) {
  Definitions definitions;
  definitions.set_current(app(kV2, 2));
  EXPECT_TRUE(definitions.want(kV1));
  EXPECT_FALSE(definitions.want(kV1));
  definitions.set(kV1, definition(1));
  EXPECT_EQ(definitions.find(kV1)->kill_grace, 1s);
}

TEST(Definitions, AreGuessedUntilAskedAgain) {
  Definitions definitions;
  definitions.set_current(app(kV2, 2));
  definitions.want(kV1);
  definitions.guess(kV1);
  EXPECT_EQ(definitions.find(kV1)->kill_grace, 2s);
  definitions.ask_again();
  EXPECT_EQ(definitions.find(kV1), nullptr);
  EXPECT_TRUE(definitions.want(kV1));
}

TEST(Definitions, OfEqualContentStayTheSameObject) {
  Definitions definitions;
  definitions.set_current(app(kV1, 1));
  const DefinitionPtr before = definitions.find(kV1);
  definitions.set_current(app(kV1, 1));
  EXPECT_EQ(definitions.find(kV1), before);
  definitions.set_current(app(kV2, 1));
  EXPECT_EQ(definitions.find(kV2), before);
  EXPECT_EQ(definitions.find(kV1), before);
}

TEST(Definitions, ForgetVersionsNobodyRuns) {
  Definitions definitions;
  for (const std::string& version : {kV1, kV2, kV3}) definitions.set_current(app(version, 1));
  EXPECT_EQ(definitions.old_versions(), 2u);
  definitions.keep_only({kV1});
  EXPECT_NE(definitions.find(kV1), nullptr);
  EXPECT_EQ(definitions.find(kV2), nullptr);
  EXPECT_NE(definitions.find(kV3), nullptr);
}

TEST(Definitions, OutliveTheirApp) {
  Definitions definitions;
  definitions.set_current(app(kV1, 1));
  definitions.clear_current();
  EXPECT_FALSE(definitions.has_current());
  EXPECT_NE(definitions.find(kV1), nullptr);
}

}  // namespace
}  // namespace watcher::marathon
