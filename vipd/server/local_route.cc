#include "vipd/server/local_route.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "common/log.h"
#include "common/unique_fd.h"

namespace vipd {

using common::ErrorCode;

namespace {

template <class Value>
struct Attribute {
  rtattr head{.rta_len = sizeof(Attribute), .rta_type = 0};
  Value value{};
};

/// rtnetlink(7): a message of fixed shape, every part a multiple of four bytes.
struct RouteRequest {
  nlmsghdr head{};
  rtmsg route{};
  Attribute<std::uint32_t> destination;  // Network order.
  Attribute<std::uint32_t> device;
};
static_assert(sizeof(RouteRequest) ==
              NLMSG_LENGTH(sizeof(rtmsg)) + 2 * RTA_LENGTH(sizeof(std::uint32_t)));

RouteRequest route_request(std::uint16_t type,
                           std::uint16_t flags,
                           const common::Ipv4Prefix& range) {
  RouteRequest request;
  request.head.nlmsg_len = sizeof request;
  request.head.nlmsg_type = type;
  request.head.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
  request.route.rtm_family = AF_INET;
  request.route.rtm_dst_len = static_cast<unsigned char>(range.length);
  request.route.rtm_table = RT_TABLE_LOCAL;
  request.route.rtm_protocol = RTPROT_STATIC;
  request.route.rtm_scope = RT_SCOPE_HOST;
  request.route.rtm_type = RTN_LOCAL;
  request.destination.head.rta_type = RTA_DST;
  request.destination.value = htonl(range.first);
  request.device.head.rta_type = RTA_OIF;
  request.device.value = if_nametoindex("lo");
  return request;
}

/// Sends one request and returns the kernel's answer as an errno value, 0 for success.
int ask_kernel(const RouteRequest& request) {
  const common::UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket) return errno;
  if (send(socket.get(), &request, sizeof request, 0) < 0) return errno;
  struct {
    nlmsghdr head;
    nlmsgerr error;
    char echo[sizeof(RouteRequest)];
  } answer{};
  if (recv(socket.get(), &answer, sizeof answer, 0) < 0) return errno;
  return answer.head.nlmsg_type == NLMSG_ERROR ? -answer.error.error : EPROTO;
}

int ask_kernel(std::uint16_t type, std::uint16_t flags, const common::Ipv4Prefix& range) {
  return ask_kernel(route_request(type, flags, range));
}

}  // namespace

common::Expected<LocalRoute> LocalRoute::add(const common::Ipv4Prefix& range) {
  const int error = ask_kernel(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, range);
  switch (error) {
    case 0:
      return LocalRoute(range, true);
    case EEXIST:
      return LocalRoute(range, false);
    case EPERM:
      return common::fail(ErrorCode::NotPermitted,
                          "cannot make " + range.to_string() +
                              " local to this host: run as root or grant CAP_NET_ADMIN");
    default:
      return common::fail_errno("cannot add the local route " + range.to_string() + " dev lo",
                                error);
  }
}

LocalRoute::LocalRoute(LocalRoute&& other) noexcept
    : range_(other.range_), added_(std::exchange(other.added_, false)) {}

LocalRoute& LocalRoute::operator=(LocalRoute&& other) noexcept {
  std::swap(range_, other.range_);
  std::swap(added_, other.added_);
  return *this;
}

std::optional<common::Ipv4Prefix> LocalRoute::release() {
  if (!std::exchange(added_, false)) return std::nullopt;
  return range_;
}

LocalRoute::~LocalRoute() {
  if (!added_) return;
  const int error = ask_kernel(RTM_DELROUTE, 0, range_);
  if (error == 0 || error == ESRCH) return;  // ESRCH: somebody else removed it.
  common::log::warn(
      "cannot remove the local route {} dev lo: {}", range_.to_string(), strerror(error));
}

}  // namespace vipd
