#include "dnsd/forward/upstream_message.h"

#include <gtest/gtest.h>

#include "dnsd/query/respond.h"
#include "dnsd/zone/zone_builder.h"
#include "tests/dnsd/forward/replies.h"
#include "tests/dnsd/message.h"

namespace dnsd {
namespace {

using testing::a_record;
using testing::alias;
using testing::make_reply;
using testing::question;
using testing::soa_record;
using Octets = std::vector<std::uint8_t>;

Octets query_for(std::string_view name, RrType type = RrType::A) {
  return make_upstream_query(question(name, type), 0x1234, nullptr, 0);
}

Judged judge(const Octets& query, const testing::ReplySpec& spec) {
  return judge_reply(make_reply(query, spec), query, CaseRule::Exact, {});
}

/// far.mesos is www.example, as is farther.mesos by way of it.
std::shared_ptr<const Zone> zone_with_aliases() {
  ZoneOptions options;
  options.records = {{.owner = "far.mesos", .ttl = {}, .type = "CNAME", .data = {"www.example"}},
                     {.owner = "farther.mesos", .ttl = {}, .type = "CNAME", .data = {"far.mesos"}}};
  watcher::Change change;
  change.generation = 1;
  change.synced = true;
  return ZoneBuilder(options).apply(change);
}

/// What a client gets of a reply, as a strict parser reads it.
testing::Message seen_by_client(const Judged& judged,
                                std::string_view name,
                                const std::shared_ptr<const Zone>& zone = zone_with_aliases()) {
  const Octets request = testing::make_query({.name = std::string(name), .udp_payload = 1232});
  Octets out(1232);
  RespondOptions options;
  options.recursion = Recursion::Offered;
  const auto response = respond_with({*judged.resolved, 7}, Query(request), *zone, options, out);
  return testing::parse_message(std::span(out).first(response.size)).value();
}

TEST(UpstreamQuery, AsksForRecursionWithEdns) {
  const auto query = testing::parse_message(query_for("www.example", RrType::Aaaa)).value();
  EXPECT_EQ(query.header.id, 0x1234);
  EXPECT_EQ(query.flags, 0x0100);
  ASSERT_TRUE(query.edns);
  EXPECT_EQ(query.edns->udp_payload, 1232);
  EXPECT_TRUE(query.options.empty());
}

TEST(JudgeReply, TakesAnAnswerAndItsShortestTtl) {
  const auto judged =
      judge(query_for("www.example"),
            {.answers = {a_record("www.example", 300, 1), a_record("www.example", 60, 2)}});
  ASSERT_EQ(judged.verdict, ReplyVerdict::Answer);
  EXPECT_EQ(judged.resolved->ttl_s, 60U);
  const auto message = seen_by_client(judged, "WWW.Example.");
  ASSERT_EQ(message.answers.size(), 2U);
  EXPECT_EQ(message.answers[0].owner.to_text(), "WWW.Example.");
  EXPECT_EQ(message.answers[1].data, "10.0.0.2");
  EXPECT_EQ(message.answers[1].ttl, 7U);
  EXPECT_EQ(message.flags, 0x8180);  // QR, RD, RA.
}

TEST(JudgeReply, FollowsAliases) {
  const auto judged = judge(query_for("www.example"),
                            {.answers = {alias("www.example", 300, "web.cdn.example"),
                                         alias("web.cdn.example", 20, "a.other.test"),
                                         a_record("a.other.test", 60)}});
  ASSERT_EQ(judged.verdict, ReplyVerdict::Answer);
  EXPECT_EQ(judged.resolved->ttl_s, 20U);
  const auto message = seen_by_client(judged, "www.example.");
  ASSERT_EQ(message.answers.size(), 3U);
  EXPECT_EQ(message.answers[2].to_text(), "a.other.test. A 10.0.0.1");
}

TEST(JudgeReply, LeavesOutWhatWasNotAskedFor) {
  const auto judged = judge(query_for("www.example"),
                            {.answers = {a_record("victim.test", 300, 9),
                                         a_record("www.example", 300),
                                         alias("victim.test", 300, "evil.test")},
                             .authorities = {a_record("victim.test", 300, 9)}});
  ASSERT_EQ(judged.verdict, ReplyVerdict::Answer);
  const auto message = seen_by_client(judged, "www.example.");
  ASSERT_EQ(message.answers.size(), 1U);
  EXPECT_TRUE(message.authorities.empty());
}

TEST(JudgeReply, TakesDenialsWithTheirSoa) {
  const testing::ReplySpec nxdomain{.rcode = Rcode::NxDomain,
                                    .authorities = {soa_record("example", 900, 30)}};
  auto judged = judge(query_for("no.example"), nxdomain);
  ASSERT_EQ(judged.verdict, ReplyVerdict::Answer);
  EXPECT_EQ(judged.resolved->ttl_s, 30U);
  const auto message = seen_by_client(judged, "no.example.");
  EXPECT_EQ(message.rcode, 3U);
  ASSERT_EQ(message.authorities.size(), 1U);
  EXPECT_EQ(message.authorities[0].owner.to_text(), "example.");
  EXPECT_EQ(message.authorities[0].ttl, 7U);
  judged = judge(query_for("www.example"), {.authorities = {soa_record("example", 5, 30)}});
  EXPECT_EQ(judged.resolved->ttl_s, 5U);
  EXPECT_EQ(judged.resolved->rcode, Rcode::NoError);
}

TEST(JudgeReply, DoesNotKeepDenialsWithoutTheSoaOfTheirZone) {
  auto judged = judge(query_for("no.example"), {.rcode = Rcode::NxDomain});
  ASSERT_EQ(judged.verdict, ReplyVerdict::Answer);
  EXPECT_EQ(judged.resolved->ttl_s, 0U);
  judged = judge(query_for("no.example"),
                 {.rcode = Rcode::NxDomain, .authorities = {soa_record("other.test", 900, 30)}});
  EXPECT_EQ(judged.resolved->ttl_s, 0U);
  EXPECT_TRUE(judged.resolved->records.empty());
}

TEST(JudgeReply, KeepsNothingLongerThanIsAllowed) {
  const Octets query = query_for("www.example");
  const TtlLimits limits{.most_s = 100, .most_negative_s = 10};
  const auto kept = [&](const testing::ReplySpec& spec) {
    return judge_reply(make_reply(query, spec), query, CaseRule::Exact, limits).resolved->ttl_s;
  };
  EXPECT_EQ(kept({.answers = {a_record("www.example", 1000000)}}), 100U);
  EXPECT_EQ(kept({.answers = {a_record("www.example", 0x80000001U)}}), 0U);
  EXPECT_EQ(kept({.authorities = {soa_record("example", 900, 900)}}), 10U);
}

TEST(JudgeReply, DoesNotTakeFailuresAndReferralsForAnswers) {
  const Octets query = query_for("www.example");
  for (const Rcode rcode : {Rcode::ServFail, Rcode::Refused, Rcode::NotImp, Rcode::FormErr}) {
    EXPECT_EQ(judge(query, {.rcode = rcode}).verdict, ReplyVerdict::Failed);
  }
  const testing::Record ns{"example", RrType::Ns, 60, std::string(Name().wire())};
  EXPECT_EQ(judge(query, {.authorities = {ns}}).verdict, ReplyVerdict::Failed);
}

TEST(JudgeReply, ComparesTheQuestionWithItsCase) {
  const Casing casing(SipKey{1});
  const Octets query = make_upstream_query(question("www.corporation.example"), 1, &casing, 7);
  Octets reply = make_reply(query, {.answers = {a_record("www.corporation.example", 60)}});
  EXPECT_EQ(judge_reply(reply, query, CaseRule::Exact, {}).verdict, ReplyVerdict::Answer);
  reply[13] ^= 0x20;
  EXPECT_EQ(judge_reply(reply, query, CaseRule::Exact, {}).verdict, ReplyVerdict::WrongCase);
  EXPECT_EQ(judge_reply(reply, query, CaseRule::Any, {}).verdict, ReplyVerdict::Answer);
  reply[13] = 'x';
  EXPECT_EQ(judge_reply(reply, query, CaseRule::Any, {}).verdict, ReplyVerdict::Malformed);
}

TEST(JudgeReply, RefusesWhatIsNoReplyToTheQuery) {
  const Octets query = query_for("www.example");
  const Octets good = make_reply(query, {.answers = {a_record("www.example", 60)}});
  const auto verdict_with = [&](std::size_t at, std::uint8_t octet) {
    Octets reply = good;
    reply[at] = octet;
    return judge_reply(reply, query, CaseRule::Exact, {}).verdict;
  };
  EXPECT_EQ(verdict_with(1, 0x35), ReplyVerdict::Malformed);  // Another id.
  EXPECT_EQ(verdict_with(2, 0x01), ReplyVerdict::Malformed);  // A query.
  EXPECT_EQ(verdict_with(2, 0x83), ReplyVerdict::Malformed);  // Cut.
  EXPECT_EQ(verdict_with(5, 2), ReplyVerdict::Malformed);     // Two questions.
  EXPECT_EQ(verdict_with(7, 2), ReplyVerdict::Malformed);     // More answers than there are.
  for (std::size_t size = 0; size < good.size(); ++size) {
    const auto cut = std::span(good).first(size);
    EXPECT_EQ(judge_reply(cut, query, CaseRule::Exact, {}).verdict, ReplyVerdict::Malformed)
        << size;
  }
}

TEST(JudgeReply, StopsAtAliasesWithoutEnd) {
  testing::ReplySpec loop;
  for (int i = 0; i < 20; ++i) loop.answers.push_back(alias("www.example", 60, "www.example"));
  EXPECT_EQ(judge(query_for("www.example"), loop).verdict, ReplyVerdict::Malformed);
}

TEST(JudgeReply, SpellsOutNamesInData) {
  Octets reply = make_reply(query_for("example", RrType::Mx), {});
  reply[7] = 1;
  // www.example's place is the question: a preference and a pointer to it.
  for (const int octet : {0xc0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, 4, 0, 10, 0xc0, 12}) {
    reply.push_back(static_cast<std::uint8_t>(octet));
  }
  const auto judged = judge_reply(reply, query_for("example", RrType::Mx), CaseRule::Exact, {});
  ASSERT_EQ(judged.verdict, ReplyVerdict::Answer);
  EXPECT_EQ(judged.resolved->octets.size(), 12U + 2 + 9);
}

TEST(JudgeReply, KeepsOurCaseOutOfWhatClientsSee) {
  const Casing casing(SipKey{1});
  const Octets query =
      make_upstream_query(question("corporation.example", RrType::Mx), 1, &casing, 7);
  Octets reply = make_reply(query, {});
  reply[7] = 1;
  for (const int octet : {0xc0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, 4, 0, 10, 0xc0, 12}) {
    reply.push_back(static_cast<std::uint8_t>(octet));
  }
  const auto judged = judge_reply(reply, query, CaseRule::Exact, {});
  ASSERT_EQ(judged.verdict, ReplyVerdict::Answer);
  const std::string octets(judged.resolved->octets.begin(), judged.resolved->octets.end());
  EXPECT_NE(octets.find("corporation"), std::string::npos);
}

/// What a client gets of the name itself and by way of our aliases, but for these.
void expect_alike(const Judged& judged) {
  const auto direct = seen_by_client(judged, "www.example.");
  for (const auto& [name, aliases] : {std::pair{"far.mesos.", 1U}, {"farther.mesos.", 2U}}) {
    const auto by_alias = seen_by_client(judged, name);
    EXPECT_EQ(by_alias.header.rcode, direct.header.rcode);
    EXPECT_TRUE(by_alias.header.authoritative);
    ASSERT_EQ(by_alias.answers.size(), direct.answers.size() + aliases);
    EXPECT_EQ(by_alias.answers[0].owner.to_text(), name);
    EXPECT_EQ(by_alias.answers[aliases - 1].type, RrType::Cname);
    for (std::size_t i = 0; i < direct.answers.size(); ++i) {
      EXPECT_EQ(by_alias.answers[aliases + i].to_text(), direct.answers[i].to_text());
    }
    ASSERT_EQ(by_alias.authorities.size(), direct.authorities.size());
    for (std::size_t i = 0; i < direct.authorities.size(); ++i) {
      EXPECT_EQ(by_alias.authorities[i].to_text(), direct.authorities[i].to_text());
    }
  }
}

TEST(RespondWith, GivesWhatOurAliasesLeadTo) {
  expect_alike(judge(query_for("www.example"), {.answers = {a_record("www.example", 60, 1)}}));
  expect_alike(judge(query_for("www.example"),
                     {.answers = {alias("www.example", 60, "web.other.example"),
                                  alias("web.other.example", 60, "host.other.example"),
                                  a_record("host.other.example", 60, 1),
                                  a_record("host.other.example", 60, 2)}}));
}

TEST(RespondWith, DeniesWhatOurAliasesLeadTo) {
  const auto denied =
      judge(query_for("www.example"),
            {.rcode = Rcode::NxDomain, .authorities = {soa_record("example", 60, 60)}});
  ASSERT_EQ(denied.verdict, ReplyVerdict::Answer);
  expect_alike(denied);
}

TEST(RespondWith, IsAskedForWhereOurAliasesLead) {
  const auto zone = zone_with_aliases();
  Octets out(1232);
  RespondOptions options;
  const auto target_of = [&](const testing::QuerySpec& spec) {
    const auto request = testing::make_query(spec);
    const auto response = respond(Query(request), *zone, options, out);
    EXPECT_EQ(response.rcode, Rcode::NoError);
    if (!response.foreign) return std::string("none");
    const std::span<const std::uint8_t> written(out);
    Reader reader(written.first(response.size), response.target_at);
    return Name::parse(reader)->to_text();
  };
  const testing::QuerySpec spec{.name = "farther.mesos."};
  EXPECT_EQ(target_of(spec), "none");
  options.recursion = Recursion::Denied;
  EXPECT_EQ(target_of(spec), "none");
  options.recursion = Recursion::Offered;
  EXPECT_EQ(target_of(spec), "www.example.");
  EXPECT_EQ(target_of({.name = "farther.mesos.", .flags = 0}), "none");
  EXPECT_EQ(target_of({.name = "farther.mesos.", .type = RrType::Cname}), "none");
}

TEST(RespondWith, CutsAtWholeRecords) {
  testing::ReplySpec many;
  for (std::uint8_t i = 0; i < 100; ++i) many.answers.push_back(a_record("www.example", 60, i));
  const auto judged = judge(query_for("www.example"), many);
  const Octets request = testing::make_query({.name = "www.example."});
  Octets out(1232);
  const auto response =
      respond_with({*judged.resolved, 7}, Query(request), *zone_with_aliases(), {}, out);
  EXPECT_TRUE(response.truncated);
  EXPECT_LE(response.size, 512U);
  const auto message = testing::parse_message(std::span(out).first(response.size)).value();
  EXPECT_GT(message.answers.size(), 20U);
}

}  // namespace
}  // namespace dnsd
