#include "dnsd/zone/rrset.h"

#include <gtest/gtest.h>

#include <string>

#include "dnsd/wire/rdata.h"

namespace dnsd {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

std::string octets_of(std::span<const std::uint8_t> octets) {
  return {octets.begin(), octets.end()};
}

std::string srv(std::uint16_t port, const char* target) {
  return srv_rdata({.port = port, .target = *Name::from_text(target)});
}

TEST(RrSet, HoldsRecordsReadyToBeCopied) {
  const std::vector<Member> members{{"\x0a\0\0\1"sv, 1, 1}, {"\x0a\0\0\2"sv, 1, 1}};
  std::vector<std::uint8_t> octets;
  const auto head = RrSet::write(RrType::A, 5, members, {}, octets);
  const RrSet rrset(head, octets);
  EXPECT_EQ(rrset.size(), 2U);
  EXPECT_EQ(octets_of(rrset.records(0, 1)), "\xc0\x0c\0\1\0\1\0\0\0\5\0\4\x0a\0\0\1"s);
  EXPECT_EQ(octets_of(rrset.records(1, 2)), "\xc0\x0c\0\1\0\1\0\0\0\5\0\4\x0a\0\0\2"s);
  EXPECT_EQ(rrset.records(0, 2).size(), 32U);
  EXPECT_TRUE(rrset.records(2, 2).empty());
}

TEST(RrSet, HoldsRecordsOfDifferentLength) {
  const std::string first = srv(1, "a.mesos");
  const std::string second = srv(2, "longer.mesos");
  const std::vector<Member> members{{first, 1, 1}, {second, 1, 1}};
  std::vector<std::uint8_t> octets;
  const auto head = RrSet::write(RrType::Srv, 5, members, {}, octets);
  const RrSet rrset(head, octets);
  EXPECT_EQ(octets_of(rrset.records(0, 1)).substr(RrSet::kFixedSize), first);
  EXPECT_EQ(octets_of(rrset.records(1, 2)).substr(RrSet::kFixedSize), second);
  EXPECT_EQ(rrset.records(0, 2).size(), 2 * RrSet::kFixedSize + first.size() + second.size());
}

TEST(RrSet, KeepsWithheldMembersOutOfItsRecords) {
  const std::vector<Member> published{{"\x0a\0\0\2"sv, 3, 2}};
  const std::vector<Member> withheld{{"\x0a\0\0\1"sv, 1, 0}, {"\x0a\0\0\3"sv, 1, 0}};
  std::vector<std::uint8_t> octets;
  const auto head = RrSet::write(RrType::A, 5, published, withheld, octets);
  const RrSet rrset(head, octets);
  EXPECT_EQ(rrset.size(), 1U);
  const auto members = rrset.members();
  ASSERT_EQ(members.size(), 3U);
  EXPECT_EQ(members[0].rdata, "\x0a\0\0\1"s);
  EXPECT_EQ(members[1].rdata, "\x0a\0\0\2"s);
  EXPECT_EQ(members[1].usable, 3U);
  EXPECT_EQ(members[1].passing, 2U);
  EXPECT_EQ(members[2].rdata, "\x0a\0\0\3"s);
}

TEST(RrSet, MayPublishNothing) {
  const std::vector<Member> withheld{{"\x0a\0\0\1"sv, 1, 0}};
  std::vector<std::uint8_t> octets;
  const auto head = RrSet::write(RrType::A, 5, {}, withheld, octets);
  const RrSet rrset(head, octets);
  EXPECT_TRUE(rrset.empty());
  EXPECT_EQ(rrset.members().size(), 1U);
  EXPECT_TRUE(RrSet().empty());
}

TEST(ComesBefore, OrdersServicesByTarget) {
  const std::string a1 = srv(1, "a.mesos");
  const std::string a2 = srv(2, "a.mesos");
  const std::string b1 = srv(1, "b.mesos");
  EXPECT_TRUE(comes_before(RrType::Srv, {a2}, {b1}));
  EXPECT_TRUE(comes_before(RrType::Srv, {a1}, {a2}));
  EXPECT_FALSE(comes_before(RrType::Srv, {a1}, {a1}));
}

TEST(ComesBefore, OrdersOneRecordByItsTtl) {
  EXPECT_TRUE(comes_before(RrType::A, {"x", 1, 1, 3}, {"x", 0, 0, 4}));
  EXPECT_TRUE(comes_before(RrType::A, {"x", 1, 1, 3}, {"x"}));
  EXPECT_FALSE(comes_before(RrType::A, {"y", 1, 1, 3}, {"x"}));
}

TEST(ComesBefore, OrdersOneRecordByItsRankBeforeItsTtl) {
  EXPECT_TRUE(comes_before(RrType::A, {"x", 1, 1, 4, Rank::Agent}, {"x", 1, 1, 3}));
  EXPECT_FALSE(comes_before(RrType::A, {"x", 1, 1, 3}, {"x", 1, 1, 4, Rank::Agent}));
}

TEST(RrSet, RemembersTtlAndRankOfEachMember) {
  const std::vector<Member> published{{"\x0a\0\0\2"sv, 1, 1, 60, Rank::Zone}};
  const std::vector<Member> withheld{{"\x0a\0\0\1"sv, 1, 1}};
  std::vector<std::uint8_t> octets;
  const auto head = RrSet::write(RrType::A, 5, published, withheld, octets);
  const auto members = RrSet(head, octets).members();
  ASSERT_EQ(members.size(), 2U);
  EXPECT_EQ(members[0].rank, Rank::Elsewhere);
  EXPECT_EQ(members[0].ttl_s, kZoneTtl);
  EXPECT_EQ(members[1].rank, Rank::Zone);
  EXPECT_EQ(members[1].ttl_s, 60U);
}

}  // namespace
}  // namespace dnsd
