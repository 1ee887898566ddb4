#include "dnsd/server/policy.h"

#include <fmt/core.h>
#include <sys/random.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

namespace dnsd {
namespace {

using common::ErrorCode;
using common::Expected;

// respond() wants room for an answer of the size every client takes (RFC 1035 section 4.2.1).
constexpr int kLeastPayload = 512;

template <class T>
T random_value() {
  T value{};
  // Of so few octets the call is never interrupted, and it waits for enough entropy.
  static_assert(sizeof value <= 256);
  [[maybe_unused]] const ssize_t got = getrandom(&value, sizeof value, 0);
  return value;
}

std::optional<SipKey> parse_key(std::string_view text) {
  SipKey key{};
  if (text.size() != 2 * key.size()) return std::nullopt;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const char* octet = text.data() + 2 * i;
    const auto [end, error] = std::from_chars(octet, octet + 2, key[i], 16);
    if (error != std::errc{} || end != octet + 2) return std::nullopt;
  }
  return key;
}

tl::unexpected<common::Error> bad_secret(const std::string& file, std::string_view why) {
  return common::fail(ErrorCode::InvalidInput,
                      fmt::format("dns.cookie_secret_file '{}' cannot be used: {}", file, why));
}

Expected<CookieJar> read_cookie_jar(const std::string& path) {
  std::ifstream file(path);
  if (!file) return bad_secret(path, "it cannot be read");
  std::vector<SipKey> keys;
  for (std::string line; file >> line;) {
    const auto key = parse_key(line);
    if (!key || keys.size() == 2) {
      return bad_secret(path, "it holds one or two lines of 32 hexadecimal digits each");
    }
    keys.push_back(*key);
  }
  if (keys.empty()) return bad_secret(path, "it is empty");
  if (keys.size() == 1) return CookieJar(keys[0]);
  return CookieJar(keys[0], keys[1]);
}

Expected<std::optional<CookieJar>> make_cookie_jar(const config::Dns& options) {
  if (!options.cookies) return std::optional<CookieJar>{};
  if (options.cookie_secret_file.empty()) return CookieJar(random_value<SipKey>());
  auto jar = read_cookie_jar(options.cookie_secret_file);
  if (!jar) return tl::unexpected(jar.error());
  return *jar;
}

/// Queries are spread over the workers at random, so each gets its share of the limit.
std::uint32_t share(int limit, std::size_t workers) {
  const auto all = static_cast<std::size_t>(limit);
  return static_cast<std::uint32_t>((all + workers - 1) / workers);
}

/// RFC 7828: in tenths of a second.
std::uint16_t keepalive_ds(config::Milliseconds idle) {
  return static_cast<std::uint16_t>(std::min<std::int64_t>(idle.count() / 100, 0xffff));
}

Expected<TransferPolicy> make_transfer_policy(const config::Dns& options) {
  TransferPolicy policy;
  policy.most_records = static_cast<std::size_t>(options.transfer_records);
  policy.clients = options.transfer_to;
  if (options.transfer_key_file.empty()) return policy;
  std::ifstream file(options.transfer_key_file);
  std::ostringstream text;
  text << file.rdbuf();
  const auto keys = parse_tsig_keys(text.str());
  if (!file || !keys || keys->empty()) {
    return common::fail(ErrorCode::InvalidInput,
                        fmt::format("dns.transfer_key_file '{}' cannot be used: {}",
                                    options.transfer_key_file,
                                    file ? "each line holds a key's name and its secret in base64"
                                         : "it cannot be read"));
  }
  policy.keys = *keys;
  return policy;
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

Expected<AnswerPolicy> make_policy(const config::Dns& options, std::size_t workers) {
  auto cookies = make_cookie_jar(options);
  if (!cookies) return tl::unexpected(cookies.error());
  auto transfers = make_transfer_policy(options);
  if (!transfers) return tl::unexpected(transfers.error());
  AnswerPolicy policy;
  policy.udp_payload = static_cast<std::uint16_t>(std::max(options.udp_payload, kLeastPayload));
  policy.truncation = options.partial_answers ? Truncation::Partial : Truncation::Empty;
  policy.most_records = static_cast<std::uint32_t>(options.answer_records);
  policy.prefer_subnets = options.prefer_subnets;
  policy.server_id = options.server_id;
  policy.version = options.version;
  policy.keepalive_ds = keepalive_ds(options.tcp_idle_timeout);
  policy.cookies = *cookies;
  policy.transfers = std::move(*transfers);
  policy.forward = make_forward_policy(options);
  policy.allow_recursion = options.allow_recursion;
  policy.limits = {.per_second = share(options.rate_limit, workers),
                   .slip = static_cast<std::uint32_t>(options.rate_limit_slip),
                   .seed = random_value<std::uint64_t>()};
  return policy;
}

}  // namespace dnsd
