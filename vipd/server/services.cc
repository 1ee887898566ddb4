#include "vipd/server/services.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "common/closing_door.h"
#include "vipd/table/options.h"

namespace vipd {

namespace {

constexpr std::chrono::seconds kListenRetry{3};

}  // namespace

Services::Services(const Context& context, const config::Vip& options)
    : context_(context), options_(options) {}

void Services::follow(const watcher::Snapshot& next) {
  if (generation_ == next.generation) return;
  if (!generation_) open_fronts();
  for (const auto& [before, after] : changes(vips_, next.vips)) {
    if (after) {
      open(after);
    } else {
      close(before->id);
    }
  }
  vips_ = next.vips;
  generation_ = next.generation;
  context_.counters.generation.store(next.generation, std::memory_order_relaxed);
}

/// Where TLS clients say by a name which VIP they mean. They have no backends of their own, unless
/// a VIP has the same address; that one takes whose name nobody has.
void Services::open_fronts() {
  for (const common::SocketAddress& address : options_.sni_listen) {
    watcher::Vip front;
    front.id = {.name = {}, .address = address.ip, .port = address.port};
    front.kind = watcher::VipKind::Address;
    front.address = address.ip;
    Service& service = find_or_add(front);
    service.routes_by_name = true;
    service.vip = std::make_shared<const watcher::Vip>(std::move(front));
    if (!service.listener) listen(service);
  }
}

/// A VIP is new or has changed.
void Services::open(const watcher::VipPtr& vip) {
  Service& service = find_or_add(*vip);
  const bool moved = service.vip && service.vip->address != vip->address;
  service.vip = vip;
  service.closed = false;
  service.accepts_proxy = accepts_proxy_header(*vip);
  service.balancer.configure(balancing_of(*vip, options_, context_.worker), context_.now);
  update_backends(service, vip->backends);
  context_.names.set(vip->id, service, server_names_of(*vip, options_));
  if (moved) service.listener.reset();
  if (!service.listener) listen(service);
}

/// No task is left: nobody new gets in, and the sessions drain. A flow ends with its VIP, through
/// whose socket its answers would go.
void Services::close(const watcher::VipId& id) {
  Service& service = services_[by_id_.at(id).index];
  context_.names.clear(id);
  if (service.routes_by_name) return update_backends(service, {});
  service.closed = true;
  service.listener.reset();
  if (id.protocol == watcher::Protocol::Udp) context_.flows.end_all(service);
  if (service.counters->not_listening.value() > 0) service.counters->not_listening.subtract();
  update_backends(service, {});
  closed_.push_back(service.id);
}

Service& Services::find_or_add(const watcher::Vip& vip) {
  const auto known = by_id_.find(vip.id);
  if (known != by_id_.end()) return services_[known->second.index];
  const SlotId id = services_.emplace(balancing_of(vip, options_, context_.worker));
  Service& service = services_[id.index];
  service.id = id;
  service.counters = context_.registry.join(vip);
  by_id_.emplace(vip.id, id);
  return service;
}

void Services::update_backends(Service& service, std::span<const watcher::Backend> backends) {
  const std::vector<Target*> draining = service.balancer.update(backends, context_.now);
  for (const auto& target : service.balancer.targets()) {
    if (target->counters) continue;
    target->counters =
        context_.registry.join_backend(service.vip->id, target->app, target->endpoint);
  }
  for (const Target* target : draining) {
    service.counters->drains.add();
    target->counters->drains.add();
    const auto limit = drain_limit(*target, options_);
    if (limit) drains_.emplace(context_.now + *limit, Drain{service.id, target->id});
  }
}

void Services::listen(Service& service) {
  if (!listens_ && service.vip->id.protocol == watcher::Protocol::Tcp) return;
  common::Counter& not_listening = service.counters->not_listening;
  const bool failed_before = not_listening.value() > 0;
  auto listener = try_to_listen(service);
  if (listener) {
    service.listener = std::move(*listener);
    if (!failed_before) return;
    not_listening.subtract();
    context_.registry.listen_mended(*service.vip);
  } else {
    if (!failed_before) not_listening.add();
    context_.registry.listen_failed(*service.vip, listener.error());
    retry_later(service);
  }
}

common::Expected<Listener> Services::try_to_listen(const Service& service) {
  const watcher::Protocol protocol = service.vip->id.protocol;
  const common::SocketAddress address{service.vip->address, service.vip->id.port};
  auto inherited = take_inherited(address, protocol);
  auto listener = inherited ? std::move(*inherited) : context_.addresses.open(address, protocol);
  const bool udp = protocol == watcher::Protocol::Udp;
  const auto kind = udp ? Token::Kind::Datagrams : Token::Kind::Listener;
  if (listener && !context_.poller.add_level(listener->get(), {kind, service.id})) {
    return common::fail_errno("cannot watch the listener", errno);
  }
  return listener;
}

void Services::ignore_newcomers() {
  listens_ = false;
  services_.for_each([](Service& service) {
    if (has_door(service)) common::ignore_newcomers(service.listener.get());
  });
}

void Services::retry_later(Service& service) {
  if (std::exchange(service.awaits_retry, true)) return;
  if (to_retry_.empty()) retry_at_ = context_.now + kListenRetry;
  to_retry_.push_back(service.id);
}

void Services::run_due() {
  while (!drains_.empty() && drains_.begin()->first <= context_.now) {
    end_drain(drains_.extract(drains_.begin()).mapped());
  }
  if (!to_retry_.empty() && retry_at_ <= context_.now) retry_listening();
  if (!closed_.empty()) forget_closed();
}

std::optional<TimePoint> Services::next_deadline() const {
  std::optional<TimePoint> next;
  if (!drains_.empty()) next = drains_.begin()->first;
  if (!to_retry_.empty()) next = next ? std::min(*next, retry_at_) : retry_at_;
  return next;
}

/// The target may have gone, or come back and begun another drain since.
void Services::end_drain(const Drain& drain) {
  Service* service = services_.find(drain.service);
  Target* target = service ? service->balancer.find(drain.target) : nullptr;
  if (target == nullptr || !target->draining_since) return;
  const auto limit = drain_limit(*target, options_);
  if (!limit || *target->draining_since + *limit > context_.now) return;
  if (service->vip->id.protocol == watcher::Protocol::Udp) {
    context_.flows.leave(*target);
  } else {
    context_.sessions.reset_all(*target);
  }
}

void Services::retry_listening() {
  for (const SlotId id : std::exchange(to_retry_, {})) {
    Service* service = services_.find(id);
    if (service == nullptr) continue;
    service->awaits_retry = false;
    if (!service->closed && !service->listener) listen(*service);
  }
}

void Services::forget_closed() {
  std::erase_if(closed_, [this](SlotId id) {
    Service* service = services_.find(id);
    if (service == nullptr || !service->closed) return true;
    if (service->sessions > 0) return false;
    context_.registry.leave(service->vip->id, service->counters);
    by_id_.erase(service->vip->id);
    services_.erase(id.index);
    return true;
  });
}

}  // namespace vipd
