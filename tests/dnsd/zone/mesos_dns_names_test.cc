// The forms of the names are told in tests/cases/mesos_names.case; here is what cases cannot say.
#include "dnsd/zone/mesos_dns_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/dnsd/zone/tasks.h"

namespace dnsd {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using testing::ip;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::sample_task;
using ::testing::SizeIs;

Contribution contribution_of(const watcher::Task& task,
                             config::DnsHealth health = config::DnsHealth::PreferPassing) {
  static TextArena texts;
  Contribution out(texts);
  add_mesos_dns_names(task, *Name::from_text("mesos"), {.health = HealthPolicy(health)}, out);
  return out;
}

std::set<std::string> owners_of(Contribution contribution) {
  std::set<std::string> owners;
  for (const Record& record : contribution.records()) owners.insert(name_text(record.owner));
  return owners;
}

TEST(MesosDnsNames, DependOnNothingButTheTask) {
  const auto task = sample_task();
  EXPECT_EQ(owners_of(contribution_of(task)), owners_of(contribution_of(task)));
}

TEST(MesosDnsNames, AreTheNamesOfTheReference) {
  const std::set<std::string> expected{
      "web.marathon.mesos.",
      "web.marathon.slave.mesos.",
      "web-iffe9-s0.marathon.mesos.",
      "web-iffe9-s0.marathon.slave.mesos.",
      "_web._tcp.marathon.mesos.",
      "_web._udp.marathon.mesos.",
      "_web._tcp.marathon.slave.mesos.",
      "_web._udp.marathon.slave.mesos.",
  };
  EXPECT_EQ(owners_of(contribution_of(sample_task())), expected);
}

TEST(MesosDnsNames, NameADiscoveryNameThatIsALabelOnce) {
  auto task = sample_task();
  task.discovery_name = "web";
  auto contribution = contribution_of(task);
  EXPECT_THAT(contribution.problems(), IsEmpty());
  EXPECT_THAT(contribution.records(), SizeIs(4 + 2));  // Addresses; host port on the agent.
}

TEST(MesosDnsNames, SayWhichNameIsImpossible) {
  auto task = sample_task();
  task.discovery_name = std::string(64, 'x');
  const auto contribution = contribution_of(task);
  ASSERT_FALSE(contribution.problems().empty());
  EXPECT_THAT(contribution.problems().front().value, HasSubstr("xxx.marathon.mesos."));
  EXPECT_THAT(contribution.problems().front().reason, HasSubstr("1 to 63 octets"));
}

TEST(MesosDnsNames, RefuseATaskWithoutLettersOnce) {
  auto task = sample_task("test", "!!!");
  auto contribution = contribution_of(task);
  EXPECT_THAT(contribution.problems(), SizeIs(1));
  EXPECT_THAT(contribution.records(), IsEmpty());
}

TEST(MesosDnsNames, RefuseReservedFrameworks) {
  for (const char* framework : {"leader", "Slave", "ns1", "master", "master12", "a.slave", "!"}) {
    auto task = sample_task();
    task.framework = framework;
    auto contribution = contribution_of(task);
    EXPECT_THAT(contribution.problems(), SizeIs(1)) << framework;
    EXPECT_THAT(contribution.records(), IsEmpty()) << framework;
  }
}

TEST(MesosDnsNames, AllowFrameworksThatOnlyLookReserved) {
  for (const char* framework : {"masters", "masterful", "leader2", "slave.a"}) {
    auto task = sample_task();
    task.framework = framework;
    EXPECT_THAT(contribution_of(task).problems(), IsEmpty()) << framework;
  }
}

TEST(MesosDnsNames, FitWhateverTheAgentIsCalled) {
  auto task = sample_task();
  task.agent_id = std::string(100, 'a');
  EXPECT_THAT(owners_of(contribution_of(task)), Contains("web.marathon.mesos."));
  EXPECT_THAT(contribution_of(task).problems(), Not(IsEmpty()));
}

}  // namespace
}  // namespace dnsd
