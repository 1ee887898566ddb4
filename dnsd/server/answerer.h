#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/hash.h"
#include "common/ip.h"
#include "common/prefix.h"
#include "common/published.h"
#include "dnsd/forward/forward_logic.h"
#include "dnsd/query/look_up.h"
#include "dnsd/query/respond.h"
#include "dnsd/rrl/limiter.h"
#include "dnsd/server/counters.h"
#include "dnsd/server/reply_path.h"
#include "dnsd/server/secrets.h"
#include "dnsd/transfer/transfer_server.h"

namespace dnsd {

/// What the operator decided about answers: the same for every worker, fixed from the start.
struct AnswerPolicy {
  std::uint16_t udp_payload = 1232;
  Truncation truncation = Truncation::Partial;
  std::uint32_t most_records = 0;
  std::vector<common::IpPrefix> prefer_subnets;
  std::string server_id;
  std::string version;
  std::uint16_t keepalive_ds = 100;
  ResponseLimiter::Options limits;  // Of one worker.
  TransferPolicy transfers;
  ForwardPolicy forward;                          // Off without upstreams.
  std::vector<common::IpPrefix> allow_recursion;  // Whose questions are forwarded.
};

/// Answers queries for one worker: its view of the zone, its rotation, its counts. Every transport
/// comes through here, so what is decided here holds for all. Built and used on the worker's
/// thread.
class Answerer {
 public:
  /// All outlive this; `forward` also those who wait for it. Null: nothing is forwarded.
  Answerer(const common::Published<Zone>& zone,
           const common::Published<Cookies>& cookies,
           const AnswerPolicy& policy,
           TransferServer& transfers,
           Counters& counters,
           ForwardLogic* forward = nullptr,
           ForwardCounters* forward_counters = nullptr);

  ~Answerer();
  Answerer(const Answerer&) = delete;
  Answerer& operator=(const Answerer&) = delete;

  /// Finds what these queries ask for in the newest zone, from which they must be answered before
  /// the next call.
  void look_up(std::span<Query> queries) { look_up_.find(queries, zone_.get()); }
  /// Answers a query that was looked up from the zone, or from what upstreams said, and counts it.
  /// Returns the octets written to `out` (sized as respond() asks), 0 for silence, or if the answer
  /// comes later.
  std::size_t answer(const Query& query,
                     Transport transport,
                     const common::IpAddress& client,
                     std::span<std::uint8_t> out);
  /// What follows the answer just made, over TCP; null: nothing, as is usual.
  std::unique_ptr<Transfer> take_transfer() { return std::move(transfer_); }

  /// Does the query just taken wait for upstreams? Then answer_later() says where its answer
  /// goes.
  bool is_pending() const { return pending_ != nullptr; }
  void answer_later(std::unique_ptr<ReplyPath> path);

 private:
  std::uint32_t next_rotation() { return static_cast<std::uint32_t>(common::mix(++rotation_)); }
  struct Pending;

  const CookieJar* cookie_jar();  // Until the next call.
  bool is_limited(const Response& response) const;
  Recursion recursion_for(const common::IpAddress& client) const;
  Response forward(const Query& query, const Response& refusal, std::span<std::uint8_t> out);
  void send_late(const Pending& pending, const ForwardAnswer& answer, ReplyPath& path);
  Response answer_special(const Query& query, std::span<std::uint8_t> out);
  Response limit(const Query& query, const Response& response, std::span<std::uint8_t> out);

  common::Published<Zone>::Reader zone_;  // Goes on with look_up() only.
  LookUp look_up_;
  common::Published<Cookies>::Reader cookies_;
  RespondOptions options_;  // Of the query under way.
  ResponseLimiter limiter_;
  TransferServer& transfers_;
  std::unique_ptr<Transfer> transfer_;
  const AnswerPolicy& policy_;
  ForwardLogic* const forward_;
  ForwardCounters* const forward_counters_;
  std::unique_ptr<Pending> pending_;
  std::vector<std::uint8_t> late_answer_;  // Room for one.
  std::uint64_t rotation_;  // A counter from a random start; mix() makes it a generator.
  Counters& counters_;
};

}  // namespace dnsd
