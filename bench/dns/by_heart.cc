// The least that a server which knows its answers can do: before it serves it asks another server
// all it will be asked, and learns the answers by heart. A datagram then is one look-up of the
// whole question and one copy: no name is parsed, nothing is rotated, no option is understood, and
// nothing can change. What a name server needs on top of it is the price of doing those.
//
// dns_by_heart PORT TEACHER-PORT QUERIES
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "bench/dns/queries.h"
#include "common/hash.h"
#include "common/prefetch.h"

namespace {

constexpr unsigned kBatch = 32;
constexpr std::size_t kLargest = 1232;
constexpr std::size_t kIdSize = 2;

sockaddr_in loopback(const char* port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int open_socket() {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int size = 4 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  // As dnsd's: the kernel need not think of a number for datagrams that are never cut.
  const int whole = IP_PMTUDISC_PROBE;
  setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &whole, sizeof whole);
  return fd;
}

/// Questions and their answers, both without their ids, in a table that is at most half full.
class Lessons {
 public:
  explicit Lessons(std::size_t count) {
    std::size_t size = 2;
    while (size < 2 * count) size *= 2;
    slots_.resize(size);
  }

  void learn(std::string_view question, std::string_view answer) {
    const std::uint64_t hash = common::hash_bytes(question);
    std::size_t at = hash & (slots_.size() - 1);
    while (slots_[at].text != nullptr) at = (at + 1) & (slots_.size() - 1);
    auto* text = new char[question.size() + answer.size()];
    question.copy(text, question.size());
    answer.copy(text + question.size(), answer.size());
    slots_[at] = {static_cast<std::uint32_t>(hash >> 32U),
                  static_cast<std::uint16_t>(question.size()),
                  static_cast<std::uint16_t>(answer.size()),
                  text};
  }

  void look_ahead(std::uint64_t hash) const {
    common::prefetch(&slots_[hash & (slots_.size() - 1)]);
  }
  /// As look_ahead(), once the slot is there.
  void look_closer(std::uint64_t hash) const {
    const char* text = slots_[hash & (slots_.size() - 1)].text;
    for (std::size_t at = 0; at < 256; at += 64) common::prefetch(text + at);
  }
  /// Nothing for what was never learned.
  std::string_view answer(std::string_view question, std::uint64_t hash) const {
    for (std::size_t at = hash & (slots_.size() - 1); slots_[at].text != nullptr;
         at = (at + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[at];
      if (slot.tag != hash >> 32U || slot.question != question.size()) continue;
      if (std::memcmp(slot.text, question.data(), question.size()) != 0) continue;
      return {slot.text + slot.question, slot.answer};
    }
    return {};
  }

 private:
  struct Slot {
    std::uint32_t tag = 0;
    std::uint16_t question = 0;
    std::uint16_t answer = 0;
    const char* text = nullptr;
  };
  std::vector<Slot> slots_;
};

Lessons learn_from(const sockaddr_in& teacher, const std::vector<bench::Query>& queries) {
  Lessons lessons(queries.size());
  const int fd = open_socket();
  if (connect(fd, reinterpret_cast<const sockaddr*>(&teacher), sizeof teacher) != 0) {
    std::perror("connect");
    std::exit(1);
  }
  const timeval patience{5, 0};  // An answer that is lost is never made up for.
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::array<char, kLargest> answer;
  for (const bench::Query& query : queries) {
    ssize_t got = -1;
    if (send(fd, query.data(), query.size(), 0) > 0) got = recv(fd, answer.data(), kLargest, 0);
    if (got <= static_cast<ssize_t>(kIdSize)) {
      std::perror("teacher");
      std::exit(1);
    }
    const std::string_view text(answer.data(), static_cast<std::size_t>(got));
    lessons.learn(std::string_view(query).substr(kIdSize), text.substr(kIdSize));
  }
  return lessons;
}

class Server {
 public:
  Server(int fd, const Lessons& lessons) : fd_(fd), lessons_(lessons) {
    for (unsigned i = 0; i < kBatch; ++i) {
      messages_[i].msg_hdr.msg_iov = &pieces_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
      messages_[i].msg_hdr.msg_name = &peers_[i];
    }
  }

  void run_once() {
    for (unsigned i = 0; i < kBatch; ++i) {
      pieces_[i] = {questions_[i].data(), questions_[i].size()};
      messages_[i].msg_hdr.msg_namelen = sizeof peers_[i];
    }
    const int got = recvmmsg(fd_, messages_.data(), kBatch, MSG_WAITFORONE, nullptr);
    if (got <= 0) return;
    const auto count = static_cast<unsigned>(got);
    for (unsigned i = 0; i < count; ++i) hashes_[i] = common::hash_bytes(question(i));
    for (unsigned i = 0; i < count; ++i) lessons_.look_ahead(hashes_[i]);
    for (unsigned i = 0; i < count; ++i) lessons_.look_closer(hashes_[i]);
    for (unsigned i = 0; i < count; ++i) answer(i);
    sendmmsg(fd_, messages_.data(), count, 0);
  }

 private:
  std::string_view question(unsigned i) const {
    return {questions_[i].data() + kIdSize,
            std::max<std::size_t>(messages_[i].msg_len, kIdSize) - kIdSize};
  }
  void answer(unsigned i) {
    const auto text = lessons_.answer(question(i), hashes_[i]);
    std::memcpy(answers_[i].data(), questions_[i].data(), kIdSize);
    text.copy(answers_[i].data() + kIdSize, text.size());
    pieces_[i] = {answers_[i].data(), kIdSize + text.size()};
  }

  const int fd_;
  const Lessons& lessons_;
  std::array<std::array<char, 512>, kBatch> questions_;
  std::array<std::array<char, kLargest>, kBatch> answers_;
  std::array<std::uint64_t, kBatch> hashes_;
  std::array<iovec, kBatch> pieces_;
  std::array<sockaddr_in, kBatch> peers_;
  std::array<mmsghdr, kBatch> messages_{};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: dns_by_heart PORT TEACHER-PORT QUERIES\n");
    return 2;
  }
  const Lessons lessons = learn_from(loopback(argv[2]), bench::read_queries(argv[3]));
  const int fd = open_socket();
  const sockaddr_in address = loopback(argv[1]);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    std::perror("bind");
    return 1;
  }
  Server server(fd, lessons);
  for (;;) server.run_once();
}
