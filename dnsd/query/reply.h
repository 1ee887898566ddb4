#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "dnsd/wire/header.h"
#include "dnsd/wire/writer.h"
#include "dnsd/zone/zone.h"

namespace dnsd {

/// A name inside the message.
struct Place {
  std::size_t offset = 0;
  std::string_view name;
};

/// The reply while it is being made.
struct Reply {
  explicit Reply(const MessageWriter& writer) : out(writer) {}

  Header header;
  MessageWriter out;
  const Zone::Apex* apex = nullptr;                   // Of the zone that answers, once asked for.
  bool proven = false;                                // As in Response,
  bool foreign = false;                               // and so is this.
  Place outside{};                                    // Where an alias led, if out of our zones.
  std::optional<ExtendedError> error = std::nullopt;  // Why, for those who speak EDNS.
};

/// A compression pointer has fourteen bits: what starts here or later cannot be pointed to.
constexpr std::size_t kPointerReach = 0x4000;

inline std::uint16_t pointer_to(std::size_t offset) {
  return static_cast<std::uint16_t>(0xc000U | offset);
}

/// RFC 2308 section 3: the SOA tells how long the absence may be remembered. Its owner is the end
/// of a name that is below.
void add_negative_soa(const Zone::Apex& apex, const Place& below, Reply& reply);

}  // namespace dnsd
