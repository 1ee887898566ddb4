#include "common/tls_context.h"

#include <gmock/gmock.h>
#include <sys/socket.h>

#include <array>
#include <csignal>

#include "common/unique_fd.h"
#include "tests/common/tls_client.h"
#include "tests/http/certificates.h"

namespace common {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class TlsContextTest : public ::testing::Test {
 protected:
  /// What is wrong with them; empty when nothing is.
  static std::string error_of(const std::string& certificate,
                              const std::string& key,
                              const std::string& client_ca = "") {
    const auto context = TlsContext::load({.section = "dns",
                                           .certificate_file = certificate,
                                           .key_file = key,
                                           .client_ca_file = client_ca});
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
  EXPECT_EQ(error_of(certificate_, key_, certificate_), "");
}

TEST_F(TlsContextTest, NamesTheOptionToMend) {
  EXPECT_THAT(error_of(folder_.path("none.pem"), key_),
              AllOf(HasSubstr("dns.tls_certificate_file"), HasSubstr("none.pem")));
  EXPECT_THAT(error_of(certificate_, folder_.path("none.pem")), HasSubstr("dns.tls_key_file"));
  EXPECT_THAT(error_of(certificate_, ""), HasSubstr("dns.tls_certificate_file"));
  EXPECT_THAT(error_of(folder_.write("bad.pem", "no certificate"), key_),
              HasSubstr("dns.tls_certificate_file"));
  EXPECT_THAT(error_of(certificate_, key_, folder_.path("none.pem")),
              AllOf(StartsWith("dns.tls_client_ca_file"), HasSubstr("none.pem")));
  EXPECT_THAT(error_of(certificate_, key_, key_), StartsWith("dns.tls_client_ca_file"));
}

TEST_F(TlsContextTest, RefusesTheKeyOfAnother) {
  const http::KeyPair other = http::certify(nullptr, "IP:127.0.0.1");
  const std::string key = folder_.write("other.pem", http::to_pem(other.key.get()));
  EXPECT_THAT(error_of(certificate_, key), AllOf(HasSubstr("dns.tls_key_file"), HasSubstr(key)));
}

TEST_F(TlsContextTest, NeverAsksForThePassphraseOfAKey) {
  const std::string key =
      folder_.write("locked.pem", http::to_locked_pem(pair_.key.get(), "secret"));
  EXPECT_THAT(error_of(certificate_, key), StartsWith("dns.tls_key_file"));
}

/// Both ends of a connection that has been opened.
class TlsSessionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < 10 && SSL_do_handshake(client_.get()) != 1; ++i) expect_nothing();
    expect_nothing();
    ASSERT_FALSE(server_->is_opening());
  }
  void expect_nothing() {
    std::array<std::uint8_t, 1> nothing{};
    EXPECT_EQ(server_->receive(nothing), -1);
    EXPECT_EQ(errno, EAGAIN);
    EXPECT_EQ(server_->awaits(), TlsSession::Way::Read);
  }

 private:
  static std::shared_ptr<const TlsContext> make_context() {
    const http::TemporaryFolder folder;
    const http::KeyPair pair = http::certify(nullptr, "IP:127.0.0.1");
    const std::string text = http::to_pem(pair.certificate.get()) + http::to_pem(pair.key.get());
    return *TlsContext::load({.section = "dns", .certificate_file = folder.write("both", text)});
  }
  static std::array<UniqueFd, 2> connect() {
    std::array<int, 2> ends{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
  }

 protected:
  std::array<UniqueFd, 2> ends_ = connect();
  testing::TlsClient client_{ends_[0].get()};
  std::unique_ptr<TlsSession> server_ = make_context()->accept(ends_[1].get());
};

/// A client may change its keys as often as it wants, and each time costs the server more than an
/// answer.
TEST_F(TlsSessionTest, ReturnsAfterEachChangeOfKeys) {
  constexpr int kChanges = 8;
  for (int i = 0; i < kChanges; ++i) {
    ASSERT_EQ(SSL_key_update(client_.get(), SSL_KEY_UPDATE_NOT_REQUESTED), 1);
    ASSERT_EQ(SSL_do_handshake(client_.get()), 1);
  }
  ASSERT_EQ(SSL_write(client_.get(), "x", 1), 1);
  std::array<std::uint8_t, 16> octets{};
  for (int i = 0; i < kChanges; ++i) EXPECT_LT(server_->receive(octets), 0);
  EXPECT_EQ(server_->receive(octets), 1);
}

TEST_F(TlsSessionTest, TellsOfOctetsForWhichThereWasNoRoom) {
  ASSERT_EQ(SSL_write(client_.get(), "abc", 3), 3);
  std::array<std::uint8_t, 2> octets{};
  EXPECT_EQ(server_->receive(octets), 2);
  EXPECT_TRUE(server_->has_more());
  EXPECT_EQ(server_->receive(octets), 1);
  EXPECT_FALSE(server_->has_more());
}

TEST_F(TlsSessionTest, WaitsForAClientThatTakesNothing) {
  const std::array<std::uint8_t, 65536> octets{};
  while (server_->send(octets) > 0) {
  }
  EXPECT_EQ(errno, EAGAIN);
  EXPECT_EQ(server_->awaits(), TlsSession::Way::Write);
}

TEST_F(TlsSessionTest, EndsEachWayOnItsOwn) {
  ASSERT_EQ(SSL_shutdown(client_.get()), 0);
  std::array<std::uint8_t, 16> octets{};
  EXPECT_EQ(server_->receive(octets), 0);
  EXPECT_EQ(server_->send(octets), 16);
  EXPECT_EQ(server_->end_output(), 0);
  EXPECT_EQ(SSL_read(client_.get(), octets.data(), 16), 16);
  EXPECT_EQ(SSL_read(client_.get(), octets.data(), 16), 0);
  EXPECT_EQ(SSL_get_error(client_.get(), 0), SSL_ERROR_ZERO_RETURN);
}

/// OpenSSL calls that the end of the connection, which a write of nothing is to nobody.
TEST_F(TlsSessionTest, BreaksWhereItsClientLeftAfterItsGoodbye) {
  ASSERT_EQ(SSL_shutdown(client_.get()), 0);
  std::array<std::uint8_t, 16> octets{};
  EXPECT_EQ(server_->receive(octets), 0);
  ends_[0].reset();
  EXPECT_EQ(server_->send(octets), -1);
  EXPECT_EQ(errno, EPROTO);
}

}  // namespace
}  // namespace common
