#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "common/hash.h"
#include "common/ip.h"
#include "common/published.h"
#include "dnsd/query/respond.h"
#include "dnsd/rrl/limiter.h"
#include "dnsd/server/counters.h"
#include "dnsd/transfer/transfer_server.h"

namespace dnsd {

/// What the operator decided about answers: the same for every worker, fixed from the start.
struct AnswerPolicy {
  std::uint16_t udp_payload = 1232;
  Truncation truncation = Truncation::Partial;
  std::uint32_t most_records = 0;
  std::string server_id;
  std::string version;
  std::uint16_t keepalive_ds = 100;
  std::optional<CookieJar> cookies;
  ResponseLimiter::Options limits;  // Of one worker.
  TransferPolicy transfers;
};

/// Answers messages for one worker: its view of the zone, its rotation, its counts. Every transport
/// comes through here, so what is decided here holds for all. Built and used on the worker's
/// thread.
class Answerer {
 public:
  /// All outlive this.
  Answerer(const common::Published<Zone>& zone,
           const AnswerPolicy& policy,
           TransferServer& transfers,
           Counters& counters);

  /// Answers from the newest zone and counts it. Returns the octets written to `out` (sized as
  /// respond() asks), 0 for silence.
  std::size_t answer(std::span<const std::uint8_t> request,
                     Transport transport,
                     const common::IpAddress& client,
                     std::span<std::uint8_t> out);
  /// What follows the answer just made, over TCP; null: nothing, as is usual.
  std::unique_ptr<Transfer> take_transfer() { return std::move(transfer_); }

 private:
  std::uint32_t next_rotation() { return static_cast<std::uint32_t>(common::mix(++rotation_)); }
  bool is_limited(const Response& response) const;
  Response answer_special(std::span<const std::uint8_t> request, std::span<std::uint8_t> out);
  Response limit(std::span<const std::uint8_t> request,
                 const Response& response,
                 std::span<std::uint8_t> out);

  common::Published<Zone>::Reader zone_;
  RespondOptions options_;  // Of the query under way.
  ResponseLimiter limiter_;
  TransferServer& transfers_;
  std::unique_ptr<Transfer> transfer_;
  std::uint64_t rotation_;  // A counter from a random start; mix() makes it a generator.
  Counters& counters_;
};

}  // namespace dnsd
