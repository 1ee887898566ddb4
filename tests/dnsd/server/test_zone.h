#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "dnsd/zone/zone.h"

/// A zone and queries for it, in as few words as the tests of the sockets need.
namespace dnsd::testing {

/// "mesos." with `members` addresses at "web.marathon.mesos.".
std::shared_ptr<const Zone> make_zone(std::uint32_t members, std::uint64_t generation = 1);

/// A query for the A records of a name.
std::vector<std::uint8_t> make_query(std::uint16_t id,
                                     std::string_view name = "web.marathon.mesos");

/// The same as TCP wants it, behind its length.
std::vector<std::uint8_t> framed(std::span<const std::uint8_t> message);

// Fields of an answer.
std::uint16_t id_of(std::span<const std::uint8_t> answer);
std::uint16_t answer_count_of(std::span<const std::uint8_t> answer);
bool truncated(std::span<const std::uint8_t> answer);

}  // namespace dnsd::testing
