#include "watcher/zookeeper/election.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watcher::zookeeper {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Ensemble, IsHostsPathAndCredentials) {
  const auto plain = parse_ensemble("zk://10.0.0.1:2181,zk2:2181/mesos");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->hosts, "10.0.0.1:2181,zk2:2181");
  EXPECT_EQ(plain->path, "/mesos");
  EXPECT_EQ(plain->credentials, "");
  const auto secret = parse_ensemble("zk://me:a/b@c@[fd00::1]:2181/a/mesos/");
  ASSERT_TRUE(secret);
  EXPECT_EQ(secret->credentials, "me:a/b@c");
  EXPECT_EQ(secret->hosts, "[fd00::1]:2181");
  EXPECT_EQ(secret->path, "/a/mesos");
}

TEST(Ensemble, RefusesWithTheFormAndWithoutTheSecret) {
  for (const char* url :
       {"http://h", "zk://h:2181", "zk://h:2181/", "zk:///mesos", "zk://secret@h/m"}) {
    const auto refused = parse_ensemble(url);
    ASSERT_FALSE(refused) << url;
    EXPECT_THAT(refused.error().message, HasSubstr("expected zk://")) << url;
    EXPECT_THAT(refused.error().message, Not(HasSubstr("secret@"))) << url;
  }
}

TEST(Election, IsLedByTheLowestNumber) {
  EXPECT_EQ(leader_of({"json.info_0000000012", "log_replicas", "json.info_0000000003"}),
            "json.info_0000000003");
  EXPECT_EQ(leader_of({"json.info_9999999999", "json.info_10000000000"}), "json.info_9999999999");
  EXPECT_EQ(leader_of({"log_replicas", "json.info_", "info_0000000001"}), "");
  EXPECT_EQ(leader_of({}), "");
}

TEST(Master, ListensWhereItsInfoSays) {
  EXPECT_EQ(
      parse_master(R"({"address":{"ip":"10.0.0.5","port":5050,"hostname":"m1"}})")->authority(),
      "10.0.0.5:5050");
  EXPECT_EQ(parse_master(R"({"address":{"ip":"fd00::5","port":5050}})")->authority(),
            "[fd00::5]:5050");
  EXPECT_EQ(parse_master(R"({"address":{"hostname":"m1","port":5051}})")->authority(), "m1:5051");
  EXPECT_EQ(parse_master(R"({"ip":83886090,"port":5050,"hostname":"m1"})")->authority(),
            "10.0.0.5:5050");
}

TEST(Master, IsRefusedWithoutAPlace) {
  for (const char* info :
       {"", "[]", "{}", R"({"address":{"ip":"10.0.0.5"}})", R"({"port":5050})"}) {
    EXPECT_FALSE(parse_master(info)) << info;
  }
}

}  // namespace
}  // namespace watcher::zookeeper
