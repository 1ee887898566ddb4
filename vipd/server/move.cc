#include <utility>

#include "vipd/server/moving.h"
#include "vipd/server/sessions.h"

namespace vipd {

namespace {

using std::chrono::milliseconds;

template <class Clock>
milliseconds since(std::chrono::time_point<Clock> then, std::chrono::time_point<Clock> now) {
  return std::chrono::floor<milliseconds>(now - then);
}

}  // namespace

std::vector<MovedSession> Sessions::hand_over() {
  std::vector<MovedSession> moved;
  moved.reserve(slab_.size());
  slab_.for_each([&](Entry& entry) { moved.push_back(pack(entry)); });
  return moved;
}

/// What is under way to a backend is left behind: the client's bytes are still in the kernel, and
/// another connection costs it nothing.
MovedSession Sessions::pack(Entry& entry) {
  MovedSession moved{.vip = entry.service->vip->id,
                     .client = entry.session.socket(End::Client).release(),
                     .backend = {},
                     .target = {},
                     .greeted = entry.phase != Phase::Greeting,
                     .proxied = {},
                     .answered = entry.answered,
                     .carried = {}};
  if (entry.proxied) moved.proxied = *entry.proxied;
  if (entry.phase != Phase::Relaying) return moved;
  moved.backend = entry.session.socket(End::Backend).release();
  moved.target = {entry.target->endpoint, std::string(*entry.target->app)};
  moved.carried = {entry.session.carry_out(End::Client), entry.session.carry_out(End::Backend)};
  moved.age = since(entry.began, Clock::now());
  moved.quiet = since(entry.last_moved, now_);
  return moved;
}

/// Without a backend, or where it cannot be told any more: as if the client had just been greeted.
void Sessions::adopt(MovedSession moved, Service& service, Target* target) {
  TcpSocket client = TcpSocket::accepted(std::move(moved.client));
  const common::SocketAddress from =
      moved.proxied ? moved.proxied->source : client.addresses().source;
  Entry& entry = admit(std::move(client), from, service);
  if (moved.proxied) entry.proxied = std::make_unique<ProxiedAddresses>(*moved.proxied);
  const int fd = entry.session.socket(End::Client).fd();
  if (!poller_.add_edge(fd, {Token::Kind::Client, entry.id})) {
    return finish(entry, EndCause::Descriptors);
  }
  if (moved.backend && target != nullptr) return resume(entry, moved, *target);
  if (!moved.greeted) return await_greeting(entry);
  connect(entry);
}

/// It relays already. The poller reports at once how its new sockets are, and so it goes on.
void Sessions::resume(Entry& entry, MovedSession& moved, Target& target) {
  attach(entry, target);
  const int fd = moved.backend.get();
  entry.session.socket(End::Backend) = TcpSocket::connected(std::move(moved.backend));
  for (const End end : {End::Client, End::Backend}) {
    entry.session.carry_in(end, moved.carried[static_cast<std::size_t>(end)], pool_);
  }
  entry.phase = Phase::Relaying;
  entry.answered = moved.answered;
  entry.half_closed = entry.session.is_half_closed();
  entry.began = Clock::now() - moved.age;
  entry.last_moved = now_ - moved.quiet;
  target.counters->open.add();
  idle_.schedule(entry.id.index, next_look(entry));
  if (!poller_.add_edge(fd, {backend_kind(entry.lane), entry.id})) {
    finish(entry, EndCause::Descriptors);
  }
}

}  // namespace vipd
