#include "dnsd/transfer/signature.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <string>

#include "dnsd/wire/rdata.h"
#include "tests/dnsd/message.h"

namespace dnsd {
namespace {

using Octets = std::vector<std::uint8_t>;

constexpr std::uint64_t kNow = 1'700'000'000;
const TsigKey kKey{Name::from_text("key.mesos").value(), "a secret of two servers"};
const TsigKeys kKeys{kKey};

/// RFC 2104 by the library, so that the test doesn't trust the code under test.
std::string hmac(const std::string& secret, const std::string& octets) {
  std::string mac(32, '\0');
  HMAC(EVP_sha256(),
       secret.data(),
       static_cast<int>(secret.size()),
       reinterpret_cast<const std::uint8_t*>(octets.data()),
       octets.size(),
       reinterpret_cast<std::uint8_t*>(mac.data()),
       nullptr);
  return mac;
}

/// A query as a client with the key signs it.
struct Signed {
  Octets octets;
  std::size_t tsig_at = 0;
};
Signed sign(const Octets& query, Tsig tsig, const std::string& secret, std::size_t mac_size = 32) {
  tsig.algorithm =
      tsig.algorithm.size() == 1 ? Name::from_text("hmac-sha256").value() : tsig.algorithm;
  tsig.mac = hmac(secret, std::string(query.begin(), query.end()) + tsig_variables(tsig));
  tsig.mac.resize(mac_size);
  Signed made{query, query.size()};
  const std::string record = tsig_record(tsig);
  made.octets[11] = static_cast<std::uint8_t>(made.octets[11] + 1);
  made.octets.insert(made.octets.end(), record.begin(), record.end());
  return made;
}

Tsig fields(std::uint64_t time_s = kNow) {
  Tsig tsig;
  tsig.key = kKey.name;
  tsig.time_s = time_s;
  tsig.original_id = 0x1234;
  return tsig;
}

const Octets kQuery = testing::make_query({});

TsigError error_of(const Signed& query, std::uint64_t now_s = kNow) {
  const auto verdict = verify(query.octets, query.tsig_at, kKeys, now_s);
  EXPECT_TRUE(verdict);
  return verdict->error;
}

TEST(Signature, IsTakenFromWhoHasTheKey) {
  const Signed query = sign(kQuery, fields(), kKey.secret);
  const auto verdict = verify(query.octets, query.tsig_at, kKeys, kNow);
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->error, TsigError::None);
  EXPECT_EQ(verdict->key, &kKeys[0]);
}

TEST(Signature, OfAnotherKeyIsRefused) {
  EXPECT_EQ(error_of(sign(kQuery, fields(), "another secret")), TsigError::BadSig);
  Tsig other = fields();
  other.key = Name::from_text("other.mesos").value();
  EXPECT_EQ(error_of(sign(kQuery, other, kKey.secret)), TsigError::BadKey);
  Tsig md5 = fields();
  md5.algorithm = Name::from_text("hmac-md5.sig-alg.reg.int").value();
  EXPECT_EQ(error_of(sign(kQuery, md5, kKey.secret)), TsigError::BadKey);
}

TEST(Signature, CoversEveryOctet) {
  const Signed query = sign(kQuery, fields(), kKey.secret);
  for (std::size_t i = 2; i < query.tsig_at; ++i) {  // The id is that of the record.
    Signed damaged = query;
    damaged.octets[i] ^= 1;
    EXPECT_EQ(error_of(damaged), TsigError::BadSig) << i;
  }
}

TEST(Signature, HoldsForItsTime) {
  const Signed query = sign(kQuery, fields(), kKey.secret);
  EXPECT_EQ(error_of(query, kNow + 300), TsigError::None);
  EXPECT_EQ(error_of(query, kNow + 301), TsigError::BadTime);
  EXPECT_EQ(error_of(query, kNow - 301), TsigError::BadTime);
}

TEST(Signature, ThatIsCutIsRefused) {
  EXPECT_EQ(error_of(sign(kQuery, fields(), kKey.secret, 16)), TsigError::BadTrunc);
  for (const std::size_t size : {0U, 15U, 33U}) {
    const Signed query = sign(kQuery, fields(), kKey.secret, size);
    EXPECT_FALSE(verify(query.octets, query.tsig_at, kKeys, kNow)) << size;
  }
}

TEST(Signature, ThatIsMalformedIsNone) {
  const Signed query = sign(kQuery, fields(), kKey.secret);
  for (std::size_t size = query.tsig_at; size < query.octets.size(); ++size) {
    EXPECT_FALSE(verify(std::span(query.octets).first(size), query.tsig_at, kKeys, kNow));
  }
}

/// The record at the end of a signed reply, taken off.
Tsig take_tsig(Octets& reply, std::size_t unsigned_size) {
  const auto tsig = parse_tsig(reply, unsigned_size);
  EXPECT_TRUE(tsig);
  reply.resize(unsigned_size);
  reply[11] = static_cast<std::uint8_t>(reply[11] - 1);
  return *tsig;
}

std::string counted(const std::string& octets) {
  std::string out;
  append_u16(out, static_cast<std::uint16_t>(octets.size()));
  return out + octets;
}

TEST(Signature, OfRepliesCoversTheOneBefore) {
  const Signed query = sign(kQuery, fields(), kKey.secret);
  const auto verdict = verify(query.octets, query.tsig_at, kKeys, kNow);
  Signer signer(*verdict->key, verdict->tsig);
  std::string before = verdict->tsig.mac;
  for (const bool first : {true, false, false}) {
    Octets reply = kQuery;  // Any message will do.
    const std::size_t size = reply.size();
    reply.resize(2000);
    reply.resize(signer.sign(reply, size, kNow));
    EXPECT_LE(reply.size(), size + signer.size());
    const Tsig tsig = take_tsig(reply, size);
    const std::string text(reply.begin(), reply.end());
    const std::string expected = hmac(
        kKey.secret, counted(before) + text + (first ? tsig_variables(tsig) : tsig_timers(tsig)));
    EXPECT_EQ(tsig.mac, expected);
    before = tsig.mac;
  }
}

TEST(Keys, StandInLines) {
  const auto keys = parse_tsig_keys("# two\nKey.Mesos c2VjcmV0\n\nother.\tc2VjcmV0cw==\n");
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ((*keys)[0].name.to_text(), "key.mesos.");
  EXPECT_EQ((*keys)[0].secret, "secret");
  EXPECT_EQ((*keys)[1].secret, "secrets");
}

TEST(Keys, AreRefusedWhenTheyAreNone) {
  for (const char* text : {"key", "key secret!", "key c2V", "key c2VjcmV0 more", "a..b c2VjcmV0"}) {
    EXPECT_FALSE(parse_tsig_keys(text)) << text;
  }
}

TEST(Signer, SignsAQueryOfOurs) {
  Octets query = kQuery;
  Signer signer(kKey);
  query.resize(kQuery.size() + signer.size());
  query.resize(signer.sign(query, kQuery.size(), kNow));
  const auto verdict = verify(query, kQuery.size(), kKeys, kNow);
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->error, TsigError::None);
  EXPECT_EQ(without_tsig(query, kQuery.size()), kQuery);
}

}  // namespace
}  // namespace dnsd
