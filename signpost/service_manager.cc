#include "signpost/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>

#include "common/unique_fd.h"

namespace signpost {

void tell_service_manager(std::string_view words) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr) return;
  const std::string_view name(path);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.empty() || name.size() >= sizeof address.sun_path) return;
  std::copy(name.begin(), name.end(), address.sun_path);
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // An abstract one.
  const common::UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  // Who started us may have gone, or never listened: it is only told.
  [[maybe_unused]] const ssize_t sent = sendto(socket.get(),
                                               words.data(),
                                               words.size(),
                                               MSG_NOSIGNAL,
                                               reinterpret_cast<const sockaddr*>(&address),
                                               length);
}

}  // namespace signpost
