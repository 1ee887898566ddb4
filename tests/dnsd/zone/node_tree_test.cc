#include "dnsd/zone/node_tree.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dnsd {
namespace {

using namespace std::string_literals;

std::string wire(const char* text) { return std::string(Name::from_text(text)->wire()); }

/// Texts of edits, for as long as the tests run.
std::string_view keep(const std::string& text) {
  static TextArena texts;
  return texts.keep(text);
}

/// One task more (1) or less (-1) behind an address.
Edit edit(const char* owner, char last_octet, int usable, int passing) {
  return {keep(wire(owner)), RrType::A, keep("\x0a\0\0"s + last_octet), usable, passing};
}

NodeTree make_tree(bool fails_open = true) {
  return NodeTree({.apexes = {wire("mesos")}, .ttl_s = 5, .fails_open = fails_open});
}

void apply(NodeTree& tree, std::vector<Edit> edits) {
  combine(edits);
  tree.apply(edits);
}

/// How many addresses of a name are published; -1 when there is no such name.
int published(const NodeTree& tree, const char* owner) {
  const Node* node = tree.nodes().find(wire(owner));
  return node == nullptr ? -1 : static_cast<int>(node->find(RrType::A).size());
}

/// As above, of an app that has set its TTL.
Edit edit_with_ttl(char last_octet, std::uint32_t ttl_s, int usable) {
  return {keep(wire("a.mesos")), RrType::A, keep("\x0a\0\0"s + last_octet), usable, usable, ttl_s};
}

/// The TTL of the nth published address.
unsigned ttl_at(const NodeTree& tree, std::size_t index) {
  const auto record = tree.nodes().find(wire("a.mesos"))->find(RrType::A).records(index, index + 1);
  return unsigned{record[6]} << 24 | record[7] << 16 | record[8] << 8 | record[9];
}

TEST(NodeTree, GivesAnRrsetTheLowestTtlOfItsRecords) {
  NodeTree tree = make_tree();
  apply(tree, {edit("a.mesos", 1, 1, 1), edit_with_ttl(2, 2, 1), edit_with_ttl(3, 60, 1)});
  ASSERT_EQ(published(tree, "a.mesos"), 3);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(ttl_at(tree, i), 2U);
  apply(tree, {edit_with_ttl(2, 2, -1)});
  ASSERT_EQ(published(tree, "a.mesos"), 2);
  EXPECT_EQ(ttl_at(tree, 0), 5U);
  apply(tree, {edit("a.mesos", 1, -1, -1)});
  EXPECT_EQ(ttl_at(tree, 0), 60U);
  apply(tree, {edit_with_ttl(3, 60, -1)});
  EXPECT_EQ(published(tree, "a.mesos"), -1);
}

TEST(NodeTree, PublishesAnAddressOnceThoughItsAppsDifferAboutTheTtl) {
  NodeTree tree = make_tree();
  apply(tree, {edit_with_ttl(1, 60, 1), edit_with_ttl(1, 2, 1), edit("a.mesos", 1, 1, 1)});
  EXPECT_EQ(published(tree, "a.mesos"), 1);
  EXPECT_EQ(ttl_at(tree, 0), 2U);
  apply(tree, {edit_with_ttl(1, 2, -1)});
  EXPECT_EQ(published(tree, "a.mesos"), 1);
  EXPECT_EQ(ttl_at(tree, 0), 60U);
  apply(tree, {edit_with_ttl(1, 60, -1)});
  EXPECT_EQ(ttl_at(tree, 0), 5U);
}

TEST(Combine, JoinsEditsOfOneRecord) {
  std::vector<Edit> edits{
      edit("b.mesos", 1, 1, 1), edit("a.mesos", 1, 1, 0), edit("b.mesos", 1, 1, 1)};
  combine(edits);
  ASSERT_EQ(edits.size(), 2U);
  const Edit& both = edits[0].owner == wire("b.mesos") ? edits[0] : edits[1];
  EXPECT_EQ(both.owner, wire("b.mesos"));
  EXPECT_EQ(both.usable, 2);
  EXPECT_EQ(both.passing, 2);
}

TEST(Combine, JoinsEditsOfOneRecordBesideAnOwnerOfTheSameHash) {
  std::vector<Edit> edits{
      edit("b.mesos", 1, 1, 1), edit("a.mesos", 1, 1, 0), edit("b.mesos", 1, 1, 1)};
  for (Edit& one : edits) one.place = 7;
  combine(edits);
  ASSERT_EQ(edits.size(), 2U);
  EXPECT_EQ(edits[0].owner, wire("a.mesos"));
  EXPECT_EQ(edits[1].usable, 2);
}

TEST(Combine, DropsWhatEvensOut) {
  std::vector<Edit> edits{edit("a.mesos", 1, -1, -1), edit("a.mesos", 1, 1, 1)};
  combine(edits);
  EXPECT_TRUE(edits.empty());
}

TEST(Combine, KeepsAChangeOfHealthAlone) {
  std::vector<Edit> edits{edit("a.mesos", 1, -1, -1), edit("a.mesos", 1, 1, 0)};
  combine(edits);
  ASSERT_EQ(edits.size(), 1U);
  EXPECT_EQ(edits[0].usable, 0);
  EXPECT_EQ(edits[0].passing, -1);
}

TEST(NodeTree, CountsWhoStandsBehindARecord) {
  NodeTree tree = make_tree();
  apply(tree, {edit("web.mesos", 1, 2, 2)});
  apply(tree, {edit("web.mesos", 1, -1, -1)});
  EXPECT_EQ(published(tree, "web.mesos"), 1);
  apply(tree, {edit("web.mesos", 1, -1, -1)});
  EXPECT_EQ(published(tree, "web.mesos"), -1);
}

TEST(NodeTree, PublishesPassingMembersWhileThereAreAny) {
  NodeTree tree = make_tree();
  apply(tree, {edit("web.mesos", 1, 1, 1), edit("web.mesos", 2, 1, 0)});
  EXPECT_EQ(published(tree, "web.mesos"), 1);
  apply(tree, {edit("web.mesos", 1, 0, -1)});
  EXPECT_EQ(published(tree, "web.mesos"), 2);
  apply(tree, {edit("web.mesos", 2, 0, 1)});
  EXPECT_EQ(published(tree, "web.mesos"), 1);
}

TEST(NodeTree, KeepsTheNameWhenNothingMayBePublished) {
  NodeTree tree = make_tree(false);
  apply(tree, {edit("web.mesos", 1, 1, 0)});
  EXPECT_EQ(published(tree, "web.mesos"), 0);
  apply(tree, {edit("web.mesos", 1, -1, 0)});
  EXPECT_EQ(published(tree, "web.mesos"), -1);
}

TEST(NodeTree, KeepsNamesInTheMiddleWhileThereAreNamesBelow) {
  NodeTree tree = make_tree();
  apply(tree, {edit("a.b.c.mesos", 1, 1, 1), edit("x.c.mesos", 1, 1, 1)});
  EXPECT_EQ(published(tree, "b.c.mesos"), 0);
  EXPECT_EQ(published(tree, "c.mesos"), 0);
  apply(tree, {edit("a.b.c.mesos", 1, -1, -1)});
  EXPECT_EQ(published(tree, "b.c.mesos"), -1);
  EXPECT_EQ(published(tree, "c.mesos"), 0);
  apply(tree, {edit("x.c.mesos", 1, -1, -1)});
  EXPECT_EQ(published(tree, "c.mesos"), -1);
  EXPECT_TRUE(tree.nodes().empty());
}

TEST(NodeTree, KeepsANameThatLosesItsRecordsButNotItsChildren) {
  NodeTree tree = make_tree();
  apply(tree, {edit("b.mesos", 1, 1, 1), edit("a.b.mesos", 1, 1, 1)});
  apply(tree, {edit("b.mesos", 1, -1, -1)});
  EXPECT_EQ(published(tree, "b.mesos"), 0);
  EXPECT_EQ(published(tree, "a.b.mesos"), 1);
}

TEST(NodeTree, EndsAtTheApex) {
  NodeTree tree = make_tree();
  apply(tree, {edit("web.mesos", 1, 1, 1)});
  EXPECT_EQ(published(tree, "mesos"), 0);
  EXPECT_EQ(tree.nodes().find("\0"s), nullptr);
}

TEST(NodeTree, KeepsOtherTypesOfTheNameItChanges) {
  NodeTree tree = make_tree();
  apply(tree, {edit("web.mesos", 1, 1, 1), {wire("web.mesos"), RrType::Ns, wire("x"), 1, 1}});
  apply(tree, {edit("web.mesos", 1, -1, -1)});
  const Node* node = tree.nodes().find(wire("web.mesos"));
  ASSERT_NE(node, nullptr);
  EXPECT_EQ(node->find(RrType::Ns).size(), 1U);
  EXPECT_EQ(node->find(RrType::A).size(), 0U);
}

TEST(NodeTree, ReplacesARecordNobodyCounts) {
  NodeTree tree = make_tree();
  tree.replace(wire("mesos"), RrType::Ns, wire("a"));
  tree.replace(wire("mesos"), RrType::Ns, wire("b"));
  const auto members = tree.nodes().find(wire("mesos"))->find(RrType::Ns).members();
  ASSERT_EQ(members.size(), 1U);
  EXPECT_EQ(members[0].rdata, wire("b"));
}

TEST(NodeTree, LeavesOlderSnapshotsAlone) {
  NodeTree tree = make_tree();
  apply(tree, {edit("web.mesos", 1, 1, 1)});
  const Zone::Nodes before = tree.nodes();
  apply(tree, {edit("web.mesos", 2, 1, 1), edit("api.mesos", 1, 1, 1)});
  EXPECT_EQ(before.find(wire("web.mesos"))->find(RrType::A).size(), 1U);
  EXPECT_EQ(before.find(wire("api.mesos")), nullptr);
  EXPECT_EQ(published(tree, "web.mesos"), 2);
}

}  // namespace
}  // namespace dnsd
