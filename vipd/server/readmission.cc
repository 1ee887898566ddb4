#include "vipd/server/readmission.h"

#include <algorithm>
#include <span>
#include <utility>

#include "vipd/server/failure.h"
#include "watcher/vips/proxy_greeting.h"

namespace vipd {

namespace {

/// When no descriptor or port is left for a check, it waits for so long.
constexpr std::chrono::seconds kShortage{1};

/// A port of this host that nobody listens on may be given to us as our own: then TCP connects the
/// socket to itself.
bool is_connected_to_itself(const TcpSocket& socket) {
  const ProxiedAddresses ends = socket.addresses();
  return ends.source == ends.destination;
}

}  // namespace

void Readmission::watch(const Service& service, const Target& target) {
  const TimePoint due = target.ejection.until();
  due_.emplace(due, Whom{service.id, target.id, due});
}

std::optional<TimePoint> Readmission::next_deadline() const {
  std::optional<TimePoint> next;
  if (!due_.empty() && checks_.size() < kParallel) next = due_.begin()->first;
  if (expiring_.empty()) return next;
  return std::min(next.value_or(TimePoint::max()), expiring_.begin()->first);
}

Target* Readmission::still_ejected(const Whom& whom, Service* service) {
  Target* target = service ? service->balancer.find(whom.target) : nullptr;
  if (target == nullptr || !target->ejection.active()) return nullptr;
  return target->ejection.until() == whom.due ? target : nullptr;
}

void Readmission::begin(const Whom& whom, Service& service) {
  const Target* target = still_ejected(whom, &service);
  if (target == nullptr) return;
  auto socket = TcpSocket::connect(target->endpoint, std::nullopt);
  if (!socket) {
    const bool ours = failure_of(socket.error()) == ConnectFailure::Local;
    return settle(whom, ours ? Result::Unknown : Result::Failed, &service);
  }
  const SlotId id = checks_.emplace();
  Check& check = checks_[id.index];
  check = {id, whom, std::move(*socket)};
  if (!poller_.add_edge(check.socket.fd(), {Token::Kind::Check, id})) {
    return finish(check, Result::Unknown, &service);
  }
  expiring_.emplace(now_ + timeout_, id);
}

void Readmission::looked(const Check& check, const Readiness& now, Service* service) {
  if (now.broken) return finish(check, Result::Failed, service);
  if (!now.writable) return;
  const bool itself = is_connected_to_itself(check.socket);
  finish(check, itself ? Result::Failed : Result::Passed, service);
}

/// A backend that expects a PROXY header gets one, and no reset behind it that it would report.
void Readmission::finish(const Check& check, Result result, Service* service) {
  const Whom whom = check.whom;
  TcpSocket socket = std::move(checks_[check.id.index].socket);
  checks_.erase(check.id.index);
  const Target* target = still_ejected(whom, service);
  const auto greeting = target ? target->options.send_proxy : std::nullopt;
  if (result == Result::Passed && greeting) {
    socket.write(std::as_bytes(std::span(watcher::proxy_greeting(*greeting))));
  } else {
    socket.reset_on_close();
  }
  settle(whom, result, service);
}

void Readmission::settle(const Whom& whom, Result result, Service* service) {
  Target* target = still_ejected(whom, service);
  if (target == nullptr) return;
  if (result == Result::Unknown) {
    due_.emplace(now_ + kShortage, whom);
    return;
  }
  service->balancer.checked(*target, result == Result::Passed, now_);
  if (target->ejection.active()) watch(*service, *target);
}

}  // namespace vipd
