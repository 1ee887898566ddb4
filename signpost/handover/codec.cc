#include "signpost/handover/codec.h"

#include <algorithm>
#include <array>
#include <utility>

#include "signpost/handover/archive.h"

namespace signpost::handover {

/// The largest of an enum's values is `last`.
template <class Archive, class Enum>
void pass_enum(Archive& archive, Enum& value, Enum last) {
  auto number = static_cast<std::uint64_t>(value);
  archive.number(number);
  value = static_cast<Enum>(std::min(number, static_cast<std::uint64_t>(last)));
}

template <class Archive>
void pass(Archive& archive, watcher::Protocol& value) {
  pass_enum(archive, value, watcher::Protocol::Udp);
}

template <class Archive>
void pass(Archive& archive, watcher::Health& value) {
  pass_enum(archive, value, watcher::Health::Failing);
}

template <class Archive>
void pass(Archive& archive, common::IpAddress& address) {
  bool is_v6 = address.is_v6();
  std::array<std::uint8_t, 16> bytes{};
  std::ranges::copy(address.bytes(), bytes.begin());
  archive(is_v6);
  archive.raw(reinterpret_cast<char*>(bytes.data()), bytes.size());
  const std::uint32_t v4 = std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
                           std::uint32_t{bytes[2]} << 8 | bytes[3];
  address = is_v6 ? common::IpAddress::v6(bytes) : common::IpAddress::v4(v4);
}

template <class Archive>
void pass(Archive& archive, common::SocketAddress& address) {
  archive(address.ip, address.port);
}

template <class Archive>
void pass(Archive& archive, common::Ipv4Prefix& prefix) {
  archive(prefix.first, prefix.length);
}

template <class Archive>
void pass(Archive& archive, watcher::VipId& id) {
  archive(id.name, id.address, id.port, id.protocol);
}

template <class Archive>
void pass(Archive& archive, watcher::SharedString& shared) {
  std::string text(*shared);
  archive(text);
  shared = watcher::SharedString(std::move(text));
}

template <class Archive>
void pass(Archive& archive, watcher::TaskKey& key) {
  archive(key.source, key.id, key.scope);
}

template <class Archive>
void pass(Archive& archive, watcher::Probed& probed) {
  archive(probed.key, probed.port, probed.protocol, probed.health);
}

template <class Archive>
void pass(Archive& archive, dnsd::SocketPair& pair) {
  archive(pair.udp, pair.tcp);
}

template <class Archive>
void pass(Archive& archive, dnsd::MovedListening& moved) {
  archive(moved.configured, moved.tls, moved.listening.address, moved.listening.workers);
}

template <class Archive>
void pass(Archive& archive, vipd::MovedListener& listener) {
  archive(listener.address, listener.protocol, listener.socket);
}

template <class Archive>
void pass(Archive& archive, vipd::MovedTarget& target) {
  archive(target.endpoint, target.app);
}

template <class Archive>
void pass(Archive& archive, vipd::ProxiedAddresses& addresses) {
  archive(addresses.source, addresses.destination);
}

template <class Archive>
void pass(Archive& archive, vipd::Carried& carried) {
  archive(carried.bytes, carried.ended, carried.finished);
}

template <class Archive>
void pass(Archive& archive, vipd::MovedSession& session) {
  archive(session.vip, session.client, session.backend, session.target, session.greeted);
  archive(session.proxied, session.answered, session.carried[0], session.carried[1]);
  archive(session.age, session.quiet);
}

template <class Archive>
void pass(Archive& archive, vipd::MovedFlow& flow) {
  archive(flow.vip, flow.client, flow.backend, flow.target);
  archive(flow.answered, flow.has_answered, flow.quiet);
}

template <class Archive>
void pass(Archive& archive, vipd::MovedWorker& worker) {
  archive(worker.listeners, worker.sessions, worker.flows);
}

template <class Archive>
void pass(Archive& archive, admin::MovedListener& listener) {
  archive(listener.configured, listener.socket);
}

template <class Archive>
void pass(Archive& archive, Knowledge& knowledge) {
  archive(knowledge.state, knowledge.probed);
}

template <class Archive>
void pass(Archive& archive, Bundle& bundle) {
  archive(bundle.dns.listening, bundle.dns.idle, bundle.vips.workers);
  archive(bundle.admin.listeners, bundle.route);
}

namespace {

template <class Value>
Letter write(Value& value) {
  Writer writer;
  writer(value);
  return {writer.bytes(), writer.descriptors()};
}

template <class Value>
common::Expected<Value> read(Received from) {
  Value value;
  Reader reader(from.bytes, from.descriptors);
  reader(value);
  if (reader.complete()) return value;
  return common::fail(common::ErrorCode::InvalidInput, "a damaged message in the hand-over");
}

template <class List>
bool all_there(const List& sockets, bool needed) {
  return std::ranges::all_of(
      sockets, [needed](const auto& pair) { return pair.tcp && (pair.udp || !needed); });
}

/// What the receivers rely on.
bool makes_sense(const Bundle& bundle) {
  const std::size_t workers = bundle.dns.workers();
  const auto is_whole = [&](const dnsd::MovedListening& moved) {
    return moved.listening.workers.size() == workers && workers > 0 &&
           all_there(moved.listening.workers, !moved.tls);
  };
  const auto has_sockets = [](const vipd::MovedWorker& worker) {
    return std::ranges::all_of(worker.listeners,
                               [](const auto& one) { return bool(one.socket); }) &&
           std::ranges::all_of(worker.sessions, [](const auto& one) { return bool(one.client); }) &&
           std::ranges::all_of(worker.flows, [](const auto& one) { return bool(one.backend); });
  };
  const auto is_open = [](const common::UniqueFd& socket) { return bool(socket); };
  return std::ranges::all_of(bundle.dns.listening, is_whole) &&
         std::ranges::all_of(bundle.dns.idle,
                             [&](const auto& of) { return std::ranges::all_of(of, is_open); }) &&
         std::ranges::all_of(bundle.vips.workers, has_sockets) &&
         std::ranges::all_of(bundle.admin.listeners,
                             [](const auto& one) { return bool(one.socket); }) &&
         (!bundle.route || (bundle.route->length >= 0 && bundle.route->length <= 32));
}

}  // namespace

Letter encode(Bundle& bundle) { return write(bundle); }
Letter encode(Knowledge& knowledge) { return write(knowledge); }

common::Expected<Bundle> decode_bundle(Received from) {
  auto bundle = read<Bundle>(std::move(from));
  if (!bundle || makes_sense(*bundle)) return bundle;
  return common::fail(common::ErrorCode::InvalidInput, "a hand-over without its sockets");
}

common::Expected<Knowledge> decode_knowledge(Received from) {
  return read<Knowledge>(std::move(from));
}

}  // namespace signpost::handover
