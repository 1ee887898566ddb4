#include "minimarathon/serve/network_namespace.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "common/unique_fd.h"

namespace minimarathon::serve {
namespace {

using common::Expected;
using common::UniqueFd;

bool write_file(const char* path, std::string_view text) {
  const UniqueFd file(::open(path, O_WRONLY | O_CLOEXEC));
  return file && ::write(file.get(), text.data(), text.size()) == std::ssize(text);
}

/// Gives user and group the numbers they had outside (user_namespaces(7)).
bool keep_ids(uid_t user, gid_t group) {
  return write_file("/proc/self/uid_map", fmt::format("{0} {0} 1", user)) &&
         write_file("/proc/self/setgroups", "deny") &&
         write_file("/proc/self/gid_map", fmt::format("{0} {0} 1", group));
}

/// With a user namespace of its own the network can be set up by whoever we are, be it a root
/// without CAP_NET_ADMIN.
Expected<void> unshare_network() {
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
    if (::unshare(CLONE_NEWNET) == 0) return {};
    return common::fail_errno("the kernel refuses a network namespace", errno);
  }
  if (keep_ids(user, group)) return {};
  return common::fail_errno("the kernel refuses to map our user", errno);
}

bool bring_loopback_up() {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  if (!socket || ::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) return false;
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  return ::ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0;
}

}  // namespace

Expected<void> enter_own_network() {
  if (auto apart = unshare_network(); !apart) return apart;
  if (!bring_loopback_up()) return common::fail_errno("cannot bring up the loopback", errno);
  // As Docker does: a container's server binds port 80 whoever it runs as. A refusal shows when the
  // command binds.
  write_file("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
  return {};
}

}  // namespace minimarathon::serve
