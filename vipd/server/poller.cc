#include "vipd/server/poller.h"

#include <algorithm>
#include <cerrno>
#include <limits>

namespace vipd {

Readiness readiness(std::uint32_t events) {
  return {.readable = (events & (EPOLLIN | EPOLLHUP)) != 0,
          .writable = (events & EPOLLOUT) != 0,
          .ended = (events & EPOLLRDHUP) != 0,
          .urgent = (events & EPOLLPRI) != 0,
          .broken = (events & EPOLLERR) != 0};
}

common::Expected<Poller> Poller::create() {
  common::UniqueFd epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return common::fail_errno("cannot create an epoll instance", errno);
  return Poller(std::move(epoll));
}

bool Poller::add_level(int fd, Token token) { return add(fd, EPOLLIN, token); }

bool Poller::add_edge(int fd, Token token) {
  return add(fd, EPOLLET | EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI, token);
}

bool Poller::add_input_edge(int fd, Token token) { return add(fd, EPOLLET | EPOLLIN, token); }

void Poller::remove(int fd) { epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

std::span<const epoll_event> Poller::wait(std::optional<std::chrono::milliseconds> timeout) {
  using Limits = std::numeric_limits<int>;
  const auto limit = timeout ? std::clamp<std::int64_t>(timeout->count(), 0, Limits::max()) : -1;
  const int count = epoll_wait(
      epoll_.get(), events_.data(), static_cast<int>(events_.size()), static_cast<int>(limit));
  return {events_.data(), static_cast<std::size_t>(std::max(count, 0))};  // EINTR: none.
}

bool Poller::add(int fd, std::uint32_t events, Token token) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = token.pack();
  return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

}  // namespace vipd
