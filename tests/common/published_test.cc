#include "common/published.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace common {
namespace {

/// A value whose halves must agree, so that a torn or freed one shows.
struct Pair {
  explicit Pair(int n) : first(n), second(-n) {}
  ~Pair() { first = second = 1; }
  int first;
  int second;
};

std::shared_ptr<const int> number(int value) { return std::make_shared<const int>(value); }

TEST(Published, ShowsTheNewestValue) {
  Published<int> published(number(1));
  Published<int>::Reader reader(published);
  EXPECT_EQ(reader.get(), 1);
  published.publish(number(2));
  published.publish(number(3));
  EXPECT_EQ(reader.get(), 3);
  EXPECT_EQ(*published.current(), 3);
}

TEST(Published, KeepsAValueWhileAReaderHoldsIt) {
  Published<int> published(number(1));
  Published<int>::Reader reader(published);
  const int& held = reader.get();
  published.publish(number(2));
  published.publish(number(3));
  EXPECT_EQ(held, 1);
}

TEST(Published, FreesWhatNobodyHolds) {
  Published<int> published(number(1));
  const std::weak_ptr<const int> first = published.current();
  published.publish(number(2));
  EXPECT_TRUE(first.expired());
}

TEST(Published, LeavesFreeingToTheWriter) {
  Published<int> published(number(1));
  Published<int>::Reader reader(published);
  const std::weak_ptr<const int> first = published.current();
  published.publish(number(2));
  reader.get();  // Lets go of the first value.
  EXPECT_FALSE(first.expired());
  published.publish(number(3));
  EXPECT_TRUE(first.expired());
}

TEST(Published, WakesSubscribersAfterTheValueIsVisible) {
  Published<int> published(number(1));
  Published<int>::Reader reader(published);
  std::vector<int> seen;
  published.subscribe([&] { seen.push_back(reader.get()); });
  published.publish(number(2));
  published.publish(number(3));
  EXPECT_EQ(seen, (std::vector<int>{2, 3}));
}

TEST(Published, NeverShowsHalfAValueAndNeverGoesBack) {
  Published<Pair> published(std::make_shared<const Pair>(1));
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      Published<Pair>::Reader reader(published);
      int last = 0;
      while (!done.load(std::memory_order_relaxed)) {
        const Pair& value = reader.get();
        ASSERT_EQ(value.first, -value.second);
        ASSERT_GE(value.first, last);
        last = value.first;
      }
    });
  }
  for (int i = 2; i < 5000; ++i) published.publish(std::make_shared<const Pair>(i));
  done = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(published.current()->first, 4999);
}

}  // namespace
}  // namespace common
