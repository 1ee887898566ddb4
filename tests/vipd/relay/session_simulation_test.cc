#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

#include "common/hash.h"
#include "tests/common/simulation.h"
#include "tests/vipd/relay/fake_connection.h"
#include "vipd/relay/session.h"

namespace vipd {
namespace {

using Random = std::mt19937_64;

std::size_t between(Random& random, std::size_t least, std::size_t most) {
  return std::uniform_int_distribution<std::size_t>(least, most)(random);
}
bool one_in(Random& random, std::size_t chances) { return between(random, 1, chances) == 1; }

/// The byte an end sends at a position, so that a receiver knows what must come.
std::byte byte_at(End from, std::size_t position) {
  return static_cast<std::byte>(common::mix(position * 2 + static_cast<std::size_t>(from)));
}

/// One end of the simulated session: sends a known stream, and checks what arrives.
struct Peer {
  End end;
  FakeConnection connection;
  std::size_t to_send;
  std::size_t resets_after;  // Bytes; beyond to_send: never, it ends with FIN.
  std::size_t sent = 0;
  std::size_t received = 0;
  bool ended = false;
  bool reset = false;
  bool is_corrupt = false;

  Peer(End which, Random& random)
      : end(which),
        connection(one_in(random, 3) ? between(random, 1, 20) : between(random, 1, 3000)),
        to_send(one_in(random, 6) ? 0 : between(random, 1, 6000)),
        resets_after(one_in(random, 4) ? between(random, 0, to_send) : to_send + 1) {}

  bool gone() const { return reset || connection.peer_sees_reset(); }
  bool done_sending() const { return ended || gone(); }

  void send(Random& random) {
    if (done_sending()) return;
    const std::size_t goal = std::min(to_send, resets_after);
    std::vector<std::byte> chunk(std::min(goal - sent, between(random, 1, 800)));
    for (std::size_t i = 0; i < chunk.size(); ++i) chunk[i] = byte_at(end, sent + i);
    if (one_in(random, 40)) connection.peer_mark_urgent();
    sent += connection.peer_send(chunk);
    if (sent < goal || one_in(random, 2)) return;  // The end may come later than the last byte.
    if (resets_after <= to_send) {
      reset = true;
      connection.peer_reset();
    } else {
      ended = true;
      connection.peer_end();
    }
  }

  void receive(std::size_t most) {
    if (reset) return;
    for (const std::byte byte : connection.peer_receive(most)) {
      is_corrupt |= byte != byte_at(other(end), received);
      ++received;
    }
  }
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed)
      : random_(seed),
        peers_{Peer(End::Client, random_), Peer(End::Backend, random_)},
        scratch_(one_in(random_, 2) ? between(random_, 1, 16) : between(random_, 1, 2000)),
        pipes_(one_in(random_, 2) ? 0 : between(random_, 1, 3000)),
        work_{scratch_, pool_, pipes_, between(random_, 1, 4000)},
        session_(FakeSocket(peer(End::Client).connection)) {
    session_.socket(End::Backend) = FakeSocket(peer(End::Backend).connection);
  }

  /// Everyone acts at random, then all do what they can; the session must come to its end.
  void run() {
    for (int step = 0; step < 300 && !outcome_; ++step) act(between(random_, 0, 6));
    settling_ = true;
    for (int round = 0; round < 100000 && !outcome_; ++round) {
      for (std::size_t action = 0; action <= 6; ++action) act(action);
    }
    for (Peer& peer : peers_) peer.receive(SIZE_MAX);
  }

  void check() {
    ASSERT_TRUE(outcome_) << "the session never ends";
    EXPECT_FALSE(held_while_idle_) << "bytes kept though the other end would take them";
    EXPECT_LE(peers_[0].connection.shutdowns() + peers_[1].connection.shutdowns(), 1)
        << "the later FIN is that of close()";
    for (const Peer& peer : peers_) check_stream(peer, peers_[peer.end == End::Client ? 1 : 0]);
  }

 private:
  Peer& peer(End end) { return peers_[static_cast<std::size_t>(end)]; }

  void act(std::size_t action) {
    switch (action) {
      case 0:
        return peer(End::Client).send(random_);
      case 1:
        return peer(End::Backend).send(random_);
      case 2:
        return peer(End::Client).receive(between(random_, 1, 900));
      case 3:
        return peer(End::Backend).receive(between(random_, 1, 900));
      case 4:
        return poll(End::Client);
      case 5:
        return poll(End::Backend);
      default:
        if (again_) run_session();
    }
  }

  void poll(End end) {
    auto readiness = peer(end).connection.poll();
    // Now and then a poller reports what it had reported before. Nothing may depend on it.
    if (!readiness && !settling_ && one_in(random_, 10)) readiness = peer(end).connection.state();
    if (!readiness || outcome_) return;
    session_.notice(end, *readiness);
    run_session();
  }

  void run_session() {
    if (outcome_) return;
    const Outcome outcome = session_.run(work_);
    again_ = outcome == Outcome::Again;
    if (again_) return;
    if (outcome != Outcome::Wait) return finish(outcome);
    const bool idle = std::none_of(peers_.begin(), peers_.end(), [](const Peer& peer) {
      return peer.connection.is_blocked() || peer.connection.has_news();
    });
    held_while_idle_ |= session_.holds_bytes() && idle;
  }

  void finish(Outcome outcome) {
    outcome_ = outcome;
    for (Peer& peer : peers_) {
      was_blocked_[static_cast<std::size_t>(peer.end)] = peer.connection.is_blocked();
      if (outcome == Outcome::Finished) {
        peer.connection.close();
      } else {
        peer.connection.reset();
      }
    }
  }

  /// What `to` must have got of what `from` sent.
  void check_stream(const Peer& to, const Peer& from) {
    if (to.reset) return;
    EXPECT_FALSE(to.is_corrupt);
    EXPECT_LE(to.received, from.sent);
    EXPECT_LE(to.connection.shutdowns(), from.ended ? 1 : 0) << "FIN that nobody sent";
    if (*outcome_ == Outcome::Finished) {
      EXPECT_EQ(to.received, from.sent);
      EXPECT_TRUE(to.connection.peer_sees_end()) << "FIN must arrive as FIN";
    } else {
      EXPECT_TRUE(from.reset) << "nobody reset, and yet it was";
      EXPECT_TRUE(to.connection.peer_sees_reset()) << "a reset must arrive as a reset";
      if (!was_blocked_[static_cast<std::size_t>(to.end)]) {
        EXPECT_EQ(to.received, from.sent) << "the reset overtook bytes that had room";
      }
    }
  }

  Random random_;
  std::array<Peer, 2> peers_;
  std::vector<std::byte> scratch_;
  BufferPool pool_;
  FakePipes pipes_;
  Workspace<FakeSocket> work_;
  Session<FakeSocket> session_;
  std::optional<Outcome> outcome_;
  bool again_ = false;
  bool settling_ = false;
  bool held_while_idle_ = false;
  std::array<bool, 2> was_blocked_{};
};

void simulate(std::uint64_t seed) {
  Simulation simulation(seed);
  simulation.run();
  simulation.check();
}

// Random schedules, sizes, slow readers, FIN and RST at any byte: no byte is lost, reordered or
// invented, both kinds of end arrive as what they are, and every session ends.
TEST(SessionSimulation, RelaysFaithfullyWhateverTheSchedule) {
  common::for_each_seed(2000, simulate);
}

}  // namespace
}  // namespace vipd
