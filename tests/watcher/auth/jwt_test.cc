#include "watcher/auth/jwt.h"

#include <gmock/gmock.h>
#include <openssl/evp.h>

#include "common/base64.h"
#include "tests/http/certificates.h"

namespace watcher::auth {
namespace {

using testing::HasSubstr;

TEST(Base64, IsThatOfTheRfc) {  // RFC 4648 section 10.
  EXPECT_EQ(common::base64_encode(""), "");
  EXPECT_EQ(common::base64_encode("f"), "Zg==");
  EXPECT_EQ(common::base64_encode("fo"), "Zm8=");
  EXPECT_EQ(common::base64_encode("foobar"), "Zm9vYmFy");
  EXPECT_EQ(common::base64url_encode("f"), "Zg");
  EXPECT_EQ(common::base64url_encode("\xfb\xff"), "-_8");
}

TEST(Base64, IsReadBack) {
  for (const std::string text : {"", "f", "fo", "foo", "\xfb\xff\xfe"}) {
    EXPECT_EQ(common::base64url_decode(common::base64url_encode(text)), text);
  }
  EXPECT_EQ(common::base64url_decode("Zg=="), "f");
  EXPECT_EQ(common::base64url_decode("Z"), std::nullopt);
  EXPECT_EQ(common::base64url_decode("Z!=="), std::nullopt);
}

TEST(Jwt, IsSignedWithTheKey) {
  const http::Key key(EVP_RSA_gen(2048));
  const auto token = sign_rs256(R"({"uid":"me"})", http::to_pem(key.get()));
  ASSERT_TRUE(token) << token.error().message;
  const std::size_t dot = token->rfind('.');
  EXPECT_EQ(common::base64url_decode(token->substr(0, token->find('.'))),
            R"({"alg":"RS256","typ":"JWT"})");
  EXPECT_EQ(
      common::base64url_decode(token->substr(token->find('.') + 1, dot - token->find('.') - 1)),
      R"({"uid":"me"})");
  const std::string signature = *common::base64url_decode(token->substr(dot + 1));
  const std::unique_ptr<EVP_MD_CTX, http::Free<EVP_MD_CTX_free>> check(EVP_MD_CTX_new());
  EVP_DigestVerifyInit(check.get(), nullptr, EVP_sha256(), nullptr, key.get());
  EXPECT_EQ(EVP_DigestVerify(check.get(),
                             reinterpret_cast<const unsigned char*>(signature.data()),
                             signature.size(),
                             reinterpret_cast<const unsigned char*>(token->data()),
                             dot),
            1);
}

TEST(Jwt, TakesOnlyRsaKeysAndShowsNoneInItsErrors) {
  const http::Key curve(EVP_EC_gen("P-256"));
  for (const std::string& pem : {std::string("no key at all"), http::to_pem(curve.get())}) {
    const auto token = sign_rs256("{}", pem);
    ASSERT_FALSE(token);
    EXPECT_THAT(token.error().message, HasSubstr("private_key is no RSA key"));
    EXPECT_THAT(token.error().message, testing::Not(HasSubstr(pem.substr(0, 13))));
  }
}

TEST(Jwt, TellsWhenItExpires) {
  const auto token = [](const std::string& claims) {
    return "e30." + common::base64url_encode(claims) + ".x";
  };
  EXPECT_EQ(expiry_of(token(R"({"exp":1700000000})")), WallTime(std::chrono::seconds(1700000000)));
  const auto end_of_clock = std::chrono::floor<std::chrono::seconds>(WallTime::max());
  EXPECT_EQ(expiry_of(token(R"({"exp":32503680000})")), end_of_clock);
  EXPECT_EQ(expiry_of(token(R"({"exp":1e300})")), end_of_clock);
  for (const char* claims : {R"({"exp":-1})", R"({"exp":"soon"})", "{}", "[]", ""}) {
    EXPECT_EQ(expiry_of(token(claims)), std::nullopt) << claims;
  }
  EXPECT_EQ(expiry_of("opaque"), std::nullopt);
  EXPECT_EQ(expiry_of("a.b"), std::nullopt);
}

}  // namespace
}  // namespace watcher::auth
