// The least a UDP server of one thread can do: it sends every datagram back, in batches. What a
// name server needs on top of it is the price of DNS. With OCTETS, no reply is shorter: so it can
// send as much as a name server answers.
//
// dns_echo PORT [OCTETS]
#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

constexpr unsigned kBatch = 64;
constexpr std::size_t kLargest = 1232;

int bind_to(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int size = 4 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::perror("bind");
  return fd;
}

}  // namespace

int main(int argc, char** argv) {
  const int fd = bind_to(static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 0));
  const std::size_t least =
      std::min<std::size_t>(argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 0, kLargest);
  static std::array<std::array<char, kLargest>, kBatch> buffers;
  std::array<iovec, kBatch> pieces;
  std::array<sockaddr_in, kBatch> peers;
  std::array<mmsghdr, kBatch> messages{};
  for (unsigned i = 0; i < kBatch; ++i) {
    messages[i].msg_hdr.msg_iov = &pieces[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    messages[i].msg_hdr.msg_name = &peers[i];
  }
  for (;;) {
    for (unsigned i = 0; i < kBatch; ++i) {
      pieces[i] = {buffers[i].data(), kLargest};
      messages[i].msg_hdr.msg_namelen = sizeof peers[i];
    }
    const int got = recvmmsg(fd, messages.data(), kBatch, MSG_WAITFORONE, nullptr);
    for (int i = 0; i < got; ++i) {
      buffers[i][2] = static_cast<char>(0x80);  // A reply.
      pieces[i].iov_len = std::max<std::size_t>(messages[i].msg_len, least);
    }
    if (got > 0) sendmmsg(fd, messages.data(), static_cast<unsigned>(got), 0);
  }
}
