#include "vipd/udp/flow_table.h"

#include <gtest/gtest.h>

#include <list>
#include <random>

#include "tests/common/simulation.h"

namespace vipd {
namespace {

using common::SocketAddress;
using Table = FlowTable<int>;

SocketAddress client(std::uint32_t host, std::uint16_t port = 1000) {
  return {common::IpAddress::v4(0x0a000000 + host), port};
}

TEST(FlowTable, FindsAFlowByServiceAndClient) {
  Table table(4);
  Table::Flow& flow = table.insert(1, client(1));
  EXPECT_EQ(table.find(1, client(1)), &flow);
  EXPECT_EQ(table.find(2, client(1)), nullptr);
  EXPECT_EQ(table.find(1, client(1, 1001)), nullptr);
  EXPECT_EQ(table.find(flow.id), &flow);
}

TEST(FlowTable, KnowsWhoWasSilentLongest) {
  Table table(3);
  Table::Flow& first = table.insert(1, client(1));
  Table::Flow& second = table.insert(1, client(2));
  table.insert(1, client(3));
  EXPECT_TRUE(table.full());
  EXPECT_EQ(&table.oldest(), &first);
  table.touch(first);
  EXPECT_EQ(&table.oldest(), &second);
}

TEST(FlowTable, TellsAFlowFromTheNextOneInItsSlot) {
  Table table(1);
  Table::Flow& flow = table.insert(1, client(1));
  const SlotId id = flow.id;
  table.erase(flow);
  EXPECT_EQ(table.find(id), nullptr);
  table.insert(1, client(2));
  EXPECT_EQ(table.find(id), nullptr);
}

/// The same table, slow and plain: oldest first.
struct Model {
  struct Known {
    std::uint32_t service;
    SocketAddress client;
    int payload;
  };
  std::list<Known> flows;

  auto find(std::uint32_t service, const SocketAddress& who) {
    return std::find_if(flows.begin(), flows.end(), [&](const Known& k) {
      return k.service == service && k.client == who;
    });
  }
};

void simulate(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const std::size_t capacity = 1 + random() % 20;
  Table table(capacity);
  Model model;
  for (int step = 0; step < 400; ++step) {
    const auto service = static_cast<std::uint32_t>(random() % 3);
    const SocketAddress who = client(static_cast<std::uint32_t>(random() % 12));
    const auto known = model.find(service, who);
    Table::Flow* found = table.find(service, who);
    ASSERT_EQ(found != nullptr, known != model.flows.end());
    if (found != nullptr) {
      ASSERT_EQ(found->payload, known->payload);
      if (random() % 3 == 0) {
        table.erase(*found);
        model.flows.erase(known);
      } else {
        table.touch(*found);
        model.flows.splice(model.flows.end(), model.flows, known);
      }
    } else {
      if (table.full()) {
        ASSERT_EQ(table.oldest().client, model.flows.front().client);
        ASSERT_EQ(table.oldest().service, model.flows.front().service);
        table.erase(table.oldest());
        model.flows.pop_front();
      }
      table.insert(service, who).payload = step;
      model.flows.push_back({service, who, step});
    }
    ASSERT_EQ(table.size(), model.flows.size());
  }
}

TEST(FlowTableSimulation, AgreesWithAPlainListWhateverHappens) {
  common::for_each_seed(2000, simulate);
}

}  // namespace
}  // namespace vipd
