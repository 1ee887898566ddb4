#include "watcher/mesos/parse.h"

#include <gmock/gmock.h>

#include "config/check_text.h"
#include "tests/watcher/mesos/bodies.h"
#include "watcher/mesos/facts.h"

namespace watcher::mesos {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

TaskSeen added(const TaskBody& task) {
  auto event = parse_event(task_added(task));
  EXPECT_TRUE(event) << event.error().message;
  return std::get<TaskAdded>(*event).task;
}
TaskChange updated(const UpdateBody& update) {
  return std::get<TaskUpdated>(*parse_event(task_updated(update))).change;
}
std::vector<Rejection> rejections(const TaskBody& task) {
  return std::get<TaskAdded>(*parse_event(task_added(task))).rejected;
}
IpAddress ip(const std::string& text) { return *IpAddress::parse(text); }

// ---- States

TEST(State, KnowsEveryNameOfMesos) {
  EXPECT_EQ(parse_state("TASK_STAGING"), TaskState::Starting);
  EXPECT_EQ(parse_state("TASK_RUNNING"), TaskState::Running);
  EXPECT_EQ(parse_state("TASK_KILLING"), TaskState::Killing);
  EXPECT_EQ(parse_state("TASK_GONE_BY_OPERATOR"), TaskState::Ended);
  EXPECT_EQ(parse_state("TASK_DROPPED"), TaskState::Ended);
  EXPECT_EQ(parse_state("TASK_UNREACHABLE"), TaskState::Unreachable);
  EXPECT_EQ(parse_state("TASK_LOST"), TaskState::Unreachable);  // Fact 8: that may come back.
  EXPECT_EQ(parse_state("TASK_SLEEPING"), std::nullopt);
}

TEST(Pid, IsTakenApart) {
  EXPECT_EQ(parse_pid("slave(1)@10.0.4.21:5051")->host, "10.0.4.21");
  EXPECT_EQ(parse_pid("scheduler(1)@[2001:db8::1]:25501")->host, "2001:db8::1");
  EXPECT_EQ(parse_pid("scheduler(1)@[2001:db8::1]:25501")->port, 25501);
  for (const char* bad : {"", "@", "1@", "3@4", "x@:1", "x@y:0", "x@y:70000", "1:2@3"}) {
    EXPECT_FALSE(parse_pid(bad)) << bad;
  }
}

/// "31000 http /ping": the port and the check of a task that has this health check.
std::string check_in(const std::string& health_check) {
  const TaskFacts facts = added({.id = "w.1", .more = ",\"health_check\":" + health_check}).facts;
  return std::to_string(facts.check_port) + " " + config::Type<config::Check>::print(facts.check);
}

TEST(HealthCheck, IsOursWhereItCanBeMadeFromHere) {
  EXPECT_EQ(check_in(R"({"type":"HTTP","http":{"scheme":"https","port":31000,"path":"/ping"},
                         "interval_seconds":10,"timeout_seconds":0.5})"),
            "31000 https /ping interval=10s timeout=500ms");
  EXPECT_EQ(check_in(R"({"http":{"port":31000}})"), "31000 http /");
  EXPECT_EQ(check_in(R"({"type":"TCP","tcp":{"port":31001},"interval_seconds":10})"), "31001 tcp");
  EXPECT_EQ(check_in(R"({"type":"COMMAND","command":{"value":"true"}})"), "0 ");
  EXPECT_EQ(check_in(R"({"type":"TCP","tcp":{"port":70000}})"), "0 tcp");
}

// ---- Records

TEST(Event, OfAnUnknownTypeIsUnknown) {
  EXPECT_TRUE(std::holds_alternative<Unknown>(*parse_event(R"({"type":"TASK_MOVED"})")));
  EXPECT_TRUE(std::holds_alternative<Heartbeat>(*parse_event(R"({"type":"HEARTBEAT"})")));
}

TEST(Event, ThatMakesNoSenseIsRefusedWithItsPlace) {
  for (const auto& [record, why] : std::vector<std::pair<std::string, std::string>>{
           {"{", "no JSON"},
           {"[]", "no object"},
           {"{}", "no type"},
           {R"({"type":"TASK_ADDED"})", "TASK_ADDED holds nothing"},
           {R"({"type":"TASK_ADDED","task_added":{}})", "no task"},
           {task_added({.id = ""}), "no id"},
           {task_added({.id = "w.1", .framework = ""}), "no framework"},
           {task_added({.id = "w.1", .state = "DANCING"}), "task 'w.1'"},
           {task_updated({.id = "w.1", .state = "DANCING"}), "TASK_DANCING"},
           {R"({"type":"SUBSCRIBED","subscribed":{}})", "no get_state"},
           {R"({"type":"AGENT_REMOVED","agent_removed":{}})", "no agent"}}) {
    const auto event = parse_event(record);
    ASSERT_FALSE(event) << record;
    EXPECT_THAT(event.error().message, HasSubstr(why));
  }
}

TEST(Event, TellsTheNewestStateNotThatOfItsStatus) {  // Fact 4.
  EXPECT_EQ(updated({.id = "w.1", .state = "FINISHED", .status = "RUNNING"}).state,
            TaskState::Ended);
}

TEST(Event, OfTheFirstVersionsHasNoStatus) {
  const auto event =
      parse_event(R"({"type":"TASK_UPDATED","task_updated":{"task_id":{"value":"w.1"},)"
                  R"("framework_id":{"value":"F"},"state":"TASK_RUNNING"}})");
  ASSERT_TRUE(event);
  const TaskChange& change = std::get<TaskUpdated>(*event).change;
  EXPECT_EQ(change.ref, (TaskRef{"F", "w.1"}));
  EXPECT_EQ(change.state, TaskState::Running);
}

TEST(Event, OfAFrameworksEndHoldsTheWholeOfIt) {  // Fact 13.
  EXPECT_EQ(std::get<FrameworkRemoved>(*parse_event(framework_removed("F"))).id, "F");
}

// ---- Tasks

TEST(Task, KeepsItsLabelsTheEmptyOnesToo) {  // Fact 16.
  const auto task = added({.id = "w.1",
                           .more = R"(,"labels":{"labels":[{"key":"a","value":"1"},)"
                                   R"({"key":"empty"},{"key":"a","value":"2"}]})"});
  EXPECT_THAT(task.facts.labels, ElementsAre(std::pair("a", "1"), std::pair("empty", "")));
}

TEST(Task, HoldsThePortsOfItsResources) {
  const std::string ranges =
      R"(,"resources":[{"name":"cpus","scalar":{"value":1}},{"name":"ports","ranges":{"range":)"
      R"([{"begin":31000,"end":31002},{"begin":9,"end":9}]}},)"
      R"({"name":"ports","ranges":{"range":[{"begin":5,"end":4},{"begin":-1,"end":2}]}}])";
  EXPECT_THAT(added({.id = "w.1", .more = ranges}).facts.host_ports,
              ElementsAre(31000, 31001, 31002, 9));
  const std::string endless =
      R"(,"resources":[{"name":"ports","ranges":{"range":[{"begin":0,"end":99999999}]}}])";
  EXPECT_THAT(added({.id = "w.1", .more = endless}).facts.host_ports, SizeIs(1024));
}

TEST(Task, HoldsThePortsOfItsResourcesInStateToo) {
  const auto ports = [](const std::string& text) {
    return added({.id = "w.1", .more = R"(,"resources":{"ports":")" + text + "\"}"})
        .facts.host_ports;
  };
  EXPECT_THAT(ports("[31000-31001, 8080-8080]"), ElementsAre(31000, 31001, 8080));
  EXPECT_THAT(ports("[31000]"), ElementsAre(31000));  // What ends Mesos-DNS.
  EXPECT_THAT(ports("31000-31001"), ElementsAre(31000, 31001));
  EXPECT_THAT(ports("[a-b, 5-6]"), ElementsAre(5, 6));
  EXPECT_THAT(ports("[]"), IsEmpty());
}

std::string discovery(const std::string& ports) {
  return R"(,"discovery":{"name":"d","ports":{"ports":[)" + ports + "]}}";
}

TEST(Task, DescribesItsPortsOfEitherProtocol) {
  const auto task = added({.id = "w.1",
                           .more = discovery(R"({"number":80,"name":"http","protocol":"TCP"},)"
                                             R"({"number":53,"protocol":"tcp,udp"},)"
                                             R"({"number":90})")});
  EXPECT_EQ(task.facts.discovery_name, "d");
  ASSERT_THAT(task.facts.ports, SizeIs(3));
  EXPECT_EQ(task.facts.ports[0].name, "http");
  EXPECT_THAT(task.facts.ports[0].protocols, ElementsAre(Protocol::Tcp));
  EXPECT_THAT(task.facts.ports[1].protocols, ElementsAre(Protocol::Tcp, Protocol::Udp));
  EXPECT_THAT(task.facts.ports[2].protocols, ElementsAre(Protocol::Tcp, Protocol::Udp));
}

TEST(Task, IsNotSpoiltByAPortThatCannotBe) {  // Fact 16: nobody checks a DiscoveryInfo.
  const TaskBody body{.id = "w.1",
                      .more = discovery(R"({"number":0,"name":"none"},{"number":70000},)"
                                        R"({"number":9,"protocol":"sctp"},{"number":80})")};
  EXPECT_THAT(added(body).facts.ports, SizeIs(1));
  ASSERT_THAT(rejections(body), SizeIs(3));
  EXPECT_EQ(rejections(body)[0].what, "discovery port 'none' of task 'w.1'");
  EXPECT_THAT(rejections(body)[2].why, HasSubstr("sctp"));
}

TEST(Task, SaysHowLongItMayTakeToEnd) {
  const auto task =
      added({.id = "w.1", .more = R"(,"kill_policy":{"grace_period":{"nanoseconds":5000000000}})"});
  EXPECT_EQ(task.facts.kill_grace, 5s);
  EXPECT_EQ(added({.id = "w.1"}).facts.kill_grace, std::nullopt);
}

// ---- Statuses

TEST(Status, CountsByItsTimeNotItsPlace) {
  const auto status = [](double when, const std::string& more) {
    return fmt::format(R"({{"state":"TASK_RUNNING","timestamp":{}{}}})", when, more);
  };
  const auto task = added({.id = "w.1",
                           .more = R"(,"statuses":[)" +
                                   join({status(3, kUnhealthy + with_address("9.0.0.3")),
                                         status(2, kHealthy + with_address("9.0.0.2")),
                                         status(4, "")}) +
                                   "]"});
  EXPECT_EQ(task.observed.verdict, Health::Failing);
  EXPECT_THAT(task.observed.addresses, ElementsAre(ip("9.0.0.3")));
}

TEST(Status, TellsTheAddressInsideAPrefix) {  // Fact 15.
  const auto address = [](const std::string& text) {
    return updated({.id = "w.1", .more = with_address(text)}).observed.addresses;
  };
  EXPECT_THAT(address("fd01:b::2/64"), ElementsAre(ip("fd01:b::2")));
  EXPECT_THAT(address("9.0.0.2/24"), ElementsAre(ip("9.0.0.2")));
  for (const char* bad : {"fd01:b::2/129", "9.0.0.2/33", "9.0.0.2/", "9.0.0.2/x", "/64", "", "?"}) {
    EXPECT_THAT(address(bad), IsEmpty()) << bad;
  }
}

TEST(Status, TellsAddressesTheOldWays) {
  const auto addresses = [](const std::string& more) {
    return updated({.id = "w.1", .more = more}).observed.addresses;
  };
  EXPECT_THAT(addresses(R"(,"container_status":{"network_infos":[{"ip_address":"9.0.0.2"}]})"),
              ElementsAre(ip("9.0.0.2")));
  EXPECT_THAT(addresses(R"(,"container_status":{"network_infos":[{"ip_address":"9.0.0.2",)"
                        R"("ip_addresses":[{"ip_address":"9.0.0.3"}]}]})"),
              ElementsAre(ip("9.0.0.3")));
  EXPECT_THAT(addresses(R"(,"labels":[{"key":"MesosContainerizer.NetworkSettings.IPAddress",)"
                        R"("value":"9.0.0.4"}])"),
              ElementsAre(ip("9.0.0.4")));
}

// ---- Agents, frameworks, masters

TEST(Agent, ListensWhereItsPidSays) {
  const auto agents = parse_get_agents(agents_answer(
      join({agent_body("A", "10.0.1.1", kDrains), R"({"agent_info":{"hostname":"lost"}})"})));
  ASSERT_TRUE(agents);
  ASSERT_THAT(agents->agents, SizeIs(1));
  EXPECT_EQ(agents->agents[0].host, "10.0.1.1");
  EXPECT_EQ(agents->agents[0].hostname, "A.test");
  EXPECT_TRUE(agents->agents[0].draining);
  ASSERT_THAT(agents->rejected, SizeIs(1));
  EXPECT_EQ(agents->rejected[0].what, "agent 'lost'");
}

TEST(Agent, StandsWhereItsFaultDomainSays) {
  const std::string domain =
      R"("domain":{"fault_domain":{"region":{"name":"eu"},"zone":{"name":"eu-1"}}})";
  const auto agents = parse_get_agents(agents_answer(
      join({R"({"agent_info":{"id":{"value":"A"},)" + domain + "}}",
            agent_body("B"),
            R"({"agent_info":{"id":{"value":"C"},"domain":{"fault_domain":{"zone":7}}}})"})));
  ASSERT_TRUE(agents);
  ASSERT_THAT(agents->agents, SizeIs(3));
  EXPECT_EQ(agents->agents[0].region, "eu");
  EXPECT_EQ(agents->agents[0].zone, "eu-1");
  EXPECT_EQ(agents->agents[1].region + agents->agents[1].zone, "");
  EXPECT_EQ(agents->agents[2].region + agents->agents[2].zone, "");
  const auto page =
      parse_state_page(R"({"slaves":[{"id":"A",)" + domain + R"(}],"frameworks":[]})");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->agents.at(0).zone, "eu-1");
}

TEST(Agent, ThatIsOnlyDeactivatedDoesNotDrain) {
  const auto agents =
      parse_get_agents(agents_answer(agent_body("A", "10.0.1.1", R"(,"deactivated":true)")));
  EXPECT_FALSE(agents->agents[0].draining);
}

TEST(Framework, IsWhereItsPidElseItsHostElseItsPageIs) {
  const auto read = [](const std::string& more) {
    const auto answer =
        parse_frameworks(R"({"frameworks":[{"id":"F","name":"marathon")" + more + "}]}");
    return answer->frameworks.at(0);
  };
  const std::string host = R"(,"hostname":"h.test","webui_url":"http://u.test:8080/")";
  EXPECT_EQ(read(host + R"(,"pid":"scheduler-1@10.0.2.9:4000")").host, "10.0.2.9");
  EXPECT_EQ(read(host + R"(,"pid":"scheduler-1@10.0.2.9:4000")").port, 4000);
  EXPECT_EQ(read(host + R"(,"pid":"")").host, "h.test");
  EXPECT_EQ(read(host).port, 0);  // That of its page is not the scheduler's.
  EXPECT_EQ(read(R"(,"webui_url":"http://u.test:8080/")").host, "u.test");
  EXPECT_EQ(read(R"(,"webui_url":"http://$(MESOS_IP):8080")").name, "marathon");
}

TEST(Master, TellsItsOwnAddress) {
  const auto master = parse_get_master(
      R"({"get_master":{"master_info":{"pid":"master@10.0.4.10:5050","hostname":"m.test"}}})");
  ASSERT_TRUE(master);
  EXPECT_EQ(*master, (MasterFacts{"10.0.4.10", 5050, "m.test"}));
  EXPECT_FALSE(parse_get_master("{}"));
}

// ---- Whole states

TEST(WholeState, LeavesOutWhatMakesNoSense) {
  const auto state = parse_get_state(state_answer(
      {.tasks = join({task_body({.id = "w.1"}), task_body({.id = "w.2", .state = "?"})}),
       .completed = task_body({.id = "w.0", .state = "FINISHED"})}));
  ASSERT_TRUE(state);
  EXPECT_THAT(state->tasks, SizeIs(1));
  EXPECT_THAT(state->unread, ElementsAre(TaskRef{"F", "w.2"}));
  EXPECT_THAT(state->ended_tasks, ElementsAre(TaskRef{"F", "w.0"}));
  ASSERT_THAT(state->rejected, SizeIs(1));
  EXPECT_EQ(state->rejected[0].what, "task 'w.2'");
}

TEST(WholeState, KnowsWhetherItsMasterLeads) {
  const auto page = [](const std::string& leader) {
    return *parse_state_page(R"({"pid":"master@10.0.0.1:5050","leader":")" + leader +
                             R"(","slaves":[],"frameworks":[]})");
  };
  EXPECT_TRUE(page("master@10.0.0.1:5050").from_leader);
  EXPECT_FALSE(page("master@10.0.0.2:5050").from_leader);
  EXPECT_EQ(page("master@10.0.0.2:5050").leader->host, "10.0.0.2");
  EXPECT_TRUE(page("").from_leader);  // It may well know none; what it tells is taken.
}

TEST(WholeState, IsNotThatOfAnAgent) {
  EXPECT_FALSE(parse_state_page(R"({"pid":"slave(1)@10.0.0.1:5051","frameworks":[]})"));
}

}  // namespace
}  // namespace watcher::mesos
