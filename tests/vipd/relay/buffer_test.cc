#include "vipd/relay/buffer.h"

#include <gtest/gtest.h>

#include <vector>

namespace vipd {
namespace {

TEST(Buffer, GivesBackWhatItWasFilledWithBitByBit) {
  BufferPool pool;
  Buffer buffer;
  std::vector<std::byte> bytes(BufferPool::kBlockBytes, std::byte{1});
  bytes.back() = std::byte{2};
  pool.fill(buffer, bytes);
  EXPECT_EQ(buffer.bytes().size(), bytes.size());
  pool.consume(buffer, bytes.size() - 1);
  ASSERT_EQ(buffer.bytes().size(), 1U);
  EXPECT_EQ(buffer.bytes()[0], std::byte{2});
  pool.consume(buffer, 1);
  EXPECT_TRUE(buffer.empty());
}

TEST(Buffer, UsesABlockAgain) {
  BufferPool pool;
  Buffer first, second;
  const std::vector<std::byte> bytes(10, std::byte{7});
  pool.fill(first, bytes);
  const std::byte* block = first.bytes().data();
  pool.consume(first, 10);
  pool.fill(second, bytes);
  EXPECT_EQ(second.bytes().data(), block);
}

TEST(Buffer, HasOnlyWhatThePoolHasWhenItMayNotGrow) {
  BufferPool pool;
  Buffer first, second;
  const std::vector<std::byte> bytes(10, std::byte{7});
  ASSERT_TRUE(pool.fill(first, bytes));
  pool.consume(first, 10);
  pool.let_grow(false);
  EXPECT_TRUE(pool.fill(first, bytes));
  EXPECT_FALSE(pool.fill(second, bytes));
  EXPECT_TRUE(second.empty());
  pool.let_grow(true);
  EXPECT_TRUE(pool.fill(second, bytes));
}

TEST(Buffer, MayBeConsumedByNothing) {
  BufferPool pool;
  Buffer buffer;
  pool.fill(buffer, std::vector<std::byte>(3));
  pool.consume(buffer, 0);
  EXPECT_EQ(buffer.bytes().size(), 3U);
}

}  // namespace
}  // namespace vipd
