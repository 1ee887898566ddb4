#include "dnsd/server/server.h"

#include <fcntl.h>

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

#include "common/file_watch.h"
#include "common/log.h"
#include "common/tls_context.h"
#include "dnsd/server/counters.h"
#include "dnsd/server/policy.h"
#include "dnsd/server/sockets.h"
#include "dnsd/server/worker.h"
#include "dnsd/transfer/notifier.h"

namespace dnsd {
namespace {

using common::Expected;
using common::SocketAddress;

std::size_t worker_count(const config::Dns& options) {
  if (options.workers > 0) return static_cast<std::size_t>(options.workers);
  return std::max(1U, std::thread::hardware_concurrency());
}

class WorkerPool : public Server {
 public:
  explicit WorkerPool(const common::Published<Zone>& zone) : zone_(zone) {}

  /// Binds everything first: no thread runs yet when an address is refused.
  Expected<void> prepare(const config::Dns& options, const Moving& from) {
    options_ = options;
    const std::size_t workers = std::max(worker_count(options), from.workers());
    policy_ = make_policy(options, workers);
    if (auto read = read_secrets(options); !read) return read;
    sockets_.resize(workers);
    for (const SocketAddress& address : options.listen) {
      auto listening = listen(address, false, from);
      if (!listening) return tl::unexpected(listening.error());
      addresses_.push_back(listening->address);
      common::log::info(
          "dns listening address={} workers={}", listening->address.to_string(), workers);
      for (std::size_t i = 0; i < workers; ++i) {
        sockets_[i].clear.push_back(std::move(listening->workers[i]));
      }
    }
    if (auto tls = listen_for_tls(options, from); !tls) return tls;
    for (std::size_t i = 0; i < workers; ++i) {
      auto loop = common::EventLoop::create();
      if (!loop) return tl::unexpected(loop.error());
      loops_.push_back(std::move(*loop));
    }
    transfers_.emplace(zone_, *keys_, policy_.transfers);
    return files_.start();
  }

  void run(Moving from) override {
    from.idle.resize(std::max(from.idle.size(), sockets_.size()));
    for (std::size_t i = 0; i < from.idle.size(); ++i) {
      auto& idle = sockets_[i % sockets_.size()].idle;
      for (common::UniqueFd& socket : from.idle[i]) idle.push_back(std::move(socket));
    }
    notifier_.emplace(zone_, *keys_, options_.notify);
    start_threads();
  }

  Moving hand_over() override {
    Moving moving;
    notifier_.reset();  // The next one tells.
    for (const auto& worker : workers_) moving.idle.push_back(worker->hand_over());
    for (std::size_t i = 0; i < addresses_.size(); ++i) {
      moving.listening.push_back({options_.listen[i], false, {addresses_[i], {}}});
    }
    for (std::size_t i = 0; i < tls_addresses_.size(); ++i) {
      moving.listening.push_back({options_.tls_listen[i], true, {tls_addresses_[i], {}}});
    }
    for (const auto& worker : workers_) {
      const Worker::Sockets& sockets = worker->sockets();
      auto to = moving.listening.begin();
      for (const SocketPair& pair : sockets.clear) {
        (to++)->listening.workers.push_back({duplicate(pair.udp), duplicate(pair.tcp)});
      }
      for (const common::UniqueFd& socket : sockets.tls) {
        (to++)->listening.workers.push_back({{}, duplicate(socket)});
      }
    }
    return moving;
  }

  std::uint64_t open_connections() const override {
    std::uint64_t open = 0;
    for (const auto& worker : workers_) open += worker->counters().tcp_connections.value();
    return open;
  }

  std::vector<SocketAddress> addresses() const override { return addresses_; }
  std::vector<SocketAddress> tls_addresses() const override { return tls_addresses_; }

  void describe(common::MetricsPage& page) const override {
    std::vector<const Counters*> counters;
    std::vector<const ForwardCounters*> forward_counters;
    std::uint64_t kernel_drops = 0;
    for (const auto& worker : workers_) {
      counters.push_back(&worker->counters());
      forward_counters.push_back(&worker->forward_counters());
      kernel_drops += worker->kernel_drops();
    }
    dnsd::describe(counters, kernel_drops, page);
    transfers_->describe(page);
    const ForwardRoutes& routes = policy_.forward.routes;
    if (!routes.empty()) dnsd::describe(forward_counters, routes.upstreams(), page);
    const auto zone = zone_.current();
    page.gauge("signpost_dnsd_zone_serial", "SOA serial of the zones served.", zone->serial());
    page.gauge("signpost_dnsd_zone_names",
               "Names that exist in the zones served.",
               static_cast<double>(zone->nodes().size()));
  }

 private:
  Expected<void> read_secrets(const config::Dns& options) {
    auto cookies = files_.add<Cookies>(
        "cookie secret", {options.cookies ? options.cookie_secret_file : std::string()}, [options] {
          return read_cookies(options);
        });
    if (!cookies) return tl::unexpected(cookies.error());
    cookies_ = std::move(*cookies);
    auto keys = files_.add<TsigKeys>("transfer keys", {options.transfer_key_file}, [options] {
      return read_transfer_keys(options);
    });
    if (!keys) return tl::unexpected(keys.error());
    keys_ = std::move(*keys);
    return {};
  }

  /// Answers that come late leave by the socket of their query, so it stays here as well.
  static common::UniqueFd duplicate(const common::UniqueFd& socket) {
    return common::UniqueFd(fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
  }

  Expected<Listening> listen(const SocketAddress& address, bool tls, const Moving& from) {
    const auto known =
        std::find_if(from.listening.begin(), from.listening.end(), [&](const auto& moved) {
          return moved.configured == address && moved.tls == tls;
        });
    if (known != from.listening.end()) return listen_with(*known, sockets_.size());
    return tls ? dnsd::listen_for_tls(address, sockets_.size())
               : listen_on(address, sockets_.size());
  }

  Expected<void> listen_for_tls(const config::Dns& options, const Moving& from) {
    if (options.tls_listen.empty()) return {};
    auto certificates = files_.add<common::TlsContext>(
        "certificate", {options.tls_certificate_file, options.tls_key_file}, [options] {
          return common::TlsContext::load({.section = "dns",
                                           .certificate_file = options.tls_certificate_file,
                                           .key_file = options.tls_key_file});
        });
    if (!certificates) return tl::unexpected(certificates.error());
    certificates_ = std::move(*certificates);
    for (const SocketAddress& address : options.tls_listen) {
      auto listening = listen(address, true, from);
      if (!listening) return tl::unexpected(listening.error());
      tls_addresses_.push_back(listening->address);
      common::log::info("dns listening address={} transport=tls", listening->address.to_string());
      for (std::size_t i = 0; i < sockets_.size(); ++i) {
        sockets_[i].tls.push_back(std::move(listening->workers[i].tcp));
      }
    }
    return {};
  }

  void start_threads() {
    const Worker::Shared shared{
        options_, policy_, *transfers_, zone_, *cookies_, certificates_.get()};
    for (std::size_t i = 0; i < loops_.size(); ++i) {
      workers_.push_back(
          std::make_unique<Worker>(std::move(loops_[i]), std::move(sockets_[i]), shared));
    }
  }

  const common::Published<Zone>& zone_;
  config::Dns options_;
  AnswerPolicy policy_;
  std::vector<Worker::Sockets> sockets_;                   // Until run(),
  std::vector<std::unique_ptr<common::EventLoop>> loops_;  // as these.
  common::FileWatch::Value<Cookies> cookies_;
  common::FileWatch::Value<TsigKeys> keys_;
  common::FileWatch::Value<common::TlsContext> certificates_;  // Null without dns.tls_listen.
  common::FileWatch files_{"dns"};                             // Of which these are made.
  std::optional<TransferServer> transfers_;
  std::vector<SocketAddress> addresses_;
  std::vector<SocketAddress> tls_addresses_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::optional<Notifier> notifier_;
};

}  // namespace

Expected<std::unique_ptr<Server>> Server::start(const config::Dns& options,
                                                const common::Published<Zone>& zone) {
  auto server = prepare(options, zone, {});
  if (server) (*server)->run({});
  return server;
}

Expected<std::unique_ptr<Server>> Server::prepare(const config::Dns& options,
                                                  const common::Published<Zone>& zone,
                                                  const Moving& from) {
  auto pool = std::make_unique<WorkerPool>(zone);
  if (auto prepared = pool->prepare(options, from); !prepared) {
    return tl::unexpected(prepared.error());
  }
  return pool;
}

}  // namespace dnsd
