#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "dnsd/forward/question.h"
#include "dnsd/forward/resolved.h"
#include "dnsd/query/siphash.h"

namespace dnsd {

using TimePoint = std::chrono::steady_clock::time_point;

/// What upstreams answered, for as long as it may be kept and then for as long as it may be served
/// stale (RFC 8767). Bounded in octets: what was not asked for the longest makes room. Pure; of one
/// worker. Finding doesn't allocate.
class ForwardCache {
 public:
  struct Limits {
    std::size_t octets = std::size_t{16} << 20;  // 0: nothing is kept.
    std::chrono::seconds stale{86400};           // Beyond the TTL; 0: never.
  };

  /// `secret` keys the table, so that nobody can choose names that collide.
  ForwardCache(const Limits& limits, const SipKey& secret);

  struct Hit {
    const Resolved* resolved = nullptr;  // Valid until the next store().
    std::uint32_t ttl_s = 0;             // What is left of it; kStaleTtlS when stale.
    bool is_stale = false;
    bool is_resting = false;  // Upstreams failed just now: serve it as it is, and don't ask again.
    bool is_due = false;      // Popular, and in the last tenth of its time: ask again meanwhile.
  };
  /// RFC 8767 section 5: what a client may keep a stale answer for.
  static constexpr std::uint32_t kStaleTtlS = 30;
  /// RFC 8767 section 5: how long upstreams are left alone when they failed and we had an answer.
  static constexpr std::chrono::seconds kRest{30};
  /// RFC 9520 section 3.2: how long a failure without an answer of old is kept.
  static constexpr std::uint32_t kFailureTtlS = 1;

  std::optional<Hit> find(const ForwardQuestion& question, TimePoint now);
  /// Keeps an answer in place of an older one; one with a TTL of 0 only takes that away.
  void store(const ForwardQuestion& question,
             std::shared_ptr<const Resolved> resolved,
             TimePoint now);
  /// Upstreams gave no answer. What is there stays and rests; else the failure itself is kept.
  void store_failure(const ForwardQuestion& question, TimePoint now);

  /// While memory is short: from the next store() on it keeps an eighth of what it may.
  void keep_little(bool little) { little_ = little; }

  std::size_t entries() const { return entries_.size(); }
  std::size_t octets() const { return octets_; }

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const Resolved> resolved;
    TimePoint expires;
    TimePoint rests_until;
    bool was_hit = false;
  };
  struct Hash {
    SipKey secret;
    std::size_t operator()(std::string_view key) const;
  };
  using Entries = std::list<Entry>;

  Entry* find_entry(std::string_view key);
  void add(std::string_view key, std::shared_ptr<const Resolved> resolved, TimePoint now);
  void erase(Entries::iterator entry);

  const Limits limits_;
  Entries entries_;  // The one asked for last first.
  std::unordered_map<std::string_view, Entries::iterator, Hash> by_key_;
  std::size_t octets_ = 0;
  bool little_ = false;
};

}  // namespace dnsd
