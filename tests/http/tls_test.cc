#include "http/tls.h"

#include <gmock/gmock.h>

#include "http/client.h"
#include "tests/http/tls_server.h"

namespace http {
namespace {

using common::ErrorCode;
using testing::HasSubstr;
using testing::StartsWith;

class Https : public testing::Test {
 protected:
  common::Expected<Response> fetch_from(const TlsServer& server, FetchOptions options) {
    std::optional<common::Expected<Response>> result;
    const auto operation = fetch(io_, *Url::parse(server.url()), {}, options, [&](auto response) {
      result = std::move(response);
    });
    run_until(io_, [&] { return result.has_value(); });
    return *result;
  }
  static FetchOptions with(const TlsFiles& files) {
    FetchOptions options;
    const auto tls = Tls::load(files);
    EXPECT_TRUE(tls) << tls.error().message;
    options.tls = *tls;
    return options;
  }
  std::string file_of(const std::string& name, const std::string& pem) const {
    return folder_.write(name, pem);
  }

  boost::asio::io_context io_;
  TemporaryFolder folder_;
  KeyPair authority_ = certify(nullptr, "");
  KeyPair peer_ = certify(&authority_, "IP:127.0.0.1");
  KeyPair client_ = certify(&authority_, "DNS:signpost");
  std::string ca_ = file_of("ca.pem", to_pem(authority_.certificate.get()));
};

TEST_F(Https, RefusesAPeerThatNobodyVouchesForAndSaysWhy) {
  const TlsServer server(io_);
  const auto result = fetch_from(server, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::NotPermitted);
  EXPECT_THAT(result.error().message, HasSubstr(": cannot agree on TLS: "));
  EXPECT_THAT(result.error().message, testing::EndsWith("self-signed certificate"));
}

TEST_F(Https, TalksToAnyPeerWhenToldNotToVerify) {
  const TlsServer server(io_);
  const auto result = fetch_from(server, {.verify_peer = false});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->body, "secret");
  EXPECT_TRUE(fetch_from(server, with({.verify_peer = false})));
}

TEST_F(Https, TrustsWhomTheGivenAuthorityVouchesFor) {
  const TlsServer server(io_, {.identity = &peer_});
  EXPECT_FALSE(fetch_from(server, {}));
  const auto result = fetch_from(server, with({.ca_file = ca_}));
  ASSERT_TRUE(result) << result.error().message;
}

TEST_F(Https, RefusesACertificateForAnotherHost) {
  const KeyPair other = certify(&authority_, "IP:127.0.0.9");
  const TlsServer server(io_, {.identity = &other});
  const auto result = fetch_from(server, with({.ca_file = ca_}));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::NotPermitted);
}

TEST_F(Https, ShowsItsCertificateToPeersThatWantOne) {
  const TlsServer server(io_, {.identity = &peer_, .clients_by = &authority_});
  const std::string certificate = file_of("client.pem", to_pem(client_.certificate.get()));
  const std::string key = file_of("client.key", to_pem(client_.key.get()));
  EXPECT_TRUE(
      fetch_from(server, with({.ca_file = ca_, .certificate_file = certificate, .key_file = key})));
  const std::string both =
      file_of("both.pem", to_pem(client_.certificate.get()) + to_pem(client_.key.get()));
  EXPECT_TRUE(fetch_from(server, with({.ca_file = ca_, .certificate_file = both})));
}

TEST_F(Https, SaysThatThePeerWantsACertificate) {
  const TlsServer server(io_, {.identity = &peer_, .clients_by = &authority_});
  const auto result = fetch_from(server, with({.ca_file = ca_}));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::NotPermitted);
  EXPECT_THAT(result.error().message, HasSubstr("certificate required"));
}

TEST_F(Https, SaysThatThePeerSpeaksNoTls) {
  RawServer server(io_);
  std::optional<common::Expected<Response>> result;
  const auto operation = fetch(io_,
                               *Url::parse("https://127.0.0.1:" + std::to_string(server.port())),
                               {},
                               {},
                               [&](auto response) { result = std::move(response); });
  run_until(io_, [&] { return !server.peers.empty() && !server.peers.front().heard().empty(); });
  server.peers.front().say("HTTP/1.1 400 Bad Request\r\n\r\n");
  run_until(io_, [&] { return result.has_value(); });
  EXPECT_EQ(result->error().code, ErrorCode::NotPermitted);
}

TEST_F(Https, StreamsWithTheGivenFiles) {
  const TlsServer server(
      io_, {.identity = &peer_}, [](const std::string&) { return "HTTP/1.1 200 OK\r\n\r\nfirst"; });
  std::string heard;
  StreamHandlers handlers;
  handlers.on_head = [](const Response&) {};
  handlers.on_bytes = [&](std::string_view bytes) { heard += bytes; };
  handlers.on_end = [](const common::Error& why) { FAIL() << why.message; };
  const auto operation = open_stream(io_,
                                     *Url::parse(server.url()),
                                     {},
                                     std::chrono::seconds(10),
                                     handlers,
                                     *Tls::load({.ca_file = ca_}));
  run_until(io_, [&] { return heard == "first"; });
}

TEST_F(Https, NamesTheFileThatCannotBeUsed) {
  const auto error = [](const TlsFiles& files) {
    const auto tls = Tls::load(files);
    return tls ? std::string() : tls.error().message;
  };
  const std::string certificate = file_of("client.pem", to_pem(client_.certificate.get()));
  const std::string key = file_of("peer.key", to_pem(peer_.key.get()));
  EXPECT_THAT(error({.ca_file = "/nowhere/ca.pem"}), StartsWith("ca_file '/nowhere/ca.pem' "));
  EXPECT_THAT(error({.ca_file = key}), StartsWith("ca_file "));
  EXPECT_THAT(error({.certificate_file = key}), StartsWith("certificate_file "));
  EXPECT_THAT(error({.certificate_file = certificate}), StartsWith("certificate_file "));
  EXPECT_THAT(error({.certificate_file = certificate, .key_file = key}), StartsWith("key_file "));
}

TEST_F(Https, NeverAsksForThePassphraseOfAKey) {
  const std::string key = file_of("locked.key", to_locked_pem(client_.key.get(), "secret"));
  const std::string certificate = file_of("client.pem", to_pem(client_.certificate.get()));
  const auto tls = Tls::load({.certificate_file = certificate, .key_file = key});
  ASSERT_FALSE(tls);
  EXPECT_THAT(tls.error().message, StartsWith("key_file "));
}

}  // namespace
}  // namespace http
