#pragma once

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "common/hash.h"
#include "common/ip.h"
#include "vipd/relay/probing.h"
#include "vipd/relay/slab.h"

namespace vipd {

/// The flows of one worker: who sent a datagram to which VIP, found by that, with the one that has
/// been silent longest at hand. Pure. Each operation costs the same however many flows there are;
/// memory is taken for as many as there ever were at once, and for the index at the beginning.
template <class Payload>
class FlowTable {
 public:
  struct Flow {
    Flow(std::uint32_t to, const common::SocketAddress& from) : service(to), client(from) {}

    SlotId id;
    std::uint32_t service;
    common::SocketAddress client;
    Payload payload{};

   private:
    friend class FlowTable;
    std::uint64_t hash = 0;
    std::uint32_t older = kNone;  // Neighbours by the time of the last touch.
    std::uint32_t newer = kNone;
  };

  explicit FlowTable(std::size_t capacity)
      : capacity_(capacity), index_(std::bit_ceil(capacity * 2), kNone) {
    assert(capacity > 0);
  }

  Flow* find(std::uint32_t service, const common::SocketAddress& client) {
    const std::uint64_t hash = hash_of(service, client);
    for (std::size_t place = home(hash); index_[place] != kNone; place = next(place)) {
      Flow& flow = slab_[index_[place]];
      if (flow.hash == hash && flow.service == service && flow.client == client) return &flow;
    }
    return nullptr;
  }
  Flow* find(SlotId id) { return slab_.find(id); }        // Null when that flow is gone.
  Flow& at(std::uint32_t index) { return slab_[index]; }  // Precondition: it is used.
  /// Calls visit(flow) for each; it may erase the one it is given.
  template <class Visit>
  void for_each(Visit visit) {
    slab_.for_each(visit);
  }

  bool full() const { return size() == capacity_; }
  std::size_t size() const { return slab_.size(); }
  Flow& oldest() { return slab_[oldest_]; }  // Precondition: there is one.

  /// The newest one from now on. Precondition: not full, and not there yet.
  Flow& insert(std::uint32_t service, const common::SocketAddress& client) {
    assert(!full());
    const SlotId id = slab_.emplace(service, client);
    Flow& flow = slab_[id.index];
    flow.id = id;
    flow.hash = hash_of(service, client);
    std::size_t place = home(flow.hash);
    while (index_[place] != kNone) place = next(place);
    index_[place] = id.index;
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
    const std::size_t freed = close_gap(
        place,
        index_.size() - 1,
        [this](std::size_t at) { return index_[at] == kNone; },
        [this](std::size_t at) { return home(slab_[index_[at]].hash); },
        [this](std::size_t from, std::size_t to) { index_[to] = index_[from]; });
    index_[freed] = kNone;
    unlink(flow);
    slab_.erase(flow.id.index);
  }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  static std::uint64_t hash_of(std::uint32_t service, const common::SocketAddress& client) {
    return common::mix(std::hash<common::SocketAddress>{}(client) + service);
  }
  std::size_t home(std::uint64_t hash) const { return hash & (index_.size() - 1); }
  std::size_t next(std::size_t place) const { return (place + 1) & (index_.size() - 1); }

  void append(Flow& flow) {
    flow.older = newest_;
    flow.newer = kNone;
    (newest_ == kNone ? oldest_ : slab_[newest_].newer) = flow.id.index;
    newest_ = flow.id.index;
  }
  void unlink(Flow& flow) {
    (flow.older == kNone ? oldest_ : slab_[flow.older].newer) = flow.newer;
    (flow.newer == kNone ? newest_ : slab_[flow.newer].older) = flow.older;
  }

  std::size_t capacity_;
  Slab<Flow> slab_;
  std::vector<std::uint32_t> index_;  // Slots of flows, by linear probing from their hash.
  std::uint32_t oldest_ = kNone;
  std::uint32_t newest_ = kNone;
};

}  // namespace vipd
