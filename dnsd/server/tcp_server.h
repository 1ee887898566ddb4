#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "common/event.h"
#include "common/ip.h"
#include "common/published.h"
#include "common/tls_context.h"
#include "common/unique_fd.h"
#include "dnsd/server/answerer.h"
#include "dnsd/server/counters.h"
#include "dnsd/server/tcp_connection.h"

namespace dnsd {

struct TcpLimits {
  std::size_t connections = 1000;                 // Open at once; at least 1.
  std::size_t client_connections = 1000;          // Of these, from one address; at least 1.
  std::chrono::milliseconds idle_timeout{10000};  // Between queries, and to take a turn's answers.
  std::chrono::milliseconds message_timeout{2000};  // From the first octet of a query to the last.
};

/// The TCP side of one worker (RFC 7766): accepts, and says when each connection reads, answers,
/// waits and ends. A client that does not take its answers is not read from meanwhile. While this
/// process is short of memory nobody new is admitted, and who asks nothing or is slow is let go.
class TcpServer {
 public:
  /// `sockets` listen already and outlive this, as the others do. `tls`: what to shake hands with
  /// (RFC 7858); null: queries come in the clear.
  TcpServer(common::EventLoop& loop,
            std::span<const int> sockets,
            const TcpLimits& limits,
            Answerer& answerer,
            Counters& counters,
            const common::Published<common::TlsContext>* tls = nullptr);
  ~TcpServer();  // Closes every connection.
  /// Takes over a connection that waits for its next query; or refuses it, as if it were new.
  void adopt(common::UniqueFd socket);
  /// Accepts no more, and gives the connections in the clear away that wait for their next query.
  /// The others stay until their time is up.
  void hand_over(std::vector<common::UniqueFd>& idle);
  TcpServer(const TcpServer&) = delete;
  TcpServer& operator=(const TcpServer&) = delete;

 private:
  using Clock = std::chrono::steady_clock;

  /// What a connection waits for. Each state but Pending has its own time limit.
  enum class State : std::uint8_t {
    Idle,       // The next query.
    Receiving,  // The rest of a query.
    Pending,    // Its next turn: it has more queries than one turn answers.
    Sending,    // The client, to take its answers.
  };
  static constexpr std::size_t kStates = 4;

  struct Acceptor;
  struct Client;
  using Clients = std::list<Client>;

  void accept_from(const Acceptor& acceptor);
  void admit(common::UniqueFd socket, const common::IpAddress& address);
  bool has_too_many(const common::IpAddress& address) const;
  void pause(const Acceptor& acceptor);

  Stream open_stream(common::UniqueFd socket);
  void on_readable(Client& client);
  bool may_shake_hands();
  void begin_turn(short what);
  void on_writable(Client& client);
  void answer(Client& client);
  void answer_pending(short what);
  void on_late_answer(Client& client);
  void enter(Client& client, State state);

  bool evict_idle();
  void shed();
  void close(Client& client, Close why);
  void sweep(short what);
  void expire(State state, std::chrono::milliseconds limit, Close why);
  std::chrono::milliseconds sweep_interval() const;

  Clients& in(State state) { return clients_[static_cast<std::size_t>(state)]; }
  std::size_t open() const;

  common::EventLoop& loop_;
  const TcpLimits limits_;
  Answerer& answerer_;
  Counters& counters_;
  std::optional<common::Published<common::TlsContext>::Reader> tls_;
  std::vector<std::uint8_t> scratch_;  // For reading and for answers, never at the same time.
  std::list<Acceptor> acceptors_;
  std::array<Clients, kStates> clients_;  // By state, the longest in it first.
  std::unordered_map<common::IpAddress, std::size_t> per_address_;  // Open ones; never 0.
  common::EventPtr pending_;    // Fires at once while anybody is Pending.
  common::EventPtr sweep_;      // Armed while there is anything to look after.
  common::EventPtr next_turn_;  // Fires when the loop has been around.
  int handshakes_ = 0;          // In this turn.
  bool warned_ = false;         // Of a lack of descriptors; once is enough.
};

}  // namespace dnsd
