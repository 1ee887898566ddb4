#include "migrate/marathon_lb.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "config/load.h"

namespace migrate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Words = std::vector<std::string>;

config::Settings settings(const Words& words) {
  const auto made = import_marathon_lb(words);
  if (!made) {
    ADD_FAILURE() << made.error().message;
    return config::defaults();
  }
  return *config::parse(made->yaml, "made");
}

std::string error(const Words& words) {
  const auto made = import_marathon_lb(words);
  return made ? "" : made.error().message;
}

TEST(ImportOfMarathonLb, TakesWhatItsContainerIsStartedWith) {
  const auto ours = settings({"PORTS=9090,9091,80,443",
                              "HAPROXY_SYSLOGD=true",
                              "sse",
                              "-m",
                              "http://m1:8080",
                              "http://m2:8080",
                              "--health-check",
                              "--group",
                              "external",
                              "--group=internal",
                              "--haproxy-map",
                              "--max-reload-retries",
                              "10"});
  EXPECT_THAT(ours.marathon.urls, ElementsAre("http://m1:8080", "http://m2:8080"));
  EXPECT_THAT(ours.vip.groups, ElementsAre("external", "internal"));
  EXPECT_EQ(ours.vip.access_log, 100);
}

TEST(ImportOfMarathonLb, AsksTheLeaderWhereNobodyIsNamed) {
  EXPECT_THAT(settings({"--group", "*"}).marathon.urls, ElementsAre("http://master.mesos:8080"));
}

TEST(ImportOfMarathonLb, HidesSecretsAndNamesFilesForThem) {
  const auto made = import_marathon_lb({"--auth-credentials", "lb:s3cret", "--group", "external"});
  ASSERT_TRUE(made);
  EXPECT_THAT(made->yaml, Not(HasSubstr("s3cret")));
  EXPECT_EQ(made->findings.at(0).value, "(hidden)");
  const auto ours = *config::parse(made->yaml, "made");
  EXPECT_EQ(ours.marathon.username, "lb");
  EXPECT_EQ(ours.marathon.password_file, "/etc/signpost/marathon-password");
  const auto account = settings({"--dcos-auth-credentials", "{\"uid\": \"lb\"}", "--group", "a"});
  EXPECT_EQ(account.marathon.service_account_file, "/etc/signpost/service-account.json");
}

TEST(ImportOfMarathonLb, SaysWhatBecameOfTemplatesAndCertificates) {
  const auto made = import_marathon_lb({"HAPROXY_HTTP_FRONTEND_HEAD=x",
                                        "HAPROXY_SSL_CERT7=pem",
                                        "poll",
                                        "--strict-mode",
                                        "--group",
                                        "a"});
  ASSERT_TRUE(made);
  EXPECT_THAT(made->yaml, HasSubstr("#   HAPROXY_HTTP_FRONTEND_HEAD: no configuration"));
  EXPECT_THAT(made->yaml, HasSubstr("#   HAPROXY_SSL_CERT7: TLS is passed on"));
  EXPECT_THAT(made->yaml,
              HasSubstr("#   --strict-mode: ports without HAPROXY_n_ENABLED are opened"));
  EXPECT_THAT(made->yaml, HasSubstr("#   poll: the event bus is followed"));
}

TEST(ImportOfMarathonLb, NamesTheRoleThatAnswersNoDns) {
  const auto made = import_marathon_lb({"--group", "external"});
  ASSERT_TRUE(made);
  EXPECT_THAT(made->yaml, Not(HasSubstr("\ndns:")));
  EXPECT_THAT(made->yaml,
              HasSubstr("#   (DNS): marathon-lb has none: start with `signpost vipd -c FILE`"));
}

TEST(ImportOfMarathonLb, NamesWhatItDoesNotKnow) {
  EXPECT_EQ(error({"PORT=80", "--gruop", "external", "--group", "a"}),
            "PORT: no such variable of marathon-lb; did you mean PORTS?\n"
            "--gruop: no such argument of marathon-lb; did you mean --group?");
  EXPECT_EQ(error({"serve", "--group", "a"}),
            "serve: expected sse, poll or an argument such as --group");
  EXPECT_EQ(error({"--sse"}), "--group: at least one is needed, as for marathon-lb");
  EXPECT_EQ(error({"--group"}),
            "--group: its value is missing\n--group: at least one is needed, as for marathon-lb");
  EXPECT_EQ(error({"--group", "a", "--auth-credentials", "nobody"}),
            "--auth-credentials: expected user:password");
  EXPECT_THAT(error({"--group", "a", "-m", "marathon:8080"}), HasSubstr("marathon.urls"));
}

TEST(ImportOfMarathonLb, KnowsEachSettingOnce) {
  std::vector<std::string_view> keys;
  for (const Row& row : marathon_lb_argument_rows()) keys.push_back(row.key);
  for (const Row& row : marathon_lb_variable_rows()) keys.push_back(row.key);
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(std::adjacent_find(keys.begin(), keys.end()), keys.end());
}

}  // namespace
}  // namespace migrate
