#include "dnsd/server/server.h"

#include <algorithm>
#include <optional>
#include <thread>

#include "common/log.h"
#include "dnsd/server/counters.h"
#include "dnsd/server/file_watch.h"
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
  Expected<void> start(const config::Dns& options) {
    policy_ = make_policy(options, worker_count(options));
    if (auto read = read_secrets(options); !read) return read;
    std::vector<Worker::Sockets> sockets(worker_count(options));
    for (const SocketAddress& address : options.listen) {
      auto listening = listen_on(address, sockets.size());
      if (!listening) return tl::unexpected(listening.error());
      addresses_.push_back(listening->address);
      common::log::info(
          "dns listening address={} workers={}", listening->address.to_string(), sockets.size());
      for (std::size_t i = 0; i < sockets.size(); ++i) {
        sockets[i].clear.push_back(std::move(listening->workers[i]));
      }
    }
    if (auto tls = listen_for_tls(options, sockets); !tls) return tls;
    transfers_.emplace(zone_, *keys_, policy_.transfers);
    notifier_.emplace(zone_, *keys_, options.notify);
    if (auto started = files_.start(); !started) return started;
    return start_threads(options, std::move(sockets));
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

  Expected<void> listen_for_tls(const config::Dns& options, std::vector<Worker::Sockets>& sockets) {
    if (options.tls_listen.empty()) return {};
    auto certificates = files_.add<TlsContext>(
        "certificate", {options.tls_certificate_file, options.tls_key_file}, [options] {
          return TlsContext::load(options.tls_certificate_file, options.tls_key_file);
        });
    if (!certificates) return tl::unexpected(certificates.error());
    certificates_ = std::move(*certificates);
    for (const SocketAddress& address : options.tls_listen) {
      auto listening = dnsd::listen_for_tls(address, sockets.size());
      if (!listening) return tl::unexpected(listening.error());
      tls_addresses_.push_back(listening->address);
      common::log::info("dns listening address={} transport=tls", listening->address.to_string());
      for (std::size_t i = 0; i < sockets.size(); ++i) {
        sockets[i].tls.push_back(std::move(listening->workers[i].tcp));
      }
    }
    return {};
  }

  Expected<void> start_threads(const config::Dns& options, std::vector<Worker::Sockets> sockets) {
    for (auto& of_worker : sockets) {
      auto loop = common::EventLoop::create();
      if (!loop) return tl::unexpected(loop.error());
      workers_.push_back(std::make_unique<Worker>(std::move(*loop),
                                                  std::move(of_worker),
                                                  options,
                                                  policy_,
                                                  *transfers_,
                                                  zone_,
                                                  *cookies_,
                                                  certificates_.get()));
    }
    return {};
  }

  const common::Published<Zone>& zone_;
  AnswerPolicy policy_;
  FileWatch::Value<Cookies> cookies_;
  FileWatch::Value<TsigKeys> keys_;
  FileWatch::Value<TlsContext> certificates_;  // Null without dns.tls_listen.
  FileWatch files_;                            // Of which these are made.
  std::optional<TransferServer> transfers_;
  std::vector<SocketAddress> addresses_;
  std::vector<SocketAddress> tls_addresses_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::optional<Notifier> notifier_;
};

}  // namespace

Expected<std::unique_ptr<Server>> Server::start(const config::Dns& options,
                                                const common::Published<Zone>& zone) {
  auto pool = std::make_unique<WorkerPool>(zone);
  if (auto started = pool->start(options); !started) return tl::unexpected(started.error());
  return pool;
}

}  // namespace dnsd
