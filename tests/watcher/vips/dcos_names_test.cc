#include "watcher/vips/dcos_names.h"

#include <gtest/gtest.h>

namespace watcher {
namespace {

const std::string kSixty(60, 'x');
const std::string kFull(63, 'x');

TEST(DcosLabel, KeepsLettersDigitsAndInnerDashes) {
  EXPECT_EQ(dcos_label("4abc123"), "4abc123");
  EXPECT_EQ(dcos_label("0-0"), "0-0");
  EXPECT_EQ(dcos_label("fd%gsf---gs7-f$gs--d7fddg-123"), "fdgsf---gs7-fgs--d7fddg-123");
}

TEST(DcosLabel, LowersCaseAndMakesDotsAndUnderscoresDashes) {
  EXPECT_EQ(dcos_label("Edge_LB.v2"), "edge-lb-v2");
  EXPECT_EQ(dcos_label("myapp.mygroup"), "myapp-mygroup");
}

TEST(DcosLabel, DeletesEverythingElse) {
  EXPECT_EQ(dcos_label("dev/spark jobs:1%"), "devsparkjobs1");
  EXPECT_EQ(dcos_label("\xc3\xbc"
                       "ber"),
            "ber");
}

TEST(DcosLabel, NeverStartsOrEndsWithADash) {
  EXPECT_EQ(dcos_label("-4abc123"), "4abc123");
  EXPECT_EQ(dcos_label("%_.-a-_."), "a");
  EXPECT_EQ(dcos_label("---"), "");
  EXPECT_EQ(dcos_label(""), "");
}

TEST(DcosLabel, CutsAtSixtyThree) {
  EXPECT_EQ(dcos_label(kFull), kFull);
  EXPECT_EQ(dcos_label(kFull + "y"), kFull);
}

TEST(DcosLabel, RefillsWhatTrailingDashesTook) {
  EXPECT_EQ(dcos_label(kSixty + "---yz"), kSixty + "yz");
  EXPECT_EQ(dcos_label(kSixty + "-----y_z.a-b"), kSixty + "yza");
  EXPECT_EQ(dcos_label(kSixty + "---"), kSixty);
  EXPECT_EQ(dcos_label("fd%gsf---gs7-f$gs--d7fddg123456789012345678901234567890123456789-123"),
            "fdgsf---gs7-fgs--d7fddg1234567890123456789012345678901234567891");
}

TEST(DcosDomainFrag, KeepsDotsAndDropsEmptyParts) {
  EXPECT_EQ(dcos_domain_frag("/mygroup/myapp"), "mygroupmyapp");
  EXPECT_EQ(dcos_domain_frag("Edge_LB.v2"), "edge-lb.v2");
  EXPECT_EQ(dcos_domain_frag("..edge..fw.."), "edge.fw");
  EXPECT_EQ(dcos_domain_frag(""), "");
}

TEST(DcosDomainFrag, CutsEachPartByItself) {
  EXPECT_EQ(dcos_domain_frag(kFull + "y." + kFull), kFull + "." + kFull);
}

TEST(DcosDomainFrag, LeavesAnEmptyLabelWherePartsHaveOnlyOddCharacters) {
  EXPECT_EQ(dcos_domain_frag("a.%.b"), "a..b");
  EXPECT_EQ(dcos_domain_frag("%.b"), ".b");
}

}  // namespace
}  // namespace watcher
