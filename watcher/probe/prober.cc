#include "watcher/probe/prober.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "common/log.h"
#include "common/metrics.h"
#include "watcher/probe/checker.h"
#include "watcher/probe/plan.h"

namespace watcher {
namespace {

using boost::system::error_code;
using config::CheckKind;
using std::chrono::steady_clock;

/// By CheckKind, as the configuration calls them.
constexpr std::array<std::string_view, 10> kKindNames{
    "tcp", "none", "tcp", "tls", "http", "https", "grpc", "udp", "dns", "command"};

}  // namespace

/// The sockets and timers around a ProbePlan.
class Prober::Impl : public std::enable_shared_from_this<Prober::Impl> {
 public:
  Impl(boost::asio::io_context& io, const config::Probe& options, BatchSink sink)
      : io_(io),
        enabled_(options.enabled),
        timeout_(options.timeout),
        parallel_commands_(options.parallel_commands),
        sink_(std::move(sink)),
        plan_({.interval = options.interval,
               .closer_look = options.closer_look,
               .limits = {.rise = options.rise, .fall = options.fall},
               .parallel = static_cast<std::size_t>(options.parallel)}),
        timer_(io) {}

  void apply(const Change& change) {
    if (!enabled_) return;
    forget_failures(change);
    plan_.apply(change, steady_clock::now());
    go_on();
  }

  void describe(common::MetricsPage& page) const;
  const common::Published<CheckFailures>& failures() const { return published_failures_; }

 private:
  struct Attempt {
    explicit Attempt(boost::asio::io_context& io) : deadline(io) {}

    boost::asio::steady_timer deadline;
    std::unique_ptr<CheckAttempt> check;
    ProbePlan::Start start;
  };

  /// Starts what is due, arranges for what comes next and for the telling of what is known.
  void go_on() {
    for (const ProbePlan::Start& start : plan_.take_due(steady_clock::now())) begin(start);
    endpoints_.store(plan_.endpoints(), std::memory_order_relaxed);
    wait_for_next();
    tell_soon();
  }

  void begin(const ProbePlan::Start& start) {
    Attempt& attempt = attempts_.try_emplace(start.ticket, io_).first->second;
    attempt.start = start;
    attempt.deadline.expires_after(start.check->timeout.value_or(timeout_));
    attempt.deadline.async_wait([self = weak_from_this(), ticket = start.ticket](error_code error) {
      const auto impl = self.lock();
      if (impl && !error) impl->give_up(ticket);
    });
    attempt.check = checker(start.check->kind)
                        .begin(start.endpoint,
                               *start.check,
                               [self = weak_from_this(), ticket = start.ticket](Finding finding) {
                                 if (const auto impl = self.lock()) impl->finish(ticket, finding);
                               });
  }

  /// Made when the first check of its kind is.
  Checker& checker(CheckKind kind) {
    auto& checker = checkers_[kind];
    if (!checker) checker = make_checker(kind, io_, parallel_commands_);
    return *checker;
  }

  void give_up(std::uint64_t ticket) {
    const auto attempt = attempts_.find(ticket);
    if (attempt == attempts_.end()) return;
    finish(ticket,
           attempt->second.check->has_begun()
               ? Finding::failed("no answer in time")
               : Finding::inconclusive("too many checks of this kind; probe.parallel_commands"));
  }

  void finish(std::uint64_t ticket, const Finding& finding) {
    const auto attempt = attempts_.extract(ticket);
    if (attempt.empty()) return;  // Both happened in one turn.
    const ProbePlan::Start& start = attempt.mapped().start;
    if (finding.outcome != CheckOutcome::Passed) {
      common::log::debug("endpoint={} check={} problem={}",
                         start.endpoint.to_string(),
                         kKindNames[static_cast<std::size_t>(start.check->kind)],
                         finding.why);
    }
    count(finding.outcome);
    if (plan_.finish(ticket, finding.outcome, steady_clock::now())) {
      keep_failure(start.question, finding);
    }
    go_on();
  }

  /// Published when an endpoint begins or ends to fail or fails otherwise, which is seldom.
  void keep_failure(const CheckedEndpoint& of, const Finding& finding) {
    const CheckFailure* known = failures_.find(of);
    if (finding.outcome == CheckOutcome::Passed) {
      if (known == nullptr) return;
      failures_.erase(of);
    } else {
      if (known != nullptr && known->why == finding.why) return;
      const auto since = known == nullptr ? steady_clock::now() : known->since;
      failures_.set(of, {finding.why, since});
    }
    publish_failures();
  }

  /// Of backends that are gone. Whoever else has the endpoint learns of it with the next check.
  void forget_failures(const Change& change) {
    if (failures_.empty()) return;
    for (const auto& [before, after] : change.vips) {
      if (!before) continue;
      for (const Backend& backend : before->backends) {
        if (!has(after, backend)) {
          failures_.erase(CheckedEndpoint{backend.endpoint, before->id.protocol, backend.check});
        }
      }
    }
    publish_failures();
  }

  /// Backends are sorted by their endpoints.
  static bool has(const VipPtr& vip, const Backend& wanted) {
    if (!vip) return false;
    const auto end = vip->backends.end();
    auto found = std::lower_bound(
        vip->backends.begin(), end, wanted, [](const Backend& one, const Backend& other) {
          return one.endpoint < other.endpoint;
        });
    for (; found != end && found->endpoint == wanted.endpoint; ++found) {
      if (found->check == wanted.check) return true;
    }
    return false;
  }

  void publish_failures() {
    published_failures_.publish(std::make_shared<const CheckFailures>(failures_));
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
  int parallel_commands_;
  BatchSink sink_;
  ProbePlan plan_;
  boost::asio::steady_timer timer_;
  std::map<CheckKind, std::unique_ptr<Checker>> checkers_;
  std::unordered_map<std::uint64_t, Attempt> attempts_;  // By ticket; end before their checkers.
  std::optional<steady_clock::time_point> armed_for_;    // When the timer goes off.
  bool telling_ = false;                                 // tell() has been posted.
  CheckFailures failures_;
  common::Published<CheckFailures> published_failures_{std::make_shared<const CheckFailures>()};

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
const common::Published<CheckFailures>& Prober::failures() const { return impl_->failures(); }

}  // namespace watcher
