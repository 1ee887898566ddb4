// Throws hundreds of thousands of damaged queries at respond(). Seeded: a failure prints the round,
// and the same round comes again.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "tests/dnsd/query/reply_rules.h"
#include "tests/dnsd/query/sample_zone.h"

namespace dnsd {
namespace {

using testing::make_query;
using Octets = std::vector<std::uint8_t>;

std::vector<Octets> seeds() {
  return {
      make_query({}),
      make_query({.udp_payload = 1232}),
      make_query({.name = "_web._tcp.marathon.mesos.", .type = RrType::Srv, .udp_payload = 4096}),
      make_query({.name = "nobody.marathon.mesos.", .type = RrType::Aaaa}),
      make_query({.name = "_tcp.marathon.mesos.", .type = RrType::Any, .udp_payload = 512}),
      make_query({.name = "mesos.", .type = RrType::Soa, .udp_payload = 1232, .edns_version = 1}),
      make_query({.name = "web.marathon.l4lb.thisdcos.directory.", .klass = RrClass::Ch}),
      make_query({.name = ".", .type = RrType::Axfr}),
  };
}

/// One small damage, of the kinds that parsers trip over.
void damage(Octets& octets, std::mt19937& random) {
  if (octets.empty()) return;
  const std::size_t at = random() % octets.size();
  const auto place = octets.begin() + static_cast<std::ptrdiff_t>(at);
  switch (random() % 7) {
    case 0:
      octets[at] = static_cast<std::uint8_t>(random());
      break;
    case 1:
      octets[at] = static_cast<std::uint8_t>(octets[at] ^ 1U << random() % 8);
      break;
    case 2:
      octets.resize(at);
      break;
    case 3:
      octets.insert(place, static_cast<std::uint8_t>(random()));
      break;
    case 4:
      octets.erase(place);
      break;
    case 5:
      octets[at] = 0xc0;  // A compression pointer.
      break;
    default: {  // The front once more.
      const Octets front(octets.begin(), place);
      octets.insert(octets.end(), front.begin(), front.end());
    }
  }
}

TEST(Mutation, LeavesRepliesWellFormed) {
  constexpr int kRounds = 300'000;
  const auto zone = testing::sample_zone(20);
  const auto first = seeds();
  std::mt19937 random(20170306);
  std::vector<std::uint8_t> out(65535);
  for (int round = 0; round < kRounds; ++round) {
    Octets request = first[random() % first.size()];
    for (auto count = random() % 4; count > 0; --count) damage(request, random);
    RespondOptions options;
    options.transport = random() % 2 ? Transport::Udp : Transport::Tcp;
    options.style.rotation = static_cast<std::uint32_t>(random());
    const auto response = respond(Query(request), *zone, options, out);
    const std::string broken =
        testing::broken_rule(request, options, response, std::span(out).first(response.size));
    ASSERT_EQ(broken, "") << "in round " << round << ": " << ::testing::PrintToString(request);
  }
}

}  // namespace
}  // namespace dnsd
