#include "vipd/server/sessions.h"

namespace vipd {

/// Looks at what the client has sent so far, and takes the header off once all of it is there.
/// Until then, and of a bad one ever, no byte reaches a backend.
void Sessions::read_greeting(Entry& entry, const Readiness& now) {
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
