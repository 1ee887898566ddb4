#include "signpost/handover/channel.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace signpost::handover {

using common::ErrorCode;
using common::Expected;
using common::UniqueFd;
using std::chrono::milliseconds;

namespace {

constexpr std::uint32_t kMagic = 0x54504753;  // "SGPT"
constexpr std::uint64_t kMostBytes = std::uint64_t{4} << 30;
constexpr std::uint32_t kMostDescriptors = 4'000'000;
constexpr std::size_t kPerMessage = 250;  // The kernel takes 253 (SCM_MAX_FD).
constexpr std::size_t kPiece = std::size_t{1} << 20;
constexpr milliseconds kPatience{10000};  // With one call, where nothing else is said.

/// Before each letter. Both are processes of one host: no byte order.
struct Head {
  std::uint32_t magic = kMagic;
  std::uint16_t version = kVersion;
  Kind kind{};
  std::uint8_t unused = 0;
  std::uint32_t descriptors = 0;
  std::uint32_t unused_too = 0;
  std::uint64_t bytes = 0;
};

Expected<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return common::fail(ErrorCode::InvalidInput,
                        "the path " + path +
                            " is too long for a socket (107 characters); change "
                            "process.handover_path");
  }
  std::copy(path.begin(), path.end(), address.sun_path);
  return address;
}

UniqueFd unix_socket(int how = 0) {
  return UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | how, 0));
}

tl::unexpected<common::Error> broken() {
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    return common::fail(ErrorCode::Timeout, "the other process took too long");
  }
  return common::fail_errno("the connection to the other process broke", errno);
}

tl::unexpected<common::Error> gone() {
  return common::fail(ErrorCode::Unavailable, "the other process has gone");
}

Expected<void> check(const Head& head, Kind expected) {
  if (head.magic != kMagic) {
    return common::fail(ErrorCode::InvalidInput, "the other process is no Signpost");
  }
  if (head.version != kVersion) {
    return common::fail(ErrorCode::InvalidInput,
                        "the other process speaks version " + std::to_string(head.version) +
                            " of the hand-over, this one " + std::to_string(kVersion) +
                            "; stop the old one before the new one starts");
  }
  const bool known = head.kind == expected || head.kind == Kind::No;
  if (!known || head.bytes > kMostBytes || head.descriptors > kMostDescriptors) {
    return common::fail(ErrorCode::InvalidInput, "the other process said what it should not");
  }
  return {};
}

}  // namespace

Expected<std::optional<Channel>> Channel::connect(const std::string& path) {
  const auto address = address_of(path);
  if (!address) return tl::unexpected(address.error());
  UniqueFd socket = unix_socket();
  if (!socket) return common::fail_errno("cannot create a socket", errno);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
    if (errno == ENOENT || errno == ECONNREFUSED) return std::optional<Channel>();
    return common::fail_errno("cannot reach the running process at " + path, errno);
  }
  auto channel = accepted(std::move(socket));
  if (!channel) return tl::unexpected(channel.error());
  return std::optional(std::move(*channel));
}

Expected<Channel> Channel::accepted(UniqueFd socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return broken();
  if (peer.uid != geteuid()) {
    return common::fail(ErrorCode::NotPermitted,
                        "process " + std::to_string(peer.pid) + " is of user " +
                            std::to_string(peer.uid) + ", not " + std::to_string(geteuid()) +
                            "; run both as one user");
  }
  Channel channel(std::move(socket), peer.pid);
  channel.limit(kPatience);
  return channel;
}

void Channel::limit(milliseconds limit) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(limit);
  const timeval time{.tv_sec = seconds.count(), .tv_usec = (limit - seconds).count() * 1000};
  setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

Expected<void> Channel::send(Kind kind, const Letter& letter) {
  Head head;
  head.kind = kind;
  head.descriptors = static_cast<std::uint32_t>(letter.descriptors.size());
  head.bytes = letter.bytes.size();
  if (auto sent = send_bytes(&head, sizeof head); !sent) return sent;
  if (auto sent = send_bytes(letter.bytes.data(), letter.bytes.size()); !sent) return sent;
  return send_descriptors(letter.descriptors);
}

Expected<Received> Channel::receive(Kind expected, milliseconds limit) {
  this->limit(limit);
  Head head;
  if (auto got = receive_bytes(&head, sizeof head); !got) return tl::unexpected(got.error());
  if (auto good = check(head, expected); !good) return tl::unexpected(good.error());
  this->limit(kPatience);
  Received received;
  while (received.bytes.size() < head.bytes) {
    const std::size_t before = received.bytes.size();
    const std::size_t piece = std::min<std::size_t>(kPiece, head.bytes - before);
    received.bytes.resize(before + piece);
    const auto got = receive_bytes(received.bytes.data() + before, piece);
    if (!got) return tl::unexpected(got.error());
  }
  if (head.kind == Kind::No) {
    return common::fail(ErrorCode::Unavailable, "the running process says: " + received.bytes);
  }
  const auto got = receive_descriptors(head.descriptors, received.descriptors);
  if (!got) return tl::unexpected(got.error());
  return received;
}

Expected<void> Channel::send_bytes(const void* data, std::size_t size) {
  const char* rest = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t sent = ::send(socket_.get(), rest, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return broken();
    rest += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return {};
}

Expected<void> Channel::receive_bytes(void* data, std::size_t size) {
  char* rest = static_cast<char*>(data);
  while (size > 0) {
    const ssize_t got = ::recv(socket_.get(), rest, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return broken();
    if (got == 0) return gone();
    rest += got;
    size -= static_cast<std::size_t>(got);
  }
  return {};
}

/// Each batch is acknowledged: the kernel limits how many descriptors a user has on their way.
Expected<void> Channel::send_descriptors(const std::vector<int>& descriptors) {
  for (std::size_t first = 0; first < descriptors.size(); first += kPerMessage) {
    const std::size_t count = std::min(kPerMessage, descriptors.size() - first);
    alignas(cmsghdr) std::array<char, CMSG_SPACE(kPerMessage * sizeof(int))> control{};
    char mark = 0;
    iovec part{&mark, 1};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof(int));
    std::memcpy(CMSG_DATA(header), &descriptors[first], count * sizeof(int));
    if (sendmsg(socket_.get(), &message, MSG_NOSIGNAL) != 1) return broken();
    if (auto taken = receive_bytes(&mark, 1); !taken) return taken;
  }
  return {};
}

Expected<void> Channel::receive_descriptors(std::size_t count, std::vector<UniqueFd>& into) {
  while (into.size() < count) {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(kPerMessage * sizeof(int))> control{};
    char mark = 0;
    iovec part{&mark, 1};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t got = recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC);
    if (got < 0) return broken();
    if (got == 0) return gone();
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    const bool has_rights =
        header != nullptr && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS;
    const std::size_t arrived = has_rights ? (header->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;
    for (std::size_t i = 0; i < arrived; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
      into.emplace_back(fd);
    }
    const std::size_t expected = std::min(kPerMessage, count - (into.size() - arrived));
    if (arrived != expected || (message.msg_flags & MSG_CTRUNC) != 0) {
      return common::fail(ErrorCode::Unavailable,
                          "not all sockets arrived: raise the limit of open files (LimitNOFILE)");
    }
    if (auto sent = send_bytes(&mark, 1); !sent) return sent;
  }
  return {};
}

Expected<UniqueFd> open_gate(const std::string& path) {
  const auto address = address_of(path);
  if (!address) return tl::unexpected(address.error());
  UniqueFd gate = unix_socket(SOCK_NONBLOCK);
  if (!gate) return common::fail_errno("cannot create a socket", errno);
  unlink(path.c_str());  // Nobody listens there: it was asked before.
  const mode_t before = umask(0177);
  const int bound = bind(gate.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address);
  umask(before);
  if (bound != 0 || listen(gate.get(), 1) != 0) {
    return common::fail_errno("cannot listen on " + path + "; change process.handover_path", errno);
  }
  return gate;
}

UniqueFd accept_at(const UniqueFd& gate) {
  return UniqueFd(accept4(gate.get(), nullptr, nullptr, SOCK_CLOEXEC));
}

}  // namespace signpost::handover
