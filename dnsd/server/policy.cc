#include "dnsd/server/policy.h"

#include <algorithm>

#include "dnsd/server/random_value.h"

namespace dnsd {
namespace {

// respond() wants room for an answer of the size every client takes (RFC 1035 section 4.2.1).
constexpr int kLeastPayload = 512;

/// Queries are spread over the workers at random, so each gets its share of the limit.
std::uint32_t share(int limit, std::size_t workers) {
  const auto all = static_cast<std::size_t>(limit);
  return static_cast<std::uint32_t>((all + workers - 1) / workers);
}

/// RFC 7828: in tenths of a second.
std::uint16_t keepalive_ds(config::Milliseconds idle) {
  return static_cast<std::uint16_t>(std::min<std::int64_t>(idle.count() / 100, 0xffff));
}

ForwardPolicy make_forward_policy(const config::Dns& options) {
  ForwardPolicy policy;
  policy.routes = ForwardRoutes(options);
  policy.timeout = options.forward_timeout;
  policy.queries = static_cast<std::size_t>(options.forward_queries);
  policy.use_0x20 = options.forward_0x20;
  policy.prefetch = options.prefetch;
  policy.cache = {.octets = static_cast<std::size_t>(options.cache_size),
                  .stale = options.serve_stale};
  policy.ttl = {
      .most_s = static_cast<std::uint32_t>(options.cache_max_ttl.count()),
      .most_negative_s = static_cast<std::uint32_t>(options.cache_max_negative_ttl.count())};
  policy.secret = random_value<SipKey>();
  return policy;
}

}  // namespace

AnswerPolicy make_policy(const config::Dns& options, std::size_t workers) {
  AnswerPolicy policy;
  policy.udp_payload = static_cast<std::uint16_t>(std::max(options.udp_payload, kLeastPayload));
  policy.truncation = options.partial_answers ? Truncation::Partial : Truncation::Empty;
  policy.most_records = static_cast<std::uint32_t>(options.answer_records);
  policy.prefer_subnets = options.prefer_subnets;
  policy.server_id = options.server_id;
  policy.version = options.version;
  policy.keepalive_ds = keepalive_ds(options.tcp_idle_timeout);
  policy.transfers = {.clients = options.transfer_to,
                      .most_records = static_cast<std::size_t>(options.transfer_records)};
  policy.forward = make_forward_policy(options);
  policy.allow_recursion = options.allow_recursion;
  policy.limits = {.per_second = share(options.rate_limit, workers),
                   .slip = static_cast<std::uint32_t>(options.rate_limit_slip),
                   .seed = random_value<std::uint64_t>()};
  return policy;
}

}  // namespace dnsd
