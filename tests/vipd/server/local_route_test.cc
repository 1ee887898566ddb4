#include "vipd/server/local_route.h"

#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <optional>

#include "common/unique_fd.h"

namespace vipd {
namespace {

const common::Ipv4Prefix kRange = *common::Ipv4Prefix::parse("11.0.0.0/8");
constexpr int kNoNamespace = 77;

bool is_local(const char* address) {
  const common::UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_storage storage;
  const socklen_t length =
      common::SocketAddress{*common::IpAddress::parse(address), 0}.to_sockaddr(storage);
  return bind(fd.get(), reinterpret_cast<sockaddr*>(&storage), length) == 0;
}

bool enter_empty_network() {
  if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
  const common::UniqueFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq lo{};
  std::strcpy(lo.ifr_name, "lo");
  lo.ifr_flags = IFF_UP | IFF_RUNNING;
  return ioctl(fd.get(), SIOCSIFFLAGS, &lo) == 0;
}

/// Runs `body` in a process with a network of its own; returns its exit status.
template <class Body>
int in_empty_network(Body body) {
  const pid_t child = fork();
  if (child == 0) _exit(enter_empty_network() ? body() : kNoNamespace);
  int status = 0;
  waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

TEST(LocalRoute, MakesARangeLocalForAsLongAsItLives) {
  const int failed_step = in_empty_network([] {
    if (is_local("11.1.2.3")) return 1;
    {
      auto route = LocalRoute::add(kRange);
      if (!route) return 2;
      if (!is_local("11.1.2.3")) return 3;
      const LocalRoute moved = std::move(*route);
      if (!is_local("11.255.255.254")) return 4;
    }
    return is_local("11.1.2.3") ? 5 : 0;
  });
  if (failed_step == kNoNamespace) GTEST_SKIP() << "needs leave to make a network namespace";
  EXPECT_EQ(failed_step, 0);
}

TEST(LocalRoute, LeavesARouteAloneThatWasThereBefore) {
  const int failed_step = in_empty_network([] {
    const auto earlier = LocalRoute::add(kRange);
    if (!earlier) return 1;
    if (auto second = LocalRoute::add(kRange); !second) return 2;
    return is_local("11.1.2.3") ? 0 : 3;
  });
  if (failed_step == kNoNamespace) GTEST_SKIP() << "needs leave to make a network namespace";
  EXPECT_EQ(failed_step, 0);
}

TEST(LocalRoute, SaysWhichCapabilityIsMissing) {
  const int failed_step = in_empty_network([] {
    if (getuid() == 0 && setresuid(65534, 65534, 65534) != 0) return kNoNamespace;
    const auto route = LocalRoute::add(kRange);
    if (route) return 1;
    if (route.error().code != common::ErrorCode::NotPermitted) return 2;
    return route.error().message.find("CAP_NET_ADMIN") == std::string::npos ? 3 : 0;
  });
  if (failed_step == kNoNamespace) GTEST_SKIP() << "needs leave to make a network namespace";
  EXPECT_EQ(failed_step, 0);
}

}  // namespace
}  // namespace vipd
