#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dnsd/wire/tsig.h"

namespace dnsd {

/// A key that two servers share, for hmac-sha256 (RFC 8945); no other algorithm is taken.
struct TsigKey {
  Name name;           // In lower case.
  std::string secret;  // Octets.
};
using TsigKeys = std::vector<TsigKey>;

/// Reads lines of "<name> <secret in base64>", and comments after "#". Nothing when one is neither;
/// names have at most 128 octets.
std::optional<TsigKeys> parse_tsig_keys(std::string_view text);

/// Signs the messages of one exchange, in their order: each covers the one before it.
class Signer {
 public:
  /// For a query of ours.
  explicit Signer(TsigKey key) : key_(std::move(key)) {}
  /// For the replies to one: `request` is its signature, which the first of them covers.
  Signer(TsigKey key, const Tsig& request) : key_(std::move(key)), mac_(request.mac) {}

  /// How many octets sign() appends.
  std::size_t size() const;
  /// Appends a TSIG record to the message in the front of `out` and returns the new size. There is
  /// room. `error` other than None makes it the reply to a query whose time was wrong.
  std::size_t sign(std::span<std::uint8_t> out,
                   std::size_t size,
                   std::uint64_t now_s,
                   const Tsig* wrong_time = nullptr);

 private:
  Tsig record(std::span<const std::uint8_t> message, std::uint64_t now_s) const;

  TsigKey key_;
  std::optional<std::string> mac_;  // Of the message before, if there was any.
  bool first_ = true;
};

/// What a signature turned out to be.
struct Verdict {
  Tsig tsig;
  TsigError error = TsigError::None;
  const TsigKey* key = nullptr;  // Null when it is none of ours.
};

/// Judges a query that ends with the TSIG record at `offset`. Nothing when the record is malformed.
/// `now_s`: seconds since 1970. Cost: one HMAC over the query.
std::optional<Verdict> verify(std::span<const std::uint8_t> query,
                              std::size_t offset,
                              const TsigKeys& keys,
                              std::uint64_t now_s);

/// The query without the TSIG record it ends with at `offset`.
std::vector<std::uint8_t> without_tsig(std::span<const std::uint8_t> query, std::size_t offset);

/// Appends the TSIG record that tells why a query's signature was not taken, unsigned (section
/// 5.3.2). Returns the new size; the old one when there is no room.
std::size_t append_refusal(const Verdict& verdict, std::span<std::uint8_t> out, std::size_t size);

}  // namespace dnsd
