#pragma once

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "common/hash.h"
#include "common/ip.h"
#include "vipd/relay/slab.h"

namespace vipd {

/// The flows of one worker: who sent a datagram to which VIP, found by that, with the one that has
/// been silent longest at hand. Pure. All memory is taken at the beginning; each operation costs
/// the same however many flows there are.
template <class Payload>
class FlowTable {
 public:
  struct Flow {
    SlotId id;
    std::uint32_t service = 0;
    common::SocketAddress client;
    Payload payload{};

   private:
    friend class FlowTable;
    std::uint64_t hash = 0;
    std::uint32_t older = kNone;  // Neighbours by the time of the last touch;
    std::uint32_t newer = kNone;  // of free ones `newer` is the next free one.
    bool used = false;
  };

  explicit FlowTable(std::size_t capacity)
      : flows_(capacity), index_(std::bit_ceil(capacity * 2), kNone) {
    assert(capacity > 0);
    for (std::uint32_t i = 0; i < capacity; ++i) {
      flows_[i].id.index = i;
      flows_[i].newer = i + 1 < capacity ? i + 1 : kNone;
    }
  }

  Flow* find(std::uint32_t service, const common::SocketAddress& client) {
    const std::uint64_t hash = hash_of(service, client);
    for (std::size_t place = home(hash); index_[place] != kNone; place = next(place)) {
      Flow& flow = flows_[index_[place]];
      if (flow.hash == hash && flow.service == service && flow.client == client) return &flow;
    }
    return nullptr;
  }
  /// Null when that flow is gone.
  Flow* find(SlotId id) {
    Flow& flow = flows_[id.index];
    return flow.used && flow.id == id ? &flow : nullptr;
  }

  Flow& at(std::uint32_t index) { return flows_[index]; }  // Precondition: it is used.
  /// Calls visit(flow) for each; it may erase the one it is given.
  template <class Visit>
  void for_each(Visit visit) {
    for (Flow& flow : flows_) {
      if (flow.used) visit(flow);
    }
  }

  bool full() const { return size_ == flows_.size(); }
  std::size_t size() const { return size_; }
  Flow& oldest() { return flows_[oldest_]; }  // Precondition: there is one.

  /// The newest one from now on. Precondition: not full, and not there yet.
  Flow& insert(std::uint32_t service, const common::SocketAddress& client) {
    assert(!full());
    Flow& flow = flows_[free_];
    free_ = flow.newer;
    flow.service = service;
    flow.client = client;
    flow.hash = hash_of(service, client);
    flow.payload = {};
    flow.used = true;
    std::size_t place = home(flow.hash);
    while (index_[place] != kNone) place = next(place);
    index_[place] = flow.id.index;
    ++size_;
    append(flow);
    return flow;
  }
  void touch(Flow& flow) {  // Makes it the newest one.
    if (newest_ == flow.id.index) return;
    unlink(flow);
    append(flow);
  }
  void erase(Flow& flow) {
    std::size_t place = home(flow.hash);
    while (index_[place] != flow.id.index) place = next(place);
    close_gap(place);
    unlink(flow);
    flow.used = false;
    flow.payload = {};
    ++flow.id.generation;
    flow.newer = free_;
    free_ = flow.id.index;
    --size_;
  }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  static std::uint64_t hash_of(std::uint32_t service, const common::SocketAddress& client) {
    return common::mix(std::hash<common::SocketAddress>{}(client) + service);
  }
  std::size_t home(std::uint64_t hash) const { return hash & (index_.size() - 1); }
  std::size_t next(std::size_t place) const { return (place + 1) & (index_.size() - 1); }

  /// Knuth, volume 3, section 6.4, algorithm R.
  void close_gap(std::size_t gap) {
    const std::size_t mask = index_.size() - 1;
    for (std::size_t place = next(gap); index_[place] != kNone; place = next(place)) {
      const std::size_t wanted = home(flows_[index_[place]].hash);
      if (((place - wanted) & mask) < ((place - gap) & mask)) continue;
      index_[gap] = index_[place];
      gap = place;
    }
    index_[gap] = kNone;
  }

  void append(Flow& flow) {
    flow.older = newest_;
    flow.newer = kNone;
    (newest_ == kNone ? oldest_ : flows_[newest_].newer) = flow.id.index;
    newest_ = flow.id.index;
  }
  void unlink(Flow& flow) {
    (flow.older == kNone ? oldest_ : flows_[flow.older].newer) = flow.newer;
    (flow.newer == kNone ? newest_ : flows_[flow.newer].older) = flow.older;
  }

  std::vector<Flow> flows_;
  std::vector<std::uint32_t> index_;  // Slots of flows, by linear probing from their hash.
  std::uint32_t free_ = 0;
  std::uint32_t oldest_ = kNone;
  std::uint32_t newest_ = kNone;
  std::size_t size_ = 0;
};

}  // namespace vipd
