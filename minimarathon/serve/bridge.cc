#include "minimarathon/serve/bridge.h"

#include <fmt/core.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "common/unique_fd.h"
#include "minimarathon/serve/network_namespace.h"
#include "minimarathon/serve/servers.h"
#include "minimarathon/serve/sockets.h"
#include "minimarathon/serve/tcp_relay.h"
#include "minimarathon/serve/udp_relay.h"

namespace minimarathon::serve {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using common::ErrorCode;
using common::Expected;
using common::UniqueFd;
using namespace std::chrono_literals;

// How long the relay finishes what is open once the command has ended.
constexpr auto kLastWords = 1s;

Expected<std::vector<UniqueFd>> bind_all(const std::vector<PortMapping>& mappings) {
  std::vector<UniqueFd> sockets;
  for (const PortMapping& mapping : mappings) {
    auto socket = bind_socket(mapping.outside);
    if (!socket) return tl::unexpected(socket.error());
    sockets.push_back(std::move(*socket));
  }
  return sockets;
}

/// The process that carries bytes between the networks: made inside, with sockets from outside.
/// Lives as long as the command, and a moment longer.
class RelayProcess {
 public:
  RelayProcess(const std::vector<PortMapping>& mappings,
               std::vector<UniqueFd> sockets,
               UniqueFd command)
      : command_(io_, command.release()), limit_(io_), look_(io_) {
    for (std::size_t i = 0; i < mappings.size(); ++i) add(mappings[i], std::move(sockets[i]));
  }

  void run() {
    command_.async_wait(asio::posix::descriptor_base::wait_read,
                        [this](error_code) { wind_down(); });
    io_.run();
  }

 private:
  void add(const PortMapping& mapping, UniqueFd socket) {
    if (mapping.outside.transport == Transport::Tcp) {
      tcp_.push_back(std::make_shared<TcpRelay>(io_, std::move(socket), mapping.inside));
      tcp_.back()->start();
    } else {
      udp_.push_back(std::make_shared<UdpRelay>(io_, std::move(socket), mapping.inside));
      udp_.back()->start();
    }
  }

  /// What the command said last may still be on its way.
  void wind_down() {
    for (const auto& relay : tcp_) relay->close();
    for (const auto& relay : udp_) relay->close();
    limit_.expires_after(kLastWords);
    limit_.async_wait([this](error_code) { io_.stop(); });
    end_when_idle();
  }

  void end_when_idle() {
    const bool idle = std::all_of(
        tcp_.begin(), tcp_.end(), [](const auto& relay) { return relay->connections() == 0; });
    if (idle) return io_.stop();
    look_.expires_after(10ms);
    look_.async_wait([this](error_code) { end_when_idle(); });
  }

  asio::io_context io_{1};
  asio::posix::stream_descriptor command_;  // Readable when the command has ended.
  asio::steady_timer limit_;
  asio::steady_timer look_;
  std::vector<std::shared_ptr<TcpRelay>> tcp_;
  std::vector<std::shared_ptr<UdpRelay>> udp_;
};

void allow_many_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Starts the relay as nobody's child, so that the command we are to become finds none it does not
/// know, and in a session of its own, so that signals to the command's group pass it by.
Expected<void> start_relay(const std::vector<PortMapping>& mappings,
                           std::vector<UniqueFd> sockets) {
  UniqueFd command(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0U)));
  if (!command) return common::fail_errno("cannot watch the command", errno);
  const pid_t between = ::fork();
  if (between < 0) return common::fail_errno("cannot make a process", errno);
  if (between > 0) {
    int status = 0;
    ::waitpid(between, &status, 0);
    if (status == 0) return {};
    return common::fail_errno("cannot make a process", WEXITSTATUS(status));
  }
  const pid_t relay = ::fork();
  if (relay != 0) ::_exit(relay < 0 ? errno : 0);
  ::setsid();
  allow_many_descriptors();
  RelayProcess(mappings, std::move(sockets), std::move(command)).run();
  ::_exit(0);
}

std::string listens_inside(const std::vector<PortMapping>& mappings) {
  std::string list;
  for (const PortMapping& mapping : mappings) {
    const Listen inside{{{}, mapping.inside}, mapping.outside.transport};
    list += (list.empty() ? "" : ",") + inside.to_string();
  }
  return list;
}

/// Returns only when it fails.
common::Error execute(std::vector<std::string> command) {
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (std::string& argument : command) argv.push_back(argument.data());
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  return common::fail_errno("cannot execute '" + command[0] + "'", errno).value();
}

int give_up(const common::Error& error) {
  fmt::print(stderr, "signpost serve bridge: {}\n", error.message);
  return EXIT_FAILURE;
}

}  // namespace

Expected<PortMapping> PortMapping::parse(std::string_view text) {
  const auto wrong = [whole = std::string(text)](const std::string& why) {
    return common::fail(
        ErrorCode::InvalidInput,
        fmt::format("'{}' is not a mapping such as 127.0.0.1:31000:80/tcp: {}", whole, why));
  };
  const auto transport = take_transport(text);
  if (!transport) return wrong(transport.error().message);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong("it has no container port");
  const auto inside = parse_port(text.substr(colon + 1));
  if (!inside) return wrong(inside.error().message);
  const auto outside = common::SocketAddress::parse(text.substr(0, colon));
  if (!outside) return wrong(outside.error().message);
  if (outside->port == 0) return wrong("the host port must be a fixed one");
  return PortMapping{{*outside, *transport}, *inside};
}

Expected<BridgeArguments> BridgeArguments::parse(const std::vector<std::string>& args) {
  const auto separator = std::find(args.begin(), args.end(), "--");
  if (separator == args.end() || separator + 1 == args.end()) {
    return common::fail(ErrorCode::InvalidInput, "needs '--' and a command after the mappings");
  }
  BridgeArguments parsed;
  for (auto arg = args.begin(); arg != separator; ++arg) {
    const auto mapping = PortMapping::parse(*arg);
    if (!mapping) return tl::unexpected(mapping.error());
    parsed.mappings.push_back(*mapping);
  }
  parsed.command.assign(separator + 1, args.end());
  return parsed;
}

int run_bridge(const std::vector<std::string>& args) {
  const auto arguments = BridgeArguments::parse(args);
  if (!arguments) return give_up(arguments.error());
  auto sockets = bind_all(arguments->mappings);
  if (!sockets) return give_up(sockets.error());
  if (const auto apart = enter_own_network(); !apart) {
    fmt::print(stderr,
               "signpost serve bridge: no network of its own for this task ({}); its ports are "
               "those of the host\n",
               apart.error().message);
  }
  const auto relaying = start_relay(arguments->mappings, std::move(*sockets));
  if (!relaying) return give_up(relaying.error());
  ::setenv(kListenVariable, listens_inside(arguments->mappings).c_str(), 1);
  return give_up(execute(arguments->command));
}

}  // namespace minimarathon::serve
