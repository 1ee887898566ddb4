#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <utility>

#include "watcher/probe/kinds/connection.h"

namespace watcher {
namespace {

namespace ssl = boost::asio::ssl;
using probe::Code;

/// Agrees on TLS and leaves. Whether the certificate is one to trust is the client's business, who
/// knows the name and the authorities; old versions and weak keys pass for the same reason.
class TlsConnection final : public probe::Connection {
 public:
  TlsConnection(boost::asio::io_context& io,
                ssl::context& context,
                const config::Check& check,
                Checker::Done done)
      : Connection(io, check, std::move(done)), stream_(socket, context) {
    if (check.host.empty()) return;
    SSL_set_tlsext_host_name(stream_.native_handle(), check.host.c_str());
  }

 private:
  void connected() override {
    stream_.async_handshake(
        ssl::stream_base::client, [self = shared_from_this(), this](const Code& error) {
          if (closed()) return;
          finish(error ? Finding::failed("TLS: " + error.message()) : Finding::passed());
        });
  }

  ssl::stream<probe::Tcp::socket&> stream_;
};

class TlsChecker final : public Checker {
 public:
  explicit TlsChecker(boost::asio::io_context& io) : io_(io) {
    context_.set_verify_mode(ssl::verify_none);
  }
  std::unique_ptr<CheckAttempt> begin(const common::SocketAddress& endpoint,
                                      const config::Check& check,
                                      Done done) override {
    return std::make_unique<probe::ConnectionAttempt>(
        std::make_shared<TlsConnection>(io_, context_, check, std::move(done)), endpoint);
  }

 private:
  boost::asio::io_context& io_;
  ssl::context context_{ssl::context::tls_client};
};

}  // namespace

std::unique_ptr<Checker> make_tls_checker(boost::asio::io_context& io) {
  return std::make_unique<TlsChecker>(io);
}

}  // namespace watcher
