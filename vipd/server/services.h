#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "config/settings.h"
#include "vipd/relay/slab.h"
#include "vipd/server/counters.h"
#include "vipd/server/listener.h"
#include "vipd/server/moving.h"
#include "vipd/server/poller.h"
#include "vipd/server/registry.h"
#include "vipd/server/server_names.h"
#include "vipd/server/service.h"
#include "vipd/server/sessions.h"
#include "vipd/table/changes.h"
#include "vipd/udp/flows.h"

namespace vipd {

/// The VIPs of one worker: follows the snapshots, keeps a listener for each, and ends what has
/// drained long enough. Lives on the worker's thread.
class Services {
 public:
  /// What a worker has, and lends.
  struct Context {
    Poller& poller;
    Sessions& sessions;
    Flows& flows;
    Registry& registry;
    SharedAddresses& addresses;
    ServerNames& names;
    WorkerCounters& counters;
    std::size_t worker;  // Its number.
    const TimePoint& now;
  };
  Services(const Context& context, const config::Vip& options);

  /// Listeners of a worker before this one, to be used in place of new ones; before follow().
  void inherit(std::vector<MovedListener> listeners) { inherited_ = std::move(listeners); }
  /// Goes on with the sessions and flows that came with them, and closes the listeners that no VIP
  /// wants; after the first follow().
  void adopt(std::vector<MovedSession> sessions, std::vector<MovedFlow> flows);
  /// Gives the listeners away; nothing else may be done with this then.
  std::vector<MovedListener> hand_over();
  /// Takes nobody new over TCP, in two steps (common/closing_door.h).
  void ignore_newcomers();
  /// `last` is called with each service before its listener is closed.
  template <class Last>
  void close_doors(Last last) {
    services_.for_each([&](Service& service) {
      if (!has_door(service)) return;
      last(service);
      service.listener.reset();
    });
  }

  /// Makes this worker serve the VIPs of a snapshot. Cost follows the difference to the last one.
  void follow(const watcher::Snapshot& next);

  /// Null when that service is gone.
  Service* find(SlotId id) { return services_.find(id); }

  /// Tries again to listen where that failed, ends drains that reached their limit, and forgets
  /// closed services without sessions.
  void run_due();
  std::optional<TimePoint> next_deadline() const;

 private:
  struct Drain {
    SlotId service;
    std::uint32_t target;
  };

  /// Whether it listens over TCP.
  static bool has_door(const Service& service) {
    return service.listener && service.vip->id.protocol != watcher::Protocol::Udp;
  }
  void open_fronts();
  void open(const watcher::VipPtr& vip);
  void close(const watcher::VipId& id);
  Service& find_or_add(const watcher::Vip& vip);
  void update_backends(Service& service, std::span<const watcher::Backend> backends);
  Service& find_or_add_closed(const watcher::VipId& id);
  Target* adopted_target(Service& service, const MovedTarget& moved);
  void listen(Service& service);
  std::optional<Listener> take_inherited(const common::SocketAddress& address,
                                         watcher::Protocol protocol);
  common::Expected<Listener> try_to_listen(const Service& service);
  void retry_later(Service& service);
  void retry_listening();
  void end_drain(const Drain& drain);
  void forget_closed();

  Context context_;
  config::Vip options_;
  std::vector<MovedListener> inherited_;  // Until adopt().
  bool listens_ = true;                   // Over TCP; false once newcomers are ignored.
  VipMap vips_;                           // Of the snapshot followed last.
  std::optional<std::uint64_t> generation_;
  Slab<Service> services_;
  std::unordered_map<watcher::VipId, SlotId> by_id_;
  std::vector<SlotId> closed_;    // Waiting for their last session.
  std::vector<SlotId> to_retry_;  // Could not be listened on; tried again at retry_at_.
  TimePoint retry_at_;
  std::multimap<TimePoint, Drain> drains_;  // By the time they end.
};

}  // namespace vipd
