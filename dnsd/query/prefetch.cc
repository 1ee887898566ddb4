#include "dnsd/query/prefetch.h"

#include <array>

namespace dnsd {
namespace {

constexpr std::size_t kMost = Zone::Nodes::kPrefetched;

}  // namespace

void prefetch(std::span<const Query> queries, const Zone& zone) {
  std::array<std::uint64_t, kMost> hashes;
  std::size_t count = 0;
  for (const Query& query : queries) {
    if (query.intake == Intake::Answer) hashes[count++] = query.name_hash;
    if (count < kMost) continue;
    zone.prefetch(hashes);
    count = 0;
  }
  zone.prefetch(std::span(hashes).first(count));
}

}  // namespace dnsd
