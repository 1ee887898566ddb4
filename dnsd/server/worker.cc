#include "dnsd/server/worker.h"

#include <linux/sock_diag.h>
#include <pthread.h>
#include <sys/socket.h>

#include <array>
#include <list>
#include <optional>

#include "dnsd/forward/ares_network.h"
#include "dnsd/server/tcp_server.h"
#include "dnsd/server/udp_listener.h"

namespace dnsd {
namespace {

std::uint64_t drops_of(const common::UniqueFd& socket) {
  std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
  socklen_t size = sizeof memory;
  getsockopt(socket.get(), SOL_SOCKET, SO_MEMINFO, memory.data(), &size);
  return memory[SK_MEMINFO_DROPS];
}

}  // namespace

Worker::Worker(std::unique_ptr<common::EventLoop> loop, Sockets sockets, const Shared& shared)
    : loop_(std::move(loop)),
      sockets_(std::move(sockets)),
      shared_(shared),
      forward_counters_(shared.policy.forward.routes.upstreams().size()),
      thread_([this] { run(); }) {}

Worker::~Worker() {
  loop_->stop();
  thread_.join();
}

std::vector<common::UniqueFd> Worker::hand_over() {
  auto idle = handed_over_.get_future();
  loop_->wake();
  return idle.get();
}

std::uint64_t Worker::kernel_drops() const {
  std::uint64_t drops = 0;
  for (const SocketPair& pair : sockets_.clear) drops += drops_of(pair.udp);
  return drops;
}

void Worker::run() {
  pthread_setname_np(pthread_self(), "dnsd");
  std::optional<AresNetwork> network;
  std::optional<ForwardLogic> forward;
  if (!shared_.policy.forward.routes.empty()) {
    network.emplace(*loop_);
    forward.emplace(shared_.policy.forward, *network, forward_counters_);
    network->attach(*forward);
  }
  Answerer answerer(shared_.zone,
                    shared_.cookies,
                    shared_.policy,
                    shared_.transfers,
                    counters_,
                    forward ? &*forward : nullptr,
                    &forward_counters_);
  std::list<UdpListener> udp;
  std::vector<int> tcp_sockets;
  for (const SocketPair& pair : sockets_.clear) {
    udp.emplace_back(*loop_, pair.udp.get(), shared_.policy.udp_payload, answerer, counters_);
    tcp_sockets.push_back(pair.tcp.get());
  }
  const TcpLimits limits{
      .connections = static_cast<std::size_t>(shared_.options.tcp_connections),
      .client_connections = static_cast<std::size_t>(shared_.options.tcp_client_connections),
      .idle_timeout = shared_.options.tcp_idle_timeout,
      .message_timeout = shared_.options.tcp_message_timeout};
  TcpServer tcp(*loop_, tcp_sockets, limits, answerer, counters_);
  std::vector<int> tls_sockets;
  for (const common::UniqueFd& socket : sockets_.tls) tls_sockets.push_back(socket.get());
  std::optional<TcpServer> tls;
  if (!tls_sockets.empty()) {
    tls.emplace(*loop_, tls_sockets, limits, answerer, counters_, shared_.certificates);
  }
  for (common::UniqueFd& socket : sockets_.idle) tcp.adopt(std::move(socket));
  loop_->on_wake([&] {
    for (UdpListener& listener : udp) listener.stop();
    std::vector<common::UniqueFd> idle;
    if (tls) tls->hand_over(idle);
    tcp.hand_over(idle);
    handed_over_.set_value(std::move(idle));
  });
  loop_->run();
}

}  // namespace dnsd
