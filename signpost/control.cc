#include "signpost/control.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "common/log.h"
#include "watcher/catalog/joiner.h"
#include "watcher/probe/prober.h"
#include "watcher/sources.h"

namespace signpost {
namespace {

namespace log = common::log;
using std::chrono::steady_clock;

double seconds_since(steady_clock::time_point then) {
  return std::chrono::duration<double>(steady_clock::now() - then).count();
}

std::vector<std::string> names_of(const std::vector<std::unique_ptr<watcher::Source>>& sources) {
  std::vector<std::string> names;
  for (const auto& source : sources) names.push_back(source->status().name);
  return names;
}

/// Marathon's tasks are tasks of Mesos, too.
std::optional<watcher::Joiner> make_joiner(const config::Settings& settings) {
  if (settings.marathon.urls.empty() || settings.mesos.masters.empty()) return std::nullopt;
  return watcher::Joiner({.framework = settings.marathon.framework});
}

}  // namespace

class Control::Impl {
 public:
  Impl(const config::Settings& settings, watcher::VipRules vips, dnsd::ZoneOptions zones)
      : sources_(watcher::make_sources(io_, settings, sink())),
        prober_(io_, settings.probe, sink()),
        joiner_(make_joiner(settings)),
        catalog_({.sources = names_of(sources_),
                  .vips = std::move(vips),
                  .probe_backends = settings.probe.enabled}),
        zone_builder_(std::move(zones)),
        published_catalog_(std::make_shared<const watcher::Snapshot>(catalog_.snapshot())),
        published_zones_(zone_builder_.current()),
        published_statuses_(std::make_shared<const SourceStatuses>(statuses())),
        status_timer_(io_) {}

  void start() {
    for (const auto& source : sources_) source->start();
    publish_statuses_forever();
    thread_ = std::thread([this] { io_.run(); });
  }

  void stop() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  void describe(common::MetricsPage& page) const;

  common::Published<watcher::Snapshot>& catalog() { return published_catalog_; }
  common::Published<dnsd::Zone>& zones() { return published_zones_; }
  const common::Published<SourceStatuses>& sources() const { return published_statuses_; }

 private:
  watcher::BatchSink sink() {
    return [this](watcher::Batch batch) { apply(std::move(batch)); };
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

  boost::asio::io_context io_{1};
  std::vector<std::unique_ptr<watcher::Source>> sources_;
  watcher::Prober prober_;
  std::optional<watcher::Joiner> joiner_;
  watcher::Catalog catalog_;
  dnsd::ZoneBuilder zone_builder_;

  common::Published<watcher::Snapshot> published_catalog_;
  common::Published<dnsd::Zone> published_zones_;
  common::Published<SourceStatuses> published_statuses_;
  common::LatencyHistogram update_latency_;
  boost::asio::steady_timer status_timer_;
  std::thread thread_;
};

void Control::Impl::describe(common::MetricsPage& page) const {
  const auto snapshot = published_catalog_.current();
  page.gauge("signpost_watcher_generation",
             "Number of the newest published snapshot.",
             static_cast<double>(snapshot->generation));
  page.gauge("signpost_watcher_synced",
             "1 once every source has delivered a full state.",
             snapshot->synced ? 1 : 0);
  page.gauge("signpost_watcher_tasks",
             "Tasks in the catalog.",
             static_cast<double>(snapshot->tasks.size()));
  page.histogram("signpost_watcher_update_latency_seconds",
                 "From the first byte that told of a change to its publication.",
                 update_latency_);
  prober_.describe(page);
  for (const auto& status : *published_statuses_.current()) {
    const common::MetricsPage::Labels labels{{"source", status.name}};
    page.gauge("signpost_watcher_source_connected",
               "1 while the event stream is open and alive.",
               status.connected ? 1 : 0,
               labels);
    if (status.last_heard) {
      page.gauge("signpost_watcher_source_silence_seconds",
                 "Since the source was last heard.",
                 seconds_since(*status.last_heard),
                 labels);
    }
    if (status.last_sync) {
      page.gauge("signpost_watcher_state_age_seconds",
                 "Since the last full state of the source.",
                 seconds_since(*status.last_sync),
                 labels);
    }
    page.counter("signpost_watcher_events_total",
                 "Events read from the source.",
                 static_cast<double>(status.events),
                 labels);
    page.counter("signpost_watcher_rejected_total",
                 "Records skipped as malformed or impossible.",
                 static_cast<double>(status.rejected),
                 labels);
    page.counter("signpost_watcher_resyncs_total",
                 "Full states read from the source.",
                 static_cast<double>(status.resyncs),
                 labels);
    page.counter("signpost_watcher_reconnects_total",
                 "Event streams opened anew.",
                 static_cast<double>(status.reconnects),
                 labels);
  }
}

Control::Control(const config::Settings& settings, watcher::VipRules vips, dnsd::ZoneOptions zones)
    : impl_(std::make_unique<Impl>(settings, std::move(vips), std::move(zones))) {}
Control::~Control() { stop(); }

common::Published<watcher::Snapshot>& Control::catalog() { return impl_->catalog(); }
common::Published<dnsd::Zone>& Control::zones() { return impl_->zones(); }
const common::Published<SourceStatuses>& Control::sources() const { return impl_->sources(); }
bool Control::synced() const { return impl_->catalog().current()->synced; }
void Control::start() { impl_->start(); }
void Control::stop() { impl_->stop(); }
void Control::describe(common::MetricsPage& page) const { impl_->describe(page); }

}  // namespace signpost
