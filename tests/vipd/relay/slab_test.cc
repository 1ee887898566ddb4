#include "vipd/relay/slab.h"

#include <gtest/gtest.h>

#include <string>

namespace vipd {
namespace {

TEST(Slab, FindsWhatLives) {
  Slab<std::string> slab;
  const SlotId a = slab.emplace("a");
  const SlotId b = slab.emplace("b");
  EXPECT_EQ(*slab.find(a), "a");
  EXPECT_EQ(slab[b.index], "b");
  EXPECT_EQ(slab.size(), 2U);
}

TEST(Slab, DoesNotTakeALaterValueForAnEarlierOne) {
  Slab<std::string> slab;
  const SlotId gone = slab.emplace("gone");
  slab.erase(gone.index);
  EXPECT_EQ(slab.find(gone), nullptr);
  const SlotId next = slab.emplace("next");
  EXPECT_EQ(next.index, gone.index);
  EXPECT_EQ(slab.find(gone), nullptr);
  EXPECT_EQ(*slab.find(next), "next");
}

TEST(Slab, FindsNothingAtIdsItNeverGave) {
  Slab<int> slab;
  EXPECT_EQ(slab.find({0, 0}), nullptr);
  slab.emplace(1);
  EXPECT_EQ(slab.find({1, 0}), nullptr);
  EXPECT_EQ(slab.find({100000, 0}), nullptr);
}

TEST(Slab, NeverMovesAValue) {
  Slab<int> slab;
  int* first = slab.find(slab.emplace(0));
  for (int i = 1; i < 5000; ++i) slab.emplace(i);
  EXPECT_EQ(slab.find({0, 0}), first);
  int sum = 0;
  slab.for_each([&](int value) { sum += value; });
  EXPECT_EQ(sum, 4999 * 5000 / 2);
}

}  // namespace
}  // namespace vipd
