#include "vipd/server/worker.h"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string>
#include <utility>

#include "common/closing_door.h"
#include "common/memory.h"

namespace vipd {

namespace {

/// Precise to a few milliseconds, and read without a system call.
TimePoint coarse_now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  return TimePoint(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

/// splice() to a connection that was reset raises it, and cannot be told not to.
void block_sigpipe() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void wake(const common::UniqueFd& wakeup) {
  // Fails only when the count is full, and then the worker is about to wake.
  [[maybe_unused]] const int written = eventfd_write(wakeup.get(), 1);
}

}  // namespace

common::Expected<std::unique_ptr<Worker>> Worker::create(std::size_t number,
                                                         const config::Vip& options,
                                                         Registry& registry,
                                                         SharedAddresses& addresses) {
  auto poller = Poller::create();
  if (!poller) return tl::unexpected(poller.error());
  common::UniqueFd wakeup(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  // Edges: each write is reported once, so nobody needs to read it.
  if (!wakeup || !poller->add_edge(wakeup.get(), {Token::Kind::Wake, {}})) {
    return common::fail_errno("cannot create a proxy worker", errno);
  }
  return std::unique_ptr<Worker>(
      new Worker(number, options, registry, addresses, std::move(*poller), std::move(wakeup)));
}

Worker::Worker(std::size_t number,
               const config::Vip& options,
               Registry& registry,
               SharedAddresses& addresses,
               Poller poller,
               common::UniqueFd wakeup)
    : now_(coarse_now()),
      poller_(std::move(poller)),
      wakeup_(std::make_shared<const common::UniqueFd>(std::move(wakeup))),
      access_log_(options.access_log),
      readmission_(poller_, options, now_),
      sessions_(poller_, options, counters_, names_, access_log_, readmission_, now_),
      flows_(poller_, options, counters_, access_log_, now_),
      services_({poller_, sessions_, flows_, registry, addresses, names_, counters_, number, now_},
                options),
      acceptor_(poller_, sessions_, counters_, now_),
      number_(number) {}

Worker::~Worker() { stop(); }

void Worker::stop() {
  stopping_.store(true, std::memory_order_release);
  wake(*wakeup_);
  if (thread_.joinable()) thread_.join();
}

MovedWorker Worker::hand_over() {
  keeps_sessions_ = true;  // Read by the thread behind `stopping_`.
  stop();
  MovedWorker moved;
  moved.sessions = sessions_.hand_over();
  moved.flows = flows_.hand_over();
  moved.listeners = services_.hand_over();
  return moved;
}

void Worker::drain() {
  open_sessions_ = std::numeric_limits<std::size_t>::max();  // Nobody knows yet.
  draining_.store(true, std::memory_order_release);
  wake(*wakeup_);
}

std::future<void> Worker::start(const common::Published<watcher::Snapshot>& catalog,
                                MovedWorker moved) {
  std::promise<void> ready;
  std::future<void> is_ready = ready.get_future();
  thread_ =
      std::thread([this, &catalog, moved = std::move(moved), ready = std::move(ready)]() mutable {
        run(catalog, std::move(moved), std::move(ready));
      });
  return is_ready;
}

std::function<void()> Worker::waker() const {
  return [wakeup = wakeup_] { wake(*wakeup); };
}

void Worker::run(const common::Published<watcher::Snapshot>& catalog,
                 MovedWorker moved,
                 std::promise<void> ready) {
  pthread_setname_np(pthread_self(), ("vipd-" + std::to_string(number_)).c_str());
  block_sigpipe();
  common::Published<watcher::Snapshot>::Reader reader(catalog);
  services_.inherit(std::move(moved.listeners));
  services_.follow(reader.get());
  services_.adopt(std::move(moved.sessions), std::move(moved.flows));
  ready.set_value();
  while (!stopping_.load(std::memory_order_acquire)) {
    const auto events = sessions_.has_unfinished() ? poller_.look() : poller_.wait(next_deadline());
    now_ = coarse_now();
    services_.follow(reader.get());
    acceptor_.begin_turn(common::memory_is_short());
    sessions_.note_memory(common::memory_is_short());
    for (const epoll_event& event : events) dispatch(event);
    sessions_.run_unfinished();
    run_timers();
    if (draining_.load(std::memory_order_acquire)) run_ends();
  }
  if (!keeps_sessions_) sessions_.reset_all();
}

/// Nobody who has connected already is turned away, nor who is about to have.
void Worker::run_ends() {
  if (doors_ == Doors::Open) {
    doors_ = Doors::Closing;
    doors_close_at_ = now_ + common::kHandshakeTime;
    services_.ignore_newcomers();
  } else if (doors_ == Doors::Closing && now_ >= doors_close_at_) {
    doors_ = Doors::Closed;
    services_.close_doors([this](Service& service) { acceptor_.accept_all(service); });
  }
  if (doors_ == Doors::Closed) open_sessions_.store(sessions_.size(), std::memory_order_relaxed);
}

/// What an event is about may have ended earlier in the same turn; then nobody is found.
void Worker::dispatch(const epoll_event& event) {
  const Token token = Token::unpack(event.data.u64);
  switch (token.kind) {
    case Token::Kind::Wake:
      break;  // The snapshot and the stop flag are looked at in each turn.
    case Token::Kind::Listener:
      if (Service* service = services_.find(token.slot)) acceptor_.on_ready(*service);
      break;
    case Token::Kind::Client:
      sessions_.on_client(token.slot, readiness(event.events));
      break;
    case Token::Kind::Datagrams:
      if (Service* service = services_.find(token.slot)) flows_.on_datagrams(*service);
      break;
    case Token::Kind::Reply:
      flows_.on_reply(token.slot);
      break;
    case Token::Kind::Check:
      readmission_.on_event(
          token.slot, readiness(event.events), [this](SlotId id) { return services_.find(id); });
      break;
    case Token::Kind::Timer:
      poller_.note_timer();
      break;
    case Token::Kind::EvenBackend:
      sessions_.on_backend(token.slot, Lane::Even, readiness(event.events));
      break;
    case Token::Kind::OddBackend:
      sessions_.on_backend(token.slot, Lane::Odd, readiness(event.events));
      break;
  }
}

void Worker::run_timers() {
  sessions_.expire();
  flows_.expire();
  services_.run_due();
  readmission_.run_due([this](SlotId id) { return services_.find(id); });
  acceptor_.resume_due([this](SlotId id) { return services_.find(id); });
}

std::optional<TimePoint> Worker::next_deadline() const {
  std::optional<TimePoint> next;
  for (const auto deadline : {sessions_.next_deadline(),
                              flows_.next_deadline(),
                              services_.next_deadline(),
                              readmission_.next_deadline(),
                              acceptor_.next_deadline()}) {
    if (deadline && (!next || *deadline < *next)) next = deadline;
  }
  if (doors_ == Doors::Closing) next = std::min(next.value_or(doors_close_at_), doors_close_at_);
  return next;
}

}  // namespace vipd
