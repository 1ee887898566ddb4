#include "common/event.h"

#include <event2/event.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <new>

namespace common {

void EventFree::operator()(event* handle) const { event_free(handle); }
void EventBaseFree::operator()(event_base* handle) const { event_base_free(handle); }

void arm(const EventPtr& handle) {
  // libevent keeps the timeout of an earlier event_add(); only removing it lifts it.
  event_remove_timer(handle.get());
  event_add(handle.get(), nullptr);
}

void arm(const EventPtr& handle, std::chrono::milliseconds limit) {
  const timeval wait{.tv_sec = limit.count() / 1000, .tv_usec = limit.count() % 1000 * 1000};
  event_add(handle.get(), &wait);
}

void disarm(const EventPtr& handle) { event_del(handle.get()); }

Expected<std::unique_ptr<EventLoop>> EventLoop::create() {
  UniqueFd wakeup(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wakeup) return fail_errno("cannot create an event loop", errno);
  event_base* base = event_base_new();
  if (base == nullptr) return fail_errno("cannot create an event loop", errno);
  return std::unique_ptr<EventLoop>(new EventLoop(base, std::move(wakeup)));
}

EventLoop::EventLoop(event_base* base, UniqueFd wakeup)
    : base_(base),
      wakeup_(std::move(wakeup)),
      wakeup_event_(watch<&EventLoop::on_wakeup>(wakeup_.get(), EV_READ | EV_PERSIST, *this)) {
  arm(wakeup_event_);
}

void EventLoop::run() {
  while (!stopping_.load(std::memory_order_acquire)) event_base_loop(base_.get(), 0);
}

void EventLoop::wake() {
  // Fails only when the count is full, and then the wakeup is already due.
  [[maybe_unused]] const int written = eventfd_write(wakeup_.get(), 1);
}

void EventLoop::stop() {
  stopping_.store(true, std::memory_order_release);
  wake();
}

EventPtr EventLoop::make_event(int fd,
                               short what,
                               void (*call)(int, short, void*),
                               void* target) const {
  EventPtr made(event_new(base_.get(), fd, what, call, target));
  if (!made) throw std::bad_alloc();
  return made;
}

void EventLoop::on_wakeup(short /*what*/) {
  eventfd_t count = 0;
  eventfd_read(wakeup_.get(), &count);
  if (stopping_.load(std::memory_order_acquire)) {
    event_base_loopbreak(base_.get());
  } else if (woken_) {
    woken_();
  }
}

}  // namespace common
