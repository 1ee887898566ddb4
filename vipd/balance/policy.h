#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "config/vip_choices.h"
#include "vipd/balance/target.h"

namespace vipd {

/// Chooses who gets the next connection of a pool. One object per pool and worker, so it may keep
/// state and needs no lock; called once per connection attempt.
class Policy {
 public:
  virtual ~Policy() = default;

  /// Who there is to choose from has changed. For those that prepare a table.
  virtual void prepare(std::span<Target* const> /*candidates*/) {}

  /// An index into `candidates`: never empty, in the order of endpoints, and not always all that
  /// prepare() was told, as backends fail and were tried already for this client.
  /// client  the hash of who asks, for those that keep a client with its backend
  virtual std::size_t choose(std::span<Target* const> candidates, std::uint64_t client) = 0;
};

/// Each in turn. Workers that begin at different places don't all send their first connection to
/// the same backend.
std::unique_ptr<Policy> make_round_robin(std::size_t first);

/// Each in turn, in proportion to its weight and evenly mixed: 3, 1, 1 gives a b a c a.
std::unique_ptr<Policy> make_weighted_round_robin();

/// The one with the fewest connections for its weight; ties in turn.
std::unique_ptr<Policy> make_least_connections(std::uint64_t seed);

/// The less busy of two drawn at random: nearly as even as the least busy of all, at the cost of
/// two looks, and without the herd that follows when all workers see the same emptiest one.
/// Source: Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001.
std::unique_ptr<Policy> make_two_choices(std::uint64_t seed);

/// Of two drawn at random, the one where time to connect times connections is less.
std::unique_ptr<Policy> make_peak_ewma(std::uint64_t seed);

/// One at random, in proportion to its weight.
std::unique_ptr<Policy> make_random(std::uint64_t seed);

/// Always the same one for the same client, on every worker and node; when a backend goes, only its
/// own clients and about one in a hundred others move. See maglev.h.
std::unique_ptr<Policy> make_maglev();

/// The policy of that name. `seed` differs between workers.
std::unique_ptr<Policy> make_policy(config::Balance balance, std::uint64_t seed);

}  // namespace vipd
