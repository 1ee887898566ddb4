#include "vipd/balance/maglev.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "common/hash.h"
#include "tests/vipd/balance/candidates.h"

namespace vipd {
namespace {

std::vector<std::uint64_t> names(std::size_t count) {
  std::vector<std::uint64_t> made;
  for (std::size_t i = 0; i < count; ++i) made.push_back(common::mix(i));
  return made;
}

TEST(MaglevTable, GivesEachTheSamePlacesWithinOnePercent) {
  for (const std::size_t count : {1, 2, 3, 10, 150, 700}) {
    std::vector<std::size_t> places(count);
    const auto table = build_maglev_table(names(count));
    for (const std::uint32_t index : table) ++places.at(index);
    const auto [least, most] = std::minmax_element(places.begin(), places.end());
    EXPECT_LE(*most - *least, table.size() / count / 100 + 1) << count;
  }
}

TEST(MaglevTable, MovesFewWhenOneGoes) {
  auto before = names(50);
  const auto table = build_maglev_table(before);
  const std::uint64_t gone = before[20];
  auto after = before;
  after.erase(after.begin() + 20);
  const auto next = build_maglev_table(after);
  ASSERT_EQ(table.size(), next.size());
  std::size_t moved = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (before[table[i]] != gone && before[table[i]] != after[next[i]]) ++moved;
  }
  EXPECT_LT(moved, table.size() / 50) << "2 % at most, beside those that had to";
}

class MaglevPolicy : public testing::Test {
 protected:
  MaglevPolicy() { policy_->prepare(candidates_.all()); }
  std::uint32_t chosen(std::uint64_t client, std::span<Target* const> among) {
    return among[policy_->choose(among, client)]->id;
  }

  Candidates candidates_{10};
  std::unique_ptr<Policy> policy_ = make_maglev();
};

TEST_F(MaglevPolicy, SharesClientsAlike) {
  std::vector<int> picked(11);
  for (std::uint64_t client = 0; client < 10000; ++client) {
    ++picked[chosen(common::mix(client), candidates_.all())];
  }
  picked.erase(picked.begin());
  EXPECT_THAT(picked, testing::Each(testing::AllOf(testing::Gt(850), testing::Lt(1150))));
}

TEST_F(MaglevPolicy, AgreesWithAnotherWorker) {
  const auto other = make_maglev();
  other->prepare(candidates_.all());
  for (std::uint64_t client = 0; client < 1000; ++client) {
    EXPECT_EQ(candidates_.pointers[other->choose(candidates_.all(), client)]->id,
              chosen(client, candidates_.all()));
  }
}

TEST_F(MaglevPolicy, MovesOnlyTheClientsOfWhomIsNotThere) {
  std::vector<Target*> without = candidates_.pointers;
  without.erase(without.begin() + 3);
  for (std::uint64_t client = 0; client < 1000; ++client) {
    const std::uint32_t home = chosen(client, candidates_.all());
    const std::uint32_t now = chosen(client, without);
    EXPECT_TRUE(now == home || home == 4);
    EXPECT_EQ(chosen(client, without), now);
  }
}

TEST_F(MaglevPolicy, KnowsNewcomersByTheirIds) {
  for (Target* target : candidates_.pointers) target->id += 100;
  policy_->prepare(candidates_.all());
  EXPECT_GT(chosen(1, candidates_.all()), 100U);
}

}  // namespace
}  // namespace vipd
