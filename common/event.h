#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>

#include "common/result.h"
#include "common/unique_fd.h"

struct event;
struct event_base;

namespace common {

struct EventFree {
  void operator()(event* handle) const;
};
struct EventBaseFree {
  void operator()(event_base* handle) const;
};
/// One watched descriptor or timer; destroying it stops the watch. Destroy it before its loop, on
/// the loop's thread or while the loop doesn't run.
using EventPtr = std::unique_ptr<event, EventFree>;

/// Starts, or restarts, a watch or timer. With a limit, the callback also runs (EV_TIMEOUT) once
/// that long passed without an event; without one, an earlier limit is lifted. A limit of zero is
/// for timers only: libevent ends the watch of a descriptor with it.
void arm(const EventPtr& handle);
void arm(const EventPtr& handle, std::chrono::milliseconds limit);
void disarm(const EventPtr& handle);

/// One libevent loop, run by one thread. Everything is for that thread, or for whoever owns the
/// loop while no thread runs it, except wake() and stop().
class EventLoop {
 public:
  /// Errors: Unavailable when the kernel gives no more descriptors.
  static Expected<std::unique_ptr<EventLoop>> create();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Calls `(owner.*Method)(what)` on EV_READ, EV_WRITE or EV_TIMEOUT in `what`; with EV_PERSIST
  /// again and again. The descriptor is not owned; -1 makes a timer. Armed by arm(). `owner`
  /// outlives the event, and may destroy it inside the call.
  template <auto Method, class Owner>
  EventPtr watch(int fd, short what, Owner& owner) {
    return make_event(
        fd,
        what,
        [](int, short happened, void* target) { (static_cast<Owner*>(target)->*Method)(happened); },
        &owner);
  }

  /// Runs on the loop's thread after one or more wake() calls. Set before run().
  void on_wake(std::function<void()> woken) { woken_ = std::move(woken); }

  void run();   // Until stop(); returns at once if that came before.
  void wake();  // Any thread; never blocks; several calls may be answered by one on_wake.
  void stop();  // Any thread; the callback under way is the last.

  event_base* base() const { return base_.get(); }

 private:
  EventLoop(event_base* base, UniqueFd wakeup);
  EventPtr make_event(int fd, short what, void (*call)(int, short, void*), void* target) const;
  void on_wakeup(short what);

  std::unique_ptr<event_base, EventBaseFree> base_;
  UniqueFd wakeup_;  // An eventfd: libevent's own calls are not for other threads.
  EventPtr wakeup_event_;
  std::function<void()> woken_;
  std::atomic<bool> stopping_{false};
};

}  // namespace common
