#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "common/hash.h"
#include "common/ip.h"

namespace watcher {

/// Erlang's phash2 of a byte string: Bob Jenkins' lookup2 with Erlang's initial value.
/// Source: Bob Jenkins, "Hash Functions", Dr. Dobb's Journal, September 1997.
std::uint32_t phash2(std::string_view bytes);

/// Gives every named VIP an address of the pool: the one DC/OS computes from the name, or the next
/// free one after it. A name keeps its address for as long as it is used.
class AddressPool {
 public:
  /// remembered  addresses that names had before and get again, where they are of the range and
  ///             free; so that a collision ends the same way after a restart
  explicit AddressPool(const common::Ipv4Prefix& range,
                       std::map<std::string, common::IpAddress> remembered = {});

  /// Applies one batch: every mention in `gained` is one more use of a name, in `lost` one less.
  /// The outcome doesn't depend on the order within the batch. Returns the names that have got
  /// their address by it; names the pool had no room for wait and get what is freed later.
  std::vector<std::string> update(const std::vector<std::string>& gained,
                                  const std::vector<std::string>& lost);

  /// Empty for a name that is unknown or waits.
  std::optional<common::IpAddress> find(std::string_view name) const;

 private:
  struct Holding {
    std::uint32_t uses = 0;
    std::optional<std::uint32_t> address;  // Host order.
  };

  bool is_full() const { return taken_.size() > last_ - first_; }
  std::uint32_t take_address(const std::string& name);
  void drop_use(const std::string& name);

  std::uint32_t first_;
  std::uint32_t last_;
  std::map<std::string, common::IpAddress> remembered_;
  std::unordered_map<std::string, Holding, common::StringHash, std::equal_to<>> holdings_;
  std::unordered_set<std::uint32_t> taken_;
  std::set<std::string> waiting_;  // Sorted: who is served first must not depend on arrival.
};

}  // namespace watcher
