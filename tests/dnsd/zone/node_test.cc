#include "dnsd/zone/node.h"

#include <gtest/gtest.h>

#include <string>

namespace dnsd {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

const std::string kName = "\3web\5mesos\0"s;

TEST(Node, HoldsWhatItsDraftHeld) {
  const std::string address = "\x0a\0\0\1"s;
  const std::string service = "\0\0\0\1\0\x50\1a\0"s;
  const std::vector<Member> addresses{{address, 1, 1}};
  const std::vector<Member> services{{service, 2, 1}};
  NodeDraft draft(kName);
  draft.set_children(7);
  draft.add(RrType::A, 5, addresses);
  draft.add(RrType::Srv, 5, services);
  const Node node = draft.finish();
  EXPECT_EQ(node.name(), kName);
  EXPECT_EQ(node.children(), 7U);
  ASSERT_EQ(node.rrset_count(), 2U);
  EXPECT_EQ(node.rrset(0).type(), RrType::A);
  EXPECT_EQ(node.find(RrType::A).members().front().rdata, address);
  EXPECT_EQ(node.find(RrType::Srv).members().front().rdata, service);
  EXPECT_EQ(node.find(RrType::Srv).members().front().usable, 2U);
  EXPECT_TRUE(node.find(RrType::Aaaa).empty());
}

TEST(Node, SharesItsBlockWithItsCopies) {
  const Node node = NodeDraft(kName).finish();
  const Node copy = node;  // NOLINT(performance-unnecessary-copy-initialization)
  EXPECT_EQ(copy.name().data(), node.name().data());
}

TEST(NodeDraft, TakesOverRrSets) {
  const std::string address = "\x0a\0\0\1"s;
  const std::vector<Member> none;
  const std::vector<Member> withheld{{address, 1, 0}};
  NodeDraft first(kName);
  first.add(RrType::A, 5, none, withheld);
  const Node node = first.finish();
  NodeDraft second(kName);
  second.add(node.rrset(0));
  const Node copy = second.finish();
  EXPECT_EQ(copy.find(RrType::A).size(), 0U);
  EXPECT_EQ(copy.find(RrType::A).members().front().rdata, address);
}

TEST(NodeDraft, ExistsForItsRecordsOrItsChildren) {
  EXPECT_FALSE(NodeDraft(kName).exists());
  NodeDraft parent(kName);
  parent.set_children(1);
  EXPECT_TRUE(parent.exists());
  const std::vector<Member> members{{"\x0a\0\0\1"sv, 1, 1}};
  NodeDraft owner(kName);
  owner.add(RrType::A, 5, members);
  EXPECT_TRUE(owner.exists());
}

}  // namespace
}  // namespace dnsd
