#include "vipd/server/acceptor.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "common/log.h"

namespace vipd {

namespace {

using common::UniqueFd;

constexpr int kAcceptsPerTurn = 8;
constexpr std::chrono::milliseconds kPause{100};

UniqueFd accept_from(const Service& service, sockaddr_storage& from) {
  socklen_t length = sizeof from;
  return UniqueFd(accept4(service.listener.get(),
                          reinterpret_cast<sockaddr*>(&from),
                          &length,
                          SOCK_NONBLOCK | SOCK_CLOEXEC));
}

UniqueFd spare_descriptor() { return UniqueFd(open("/dev/null", O_RDONLY | O_CLOEXEC)); }

}  // namespace

Acceptor::Acceptor(Poller& poller,
                   Sessions& sessions,
                   WorkerCounters& counters,
                   const TimePoint& now)
    : poller_(poller),
      sessions_(sessions),
      counters_(counters),
      now_(now),
      spare_(spare_descriptor()) {}

/// One for a listener that was quiet in the last turn: another accept4() would nearly always find
/// nothing. The poller reports again what is left.
void Acceptor::on_ready(Service& service) {
  if (!service.listener) return;  // Closed in this very turn.
  const bool busy = service.last_ready + 1 == turn_;
  service.last_ready = turn_;
  for (int i = 0; i < (busy ? kAcceptsPerTurn : 1); ++i) {
    if (!accept_one(service)) return;
  }
}

/// False when there is nothing more to accept, or it must not be tried now.
bool Acceptor::accept_one(Service& service) {
  sockaddr_storage from;
  UniqueFd client = accept_from(service, from);
  if (!client) return accept_failed(service, errno);
  if (short_of_memory_) {
    turn_away(service, std::move(client), EndCause::Memory);
    return true;
  }
  const auto address = common::SocketAddress::from(from);
  if (!sessions_.has_room(service, address)) {
    turn_away(service, std::move(client), EndCause::Limit);
    return true;
  }
  if (sessions_.open(std::move(client), address, service)) return true;
  pause(service);
  return false;
}

/// As accept_one(). Errors of the client's connection (accept(2), "Error handling") concern only
/// that client.
bool Acceptor::accept_failed(Service& service, int error) {
  switch (error) {
    case EAGAIN:
      return false;
    case EMFILE:
    case ENFILE:
      if (sessions_.free_descriptors()) return true;
      [[fallthrough]];
    case ENOBUFS:
    case ENOMEM:
      shed_one(service);
      pause(service);
      return false;
    default:
      return true;
  }
}

/// Tells one client at once, instead of letting it wait for descriptors that may never come. When
/// another thread is faster to take the one given up, the clients wait after all.
void Acceptor::shed_one(Service& service) {
  spare_.reset();
  sockaddr_storage from;
  if (UniqueFd client = accept_from(service, from)) {
    turn_away(service, std::move(client), EndCause::Descriptors);
  }
  spare_ = spare_descriptor();
}

void Acceptor::turn_away(Service& service, UniqueFd client, EndCause cause) {
  counters_.count(cause);
  service.counters->count(cause);
  reset(std::move(client));
}

void Acceptor::pause(Service& service) {
  if (shortage_.is_due(now_)) {
    common::log::warn(
        "vip={} out of file descriptors, or the kernel out of memory: new clients are reset until "
        "some is free; raise "
        "the limit (LimitNOFILE, ulimit -n) or lower vip.connections",
        service.vip->id.to_string());
  }
  poller_.remove(service.listener.get());
  if (paused_.empty()) resume_at_ = now_ + kPause;
  paused_.push_back(service.id);
}

void Acceptor::resume(Service& service) {
  if (!service.listener) return;
  if (!poller_.add_level(service.listener.get(), {Token::Kind::Listener, service.id}) &&
      errno != EEXIST) {  // It was opened anew meanwhile.
    pause(service);
  }
}

std::optional<TimePoint> Acceptor::next_deadline() const {
  if (paused_.empty()) return std::nullopt;
  return resume_at_;
}

}  // namespace vipd
