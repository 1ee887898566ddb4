#include "watcher/probe/checker.h"

namespace watcher {

std::unique_ptr<Checker> make_checker(config::CheckKind kind,
                                      boost::asio::io_context& io,
                                      int parallel_commands) {
  using config::CheckKind;
  switch (kind) {
    case CheckKind::Tls:
      return make_tls_checker(io);
    case CheckKind::Http:
    case CheckKind::Https:
      return make_http_checker(io);
    case CheckKind::Grpc:
      return make_grpc_checker(io);
    case CheckKind::Udp:
    case CheckKind::Dns:
      return make_datagram_checker(io);
    case CheckKind::Command:
      return make_command_checker(io, parallel_commands);
    case CheckKind::Unsaid:
    case CheckKind::None:
    case CheckKind::Named:
    case CheckKind::Tcp:
      return make_tcp_checker(io);
  }
  return make_tcp_checker(io);
}

}  // namespace watcher
