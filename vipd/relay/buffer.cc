#include "vipd/relay/buffer.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace vipd {

void BufferPool::fill(Buffer& buffer, std::span<const std::byte> bytes) {
  assert(buffer.empty() && !bytes.empty());
  if (spare_.empty() || bytes.size() > kBlockBytes) {
    buffer.block_ =
        std::make_unique_for_overwrite<std::byte[]>(std::max(kBlockBytes, bytes.size()));
  } else {
    buffer.block_ = std::move(spare_.back());
    spare_.pop_back();
  }
  std::copy(bytes.begin(), bytes.end(), buffer.block_.get());
  buffer.begin_ = 0;
  buffer.end_ = static_cast<std::uint32_t>(bytes.size());
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
