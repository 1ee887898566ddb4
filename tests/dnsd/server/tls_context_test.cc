#include "dnsd/server/tls_context.h"

#include <gmock/gmock.h>

#include "tests/http/certificates.h"

namespace dnsd {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class TlsContextTest : public ::testing::Test {
 protected:
  /// What is wrong with them; empty when nothing is.
  std::string error_of(const std::string& certificate, const std::string& key) {
    const auto context = TlsContext::load(certificate, key);
    return context ? "" : context.error().message;
  }

  http::TemporaryFolder folder_;
  http::KeyPair pair_ = http::certify(nullptr, "IP:127.0.0.1");
  std::string certificate_text_ = http::to_pem(pair_.certificate.get());
  std::string key_text_ = http::to_pem(pair_.key.get());
  std::string certificate_ = folder_.write("certificate.pem", certificate_text_);
  std::string key_ = folder_.write("key.pem", key_text_);
};

TEST_F(TlsContextTest, TakesOneFileOrTwo) {
  EXPECT_EQ(error_of(certificate_, key_), "");
  EXPECT_EQ(error_of(folder_.write("both.pem", certificate_text_ + key_text_), ""), "");
}

TEST_F(TlsContextTest, NamesTheOptionToMend) {
  EXPECT_THAT(error_of(folder_.path("none.pem"), key_),
              AllOf(HasSubstr("dns.tls_certificate_file"), HasSubstr("none.pem")));
  EXPECT_THAT(error_of(certificate_, folder_.path("none.pem")), HasSubstr("dns.tls_key_file"));
  EXPECT_THAT(error_of(certificate_, ""), HasSubstr("dns.tls_certificate_file"));
  EXPECT_THAT(error_of(folder_.write("bad.pem", "no certificate"), key_),
              HasSubstr("dns.tls_certificate_file"));
}

TEST_F(TlsContextTest, RefusesTheKeyOfAnother) {
  const http::KeyPair other = http::certify(nullptr, "IP:127.0.0.1");
  const std::string key = folder_.write("other.pem", http::to_pem(other.key.get()));
  EXPECT_THAT(error_of(certificate_, key), AllOf(HasSubstr("dns.tls_key_file"), HasSubstr(key)));
}

}  // namespace
}  // namespace dnsd
