#include "dnsd/query/prefetch.h"

#include <array>
#include <optional>

#include "dnsd/wire/header.h"
#include "dnsd/wire/name.h"

namespace dnsd {
namespace {

constexpr std::size_t kMost = Zone::Nodes::kPrefetched;

/// Of the name in the question.
std::optional<std::uint64_t> hash_of(std::span<const std::uint8_t> message) {
  Reader reader(message, Header::kSize);
  auto name = Name::parse(reader);
  if (!name) return std::nullopt;
  name->make_lower();
  return Zone::Nodes::hash_of(name->wire());
}

}  // namespace

void prefetch(std::span<const std::span<const std::uint8_t>> messages, const Zone& zone) {
  std::array<std::uint64_t, kMost> hashes;
  std::size_t count = 0;
  for (const auto& message : messages) {
    const auto hash = hash_of(message);
    if (hash) hashes[count++] = *hash;
    if (count < kMost) continue;
    zone.prefetch(hashes);
    count = 0;
  }
  zone.prefetch(std::span(hashes).first(count));
}

}  // namespace dnsd
