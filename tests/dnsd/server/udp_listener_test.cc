#include "dnsd/server/udp_listener.h"

#include <gtest/gtest.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <optional>
#include <set>
#include <utility>

#include "dnsd/wire/opt.h"
#include "tests/dnsd/server/clients.h"
#include "tests/dnsd/server/test_zone.h"

namespace dnsd {
namespace {

using testing::UdpClient;
using Octets = std::vector<std::uint8_t>;

class Listener {
 public:
  explicit Listener(std::uint32_t members = 2, AnswerPolicy policy = {})
      : zone_(testing::make_zone(members)),
        policy_(std::move(policy)),
        answerer_(zone_, cookies_, policy_, transfers_, counters_),
        listener_(*loop_, socket_.get(), 1232, answerer_, counters_) {}

  void start() { thread_.emplace(*loop_); }
  common::SocketAddress address() const { return testing::address_of(socket_); }
  int mtu_discovery() const {
    int how = -1;
    socklen_t length = sizeof how;
    getsockopt(socket_.get(), IPPROTO_IP, IP_MTU_DISCOVER, &how, &length);
    return how;
  }
  std::uint64_t answered() const { return counters_.responses[0].value(); }
  std::uint64_t dropped(Drop reason) const {
    return counters_.dropped[static_cast<std::size_t>(reason)].value();
  }

 private:
  common::UniqueFd socket_ = testing::bound_socket(SOCK_DGRAM);
  std::unique_ptr<common::EventLoop> loop_ = common::EventLoop::create().value();
  common::Published<Zone> zone_;
  const AnswerPolicy policy_;
  common::Published<Cookies> cookies_{std::make_shared<const Cookies>(CookieJar(SipKey{}))};
  common::Published<TsigKeys> keys_{std::make_shared<const TsigKeys>()};
  TransferServer transfers_{zone_, keys_, policy_.transfers};
  Counters counters_;
  Answerer answerer_;
  UdpListener listener_;
  std::optional<testing::LoopThread> thread_;
};

class RunningListener : public Listener {
 public:
  explicit RunningListener(std::uint32_t members = 2, AnswerPolicy policy = {})
      : Listener(members, std::move(policy)) {
    start();
  }
};

TEST(UdpListener, AnswersMoreQueriesThanABatchHolds) {
  const RunningListener listener;
  UdpClient client(listener.address());
  for (std::uint16_t id = 0; id < 100; ++id) client.send(testing::make_query(id));
  std::set<int> answered;
  for (int i = 0; i < 100; ++i) answered.insert(testing::id_of(client.receive().value()));
  EXPECT_EQ(answered.size(), 100U);
}

TEST(UdpListener, WaitsForTheNextQueryAfterALongTurn) {
  Listener listener;
  std::array clients{UdpClient(listener.address()), UdpClient(listener.address())};
  for (std::uint16_t id = 0; id < 100; ++id) {
    for (UdpClient& client : clients) client.send(testing::make_query(id));
  }
  listener.start();
  for (UdpClient& client : clients) {
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(client.receive());
  }
  for (std::uint16_t id = 100; id < 103; ++id) {
    clients[0].send(testing::make_query(id));
    EXPECT_EQ(testing::id_of(clients[0].receive().value()), id);
  }
}

Octets query_with_cookie(std::uint16_t id, std::span<const std::uint8_t> cookie) {
  Octets query = testing::make_query(id);
  query[11] = 1;  // One additional record.
  const auto opt = make_opt(1232, Rcode::NoError, static_cast<std::uint16_t>(4 + cookie.size()));
  query.insert(query.end(), opt.begin(), opt.end());
  for (const std::size_t octet : {std::size_t{0}, std::size_t{10}, std::size_t{0}, cookie.size()}) {
    query.push_back(static_cast<std::uint8_t>(octet));
  }
  query.insert(query.end(), cookie.begin(), cookie.end());
  return query;
}

AnswerPolicy limited() {
  AnswerPolicy policy;
  policy.limits = {.per_second = 1, .slip = 1};
  return policy;
}

TEST(UdpListener, SendsClientsThatAskTooOftenToTcp) {
  const RunningListener listener(2, limited());
  UdpClient client(listener.address());
  int whole = 0;
  for (std::uint16_t id = 0; id < 200; ++id) {
    client.send(testing::make_query(id));
    const auto answer = client.receive().value();
    EXPECT_EQ(testing::answer_count_of(answer), testing::truncated(answer) ? 0 : 2);
    if (!testing::truncated(answer)) ++whole;
  }
  EXPECT_GE(whole, 1);
  EXPECT_LT(whole, 200);  // One a second.
}

TEST(UdpListener, KeepsSilentTowardsClientsThatAskTooOftenWithoutSlip) {
  AnswerPolicy policy = limited();
  policy.limits.slip = 0;
  const RunningListener listener(2, policy);
  UdpClient client(listener.address());
  for (std::uint16_t id = 0; id < 200; ++id) client.send(testing::make_query(id));
  UdpClient other(listener.address());
  other.send(testing::make_query(1, "none.mesos"));  // Of another kind, so it is answered.
  ASSERT_TRUE(other.receive());
  EXPECT_GT(listener.dropped(Drop::RateLimited), 0U);
}

TEST(UdpListener, DoesNotLimitClientsWithACookie) {
  const RunningListener listener(2, limited());
  UdpClient client(listener.address());
  Octets cookie(8, 7);
  client.send(query_with_cookie(0, cookie));
  Octets answer = client.receive().value();
  cookie.assign(answer.end() - 24, answer.end());  // The option is the last there is.
  for (std::uint16_t id = 1; id < 100; ++id) {
    client.send(query_with_cookie(id, cookie));
    answer = client.receive().value();
    ASSERT_FALSE(testing::truncated(answer)) << id;
  }
}

TEST(UdpListener, AnswersEachClientItsOwnQuestion) {
  const RunningListener listener;
  UdpClient first(listener.address());
  UdpClient second(listener.address());
  for (std::uint16_t id = 0; id < 50; ++id) {
    first.send(testing::make_query(id));
    second.send(testing::make_query(static_cast<std::uint16_t>(1000 + id), "none.mesos"));
  }
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(testing::answer_count_of(first.receive().value()), 2);
    EXPECT_EQ(testing::answer_count_of(second.receive().value()), 0);
  }
}

TEST(UdpListener, TruncatesWhatDoesNotFit) {
  const RunningListener listener(100);
  UdpClient client(listener.address());
  client.send(testing::make_query(1));
  const auto answer = client.receive().value();
  EXPECT_LE(answer.size(), 512U);
  EXPECT_TRUE(testing::truncated(answer));
}

TEST(UdpListener, MarksAnswersThatPassEveryPathAsWhole) {
  EXPECT_EQ(RunningListener().mtu_discovery(), IP_PMTUDISC_PROBE);
}

TEST(UdpListener, StartsTheAnswerAtEveryMemberInTurn) {
  const RunningListener listener(4);
  UdpClient client(listener.address());
  std::set<int> first_members;
  for (int i = 0; i < 200; ++i) {
    client.send(testing::make_query(1));
    const auto answer = client.receive().value();
    const std::size_t first_address_end = testing::make_query(1).size() + 16;
    first_members.insert(answer[first_address_end - 1]);
  }
  EXPECT_EQ(first_members.size(), 4U);
}

TEST(UdpListener, GoesOnAfterDatagramsThatAreNoQueries) {
  const RunningListener listener;
  UdpClient client(listener.address());
  client.send(Octets{});
  client.send(Octets(11, 0xff));
  client.send(Octets(9000, 0xff));  // Longer than a receive buffer.
  client.send(testing::make_query(5));
  EXPECT_EQ(testing::id_of(client.receive().value()), 5);
  EXPECT_EQ(listener.dropped(Drop::Ignored), 3U);
}

constexpr std::uint16_t kPortZero = 0;

/// Sends a datagram as only a raw socket can: from 127.0.0.1 and any port, whoever listens there.
/// False when we may not.
bool send_from(std::uint16_t port, const common::SocketAddress& to, const Octets& payload) {
  const common::UniqueFd raw(socket(AF_INET, SOCK_RAW, IPPROTO_UDP));
  if (!raw) return false;
  udphdr header{};
  header.uh_sport = htons(port);
  header.uh_dport = htons(to.port);
  header.uh_ulen = htons(static_cast<std::uint16_t>(sizeof header + payload.size()));
  Octets octets(sizeof header);
  std::memcpy(octets.data(), &header, sizeof header);
  octets.insert(octets.end(), payload.begin(), payload.end());
  sockaddr_storage storage{};
  const socklen_t length = to.to_sockaddr(storage);
  const auto* address = reinterpret_cast<const sockaddr*>(&storage);
  const auto sent = sendto(raw.get(), octets.data(), octets.size(), 0, address, length);
  EXPECT_EQ(sent, static_cast<ssize_t>(octets.size()));
  return true;
}

TEST(UdpListener, NeverAnswersToPortZero) {
  const RunningListener listener;
  if (!send_from(kPortZero, listener.address(), testing::make_query(1))) {
    GTEST_SKIP() << "needs CAP_NET_RAW to send from port 0";
  }
  UdpClient client(listener.address());
  client.send(testing::make_query(2));
  ASSERT_TRUE(client.receive());  // Behind the other one in the queue.
  EXPECT_EQ(listener.dropped(Drop::SourcePort), 1U);
}

TEST(UdpListener, DoesNotTalkToItself) {
  const RunningListener listener;
  if (!send_from(listener.address().port, listener.address(), testing::make_query(1))) {
    GTEST_SKIP() << "needs CAP_NET_RAW to send from the listener's own port";
  }
  UdpClient client(listener.address());
  for (std::uint16_t id = 2; id < 4; ++id) {  // The second is behind our answer to ourselves.
    client.send(testing::make_query(id));
    ASSERT_TRUE(client.receive());
  }
  EXPECT_EQ(listener.dropped(Drop::Ignored), 1U);
  EXPECT_EQ(listener.answered(), 3U);
}

}  // namespace
}  // namespace dnsd
