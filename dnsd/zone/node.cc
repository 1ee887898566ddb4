#include "dnsd/zone/node.h"

#include <cstring>

namespace dnsd {
namespace {

/// Copies octets to a place in a block and returns the place behind them.
std::size_t put(std::uint8_t* block, std::size_t offset, const void* octets, std::size_t size) {
  if (size > 0) std::memcpy(block + offset, octets, size);
  return offset + size;
}

}  // namespace

Node Node::make(std::size_t size) {
  auto* block = static_cast<std::uint8_t*>(::operator new(size));
  new (block) Holders(1);
  return Node(block);
}

void Node::hold() const {
  if (block_ != nullptr) holders().fetch_add(1, std::memory_order_relaxed);
}

void Node::release() const {
  if (block_ == nullptr || holders().fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  holders().~Holders();
  ::operator delete(block_);
}

void NodeDraft::start(std::string_view name) {
  name_ = name;
  children_ = 0;
  heads_.clear();
  octets_.clear();
}

void NodeDraft::add(const RrSet& rrset) {
  heads_.push_back(rrset.head());
  const auto octets = rrset.octets();
  octets_.insert(octets_.end(), octets.begin(), octets.end());
}

void NodeDraft::add(RrType type,
                    std::uint32_t ttl_s,
                    std::span<const Member> published,
                    std::span<const Member> withheld) {
  heads_.push_back(RrSet::write(type, ttl_s, published, withheld, octets_));
}

Node NodeDraft::finish() const {
  const std::size_t heads_size = heads_.size() * sizeof(RrSet::Head);
  const std::size_t size = Node::kHeads + heads_size + name_.size() + octets_.size();
  Node::Head head;
  head.children = children_;
  head.rrsets = static_cast<std::uint16_t>(heads_.size());
  head.name_size = static_cast<std::uint16_t>(name_.size());
  Node node = Node::make(size);
  std::size_t offset = put(node.block_, sizeof(Node::Holders), &head, sizeof head);
  offset = put(node.block_, offset, heads_.data(), heads_size);
  offset = put(node.block_, offset, name_.data(), name_.size());
  put(node.block_, offset, octets_.data(), octets_.size());
  return node;
}

}  // namespace dnsd
