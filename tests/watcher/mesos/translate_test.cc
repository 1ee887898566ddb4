#include "watcher/mesos/translate.h"

#include <gmock/gmock.h>

#include "config/check_text.h"

namespace watcher::mesos {
namespace {

using testing::ElementsAre;
using testing::SizeIs;
using namespace std::chrono_literals;

const std::vector<IpAddress> kAgent{*IpAddress::parse("10.0.1.1")};
const std::vector<IpAddress> kOwn{*IpAddress::parse("9.0.0.2")};

DiscoveryPort port_of(std::uint16_t number, Scope scope = Scope::Unsaid) {
  return {
      .name = "http", .number = number, .protocols = {Protocol::Tcp}, .scope = scope, .labels = {}};
}

struct Example {
  TaskFacts facts;
  Observed observed;
  bool agent_drains = false;

  Example() {
    facts.ref = {"F", "w.1"};
    facts.name = "web";
    facts.agent = "A";
    facts.state = TaskState::Running;
  }
  Task translated() const {
    return to_task(facts,
                   observed,
                   {.source = "mesos",
                    .framework = "marathon",
                    .agent_addresses = kAgent,
                    .region = "eu",
                    .zone = "eu-1",
                    .agent_drains = agent_drains});
  }
  /// "10.0.1.1:80" of the only endpoint of the only port.
  std::string endpoint() const {
    const Task task = translated();
    return endpoints_of(task, task.ports.at(0)).at(0).to_string();
  }
};

TEST(Translate, NamesATaskWithinItsFramework) {
  Example example;
  example.facts.kill_grace = 7s;
  const Task task = example.translated();
  EXPECT_EQ(task.key, (TaskKey{"mesos", "w.1", "F"}));
  EXPECT_EQ(task.name, "web");
  EXPECT_EQ(task.framework, "marathon");
  EXPECT_EQ(task.agent_id, "A");
  EXPECT_EQ(task.kill_grace, 7s);
  EXPECT_EQ(task.agent_addresses, kAgent);
  EXPECT_EQ(task.region, "eu");
  EXPECT_EQ(task.zone, "eu-1");
}

TEST(Translate, PutsAPortOfTheHostOnTheAgent) {
  Example example;
  example.observed.addresses = kOwn;
  example.facts.ports = {port_of(31000, Scope::Host)};
  EXPECT_EQ(example.endpoint(), "10.0.1.1:31000");
}

TEST(Translate, PutsAPortOfTheContainerAtTheTask) {
  Example example;
  example.facts.ports = {port_of(80, Scope::Container)};
  EXPECT_TRUE(endpoints_of(example.translated(), example.translated().ports[0]).empty());
  example.observed.addresses = kOwn;
  EXPECT_EQ(example.endpoint(), "9.0.0.2:80");
}

TEST(Translate, PutsAHeldPortOnTheAgent) {
  Example example;
  example.observed.addresses = kOwn;
  example.facts.ports = {port_of(31000)};
  example.facts.host_ports = {31000};
  EXPECT_EQ(example.endpoint(), "10.0.1.1:31000");
  EXPECT_THAT(example.translated().host_ports, ElementsAre(31000));
}

TEST(Translate, PutsAMappedPortWhereItIsMappedTo) {
  Example example;
  example.observed.addresses = kOwn;
  example.facts.ports = {port_of(80)};
  example.facts.mappings = {{31005, 80, {Protocol::Udp}}, {31006, 80, {Protocol::Tcp}}};
  EXPECT_EQ(example.endpoint(), "10.0.1.1:31006");
  example.observed.mappings = {{31007, 80, {Protocol::Tcp}}};  // What came of it counts more.
  EXPECT_EQ(example.endpoint(), "10.0.1.1:31007");
}

TEST(Translate, PutsAnyOtherPortAtTheTaskOnceItHasAnAddress) {
  Example example;
  example.facts.ports = {port_of(80)};
  EXPECT_EQ(example.endpoint(), "10.0.1.1:80");
  example.observed.addresses = kOwn;
  EXPECT_EQ(example.endpoint(), "9.0.0.2:80");
}

TEST(Translate, MakesOnePortOfEachProtocol) {
  Example example;
  example.facts.ports = {port_of(53)};
  example.facts.ports[0].protocols = {Protocol::Tcp, Protocol::Udp};
  example.facts.ports[0].labels = {{"VIP_0", "/dns:53"}};
  const Task task = example.translated();
  ASSERT_THAT(task.ports, SizeIs(2));
  EXPECT_EQ(task.ports[1].protocol, Protocol::Udp);
  EXPECT_THAT(*task.ports[1].labels, ElementsAre(std::pair("VIP_0", "/dns:53")));
}

TEST(Translate, KnowsAnUnspokenCheckFromNoCheck) {
  Example example;
  EXPECT_EQ(example.translated().health, Health::None);
  example.facts.health_checked = true;
  EXPECT_EQ(example.translated().health, Health::Unknown);
  example.observed.verdict = Health::Passing;
  EXPECT_EQ(example.translated().health, Health::Passing);
  example.facts.health_checked = false;  // Old masters tell verdicts, not checks.
  EXPECT_EQ(example.translated().health, Health::Passing);
}

TEST(Translate, DrainsATaskWithItsAgent) {
  Example example;
  example.agent_drains = true;
  EXPECT_EQ(example.translated().state, TaskState::Killing);
  example.facts.state = TaskState::Unreachable;
  EXPECT_EQ(example.translated().state, TaskState::Unreachable);
}

TEST(App, OfMarathonIsMarathonsOwn) {
  const std::string uuid = "7084272b-6b76-11e5-a953-08002719334a";
  EXPECT_EQ(app_of("web", "web." + uuid), "/web");
  EXPECT_EQ(app_of("cart.shop", "shop_cart." + uuid), "/shop/cart");
  EXPECT_EQ(app_of("cart.shop", "shop_cart.instance-" + uuid + "._app.1"), "/shop/cart");
  EXPECT_EQ(app_of("cart.shop", "shop_cart.marathon-" + uuid), "/shop/cart");
}

TEST(App, OfOthersIsTheTasksName) {
  const std::string uuid = "7084272b-6b76-11e5-a953-08002719334a";
  EXPECT_EQ(app_of("cart.shop", "cart_shop." + uuid), "cart.shop");
  EXPECT_EQ(app_of("broker-0", "broker-0__" + uuid), "broker-0");
  EXPECT_EQ(app_of("web", "web.1"), "web");
  EXPECT_EQ(app_of("", ""), "");
}

/// "http /ping" of the only port's check, as the translation has it.
std::string check_of(const Example& example) {
  return config::Type<config::Check>::print(example.translated().ports.at(0).check);
}

TEST(Translate, GivesAPortTheCheckThatAsksIt) {
  Example example;
  example.facts.ports = {port_of(31000, Scope::Host)};
  example.facts.check = config::Type<config::Check>::parse("http /ping").value();
  example.facts.check_port = 31000;
  EXPECT_EQ(check_of(example), "http /ping");
  example.facts.check_port = 31001;
  EXPECT_EQ(check_of(example), "");
}

TEST(Translate, GivesAMappedPortTheCheckThatAsksInside) {
  Example example;
  example.facts.ports = {port_of(31000, Scope::Host)};
  example.facts.mappings = {
      {.host_port = 31000, .container_port = 80, .protocols = {Protocol::Tcp}}};
  example.facts.check = config::Type<config::Check>::parse("tcp").value();
  example.facts.check_port = 80;
  EXPECT_EQ(check_of(example), "tcp");
}

}  // namespace
}  // namespace watcher::mesos
