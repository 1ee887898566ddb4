#pragma once

#include <span>
#include <string>

#include "dnsd/query/respond.h"
#include "tests/dnsd/message.h"

namespace dnsd::testing {

/// What holds of every reply, whatever was asked. Names the rule that does not; empty when all do.
inline std::string broken_rule(std::span<const std::uint8_t> request,
                               const RespondOptions& options,
                               const Response& response,
                               std::span<const std::uint8_t> out) {
  const bool is_query = request.size() >= Header::kSize && (request[2] & 0x80U) == 0;
  if (is_query != (response.size > 0)) return "replies to queries, and to nothing else";
  if (response.size == 0) return "";
  if (options.transport == Transport::Udp && response.size > options.udp_payload) {
    return "no datagram is larger than we allow";
  }
  const auto reply = parse_message(out);
  if (!reply) return "a reply is well formed";
  if (!reply->header.response || reply->header.id != (request[0] << 8 | request[1])) {
    return "a reply has QR set and the query's id";
  }
  if ((reply->flags & 0x00f0U) != 0) return "RA, Z, AD and CD are clear";
  if (reply->rcode != static_cast<std::uint32_t>(response.rcode)) return "the rcode is as told";
  if (reply->header.truncated != response.truncated) return "TC is as told";
  const bool has_data = !reply->answers.empty() || !reply->authorities.empty();
  if (has_data && !reply->header.authoritative) return "data comes with AA";
  if (reply->header.authoritative && !has_data && !response.truncated) return "AA comes with data";
  if (reply->header.questions == 1) {
    const std::string asked(
        request.begin() + Header::kSize,
        request.begin() + Header::kSize + static_cast<std::ptrdiff_t>(reply->question.size()));
    if (asked != reply->question) return "the question is repeated as it was sent";
  }
  return "";
}

}  // namespace dnsd::testing
