#include "dnsd/server/tcp_server.h"

#include <event2/event.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "common/log.h"
#include "common/memory.h"

namespace dnsd {
namespace {

using std::chrono::milliseconds;

// After so many new connections, or so many octets of one, others get their turn.
constexpr int kAcceptsPerTurn = 32;
constexpr std::size_t kReadSize = std::size_t{16} * 1024;

// A step of a TLS handshake costs as much as a hundred answers.
constexpr int kHandshakesPerTurn = 4;

// So long a client may take to make room for more of its answers while memory is short.
constexpr milliseconds kShortPatience{1000};

bool out_of_resources(int error_number) {
  return error_number == EMFILE || error_number == ENFILE || error_number == ENOBUFS ||
         error_number == ENOMEM;
}

}  // namespace

struct TcpServer::Acceptor {
  TcpServer& server;
  int socket;
  common::EventPtr acceptable;

  void on_acceptable(short /*what*/) { server.accept_from(*this); }
};

struct TcpServer::Client {
  Client(TcpServer& owner, Stream stream, const common::IpAddress& address)
      : server(owner),
        connection(std::move(stream), address, [this] { server.on_late_answer(*this); }),
        readable(owner.loop_.watch<&Client::on_readable>(
            connection.socket(), EV_READ | EV_PERSIST, *this)),
        writable(owner.loop_.watch<&Client::on_writable>(
            connection.socket(), EV_WRITE | EV_PERSIST, *this)) {}

  void on_readable(short /*what*/) { server.on_readable(*this); }
  void on_writable(short /*what*/) { server.on_writable(*this); }

  TcpServer& server;
  TcpConnection connection;
  State state = State::Idle;
  Clock::time_point since = Clock::now();  // When it came into that state, or came anew.
  Clients::iterator self;
  common::EventPtr readable;
  common::EventPtr writable;
};

TcpServer::TcpServer(common::EventLoop& loop,
                     std::span<const int> sockets,
                     const TcpLimits& limits,
                     Answerer& answerer,
                     Counters& counters,
                     const common::Published<common::TlsContext>* tls)
    : loop_(loop),
      limits_(limits),
      answerer_(answerer),
      counters_(counters),
      scratch_(TcpConnection::kScratchSize),
      pending_(loop.watch<&TcpServer::answer_pending>(-1, 0, *this)),
      sweep_(loop.watch<&TcpServer::sweep>(-1, 0, *this)),
      next_turn_(loop.watch<&TcpServer::begin_turn>(-1, 0, *this)) {
  if (tls != nullptr) tls_.emplace(*tls);
  for (const int socket : sockets) {
    Acceptor& acceptor = acceptors_.emplace_back(Acceptor{*this, socket, nullptr});
    acceptor.acceptable =
        loop.watch<&Acceptor::on_acceptable>(socket, EV_READ | EV_PERSIST, acceptor);
    common::arm(acceptor.acceptable);
  }
}

TcpServer::~TcpServer() = default;

void TcpServer::accept_from(const Acceptor& acceptor) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    common::UniqueFd socket(accept4(
        acceptor.socket, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket) {
      admit(std::move(socket), common::SocketAddress::from(peer).ip);
    } else if (!out_of_resources(errno)) {
      return;  // Nobody there, or one who left again: accept(2) reports that here.
    } else if (!evict_idle()) {
      return pause(acceptor);
    }
  }
}

void TcpServer::admit(common::UniqueFd socket, const common::IpAddress& address) {
  if (common::memory_is_short()) {
    counters_.tcp_closed[static_cast<std::size_t>(Close::Memory)].add();
    return;
  }
  if (has_too_many(address)) {
    counters_.tcp_closed[static_cast<std::size_t>(Close::ClientLimit)].add();
    return;
  }
  if (open() >= limits_.connections && !evict_idle()) {
    counters_.tcp_closed[static_cast<std::size_t>(Close::Refused)].add();
    return;
  }
  if (open() == 0) common::arm(sweep_, sweep_interval());
  Client& client = in(State::Idle).emplace_back(*this, open_stream(std::move(socket)), address);
  ++per_address_[address];
  client.self = std::prev(in(State::Idle).end());
  counters_.tcp_connections.add();
  common::arm(client.readable);
}

void TcpServer::adopt(common::UniqueFd socket) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (getpeername(socket.get(), reinterpret_cast<sockaddr*>(&peer), &size) != 0)
    return;  // It left.
  admit(std::move(socket), common::SocketAddress::from(peer).ip);
}

/// What has arrived meanwhile is in the kernel, and meets whoever holds the socket.
void TcpServer::hand_over(std::vector<common::UniqueFd>& idle) {
  acceptors_.clear();
  if (tls_) return;
  Clients& clients = in(State::Idle);
  for (auto next = clients.begin(); next != clients.end();) {
    Client& client = *next++;
    const TcpConnection& connection = client.connection;
    if (connection.awaits_answers() || connection.peer_done() || connection.mid_message()) continue;
    common::UniqueFd same(fcntl(connection.socket(), F_DUPFD_CLOEXEC, 0));
    if (!same) continue;
    idle.push_back(std::move(same));
    close(client, Close::Moved);
  }
}

Stream TcpServer::open_stream(common::UniqueFd socket) {
  return tls_ ? Stream(std::move(socket), tls_->get()) : Stream(std::move(socket));
}

bool TcpServer::has_too_many(const common::IpAddress& address) const {
  const auto found = per_address_.find(address);
  return found != per_address_.end() && found->second >= limits_.client_connections;
}

/// The listening socket stays readable, so without a pause the worker would spin.
void TcpServer::pause(const Acceptor& acceptor) {
  const int error_number = errno;
  counters_.tcp_accept_failures.add();
  if (!std::exchange(warned_, true)) {
    common::log::warn("dns cannot accept tcp connections error=\"{}\" hint=\"raise LimitNOFILE\"",
                      std::generic_category().message(error_number));
  }
  common::disarm(acceptor.acceptable);
  common::arm(sweep_, sweep_interval());
}

void TcpServer::on_readable(Client& client) {
  if (client.state == State::Pending) return;  // It has enough for its next turn.
  if (client.connection.is_opening() && !may_shake_hands()) return;  // It stays readable.
  switch (client.connection.receive(std::span(scratch_).first(kReadSize))) {
    case TcpConnection::Received::Failed:
      return close(client, Close::Error);
    case TcpConnection::Received::Nothing:
      // Its time in this state goes on, or who sends crumbs of TLS could stay for ever.
      if (client.connection.mid_message() != (client.state == State::Receiving)) {
        enter(client, client.connection.mid_message() ? State::Receiving : State::Idle);
      }
      return;
    case TcpConnection::Received::Some:
      answer(client);
  }
}

/// The loop tells of all who are readable before it looks for datagrams again.
bool TcpServer::may_shake_hands() {
  if (handshakes_ == kHandshakesPerTurn) return false;
  if (handshakes_++ == 0) common::arm(next_turn_, milliseconds{0});
  return true;
}

void TcpServer::begin_turn(short /*what*/) { handshakes_ = 0; }

void TcpServer::on_writable(Client& client) {
  switch (client.connection.flush()) {
    case TcpConnection::Sent::Blocked:
      return;
    case TcpConnection::Sent::Failed:
      return close(client, Close::Error);
    case TcpConnection::Sent::All:
      common::disarm(client.writable);
      common::arm(client.readable);
      answer(client);
  }
}

void TcpServer::answer(Client& client) {
  const TcpConnection::Turn turn = client.connection.answer(answerer_, scratch_);
  if (turn.sent == TcpConnection::Sent::Failed) return close(client, Close::Error);
  if (turn.sent == TcpConnection::Sent::Blocked) {
    common::disarm(client.readable);
    common::arm(client.writable);
    enter(client, State::Sending);
  } else if (client.connection.has_message()) {
    common::arm(pending_, milliseconds{0});
    enter(client, State::Pending);
  } else if (client.connection.peer_done() && !client.connection.awaits_answers()) {
    close(client, Close::Peer);
  } else if (client.connection.peer_done()) {
    common::disarm(client.readable);  // It would tell the same again and again.
    enter(client, State::Idle);
  } else if (!client.connection.mid_message()) {
    enter(client, State::Idle);
  } else if (turn.messages > 0 || client.state != State::Receiving) {
    enter(client, State::Receiving);  // Not again for the same query: its time is running.
  }
}

/// One turn for each; those who need another come after all that happened meanwhile.
void TcpServer::answer_pending(short /*what*/) {
  for (std::size_t left = in(State::Pending).size(); left > 0; --left) {
    answer(in(State::Pending).front());
  }
}

/// Comes from inside another's turn, so this one's is the next.
void TcpServer::on_late_answer(Client& client) {
  if (client.state == State::Pending || client.state == State::Sending) return;
  common::arm(pending_, milliseconds{0});
  enter(client, State::Pending);
}

/// Makes it the newest of its new state, also when that is the old one.
void TcpServer::enter(Client& client, State state) {
  in(state).splice(in(state).end(), in(client.state), client.self);
  client.state = state;
  client.since = Clock::now();
}

bool TcpServer::evict_idle() {
  if (in(State::Idle).empty()) return false;
  close(in(State::Idle).front(), Close::Evicted);
  return true;
}

/// They can come again, or ask over UDP. A query under way is answered.
void TcpServer::shed() {
  Clients& idle = in(State::Idle);
  for (auto next = idle.begin(); next != idle.end();) {
    Client& client = *next++;
    if (!client.connection.awaits_answers()) close(client, Close::Memory);
  }
  expire(State::Sending, kShortPatience, Close::Memory);
}

void TcpServer::close(Client& client, Close why) {
  // Else the kernel would keep megabytes for a client that takes none of them.
  if (client.state == State::Sending && why != Close::Peer) client.connection.discard_unsent();
  const auto of_client = per_address_.find(client.connection.client());
  if (--of_client->second == 0) per_address_.erase(of_client);
  counters_.tcp_connections.subtract();
  counters_.tcp_closed[static_cast<std::size_t>(why)].add();
  in(client.state).erase(client.self);
}

/// One timer for all connections instead of one each: a query then costs no timer at all.
void TcpServer::sweep(short /*what*/) {
  expire(State::Idle, limits_.idle_timeout, Close::Idle);
  expire(State::Receiving, limits_.message_timeout, Close::SlowQuery);
  expire(State::Sending, limits_.idle_timeout, Close::SlowReader);
  if (common::memory_is_short()) shed();
  for (const Acceptor& acceptor : acceptors_) common::arm(acceptor.acceptable);  // Ends a pause().
  if (open() > 0) common::arm(sweep_, sweep_interval());
}

void TcpServer::expire(State state, milliseconds limit, Close why) {
  const Clock::time_point latest = Clock::now() - limit;
  while (!in(state).empty() && in(state).front().since <= latest) close(in(state).front(), why);
}

milliseconds TcpServer::sweep_interval() const {
  const milliseconds shortest = std::min(limits_.idle_timeout, limits_.message_timeout);
  return std::clamp(shortest / 4, milliseconds{10}, milliseconds{250});
}

std::size_t TcpServer::open() const {
  std::size_t count = 0;
  for (const Clients& clients : clients_) count += clients.size();
  return count;
}

}  // namespace dnsd
