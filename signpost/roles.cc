#include "signpost/roles.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <numeric>
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

void warn_of_listeners(const config::Admin& options) {
  const bool is_private = options.listen.ip.is_loopback() || !options.tls_certificate_file.empty();
  if (options.token_file.empty() || is_private) return;
  log::warn(
      "admin.listen={} is not on loopback, and the token of admin.token_file comes there in plain "
      "HTTP: set admin.tls_certificate_file, or let only a TLS proxy reach it",
      options.listen.to_string());
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

/// The same for people who ask why.
admin::PoolCounts counts_of(const vipd::Server& server,
                            const watcher::VipId& vip,
                            const std::string& pool) {
  vipd::BackendTotals totals;
  server.add_pool(vip, pool, totals);
  return {.sessions = totals.sessions,
          .open = totals.open,
          .connect_failures = std::accumulate(
              totals.connect_failures.begin(), totals.connect_failures.end(), std::uint64_t{0}),
          .ejections = totals.ejections,
          .early_resets = totals.early_resets};
}

/// Built in the order of the members, ended in the opposite one: nobody is published to after the
/// control thread has stopped, and nobody loses what it reads.
class Started final : public Running {
 public:
  Started(const config::Settings& settings,
          Roles roles,
          VipHome home,
          const handover::Knowledge* before,
          Figures more)
      : settings_(settings),
        roles_(roles),
        more_(std::move(more)),
        home_(std::move(home)),
        control_(settings, vip_rules(settings, home_.pool), zone_options(settings), before) {}
  ~Started() override { control_.stop(); }

  Expected<void> prepare(const handover::Bundle& from) override {
    retire();
    admin::View view{control_.catalog(), control_.sources(), {}, std::nullopt};
    view.explain.emplace(admin::ExplainView{settings_, home_.pool, control_.check_failures()});
    view.metrics.emplace_back([this](common::MetricsPage& page) { control_.describe(page); });
    if (more_) view.metrics.push_back(more_);
    view.operations.emplace(operations());
    if (roles_.dns) {
      if (auto prepared = prepare_dns(from, view); !prepared) return prepared;
    }
    if (roles_.vips) {
      if (auto prepared = prepare_vips(from, view); !prepared) return prepared;
    }
    warn_of_listeners(settings_.admin);
    auto admin = admin::Server::prepare(settings_.admin, std::move(view), from.admin);
    if (!admin) return tl::unexpected(admin.error());
    admin_ = std::move(*admin);
    return {};
  }

  void serve(handover::Bundle from) override {
    if (from.route == home_.pool && home_.route) {
      home_.route = vipd::LocalRoute::taken_over(*from.route);
    } else if (from.route) {
      vipd::LocalRoute::taken_over(*from.route);  // Away with it: the pool is another.
    }
    locked_ = false;
    if (vips_) vips_->run(control_.catalog(), std::move(from.vips));
    if (dns_) dns_->run(std::move(from.dns));
    admin_->run();
    control_.catalog().subscribe(admin_->waker());
    control_.start();
  }

  handover::Knowledge knowledge() const override { return control_.knowledge(); }
  void lock() override { locked_ = true; }
  void unlock() override { locked_ = false; }
  bool owes() const override {
    return (dns_ && dns_->open_connections() > 0) || (admin_ && admin_->owes());
  }

  handover::Bundle hand_over() override {
    handover::Bundle bundle;
    bundle.admin = admin_->hand_over();
    control_.stop();
    control_.catalog().unsubscribe_all();
    if (dns_) bundle.dns = dns_->hand_over();
    if (vips_) bundle.vips = vips_->hand_over();
    if (home_.route) bundle.route = home_.route->release();
    return bundle;
  }

  void drain() override {
    if (vips_) vips_->drain();
  }
  std::size_t busy() const override { return vips_ ? vips_->open_sessions() : 0; }

  void attach(std::unique_ptr<minimarathon::MiniMarathon> marathon) override {
    marathon_ = std::move(marathon);
  }
  std::unique_ptr<minimarathon::MiniMarathon> release_marathon() override {
    return std::move(marathon_);
  }

  bool synced() const override { return control_.synced(); }
  bool owns_vip_pool() const override { return home_.route.has_value(); }

 private:
  Expected<void> prepare_dns(const handover::Bundle& from, admin::View& view) {
    if (!settings_.dns.transfer_to.empty() && settings_.state.path.empty()) {
      log::warn(
          "dns.transfer_to without state.path: serials begin anew at a restart, and secondaries "
          "keep "
          "the old zone; set state.path");
    }
    auto server = dnsd::Server::prepare(settings_.dns, control_.zones(), from.dns);
    if (!server) return tl::unexpected(server.error());
    dns_ = std::move(*server);
    view.mesos_dns.emplace(admin::MesosDnsView{
        control_.zones(), control_.catalog(), zone_options(settings_), settings_});
    view.metrics.emplace_back(
        [dns = dns_.get()](common::MetricsPage& page) { dns->describe(page); });
    return {};
  }

  Expected<void> prepare_vips(const handover::Bundle& from, admin::View& view) {
    std::vector<common::SocketAddress> of_dns = settings_.dns.listen;
    of_dns.insert(of_dns.end(), settings_.dns.tls_listen.begin(), settings_.dns.tls_listen.end());
    auto server =
        vipd::Server::prepare(settings_.vip, control_.catalog(), from.vips.workers.size(), of_dns);
    if (!server) return tl::unexpected(server.error());
    vips_ = std::move(*server);
    view.metrics.emplace_back(
        [vips = vips_.get()](common::MetricsPage& page) { vips->describe(page); });
    view.traffic = [vips = vips_.get()] { return vips->traffic(); };
    control_.listen_to(
        {[vips = vips_.get()](const auto& vip, const auto& pool) {
           return figures_of(*vips, vip, pool);
         },
         [vips = vips_.get()](const auto& vip, const auto& pool, const auto& backend) {
           return vips->open_sessions(vip, pool, backend);
         }});
    view.operations->served = [vips = vips_.get()] { return vips->generation(); };
    view.explain->counts = [vips = vips_.get()](const auto& vip, const auto& pool) {
      return counts_of(*vips, vip, pool);
    };
    view.explain->open = [vips = vips_.get()](
                             const auto& vip, const auto& pool, const auto& backend) {
      return vips->open_sessions(vip, pool, backend);
    };
    return {};
  }

  admin::Operations operations() {
    return {[this](auto what, auto done) {
              if (locked_) {
                return done(common::fail(common::ErrorCode::Unavailable,
                                         "another process takes over just now; try again"));
              }
              control_.run(std::move(what), std::move(done));
            },
            control_.rollouts()};
  }

  /// Who gave away what they served, and has requests and queries under way, stays for these.
  void retire() {
    if (admin_) retired_admins_.push_back(std::move(admin_));
    if (dns_) retired_dns_.push_back(std::move(dns_));
    if (vips_) retired_vips_.push_back(std::move(vips_));
  }

  const config::Settings settings_;
  const Roles roles_;
  const Figures more_;
  std::atomic<bool> locked_{false};
  std::unique_ptr<minimarathon::MiniMarathon> marathon_;
  VipHome home_;
  Control control_;
  std::vector<std::unique_ptr<dnsd::Server>> retired_dns_;
  std::vector<std::unique_ptr<vipd::Server>> retired_vips_;
  std::vector<std::unique_ptr<admin::Server>> retired_admins_;
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

Expected<std::unique_ptr<Running>> make(const config::Settings& wanted,
                                        Roles roles,
                                        const handover::Knowledge* before,
                                        std::unique_ptr<minimarathon::MiniMarathon> marathon,
                                        Figures more) {
  config::Settings settings = wanted;
  if (settings.node.addresses.empty()) settings.node.addresses = common::interface_addresses();
  if (roles.marathon) {
    if (!marathon) {
      auto started = minimarathon::MiniMarathon::start(settings.minimarathon);
      if (!started) return tl::unexpected(started.error());
      marathon = std::move(*started);
    }
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
  auto running =
      std::make_unique<Started>(settings, roles, std::move(home), before, std::move(more));
  running->attach(std::move(marathon));
  return running;
}

Expected<std::unique_ptr<Running>> start(const config::Settings& settings, Roles roles) {
  auto running = make(settings, roles);
  if (!running) return running;
  if (auto ready = (*running)->prepare({}); !ready) return tl::unexpected(ready.error());
  (*running)->serve({});
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
