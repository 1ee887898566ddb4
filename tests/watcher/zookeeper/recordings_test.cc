// What real ensembles hold: the trees of an election among three masters, and a client's session.

#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <map>
#include <sstream>

#include "tests/watcher/marathon/fixtures.h"
#include "watcher/zookeeper/election.h"

namespace watcher::zookeeper {
namespace {

using marathon::list_fixtures;
using marathon::read_fixture;

const std::string kElection = "mesos-live/run3-zk/zk";

std::vector<std::string> children_in(const boost::json::object& tree) {
  constexpr std::string_view kParent = "/mesos/";
  std::vector<std::string> children;
  for (const auto& [path, node] : tree) {
    const std::string_view name = path;
    const bool is_child = name.starts_with(kParent) && name.rfind('/') == kParent.size() - 1;
    if (is_child) children.emplace_back(name.substr(kParent.size()));
  }
  return children;
}

/// Who leads in one recorded tree, by the data of the leader's node.
std::string leader_in(const std::string& file) {
  const auto tree = boost::json::parse(read_fixture(file)).as_object();
  const std::string leader(leader_of(children_in(tree)));
  if (leader.empty()) return "nobody";
  const std::string data(tree.at("/mesos/" + leader).at("data").as_string());
  const auto master = parse_master(data);
  return master ? master->authority() : master.error().message;
}

TEST(RecordedElection, IsFollowedThroughTheLossOfItsLeaders) {
  const auto trees = list_fixtures(kElection, ".tree.json");
  SKIP_WITHOUT_FIXTURES(trees);
  const std::string first = "10.0.4.10:5050";
  const std::string second = "10.0.4.12:5050";
  const std::string third = "10.0.4.11:5050";
  const std::map<std::string, std::string> expected{{"0-empty", "nobody"},
                                                    {"1-one-master-of-three", first},
                                                    {"2-three-masters", first},
                                                    {"3-after-kill-1s", first},
                                                    {"3-after-kill-2s", first},
                                                    {"3-after-kill-3s", first},
                                                    {"3-after-kill-4s", first},
                                                    {"3-after-kill-5s", second},
                                                    {"3-after-kill-6s", second},
                                                    {"4-new-leader", second},
                                                    {"5-old-leader-back", second},
                                                    {"6-leader-frozen", third},
                                                    {"7-old-leader-thawed", third}};
  EXPECT_EQ(trees.size(), expected.size());
  for (const auto& [moment, leader] : expected) {
    EXPECT_EQ(leader_in(kElection + "/" + moment + ".tree.json"), leader) << moment;
  }
}

TEST(RecordedMaster, ListensWhereItsNodeSays) {
  const std::string info = read_fixture("zookeeper/master-info.json");
  SKIP_WITHOUT_FIXTURES(info);
  EXPECT_EQ(parse_master(info)->authority(), "10.0.0.5:5050");
  for (const std::string& file : list_fixtures(kElection, "")) {
    if (file.find("json.info_") == std::string::npos) continue;
    EXPECT_TRUE(parse_master(read_fixture(file))) << file;
  }
}

// ---- A session, octet by octet

/// The body of a reply: what follows the length and the header of 16 octets, in hexadecimal.
std::string body_of(const std::string& hex) {
  std::string octets;
  for (std::size_t at = 40; at + 1 < hex.size(); at += 2) {
    octets.push_back(static_cast<char>(std::stoi(hex.substr(at, 2), nullptr, 16)));
  }
  return octets;
}
std::uint32_t take_number(std::string_view& octets) {
  std::uint32_t number = 0;
  for (const char octet : octets.substr(0, 4))
    number = number << 8 | static_cast<std::uint8_t>(octet);
  octets.remove_prefix(4);
  return number;
}
std::string take_text(std::string_view& octets) {
  const std::uint32_t length = take_number(octets);
  const std::string text(octets.substr(0, length));
  octets.remove_prefix(length);
  return text;
}

/// The answers to one kind of request, in order.
std::vector<std::string> replies_to(const std::string& request) {
  std::istringstream lines(read_fixture("zookeeper/wire-session.hex"));
  std::vector<std::string> replies;
  for (std::string line; std::getline(lines, line);) {
    const bool is_reply = line.starts_with("S>C") && line.find(request) != std::string::npos &&
                          line.find(".reply") != std::string::npos;
    if (is_reply) replies.push_back(body_of(line.substr(line.rfind(' ') + 1)));
  }
  return replies;
}

TEST(RecordedSession, NamesTheLeaderWhileThereIsOne) {
  const auto lists = replies_to("getChildren2");
  SKIP_WITHOUT_FIXTURES(lists);
  std::vector<std::string> leaders;
  for (std::string_view list : lists) {
    std::vector<std::string> children(take_number(list));
    for (std::string& child : children) child = take_text(list);
    leaders.emplace_back(leader_of(children));
  }
  EXPECT_THAT(leaders, ::testing::ElementsAre("", "json.info_0000000000", ""));
  const std::string reply = replies_to("getData json.info_0000000000").front();
  std::string_view data = reply;
  EXPECT_EQ(parse_master(take_text(data))->authority(), "10.0.0.5:5050");
}

}  // namespace
}  // namespace watcher::zookeeper
