// A UDP service that sends back what it gets; a burst of one sender goes through the kernel as one
// piece, as QUIC servers have it (UDP_GRO, UDP_SEGMENT).
//
// proxy_datagram_echo PORT
#include <arpa/inet.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

std::array<char, std::size_t{64} << 10> bytes;

int bind_to(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(fd, SOL_UDP, UDP_GRO, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::perror("bind");
  return fd;
}

/// The size of the datagrams that came as one; 0: it is one.
int segment_of(msghdr& message) {
  int segment = 0;
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level == SOL_UDP && head->cmsg_type == UDP_GRO) {
      std::memcpy(&segment, CMSG_DATA(head), sizeof segment);
    }
  }
  return segment;
}

/// Makes the kernel cut it up as it was.
void set_segment(msghdr& message, std::uint16_t segment) {
  message.msg_controllen = CMSG_SPACE(sizeof segment);
  cmsghdr* const head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_UDP;
  head->cmsg_type = UDP_SEGMENT;
  head->cmsg_len = CMSG_LEN(sizeof segment);
  std::memcpy(CMSG_DATA(head), &segment, sizeof segment);
}

}  // namespace

int main(int argc, char** argv) {
  const int fd = bind_to(static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 0));
  for (;;) {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    sockaddr_in peer{};
    iovec piece{bytes.data(), bytes.size()};
    msghdr message{};
    message.msg_name = &peer;
    message.msg_namelen = sizeof peer;
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t got = recvmsg(fd, &message, 0);
    if (got < 0) continue;
    piece.iov_len = static_cast<std::size_t>(got);
    const int segment = segment_of(message);
    message.msg_controllen = 0;
    if (segment > 0 && segment < got) set_segment(message, static_cast<std::uint16_t>(segment));
    sendmsg(fd, &message, 0);
  }
}
