#include "watcher/vips/checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/check_text.h"
#include "tests/watcher/catalog/sample_tasks.h"

namespace watcher {
namespace {

using config::CheckKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ip;
using ::testing::IsEmpty;
using testing::sample_port;
using testing::sample_task;

config::Check check(const char* text) { return config::Type<config::Check>::parse(text).value(); }

VipRules rules() {
  return {.pool = {}, .service_address = ip("192.0.2.1"), .groups = {"external"}};
}

Task task_with(Labels app, Labels port = {}, const char* definition = nullptr) {
  Task task = sample_task("web.1");
  port.emplace("VIP_0", "/a:1");
  task.ports = {sample_port(31000, std::move(port))};
  if (definition != nullptr) task.ports[0].check = check(definition);
  task.labels = std::move(app);
  return task;
}

std::string chosen(const Task& task, const VipRules& rules) {
  const Bindings found = read_bindings(task, rules);
  return config::Type<config::Check>::print(backends_of(task, found.bindings.at(0)).at(0).check);
}

std::vector<std::string> problems(const Task& task, const VipRules& rules) {
  std::vector<std::string> lines;
  for (const Problem& problem : read_bindings(task, rules).problems) {
    lines.push_back(problem.to_string());
  }
  return lines;
}

TEST(ChooseChecks, SaysNothingWhenNobodyDoes) { EXPECT_EQ(chosen(task_with({}), rules()), ""); }

TEST(ChooseChecks, FollowsTheDefinition) {
  const Task task = task_with({}, {}, "http /ping");
  EXPECT_EQ(chosen(task, rules()), "http /ping");
  VipRules deaf = rules();
  deaf.follow_definitions = false;
  EXPECT_EQ(chosen(task, deaf), "");
}

TEST(ChooseChecks, HearsALabelBeforeTheDefinition) {
  EXPECT_EQ(chosen(task_with({{"SIGNPOST_CHECK", "tcp"}}, {}, "http /ping"), rules()), "tcp");
  EXPECT_EQ(chosen(task_with({{"SIGNPOST_0_CHECK", "tls"}, {"SIGNPOST_CHECK", "tcp"}}), rules()),
            "tls");
  EXPECT_EQ(chosen(task_with({{"SIGNPOST_CHECK", "tcp"}}, {{"SIGNPOST_CHECK", "none"}}), rules()),
            "none");
}

TEST(ChooseChecks, HearsTheOperatorFirst) {
  const Task task = task_with({{"SIGNPOST_CHECK", "tcp"}});
  VipRules strict = rules();
  strict.app_checks[*task.app] = check("redis");
  strict.named_checks["redis"] = check("command /bin/redis {port}");
  EXPECT_EQ(chosen(task, strict), "command /bin/redis {port}");
}

TEST(ChooseChecks, LetsALabelNameAConfiguredCheck) {
  VipRules named = rules();
  named.named_checks["redis"] = check("command /bin/redis {port}");
  EXPECT_EQ(chosen(task_with({{"SIGNPOST_CHECK", "redis"}}), named), "command /bin/redis {port}");
  EXPECT_THAT(problems(task_with({{"SIGNPOST_CHECK", "redis"}}), named), IsEmpty());
}

TEST(ChooseChecks, TakesNoCommandFromALabelUnlessAllowed) {
  const Task task = task_with({{"SIGNPOST_CHECK", "command /bin/true"}}, {}, "http /ping");
  EXPECT_EQ(chosen(task, rules()), "http /ping");
  EXPECT_THAT(problems(task, rules()), ElementsAre(HasSubstr("probe.commands_in_labels")));
  VipRules open = rules();
  open.commands_in_labels = true;
  EXPECT_EQ(chosen(task, open), "command /bin/true");
}

TEST(ChooseChecks, ReportsABadLabelOnceAndGoesOnWithout) {
  const Task task =
      task_with({{"SIGNPOST_CHECK", "http health"}}, {{"VIP_1", "/b:2"}}, "http /ping");
  EXPECT_EQ(chosen(task, rules()), "http /ping");
  EXPECT_THAT(problems(task, rules()),
              ElementsAre(AllOf(HasSubstr("port=0"),
                                HasSubstr("label=\"SIGNPOST_CHECK\" value=\"http health\""),
                                HasSubstr("the path starts with /"))));
  EXPECT_THAT(problems(task_with({{"SIGNPOST_CHECK", "redis"}}), rules()),
              ElementsAre(HasSubstr("no kind of check, and no name of probe.named")));
}

TEST(ChooseChecks, SendsAHeaderWhereTheVipSendsOne) {
  const Labels sending{{"SIGNPOST_SEND_PROXY", "v2"}};
  EXPECT_EQ(chosen(task_with(sending, {}, "http /ping"), rules()), "http /ping send-proxy=v2");
  EXPECT_EQ(backends_of(task_with(sending), read_bindings(task_with(sending), rules()).bindings[0])
                .at(0)
                .check->send_proxy,
            config::CheckGreeting::V2)
      << "the check that nobody asks for, too";
  for (const char* own : {"tcp port=99", "tcp send-proxy=none", "tcp send-proxy=v1", "none"}) {
    EXPECT_EQ(chosen(task_with(sending, {}, own), rules()), own);
  }
}

TEST(IsChecked, AsksUdpPortsOnlyWhenToldHow) {
  EXPECT_TRUE(is_checked(Protocol::Tcp, {}));
  EXPECT_FALSE(is_checked(Protocol::Tcp, check("none")));
  EXPECT_FALSE(is_checked(Protocol::Udp, {}));
  EXPECT_TRUE(is_checked(Protocol::Udp, check("dns a.b")));
}

}  // namespace
}  // namespace watcher
