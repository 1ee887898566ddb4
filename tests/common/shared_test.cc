#include "common/shared.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>

#include "common/hash.h"

namespace common {
namespace {

using Map = std::map<std::string, std::string>;
using Pool = SharedPool<std::string, StringHash>;

const std::string& value_of(const SharedString& text) { return text; }

TEST(Shared, HoldsOneValueForAllCopies) {
  const SharedString text = "a text that is too long to lie inside of a string";
  const SharedString copy = text;
  EXPECT_EQ(&value_of(text), &value_of(copy));
  EXPECT_FALSE(text.is_only_holder());
}

TEST(Shared, OfNothingIsEmpty) {
  const SharedString nothing;
  EXPECT_TRUE(nothing.empty());
  EXPECT_EQ(nothing, "");
  EXPECT_EQ(nothing, SharedString(std::string()));
}

TEST(Shared, ComparesByValue) {
  const SharedString a = "a";
  const SharedString b = std::string("b");
  EXPECT_EQ(a, SharedString("a"));
  EXPECT_EQ(a, "a");
  EXPECT_EQ(a, std::string_view("a"));
  EXPECT_NE(a, b);
  EXPECT_LT(a, b);
  EXPECT_LT(a, "aa");
}

TEST(Shared, LeavesTheCopiesOfOthersAloneWhenEdited) {
  Shared<Map> first = {{"a", "1"}};
  const Shared<Map> second = first;
  first.edit()["b"] = "2";
  EXPECT_EQ(first, (Map{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(second, (Map{{"a", "1"}}));
}

TEST(Shared, IsEditedInPlaceWhenNobodyElseHoldsIt) {
  Shared<Map> map = {{"a", "1"}};
  const Map* before = &*map;
  map.edit()["a"] = "2";
  EXPECT_EQ(&*map, before);
}

TEST(SharedPool, MakesEqualsOne) {
  Pool pool;
  SharedString first = "equal";
  SharedString second = "equal";
  ASSERT_NE(&value_of(first), &value_of(second));
  pool.unify(first);
  pool.unify(second);
  EXPECT_EQ(&value_of(first), &value_of(second));
  EXPECT_EQ(pool.size(), 1U);
}

TEST(SharedPool, ForgetsWhatNobodyElseHolds) {
  Pool pool;
  SharedString kept = "kept";
  pool.unify(kept);
  for (int i = 0; i < 10'000; ++i) {
    SharedString passing = std::to_string(i);
    pool.unify(passing);
  }
  EXPECT_LT(pool.size(), 2'000U);
  SharedString again = "kept";
  pool.unify(again);
  EXPECT_EQ(&value_of(again), &value_of(kept));
}

}  // namespace
}  // namespace common
