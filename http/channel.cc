#include "http/channel.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <span>

#include "common/log.h"

namespace http {
namespace {

namespace asio = boost::asio;
using Code = Channel::Code;

common::SocketAddress peer_of(const asio::ip::tcp::socket& socket) {
  Code left;
  const auto endpoint = socket.remote_endpoint(left);
  if (left) return {};
  sockaddr_storage storage{};
  std::memcpy(&storage, endpoint.data(), endpoint.size());
  return common::SocketAddress::from(storage);
}

}  // namespace

Channel::Channel(Tcp::socket socket, const common::TlsContext* tls)
    : socket_(std::move(socket)), peer_(peer_of(socket_)) {
  if (tls != nullptr) tls_ = tls->accept(socket_.native_handle());
}

std::size_t Channel::read_some(asio::mutable_buffer into, Code& code) {
  if (!tls_) return socket_.read_some(into, code);
  to_read_ = Tcp::socket::wait_read;
  const auto got = tls_->receive({static_cast<std::uint8_t*>(into.data()), into.size()});
  if (got == 0) code = asio::error::eof;
  return judge(got, to_read_, code);
}

std::size_t Channel::write_some(asio::const_buffer from, Code& code) {
  if (!tls_) return socket_.write_some(from, code);
  to_write_ = Tcp::socket::wait_write;
  const auto sent = tls_->send({static_cast<const std::uint8_t*>(from.data()), from.size()});
  return judge(sent, to_write_, code);
}

/// TLS says goodbye, so that a client can tell the end from a connection that was cut.
void Channel::end_output(Code& code) {
  if (tls_) judge(tls_->end_output(), to_write_, code);
  if (!code) socket_.shutdown(Tcp::socket::shutdown_send, code);
}

void Channel::close() {
  tls_.reset();
  Code ignored;  // The descriptor is gone whatever close says.
  socket_.close(ignored);
}

void Channel::reset() {
  Code left;
  socket_.set_option(asio::socket_base::linger(true, 0), left);
  close();
}

std::size_t Channel::judge(std::ptrdiff_t done, Wait& awaited, Code& code) {
  if (done >= 0) return static_cast<std::size_t>(done);
  code.assign(errno, boost::system::system_category());
  if (code == asio::error::would_block) {
    const bool reads = tls_->awaits() == common::TlsSession::Way::Read;
    awaited = reads ? Tcp::socket::wait_read : Tcp::socket::wait_write;
  } else if (!tls_->failure().empty()) {  // Else the client just left.
    common::log::debug(
        "http tls broke client={} reason=\"{}\"", peer_.to_string(), tls_->failure());
  }
  return 0;
}

}  // namespace http
