#pragma once

#include <cstddef>
#include <vector>

#include "common/ip.h"
#include "common/prefix.h"
#include "dnsd/zone/rrset.h"

namespace dnsd {

/// The narrowest of the networks that hold a client; null when none does.
const common::IpPrefix* network_of(const common::IpAddress& client,
                                   const std::vector<common::IpPrefix>& networks);

/// Which records of an RRset a client gets: of addresses those in its own network, if there are
/// any; all otherwise. A view; nothing is allocated.
class NearAddresses {
 public:
  /// `network`: of the client; null: all records. Both outlive this.
  NearAddresses(const RrSet& rrset, const common::IpPrefix* network)
      : rrset_(rrset), network_(network), size_(rrset.size()) {
    if (network != nullptr) narrow();
  }

  std::size_t size() const { return size_; }
  bool are_all() const { return size_ == rrset_.size(); }
  bool has(std::size_t index) const { return are_all() || is_inside(index); }

 private:
  void narrow();
  bool is_inside(std::size_t index) const;

  const RrSet& rrset_;
  const common::IpPrefix* network_;
  std::size_t size_;
};

}  // namespace dnsd
