#include "watcher/file/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace watcher::file {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Content parsed(std::string_view text) {
  auto content = parse(text);
  if (content) return std::move(*content);
  ADD_FAILURE() << content.error().message;
  return {};
}

std::vector<Task> tasks_of(std::string_view text) {
  std::vector<Task> tasks;
  const Content content = parsed(text);
  for (const Complaint& complaint : content.complaints) ADD_FAILURE() << complaint.to_string();
  for (const Service& service : content.services) {
    tasks.insert(tasks.end(), service.tasks.begin(), service.tasks.end());
  }
  return tasks;
}

std::vector<std::string> complaints_of(std::string_view text) {
  std::vector<std::string> complaints;
  for (const Complaint& complaint : parsed(text).complaints) {
    complaints.push_back(complaint.to_string());
  }
  return complaints;
}

/// A complaint about one service below "services:".
std::string complaint_of(const std::string& service) {
  const auto complaints = complaints_of("services:\n  a: " + service + "\n");
  return complaints.empty() ? "" : complaints.front();
}

TEST(FileParse, MakesATaskOfEachEndpoint) {
  const auto tasks = tasks_of(
      "services:\n"
      "  web:\n"
      "    ports: [{port: 8080, name: http, vip: [\"/web:80\", \"10.1.2.3:80\"]}]\n"
      "    endpoints: [10.0.0.1, \"10.0.0.2:9090\"]\n"
      "    labels: {owner: me}\n");
  ASSERT_THAT(tasks, SizeIs(2));
  EXPECT_EQ(tasks[0].key.source, "file");
  EXPECT_EQ(tasks[0].key.id, "web@10.0.0.1:8080");
  EXPECT_EQ(tasks[0].name, "web");
  EXPECT_EQ(tasks[0].framework, "file");
  EXPECT_EQ(tasks[0].state, TaskState::Running);
  EXPECT_EQ(tasks[0].labels, (Labels{{"owner", "me"}}));
  ASSERT_THAT(tasks[0].ports, SizeIs(1));
  EXPECT_EQ(tasks[0].ports[0].labels, (Labels{{"VIP_0", "/web:80"}, {"VIP_1", "10.1.2.3:80"}}));
  EXPECT_EQ(tasks[1].ports[0].port, 9090);
  EXPECT_EQ(tasks[1].ports[0].name, "http");
}

TEST(FileParse, TakesBothProtocolsApart) {
  const auto tasks = tasks_of(
      "services: {dns: {ports: [{port: 53, protocol: \"tcp,udp\"}], endpoints: 10.0.0.1}}");
  ASSERT_THAT(tasks, SizeIs(1));
  ASSERT_THAT(tasks[0].ports, SizeIs(2));
  EXPECT_EQ(tasks[0].ports[0].protocol, Protocol::Tcp);
  EXPECT_EQ(tasks[0].ports[1].protocol, Protocol::Udp);
}

TEST(FileParse, TakesStateHealthPlaceAndAddressesOfAnEndpoint) {
  const auto tasks =
      tasks_of(R"({"services": {"a": {"endpoints": [)"
               R"({"address": ["10.0.0.1", "fd00::1"], "state": "draining", "health": "failing",)"
               R"( "region": "eu", "zone": "eu-1"}]}}})");
  ASSERT_THAT(tasks, SizeIs(1));
  EXPECT_EQ(tasks[0].region, "eu");
  EXPECT_EQ(tasks[0].zone, "eu-1");
  EXPECT_THAT(tasks[0].addresses, SizeIs(2));
  EXPECT_EQ(tasks[0].state, TaskState::Killing);
  EXPECT_EQ(tasks[0].health, Health::Failing);
}

TEST(FileParse, NamesTheLineAndWhatWasMeant) {
  EXPECT_THAT(complaints_of("services:\n  a:\n    endpionts: [10.0.0.1]\n"),
              ElementsAre(AllOf(HasSubstr("line 3"), HasSubstr("did you mean endpoints?"))));
  EXPECT_THAT(complaint_of("{endpoints: [db.example]}"), HasSubstr("host names are not looked up"));
  EXPECT_THAT(complaint_of("{endpoints: [0.0.0.0]}"), HasSubstr("address of a host"));
  EXPECT_THAT(complaint_of("{endpoints: [10.0.0.1, 10.0.0.1]}"), HasSubstr("twice"));
  EXPECT_THAT(complaint_of("{ports: [0], endpoints: 10.0.0.1}"), HasSubstr("1 to 65535"));
  EXPECT_THAT(complaint_of("{ports: [{name: x}], endpoints: 10.0.0.1}"), HasSubstr("numbers port"));
  EXPECT_THAT(complaint_of("{ports: [1, 2], endpoints: [{address: 10.0.0.1, ports: [1]}]}"),
              HasSubstr("1 ports here, but the service has 2"));
  EXPECT_THAT(complaint_of("{ports: [{port: 1, vip: nonsense}], endpoints: 10.0.0.1}"),
              HasSubstr("vip 'nonsense'"));
  EXPECT_THAT(complaint_of("{endpoints: [{address: 10.0.0.1, state: runing}]}"),
              HasSubstr("did you mean running?"));
}

TEST(FileParse, LetsOneWrongServiceCostNoOther) {
  const Content content = parsed("services: {bad: {endpoints: [x]}, good: {endpoints: 10.0.0.1}}");
  ASSERT_THAT(content.services, SizeIs(2));
  EXPECT_FALSE(content.services[0].valid);
  EXPECT_THAT(content.services[0].tasks, IsEmpty());
  EXPECT_THAT(content.services[1].tasks, SizeIs(1));
}

TEST(FileParse, RefusesWhatSaysNothingAsAWhole) {
  for (const char* text : {"",
                           "a: b: c",
                           "services",
                           "servces: {}",
                           "services: [1]",
                           ",services: {}",
                           "services: {}\n---\nservices: {}\n"}) {
    const auto refused = parse(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_THAT(refused.error().message, HasSubstr("line ")) << text;
  }
  EXPECT_THAT(parsed("services: {}").services, IsEmpty());
}

TEST(FileParse, ReadsTheExampleOfTheDocuments) {
  std::stringstream page;
  page << std::ifstream(SIGNPOST_SOURCE_DIR "/docs/file-source.md").rdbuf();
  const std::string text = page.str();
  const auto begin = text.find("services:\n");
  const auto tasks = tasks_of(text.substr(begin, text.find("```", begin) - begin));
  EXPECT_THAT(tasks, SizeIs(5));
}

}  // namespace
}  // namespace watcher::file
