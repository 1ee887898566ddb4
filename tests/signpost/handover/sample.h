#pragma once

#include <fcntl.h>

#include "signpost/handover/codec.h"

namespace signpost::handover {

inline common::UniqueFd some_descriptor() { return common::UniqueFd(open("/dev/null", O_RDWR)); }

inline common::SocketAddress address_of(const char* text) {
  return *common::SocketAddress::parse(text);
}

/// One of everything.
inline Bundle sample_bundle() {
  Bundle bundle;
  dnsd::MovedListening listening{address_of("127.0.0.1:0"), false, {address_of("[::1]:53"), {}}};
  listening.listening.workers.push_back({some_descriptor(), some_descriptor()});
  bundle.dns.listening.push_back(std::move(listening));
  bundle.dns.idle.emplace_back().push_back(some_descriptor());

  vipd::MovedWorker& worker = bundle.vips.workers.emplace_back();
  worker.listeners.push_back(
      {address_of("11.0.0.1:80"), watcher::Protocol::Udp, some_descriptor()});
  vipd::MovedSession session;
  session.vip = {.name = "web.marathon", .address = {}, .port = 80};
  session.client = some_descriptor();
  session.backend = some_descriptor();
  session.target = {address_of("10.0.0.7:31000"), "/web"};
  session.greeted = true;
  session.proxied = {address_of("192.0.2.1:1"), address_of("192.0.2.2:2")};
  session.carried[0] = {{std::byte{1}, std::byte{2}}, true, false};
  session.age = std::chrono::milliseconds(1234);
  worker.sessions.push_back(std::move(session));
  vipd::MovedFlow flow;
  flow.vip = {.name = {}, .address = common::IpAddress::v4(7), .port = 53};
  flow.client = address_of("192.0.2.9:999");
  flow.backend = some_descriptor();
  flow.has_answered = true;
  worker.flows.push_back(std::move(flow));

  bundle.admin.listeners.push_back({address_of("127.0.0.1:8181"), some_descriptor()});
  bundle.route = *common::Ipv4Prefix::parse("11.0.0.0/8");
  return bundle;
}

/// As if the letter had come: every descriptor is another.
inline Received arrived(const Letter& letter) {
  Received received{letter.bytes, {}};
  for (const int fd : letter.descriptors) received.descriptors.emplace_back(dup(fd));
  return received;
}

}  // namespace signpost::handover
