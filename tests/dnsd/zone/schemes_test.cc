#include "dnsd/zone/schemes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "config/dns_schemes.h"

namespace dnsd {
namespace {

/// Where a scheme stands; "off" when it is not in use.
std::string domain_of(std::string_view name, const config::Schemes& choices = {}) {
  const auto active = active_schemes(choices, "m.example", "d.example");
  std::size_t place = 0;
  for (const Scheme& scheme : schemes()) {
    config::Schemes others = choices;
    others.choices[std::string(scheme.name)] = "off";
    if (active_schemes(others, "m.example", "d.example").size() == active.size()) {
      if (scheme.name == name) return "off";
      continue;
    }
    if (scheme.name == name) return active[place].domain.to_text();
    ++place;
  }
  return "unknown";
}

TEST(Schemes, AreThoseTheConfigurationKnows) {
  std::vector<std::string_view> names;
  for (const Scheme& scheme : schemes()) names.push_back(scheme.name);
  EXPECT_TRUE(std::is_permutation(
      names.begin(), names.end(), config::kDnsSchemes.begin(), config::kDnsSchemes.end()));
}

TEST(Schemes, StandBelowTheirDomains) {
  EXPECT_EQ(domain_of("mesos-dns"), "m.example.");
  EXPECT_EQ(domain_of("agentip"), "agentip.dcos.d.example.");
  EXPECT_EQ(domain_of("zk"), "zk.");
  EXPECT_EQ(domain_of("txt"), "off");
  EXPECT_EQ(domain_of("cluster-id"), "off");
}

TEST(Schemes, CanEachBeMovedAndSwitched) {
  for (const Scheme& scheme : schemes()) {
    const std::string name(scheme.name);
    EXPECT_EQ(domain_of(name, {{{name, "off"}}}), "off");
    EXPECT_EQ(domain_of(name, {{{name, "a.b"}}}), "a.b.");
  }
  EXPECT_EQ(domain_of("txt", {{{"txt", "on"}}}), "m.example.");
  EXPECT_EQ(domain_of("txt", {{{"txt", "on"}, {"mesos-dns", "moved"}}}), "moved.");
  EXPECT_EQ(domain_of("cluster-id", {{{"cluster-id", "on"}}}), "off");  // Nobody told where.
}

}  // namespace
}  // namespace dnsd
