#include "dnsd/forward/ares_network.h"

#include <ares.h>
#include <event2/event.h>
#include <sys/random.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

namespace dnsd {
namespace {

using std::chrono::milliseconds;

constexpr int kUdpPayload = 1232;
constexpr int kNeverMs = 600000;  // ForwardLogic gives up long before.

struct ChannelDeleter {
  void operator()(ares_channeldata* channel) const { ares_destroy(channel); }
};
using Channel = std::unique_ptr<ares_channeldata, ChannelDeleter>;

/// All of this is given, so that c-ares reads no file of the system's.
Channel open_channel(ForwardNetwork::Protocol protocol, ares_sock_state_cb on_state, void* owner) {
  char lookups[] = "b";
  in_addr unused{};
  ares_options options{};
  // NOCHECKRESP: also errors are replies. EDNS: longer ones than 512 octets come over UDP.
  options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_NOCHECKRESP | ARES_FLAG_EDNS;
  if (protocol == ForwardNetwork::Protocol::Tcp) options.flags |= ARES_FLAG_USEVC;
  options.timeout = kNeverMs;
  options.tries = 1;
  options.ndots = 1;
  options.ednspsz = kUdpPayload;
  options.lookups = lookups;
  options.servers = &unused;
  options.nservers = 1;
  options.sock_state_cb = on_state;
  options.sock_state_cb_data = owner;
  constexpr int kGiven = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS |
                         ARES_OPT_LOOKUPS | ARES_OPT_SERVERS | ARES_OPT_DOMAINS |
                         ARES_OPT_SORTLIST | ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_STATE_CB;
  ares_channel channel = nullptr;
  if (ares_init_options(&channel, &options, kGiven) != ARES_SUCCESS) return nullptr;
  return Channel(channel);
}

bool set_server(ares_channeldata* channel, const common::SocketAddress& address) {
  ares_addr_port_node server{};
  server.family = address.ip.is_v4() ? AF_INET : AF_INET6;
  const auto octets = address.ip.bytes();
  std::memcpy(&server.addr, octets.data(), octets.size());
  server.udp_port = address.port;
  server.tcp_port = address.port;
  return ares_set_servers_ports(channel, &server) == ARES_SUCCESS;
}

}  // namespace

/// One query: its channel, and the sockets that c-ares wants watched.
struct AresNetwork::Line {
  struct Socket {
    Line& line;
    int fd;
    common::EventPtr event;

    void on_event(short what) {
      const int ready = fd;  // c-ares may end this socket.
      Line& owner = line;
      ares_process_fd(owner.channel.get(),
                      (what & EV_READ) != 0 ? ready : ARES_SOCKET_BAD,
                      (what & EV_WRITE) != 0 ? ready : ARES_SOCKET_BAD);
    }
  };

  Line(AresNetwork& owner, AttemptId its_attempt)
      : network(owner),
        attempt(its_attempt),
        finished(owner.loop_.watch<&Line::on_finished>(-1, 0, *this)) {}

  static void on_state(void* self, int fd, int readable, int writable) {
    static_cast<Line*>(self)->watch(fd, readable != 0, writable != 0);
  }
  static void on_answer(void* self, int status, int, unsigned char* octets, int size) {
    Line& line = *static_cast<Line*>(self);
    if (line.is_ended) return;
    if (status == ARES_SUCCESS) line.reply.emplace(octets, octets + size);
    // Not from in here: c-ares still uses the channel.
    common::arm(line.finished, milliseconds{0});
  }

  void watch(int fd, bool readable, bool writable) {
    const auto found = std::find_if(
        sockets.begin(), sockets.end(), [fd](const Socket& socket) { return socket.fd == fd; });
    if (found != sockets.end()) sockets.erase(found);
    if (!readable && !writable) return;
    Socket& socket = sockets.emplace_back(Socket{*this, fd, nullptr});
    const int what = (readable ? EV_READ : 0) | (writable ? EV_WRITE : 0) | EV_PERSIST;
    socket.event = network.loop_.watch<&Socket::on_event>(fd, static_cast<short>(what), socket);
    common::arm(socket.event);
  }

  void on_finished(short /*what*/) { network.finish(*this); }

  AresNetwork& network;
  const AttemptId attempt;
  std::optional<std::vector<std::uint8_t>> reply;
  bool is_ended = false;  // Nobody waits for it.
  common::EventPtr finished;
  std::list<Socket> sockets;
  Channel channel;  // Last: its end reports the end of its sockets.

  ~Line() { is_ended = true; }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
};

AresNetwork::AresNetwork(common::EventLoop& loop)
    : loop_(loop), alarm_(loop.watch<&AresNetwork::on_alarm>(-1, 0, *this)) {}

AresNetwork::~AresNetwork() = default;

void AresNetwork::send(AttemptId attempt,
                       const common::SocketAddress& upstream,
                       Protocol protocol,
                       std::span<const std::uint8_t> query) {
  Line& line = lines_.emplace_back(*this, attempt);
  by_attempt_.emplace(attempt, std::prev(lines_.end()));
  line.channel = open_channel(protocol, &Line::on_state, &line);
  if (line.channel == nullptr || !set_server(line.channel.get(), upstream)) {
    return common::arm(line.finished, milliseconds{0});
  }
  ares_send(
      line.channel.get(), query.data(), static_cast<int>(query.size()), &Line::on_answer, &line);
}

void AresNetwork::cancel(AttemptId attempt) {
  const auto found = by_attempt_.find(attempt);
  if (found == by_attempt_.end()) return;
  const auto line = found->second;
  by_attempt_.erase(found);
  lines_.erase(line);
}

void AresNetwork::finish(Line& line) {
  const AttemptId attempt = line.attempt;
  const auto reply = std::exchange(line.reply, std::nullopt);
  cancel(attempt);
  const TimePoint now = std::chrono::steady_clock::now();
  if (!reply) return logic_->on_reply(attempt, std::nullopt, now);
  logic_->on_reply(attempt, std::span(*reply), now);
}

void AresNetwork::wake_at(TimePoint when) {
  const auto wait = std::chrono::ceil<milliseconds>(when - std::chrono::steady_clock::now());
  common::arm(alarm_, std::max(wait, milliseconds{0}));
}

void AresNetwork::on_alarm(short /*what*/) { logic_->on_wake(std::chrono::steady_clock::now()); }

std::uint64_t AresNetwork::random() {
  if (left_in_pool_ == 0) {
    // Of so few octets the call is never interrupted, and it waits for enough entropy.
    static_assert(sizeof pool_ <= 256);
    [[maybe_unused]] const ssize_t got = getrandom(pool_.data(), sizeof pool_, 0);
    left_in_pool_ = pool_.size();
  }
  return std::exchange(pool_[--left_in_pool_], 0);
}

}  // namespace dnsd
