#include "watcher/probe/prober.h"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <unordered_map>
#include <utility>

#include "common/metrics.h"
#include "watcher/probe/plan.h"

namespace watcher {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

tcp::endpoint to_asio(const common::SocketAddress& address) {
  sockaddr_storage storage;
  const socklen_t length = address.to_sockaddr(storage);
  tcp::endpoint endpoint;
  endpoint.resize(length);
  std::memcpy(endpoint.data(), &storage, length);
  return endpoint;
}

/// Our own shortage says nothing about the endpoint.
bool is_our_own_fault(const error_code& error) {
  switch (error.value()) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EAGAIN:         // No source port is free.
    case EADDRNOTAVAIL:  // Nor here.
      return error.category() == boost::system::system_category();
    default:
      return false;
  }
}

/// A local endpoint nobody listens on can be handed to us as our own source port: TCP then connects
/// the socket to itself (simultaneous open, RFC 9293 section 3.5).
bool is_connected_to_itself(const tcp::socket& socket) {
  error_code ignored;
  return socket.local_endpoint(ignored) == socket.remote_endpoint(ignored);
}

/// Closes with a reset. A check is the side that closes first, so an ordinary close would leave a
/// TIME_WAIT here for each check, a minute long, and take its source port; and the other side would
/// keep the connection until its application has noticed. HAProxy does the same.
void reset(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(boost::asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

}  // namespace

/// The sockets and timers around a ProbePlan.
class Prober::Impl : public std::enable_shared_from_this<Prober::Impl> {
 public:
  Impl(boost::asio::io_context& io, const config::Probe& options, BatchSink sink)
      : io_(io),
        enabled_(options.enabled),
        timeout_(options.timeout),
        sink_(std::move(sink)),
        plan_(
            {.interval = options.interval, .limits = {.rise = options.rise, .fall = options.fall}}),
        timer_(io) {}

  void apply(const Change& change) {
    if (!enabled_) return;
    plan_.apply(change, steady_clock::now());
    go_on();
  }

  void describe(common::MetricsPage& page) const;

 private:
  struct Attempt {
    explicit Attempt(boost::asio::io_context& io) : socket(io), deadline(io) {}

    tcp::socket socket;
    boost::asio::steady_timer deadline;
  };

  /// Starts what is due, arranges for what comes next and for the telling of what is known.
  void go_on() {
    for (const ProbePlan::Start& start : plan_.take_due(steady_clock::now())) connect(start);
    endpoints_.store(plan_.endpoints(), std::memory_order_relaxed);
    wait_for_next();
    tell_soon();
  }

  void connect(const ProbePlan::Start& start) {
    Attempt& attempt = attempts_.try_emplace(start.ticket, io_).first->second;
    attempt.deadline.expires_after(timeout_);
    attempt.deadline.async_wait([self = weak_from_this(), ticket = start.ticket](error_code error) {
      const auto impl = self.lock();
      if (impl && !error) impl->give_up(ticket);
    });
    attempt.socket.async_connect(
        to_asio(start.endpoint),
        [self = weak_from_this(), ticket = start.ticket](error_code error) {
          if (const auto impl = self.lock()) impl->finish(ticket, error);
        });
  }

  /// Closing ends the attempt: its connect handler follows with an error.
  void give_up(std::uint64_t ticket) {
    const auto attempt = attempts_.find(ticket);
    if (attempt != attempts_.end()) attempt->second.socket.close();
  }

  void finish(std::uint64_t ticket, const error_code& error) {
    auto attempt = attempts_.extract(ticket);
    const auto outcome = judge(attempt.mapped().socket, error);
    reset(attempt.mapped().socket);
    count(outcome);
    plan_.finish(ticket, outcome, steady_clock::now());
    go_on();
  }

  static ProbePlan::Outcome judge(const tcp::socket& socket, const error_code& error) {
    using enum ProbePlan::Outcome;
    if (!error) return is_connected_to_itself(socket) ? Failed : Passed;
    return is_our_own_fault(error) ? Inconclusive : Failed;
  }

  void count(ProbePlan::Outcome outcome) {
    switch (outcome) {
      case ProbePlan::Outcome::Passed:
        return passed_.add();
      case ProbePlan::Outcome::Failed:
        return failed_.add();
      case ProbePlan::Outcome::Inconclusive:
        return inconclusive_.add();
    }
  }

  void wait_for_next() {
    const auto due = plan_.next_due();
    if (due == armed_for_) return;
    armed_for_ = due;
    timer_.cancel();
    if (!due) return;
    timer_.expires_at(*due);
    timer_.async_wait([self = weak_from_this()](error_code error) {
      const auto impl = self.lock();
      if (!impl || error) return;
      impl->armed_for_.reset();
      impl->go_on();
    });
  }

  /// Tells later what is known by then, so that results of one turn travel together and the catalog
  /// is never entered from within its own change.
  void tell_soon() {
    if (!plan_.has_reports() || std::exchange(telling_, true)) return;
    boost::asio::post(io_, [self = weak_from_this()] {
      if (const auto impl = self.lock()) impl->tell();
    });
  }

  void tell() {
    telling_ = false;
    sink_({.updates = plan_.take_reports(), .heard = steady_clock::now()});
  }

  boost::asio::io_context& io_;
  bool enabled_;
  std::chrono::milliseconds timeout_;
  BatchSink sink_;
  ProbePlan plan_;
  boost::asio::steady_timer timer_;
  std::unordered_map<std::uint64_t, Attempt> attempts_;  // By ticket.
  std::optional<steady_clock::time_point> armed_for_;    // When the timer goes off.
  bool telling_ = false;                                 // tell() has been posted.

  std::atomic<std::size_t> endpoints_{0};
  common::Counter passed_;
  common::Counter failed_;
  common::Counter inconclusive_;
};

void Prober::Impl::describe(common::MetricsPage& page) const {
  constexpr std::string_view kName = "signpost_watcher_probes_total";
  constexpr std::string_view kHelp =
      "Checks of endpoints by result; inconclusive: our own shortage.";
  const auto count = [](const common::Counter& counter) {
    return static_cast<double>(counter.value());
  };
  page.counter(kName, kHelp, count(passed_), {{"result", "passed"}});
  page.counter(kName, kHelp, count(failed_), {{"result", "failed"}});
  page.counter(kName, kHelp, count(inconclusive_), {{"result", "inconclusive"}});
  page.gauge("signpost_watcher_probed_endpoints",
             "Endpoints behind VIPs that are checked.",
             static_cast<double>(endpoints_.load(std::memory_order_relaxed)));
}

Prober::Prober(boost::asio::io_context& io, const config::Probe& options, BatchSink sink)
    : impl_(std::make_shared<Impl>(io, options, std::move(sink))) {}
Prober::~Prober() = default;
void Prober::apply(const Change& change) { impl_->apply(change); }
void Prober::describe(common::MetricsPage& page) const { impl_->describe(page); }

}  // namespace watcher
