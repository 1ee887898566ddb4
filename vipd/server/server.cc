#include "vipd/server/server.h"

#include <algorithm>
#include <future>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "common/descriptors.h"
#include "vipd/server/listener.h"
#include "vipd/server/registry.h"
#include "vipd/server/transparent.h"
#include "vipd/server/worker.h"
#include "vipd/table/changes.h"

namespace vipd {
namespace {

using Catalog = common::Published<watcher::Snapshot>;

void describe_backends(const watcher::Vip& vip, common::MetricsPage& page) {
  const BackendCounts counts = count_backends(vip);
  const auto gauge = [&](const char* state, std::size_t count) {
    page.gauge("signpost_vipd_backends",
               "Backends known, by what they may get.",
               static_cast<double>(count),
               {{"vip", vip.id.to_string()}, {"state", state}});
  };
  gauge("passing", counts.passing);
  gauge("failing", counts.failing);
  gauge("draining", counts.draining);
}

class WorkerServer final : public Server {
 public:
  WorkerServer(const config::Vip& options,
               const Catalog& catalog,
               std::span<const common::SocketAddress> others)
      : catalog_(catalog),
        registry_(static_cast<std::size_t>(options.backend_metrics)),
        addresses_(others) {}

  common::Expected<void> create_workers(const config::Vip& options, std::size_t least) {
    const std::size_t chosen = options.workers > 0
                                   ? static_cast<unsigned>(options.workers)
                                   : std::max(std::thread::hardware_concurrency(), 1U);
    const std::size_t wanted = std::max(chosen, least);
    for (std::size_t number = 0; number < wanted; ++number) {
      auto worker = Worker::create(number, options, registry_, addresses_);
      if (!worker) return tl::unexpected(worker.error());
      workers_.push_back(std::move(*worker));
    }
    return {};
  }

  /// Returns once every worker serves the snapshot that is current.
  void run(Catalog& catalog, Moving from) override {
    from.workers.resize(workers_.size());
    const auto inherited = hold(from);
    for (const auto& worker : workers_) catalog.subscribe(worker->waker());
    std::vector<std::future<void>> ready;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      ready.push_back(workers_[i]->start(catalog, std::move(from.workers[i])));
    }
    for (const auto& started : ready) started.wait();
  }

  Moving hand_over() override {
    Moving moving;
    for (const auto& worker : workers_) moving.workers.push_back(worker->hand_over());
    return moving;
  }

  void drain() override {
    for (const auto& worker : workers_) worker->drain();
  }

  std::size_t open_sessions() const override {
    std::size_t open = 0;
    for (const auto& worker : workers_) open = std::max(open, worker->open_sessions());
    return open;
  }

  void describe(common::MetricsPage& page) const override {
    registry_.describe(page);
    describe_workers(page);
    catalog_.current()->vips.for_each([&page](const watcher::VipId&, const watcher::VipPtr& vip) {
      describe_backends(*vip, page);
    });
  }

  std::vector<VipTraffic> traffic() const override { return registry_.traffic(); }

  std::uint64_t generation() const override {
    std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
    for (const auto& worker : workers_) {
      const auto& served = worker->counters().generation;
      least = std::min(least, served.load(std::memory_order_relaxed));
    }
    return least;
  }

  void add_pool(const watcher::VipId& vip,
                const std::string& app,
                BackendTotals& to) const override {
    registry_.add_pool(vip, app, to);
  }
  std::uint64_t open_sessions(const watcher::VipId& vip,
                              const std::string& app,
                              const common::SocketAddress& backend) const override {
    return registry_.open_sessions(vip, app, backend);
  }

 private:
  /// Until every worker has taken up what it is given, one that is given nothing may come first.
  std::vector<SharedAddresses::Share> hold(const Moving& from) {
    std::vector<SharedAddresses::Share> shares;
    for (const MovedWorker& worker : from.workers) {
      for (const MovedListener& listener : worker.listeners) {
        shares.push_back(addresses_.hold(listener.address, listener.protocol));
      }
    }
    return shares;
  }

  void describe_workers(common::MetricsPage& page) const {
    std::uint64_t retries = 0;
    std::uint64_t hedges = 0;
    std::uint64_t hedges_won = 0;
    std::array<std::uint64_t, kEndCauses.size()> ended{};
    for (const auto& worker : workers_) {
      const WorkerCounters& counters = worker->counters();
      retries += counters.retries.value();
      hedges += counters.hedges.value();
      hedges_won += counters.hedges_won.value();
      for (std::size_t i = 0; i < ended.size(); ++i) ended[i] += counters.ended[i].value();
    }
    page.counter("signpost_vipd_retries_total",
                 "Connection attempts beyond the first one of a client.",
                 static_cast<double>(retries));
    page.counter("signpost_vipd_hedges_total",
                 "Second connections begun while a first one was slow to be accepted.",
                 static_cast<double>(hedges));
    page.counter("signpost_vipd_hedges_won_total",
                 "Of these, the ones that were accepted first.",
                 static_cast<double>(hedges_won));
    for (std::size_t i = 0; i < ended.size(); ++i) {
      page.counter("signpost_vipd_sessions_ended_total",
                   "Sessions and UDP flows that ended, or clients turned away, by cause.",
                   static_cast<double>(ended[i]),
                   {{"cause", std::string(kEndCauses[i])}});
    }
    page.gauge("signpost_vipd_generation",
               "The snapshot that every worker serves at least.",
               static_cast<double>(generation()));
  }

  const Catalog& catalog_;
  mutable Registry registry_;  // Its describe() sorts out who has left.
  SharedAddresses addresses_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace

common::Expected<std::unique_ptr<Server>> Server::start(const config::Vip& options,
                                                        Catalog& catalog) {
  auto server = prepare(options, catalog, 1);
  if (server) (*server)->run(catalog, {});
  return server;
}

common::Expected<std::unique_ptr<Server>> Server::prepare(
    const config::Vip& options,
    Catalog& catalog,
    std::size_t least_workers,
    std::span<const common::SocketAddress> others) {
  if (options.transparent) {
    if (auto permitted = check_transparency(); !permitted) return tl::unexpected(permitted.error());
  }
  common::raise_descriptor_limit();  // Every session takes two, and every VIP one per worker.
  auto server = std::make_unique<WorkerServer>(options, catalog, others);
  if (auto created = server->create_workers(options, least_workers); !created) {
    return tl::unexpected(created.error());
  }
  return server;
}

}  // namespace vipd
