#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "dnsd/query/query.h"
#include "dnsd/transfer/difference.h"
#include "dnsd/transfer/signature.h"
#include "dnsd/zone/zone.h"

namespace dnsd {

/// What a client is given of a zone, and from which snapshots.
struct TransferContent {
  std::shared_ptr<const Zone> zone;
  const Zone::Apex* apex = nullptr;    // In `zone`.
  std::shared_ptr<const Zone> before;  // What the client has; null: it gets the whole zone.
  bool soa_only = false;               // It has it all, or may not have it this way.
  std::size_t most_records = 0;        // Of an RRset; 0: all.
  std::shared_ptr<void> slot;          // Given back when the transfer ends.
};

/// The messages of one zone transfer (RFC 5936, RFC 1995), made as the client takes them. Holds its
/// snapshots until it ends. Pure.
class Transfer {
 public:
  /// The most octets of a message: so every compression pointer reaches its front.
  static constexpr std::size_t kMessageSize = 0x4000;

  /// Cost: one look at every name of the zone, or at every name that changed.
  Transfer(const Query& query, TransferContent content, std::optional<Signer> signer);

  bool is_done() const { return started_ && sent_ == records_.size(); }
  /// Writes the next message to `out`, and returns its size. `out` has room for 512 octets at
  /// least. Not to be called when is_done(). `now_s`: seconds since 1970, for the signature.
  std::size_t next(std::span<std::uint8_t> out, std::uint64_t now_s);

 private:
  const TransferContent content_;
  Header header_;
  std::vector<std::uint8_t> question_;
  bool edns_;
  std::optional<Signer> signer_;
  AliasNames names_;
  std::vector<ZoneRecord> records_;  // Of content_; owners may be of names_.
  std::size_t sent_ = 0;             // Of records_.
  bool started_ = false;
};

}  // namespace dnsd
