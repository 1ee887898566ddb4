#pragma once

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "common/ip.h"
#include "common/unique_fd.h"
#include "vipd/relay/proxy_header.h"
#include "vipd/relay/session.h"
#include "watcher/vips/vip.h"

/// What passes from one vipd to the next, in this process or another: descriptors, and what the
/// kernel does not know of them. Plain values.
namespace vipd {

struct MovedListener {
  common::SocketAddress address;
  watcher::Protocol protocol = watcher::Protocol::Tcp;
  common::UniqueFd socket;
};

/// To whom a connection or flow leads.
struct MovedTarget {
  common::SocketAddress endpoint;
  std::string app;
};

struct MovedSession {
  watcher::VipId vip;
  common::UniqueFd client;
  common::UniqueFd backend;  // None while no backend had accepted: the next vipd asks anew.
  MovedTarget target;        // With a backend only, as is the rest but the next two.
  bool greeted = false;      // Its PROXY header or ClientHello has been read;
  std::optional<ProxiedAddresses> proxied;  // that header said so.
  bool answered = false;
  std::array<Carried, 2> carried;  // By the end the bytes come from.
  std::chrono::milliseconds age{};
  std::chrono::milliseconds quiet{};  // Since bytes moved last.
};

struct MovedFlow {
  watcher::VipId vip;
  common::SocketAddress client;
  common::UniqueFd backend;
  MovedTarget target;
  bool answered = false;      // The last datagram was an answer.
  bool has_answered = false;  // This backend, ever.
  std::chrono::milliseconds quiet{};
};

/// What one worker had. Listeners of one address are in one group (SO_REUSEPORT), and the kernel
/// gives a client's datagrams to one of it: so flows stay with the listener they came by.
struct MovedWorker {
  std::vector<MovedListener> listeners;
  std::vector<MovedSession> sessions;
  std::vector<MovedFlow> flows;
};

struct Moving {
  std::vector<MovedWorker> workers;
};

}  // namespace vipd
