#include "config/load.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using namespace std::chrono_literals;

/// Parses a file named "f.yaml" and gives what is wrong with it.
std::string errors_of(std::string_view text) {
  const auto settings = parse(text, "f.yaml");
  return settings ? "" : settings.error().message;
}

std::filesystem::path examples() {
  return std::filesystem::path(SIGNPOST_SOURCE_DIR) / "config/examples";
}

TEST(Defaults, AreThoseOfTheSchema) {
  const Settings settings = defaults();
  EXPECT_TRUE(settings.marathon.urls.empty());
  EXPECT_EQ(settings.marathon.max_record_bytes, 64U << 20);
  EXPECT_EQ(settings.dns.listen.at(0).to_string(), "0.0.0.0:53");
  EXPECT_EQ(settings.dns.ttl, 5s);
  EXPECT_EQ(settings.dns.health, DnsHealth::PreferPassing);
  EXPECT_EQ(settings.vip.pool.to_string(), "11.0.0.0/8");
  EXPECT_EQ(settings.vip.fallback_pool.to_string(), "127.128.0.0/9");
  EXPECT_THAT(settings.vip.groups, ElementsAre("external"));
  EXPECT_EQ(settings.admin.listen.to_string(), "127.0.0.1:8181");
  EXPECT_EQ(settings.minimarathon.agents.size(), 3U);
}

TEST(Parse, AcceptsAnEmptyFile) {
  for (const auto* empty : {"", "\n", "# only a comment\n", "---\n", "dns:\n", "{}"}) {
    const auto settings = parse(empty, "f.yaml");
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_EQ(print(*settings), print(defaults()));
  }
}

TEST(Parse, ReadsEveryTypeOverTheDefaults) {
  const Settings settings = parse(R"(
marathon:
  urls: [http://a:8080, "https://b"]
  max_record_bytes: 16MiB
dns:
  listen:
    - 127.0.0.1:5300
    - "[::1]:5300"
  ttl: 0
  health: ignore
vip:
  pool: 10.1.0.0/16
  service_address: 10.0.0.80
  groups: ["*"]
probe: {enabled: false, interval: 10s}
log:
  level: debug
minimarathon:
  images:
    nginx:1.25: 'exec my-nginx "$PORT0"'
)",
                                  "f.yaml")
                                .value();
  EXPECT_THAT(settings.marathon.urls, ElementsAre("http://a:8080", "https://b"));
  EXPECT_EQ(settings.marathon.max_record_bytes, 16U << 20);
  EXPECT_EQ(settings.dns.listen.at(1).to_string(), "[::1]:5300");
  EXPECT_EQ(settings.dns.ttl, 0s);
  EXPECT_EQ(settings.dns.health, DnsHealth::Ignore);
  EXPECT_EQ(settings.vip.pool.to_string(), "10.1.0.0/16");
  EXPECT_EQ(settings.vip.service_address.to_string(), "10.0.0.80");
  EXPECT_THAT(settings.vip.groups, ElementsAre("*"));
  EXPECT_FALSE(settings.probe.enabled);
  EXPECT_EQ(settings.probe.interval, 10s);
  EXPECT_EQ(settings.probe.timeout, 1s) << "not given: the default";
  EXPECT_EQ(settings.log.level, common::log::Level::Debug);
  EXPECT_THAT(settings.minimarathon.images,
              ElementsAre(Pair("nginx:1.25", "exec my-nginx \"$PORT0\"")));
}

TEST(Parse, NamesTheNearestOfAnUnknownOption) {
  EXPECT_EQ(errors_of("dns:\n  tll: 5s\n"),
            "f.yaml:2: dns.tll is not an option; did you mean dns.ttl?");
  EXPECT_EQ(errors_of("dsn:\n  ttl: 5s\n"), "f.yaml:1: dsn is not a section; did you mean dns?");
  EXPECT_EQ(errors_of("\n\ndns:\n  something: 5s\n"), "f.yaml:4: dns.something is not an option");
  EXPECT_EQ(errors_of("<<: {}\n"), "f.yaml:1: << is not a section");
}

TEST(Parse, TellsWrongTypes) {
  EXPECT_EQ(errors_of("dns:\n  ttl: soon\n"),
            "f.yaml:2: dns.ttl: expected a duration of whole seconds such as 5s, 2m or 1h, "
            "found 'soon'");
  EXPECT_EQ(errors_of("probe:\n  interval: 10\n"),
            "f.yaml:2: probe.interval: expected a duration such as 500ms, 5s, 2m or 1h, "
            "found '10'; add the unit, e.g. 10s");
  EXPECT_EQ(errors_of("probe:\n  enabled: yes\n"),
            "f.yaml:2: probe.enabled: expected true or false, found 'yes'");
  EXPECT_EQ(errors_of("probe:\n  rise: [2]\n"),
            "f.yaml:2: probe.rise: expected a whole number, found a list");
  EXPECT_EQ(errors_of("probe:\n  rise:\n  fall: {}\n"),
            "f.yaml:2: probe.rise: expected a whole number, found nothing\n"
            "f.yaml:3: probe.fall: expected a whole number, found a map");
  EXPECT_EQ(errors_of("marathon:\n  max_record_bytes: 64MB\n"),
            "f.yaml:2: marathon.max_record_bytes: expected a size such as 65536, 64KiB or 64MiB, "
            "found '64MB'; units are KiB, MiB and GiB");
  EXPECT_EQ(errors_of("dns:\n  health: good\n"),
            "f.yaml:2: dns.health: expected prefer-passing, require-passing or ignore, "
            "found 'good'");
  EXPECT_EQ(errors_of("log:\n  level: all\n"),
            "f.yaml:2: log.level: expected debug, info, warn, error or off, found 'all'");
  EXPECT_EQ(errors_of("admin:\n  listen: localhost:8181\n"),
            "f.yaml:2: admin.listen: expected an address and port such as 127.0.0.1:53 or "
            "\"[::1]:53\", found 'localhost:8181'");
  EXPECT_EQ(errors_of("vip:\n  service_address: here\n"),
            "f.yaml:2: vip.service_address: expected an address such as 127.0.0.1 or ::1, "
            "found 'here'");
  EXPECT_EQ(errors_of("vip:\n  pool: 11.0.0.1/8\n"),
            "f.yaml:2: vip.pool: expected an IPv4 range such as 11.0.0.0/8, found '11.0.0.1/8'");
  EXPECT_EQ(errors_of("vip:\n  groups: external\n"),
            "f.yaml:2: vip.groups: expected a list such as [a, b], found 'external'");
  EXPECT_EQ(errors_of("minimarathon:\n  images: [a]\n"),
            "f.yaml:2: minimarathon.images: expected a map such as {a: b}, found a list");
}

TEST(Parse, TellsValuesOutOfRange) {
  EXPECT_EQ(errors_of("dns:\n  udp_payload: 5000\n"),
            "f.yaml:2: dns.udp_payload: expected 512 to 4096, found '5000'");
  EXPECT_EQ(errors_of("probe:\n  interval: 99ms\n"),
            "f.yaml:2: probe.interval: expected 100ms to 1h, found '99ms'");
  EXPECT_EQ(errors_of("marathon:\n  max_record_bytes: 1\n"),
            "f.yaml:2: marathon.max_record_bytes: expected 64KiB to 1GiB, found '1'");
  EXPECT_EQ(errors_of("marathon:\n  framework: ''\n"),
            "f.yaml:2: marathon.framework: expected a text that is not empty, found ''");
  EXPECT_EQ(errors_of("vip:\n  pool: 10.0.0.0/31\n"),
            "f.yaml:2: vip.pool: expected a range of 4 addresses or more, found '10.0.0.0/31'");
  for (const auto* wrong : {"10.0.0.0/8", "127.0.0.0/31", "126.0.0.0/7"}) {
    EXPECT_EQ(errors_of(std::string("vip:\n  fallback_pool: ") + wrong),
              "f.yaml:2: vip.fallback_pool: expected a range of 4 addresses or more inside "
              "127.0.0.0/8, found '" +
                  std::string(wrong) + "'");
  }
}

TEST(Parse, TellsWhatIsNoUrl) {
  for (const auto* wrong : {"marathon:8080", "ftp://a", "http://", "http://:80", "https:///v2"}) {
    EXPECT_EQ(errors_of(std::string("marathon:\n  urls: ['") + wrong + "']"),
              "f.yaml:2: marathon.urls: expected a URL such as http://10.0.0.1:8080, found '" +
                  std::string(wrong) + "'");
  }
}

TEST(Parse, TellsWhatIsNoDomain) {
  const std::string long_label(64, 'a');
  const std::string long_name = "a." + std::string(63, 'b') + "." + std::string(63, 'c');
  for (const std::string& wrong : std::vector<std::string>{
           "", ".", "Mesos", "mesos.", ".mesos", "a..b", "a b", long_label, long_name}) {
    EXPECT_THAT(errors_of("dns:\n  mesos_domain: '" + wrong + "'"),
                HasSubstr("dns.mesos_domain: expected a domain name in lower case"))
        << wrong;
  }
  EXPECT_EQ(errors_of("dns:\n  mesos_domain: a-b.c_1.example"), "");
}

TEST(Parse, NamesTheLineOfAnItem) {
  EXPECT_EQ(errors_of("dns:\n  listen:\n    - 127.0.0.1:53\n    - here\n    - [a]\n"),
            "f.yaml:4: dns.listen: expected an address and port such as 127.0.0.1:53 or "
            "\"[::1]:53\", found 'here'\n"
            "f.yaml:5: dns.listen: expected an address and port such as 127.0.0.1:53 or "
            "\"[::1]:53\", found a list");
  EXPECT_EQ(errors_of("minimarathon:\n  images:\n    a: b\n    c: ''\n"),
            "f.yaml:4: minimarathon.images: expected a text that is not empty, found ''");
}

TEST(Parse, ShortensLongValues) {
  EXPECT_EQ(errors_of("log:\n  level: " + std::string(1000, 'x')),
            "f.yaml:2: log.level: expected debug, info, warn, error or off, found '" +
                std::string(80, 'x') + "…'");
}

TEST(Parse, TellsWhatDoesNotFitTogether) {
  EXPECT_EQ(errors_of("probe:\n  rise: 2\n  interval: 500ms\n"),
            "f.yaml:3: probe.timeout (1s) must be at most probe.interval (500ms)");
  EXPECT_EQ(errors_of("probe:\n  interval: 500ms\n  timeout: 600ms\n"),
            "f.yaml:3: probe.timeout (600ms) must be at most probe.interval (500ms)");
  EXPECT_EQ(
      errors_of("minimarathon:\n  last_port: 100\n"),
      "f.yaml:2: minimarathon.first_port (31000) must be at most minimarathon.last_port (100)");
  EXPECT_EQ(errors_of("minimarathon:\n  agents: []\n"),
            "f.yaml:2: minimarathon.agents ([]) must name an address");
  EXPECT_EQ(errors_of("dns:\n  mesos_domain: a.b\n  dcos_domain: a.b\n"),
            "f.yaml:2: dns.mesos_domain (a.b) must differ from dns.dcos_domain (a.b)");
}

TEST(Parse, TellsWhatIsWrongWithChecksAndRoutes) {
  EXPECT_EQ(errors_of("probe:\n  checks: {/web: redis}\n"),
            "f.yaml:2: probe.checks ({/web: redis}) must name checks of probe.named ({})");
  EXPECT_EQ(errors_of("probe:\n  named: {redis: tcp}\n  checks: {/web: redis}\n"), "");
  EXPECT_EQ(
      errors_of("probe:\n  named: {a: b}\n"),
      "f.yaml:2: probe.named: expected a check that begins with its kind, such as 'tcp', found "
      "'b'");
  EXPECT_EQ(errors_of("vip:\n  sni_routes: {Shop.example: \"a.b:1\"}\n"),
            "f.yaml:2: vip.sni_routes ({Shop.example: a.b:1}) must have server names such as "
            "shop.example.org, *.example.org or *, and VIPs such as cart.marathon:443");
  EXPECT_EQ(errors_of("vip:\n  sni_routes: {\"*\": \"a.b:1\", \"*.c\": \"a.b:1\"}\n"), "");
}

TEST(Parse, TellsWhatCredentialsLackOrExclude) {
  EXPECT_EQ(errors_of("marathon:\n  username: me\n"),
            "f.yaml:2: marathon.username (me) goes together with marathon.password_file (\"\")");
  EXPECT_EQ(errors_of("mesos:\n  token_file: t\n  service_account_file: s\n"),
            "f.yaml:3: mesos.service_account_file (s) excludes mesos.token_file (t)");
  EXPECT_EQ(errors_of("marathon:\n  key_file: k\n"),
            "f.yaml:2: marathon.key_file (k) needs marathon.certificate_file (\"\")");
}

TEST(Parse, ComplainsOnceAboutOneMistake) {
  EXPECT_EQ(errors_of("probe:\n  interval: 500ms\n  timeout: fast\n"),
            "f.yaml:3: probe.timeout: expected a duration such as 500ms, 5s, 2m or 1h, "
            "found 'fast'");
}

TEST(Parse, RefusesDuplicates) {
  EXPECT_EQ(errors_of("dns:\n  ttl: 5s\nlog:\n  level: info\ndns:\n  ttl: 6s\n"),
            "f.yaml:5: dns is given twice, first in line 1");
  EXPECT_EQ(errors_of("dns:\n  ttl: 5s\n  ttl: 5s\n  ttl: 5s\n"),
            "f.yaml:3: dns.ttl is given twice, first in line 2\n"
            "f.yaml:4: dns.ttl is given twice, first in line 2");
  EXPECT_EQ(errors_of("minimarathon:\n  images:\n    a: b\n    a: c\n"),
            "f.yaml:4: minimarathon.images.a is given twice, first in line 3");
}

TEST(Parse, CollectsEveryErrorInTheFilesOrder) {
  EXPECT_EQ(
      errors_of("probe:\n  interval: 500ms\n  rise: x\ndns:\n  tll: 1s\n  ttl: 1\n  ttl: 1s\n"),
      "f.yaml:2: probe.timeout (1s) must be at most probe.interval (500ms)\n"
      "f.yaml:3: probe.rise: expected a whole number, found 'x'\n"
      "f.yaml:5: dns.tll is not an option; did you mean dns.ttl?\n"
      "f.yaml:6: dns.ttl: expected a duration of whole seconds such as 5s, 2m or 1h, "
      "found '1'; add the unit, e.g. 1s\n"
      "f.yaml:7: dns.ttl is given twice, first in line 6");
}

TEST(Parse, TellsWhatIsNotAConfiguration) {
  EXPECT_EQ(errors_of("- a\n"), "f.yaml:1: expected sections such as dns: with options below them");
  EXPECT_EQ(errors_of("dns: 5\n"), "f.yaml:1: dns: expected options such as listen: below it");
  EXPECT_EQ(errors_of("log: []\n"), "f.yaml:1: log: expected options such as level: below it");
  EXPECT_EQ(errors_of("[a]: b\n"), "f.yaml:1:  is not a section");
}

TEST(Parse, NamesLineAndColumnOfWhatIsNotYaml) {
  EXPECT_EQ(errors_of("dns:\n  ttl: a: b\n"), "f.yaml:2:9: not YAML: illegal map value");
  EXPECT_EQ(errors_of("dns:\n  listen: [a\n"),
            "f.yaml:3:1: not YAML: end of sequence flow not found");
  EXPECT_EQ(errors_of("dns: *x\n"), "f.yaml:1:6: not YAML: the referenced anchor is not defined");
}

TEST(Parse, TellsThatTabsCannotIndent) {
  EXPECT_EQ(errors_of("dns:\n\tttl: 5s\n"), "f.yaml:2:5: a tab cannot indent, use blanks");
  EXPECT_EQ(errors_of("dns:\n  ttl: 5s\n\thealth: ignore\n"),
            "f.yaml:3:1: a tab cannot indent, use blanks");
  EXPECT_EQ(errors_of("dns:\n  ttl:\t5s\t# a tab elsewhere\n"), "");
}

TEST(Parse, TellsThatTheFileFallsApart) {
  EXPECT_EQ(errors_of("  dns:\n    ttl: 5s\n log:\n   level: info\n"),
            "f.yaml:3: a second document begins here; is the line indented like the ones above "
            "it?");
  EXPECT_THAT(errors_of("dns: {}\n---\nlog: {}\n"), HasSubstr("a second document begins here"));
}

TEST(Parse, EndsOnATextThatTheParserNeverGetsThrough) {
  EXPECT_THAT(errors_of(",dns: {}\n"), HasSubstr("f.yaml:1"));
}

TEST(Parse, TakesByteOrderMarksAndCarriageReturns) {
  const auto settings = parse(
      "\xef\xbb\xbf"
      "dns:\r\n  ttl: 7s\r\n  health: ignore\r\n",
      "f.yaml");
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->dns.ttl, 7s);
  EXPECT_EQ(settings->dns.health, DnsHealth::Ignore);
  EXPECT_EQ(errors_of("dns:\r\n  tll: 7s\r\n"),
            "f.yaml:2: dns.tll is not an option; did you mean dns.ttl?");
}

TEST(Parse, FollowsAnchors) {
  const auto settings = parse("vip: &same\n  workers: &n 3\ndns:\n  workers: *n\n", "f.yaml");
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->dns.workers, 3);
  EXPECT_EQ(errors_of("vip: &a\n  workers: *a\n"),
            "f.yaml:2: vip.workers: expected a whole number, found a map");
}

TEST(Load, NamesTheFileItCannotRead) {
  const std::string missing = testing::TempDir() + "no-such-file.yaml";
  EXPECT_EQ(load(missing).error().message,
            "cannot read " + missing + ": No such file or directory");
  EXPECT_EQ(load(testing::TempDir()).error().message,
            "cannot read " + testing::TempDir() + ": Is a directory");
}

TEST(Load, RefusesWhatIsNoConfigurationBySize) {
  const std::string path = testing::TempDir() + "signpost-large.yaml";
  std::ofstream(path) << std::string((1 << 20) + 1, '#');
  EXPECT_EQ(load(path).error().message, path + " is larger than 1 MiB: not a configuration");
  std::filesystem::resize_file(path, 1 << 20);
  EXPECT_TRUE(load(path));
  std::filesystem::remove(path);
}

TEST(Load, NamesTheFileInErrors) {
  const std::string path = testing::TempDir() + "signpost-wrong.yaml";
  std::ofstream(path) << "dns:\n  tll: 5s\n";
  EXPECT_EQ(load(path).error().message,
            path + ":2: dns.tll is not an option; did you mean dns.ttl?");
  std::filesystem::remove(path);
}

TEST(Examples, AreAllAccepted) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(examples())) {
    const auto settings = load(entry.path());
    EXPECT_TRUE(settings) << settings.error().message;
    ++count;
  }
  EXPECT_EQ(count, 4);
}

}  // namespace
}  // namespace config
