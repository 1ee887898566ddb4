#include "vipd/relay/buffer.h"

#include <algorithm>
#include <cassert>
#include <new>
#include <utility>

namespace vipd {

bool BufferPool::fill(Buffer& buffer, std::span<const std::byte> bytes) {
  assert(buffer.empty() && !bytes.empty());
  buffer.block_ = take_block(bytes.size());
  if (!buffer.block_) return false;
  std::copy(bytes.begin(), bytes.end(), buffer.block_.get());
  buffer.begin_ = 0;
  buffer.end_ = static_cast<std::uint32_t>(bytes.size());
  return true;
}

std::unique_ptr<std::byte[]> BufferPool::take_block(std::size_t bytes) {
  if (!spare_.empty() && bytes <= kBlockBytes) {
    auto block = std::move(spare_.back());
    spare_.pop_back();
    return block;
  }
  if (!may_grow_) return nullptr;
  return std::unique_ptr<std::byte[]>(new (std::nothrow) std::byte[std::max(kBlockBytes, bytes)]);
}

void BufferPool::consume(Buffer& buffer, std::size_t count) {
  assert(count <= buffer.bytes().size());
  buffer.begin_ += static_cast<std::uint32_t>(count);
  if (!buffer.empty()) return;
  const bool is_block = buffer.end_ <= kBlockBytes;
  if (is_block && spare_.size() < kSpareBlocks) spare_.push_back(std::move(buffer.block_));
  buffer.block_.reset();
}

}  // namespace vipd
