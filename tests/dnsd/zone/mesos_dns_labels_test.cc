#include "dnsd/zone/mesos_dns_labels.h"

#include <gtest/gtest.h>

#include <string>

namespace dnsd {
namespace {

using namespace std::string_literals;

std::string times(int count, const std::string& text) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

TEST(MesosLabel, KeepsLettersDigitsAndDashes) {
  EXPECT_EQ(mesos_label("Web.App_Prod"), "web-app-prod");
  EXPECT_EQ(mesos_label("9lives"), "9lives");
  EXPECT_EQ(mesos_label("123"), "123");
  EXPECT_EQ(mesos_label("a..b"), "a--b");
}

TEST(MesosLabel, DropsEverythingElse) {
  EXPECT_EQ(mesos_label("über-straße"), "ber-strae");
  EXPECT_EQ(mesos_label("slash/path"), "slashpath");
  EXPECT_EQ(mesos_label("tcp,udp"), "tcpudp");
  EXPECT_EQ(mesos_label("a\0b c:d"s), "abcd");
  EXPECT_EQ(mesos_label("!!!"), "");
  EXPECT_EQ(mesos_label(""), "");
}

TEST(MesosLabel, StripsDashesInFrontOnlyWhenShort) {
  EXPECT_EQ(mesos_label("--web"), "web");
  EXPECT_EQ(mesos_label("---"), "");
  EXPECT_EQ(mesos_label("web--"), "web");
}

TEST(MesosLabel, CutsAt63) {
  EXPECT_EQ(mesos_label(times(70, "x")), times(63, "x"));
  EXPECT_EQ(mesos_label(times(20, "z") + "-----abcdef"), times(20, "z") + "-----abcdef");
}

TEST(MesosLabel, FillsDashesAtTheCutWithWhatFollows) {
  EXPECT_EQ(mesos_label(times(60, "x") + "-----yz"), times(60, "x") + "yz");
  EXPECT_EQ(mesos_label("mid" + times(80, "-") + "end"), "midend");
  EXPECT_EQ(mesos_label(times(60, "x") + "----" + "yz-w"), times(60, "x") + "yz-");
}

TEST(MesosDomainPart, KeepsDotsAndDropsEmptyParts) {
  EXPECT_EQ(mesos_domain_part("marathon"), "marathon");
  EXPECT_EQ(mesos_domain_part("..edge..fw.."), "edge.fw");
  EXPECT_EQ(mesos_domain_part("Prod.Marathon_v1.2"), "prod.marathon-v1.2");
  EXPECT_EQ(mesos_domain_part("!!!"), "");
  EXPECT_EQ(mesos_domain_part("a.!!!.b"), "a.b");
}

TEST(MesosTaskHash, IsTheFirst25BitsOfTheSha1) {
  EXPECT_EQ(mesos_task_hash("test"), "iffe9");
  EXPECT_EQ(mesos_task_hash("").size(), 5U);
}

TEST(MesosAgentTail, FollowsTheLastDash) {
  EXPECT_EQ(mesos_agent_tail("145f052d-8bcb-457f-b1e6-b1b4e2cdf787-S12"), "s12");
  EXPECT_EQ(mesos_agent_tail("Agent"), "agent");
  EXPECT_EQ(mesos_agent_tail(""), "");
}

TEST(MesosCanonicalPart, AddsHashAndTail) {
  EXPECT_EQ(mesos_canonical_part("web", "iffe9", "s0"), "web-iffe9-s0");
  EXPECT_EQ(mesos_canonical_part("web", "iffe9", ""), "web-iffe9");
}

TEST(MesosCanonicalPart, ShortensTheLastLabelOfTheName) {
  EXPECT_EQ(mesos_canonical_part(times(63, "x"), "iffe9", "s0"), times(54, "x") + "-iffe9-s0");
  EXPECT_EQ(mesos_canonical_part("a.b." + times(63, "x"), "iffe9", "s0"),
            "a.b." + times(54, "x") + "-iffe9-s0");
  EXPECT_EQ(mesos_canonical_part(times(54, "x"), "iffe9", "s0"), times(54, "x") + "-iffe9-s0");
}

}  // namespace
}  // namespace dnsd
