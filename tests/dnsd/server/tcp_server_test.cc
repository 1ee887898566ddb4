#include "dnsd/server/tcp_server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <optional>
#include <thread>

#include "common/memory.h"
#include "tests/dnsd/server/clients.h"
#include "tests/dnsd/server/test_zone.h"

namespace dnsd {
namespace {

using std::chrono::milliseconds;
using testing::TcpClient;
using Octets = std::vector<std::uint8_t>;

constexpr milliseconds kNever{3600 * 1000};
constexpr milliseconds kSoon{20};

/// A TcpServer on a thread of its own, in front of a zone with `members` addresses.
class RunningServer {
 public:
  explicit RunningServer(const TcpLimits& limits, std::uint32_t members = 2)
      : zone_(testing::make_zone(members)),
        answerer_(zone_, cookies_, policy_, transfers_, counters_),
        server_(*loop_, std::array{socket_.get()}, limits, answerer_, counters_),
        thread_(*loop_) {}

  common::SocketAddress address() const { return testing::address_of(socket_); }
  std::uint64_t closed(Close why) const {
    return counters_.tcp_closed[static_cast<std::size_t>(why)].value();
  }
  std::uint64_t open() const { return counters_.tcp_connections.value(); }

 private:
  common::UniqueFd socket_ = testing::bound_socket(SOCK_STREAM);
  std::unique_ptr<common::EventLoop> loop_ = common::EventLoop::create().value();
  common::Published<Zone> zone_;
  const AnswerPolicy policy_;
  common::Published<Cookies> cookies_{std::make_shared<const Cookies>(CookieJar(SipKey{}))};
  common::Published<TsigKeys> keys_{std::make_shared<const TsigKeys>()};
  TransferServer transfers_{zone_, keys_, policy_.transfers};
  Counters counters_;
  Answerer answerer_;
  TcpServer server_;
  testing::LoopThread thread_;
};

TcpLimits patient() { return {.idle_timeout = kNever, .message_timeout = kNever}; }

Octets queries(std::uint16_t count) {
  Octets stream;
  for (std::uint16_t id = 0; id < count; ++id) {
    const Octets query = testing::framed(testing::make_query(id));
    stream.insert(stream.end(), query.begin(), query.end());
  }
  return stream;
}

/// One query and its answer: after it, the server has the connection in its books.
void expect_served(TcpClient& client) {
  client.send(testing::framed(testing::make_query(7)));
  const auto answer = client.receive_message();
  ASSERT_TRUE(answer);
  EXPECT_EQ(testing::id_of(*answer), 7);
  EXPECT_EQ(testing::answer_count_of(*answer), 2);
}

/// As above, but with half of a second query sent along.
void leave_in_mid_query(TcpClient& client) {
  Octets octets = queries(2);
  octets.resize(octets.size() - 5);
  client.send(octets);
  ASSERT_TRUE(client.receive_message());
}

TEST(TcpServer, AnswersManyQueriesOnOneConnection) {
  const RunningServer server(patient());
  TcpClient client(server.address());
  for (int i = 0; i < 300; ++i) expect_served(client);
}

TEST(TcpServer, AnswersPipelinedQueriesInOrder) {
  const RunningServer server(patient());
  TcpClient client(server.address());
  client.send(queries(5000));
  for (std::uint16_t id = 0; id < 5000; ++id) {
    const auto answer = client.receive_message();
    ASSERT_TRUE(answer);
    ASSERT_EQ(testing::id_of(*answer), id);
  }
}

TEST(TcpServer, TakesQueriesOctetByOctet) {
  const RunningServer server(patient());
  TcpClient client(server.address());
  for (const std::uint8_t octet : queries(2)) client.send({&octet, 1});
  EXPECT_EQ(testing::id_of(client.receive_message().value()), 0);
  EXPECT_EQ(testing::id_of(client.receive_message().value()), 1);
}

TEST(TcpServer, AnswersWhatCameBeforeTheClientsEnd) {
  const RunningServer server(patient());
  TcpClient client(server.address());
  client.send(queries(3));
  client.finish();
  for (std::uint16_t id = 0; id < 3; ++id) {
    EXPECT_EQ(testing::id_of(client.receive_message().value()), id);
  }
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_EQ(server.closed(Close::Peer), 1U);
  EXPECT_EQ(server.open(), 0U);
}

TEST(TcpServer, SkipsMessagesThatDeserveNoAnswer) {
  const RunningServer server(patient());
  TcpClient client(server.address());
  client.send(Octets{0, 0, 0, 1, 9});  // Of no octets, and of one.
  expect_served(client);
}

TEST(TcpServer, ClosesIdleConnections) {
  const RunningServer server({.idle_timeout = kSoon, .message_timeout = kNever});
  TcpClient client(server.address());
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_EQ(server.closed(Close::Idle), 1U);
}

TEST(TcpServer, ClosesConnectionsWhoseQueryDoesNotEnd) {
  const RunningServer server({.idle_timeout = kNever, .message_timeout = kSoon});
  TcpClient client(server.address());
  client.send(Octets{0});
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_EQ(server.closed(Close::SlowQuery), 1U);
}

TEST(TcpServer, LetsGoOfTheIdleWhileMemoryIsShortAndAdmitsNobody) {
  const RunningServer server(patient());
  TcpClient idle(server.address());
  TcpClient busy(server.address());
  expect_served(idle);
  leave_in_mid_query(busy);
  std::optional<common::MemoryWatch> watch(1);  // Nobody does with one octet.
  watch->look();
  EXPECT_TRUE(idle.closed_by_server());
  EXPECT_TRUE(TcpClient(server.address()).closed_by_server());
  EXPECT_EQ(server.closed(Close::Memory), 2U);
  EXPECT_EQ(server.open(), 1U);

  const Octets query = queries(2);
  busy.send(std::span(query).last(5));
  EXPECT_TRUE(busy.receive_message());

  watch.reset();
  TcpClient late(server.address());
  expect_served(late);
}

TEST(TcpServer, ResetsSlowReadersWhileMemoryIsShort) {
  const RunningServer server(patient(), 2000);
  TcpClient slow(server.address(), 4096);
  std::thread asker([&slow] { slow.send(queries(2000)); });
  EXPECT_TRUE(slow.receive_message());
  common::MemoryWatch watch(1);
  watch.look();
  EXPECT_TRUE(slow.reset_by_server());
  asker.join();
  EXPECT_EQ(server.closed(Close::Memory), 1U);
}

TEST(TcpServer, EvictsTheLongestIdleAtItsLimit) {
  TcpLimits limits = patient();
  limits.connections = 2;
  const RunningServer server(limits);
  TcpClient first(server.address());
  expect_served(first);
  TcpClient second(server.address());
  expect_served(second);
  expect_served(first);  // Now the second is the longest idle.
  TcpClient third(server.address());
  expect_served(third);
  EXPECT_TRUE(second.closed_by_server());
  expect_served(first);
  EXPECT_EQ(server.closed(Close::Evicted), 1U);
}

TEST(TcpServer, RefusesNewcomersWhileNobodyIsIdle) {
  TcpLimits limits = patient();
  limits.connections = 1;
  const RunningServer server(limits);
  TcpClient busy(server.address());
  leave_in_mid_query(busy);
  TcpClient newcomer(server.address());
  EXPECT_TRUE(newcomer.closed_by_server());
  EXPECT_EQ(server.closed(Close::Refused), 1U);
  EXPECT_EQ(server.open(), 1U);
}

TEST(TcpServer, ServesOthersWhileOneDoesNotRead) {
  const std::uint32_t members = 2000;  // 32 KB an answer, 64 MB in all: more than kernels buffer.
  const RunningServer server(patient(), members);
  TcpClient slow(server.address());
  std::thread asker([&slow] { slow.send(queries(2000)); });
  TcpClient other(server.address());
  for (int i = 0; i < 20; ++i) {
    other.send(testing::framed(testing::make_query(7)));
    EXPECT_EQ(testing::answer_count_of(other.receive_message().value()), members);
  }
  for (std::uint16_t id = 0; id < 2000; ++id) {
    const auto answer = slow.receive_message();
    ASSERT_TRUE(answer);
    ASSERT_EQ(testing::id_of(*answer), id);
  }
  asker.join();
}

TEST(TcpServer, ResetsClientsThatDoNotTakeTheirAnswers) {
  const RunningServer server({.idle_timeout = milliseconds{200}, .message_timeout = kNever}, 2000);
  TcpClient client(server.address(), 4096);
  client.send(queries(2000));  // Returns when the server gives up, at the latest.
  EXPECT_TRUE(client.reset_by_server());
  EXPECT_EQ(server.closed(Close::SlowReader), 1U);
}

TEST(TcpServer, GivesOneAddressNoMoreThanItsShare) {
  TcpLimits limits = patient();
  limits.client_connections = 2;
  const RunningServer server(limits);
  TcpClient first(server.address());
  expect_served(first);
  {
    TcpClient second(server.address());
    expect_served(second);
    TcpClient third(server.address());
    EXPECT_TRUE(third.closed_by_server());
    EXPECT_EQ(server.closed(Close::ClientLimit), 1U);
    TcpClient neighbour(server.address(), 0, "127.0.0.2");
    expect_served(neighbour);
    second.finish();
    EXPECT_TRUE(second.closed_by_server());
  }
  TcpClient fourth(server.address());  // There is room again.
  expect_served(fourth);
  expect_served(first);
}

}  // namespace
}  // namespace dnsd
