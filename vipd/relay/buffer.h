#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace vipd {

/// Bytes that were read and that the other side would not take yet. Empty, it holds no memory.
class Buffer {
 public:
  bool empty() const { return begin_ == end_; }
  std::span<const std::byte> bytes() const { return {block_.get() + begin_, end_ - begin_}; }

 private:
  friend class BufferPool;
  std::unique_ptr<std::byte[]> block_;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
};

/// Lends blocks to buffers and keeps a few of those that come back. One per worker.
class BufferPool {
 public:
  static constexpr std::size_t kBlockBytes = std::size_t{16} << 10;
  static constexpr std::size_t kSpareBlocks = 64;  // At most this many wait for their next use.

  /// Copies bytes into an empty buffer; false when there is no memory for them. Precondition: there
  /// are some. More than kBlockBytes, as a session from another process may bring, get memory of
  /// their own.
  bool fill(Buffer& buffer, std::span<const std::byte> bytes);
  /// Drops the first `count` bytes; the block returns with the last of them.
  void consume(Buffer& buffer, std::size_t count);

  /// Whether fill() may take more memory than there is in the pool. At first it may.
  void let_grow(bool may) { may_grow_ = may; }

 private:
  std::unique_ptr<std::byte[]> take_block(std::size_t bytes);

  bool may_grow_ = true;
  std::vector<std::unique_ptr<std::byte[]>> spare_;
};

}  // namespace vipd
