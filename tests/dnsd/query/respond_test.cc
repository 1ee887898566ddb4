// What names answer is told in tests/cases/; here is what cases cannot say.
#include "dnsd/query/respond.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <vector>

#include "tests/dnsd/message.h"
#include "tests/dnsd/query/sample_zone.h"

namespace dnsd {
namespace {

using testing::make_query;
using testing::Message;
using testing::parse_message;
using testing::sample_zone;

/// A zone and room for replies.
class Respond : public ::testing::Test {
 protected:
  Response ask(std::span<const std::uint8_t> request, const RespondOptions& options = {}) {
    return respond(Query(request), *zone_, options, out_);
  }
  Message reply_to(std::span<const std::uint8_t> request, const RespondOptions& options = {}) {
    const auto response = ask(request, options);
    const auto reply = parse_message(std::span(out_).first(response.size));
    EXPECT_TRUE(reply.has_value()) << "malformed reply";
    return reply.value_or(Message{});
  }

  std::shared_ptr<const Zone> zone_ = sample_zone(3);
  std::vector<std::uint8_t> out_ = std::vector<std::uint8_t>(65535);
};

TEST_F(Respond, RepeatsTheIdAndTheQuestion) {
  const auto request = make_query({.name = "wEb.MaRaThOn.MeSoS.", .id = 0xbeef});
  const Message reply = reply_to(request);
  EXPECT_EQ(reply.header.id, 0xbeef);
  EXPECT_TRUE(reply.header.response);
  EXPECT_EQ(reply.question, std::string(request.begin() + 12, request.end()));
  EXPECT_EQ(reply.answers.front().owner.to_text(), "wEb.MaRaThOn.MeSoS.");
}

TEST_F(Respond, PadsOverTlsForThoseWhoPadToo) {
  const auto padded = make_query({.udp_payload = 1232, .options = {{12, "0000"}, {3, ""}}});
  const RespondOptions tls{.transport = Transport::Tls, .server_id = "ns1"};
  EXPECT_EQ(ask(padded, tls).size, 468U);
  EXPECT_EQ(reply_to(padded, tls).options.size(), 2U);
  EXPECT_LT(ask(padded, {.transport = Transport::Tcp}).size, 468U);
  EXPECT_LT(ask(make_query({.udp_payload = 1232}), tls).size, 468U);
}

TEST_F(Respond, StartsAtTheMemberTheRotationSays) {
  const auto request = make_query({});
  std::set<std::string> first;
  for (std::uint32_t rotation = 0; rotation < 3; ++rotation) {
    const Message reply = reply_to(request, {.style = {.rotation = rotation}});
    EXPECT_EQ(reply.answers.size(), 3U);
    first.insert(reply.answers.front().data);
  }
  EXPECT_EQ(first.size(), 3U);
  EXPECT_EQ(reply_to(request, {.style = {.rotation = 0xffffffff}}).answers.size(), 3U);
}

TEST_F(Respond, GivesEveryTargetsAddressesOnceWhateverTheRotation) {
  const auto request =
      make_query({.name = "_web._tcp.marathon.mesos.", .type = RrType::Srv, .udp_payload = 1232});
  for (std::uint32_t rotation = 0; rotation < 6; ++rotation) {
    const Message reply = reply_to(request, {.style = {.rotation = rotation}});
    EXPECT_EQ(reply.answers.size(), 6U);
    std::set<std::string> glue;
    for (const auto& rr : reply.additionals) glue.insert(rr.to_text());
    EXPECT_EQ(reply.additionals.size(), 3U) << rotation;
    EXPECT_EQ(glue.size(), 3U);
  }
}

TEST_F(Respond, TellsTtls) {
  EXPECT_EQ(reply_to(make_query({})).answers.front().ttl, 5U);
  EXPECT_EQ(reply_to(make_query({.name = "no.mesos."})).authorities.front().ttl, 1U);
}

TEST_F(Respond, SetsNoFlagOfOthers) {
  auto request = make_query({});
  request[2] = 0x07;                           // AA, TC, RD
  request[3] = 0xf0;                           // RA, Z, AD, CD
  EXPECT_EQ(reply_to(request).flags, 0x8500);  // QR, AA and the RD that was sent.
}

TEST_F(Respond, KeepsSilentTowardsReplies) {
  auto request = make_query({});
  request[2] |= 0x80;
  EXPECT_EQ(ask(request).size, 0U);
  EXPECT_EQ(ask({}).size, 0U);
}

TEST_F(Respond, AnswersRubbishWithAHeader) {
  std::vector<std::uint8_t> request(12);
  request[0] = 0x12;
  const auto response = ask(request);
  EXPECT_EQ(response.size, Header::kSize);
  EXPECT_EQ(response.rcode, Rcode::FormErr);
  EXPECT_EQ(out_[0], 0x12);
}

TEST_F(Respond, StaysWithinEverySize) {
  zone_ = sample_zone(200);
  for (const RrType type : {RrType::A, RrType::Aaaa, RrType::Any}) {
    for (std::uint16_t payload = 0; payload < 1400;
         payload = static_cast<std::uint16_t>(payload + 7)) {
      const auto request = make_query({.type = type, .udp_payload = payload});
      const auto response = ask(request);
      EXPECT_LE(response.size, std::clamp<std::size_t>(payload, 512, 1232));
      ASSERT_TRUE(parse_message(std::span(out_).first(response.size)));
    }
  }
}

TEST_F(Respond, FillsAMessageToItsLastRecordWhateverTheRotation) {
  zone_ = sample_zone(100);
  for (std::uint32_t rotation = 0; rotation < 100; ++rotation) {
    const Message reply = reply_to(make_query({}), {.style = {.rotation = rotation}});
    EXPECT_TRUE(reply.header.truncated);
    EXPECT_EQ(reply.answers.size(), 29U);
  }
}

TEST_F(Respond, TruncatesWhatEvenTcpCannotHold) {
  zone_ = sample_zone(5000);
  const auto response = ask(make_query({}), {.transport = Transport::Tcp});
  EXPECT_TRUE(response.truncated);
  EXPECT_GT(response.size, 65535U - 16);
  const auto reply = parse_message(std::span(out_).first(response.size));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->answers.size(), 4093U);
}

TEST_F(Respond, PointsToNoTargetOutOfReach) {
  zone_ = sample_zone(500);  // A thousand SRV records are more than 16 KiB.
  const Message reply = reply_to(
      make_query({.name = "_web._tcp.marathon.mesos.", .type = RrType::Srv, .udp_payload = 1232}),
      {.transport = Transport::Tcp});
  EXPECT_FALSE(reply.header.truncated);
  EXPECT_EQ(reply.answers.size(), 1000U);
  EXPECT_GT(reply.additionals.size(), 100U);
  for (const auto& rr : reply.additionals) {
    EXPECT_EQ(rr.owner.to_text().substr(0, 4), "web-");
  }
}

TEST_F(Respond, RefusesLargeCountsAtOnce) {
  auto request = make_query({});
  for (int i = 6; i < 12; ++i) request[static_cast<std::size_t>(i)] = 0xff;
  EXPECT_EQ(ask(request).rcode, Rcode::FormErr);
}

}  // namespace
}  // namespace dnsd
