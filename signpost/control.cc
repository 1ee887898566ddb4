#include "signpost/control.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "common/log.h"
#include "common/mutex.h"
#include "signpost/recollection.h"
#include "signpost/source_metrics.h"
#include "watcher/catalog/joiner.h"
#include "watcher/probe/prober.h"
#include "watcher/saved/keeper.h"
#include "watcher/sources.h"

namespace signpost {
namespace {

namespace log = common::log;
using std::chrono::steady_clock;

std::vector<std::string> names_of(const std::vector<std::unique_ptr<watcher::Source>>& sources) {
  std::vector<std::string> names;
  names.reserve(sources.size());
  for (const auto& source : sources) names.push_back(source->status().name);
  return names;
}

/// Marathon's tasks are tasks of Mesos, too.
std::optional<watcher::Joiner> make_joiner(const config::Settings& settings) {
  if (settings.marathon.urls.empty() || settings.mesos.masters.empty()) return std::nullopt;
  return watcher::Joiner({.framework = settings.marathon.framework});
}

/// The last write may be older than the last answer: so far ahead no number was given out.
constexpr std::uint64_t kGenerationGap = 1000;

watcher::Catalog::Options catalog_options(const config::Settings& settings,
                                          std::vector<std::string> sources,
                                          watcher::VipRules vips,
                                          const watcher::saved::State& restored) {
  vips.remembered = restored.vip_addresses;
  return {.sources = std::move(sources),
          .vips = std::move(vips),
          .generation = restored.generation == 0 ? 0 : restored.generation + kGenerationGap,
          .probe_backends = settings.probe.enabled};
}

}  // namespace

class Control::Impl {
 public:
  Impl(const config::Settings& settings,
       watcher::VipRules vips,
       const dnsd::ZoneOptions& zones,
       const handover::Knowledge* before)
      : state_options_(settings.state),
        restored_(recall(settings.state, before)),
        sources_(watcher::make_sources(io_, settings, sink())),
        source_names_(names_of(sources_)),
        prober_(io_, settings.probe, sink()),
        joiner_(make_joiner(settings)),
        catalog_(catalog_options(settings, source_names_, std::move(vips), restored_)),
        zone_builder_(zones),
        published_catalog_(std::make_shared<const watcher::Snapshot>(catalog_.snapshot())),
        published_zones_(zone_builder_.current()),
        published_statuses_(std::make_shared<const SourceStatuses>(statuses())),
        may_scale_(settings.rollout.scale),
        conductor_(world()),
        status_timer_(io_),
        rollout_timer_(io_) {
    restore(before);
  }

  void start() {
    if (!std::exchange(started_, true)) {
      watch_rollouts_forever();
      for (const auto& source : sources_) source->start();
      publish_statuses_forever();
    }
    keep_state();
    io_.restart();
    thread_ = std::thread([this] { io_.run(); });
  }

  void stop() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
    take_keeper().reset();
    const common::MutexLock lock(mutex_);
    calls_.clear();  // While those who wait for them are there.
  }

  handover::Knowledge knowledge() const {
    return knowledge_of(*published_catalog_.current(), source_names_);
  }

  void describe(common::MetricsPage& page) const;

  common::Published<watcher::Snapshot>& catalog() { return published_catalog_; }
  common::Published<dnsd::Zone>& zones() { return published_zones_; }
  const common::Published<SourceStatuses>& sources() const { return published_statuses_; }
  const common::Published<rollout::Rollouts>& rollouts() const { return conductor_.published(); }
  const common::Published<watcher::CheckFailures>& check_failures() const {
    return prober_.failures();
  }

  void run(std::function<common::Expected<void>(rollout::Conductor&)> what, Done done) {
    const common::MutexLock lock(mutex_);
    calls_.emplace_back(
        [this, what = std::move(what), done = std::move(done)] { done(what(conductor_)); });
    boost::asio::post(io_, [this] { carry_out_calls(); });
  }
  void listen_to(Proxies proxies) { proxies_ = std::move(proxies); }

 private:
  watcher::BatchSink sink() {
    return [this](watcher::Batch batch) { apply(std::move(batch)); };
  }

  void keep_state() {
    if (state_options_.path.empty()) return;
    auto keeper =
        std::make_unique<watcher::saved::Keeper>(state_options_, source_names_, published_catalog_);
    const common::MutexLock lock(mutex_);
    keeper_ = std::move(keeper);
  }
  std::unique_ptr<watcher::saved::Keeper> take_keeper() {
    const common::MutexLock lock(mutex_);
    return std::move(keeper_);
  }

  /// Before the sources and the control thread: what the last run knew, by source.
  void restore(const handover::Knowledge* before) {
    watcher::Batch batch{recollect(restored_, before, sources_), steady_clock::now()};
    // First what makes nobody ready.
    const auto rollouts = restored_.notes.find(rollout::Conductor::kNote);
    if (rollouts != restored_.notes.end()) {
      conductor_.restore(rollouts->second, steady_clock::now());
    }
    if (!batch.updates.empty()) apply(std::move(batch));
    restored_ = {};
  }

  /// The way of an update, once per batch.
  void apply(watcher::Batch batch) {
    if (joiner_) batch.updates = joiner_->join(std::move(batch.updates));
    const watcher::Change change = catalog_.apply(std::move(batch.updates));
    report(change);
    if (change.generation != published_catalog_.current()->generation) {
      published_zones_.publish(zone_builder_.apply(change));
      report(zone_builder_.take_problems());
      published_catalog_.publish(std::make_shared<const watcher::Snapshot>(catalog_.snapshot()));
      prober_.apply(change);
      update_latency_.observe(seconds_since(batch.heard));
    }
    publish_statuses();
  }

  static void report(const std::vector<watcher::Problem>& problems) {
    for (const auto& problem : problems) log::warn("{}", problem.to_string());
  }

  static void report(const watcher::Change& change) {
    report(change.problems);
    for (const auto& [before, after] : change.vips) {
      if (!before)
        log::info("vip={} address={} added", after->id.to_string(), after->address.to_string());
      if (!after) log::info("vip={} removed", before->id.to_string());
    }
    if (!change.tasks.empty()) {
      log::debug("generation={} tasks={} vips={}",
                 change.generation,
                 change.tasks.size(),
                 change.vips.size());
    }
  }

  SourceStatuses statuses() const {
    SourceStatuses statuses;
    for (const auto& source : sources_) statuses.push_back(source->status());
    return statuses;
  }

  void publish_statuses() {
    published_statuses_.publish(std::make_shared<const SourceStatuses>(statuses()));
  }

  /// A source may lose its orchestrator without telling the catalog anything.
  void publish_statuses_forever() {
    status_timer_.expires_after(std::chrono::seconds(1));
    status_timer_.async_wait([this](boost::system::error_code error) {
      if (error) return;
      publish_statuses();
      publish_statuses_forever();
    });
  }

  rollout::Conductor::World world() {
    rollout::Conductor::World world;
    world.figures = [this](const watcher::VipId& vip, const std::string& pool) {
      return proxies_.figures ? proxies_.figures(vip, pool) : rollout::Figures{};
    };
    world.sessions = [this](const auto& vip, const auto& pool, const auto& backend) {
      return proxies_.sessions ? proxies_.sessions(vip, pool, backend) : 0;
    };
    world.may_scale = [this](const std::string& source) { return may_scale(source); };
    world.order = [this](const std::string& source, const rollout::Order& order, auto done) {
      send(source, order, std::move(done));
    };
    world.snapshot = [this]() -> const watcher::Snapshot& { return catalog_.snapshot(); };
    world.apply = [this](std::vector<watcher::Update> updates) {
      apply({std::move(updates), steady_clock::now()});
    };
    return world;
  }

  watcher::Source* find_source(const std::string& name) {
    const auto found = std::find_if(sources_.begin(), sources_.end(), [&](const auto& source) {
      return source->status().name == name;
    });
    return found == sources_.end() ? nullptr : found->get();
  }

  common::Expected<void> may_scale(const std::string& name) {
    using common::ErrorCode;
    watcher::Source* source = find_source(name);
    if (source == nullptr || source->orders() == nullptr) {
      return common::fail(
          ErrorCode::InvalidInput,
          "the apps are told by the source " + name + "; only apps of a Marathon can be scaled");
    }
    if (may_scale_) return {};
    return common::fail(ErrorCode::NotPermitted,
                        "apps may not be scaled from here: set rollout.scale to true");
  }

  /// What may not be done any more is refused like what Marathon refuses.
  void send(const std::string& name,
            const rollout::Order& order,
            const std::function<void(rollout::Outcome)>& done) {
    if (const auto allowed = may_scale(name); !allowed) {
      return done({rollout::Outcome::Kind::Refused, allowed.error().message});
    }
    find_source(name)->orders()->order(
        rollout::request_of(order),
        [order, done](const auto& answer) { done(rollout::outcome_of(order, answer)); });
  }

  void carry_out_calls() {
    std::vector<std::function<void()>> calls;
    {
      const common::MutexLock lock(mutex_);
      calls.swap(calls_);
    }
    for (const auto& call : calls) call();
  }

  /// Rollouts are judged once a second.
  void watch_rollouts_forever() {
    rollout_timer_.expires_after(std::chrono::seconds(1));
    rollout_timer_.async_wait([this](boost::system::error_code error) {
      if (error) return;
      conductor_.tick(steady_clock::now());
      watch_rollouts_forever();
    });
  }

  boost::asio::io_context io_{1};
  const config::State state_options_;
  watcher::saved::State restored_;  // During construction.
  std::vector<std::unique_ptr<watcher::Source>> sources_;
  const std::vector<std::string> source_names_;
  watcher::Prober prober_;
  std::optional<watcher::Joiner> joiner_;
  watcher::Catalog catalog_;
  dnsd::ZoneBuilder zone_builder_;

  common::Published<watcher::Snapshot> published_catalog_;
  common::Published<dnsd::Zone> published_zones_;
  common::Published<SourceStatuses> published_statuses_;
  common::LatencyHistogram update_latency_;
  Proxies proxies_;
  bool may_scale_;
  rollout::Conductor conductor_;
  boost::asio::steady_timer status_timer_;
  boost::asio::steady_timer rollout_timer_;
  mutable common::Mutex mutex_;
  std::vector<std::function<void()>> calls_ GUARDED_BY(mutex_);
  std::unique_ptr<watcher::saved::Keeper> keeper_ GUARDED_BY(mutex_);
  bool started_ = false;
  std::thread thread_;
};

void Control::Impl::describe(common::MetricsPage& page) const {
  const auto snapshot = published_catalog_.current();
  page.gauge("signpost_watcher_generation",
             "Number of the newest published snapshot.",
             static_cast<double>(snapshot->generation));
  page.gauge(
      "signpost_watcher_synced",
      "1 once every source has delivered a full state, or that of the last run was restored.",
      snapshot->synced ? 1 : 0);
  page.gauge("signpost_watcher_restored",
             "1 while tasks of the last run stand in for a source that has not spoken yet.",
             snapshot->restored ? 1 : 0);
  page.gauge("signpost_watcher_tasks",
             "Tasks in the catalog.",
             static_cast<double>(snapshot->tasks.size()));
  page.histogram("signpost_watcher_update_latency_seconds",
                 "From the first byte that told of a change to its publication.",
                 update_latency_);
  prober_.describe(page);
  {
    const common::MutexLock lock(mutex_);
    if (keeper_) keeper_->describe(page);
  }
  conductor_.describe(page);
  describe_sources(*published_statuses_.current(), page);
}

Control::Control(const config::Settings& settings,
                 watcher::VipRules vips,
                 const dnsd::ZoneOptions& zones,
                 const handover::Knowledge* before)
    : impl_(std::make_unique<Impl>(settings, std::move(vips), zones, before)) {}
Control::~Control() { stop(); }

common::Published<watcher::Snapshot>& Control::catalog() { return impl_->catalog(); }
common::Published<dnsd::Zone>& Control::zones() { return impl_->zones(); }
const common::Published<SourceStatuses>& Control::sources() const { return impl_->sources(); }
const common::Published<watcher::CheckFailures>& Control::check_failures() const {
  return impl_->check_failures();
}
bool Control::synced() const { return impl_->catalog().current()->synced; }
const common::Published<rollout::Rollouts>& Control::rollouts() const { return impl_->rollouts(); }
void Control::run(std::function<common::Expected<void>(rollout::Conductor&)> what, Done done) {
  impl_->run(std::move(what), std::move(done));
}
void Control::listen_to(Proxies proxies) { impl_->listen_to(std::move(proxies)); }
void Control::start() { impl_->start(); }
void Control::stop() { impl_->stop(); }
handover::Knowledge Control::knowledge() const { return impl_->knowledge(); }
void Control::describe(common::MetricsPage& page) const { impl_->describe(page); }

}  // namespace signpost
