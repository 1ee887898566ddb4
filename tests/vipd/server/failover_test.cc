#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/vipd/server/proxy.h"
#include "vipd/balance/ejection.h"

namespace vipd {
namespace {

std::string failures(const HeldPort& vip, const std::string& cause) {
  return "signpost_vipd_connect_failures_total{vip=\"" + vip.address().to_string() +
         "/tcp\",cause=\"" + cause + "\"}";
}

config::Vip one_worker() {
  config::Vip options = Proxy::options();
  options.workers = 1;
  return options;
}

std::vector<Backend> in_order(const std::vector<SocketAddress>& endpoints) {
  std::vector<Backend> backends;
  for (const auto& endpoint : endpoints) backends.push_back(backend_at(endpoint));
  std::sort(backends.begin(), backends.end());
  return backends;
}

/// A listener whose queue is full: it answers no SYN, as if it were not there.
class BlackHole {
 public:
  BlackHole() : listener_(kLoopback, 0) {
    do {
      clients_.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      sockaddr_storage storage;
      const socklen_t length = listener_.address().to_sockaddr(storage);
      ::connect(clients_.back().get(), reinterpret_cast<sockaddr*>(&storage), length);
    } while (clients_.size() < 4);
  }
  const SocketAddress& address() const { return listener_.address(); }

 private:
  TestListener listener_;
  std::vector<UniqueFd> clients_;
};

TEST(Failover, TakesTheBackendsInTurn) {
  const HeldPort vip(HeldPort::Kind::Shared);
  TestListener first, second;
  Proxy proxy(one_worker());
  proxy.serve({vip_at(vip.address(), {backend_at(first.address()), backend_at(second.address())})});
  for (int i = 0; i < 4; ++i) {
    TestSocket client = TestSocket::connect(vip.address());
    client.send("x");
    client.finish();
  }
  EXPECT_TRUE(wait_until([&] {
    const std::string counted =
        "signpost_vipd_connections{vip=\"" + vip.address().to_string() + "/tcp\"}";
    return proxy.value(counted) == 4;
  }));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(first.accept().receive_all(), "x");
    EXPECT_EQ(second.accept().receive_all(), "x");
  }
}

TEST(Failover, GoesToTheNextBackendWhenOneRefuses) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const HeldPort dead(HeldPort::Kind::Refusing);
  const EchoServer alive;
  Proxy proxy;
  proxy.serve({vip_at(vip.address(), {backend_at(dead.address()), backend_at(alive.address())})});
  for (int i = 0; i < 50; ++i) {
    TestSocket client = TestSocket::connect(vip.address());
    client.send("hello");
    EXPECT_EQ(client.receive(5), "hello");
  }
  EXPECT_GE(proxy.value(failures(vip, "refused")), 1);
  EXPECT_GE(proxy.value("signpost_vipd_retries_total"), 1);
  EXPECT_EQ(proxy.ended("no_backend"), 0);
}

TEST(Failover, FindsTheOneThatLivesAmongMany) {
  const HeldPort vip(HeldPort::Kind::Shared);
  std::vector<std::unique_ptr<HeldPort>> dead;
  std::vector<Backend> backends;
  for (int i = 0; i < 20; ++i) {
    dead.push_back(std::make_unique<HeldPort>(HeldPort::Kind::Refusing));
    backends.push_back(backend_at(dead.back()->address()));
  }
  const EchoServer alive;
  backends.push_back(backend_at(alive.address()));
  std::sort(backends.begin(), backends.end());
  Proxy proxy;
  proxy.serve({vip_at(vip.address(), backends)});
  TestSocket client = TestSocket::connect(vip.address());
  client.send("hello");
  EXPECT_EQ(client.receive(5), "hello");
}

TEST(Failover, ResetsTheClientOfADeadVipAtOnce) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const HeldPort dead(HeldPort::Kind::Refusing);
  const HeldPort dead_too(HeldPort::Kind::Refusing);
  Proxy proxy;
  proxy.serve({vip_at(vip.address(), in_order({dead.address(), dead_too.address()}))});
  EXPECT_EQ(TestSocket::connect(vip.address()).end(), StreamEnd::Reset);
  EXPECT_EQ(proxy.ended("no_backend"), 1);
  EXPECT_EQ(proxy.value(failures(vip, "refused")), 2);  // Each was asked once: nobody waited.
}

TEST(Failover, ResetsTheClientWhenEveryBackendRefusesForTooLong) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const HeldPort before(HeldPort::Kind::Refusing);
  const HeldPort dead(HeldPort::Kind::Refusing);
  const HeldPort dead_too(HeldPort::Kind::Refusing);
  config::Vip options = Proxy::options();
  options.connect_timeout = milliseconds(200);
  Proxy proxy(options);
  proxy.serve({vip_at(vip.address(), {backend_at(before.address())})});
  proxy.serve({vip_at(vip.address(), in_order({dead.address(), dead_too.address()}))});
  EXPECT_EQ(TestSocket::connect(vip.address()).end(), StreamEnd::Reset);
  EXPECT_EQ(proxy.ended("no_backend"), 1);
  EXPECT_GE(proxy.value(failures(vip, "refused")), 4);  // Each was asked again at least once.
}

TEST(Failover, ServesAClientWhileTheOnlyBackendIsReplaced) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const HeldPort killed(HeldPort::Kind::Refusing);
  const HeldPort starting(HeldPort::Kind::Refusing);
  config::Vip options = Proxy::options();
  options.connect_timeout = milliseconds(20000);
  Proxy proxy(options);
  proxy.serve({vip_at(vip.address(), {backend_at(killed.address())})});
  std::vector<Backend> backends{backend_at(killed.address(), BackendState::Draining),
                                backend_at(starting.address())};
  std::sort(backends.begin(), backends.end());
  proxy.serve({vip_at(vip.address(), backends)});
  TestSocket client = TestSocket::connect(vip.address());
  client.send("early");
  client.finish();
  EXPECT_TRUE(wait_until([&] { return proxy.value(failures(vip, "refused")) >= 2; }));
  starting.listen();
  EXPECT_EQ(starting.accept().receive_all(), "early");
}

TEST(Failover, KeepsAClientWhileTheOnlyBackendIsKilledAndTheNextIsNotKnown) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const HeldPort killed(HeldPort::Kind::Refusing);
  TestListener next;
  config::Vip options = Proxy::options();
  options.connect_timeout = milliseconds(20000);
  Proxy proxy(options);
  proxy.serve({vip_at(vip.address(), {backend_at(killed.address())})});
  proxy.serve({vip_at(vip.address(), {backend_at(killed.address(), BackendState::Draining)})});
  TestSocket client = TestSocket::connect(vip.address());
  client.send("early");
  client.finish();
  const std::string open =
      "signpost_vipd_connections{vip=\"" + vip.address().to_string() + "/tcp\"}";
  EXPECT_TRUE(wait_until([&] { return proxy.value(open) == 1; }));
  proxy.serve({vip_at(vip.address(), {backend_at(next.address())})});
  EXPECT_EQ(next.accept().receive_all(), "early");
}

TEST(Failover, ResetsTheClientOfAVipWithoutBackends) {
  const HeldPort vip(HeldPort::Kind::Shared);
  Proxy proxy;
  proxy.serve({vip_at(vip.address(), {})});
  EXPECT_EQ(TestSocket::connect(vip.address()).end(), StreamEnd::Reset);
}

TEST(Failover, UsesFailingBackendsWhenNonePasses) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const EchoServer failing;
  Proxy proxy;
  proxy.serve({vip_at(vip.address(), {backend_at(failing.address(), BackendState::Failing)})});
  TestSocket client = TestSocket::connect(vip.address());
  client.send("hello");
  EXPECT_EQ(client.receive(5), "hello");
}

TEST(Failover, GivesUpABackendThatDoesNotAnswer) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const BlackHole silent;
  config::Vip options = Proxy::options();
  options.connect_timeout = milliseconds(200);
  Proxy proxy(options);
  proxy.serve({vip_at(vip.address(), {backend_at(silent.address())})});
  EXPECT_EQ(TestSocket::connect(vip.address()).end(), StreamEnd::Reset);
  EXPECT_EQ(proxy.value(failures(vip, "timeout")), 1);
}

TEST(Failover, WaitsForASilentBackendOnceThenSkipsIt) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const BlackHole silent;
  const EchoServer alive;
  config::Vip options = one_worker();
  options.connect_timeout = milliseconds(200);
  Proxy proxy(options);
  std::vector<Backend> backends{backend_at(silent.address()), backend_at(alive.address())};
  std::sort(backends.begin(), backends.end());
  proxy.serve({vip_at(vip.address(), backends)});
  for (int i = 0; i < 2; ++i) {  // One of them meets the silent one first.
    TestSocket client = TestSocket::connect(vip.address());
    client.send("hello");
    EXPECT_EQ(client.receive(5), "hello");
  }
  EXPECT_EQ(proxy.value(failures(vip, "timeout")), 1);
}

config::Vip hedging() {
  config::Vip options = one_worker();
  options.connect_timeout = milliseconds(60000);
  options.hedge_after = milliseconds(50);
  return options;
}

TEST(Hedge, ServesAClientWhoseFirstBackendIsSilent) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const BlackHole silent;
  const EchoServer alive;
  Proxy proxy(hedging());
  proxy.serve({vip_at(vip.address(), in_order({silent.address(), alive.address()}))});
  for (int i = 0; i < 10; ++i) {
    TestSocket client = TestSocket::connect(vip.address());
    client.send("hello");
    EXPECT_EQ(client.receive(5), "hello");
  }
  EXPECT_EQ(proxy.value("signpost_vipd_hedges_won_total"), 1) << "it is skipped from then on";
  const std::string ejections =
      "signpost_vipd_ejections_total{vip=\"" + vip.address().to_string() + "/tcp\"}";
  EXPECT_EQ(proxy.value(ejections), 1);
  const std::string on_vip = "{vip=\"" + vip.address().to_string() + "/tcp\"";
  const std::string on_rival =
      on_vip + ",pool=\"/app\",backend=\"" + alive.address().to_string() + "\"}";
  EXPECT_EQ(proxy.value("signpost_vipd_vip_hedges_total" + on_vip + "}"), 1);
  EXPECT_EQ(proxy.value("signpost_vipd_vip_hedges_won_total" + on_vip + "}"), 1);
  EXPECT_EQ(proxy.value("signpost_vipd_backend_hedges_total" + on_rival), 1);
  EXPECT_EQ(proxy.value("signpost_vipd_backend_hedges_won_total" + on_rival), 1);
}

TEST(Hedge, GoesOnToAThirdWhenTheRivalRefuses) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const BlackHole silent;
  const HeldPort dead(HeldPort::Kind::Refusing);
  const EchoServer alive;
  Proxy proxy(hedging());
  proxy.serve(
      {vip_at(vip.address(), in_order({silent.address(), dead.address(), alive.address()}))});
  for (int i = 0; i < 6; ++i) {
    TestSocket client = TestSocket::connect(vip.address());
    client.send("hello");
    EXPECT_EQ(client.receive(5), "hello");
  }
}

TEST(Hedge, LeavesTheFirstOneItsTimeWhenThereIsNoOther) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const BlackHole silent;
  config::Vip options = hedging();
  options.connect_timeout = milliseconds(300);
  Proxy proxy(options);
  proxy.serve({vip_at(vip.address(), {backend_at(silent.address())})});
  EXPECT_EQ(TestSocket::connect(vip.address()).end(), StreamEnd::Reset);
  EXPECT_EQ(proxy.value("signpost_vipd_hedges_total"), 0);
  EXPECT_EQ(proxy.value(failures(vip, "timeout")), 1);
}

TEST(Hedge, TakesOverWhenTheFirstOneTimesOut) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const BlackHole silent, silent_too;
  config::Vip options = hedging();
  options.connect_timeout = milliseconds(200);
  Proxy proxy(options);
  proxy.serve({vip_at(vip.address(), in_order({silent.address(), silent_too.address()}))});
  EXPECT_EQ(TestSocket::connect(vip.address()).end(), StreamEnd::Reset);
  EXPECT_EQ(proxy.value(failures(vip, "timeout")), 2);
  EXPECT_EQ(proxy.value("signpost_vipd_hedges_total"), 1);
}

TEST(Failover, TriesOnlySoManyBackends) {
  const HeldPort vip(HeldPort::Kind::Shared);
  std::vector<std::unique_ptr<HeldPort>> dead;
  std::vector<SocketAddress> endpoints;
  for (int i = 0; i < 5; ++i) {
    dead.push_back(std::make_unique<HeldPort>(HeldPort::Kind::Refusing));
    endpoints.push_back(dead.back()->address());
  }
  config::Vip options = Proxy::options();
  options.connect_tries = 3;
  Proxy proxy(options);
  proxy.serve({vip_at(vip.address(), in_order(endpoints))});
  EXPECT_EQ(TestSocket::connect(vip.address()).end(), StreamEnd::Reset);
  EXPECT_EQ(proxy.value(failures(vip, "refused")), 3);
}

TEST(Failover, GoesToTheNextBackendWhenThisHostCannotReachOne) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const EchoServer alive;
  Proxy proxy(one_worker());
  // Broadcast: connect() fails at once, as it does when no source port is left.
  const SocketAddress impossible{common::IpAddress::v4(0xffffffffU), 80};
  proxy.serve({vip_at(vip.address(), in_order({impossible, alive.address()}))});
  for (int i = 0; i < 4; ++i) {
    TestSocket client = TestSocket::connect(vip.address());
    client.send("hello");
    EXPECT_EQ(client.receive(5), "hello");
  }
  EXPECT_GE(proxy.value(failures(vip, "local")) + proxy.value(failures(vip, "unreachable")), 1);
}

/// Sockets of this process, as links of /proc/self/fd, that the kernel is connecting to `to`.
std::set<std::string> connecting(const SocketAddress& to) {
  std::set<std::string> links;
  std::ifstream sockets("/proc/net/tcp");
  const std::string port = fmt::format(":{:04X}", to.port);
  for (std::string line; std::getline(sockets, line);) {
    std::istringstream words(line);
    std::string word, remote, state, inode;
    words >> word >> word >> remote >> state;
    for (int i = 0; i < 6; ++i) words >> inode;
    if (state == "02" && remote.ends_with(port)) links.insert("socket:[" + inode + "]");
  }
  return links;
}

/// As another process has it. Not by dup(), to which TSan listens: another thread has opened it.
UniqueFd copy_of(int fd) { return UniqueFd(static_cast<int>(syscall(SYS_dup, fd))); }

/// Another descriptor of the only socket that is connecting to one of `holes` and is not in
/// `before`.
UniqueFd copy_of_attempt(const std::array<BlackHole, 2>& holes,
                         const std::set<std::string>& before) {
  UniqueFd copy;
  const auto find = [&] {
    for (const BlackHole& hole : holes) {
      for (const std::string& link : connecting(hole.address())) {
        if (before.contains(link)) continue;
        for (const auto& fd : std::filesystem::directory_iterator("/proc/self/fd")) {
          std::error_code gone;
          if (std::filesystem::read_symlink(fd, gone) != link) continue;
          copy = copy_of(std::stoi(fd.path().filename()));
        }
      }
    }
    return static_cast<bool>(copy);
  };
  EXPECT_TRUE(wait_until(find));
  return copy;
}

/// As when this process makes a child just then, which has all of its descriptors: the kernel goes
/// on telling of a socket that was closed here only. It is not to be taken for that of a later
/// attempt.
TEST(Failover, HearsNothingOfAnAttemptThatWasGivenUp) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const std::array<BlackHole, 2> silent;
  std::set<std::string> before = connecting(silent[0].address());
  before.merge(connecting(silent[1].address()));
  TestListener alive;
  config::Vip options = one_worker();
  options.connect_timeout = milliseconds(500);
  Proxy proxy(options);
  proxy.serve({vip_at(vip.address(), in_order({silent[0].address(), silent[1].address()}))});
  TestSocket client = TestSocket::connect(vip.address());
  const UniqueFd first = copy_of_attempt(silent, before);
  EXPECT_TRUE(wait_until([&] { return proxy.value(failures(vip, "timeout")) >= 1; }));
  proxy.serve({vip_at(vip.address(),
                      in_order({silent[0].address(), silent[1].address(), alive.address()}))});
  TestSocket backend = alive.accept();
  client.send("x");
  EXPECT_EQ(backend.receive(1), "x");
  shutdown(first.get(), SHUT_RDWR);  // An error, as far as the kernel is concerned.
  backend.send("y");
  EXPECT_EQ(client.receive(1), "y");
  client.send("z");
  EXPECT_EQ(backend.receive(1), "z");
  EXPECT_EQ(proxy.ended("backend_reset"), 0);
}

TEST(Failover, CancelsTheAttemptWhenTheClientLeaves) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const BlackHole silent;
  Proxy proxy;
  proxy.serve({vip_at(vip.address(), {backend_at(silent.address())})});
  TestSocket client = TestSocket::connect(vip.address());
  EXPECT_TRUE(wait_until([&] {
    return proxy.value("signpost_vipd_connections{vip=\"" + vip.address().to_string() +
                       "/tcp\"}") == 1;
  }));
  client.reset();
  EXPECT_TRUE(wait_until([&] { return proxy.ended("client_reset") == 1; }));
}

TEST(Failover, KeepsTheClientsBytesForTheBackendThatAnswers) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const BlackHole silent;
  TestListener alive;
  config::Vip options = Proxy::options();
  options.connect_timeout = milliseconds(100);
  Proxy proxy(options);
  std::vector<Backend> backends{backend_at(silent.address()), backend_at(alive.address())};
  std::sort(backends.begin(), backends.end());
  proxy.serve({vip_at(vip.address(), backends)});
  const std::string bytes = pattern(50000);
  for (int i = 0; i < 2; ++i) {
    TestSocket client = TestSocket::connect(vip.address());
    client.send(bytes);
    client.finish();
    EXPECT_TRUE(alive.accept().receive_all() == bytes);
  }
}

/// One backend that is not there, one that is; a client found that out.
class Readmission : public testing::Test {
 protected:
  void serve(std::optional<config::ProxyVersion> send_proxy = {}) {
    std::vector<Backend> backends = in_order({away_.address(), there_.address()});
    for (Backend& backend : backends) backend.options.send_proxy = send_proxy;
    proxy_.serve({vip_at(vip_.address(), backends)});
    EXPECT_TRUE(wait_until([this] { return visit() && ejections() == 1; }));
  }
  double ejections() const {
    return proxy_.value("signpost_vipd_ejections_total{vip=\"" + vip_.address().to_string() +
                        "/tcp\"}");
  }
  /// A client comes, whoever it gets; its backend, if it is the one that is there, says goodbye.
  bool visit() {
    TestSocket client = TestSocket::connect(vip_.address());
    client.send("x");
    client.finish();
    there_.accept().close();
    client.end();
    return true;
  }

  const HeldPort vip_{HeldPort::Kind::Shared};
  const HeldPort away_{HeldPort::Kind::Refusing};
  TestListener there_;
  Proxy proxy_{one_worker()};
};

TEST_F(Readmission, FindsOutByItselfThatABackendIsBack) {
  serve();
  away_.listen();
  TestSocket check = away_.accept();  // No client has come meanwhile.
  EXPECT_EQ(check.end(), StreamEnd::Reset);
  std::vector<TestSocket> clients;
  for (int i = 0; i < 2; ++i) clients.push_back(TestSocket::connect(vip_.address()));
  for (TestSocket& client : clients) client.send("y");
  EXPECT_EQ(away_.accept().receive(1), "y");
  EXPECT_EQ(there_.accept().receive(1), "y");
  EXPECT_EQ(ejections(), 1);
}

TEST_F(Readmission, TellsBackendsThatExpectAHeaderThatItComesForNobody) {
  serve(config::ProxyVersion::V1);
  away_.listen();
  TestSocket check = away_.accept();
  EXPECT_EQ(check.receive_all(), "PROXY UNKNOWN\r\n");
  EXPECT_EQ(check.last_end(), StreamEnd::Fin);
}

/// Whether this one got the client, and not the other one; it resets it before it has said a word.
bool resets_one(TestListener& resetting, const SocketAddress& vip) {
  TestSocket client = TestSocket::connect(vip);
  client.send("x");
  std::array<pollfd, 2> either{{{client.fd(), POLLIN, 0}, {resetting.fd(), POLLIN, 0}}};
  EXPECT_GT(poll(either.data(), either.size(), 20000), 0);
  if ((either[1].revents & POLLIN) == 0) return false;
  TestSocket backend = resetting.accept();
  EXPECT_EQ(backend.receive(1), "x");
  backend.reset();
  EXPECT_EQ(client.end(), StreamEnd::Reset);
  return true;
}

TEST(Failover, EjectsABackendThatResetsBeforeItsFirstByte) {
  const HeldPort vip(HeldPort::Kind::Shared);
  TestListener resetting;
  const EchoServer alive;
  Proxy proxy(one_worker());
  proxy.serve({vip_at(vip.address(), in_order({resetting.address(), alive.address()}))});
  const std::string ejections =
      "signpost_vipd_ejections_total{vip=\"" + vip.address().to_string() + "/tcp\"}";
  int resets = 0;
  for (int i = 0; i < 100 && proxy.value(ejections) == 0; ++i) {
    resets += resets_one(resetting, vip.address()) ? 1 : 0;
  }
  EXPECT_EQ(resets, Ejection::kEarlyResets);
}

/// Which of two listeners has a connection waiting.
std::size_t who_was_asked(const std::array<TestListener, 2>& backends) {
  std::array<pollfd, 2> polled{{{backends[0].fd(), POLLIN, 0}, {backends[1].fd(), POLLIN, 0}}};
  EXPECT_GT(poll(polled.data(), polled.size(), 20000), 0);
  return (polled[0].revents & POLLIN) != 0 ? 0 : 1;
}

/// A client that is connected to one of two backends, and has not sent anything.
class Untouched : public ::testing::Test {
 protected:
  Untouched() {
    proxy_.serve({vip_at(vip_.address(), {backend_at(address(0)), backend_at(address(1))})});
    client_ = TestSocket::connect(vip_.address());
    first_ = who_was_asked(backends_);
    backend_ = backends_[first_].accept();
    EXPECT_TRUE(wait_until([this] { return proxy_.value(open()) == 1; }));
  }

  const SocketAddress& address(std::size_t index) const { return backends_[index].address(); }
  TestListener& other() { return backends_[1 - first_]; }
  std::string open() const {
    return "signpost_vipd_backend_sessions{vip=\"" + vip_.address().to_string() +
           "/tcp\",pool=\"/app\",backend=\"" + address(first_).to_string() + "\"}";
  }
  void expect_served_by_the_other() {
    TestSocket next = other().accept();
    client_.send("hello");
    EXPECT_EQ(next.receive(5), "hello");
    next.send("there");
    EXPECT_EQ(client_.receive(5), "there");
    EXPECT_LE(proxy_.value(open()), 0);  // Or there is none, of a backend that is gone.
  }

  static config::Vip options() {
    config::Vip options = one_worker();
    options.drain = config::Drain::Close;
    return options;
  }

  const HeldPort vip_{HeldPort::Kind::Shared};
  std::array<TestListener, 2> backends_;
  Proxy proxy_{options()};
  TestSocket client_;
  std::size_t first_ = 0;
  TestSocket backend_;
};

TEST_F(Untouched, GoesToAnotherBackendWhenItsOwnIsReset) {
  backend_.reset();
  expect_served_by_the_other();
}

TEST_F(Untouched, GoesToAnotherBackendWhenItsOwnIsTakenAway) {
  proxy_.publish({vip_at(vip_.address(), {backend_at(other().address())})});
  expect_served_by_the_other();
}

TEST_F(Untouched, IsResetWhenAllAcceptAndReset) {
  backend_.reset();
  other().accept().reset();
  EXPECT_EQ(client_.end(), StreamEnd::Reset);
  EXPECT_EQ(proxy_.ended("no_backend"), 1);
}

TEST_F(Untouched, IsSoNoMoreOnceTheClientHasSpoken) {
  client_.send("x");
  EXPECT_EQ(backend_.receive(1), "x");
  proxy_.publish({vip_at(vip_.address(), {backend_at(other().address())})});
  EXPECT_EQ(client_.end(), StreamEnd::Reset);
}

}  // namespace
}  // namespace vipd
