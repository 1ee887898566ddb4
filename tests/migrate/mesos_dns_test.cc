#include "migrate/mesos_dns.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "config/load.h"

namespace migrate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

config::Settings settings(const std::string& text) {
  const auto made = import_mesos_dns(text, "config.json");
  if (!made) {
    ADD_FAILURE() << made.error().message;
    return config::defaults();
  }
  return *config::parse(made->yaml, "made");
}

std::string error(const std::string& text) {
  const auto made = import_mesos_dns(text, "config.json");
  return made ? "" : made.error().message;
}

const Finding* find(const Import& import, const std::string& key) {
  const auto found = std::find_if(import.findings.begin(),
                                  import.findings.end(),
                                  [&key](const Finding& one) { return one.key == key; });
  return found == import.findings.end() ? nullptr : &*found;
}

TEST(ImportOfMesosDns, TakesItsSample) {
  const auto ours = settings(R"({
    "zk": "zk://127.0.0.1:2181/mesos", "masters": ["127.0.0.1:5050"], "stateTimeoutSeconds": 300,
    "refreshSeconds": 60, "ttl": 60, "domain": "mesos", "ns": "ns1", "port": 8053,
    "resolvers": ["8.8.8.8"], "timeout": 5, "listener": "0.0.0.0", "SOAMname": "ns1.mesos",
    "SOARname": "root.ns1.mesos", "SOARefresh": 60, "SOARetry": 600, "SOAExpire": 86400,
    "SOAMinttl": 60, "dnson": true, "httpon": true, "httpport": 8123, "externalon": true,
    "recurseon": true, "srvRecordDefaultWeight": 1, "IPSources": ["mesos", "host"],
    "EnforceRFC952": false, "EnumerationOn": true})");
  EXPECT_THAT(ours.mesos.masters, ElementsAre("zk://127.0.0.1:2181/mesos"));
  EXPECT_EQ(ours.mesos.request_timeout, std::chrono::seconds(50));
  EXPECT_EQ(ours.dns.ttl, std::chrono::seconds(60));
  EXPECT_EQ(ours.dns.listen.at(0).to_string(), "0.0.0.0:8053");
  EXPECT_EQ(ours.dns.forward_to.at(0).to_string(), "8.8.8.8:53");
  EXPECT_EQ(ours.dns.forward_timeout, std::chrono::seconds(5));
  EXPECT_EQ(ours.admin.mesos_dns_listen.at(0).to_string(), "0.0.0.0:8123");
  EXPECT_THAT(ours.dns.address_order,
              ElementsAre(config::AddressSource::Task, config::AddressSource::Agent));
}

TEST(ImportOfMesosDns, TakesWhatOthersDependOnWithoutBeingTold) {
  const auto ours = settings(R"({"masters": ["10.0.0.1:5050", "m2.example:5050"]})");
  EXPECT_THAT(ours.mesos.masters, ElementsAre("http://10.0.0.1:5050", "http://m2.example:5050"));
  EXPECT_EQ(ours.dns.forward_to.at(0).to_string(), "8.8.8.8:53");
  EXPECT_EQ(ours.admin.mesos_dns_listen.at(0).to_string(), "0.0.0.0:8123");
}

TEST(ImportOfMesosDns, TakesKeysInAnyCase) {
  const auto ours = settings(R"({"MASTERS": ["10.0.0.1:5050"], "Ttl": 30, "enforcerfc952": true,
                                 "HttpOn": false, "EXTERNALON": false, "Domain": "Cluster.Example"})");
  EXPECT_EQ(ours.dns.ttl, std::chrono::seconds(30));
  EXPECT_EQ(ours.dns.label_rule, config::LabelRule::Rfc952);
  EXPECT_EQ(ours.dns.mesos_domain, "cluster.example");
  EXPECT_TRUE(ours.dns.forward_to.empty());
  EXPECT_TRUE(ours.admin.mesos_dns_listen.empty());
  EXPECT_TRUE(settings(R"({"masters": ["m:5050"], "dnson": false})").dns.listen.empty());
}

TEST(ImportOfMesosDns, TakesZonesAndTheirResolvers) {
  const auto ours = settings(R"({"masters": ["10.0.0.1:5050"],
      "zoneResolvers": {"corp.example": ["10.1.0.2", "10.1.0.3:5353"]}})");
  ASSERT_EQ(ours.dns.forward_zones.size(), 1U);
  EXPECT_EQ(ours.dns.forward_zones[0].domain, "corp.example");
  EXPECT_EQ(ours.dns.forward_zones[0].upstreams.at(0).to_string(), "10.1.0.2:53");
  EXPECT_EQ(ours.dns.forward_zones[0].upstreams.at(1).to_string(), "10.1.0.3:5353");
}

TEST(ImportOfMesosDns, HidesSecretsAndNamesTheFileForThem) {
  const auto made = import_mesos_dns(
      R"({"masters": ["10.0.0.1:5050"], "MesosHTTPSOn": true, "CACertFile": "/ca.pem",
          "mesosAuthentication": "basic", "mesosCredentials": {"principal": "dns", "secret": "s3"}})",
      "config.json");
  ASSERT_TRUE(made);
  EXPECT_THAT(made->yaml, ::testing::Not(HasSubstr("s3")));
  EXPECT_EQ(find(*made, "mesosCredentials")->value, "(hidden)");
  const auto ours = *config::parse(made->yaml, "made");
  EXPECT_THAT(ours.mesos.masters, ElementsAre("https://10.0.0.1:5050"));
  EXPECT_EQ(ours.mesos.username, "dns");
  EXPECT_EQ(ours.mesos.password_file, "/etc/signpost/mesos-password");
  EXPECT_EQ(ours.mesos.ca_file, "/ca.pem");
  EXPECT_TRUE(ours.mesos.verify);
}

TEST(ImportOfMesosDns, SaysOfEachKeyWhatBecameOfIt) {
  const auto made = import_mesos_dns(R"({"zk": "zk://z:2181/mesos", "masters": ["m:5050"],
      "refreshSeconds": 5, "recurseon": true, "EnumerationOn": false})",
                                     "config.json");
  ASSERT_TRUE(made);
  EXPECT_EQ(find(*made, "zk")->fate, Fate::Same);
  EXPECT_EQ(find(*made, "masters")->fate, Fate::Dropped);
  EXPECT_EQ(find(*made, "refreshSeconds")->fate, Fate::Dropped);
  EXPECT_EQ(find(*made, "recurseon")->fate, Fate::Same);
  EXPECT_EQ(find(*made, "EnumerationOn")->fate, Fate::Dropped);
  EXPECT_THAT(made->yaml, HasSubstr("# What is not honoured:\n#   masters"));
  EXPECT_THAT(made->yaml, HasSubstr("#   refreshSeconds: changes arrive as they happen"));
}

TEST(ImportOfMesosDns, NamesThePlaceOfWhatIsNoJson) {
  EXPECT_THAT(error("{\n  \"ttl\": 60,\n  zk\n}"), HasSubstr("config.json:3:3: no JSON: "));
  EXPECT_THAT(error("{\"ttl\": 60"), HasSubstr("config.json:1:"));
  EXPECT_THAT(error("{} {}"), HasSubstr("config.json:1:4: no JSON: "));
  EXPECT_THAT(error("[]"), HasSubstr("config.json:1: expected an object"));
  EXPECT_THAT(error(""), HasSubstr("no JSON"));
}

TEST(ImportOfMesosDns, NamesKeysItDoesNotKnowOrCannotUse) {
  EXPECT_EQ(error("{\"masters\": [\"m:5050\"],\n \"tll\": 60,\n \"port\": \"53\",\n \"dnson\": 1}"),
            "config.json:2: tll: no such key of Mesos-DNS; did you mean ttl?\n"
            "config.json:3: port: expected a whole number\n"
            "config.json:4: dnson: expected true or false");
  EXPECT_THAT(error(R"({"masters": ["m:5050"], "listener": "eth0"})"),
              HasSubstr("listener: 'eth0' is no IP address"));
  EXPECT_THAT(error(R"({"masters": ["m:5050"], "resolvers": ["dns.example"]})"),
              HasSubstr("'dns.example' is no IP or IP:port"));
  EXPECT_THAT(error(R"({"masters": ["m:5050"], "IPSources": ["rkt"]})"),
              HasSubstr("'rkt' is none of"));
  EXPECT_THAT(error("{}"), HasSubstr("neither zk nor masters"));
  EXPECT_THAT(error(R"({"masters": ["m:5050"], "ttl": -1})"),
              HasSubstr("ttl: expected 0 to 86400"));
}

TEST(ImportOfMesosDns, KnowsEachKeyOnce) {
  std::vector<std::string_view> keys;
  for (const Row& row : mesos_dns_rows()) keys.push_back(row.key);
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(std::adjacent_find(keys.begin(), keys.end()), keys.end());
}

}  // namespace
}  // namespace migrate
