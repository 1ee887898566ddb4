#include "admin/server.h"

#include <boost/asio/io_context.hpp>
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
                  responder->send(route(view_, request));
                }) {}

  ~Thread() override {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  common::Expected<void> start(const config::Admin& options) {
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
