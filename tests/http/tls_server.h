#pragma once

#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <utility>

#include "tests/http/certificates.h"
#include "tests/http/loop.h"

namespace http {

namespace ssl = boost::asio::ssl;

/// Speaks TLS and says to each request what a test wants it to.
class TlsServer {
 public:
  struct Options {
    /// null: a certificate that nobody vouches for
    const KeyPair* identity = nullptr;
    const KeyPair* clients_by =
        nullptr;  // Refuses clients without a certificate of this authority.
  };
  /// Gives the bytes to answer to a request's head; the connection stays open after them.
  using Say = std::function<std::string(const std::string& head)>;

  TlsServer(boost::asio::io_context& io, Options options, Say say)
      : say_(std::move(say)), acceptor_(io, loopback(0)) {
    const KeyPair own = options.identity ? KeyPair() : certify(nullptr, "DNS:nobody");
    const KeyPair& identity = options.identity ? *options.identity : own;
    SSL_CTX_use_certificate(context_.native_handle(), identity.certificate.get());
    SSL_CTX_use_PrivateKey(context_.native_handle(), identity.key.get());
    if (options.clients_by) {
      context_.add_certificate_authority(
          boost::asio::buffer(to_pem(options.clients_by->certificate.get())));
      context_.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
    }
    accept();
  }
  explicit TlsServer(boost::asio::io_context& io) : TlsServer(io, Options()) {}
  TlsServer(boost::asio::io_context& io, Options options)
      : TlsServer(io, options, [](const std::string&) {
          return "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret";
        }) {}
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::string url() const { return "https://127.0.0.1:" + std::to_string(port()); }

 private:
  struct Peer {
    Peer(Tcp::socket socket, ssl::context& context) : stream(std::move(socket), context) {}
    ssl::stream<Tcp::socket> stream;
    std::string in;
    std::string out;
  };

  void accept() {
    acceptor_.async_accept([this](auto code, Tcp::socket socket) {
      if (code) return;
      peers_.push_back(std::make_shared<Peer>(std::move(socket), context_));
      peers_.back()->stream.async_handshake(ssl::stream_base::server,
                                            [this, peer = peers_.back()](auto failed) {
                                              if (!failed) take_request(peer);
                                            });
      accept();
    });
  }
  void take_request(const std::shared_ptr<Peer>& peer) {
    boost::asio::async_read_until(peer->stream,
                                  boost::asio::dynamic_buffer(peer->in),
                                  "\r\n\r\n",
                                  [this, peer](auto code, std::size_t) {
                                    if (code) return;
                                    peer->out = say_(peer->in);
                                    boost::asio::async_write(peer->stream,
                                                             boost::asio::buffer(peer->out),
                                                             [peer](auto, auto) {});
                                  });
  }

  ssl::context context_{ssl::context::tls_server};
  Say say_;
  Tcp::acceptor acceptor_;
  std::list<std::shared_ptr<Peer>> peers_;
};

}  // namespace http
