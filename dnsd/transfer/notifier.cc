#include "dnsd/transfer/notifier.h"

#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <random>
#include <utility>

#include "common/log.h"
#include "dnsd/wire/writer.h"

namespace dnsd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kTick{200};
constexpr int kQuickTries = 6;  // The last comes half a minute after the first, more each 32 s.

common::UniqueFd connected(const common::SocketAddress& secondary) {
  const int family = secondary.ip.is_v4() ? AF_INET : AF_INET6;
  common::UniqueFd made(socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_storage storage{};
  const socklen_t length = secondary.to_sockaddr(storage);
  if (connect(made.get(), reinterpret_cast<const sockaddr*>(&storage), length) != 0) {
    common::log::warn("dns secondary={} cannot be reached", secondary.to_string());
  }
  return made;
}

}  // namespace

std::vector<std::uint8_t> make_notify(std::uint16_t id, const Zone& zone, const Zone::Apex& apex) {
  std::vector<std::uint8_t> octets(Header::kSize + 2 * Name::kMaxSize + 1024);
  MessageWriter writer(octets, octets.size());
  Header header;
  header.id = id;
  header.opcode = Opcode::Notify;
  header.authoritative = true;
  std::vector<std::uint8_t> question(apex.name.begin(), apex.name.end());
  for (const std::uint8_t octet : {std::uint8_t{0},
                                   static_cast<std::uint8_t>(RrType::Soa),
                                   std::uint8_t{0},
                                   static_cast<std::uint8_t>(RrClass::In)}) {
    question.push_back(octet);
  }
  writer.add(Section::Question, question);
  if (const Node* node = zone.find(apex.name)) {
    writer.add(Section::Answer, node->find(RrType::Soa).records(0, 1));
  }
  octets.resize(writer.finish(header));
  return octets;
}

Notifier::Notifier(const common::Published<Zone>& zones,
                   const common::Published<TsigKeys>& keys,
                   std::vector<common::SocketAddress> secondaries)
    : zones_(zones),
      keys_source_(keys),
      keys_(keys.current()),
      secondaries_(std::move(secondaries)) {
  if (secondaries_.empty()) return;
  const std::size_t apexes = zones_.current()->apexes().size();
  for (std::size_t i = 0; i < secondaries_.size(); ++i) {
    sockets_.push_back(connected(secondaries_[i]));
    for (std::size_t apex = 0; apex < apexes; ++apex) words_.push_back({i, apex});
  }
  auto loop = common::EventLoop::create();
  if (!loop) {
    common::log::error("dns secondaries are not notified: {}", loop.error().message);
    return;
  }
  loop_ = std::move(*loop);
  timer_ = loop_->watch<&Notifier::tick>(-1, 0, *this);
  common::arm(timer_, milliseconds{0});
  thread_ = std::thread([this] { run(); });
}

Notifier::~Notifier() {
  if (!thread_.joinable()) return;
  loop_->stop();
  thread_.join();
}

void Notifier::run() {
  pthread_setname_np(pthread_self(), "dnsd-notify");
  loop_->run();
}

void Notifier::tick(short /*what*/) {
  take_acknowledgements();
  use_newest_keys();
  const auto zone = zones_.current();
  for (Word& word : words_) {
    if (zone->synced()) tell(word, *zone);
  }
  common::arm(timer_, kTick);
}

/// Others may be taken by who refused those before.
void Notifier::use_newest_keys() {
  auto keys = keys_source_.current();
  if (keys == keys_) return;
  keys_ = std::move(keys);
  for (Word& word : words_) word.refused = 0;
}

void Notifier::take_acknowledgements() {
  std::array<std::uint8_t, 512> reply{};
  for (std::size_t i = 0; i < sockets_.size(); ++i) {
    ssize_t size = 0;
    while ((size = recv(sockets_[i].get(), reply.data(), reply.size(), MSG_DONTWAIT)) > 0) {
      const std::span<const std::uint8_t> message(reply.data(), static_cast<std::size_t>(size));
      Reader reader(message);
      const auto header = Header::parse(reader);
      if (!header || !header->response || header->opcode != Opcode::Notify) continue;
      for (Word& word : words_) {
        if (word.secondary == i && word.id == header->id) take(*header, word);
      }
    }
  }
}

/// Whatever the secondary answers, it has heard (RFC 1996 section 4.7), unless it does not take the
/// signature: then it is told again at once, in another way.
void Notifier::take(const Header& reply, Word& word) {
  const bool is_refused = reply.rcode == Rcode::Refused || reply.rcode == Rcode::NotAuth;
  if (word.tries > 0 && is_refused && word.refused < keys_->size()) {
    ++word.refused;
    word.tries = 1;  // Each way of telling it has as many.
    word.id = static_cast<std::uint16_t>(std::random_device{}());
    word.next = Clock::now();
  } else {
    word.tries = 0;
  }
}

/// Never given up: a secondary that was away, and failed to ask meanwhile, would ask by itself only
/// when the zone's retry is over.
void Notifier::tell(Word& word, const Zone& zone) {
  const bool is_new = word.serial != zone.serial();
  if (!is_new && (word.tries == 0 || Clock::now() < word.next)) return;
  if (!is_new && word.tries == kQuickTries) {
    common::log::warn("dns secondary={} does not acknowledge NOTIFY serial={}; it is told on",
                      secondaries_[word.secondary].to_string(),
                      word.serial);
  }
  if (is_new) {
    word.serial = zone.serial();
    word.id = static_cast<std::uint16_t>(std::random_device{}());
    word.tries = 0;
  }
  send(word, zone);
  word.next = Clock::now() + seconds{1LL << std::min(word.tries, kQuickTries - 1)};
  ++word.tries;
}

void Notifier::send(Word& word, const Zone& zone) {
  auto message = make_notify(word.id, zone, zone.apexes()[word.apex]);
  if (word.refused < keys_->size()) {
    Signer signer((*keys_)[word.refused]);
    const std::size_t size = message.size();
    message.resize(size + signer.size());
    message.resize(signer.sign(message, size, static_cast<std::uint64_t>(std::time(nullptr))));
  }
  // An error is no news: it tells of a message before, and there will be another one. But for one:
  // there was no way to the secondary when we began.
  common::UniqueFd& socket = sockets_[word.secondary];
  if (::send(socket.get(), message.data(), message.size(), MSG_DONTWAIT) < 0 &&
      errno == EDESTADDRREQ) {
    socket = connected(secondaries_[word.secondary]);
  }
}

}  // namespace dnsd
