#include "vipd/relay/client_hello.h"
#include "vipd/server/sessions.h"

namespace vipd {

void Sessions::read_greeting(Entry& entry, const Readiness& now) {
  entry.service->routes_by_name ? read_hello(entry, now) : read_proxy_greeting(entry, now);
}

/// Looks at what the client has sent so far, and takes the header off once all of it is there.
/// Until then, and of a bad one ever, no byte reaches a backend.
void Sessions::read_proxy_greeting(Entry& entry, const Readiness& now) {
  TcpSocket& client = entry.session.socket(End::Client);
  const auto room = work_.scratch.first(kMaxProxyHeader);
  const IoResult got = client.peek(room);
  if (got.status == IoStatus::Blocked) return;
  if (got.status == IoStatus::Broken) return finish(entry, EndCause::ClientReset);
  const ProxyHeader header = read_proxy_header(room.first(got.bytes));
  if (header.status == ProxyHeader::Status::Partial && !now.ended) return;
  if (header.status != ProxyHeader::Status::Complete) return finish(entry, EndCause::ProxyHeader);

  client.read(room.first(header.length));
  if (header.addresses) {
    entry.proxied = std::make_unique<ProxiedAddresses>(*header.addresses);
    if (entry.record) entry.record->client = header.addresses->source;
    entry.attempts.client = entry.service->balancer.client_hash(header.addresses->source);
  }
  connect(entry);
}

/// Looks at what the client has sent so far until that says which VIP it means. The bytes stay in
/// the kernel, for the backend.
void Sessions::read_hello(Entry& entry, const Readiness& now) {
  const auto room = work_.scratch.first(kMaxClientHello);
  const IoResult got = entry.session.socket(End::Client).peek(room);
  if (got.status == IoStatus::Blocked) return;
  if (got.status == IoStatus::Broken) return finish(entry, EndCause::ClientReset);
  const ClientHello hello = read_client_hello(room.first(got.bytes));
  const bool more_may_come = !now.ended && got.bytes < room.size();
  if (hello.status == ClientHello::Status::Partial && more_may_come) return;
  if (hello.status != ClientHello::Status::Complete) return finish(entry, EndCause::ServerName);

  Service* meant = names_.find(hello.server_name);
  if (meant == nullptr && entry.service->balancer.size() > 0) meant = entry.service;
  if (meant == nullptr) return finish(entry, EndCause::ServerName);
  if (options_.vip_connections > 0 &&
      meant->sessions >= static_cast<std::size_t>(options_.vip_connections)) {
    return finish(entry, EndCause::Limit);
  }
  move_to(entry, *meant);
  connect(entry);
}

/// From now on it is a session of that VIP.
void Sessions::move_to(Entry& entry, Service& service) {
  if (entry.service == &service) return;
  --entry.service->sessions;
  entry.service->counters->open.subtract();
  entry.service = &service;
  ++service.sessions;
  service.counters->accepted.add();
  service.counters->open.add();
  const auto addresses = entry.session.socket(End::Client).addresses();
  entry.attempts.client = service.balancer.client_hash(addresses.source);
}

/// Tells the backend whose connection it gets, if it wants to know. False when it is gone already.
bool Sessions::greet(Entry& entry) {
  const auto version = entry.target->options.send_proxy;
  if (!version) return true;
  const ProxiedAddresses addresses =
      entry.proxied ? *entry.proxied : entry.session.socket(End::Client).addresses();
  ProxyHeaderBuffer buffer;
  const auto header = *version == config::ProxyVersion::V1 ? write_proxy_v1(addresses, buffer)
                                                           : write_proxy_v2(addresses, buffer);
  // Nothing is in the socket's buffer yet: it takes all of it or is broken.
  return entry.session.socket(End::Backend).write(header).bytes == header.size();
}

}  // namespace vipd
