#include "vipd/server/poller.h"

#include <sys/timerfd.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <utility>

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
  common::UniqueFd timer(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  if (!epoll || !timer) return common::fail_errno("cannot create an epoll instance", errno);
  Poller poller(std::move(epoll), std::move(timer));
  // Edges: each time it goes off is reported once, so nobody needs to read it.
  if (!poller.add_input_edge(poller.timer_.get(), {Token::Kind::Timer, {}})) {
    return common::fail_errno("cannot watch a timer", errno);
  }
  return poller;
}

Poller::Poller(common::UniqueFd epoll, common::UniqueFd timer)
    : epoll_(std::move(epoll)), timer_(std::move(timer)) {
  timespec resolution{};
  clock_getres(CLOCK_MONOTONIC_COARSE, &resolution);
  coarse_resolution_ = std::chrono::nanoseconds(resolution.tv_nsec);
}

bool Poller::add_level(int fd, Token token) { return add(fd, EPOLLIN, token); }

bool Poller::add_edge(int fd, Token token) {
  return add(fd, EPOLLET | EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI, token);
}

bool Poller::add_input_edge(int fd, Token token) { return add(fd, EPOLLET | EPOLLIN, token); }

void Poller::remove(int fd) { epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

std::span<const epoll_event> Poller::wait(std::optional<TimePoint> deadline) {
  if (deadline) arm(*deadline);
  return collect(-1);
}

/// A timeout given to epoll_wait() costs setting and unsetting a timer of the kernel in each wait.
/// This one is left alone as long as it goes off early enough.
void Poller::arm(TimePoint deadline) {
  const TimePoint wanted = deadline + coarse_resolution_;  // By then the coarse clock shows it.
  if (armed_ && *armed_ <= wanted) return;
  const auto since = std::max(wanted.time_since_epoch(), TimePoint::duration(1));  // 0 disarms.
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  itimerspec when{};
  when.it_value.tv_sec = seconds.count();
  when.it_value.tv_nsec = (since - seconds).count();
  timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
  armed_ = wanted;
}

std::span<const epoll_event> Poller::collect(int timeout_ms) {
  const int count =
      epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), timeout_ms);
  return {events_.data(), static_cast<std::size_t>(std::max(count, 0))};  // EINTR: none.
}

bool Poller::add(int fd, std::uint32_t events, Token token) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = token.pack();
  return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

}  // namespace vipd
