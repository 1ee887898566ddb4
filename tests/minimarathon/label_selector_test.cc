#include "minimarathon/label_selector.h"

#include <gtest/gtest.h>

namespace minimarathon {
namespace {

const std::map<std::string, std::string> kLabels{{"tier", "front"}, {"owner", "zeus"}};

TEST(LabelSelector, MatchesWhatHolds) {
  for (const char* selector : {"tier",
                               "tier==front",
                               "tier = front",
                               "tier!=back",
                               "tier in (back, front)",
                               "owner notin (hera)",
                               "tier==front, owner in (zeus,hera)"}) {
    EXPECT_TRUE(matches_labels(kLabels, selector)) << selector;
  }
}

TEST(LabelSelector, MatchesNothingElse) {
  for (const char* selector : {"absent",
                               "tier==back",
                               "tier!=front",
                               "absent!=x",
                               "tier in (back)",
                               "tier in back",
                               "owner notin (zeus)",
                               "tier==front,absent"}) {
    EXPECT_FALSE(matches_labels(kLabels, selector)) << selector;
  }
}

}  // namespace
}  // namespace minimarathon
