#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "common/metrics.h"
#include "common/prefix.h"
#include "common/published.h"
#include "dnsd/query/query.h"
#include "dnsd/query/respond.h"
#include "dnsd/transfer/history.h"
#include "dnsd/transfer/signature.h"
#include "dnsd/transfer/transfer.h"

namespace dnsd {

/// Who may have whole zones: nobody, unless the operator says so.
struct TransferPolicy {
  std::vector<common::IpPrefix> clients;
  std::size_t most_records = 0;  // Of an RRset; 0: all.
};

/// Answers what respond() does not: signed queries, and those for whole zones. Shared by the
/// workers, off the way of all other queries; may take a lock and allocate.
class TransferServer {
 public:
  /// At once, for all clients: each holds a snapshot.
  static constexpr int kMostTransfers = 8;

  /// What became of a question for a whole zone, or of a signed message.
  enum class Result : std::uint8_t {
    Whole,         // AXFR, or as if it were.
    Difference,    // IXFR.
    Current,       // There is nothing new, or UDP only tells whether there is.
    Refused,       // Not for this client, not this way, or not signed.
    Busy,          // Too many at a time.
    BadSignature,  // Of any message.
  };
  static constexpr std::size_t kResults = 6;

  /// All outlive this. When there are keys, a transfer must be signed with one.
  TransferServer(const common::Published<Zone>& zones,
                 const common::Published<TsigKeys>& keys,
                 const TransferPolicy& policy)
      : zones_(zones), keys_(keys), policy_(policy) {}

  struct Outcome {
    Response response;
    std::unique_ptr<Transfer> transfer;  // Whose messages follow the response; null: none.
  };
  /// `query` is one for which respond() said `special`. `out` as respond() wants it.
  Outcome answer(const Query& query, const RespondOptions& options, std::span<std::uint8_t> out);

  void describe(common::MetricsPage& page) const;  // Any thread.

 private:
  struct Exchange;  // One query and its reply.

  Outcome refuse(const Exchange& exchange, const Verdict& verdict);
  Outcome serve(Exchange& exchange, std::span<const std::uint8_t> request);
  Outcome transfer(Exchange& exchange, const Zone::Apex& apex, std::shared_ptr<const Zone> zone);
  bool admits(const Exchange& exchange) const;
  void count(Result result) { ++results_[static_cast<std::size_t>(result)]; }
  TransferContent content_for(const Exchange& exchange,
                              const Zone::Apex& apex,
                              std::shared_ptr<const Zone> zone);

  const common::Published<Zone>& zones_;
  const common::Published<TsigKeys>& keys_;
  const TransferPolicy& policy_;
  TransferHistory history_;
  std::atomic<int> transfers_{0};
  std::array<std::atomic<std::uint64_t>, kResults> results_{};
};

}  // namespace dnsd
