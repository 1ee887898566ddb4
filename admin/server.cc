#include "admin/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "admin/pages.h"
#include "http/server.h"

namespace admin {
namespace {

class Thread final : public Server {
 public:
  explicit Thread(View view)
      : view_(std::move(view)),
        server_(io_,
                [this](const http::Request& request,
                       const std::shared_ptr<http::Responder>& responder) {
                  handle(request, responder);
                }) {}

  ~Thread() override {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  common::Expected<void> start(const config::Admin& options) {
    token_file_ = options.token_file;
    const auto port = server_.listen(options.listen);
    if (!port) {
      return common::fail(port.error().code, port.error().message + "; change admin.listen");
    }
    port_ = *port;
    if (auto more = listen_for_mesos_dns(options); !more) return more;
    thread_ = std::thread([this] { io_.run(); });
    return {};
  }

  std::uint16_t port() const override { return port_; }

 private:
  void handle(const http::Request& request, const std::shared_ptr<http::Responder>& responder) {
    if (!view_.operations || !is_call(request)) return responder->send(route(view_, request));
    if (auto refused = refuse_stranger(request, token_file_)) {
      return responder->send(std::move(*refused));
    }
    auto call = read_call(request);
    if (!call) return responder->send(error_response(call.error()));
    view_.operations->run(std::move(call->what), [this, responder, vip = call->vip](auto done) {
      boost::asio::post(io_, [this, responder, vip, done = std::move(done)] {
        answer_once_served(responder, vip, done, kServedLimit);
      });
    });
  }

  /// "Done" means that the next client already meets it.
  void answer_once_served(const std::shared_ptr<http::Responder>& responder,
                          const watcher::VipId& vip,
                          const common::Expected<void>& done,
                          int looks) {
    const auto snapshot = view_.catalog.current();
    if (!done || looks == 0 || view_.operations->served() >= snapshot->generation) {
      return responder->send(answer(done, vip, *snapshot));
    }
    const auto pause =
        std::make_shared<boost::asio::steady_timer>(io_, std::chrono::milliseconds(1));
    pause->async_wait([this, pause, responder, vip, done, looks](boost::system::error_code) {
      answer_once_served(responder, vip, done, looks - 1);
    });
  }
  static constexpr int kServedLimit = 1000;

  common::Expected<void> listen_for_mesos_dns(const config::Admin& options) {
    if (!view_.mesos_dns) return {};
    for (const common::SocketAddress& address : options.mesos_dns_listen) {
      mesos_dns_servers_.push_back(std::make_unique<http::Server>(
          io_,
          [this](const http::Request& request, const std::shared_ptr<http::Responder>& responder) {
            responder->send(mesos_dns_route(*view_.mesos_dns, request));
          }));
      const auto port = mesos_dns_servers_.back()->listen(address);
      if (port) continue;
      return common::fail(port.error().code,
                          port.error().message + "; change admin.mesos_dns_listen");
    }
    return {};
  }

  boost::asio::io_context io_{1};
  View view_;
  std::string token_file_;
  http::Server server_;
  std::vector<std::unique_ptr<http::Server>> mesos_dns_servers_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace

common::Expected<std::unique_ptr<Server>> Server::start(const config::Admin& options, View view) {
  auto server = std::make_unique<Thread>(std::move(view));
  if (auto started = server->start(options); !started) {
    return tl::unexpected(started.error());
  }
  return server;
}

}  // namespace admin
