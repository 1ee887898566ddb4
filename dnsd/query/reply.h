#pragma once

#include <cstdint>
#include <optional>

#include "dnsd/wire/header.h"
#include "dnsd/wire/writer.h"
#include "dnsd/zone/zone.h"

namespace dnsd {

/// The reply while it is being made.
struct Reply {
  Header header;
  MessageWriter out;
  const Zone::Apex* apex = nullptr;                   // Of the zone that answers, if any.
  bool proven = false;                                // As in Response.
  std::optional<ExtendedError> error = std::nullopt;  // Why, for those who speak EDNS.
};

}  // namespace dnsd
