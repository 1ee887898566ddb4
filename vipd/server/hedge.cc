#include <cerrno>
#include <utility>

#include "vipd/server/failure.h"
#include "vipd/server/sessions.h"

namespace vipd {

/// The backend is silent for longer than is usual: another one gets the chance to be faster.
void Sessions::hedge(Entry& entry) {
  entry.attempts.failed.push_back(entry.target->id);  // Not the same one again.
  Target* rival = entry.service->balancer.pick(entry.attempts, now_);
  entry.attempts.failed.pop_back();
  if (rival != nullptr && may_attempt(entry)) begin_hedge(entry, *rival);
}

/// A rival that cannot even be asked is just no help.
void Sessions::begin_hedge(Entry& entry, Target& target) {
  ++entry.attempted;
  auto socket = TcpSocket::connect(target.endpoint, shown_client(entry));
  if (!socket) {
    if (!out_of_resources(socket.error())) blame(entry, target, socket.error());
    return;
  }
  if (!poller_.add_edge(socket->fd(), {backend_kind(other(entry.lane)), entry.id})) return;
  counters_.hedges.add();
  entry.service->counters->hedges.add();
  target.counters->hedges.add();
  entry.hedge = hedges_.emplace().index;
  Hedge& hedge = hedges_[entry.hedge];
  hedge.socket = std::move(*socket);
  hedge.target = &target;
  hedge.began = Clock::now();
  hedge.position = static_cast<std::uint32_t>(target.sessions.size());
  target.sessions.push_back(entry.id.index * 2 + kHedgeMark);
}

void Sessions::on_hedge(Entry& entry, const Readiness& now) {
  Hedge& hedge = hedges_[entry.hedge];
  if (now.broken) {
    const int error = hedge.socket.take_error();
    if (!hedge.socket.has_bytes()) {
      blame(entry, *hedge.target, error);
      drop_hedge(entry);
      return this->hedge(entry);
    }
  } else if (!now.writable) {
    return;
  }
  // The first one is as good as dead: that it isn't asked again is what makes the next client fast.
  counters_.hedges_won.add();
  entry.service->counters->hedges_won.add();
  hedge.target->counters->hedges_won.add();
  attempt_failed(entry, ETIMEDOUT);
  promote_hedge(entry);
  connected(entry, now);
}

/// The rival takes the place of an attempt that failed.
void Sessions::promote_hedge(Entry& entry) {
  Hedge& hedge = hedges_[entry.hedge];
  entry.session.socket(End::Backend) = std::move(hedge.socket);
  entry.target = hedge.target;
  entry.position = hedge.position;
  entry.target->sessions[entry.position] = entry.id.index * 2;
  entry.began = hedge.began;
  entry.lane = other(entry.lane);
  hedges_.erase(std::exchange(entry.hedge, kNoHedge));
  connecting_.schedule(entry.id.index, entry.began + options_.connect_timeout);
}

void Sessions::drop_hedge(Entry& entry) {
  if (entry.hedge == kNoHedge) return;
  const std::uint32_t index = std::exchange(entry.hedge, kNoHedge);
  Target& target = *hedges_[index].target;
  const std::uint32_t position = hedges_[index].position;
  poller_.remove(hedges_[index].socket.fd());  // As in abandon().
  hedges_.erase(index);
  leave(target, position, *entry.service);
}

}  // namespace vipd
