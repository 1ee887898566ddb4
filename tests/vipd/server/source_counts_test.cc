#include "vipd/server/source_counts.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace vipd {
namespace {

TEST(SourceCounts, CountEachAddress) {
  SourceCounts counts(4);
  counts.add(1);
  counts.add(1);
  counts.add(2);
  EXPECT_EQ(counts.count(1), 2U);
  EXPECT_EQ(counts.count(2), 1U);
  counts.subtract(1);
  counts.subtract(1);
  EXPECT_EQ(counts.count(1), 0U);
  EXPECT_EQ(counts.count(2), 1U);
}

TEST(SourceCounts, CountNothingWhenNobodyAsks) {
  SourceCounts counts(0);
  counts.add(1);
  counts.subtract(1);
  EXPECT_EQ(counts.count(1), 0U);
}

// Few places and many collisions: what is taken out must not hide what is behind it.
TEST(SourceCounts, AgreeWithAMapWhateverComesAndGoes) {
  std::mt19937_64 random(1);
  SourceCounts counts(16);
  std::map<std::uint64_t, std::uint32_t> expected;
  for (int step = 0; step < 50000; ++step) {
    const std::uint64_t source = (random() % 8) * 32 + random() % 3;
    if (random() % 2 == 0 && (expected.contains(source) || expected.size() < 16)) {
      counts.add(source);
      ++expected[source];
    } else if (expected.contains(source)) {
      counts.subtract(source);
      if (--expected[source] == 0) expected.erase(source);
    }
    for (std::uint64_t other = 0; other < 8 * 32; ++other) {
      const auto place = expected.find(other);
      ASSERT_EQ(counts.count(other), place == expected.end() ? 0 : place->second) << step;
    }
  }
}

}  // namespace
}  // namespace vipd
