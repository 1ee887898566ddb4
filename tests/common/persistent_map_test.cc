#include "common/persistent_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/hash.h"

namespace common {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

struct GoodHash {
  std::size_t operator()(int key) const { return mix(static_cast<std::uint64_t>(key)); }
};
/// Eight hashes for all keys, alike in their upper bits: collisions and deep chains.
struct BadHash {
  std::size_t operator()(int key) const { return static_cast<std::size_t>(key % 8) * 33; }
};
struct SameHash {
  std::size_t operator()(int) const { return ~std::size_t{0}; }
};

template <class Map>
std::map<int, int> contents(const Map& map) {
  std::map<int, int> contents;
  map.for_each([&](int key, int value) { EXPECT_TRUE(contents.emplace(key, value).second); });
  return contents;
}

using Difference = std::map<int, std::pair<int, int>>;  // Key -> before and after, -1 for none.

template <class Map>
Difference difference(const Map& before, const Map& after) {
  Difference difference;
  Map::for_each_difference(before, after, [&](int key, const int* was, const int* is) {
    const std::pair<int, int> values(was ? *was : -1, is ? *is : -1);
    EXPECT_TRUE(difference.emplace(key, values).second) << "key " << key << " came twice";
  });
  return difference;
}

Difference expected_difference(const std::map<int, int>& before, const std::map<int, int>& after) {
  Difference difference;
  for (const auto& [key, value] : before) difference[key] = {value, -1};
  for (const auto& [key, value] : after) {
    const auto was = before.find(key);
    if (was != before.end() && was->second == value) {
      difference.erase(key);
    } else {
      difference[key] = {was == before.end() ? -1 : was->second, value};
    }
  }
  return difference;
}

template <class Hash>
class PersistentMapProperties : public ::testing::Test {
 protected:
  using Map = PersistentMap<int, int, Hash>;

  /// One random change to both; keys and values from small ranges so that they meet often.
  void change(Map& map, std::map<int, int>& model, int keys) {
    const int key = static_cast<int>(random() % static_cast<unsigned>(keys));
    if (random() % 3 == 0) {
      EXPECT_EQ(map.erase(key), model.erase(key) == 1);
    } else {
      const int value = static_cast<int>(random() % 4);
      map.set(key, value);
      model[key] = value;
    }
  }

  void expect_same(const Map& map, const std::map<int, int>& model) {
    ASSERT_EQ(map.size(), model.size());
    ASSERT_EQ(contents(map), model);
    for (const auto& [key, value] : model) {
      const int* found = map.find(key);
      ASSERT_NE(found, nullptr);
      ASSERT_EQ(*found, value);
    }
  }

  std::mt19937 random{42};
};

using Hashes = ::testing::Types<GoodHash, BadHash, SameHash>;
TYPED_TEST_SUITE(PersistentMapProperties, Hashes);

TYPED_TEST(PersistentMapProperties, BehavesLikeAMap) {
  typename TestFixture::Map map;
  std::map<int, int> model;
  for (int step = 0; step < 3000; ++step) {
    this->change(map, model, 100);
    if (step % 10 != 0) continue;
    ASSERT_NO_FATAL_FAILURE(this->expect_same(map, model)) << "step " << step;
  }
}

TYPED_TEST(PersistentMapProperties, LeavesCopiesAlone) {
  typename TestFixture::Map map;
  std::map<int, int> model;
  std::vector<std::pair<typename TestFixture::Map, std::map<int, int>>> copies;
  for (int step = 0; step < 600; ++step) {
    this->change(map, model, 60);
    if (step % 7 == 0) copies.emplace_back(map, model);
  }
  for (const auto& [copy, then] : copies) ASSERT_NO_FATAL_FAILURE(this->expect_same(copy, then));
}

TYPED_TEST(PersistentMapProperties, TellsTheDifferenceOfTwoVersions) {
  for (int round = 0; round < 200; ++round) {
    typename TestFixture::Map before;
    std::map<int, int> model_before;
    for (int step = 0; step < round; ++step) this->change(before, model_before, 60);
    auto after = before;
    auto model_after = model_before;
    for (int step = 0; step < 1 + round % 40; ++step) this->change(after, model_after, 60);
    ASSERT_EQ(difference(before, after), expected_difference(model_before, model_after)) << round;
    ASSERT_EQ(difference(after, before), expected_difference(model_after, model_before)) << round;
  }
}

TYPED_TEST(PersistentMapProperties, TellsTheDifferenceOfStrangers) {
  for (int round = 0; round < 100; ++round) {
    typename TestFixture::Map one;
    typename TestFixture::Map other;
    std::map<int, int> model_of_one;
    std::map<int, int> model_of_other;
    for (int step = 0; step < round; ++step) this->change(one, model_of_one, 40);
    for (int step = 0; step < 50; ++step) this->change(other, model_of_other, 40);
    ASSERT_EQ(difference(one, other), expected_difference(model_of_one, model_of_other)) << round;
  }
}

using IntMap = PersistentMap<int, int, GoodHash>;

TEST(PersistentMap, IsEmptyAtFirst) {
  IntMap map;
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(map.find(1), nullptr);
  EXPECT_FALSE(map.erase(1));
  EXPECT_THAT(contents(map), IsEmpty());
  EXPECT_THAT(difference(map, IntMap{}), IsEmpty());
}

TEST(PersistentMap, IsEmptyAfterBeingMovedFrom) {
  IntMap map;
  map.set(1, 10);
  IntMap moved = std::move(map);
  EXPECT_TRUE(map.empty());  // NOLINT(bugprone-use-after-move): this is what is proved.
  EXPECT_EQ(map.find(1), nullptr);
  EXPECT_EQ(moved.size(), 1U);
  map = moved;
  EXPECT_THAT(contents(map), ElementsAre(Pair(1, 10)));
}

TEST(PersistentMap, IsAskedWithAnyTypeThatHashesAlike) {
  PersistentMap<std::string, int, StringHash> map;
  map.set("web", 1);
  ASSERT_NE(map.find(std::string_view("web")), nullptr);
  EXPECT_TRUE(map.erase(std::string_view("web")));
  EXPECT_EQ(map.find("web"), nullptr);
}

TEST(PersistentMap, ComparesSharedPointersByIdentity) {
  PersistentMap<int, std::shared_ptr<const int>, GoodHash> before;
  before.set(1, std::make_shared<const int>(7));
  auto after = before;
  int differences = 0;
  const auto count = [&](int, const auto*, const auto*) { ++differences; };
  before.for_each_difference(before, after, count);
  EXPECT_EQ(differences, 0);
  after.set(1, std::make_shared<const int>(7));
  before.for_each_difference(before, after, count);
  EXPECT_EQ(differences, 1);
}

/// Counts how often values are compared.
struct CountedValue {
  int value = 0;
  static inline int comparisons = 0;
  friend bool operator==(const CountedValue& a, const CountedValue& b) {
    ++comparisons;
    return a.value == b.value;
  }
};

TEST(PersistentMap, SkipsWhatTwoVersionsShare) {
  PersistentMap<int, CountedValue, GoodHash> before;
  for (int key = 0; key < 100'000; ++key) before.set(key, {key});
  auto after = before;
  after.set(5, {-1});
  CountedValue::comparisons = 0;
  int differences = 0;
  before.for_each_difference(before, after, [&](int, const auto*, const auto*) { ++differences; });
  EXPECT_EQ(differences, 1);
  EXPECT_LE(CountedValue::comparisons, 4 * 32);  // The nodes on the way to one key.
}

TEST(PersistentMap, LetsThreadsReadAndDropCopiesWhileTheWriterGoesOn) {
  IntMap map;
  for (int key = 0; key < 1000; ++key) map.set(key, 0);
  for (int round = 1; round <= 50; ++round) {
    std::thread reader([copy = map, round]() mutable {
      std::size_t wrong = 0;
      copy.for_each([&](int, int value) { wrong += value != round - 1; });
      EXPECT_EQ(wrong, 0U);
      copy = IntMap{};
    });
    for (int key = 0; key < 1000; ++key) map.set(key, round);
    reader.join();
  }
}

TEST(PersistentMap, LookAheadMeetsWhateverIsFound) {
  using Map = PersistentMap<int, int, GoodHash>;
  Map map;
  for (int size : {0, 1, 20, 2000}) {
    for (int key = 0; key < size; ++key) map.set(key, key);
    std::array<std::uint64_t, 30> hashes;  // Of some, and of none.
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      hashes[i] = Map::hash_of(static_cast<int>(i) * 70);
    }
    std::set<const int*> touched;
    map.look_ahead(hashes, [&touched](const int& value) { touched.insert(&value); });
    for (int i = 0; i < 30; ++i) {
      const int* found = map.find(i * 70);
      EXPECT_TRUE(found == nullptr || touched.contains(found)) << size << ' ' << i;
    }
  }
}

/// find_all() of keys of which some are there must say what find() says.
template <class Hash>
void find_all_as_find_does() {
  PersistentMap<int, int, Hash> map;
  for (int size : {0, 1, 20, 2000}) {
    for (int key = 0; key < size; ++key) map.set(key, key);
    std::array<int, 30> keys;
    for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = static_cast<int>(i) * 70;
    std::array<const int*, PersistentMap<int, int, Hash>::kAtOnce> found;
    map.find_all(std::span<const int>(keys), std::span(found), [](const int&) {});
    for (std::size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(found[i], map.find(keys[i]));
  }
}

TEST(PersistentMap, FindsManyAsItFindsOne) {
  find_all_as_find_does<GoodHash>();
  find_all_as_find_does<BadHash>();
  find_all_as_find_does<SameHash>();
}

}  // namespace
}  // namespace common
