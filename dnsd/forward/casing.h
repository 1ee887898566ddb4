#pragma once

#include <cstdint>
#include <span>

#include "dnsd/query/siphash.h"

namespace dnsd {

/// Upper and lower case of the names we ask upstreams for ("0x20", draft-vixie-dnsext-dns0x20). A
/// reply repeats the question, so who forges one has to guess the case of each letter. It follows
/// from a secret, the question and the minute, the same for all workers: so we know our own
/// questions when they come back to us. Pure.
///
/// A question is as on the wire: name, type, class.
class Casing {
 public:
  explicit Casing(const SipKey& secret) : secret_(secret) {}

  /// Gives the letters of the name their case. Precondition: they are in lower case.
  void apply(std::span<std::uint8_t> question, std::uint32_t minute) const;
  /// Did we ask this, in this minute or the one before: is it a loop? Never says so of names with
  /// few letters or without upper case. A client that mixes the case, too, is taken for us once in
  /// 65 000 times at most.
  bool is_ours(std::span<const std::uint8_t> question, std::uint32_t minute) const;

 private:
  SipKey secret_;
};

}  // namespace dnsd
