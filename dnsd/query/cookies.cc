#include "dnsd/query/cookies.h"

#include <algorithm>
#include <cstddef>

namespace dnsd {
namespace {

// RFC 9018 section 4: client cookie, version, three reserved octets, time, hash.
constexpr std::size_t kClientSize = 8;
constexpr std::size_t kVersionAt = 8;
constexpr std::size_t kTimeAt = 12;
constexpr std::size_t kHashAt = 16;
constexpr std::uint8_t kVersion = 1;
// Section 4.3: how old a cookie may be, and how far ahead another server's clock.
constexpr std::int32_t kMaxAgeS = 3600;
constexpr std::int32_t kMaxAheadS = 300;

using Hash = std::array<std::uint8_t, 8>;

/// Over everything before the hash, and the address.
Hash hash_of(const SipKey& secret,
             std::span<const std::uint8_t> head,
             const common::IpAddress& client) {
  std::array<std::uint8_t, kHashAt + 16> input;
  const auto address = client.bytes();
  auto end = std::copy(head.begin(), head.end(), input.begin());
  end = std::copy(address.begin(), address.end(), end);
  const auto size = static_cast<std::size_t>(end - input.begin());
  const std::uint64_t value = siphash24(secret, std::span(input).first(size));
  Hash hash;
  for (std::size_t i = 0; i < hash.size(); ++i) {
    hash[i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
  return hash;
}

/// Takes as long whatever is wrong, so that a hash cannot be found octet by octet.
bool is_equal(const Hash& hash, std::span<const std::uint8_t> sent) {
  unsigned difference = 0;
  for (std::size_t i = 0; i < hash.size(); ++i) difference |= hash[i] ^ sent[i];
  return difference == 0;
}

std::uint32_t time_of(std::span<const std::uint8_t> cookie) {
  std::uint32_t time_s = 0;
  for (const std::uint8_t octet : cookie.subspan(kTimeAt, 4)) time_s = time_s << 8 | octet;
  return time_s;
}

}  // namespace

CookieOption CookieJar::bake(std::span<const std::uint8_t> sent,
                             const common::IpAddress& client,
                             std::uint32_t now_s) const {
  CookieOption cookie{};
  std::copy_n(sent.begin(), kClientSize, cookie.begin());
  cookie[kVersionAt] = kVersion;
  for (std::size_t i = 0; i < 4; ++i) {
    cookie[kTimeAt + i] = static_cast<std::uint8_t>(now_s >> (24 - 8 * i));
  }
  const Hash hash = hash_of(secret_, std::span(cookie).first(kHashAt), client);
  std::copy(hash.begin(), hash.end(), cookie.begin() + kHashAt);
  return cookie;
}

bool CookieJar::is_ours(std::span<const std::uint8_t> sent,
                        const common::IpAddress& client,
                        std::uint32_t now_s) const {
  if (sent.size() != CookieOption{}.size() || sent[kVersionAt] != kVersion) return false;
  const auto age_s = static_cast<std::int32_t>(now_s - time_of(sent));  // RFC 1982 arithmetic.
  if (age_s > kMaxAgeS || age_s < -kMaxAheadS) return false;
  const auto head = sent.first(kHashAt);
  const auto hash = sent.subspan(kHashAt);
  return is_equal(hash_of(secret_, head, client), hash) ||
         (previous_ && is_equal(hash_of(*previous_, head, client), hash));
}

}  // namespace dnsd
