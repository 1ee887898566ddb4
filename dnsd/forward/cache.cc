#include "dnsd/forward/cache.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace dnsd {
namespace {

using std::chrono::seconds;

constexpr int kPrefetchPart = 10;   // The last so-many-th of the TTL.
constexpr std::size_t kLittle = 8;  // A so-many-th of the limit.

/// About what the lists and tables take beside the octets themselves.
constexpr std::size_t kOverhead = 256;

std::size_t size_of(std::string_view key, const Resolved& resolved) {
  return kOverhead + key.size() + resolved.octets.capacity() +
         resolved.records.capacity() * sizeof(Resolved::Record);
}

/// RFC 9520: remembered, so that clients who ask again don't make us ask again.
std::shared_ptr<const Resolved> failure() {
  static const auto made = [] {
    auto resolved = std::make_shared<Resolved>();
    resolved->ttl_s = ForwardCache::kFailureTtlS;
    return resolved;
  }();
  return made;
}

std::uint32_t left_of(TimePoint expires, TimePoint now) {
  return static_cast<std::uint32_t>(std::chrono::ceil<seconds>(expires - now).count());
}

}  // namespace

std::size_t ForwardCache::Hash::operator()(std::string_view key) const {
  return siphash24(secret, {reinterpret_cast<const std::uint8_t*>(key.data()), key.size()});
}

ForwardCache::ForwardCache(const Limits& limits, const SipKey& secret)
    : limits_(limits), by_key_(0, Hash{secret}) {}

std::optional<ForwardCache::Hit> ForwardCache::find(const ForwardQuestion& question,
                                                    TimePoint now) {
  Entry* entry = find_entry(QuestionKey(question).view());
  if (entry == nullptr) return std::nullopt;
  const bool is_failure = entry->resolved == failure();
  if (now >= entry->expires + (is_failure ? seconds{0} : limits_.stale)) {
    erase(entries_.begin());
    return std::nullopt;
  }
  Hit hit{.resolved = entry->resolved.get()};
  hit.is_stale = now >= entry->expires;
  hit.is_resting = now < entry->rests_until;
  hit.ttl_s = hit.is_stale ? kStaleTtlS : left_of(entry->expires, now);
  const std::chrono::milliseconds whole = seconds{entry->resolved->ttl_s};
  const bool is_late = entry->expires - now <= whole / kPrefetchPart;
  hit.is_due = is_late && entry->was_hit && !hit.is_stale && !hit.is_resting && !is_failure;
  entry->was_hit = true;
  return hit;
}

/// Makes it the newest.
ForwardCache::Entry* ForwardCache::find_entry(std::string_view key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return &*found->second;
}

void ForwardCache::store(const ForwardQuestion& question,
                         std::shared_ptr<const Resolved> resolved,
                         TimePoint now) {
  const QuestionKey key(question);
  if (find_entry(key.view()) != nullptr) erase(entries_.begin());
  if (resolved->ttl_s > 0) add(key.view(), std::move(resolved), now);
}

void ForwardCache::store_failure(const ForwardQuestion& question, TimePoint now) {
  const QuestionKey key(question);
  Entry* entry = find_entry(key.view());
  if (entry != nullptr && entry->resolved != failure()) {
    entry->rests_until = now + kRest;
    return;
  }
  if (entry != nullptr) erase(entries_.begin());
  add(key.view(), failure(), now);
}

void ForwardCache::add(std::string_view key,
                       std::shared_ptr<const Resolved> resolved,
                       TimePoint now) {
  const std::size_t size = size_of(key, *resolved);
  if (size > limits_.octets) return;
  const std::size_t most = little_ ? limits_.octets / kLittle : limits_.octets;
  while (!entries_.empty() && octets_ + size > most) erase(std::prev(entries_.end()));
  const TimePoint expires = now + seconds{resolved->ttl_s};
  entries_.push_front({std::string(key), std::move(resolved), expires, now});
  by_key_.emplace(entries_.front().key, entries_.begin());
  octets_ += size;
}

void ForwardCache::erase(Entries::iterator entry) {
  octets_ -= size_of(entry->key, *entry->resolved);
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace dnsd
