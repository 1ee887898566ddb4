#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "dnsd/wire/header.h"
#include "dnsd/wire/name.h"
#include "dnsd/wire/opt.h"
#include "dnsd/zone/zone.h"

namespace dnsd {

/// What to do with a message after reading it.
enum class Intake : std::uint8_t {
  Answer,
  CookieOnly,  // No question: the client wants a cookie (RFC 7873 section 5.4).
  Drop,
  FormErr,
  NotImp,
  BadVers,
};

/// What a message asks. Filled as far as the message could be read, so that an error reply can
/// repeat what was understood.
struct Query {
  /// Reads a message that came from anywhere, and which outlives this. Cost is bounded by a few
  /// hundred octets, whatever the message's size and counts claim.
  explicit Query(std::span<const std::uint8_t> message);

  std::span<const std::uint8_t> message;   // As sent.
  std::span<const std::uint8_t> question;  // As sent, to be echoed; empty until it was read.
  Intake intake = Intake::Drop;
  Header header;
  RrType type{};  // Any of the 65536 values.
  RrClass klass{};
  std::optional<Edns> edns;
  std::size_t tsig_at = 0;                  // Where the TSIG record starts; 0: the query has none.
  std::optional<std::uint32_t> soa_serial;  // Of an SOA record in the authority section.
  bool is_looked_up = false;                // By LookUp, which set what follows.
  const Node* node = nullptr;               // At `name` in the zone, if there is one.
  std::span<const Node* const> targets;     // Of its first SRV records, if it is asked for those.
  Name name;  // Lower case: the key to look up. Last: most of it is never touched.
};

}  // namespace dnsd
