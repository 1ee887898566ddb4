#include "dnsd/query/look_up.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dnsd/query/additional.h"
#include "dnsd/query/respond.h"
#include "tests/dnsd/message.h"
#include "tests/dnsd/query/sample_zone.h"

namespace dnsd {
namespace {

using testing::make_query;
using testing::sample_zone;

using Octets = std::vector<std::uint8_t>;

Octets answer_to(const Query& query, const Zone& zone, std::uint32_t rotation) {
  Octets out(65535);
  RespondOptions options{.transport = Transport::Tcp};
  options.style.rotation = rotation;
  out.resize(respond(query, zone, options, out).size);
  return out;
}

/// More than a zone takes at a time: of names that are there and not, of every kind, and of what is
/// no question.
std::vector<Octets> many_requests() {
  std::vector<Octets> requests;
  for (int i = 0; i < 20; ++i) {
    requests.push_back(make_query({.name = "_web._tcp.marathon.mesos.", .type = RrType::Srv}));
    requests.push_back(make_query({}));
    requests.push_back(make_query({.name = "none" + std::to_string(i) + ".marathon.mesos."}));
    requests.push_back(make_query({.name = "_web._tcp.marathon.mesos.", .type = RrType::Any}));
    requests.push_back(make_query({.name = "ns1.mesos.", .type = RrType::Aaaa}));
    requests.push_back(make_query({.name = "mesos.", .type = RrType::Ns}));
    requests.push_back(make_query({.name = "web.marathon.l4lb.thisdcos.global."}));
    requests.push_back(make_query({.name = "example.com.", .type = RrType::Srv}));
    requests.push_back(make_query({.name = ""}));
    requests.emplace_back(3);
  }
  return requests;
}

TEST(LookUp, ChangesNoAnswer) {
  const auto requests = many_requests();
  LookUp look_up;
  for (const std::uint32_t instances : {0U, 1U, 3U, 40U}) {  // The last: more than are looked up.
    const auto zone = sample_zone(instances);
    std::vector<Query> queries(requests.begin(), requests.end());
    look_up.find(queries, *zone);
    for (std::size_t i = 0; i < requests.size(); ++i) {
      for (const std::uint32_t rotation : {0U, 1U, 39U, 4000000000U}) {
        EXPECT_EQ(answer_to(queries[i], *zone, rotation),
                  answer_to(Query(requests[i]), *zone, rotation))
            << instances << " instances, request " << i;
      }
    }
  }
}

TEST(LookUp, FindsTheTargetsOfServices) {
  const auto zone = sample_zone(3);
  const auto request = make_query({.name = "_web._tcp.marathon.mesos.", .type = RrType::Srv});
  Query query(request);
  LookUp look_up;
  look_up.find({&query, 1}, *zone);
  ASSERT_NE(query.node, nullptr);
  EXPECT_EQ(query.node->name(), query.name.wire());
  const RrSet services = query.node->find(RrType::Srv);
  ASSERT_EQ(query.targets.size(), services.size());
  for (std::size_t i = 0; i < services.size(); ++i) {
    ASSERT_NE(query.targets[i], nullptr);
    EXPECT_EQ(query.targets[i]->name(), target_of(services.records(i, i + 1), RrType::Srv));
  }
}

}  // namespace
}  // namespace dnsd
