#include "admin/server.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <future>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "admin/audience.h"
#include "admin/pages.h"
#include "common/file_watch.h"
#include "common/memory.h"
#include "common/tls_context.h"
#include "http/server.h"

namespace admin {
namespace {

/// Tells this run from others that may have counted the same generations.
std::string make_run() {
  std::random_device random;
  return fmt::format("{:08x}", random());
}

/// What is needed to see what is wrong; others may be as large as the cluster.
bool is_small_page(const http::Request& request) {
  constexpr std::array<std::string_view, 3> kSmall{"/metrics", "/healthz", "/readyz"};
  return std::find(kSmall.begin(), kSmall.end(), request.path()) != kSmall.end();
}

http::Response no_memory() {
  http::Response refused =
      error_response({common::ErrorCode::Unavailable,
                      "short of memory (signpost_memory_short of /metrics); try again"});
  refused.headers.emplace_back("Retry-After", "5");
  return refused;
}

/// No call takes more than a few lines.
constexpr http::ServerLimits kLimits{.body = std::size_t{64} << 10U};

class Thread final : public Server {
 public:
  Thread(View view, std::size_t most_followers)
      : view_(std::move(view)),
        audience_(io_, view_.catalog, make_run(), {.most = most_followers}),
        server_(
            io_,
            [this](const http::Request& request,
                   const std::shared_ptr<http::Responder>& responder) {
              handle(request, responder);
            },
            kLimits) {
    view_.metrics.emplace_back([this](common::MetricsPage& page) { audience_.describe(page); });
  }

  /// Who follows is told the end, not cut off.
  ~Thread() override {
    boost::asio::post(io_, [this] {
      audience_.close();
      io_.stop();
    });
    if (thread_.joinable()) thread_.join();
  }

  common::Expected<void> prepare(const config::Admin& options, const Moving& from) {
    token_file_ = options.token_file;
    if (auto read = read_certificates(options); !read) return read;
    const auto port = listen(server_, options.listen, "admin.listen", from, certificates_.get());
    if (!port) return tl::unexpected(port.error());
    port_ = *port;
    if (auto heard = listen_for_mesos_dns(options, from); !heard) return heard;
    return files_.start();
  }

  void run() override {
    thread_ = std::thread([this] { io_.run(); });
  }

  Moving hand_over() override {
    std::promise<Moving> promise;
    boost::asio::post(io_, [&] { promise.set_value(take_listeners()); });
    return promise.get_future().get();
  }

  bool owes() const override {
    return server_.kept() > 0 || std::any_of(mesos_dns_servers_.begin(),
                                             mesos_dns_servers_.end(),
                                             [](const auto& one) { return one->kept() > 0; });
  }

  std::function<void()> waker() override {
    return [this] { audience_.wake(); };
  }

  std::uint16_t port() const override { return port_; }

 private:
  void handle(const http::Request& request, const std::shared_ptr<http::Responder>& responder) {
    if (common::memory_is_short() && !is_small_page(request)) return responder->send(no_memory());
    if (Audience::serves(request)) return audience_.serve(request, responder);
    if (!view_.operations || !is_call(*view_.operations, request)) {
      return responder->send(route(view_, request));
    }
    if (auto refused = refuse_stranger(request, token_file_)) {
      return responder->send(std::move(*refused));
    }
    auto call = read_call(request);
    if (!call) return responder->send(error_response(call.error()));
    view_.operations->run(call->what, [this, responder, call = *call](auto done) {
      boost::asio::post(io_, [this, responder, call, done = std::move(done)] {
        answer_once_served(responder, call, done, kServedLimit);
      });
    });
  }

  /// "Done" means that the next client already meets it.
  void answer_once_served(const std::shared_ptr<http::Responder>& responder,
                          const Call& call,
                          const common::Expected<void>& done,
                          int looks) {
    const auto snapshot = view_.catalog.current();
    const auto& served = view_.operations->served;
    if (!done || looks == 0 || !served || served() >= snapshot->generation) {
      return responder->send(answer(done, call, *snapshot));
    }
    const auto pause =
        std::make_shared<boost::asio::steady_timer>(io_, std::chrono::milliseconds(1));
    pause->async_wait([this, pause, responder, call, done, looks](boost::system::error_code) {
      answer_once_served(responder, call, done, looks - 1);
    });
  }
  static constexpr int kServedLimit = 1000;

  common::Expected<void> read_certificates(const config::Admin& options) {
    if (options.tls_certificate_file.empty()) return {};
    const common::TlsServerOptions tls{.section = "admin",
                                       .certificate_file = options.tls_certificate_file,
                                       .key_file = options.tls_key_file,
                                       .client_ca_file = options.tls_client_ca_file,
                                       .protocol = common::TlsServerOptions::Protocol::Http};
    auto certificates = files_.add<common::TlsContext>(
        "certificate", {tls.certificate_file, tls.key_file, tls.client_ca_file}, [tls] {
          return common::TlsContext::load(tls);
        });
    if (!certificates) return tl::unexpected(certificates.error());
    certificates_ = std::move(*certificates);
    return {};
  }

  /// In the clear: those who know the API there speak no TLS.
  common::Expected<void> listen_for_mesos_dns(const config::Admin& options, const Moving& from) {
    if (!view_.mesos_dns) return {};
    for (const common::SocketAddress& address : options.mesos_dns_listen) {
      mesos_dns_servers_.push_back(std::make_unique<http::Server>(
          io_,
          [this](const http::Request& request, const std::shared_ptr<http::Responder>& responder) {
            responder->send(common::memory_is_short() ? no_memory()
                                                      : mesos_dns_route(*view_.mesos_dns, request));
          },
          kLimits));
      const auto port =
          listen(*mesos_dns_servers_.back(), address, "admin.mesos_dns_listen", from, nullptr);
      if (!port) return tl::unexpected(port.error());
    }
    return {};
  }

  common::Expected<std::uint16_t> listen(http::Server& server,
                                         const common::SocketAddress& address,
                                         const std::string& option,
                                         const Moving& from,
                                         const http::Server::Certificates* tls) {
    const auto known = std::find_if(from.listeners.begin(),
                                    from.listeners.end(),
                                    [&](const auto& one) { return one.configured == address; });
    auto port = known == from.listeners.end() ? server.listen(address, tls)
                                              : server.listen_with(duplicate(known->socket), tls);
    if (!port) {
      return common::fail(port.error().code, port.error().message + "; change " + option);
    }
    listens_at_.push_back(address);
    return port;
  }

  static common::UniqueFd duplicate(const common::UniqueFd& socket) {
    return common::UniqueFd(fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
  }

  Moving take_listeners() {
    auto sockets = server_.hand_over();
    audience_.close();
    for (const auto& server : mesos_dns_servers_) {
      for (common::UniqueFd& socket : server->hand_over()) sockets.push_back(std::move(socket));
    }
    Moving moving;
    for (std::size_t i = 0; i < sockets.size(); ++i) {
      moving.listeners.push_back({listens_at_[i], std::move(sockets[i])});
    }
    return moving;
  }

  boost::asio::io_context io_{1};
  View view_;
  Audience audience_;
  std::string token_file_;
  common::FileWatch::Value<common::TlsContext> certificates_;  // Null: plain HTTP.
  common::FileWatch files_{"admin"};                           // Of which these are made.
  http::Server server_;
  std::vector<std::unique_ptr<http::Server>> mesos_dns_servers_;
  std::vector<common::SocketAddress> listens_at_;  // As configured, in the servers' order.
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace

common::Expected<std::unique_ptr<Server>> Server::start(const config::Admin& options, View view) {
  auto server = prepare(options, std::move(view), {});
  if (server) (*server)->run();
  return server;
}

common::Expected<std::unique_ptr<Server>> Server::prepare(const config::Admin& options,
                                                          View view,
                                                          const Moving& from) {
  auto server =
      std::make_unique<Thread>(std::move(view), static_cast<std::size_t>(options.max_streams));
  if (auto prepared = server->prepare(options, from); !prepared) {
    return tl::unexpected(prepared.error());
  }
  return server;
}

}  // namespace admin
