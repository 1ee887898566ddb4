#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dnsd/forward/casing.h"
#include "dnsd/forward/question.h"
#include "dnsd/forward/resolved.h"

/// What we say to upstreams, and how what they say is judged. Pure.
namespace dnsd {

/// A query with RD, and EDNS without options as its last eleven octets. `casing` null: all of the
/// name is in lower case.
std::vector<std::uint8_t> make_upstream_query(const ForwardQuestion& question,
                                              std::uint16_t id,
                                              const Casing* casing,
                                              std::uint32_t minute);

enum class ReplyVerdict : std::uint8_t {
  Answer,     // NOERROR or NXDOMAIN, to be believed.
  Failed,     // The upstream could not or would not: SERVFAIL, REFUSED, a referral …
  WrongCase,  // Not the question as we asked it, but for upper and lower case.
  Malformed,  // Anything else, e.g. not our question at all, or cut.
};
struct Judged {
  ReplyVerdict verdict = ReplyVerdict::Malformed;
  std::shared_ptr<const Resolved> resolved = nullptr;  // Of an Answer.
};

enum class CaseRule : std::uint8_t { Exact, Any };

struct TtlLimits {
  std::uint32_t most_s = 86400;
  std::uint32_t most_negative_s = 3600;
};

/// Judges a reply to `query`. Of the answer section only what leads from the name asked for to
/// what was asked is kept, of the authority section only the SOA of a negative answer (RFC 2308):
/// an upstream cannot slip in other names. Cost is linear in the reply's size.
Judged judge_reply(std::span<const std::uint8_t> reply,
                   std::span<const std::uint8_t> query,
                   CaseRule rule,
                   const TtlLimits& limits);

}  // namespace dnsd
