#include "signpost/roles.h"

#include <algorithm>
#include <csignal>
#include <optional>
#include <utility>

#include "admin/server.h"
#include "common/interfaces.h"
#include "common/log.h"
#include "dnsd/server/server.h"
#include "minimarathon/minimarathon.h"
#include "signpost/control.h"
#include "vipd/server/local_route.h"
#include "vipd/server/server.h"

namespace signpost {
namespace {

namespace log = common::log;
using common::Expected;

/// Where VIPs live: the configured pool when the kernel lets us have it, else the loopback one.
struct VipHome {
  common::Ipv4Prefix pool;
  std::optional<vipd::LocalRoute> route;
};

/// A pool that holds this host's own address mostly holds those of its neighbours as well: made
/// local, it would cut the host off.
Expected<vipd::LocalRoute> route_pool(const common::Ipv4Prefix& pool) {
  for (const common::IpAddress& own : common::interface_addresses()) {
    if (!pool.contains(own)) continue;
    return common::fail(common::ErrorCode::Conflict,
                        "it holds the address of an interface, " + own.to_string() +
                            "; choose a range that nobody uses");
  }
  return vipd::LocalRoute::add(pool);
}

VipHome find_vip_home(const config::Vip& options) {
  auto route = route_pool(options.pool);
  if (route) return {options.pool, std::move(*route)};
  log::warn("vip_pool={} not available: {}; using vip.fallback_pool={} (only this host reaches it)",
            options.pool.to_string(),
            route.error().message,
            options.fallback_pool.to_string());
  return {options.fallback_pool, std::nullopt};
}

/// Where dnsd is reached: for an unspecified address, at those of the interfaces of its family.
std::vector<common::IpAddress> own_addresses(const config::Dns& options) {
  std::vector<common::IpAddress> addresses;
  for (const auto& listen : options.listen) {
    if (!listen.ip.is_unspecified()) addresses.push_back(listen.ip);
    if (!listen.ip.is_unspecified()) continue;
    for (const common::IpAddress& ip : common::interface_addresses()) {
      if (ip.is_v4() || listen.ip.is_v6()) addresses.push_back(ip);
    }
  }
  if (addresses.empty()) addresses.push_back(common::IpAddress::v4(0x7f000001));
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  return addresses;
}

dnsd::ZoneOptions zone_options(const config::Settings& settings) {
  const config::Dns& options = settings.dns;
  return {.mesos_domain = options.mesos_domain,
          .dcos_domain = options.dcos_domain,
          .schemes = options.schemes,
          .ttl = options.ttl,
          .soa_minimum = options.soa_minimum,
          .naming = {.health = dnsd::HealthPolicy(options.health),
                     .label_rule = options.label_rule,
                     .address_order = options.address_order,
                     .reverse_zones = options.reverse_zones,
                     .own_addresses = own_addresses(options),
                     .host = settings.node,
                     .prefer_local = options.prefer_local},
          .zones = options.zones,
          .records = options.records};
}

watcher::VipRules vip_rules(const config::Settings& settings, const common::Ipv4Prefix& pool) {
  return {.pool = pool,
          .service_address = settings.vip.service_address,
          .groups = settings.vip.groups,
          .follow_definitions = settings.probe.definitions,
          .commands_in_labels = settings.probe.commands_in_labels,
          .app_checks = settings.probe.checks,
          .named_checks = settings.probe.named,
          .node = settings.node,
          .prefer_local = settings.vip.prefer_local,
          .networks = settings.vip.host_network_addresses ? std::vector<common::InterfaceNetwork>{}
                                                          : common::interface_networks()};
}

/// What vipd counted, in the words of a rollout.
rollout::Figures figures_of(const vipd::Server& server,
                            const watcher::VipId& vip,
                            const std::string& pool) {
  vipd::BackendTotals totals;
  server.add_pool(vip, pool, totals);
  rollout::Figures figures{.sessions = totals.sessions,
                           .answer_seconds = totals.first_byte_seconds.sum()};
  for (const std::uint64_t count : totals.first_byte_seconds.counts()) figures.answered += count;
  figures.failures = totals.early_resets;
  figures.attempts = totals.sessions;
  for (std::size_t i = 0; i < totals.connect_failures.size(); ++i) {
    if (i == static_cast<std::size_t>(vipd::ConnectFailure::Local)) continue;
    figures.failures += totals.connect_failures[i];
    figures.attempts += totals.connect_failures[i];
  }
  return figures;
}

/// Built in the order of the members, ended in the opposite one: nobody is published to after the
/// control thread has stopped, and nobody loses what it reads.
class Started final : public Running {
 public:
  Started(const config::Settings& settings, VipHome home)
      : home_(std::move(home)),
        control_(settings, vip_rules(settings, home_.pool), zone_options(settings)) {}
  ~Started() override { control_.stop(); }

  Expected<void> start(const config::Settings& settings, Roles roles) {
    admin::View view{control_.catalog(), control_.sources(), {}, std::nullopt};
    view.metrics.emplace_back([this](common::MetricsPage& page) { control_.describe(page); });
    if (roles.dns) {
      if (!settings.dns.transfer_to.empty() && settings.state.path.empty()) {
        log::warn(
            "dns.transfer_to without state.path: serials begin anew at a restart, and secondaries "
            "keep "
            "the old zone; set state.path");
      }
      auto server = dnsd::Server::start(settings.dns, control_.zones());
      if (!server) return tl::unexpected(server.error());
      dns_ = std::move(*server);
      view.mesos_dns.emplace(admin::MesosDnsView{
          control_.zones(), control_.catalog(), zone_options(settings), settings});
      view.metrics.emplace_back([this](common::MetricsPage& page) { dns_->describe(page); });
    }
    if (roles.vips) {
      auto server = vipd::Server::start(settings.vip, control_.catalog());
      if (!server) return tl::unexpected(server.error());
      vips_ = std::move(*server);
      view.metrics.emplace_back([this](common::MetricsPage& page) { vips_->describe(page); });
      control_.listen_to(
          {[this](const auto& vip, const auto& pool) { return figures_of(*vips_, vip, pool); },
           [this](const auto& vip, const auto& pool, const auto& backend) {
             return vips_->open_sessions(vip, pool, backend);
           }});
      view.operations.emplace(admin::Operations{
          [this](auto what, auto done) { control_.run(std::move(what), std::move(done)); },
          control_.rollouts(),
          [this] { return vips_->generation(); }});
    }
    auto admin = admin::Server::start(settings.admin, std::move(view));
    if (!admin) return tl::unexpected(admin.error());
    admin_ = std::move(*admin);
    control_.start();
    return {};
  }

  void attach(std::unique_ptr<minimarathon::MiniMarathon> marathon) {
    marathon_ = std::move(marathon);
  }

  bool synced() const override { return control_.synced(); }
  bool owns_vip_pool() const override { return home_.route.has_value(); }

 private:
  std::unique_ptr<minimarathon::MiniMarathon> marathon_;
  VipHome home_;
  Control control_;
  std::unique_ptr<dnsd::Server> dns_;
  std::unique_ptr<vipd::Server> vips_;
  std::unique_ptr<admin::Server> admin_;
};

sigset_t ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

Expected<std::unique_ptr<Running>> start(const config::Settings& wanted, Roles roles) {
  config::Settings settings = wanted;
  if (settings.node.addresses.empty()) settings.node.addresses = common::interface_addresses();
  std::unique_ptr<minimarathon::MiniMarathon> marathon;
  if (roles.marathon) {
    auto started = minimarathon::MiniMarathon::start(settings.minimarathon);
    if (!started) return tl::unexpected(started.error());
    marathon = std::move(*started);
    const common::SocketAddress leader{settings.minimarathon.listen.ip, marathon->port()};
    settings.marathon.urls = {"http://" + leader.to_string()};
    for (const common::SocketAddress& standby : settings.minimarathon.standbys) {
      settings.marathon.urls.push_back("http://" + standby.to_string());
    }
  }
  if (settings.marathon.urls.empty() && settings.mesos.masters.empty() &&
      settings.file.path.empty() && settings.vip.fixed.empty()) {
    log::warn("no source: set marathon.urls, mesos.masters, file.path or vip.fixed");
  }
  VipHome home{settings.vip.pool, std::nullopt};
  if (roles.vips) home = find_vip_home(settings.vip);
  auto running = std::make_unique<Started>(settings, std::move(home));
  if (auto started = running->start(settings, roles); !started) {
    return tl::unexpected(started.error());
  }
  running->attach(std::move(marathon));
  return running;
}

void hold_signals() {
  const sigset_t signals = ending_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

void wait_for_signal() {
  const sigset_t signals = ending_signals();
  int caught = 0;
  sigwait(&signals, &caught);
  log::info("signal={} stopping", caught);
}

}  // namespace signpost
