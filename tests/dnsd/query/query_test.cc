#include "dnsd/query/query.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dnsd/wire/rdata.h"
#include "dnsd/wire/tsig.h"
#include "tests/dnsd/message.h"

namespace dnsd {
namespace {

using namespace std::string_literals;
using testing::make_query;

/// A message with one question and these counts and octets behind it.
std::vector<std::uint8_t> message_with(int answers,
                                       int authorities,
                                       int additionals,
                                       const std::string& rest) {
  auto message = make_query({});
  message[7] = static_cast<std::uint8_t>(answers);
  message[9] = static_cast<std::uint8_t>(authorities);
  message[11] = static_cast<std::uint8_t>(additionals);
  message.insert(message.end(), rest.begin(), rest.end());
  return message;
}

Intake intake_of(const std::vector<std::uint8_t>& message) { return Query(message).intake; }

const std::string kOpt = "\0\0\x29\x10\0\0\0\0\0\0\0"s;
const std::string kRecord = "\0\0\1\0\1\0\0\0\0\0\4\x0a\0\0\1"s;  // ". A 10.0.0.1"

TEST(Query, TakesAQuestionApart) {
  const auto message = make_query({.name = "Web.Mesos.", .type = RrType::Srv});
  const Query query(message);
  EXPECT_EQ(query.intake, Intake::Answer);
  EXPECT_EQ(query.header.id, 0x1234);
  EXPECT_EQ(query.name.to_text(), "web.mesos.");
  EXPECT_EQ(query.type, RrType::Srv);
  EXPECT_EQ(query.klass, RrClass::In);
  EXPECT_FALSE(query.edns);
  EXPECT_EQ(std::string(query.question.begin(), query.question.end()), "\3Web\5Mesos\0\0\x21\0\1"s);
}

TEST(Query, DropsWhatIsNoQuery) {
  EXPECT_EQ(intake_of({}), Intake::Drop);
  EXPECT_EQ(intake_of(std::vector<std::uint8_t>(11)), Intake::Drop);
  auto reply = make_query({});
  reply[2] |= 0x80;
  EXPECT_EQ(intake_of(reply), Intake::Drop);
}

TEST(Query, KnowsOneOpcode) {
  for (int opcode = 1; opcode < 16; ++opcode) {
    auto message = make_query({});
    message[2] = static_cast<std::uint8_t>(opcode << 3);
    EXPECT_EQ(intake_of(message), Intake::NotImp) << opcode;
  }
}

TEST(Query, WantsExactlyOneQuestion) {
  for (const int questions : {0, 2, 255}) {
    auto message = make_query({});
    message[5] = static_cast<std::uint8_t>(questions);
    EXPECT_EQ(intake_of(message), Intake::FormErr) << questions;
  }
}

TEST(Query, TakesNoQuestionWithACookie) {
  const auto message = make_query({.name = "", .udp_payload = 1232, .options = {{10, "12345678"}}});
  EXPECT_EQ(intake_of(message), Intake::CookieOnly);
}

TEST(Query, RefusesQuestionsCutShort) {
  const auto message = make_query({});
  for (std::size_t size = Header::kSize; size < message.size(); ++size) {
    EXPECT_EQ(intake_of({message.begin(), message.begin() + static_cast<int>(size)}),
              Intake::FormErr)
        << size;
  }
}

TEST(Query, RefusesPointersInTheQuestion) {
  for (const char target : {'\x0c', '\x0e', '\xff'}) {  // Itself, forwards, nowhere.
    auto message = make_query({});
    message.resize(Header::kSize);
    const std::string question = "\xc0"s + target + "\0\1\0\1"s;
    message.insert(message.end(), question.begin(), question.end());
    EXPECT_EQ(intake_of(message), Intake::FormErr);
  }
}

TEST(Query, RefusesTrailingOctets) {
  EXPECT_EQ(intake_of(message_with(0, 0, 0, "x")), Intake::FormErr);
  EXPECT_EQ(intake_of(message_with(0, 0, 1, kOpt + "x")), Intake::FormErr);
}

TEST(Query, RefusesCountsThatAreNotThere) {
  EXPECT_EQ(intake_of(message_with(0, 0, 1, "")), Intake::FormErr);
  EXPECT_EQ(intake_of(message_with(255, 255, 255, "")), Intake::FormErr);
}

TEST(Query, SkipsRecordsItHasNoUseFor) {
  EXPECT_EQ(intake_of(message_with(0, 1, 1, kRecord + kOpt)), Intake::Answer);
  EXPECT_EQ(intake_of(message_with(0, 0, 2, kOpt + kRecord)), Intake::Answer);
  EXPECT_EQ(intake_of(message_with(0, 0, 1, kRecord.substr(0, 12))), Intake::FormErr);
}

TEST(Query, BoundsTheRecordsItSkips) {
  std::string many;
  for (int i = 0; i < 5; ++i) many += kRecord;
  EXPECT_EQ(intake_of(message_with(0, 0, 5, many)), Intake::FormErr);
}

TEST(Query, TakesASignatureAtTheEndOnly) {
  const std::string tsig = tsig_record({.mac = std::string(32, 'x')});
  const auto place_in = [](const std::vector<std::uint8_t>& message, Intake intake) {
    const Query query(message);
    EXPECT_EQ(query.intake, intake);
    return query.tsig_at;
  };
  const std::size_t end = make_query({}).size();
  EXPECT_EQ(place_in(message_with(0, 0, 1, tsig), Intake::Answer), end);
  EXPECT_EQ(place_in(message_with(0, 0, 2, kOpt + tsig), Intake::Answer), end + kOpt.size());
  EXPECT_EQ(place_in(message_with(0, 0, 2, tsig + kOpt), Intake::FormErr), 0U);
  EXPECT_EQ(place_in(message_with(0, 0, 2, tsig + tsig), Intake::FormErr), 0U);
  EXPECT_EQ(place_in(message_with(1, 0, 0, tsig), Intake::FormErr), 0U);
  EXPECT_EQ(place_in(message_with(0, 1, 0, tsig), Intake::FormErr), 0U);
}

TEST(Query, TakesOneOptOfTheRootInTheAdditionalSection) {
  EXPECT_EQ(intake_of(message_with(0, 0, 1, kOpt)), Intake::Answer);
  EXPECT_EQ(intake_of(message_with(0, 0, 2, kOpt + kOpt)), Intake::FormErr);
  EXPECT_EQ(intake_of(message_with(0, 0, 1, "\1x"s + kOpt)), Intake::FormErr);
  EXPECT_EQ(intake_of(message_with(1, 0, 0, kOpt)), Intake::FormErr);
  EXPECT_EQ(intake_of(message_with(0, 1, 0, kOpt)), Intake::FormErr);
}

TEST(Query, KeepsWhatItUnderstoodOfABadMessage) {
  const auto message = message_with(0, 0, 2, kOpt + kOpt);
  const Query query(message);
  EXPECT_EQ(query.intake, Intake::FormErr);
  EXPECT_FALSE(query.question.empty());
  EXPECT_TRUE(query.edns);
}

TEST(Query, KnowsOneEdnsVersion) {
  EXPECT_EQ(intake_of(make_query({.udp_payload = 1232, .edns_version = 1})), Intake::BadVers);
  EXPECT_EQ(intake_of(make_query({.udp_payload = 1232, .edns_version = 255})), Intake::BadVers);
}

}  // namespace
}  // namespace dnsd
