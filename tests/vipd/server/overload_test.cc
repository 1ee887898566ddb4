#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <thread>

#include "tests/vipd/server/proxy.h"

namespace vipd {
namespace {

TEST(Overload, TurnsClientsAwayAboveTheLimit) {
  const HeldPort vip(HeldPort::Kind::Shared);
  TestListener listener;
  config::Vip options = Proxy::options();
  options.workers = 1;
  options.connections = 2;
  Proxy proxy(options);
  proxy.serve({vip_at(vip.address(), {backend_at(listener.address())})});
  TestSocket first = TestSocket::connect(vip.address());
  TestSocket second = TestSocket::connect(vip.address());
  TestSocket backend = listener.accept();
  const TestSocket other_backend = listener.accept();
  TestSocket third = TestSocket::connect(vip.address());
  EXPECT_EQ(third.end(), StreamEnd::Reset);
  EXPECT_EQ(proxy.ended("limit"), 1);

  first.close();  // Whoever of the two it is: one place is free again.
  second.finish();
  backend.close();
  EXPECT_TRUE(
      wait_until([&] { return proxy.ended("finished") + proxy.ended("client_reset") >= 1; }));
  EXPECT_EQ(TestSocket::connect(vip.address()).error(), 0);
  const TestSocket next_backend = listener.accept();
  EXPECT_EQ(proxy.ended("limit"), 1);
}

/// Leaves this process only so many file descriptors to open.
class FewDescriptors {
 public:
  explicit FewDescriptors(std::size_t left) {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit lowered = before_;
    lowered.rlim_cur = 20 + static_cast<rlim_t>(UniqueFd(open("/dev/null", O_RDONLY)).get());
    setrlimit(RLIMIT_NOFILE, &lowered);
    while (UniqueFd fd{open("/dev/null", O_RDONLY | O_CLOEXEC)}) taken_.push_back(std::move(fd));
    taken_.resize(taken_.size() - left);
  }
  ~FewDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
  std::vector<UniqueFd> taken_;
};

/// Without descriptors: with an even number left the client's can't be had, with an odd one the
/// backend's.
class Descriptors : public testing::TestWithParam<std::size_t> {};

TEST_P(Descriptors, RunOutWithoutHarmToOthers) {
  const HeldPort vip(HeldPort::Kind::Shared);
  TestListener listener;
  config::Vip options = Proxy::options();
  options.workers = 1;  // Two would take each other's last descriptor.
  Proxy proxy(options);
  proxy.serve({vip_at(vip.address(), {backend_at(listener.address())})});
  TestSocket early = TestSocket::connect(vip.address());
  TestSocket backend = listener.accept();

  std::vector<UniqueFd> late;
  for (int i = 0; i < 4; ++i) late.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  {
    const FewDescriptors few(GetParam());
    sockaddr_storage storage;
    const socklen_t length = vip.address().to_sockaddr(storage);
    for (const auto& fd : late) {
      EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&storage), length), 0);
    }
    EXPECT_TRUE(wait_until([&] { return proxy.ended("descriptors") >= 1; }));
    early.send("still here");
    EXPECT_EQ(backend.receive(10), "still here");
  }
  late.clear();
  listener.count_waiting();
  TestSocket after = TestSocket::connect(vip.address());
  after.send("again");
  TestSocket next = listener.accept();
  while (next.receive(5) != "again") next = listener.accept();  // Some of the late ones got in.
}

/// With none left the client's place is what is missing, with one the backend's.
class SparePipes : public testing::TestWithParam<std::size_t> {};

TEST_P(SparePipes, AreGivenUpForClients) {
  const HeldPort vip(HeldPort::Kind::Shared);
  TestListener listener;
  config::Vip options = Proxy::options();
  options.workers = 1;
  Proxy proxy(options);
  proxy.serve({vip_at(vip.address(), {backend_at(listener.address())})});
  {
    TestSocket client = TestSocket::connect(vip.address());
    TestSocket backend = listener.accept();
    const std::string stream = pattern(std::size_t{8} << 20);
    std::thread sender([&] {
      client.send(stream);
      client.finish();
    });
    EXPECT_TRUE(backend.receive_all() == stream);
    sender.join();
  }
  ASSERT_TRUE(wait_until([&] { return proxy.ended("finished") == 1; }));

  const UniqueFd late(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  {
    const FewDescriptors few(GetParam());
    sockaddr_storage storage;
    const socklen_t length = vip.address().to_sockaddr(storage);
    ASSERT_EQ(::connect(late.get(), reinterpret_cast<sockaddr*>(&storage), length), 0);
    EXPECT_TRUE(wait_until([&] {
      return proxy.value("signpost_vipd_pool_sessions{vip=\"" + vip.address().to_string() +
                         "/tcp\",pool=\"/app\"}") == 1;
    }));
  }
  EXPECT_EQ(proxy.ended("descriptors"), 0);
}

INSTANTIATE_TEST_SUITE_P(NoneAndOne, SparePipes, testing::Values(0, 1));

INSTANTIATE_TEST_SUITE_P(OddAndEven, Descriptors, testing::Values(0, 1, 2, 3));

}  // namespace
}  // namespace vipd
