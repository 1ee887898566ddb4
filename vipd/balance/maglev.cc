#include "vipd/balance/maglev.h"

#include <algorithm>
#include <array>

#include "common/hash.h"
#include "vipd/balance/policy.h"

namespace vipd {
namespace {

/// Each about four times the one before: tables are rebuilt at another size seldom, as that moves
/// most clients.
constexpr std::array<std::size_t, 6> kPrimes{1009, 4099, 16411, 65537, 262147, 1048583};
constexpr int kProbes = 16;  // Places looked at before a client goes to just anyone.

std::size_t table_size(std::size_t backends) {
  for (const std::size_t prime : kPrimes) {
    if (prime >= 100 * backends) return prime;
  }
  return kPrimes.back();
}

/// The order in which one backend wants the places of the table.
class Preferences {
 public:
  Preferences(std::uint64_t name, std::size_t size)
      : next_(common::mix(name) % size), skip_(common::mix(~name) % (size - 1) + 1), size_(size) {}
  std::size_t take() {
    const std::size_t place = next_;
    next_ = (next_ + skip_) % size_;
    return place;
  }

 private:
  std::size_t next_;
  std::size_t skip_;
  std::size_t size_;
};

class Maglev final : public Policy {
 public:
  void prepare(std::span<Target* const> candidates) override {
    std::vector<std::uint32_t> ids;
    for (const Target* target : candidates) ids.push_back(target->id);
    if (ids == ids_) return;
    ids_ = std::move(ids);
    table_.clear();
    if (candidates.empty()) return;
    std::vector<std::uint64_t> names;
    for (const Target* target : candidates) {
      names.push_back(std::hash<common::SocketAddress>{}(target->endpoint) ^ target->task_hash);
    }
    for (const std::uint32_t index : build_maglev_table(names)) table_.push_back(ids_[index]);
  }

  /// A backend that is not to be had now lends its clients to others, each client always to the
  /// same one.
  std::size_t choose(std::span<Target* const> candidates, std::uint64_t client) override {
    for (int probe = 0; probe < kProbes && !table_.empty(); ++probe) {
      const std::uint64_t point = common::mix(client + static_cast<std::uint64_t>(probe));
      const std::uint32_t wanted = table_[point % table_.size()];
      const auto place = std::find_if(candidates.begin(),
                                      candidates.end(),
                                      [wanted](const Target* t) { return t->id == wanted; });
      if (place != candidates.end()) return static_cast<std::size_t>(place - candidates.begin());
    }
    return common::mix(client) % candidates.size();
  }

 private:
  std::vector<std::uint32_t> ids_;    // Of the targets the table was built from.
  std::vector<std::uint32_t> table_;  // Ids, too.
};

}  // namespace

std::vector<std::uint32_t> build_maglev_table(std::span<const std::uint64_t> names) {
  constexpr std::uint32_t kFree = UINT32_MAX;
  const std::size_t size = table_size(names.size());
  std::vector<Preferences> preferences;
  preferences.reserve(names.size());
  for (const std::uint64_t name : names) preferences.emplace_back(name, size);

  std::vector<std::uint32_t> table(size, kFree);
  for (std::size_t filled = 0; filled < size;) {
    for (std::uint32_t i = 0; i < names.size() && filled < size; ++i, ++filled) {
      std::size_t place = preferences[i].take();
      while (table[place] != kFree) place = preferences[i].take();
      table[place] = i;
    }
  }
  return table;
}

std::unique_ptr<Policy> make_maglev() { return std::make_unique<Maglev>(); }

}  // namespace vipd
