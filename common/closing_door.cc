#include "common/closing_door.h"

#include <linux/filter.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>

namespace common {
namespace {

constexpr std::uint32_t kFlags = 13;  // Where they stand in a TCP header, RFC 9293 section 3.1.
constexpr std::uint32_t kSyn = 0x02;
constexpr std::uint32_t kWhole = 0xffff'ffff;

}  // namespace

/// Only what begins a connection is dropped. Were it everything, the last step of a handshake under
/// way would be lost too, and its client be reset although it believes to be connected.
void ignore_newcomers(int listener) {
  std::array<sock_filter, 4> steps{{
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kFlags),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kSyn, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, kWhole),
  }};
  const sock_fprog program{steps.size(), steps.data()};
  setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

}  // namespace common
