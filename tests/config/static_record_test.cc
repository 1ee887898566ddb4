#include "config/static_record.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <string>

#include "config/load.h"

namespace config {
namespace {

/// What a line is printed as, or what is wrong with it.
std::string read(std::string_view line) {
  const auto record = Type<StaticRecord>::parse(line);
  return record ? Type<StaticRecord>::print(*record) : "! " + record.error();
}

TEST(StaticRecord, IsReadAndPrintedAgain) {
  EXPECT_EQ(read("Web.Mesos. 60 A 10.0.0.5"), "web.mesos 60 A 10.0.0.5");
  EXPECT_EQ(read("web.mesos AAAA fd00::5"), "web.mesos AAAA fd00::5");
  EXPECT_EQ(read("\tr.mesos   0 CNAME\tMaster.mesos."), "r.mesos 0 CNAME master.mesos");
  EXPECT_EQ(read("m.mesos MX 10 a.mesos"), "m.mesos MX 10 a.mesos");
  EXPECT_EQ(read("5.0.0.10.in-addr.arpa PTR a.mesos"), "5.0.0.10.in-addr.arpa PTR a.mesos");
  EXPECT_EQ(read("_a._tcp.mesos SRV 0 1 80 a.mesos"), "_a._tcp.mesos SRV 0 1 80 a.mesos");
  EXPECT_EQ(read(R"(t.mesos TXT "say \"hi\" \\" bye "")"),
            R"(t.mesos TXT "say \"hi\" \\" "bye" "")");
}

TEST(StaticRecord, TellsWhatIsWrong) {
  EXPECT_EQ(read(""), "! it begins with a domain name");
  EXPECT_EQ(read("a..b A 10.0.0.5"), "! it begins with a domain name");
  EXPECT_EQ(read("*.mesos A 10.0.0.5"), "! it begins with a domain name");
  EXPECT_EQ(read(std::string(64, 'a') + ".mesos A 10.0.0.5"), "! it begins with a domain name");
  EXPECT_EQ(read("a.mesos"), "! the types are A, AAAA, CNAME, MX, PTR, SRV and TXT");
  EXPECT_EQ(read("a.mesos SOA x"), "! the types are A, AAAA, CNAME, MX, PTR, SRV and TXT");
  EXPECT_EQ(read("a.mesos 86401 A 10.0.0.5"), "! a TTL is 0 to 86400 seconds");
  EXPECT_EQ(read("a.mesos A fd00::5"), "! an A has one IPv4 address");
  EXPECT_EQ(read("a.mesos A 10.0.0.5 10.0.0.6"), "! an A has one IPv4 address");
  EXPECT_EQ(read("a.mesos AAAA 10.0.0.5"), "! an AAAA has one IPv6 address");
  EXPECT_EQ(read("a.mesos CNAME"), "! one domain name stands behind the type");
  EXPECT_EQ(read("a.mesos MX a.mesos 10"), "! an MX has a preference and a name");
  EXPECT_EQ(read("a.mesos SRV 0 1 70000 a.mesos"),
            "! an SRV has a priority, a weight, a port and a name");
  EXPECT_EQ(read("a.mesos TXT"), "! a TXT has strings");
  EXPECT_EQ(read("a.mesos TXT \"open"), "! a closing quote is missing");
  EXPECT_EQ(read("a.mesos TXT " + std::string(256, 'x')), "! a string has at most 255 bytes");
}

std::string errors_of(std::string_view text) {
  const auto settings = parse(text, "f.yaml");
  return settings ? "" : settings.error().message;
}

TEST(StaticRecord, IsBlamedOnItsOwnLine) {
  const std::string errors = errors_of(
      "dns:\n"
      "  records:\n"
      "    - a.mesos A 10.0.0.5\n"
      "    - b.mesos A here\n");
  EXPECT_TRUE(errors.starts_with("f.yaml:4: dns.records: expected record")) << errors;
  EXPECT_TRUE(errors.ends_with("found 'b.mesos A here'; an A has one IPv4 address")) << errors;
}

TEST(StaticRecord, StandsInAZoneOfOurs) {
  EXPECT_EQ(errors_of("dns: {records: [a.mesos A 10.0.0.5, mesos TXT x]}"), "");
  EXPECT_EQ(errors_of("dns: {zones: [x.org], records: [a.x.org A 10.0.0.5]}"), "");
  EXPECT_EQ(errors_of("dns: {reverse_zones: [10.0.0.0/8],"
                      " records: [5.0.0.10.in-addr.arpa PTR a.org]}"),
            "");
  for (const char* stray : {"a.org", "xmesos", "5.0.0.11.in-addr.arpa"}) {
    const std::string errors = errors_of("dns:\n  reverse_zones: [10.0.0.0/8]\n  records: [" +
                                         std::string(stray) + " TXT x]");
    EXPECT_TRUE(errors.starts_with("f.yaml:3: dns.records")) << errors;
  }
}

TEST(StaticRecord, StandsAloneAsAnAlias) {
  EXPECT_EQ(errors_of("dns: {records: [a.mesos CNAME b.mesos]}"), "");
  EXPECT_NE(errors_of("dns: {records: [mesos CNAME b.mesos]}"), "");
  EXPECT_NE(errors_of("dns: {records: [a.mesos CNAME b.mesos, a.mesos A 10.0.0.5]}"), "");
  EXPECT_NE(errors_of("dns: {records: [a.mesos CNAME b.mesos, a.mesos CNAME c.mesos]}"), "");
}

TEST(ReverseZone, IsARangeOfWholeLabels) {
  const auto errors = [](std::string_view range) {
    return errors_of(fmt::format("dns: {{reverse_zones: [\"{}\"]}}", range));
  };
  for (const char* good : {"10.0.0.0/8", "10.32.0.0/16", "10.32.1.0/24", "fd00::/8", "fd01::/16"}) {
    EXPECT_EQ(errors(good), "") << good;
  }
  for (const char* bad : {"10.0.0.0",
                          "10.0.0.0/12",
                          "10.0.0.0/0",
                          "10.0.0.1/32",
                          "10.1.0.0/8",
                          "fd01::/15",
                          "fd01::/8",
                          "x/8",
                          "10.0.0.0/-8",
                          "10.0.0.0/8x"}) {
    EXPECT_NE(errors(bad), "") << bad;
  }
}

TEST(Schemes, AreKnownByNameAndOnOrOffOrSomewhere) {
  const auto settings = parse("dns: {schemes: {zk: off, txt: on, l4lb: vip.example}}", "f.yaml");
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->dns.schemes.choices.at("zk"), "off");
  EXPECT_EQ(settings->dns.schemes.choices.at("l4lb"), "vip.example");
  EXPECT_EQ(errors_of("dns:\n  schemes:\n    l4b: off\n"),
            "f.yaml:3: dns.schemes: 'l4b' is no scheme; did you mean l4lb?");
  EXPECT_EQ(errors_of("dns:\n  schemes:\n    zk: Nowhere!\n"),
            "f.yaml:3: dns.schemes: expected on, off or a domain name in lower case such as "
            "cluster.example, of at most 128 characters, found 'Nowhere!'");
  EXPECT_EQ(errors_of("dns:\n  schemes: [zk]\n"),
            "f.yaml:2: dns.schemes: expected a map such as {zk: off}, found a list");
}

}  // namespace
}  // namespace config
