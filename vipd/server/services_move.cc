#include <algorithm>
#include <map>
#include <utility>

#include "vipd/server/services.h"

namespace vipd {

std::vector<MovedListener> Services::hand_over() {
  std::vector<MovedListener> moved;
  services_.for_each([&](Service& service) {
    if (!service.listener) return;
    const watcher::Vip& vip = *service.vip;
    moved.push_back({{vip.address, vip.id.port}, vip.id.protocol, service.listener.release()});
  });
  return moved;
}

std::optional<Listener> Services::take_inherited(const common::SocketAddress& address,
                                                 watcher::Protocol protocol) {
  const auto found = std::find_if(inherited_.begin(), inherited_.end(), [&](const auto& one) {
    return one.address == address && one.protocol == protocol;
  });
  if (found == inherited_.end()) return std::nullopt;
  Listener listener = context_.addresses.adopt(address, protocol, std::move(found->socket));
  inherited_.erase(found);
  return listener;
}

/// One that has ended, while some of its sessions live.
Service& Services::find_or_add_closed(const watcher::VipId& id) {
  if (const auto known = by_id_.find(id); known != by_id_.end()) {
    return services_[known->second.index];
  }
  watcher::Vip ended;
  ended.id = id;
  ended.address = id.address;
  Service& service = find_or_add(ended);
  service.vip = std::make_shared<const watcher::Vip>(std::move(ended));
  service.closed = true;
  closed_.push_back(service.id);
  return service;
}

Target* Services::adopted_target(Service& service, const MovedTarget& moved) {
  for (const auto& target : service.balancer.targets()) {
    if (target->endpoint == moved.endpoint && *target->app == moved.app) return target.get();
  }
  return nullptr;
}

/// Backends that have left, and are only waiting for their sessions to end, are in no snapshot.
/// They come into the table with the sessions and leave it again: so they drain here, too.
void Services::adopt(std::vector<MovedSession> sessions, std::vector<MovedFlow> flows) {
  std::map<Service*, std::vector<watcher::Backend>> left;
  const auto want = [&](const watcher::VipId& vip, const MovedTarget& target) {
    Service& service = find_or_add_closed(vip);
    if (adopted_target(service, target) != nullptr) return;
    auto& backends = left[&service];
    if (backends.empty()) backends = service.vip->backends;
    watcher::Backend backend{.endpoint = target.endpoint,
                             .task = {"moved", target.endpoint.to_string()},
                             .app = target.app};
    const auto same = [&](const auto& one) {
      return one.endpoint == backend.endpoint && one.app == backend.app;
    };
    if (std::none_of(backends.begin(), backends.end(), same)) {
      backends.push_back(std::move(backend));
    }
  };
  for (const MovedSession& session : sessions) {
    if (session.backend) want(session.vip, session.target);
  }
  for (const MovedFlow& flow : flows) {
    if (by_id_.contains(flow.vip)) want(flow.vip, flow.target);
  }
  for (auto& [service, backends] : left) update_backends(*service, backends);

  for (MovedSession& session : sessions) {
    Service& service = find_or_add_closed(session.vip);
    Target* target = session.backend ? adopted_target(service, session.target) : nullptr;
    context_.sessions.adopt(std::move(session), service, target);
  }
  for (MovedFlow& flow : flows) {
    const auto known = by_id_.find(flow.vip);
    if (known == by_id_.end()) continue;  // It ends with its VIP.
    Service& service = services_[known->second.index];
    Target* target = adopted_target(service, flow.target);
    if (target != nullptr) context_.flows.adopt(std::move(flow), service, *target);
  }
  for (const auto& [service, backends] : left) {
    update_backends(*service,
                    service->closed ? std::span<const watcher::Backend>{} : service->vip->backends);
  }
  inherited_.clear();
}

}  // namespace vipd
