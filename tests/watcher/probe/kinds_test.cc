#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read_until.hpp>
#include <filesystem>

#include "config/check_text.h"
#include "tests/http/loop.h"
#include "tests/http/tls_server.h"
#include "watcher/probe/checker.h"
#include "watcher/probe/kinds/dns_message.h"

// Each kind of check against a server on loopback that says what the test wants.
namespace watcher {
namespace {

using boost::asio::ip::udp;
using config::Check;
using ::testing::HasSubstr;
using Tcp = boost::asio::ip::tcp;

/// Says `answer` to whoever sent something that ends in `until`; keeps what it heard.
class Speaker {
 public:
  Speaker(boost::asio::io_context& io, std::string until, std::string answer)
      : until_(std::move(until)), answer_(std::move(answer)), acceptor_(io, http::loopback(0)) {
    acceptor_.async_accept([this](auto code, Tcp::socket socket) {
      if (code) return;
      socket_.emplace(std::move(socket));
      boost::asio::async_read_until(
          *socket_, boost::asio::dynamic_buffer(heard), until_, [this](auto failed, std::size_t) {
            if (failed) return;
            boost::asio::async_write(*socket_, boost::asio::buffer(answer_), [](auto, auto) {});
          });
    });
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  std::string heard;

 private:
  std::string until_;
  std::string answer_;
  Tcp::acceptor acceptor_;
  std::optional<Tcp::socket> socket_;
};

class CheckKinds : public ::testing::Test {
 protected:
  static Check check(const std::string& text) { return config::Type<Check>::parse(text).value(); }

  void begin(const std::string& text, std::uint16_t port) {
    const Check wanted = check(text);
    if (!checker_) checker_ = make_checker(wanted.kind, io, 2);
    attempt_ = checker_->begin({common::IpAddress::v4(0x7f000001), port},
                               wanted,
                               [this](Finding finding) { found_ = std::move(finding); });
    EXPECT_FALSE(found_) << "told from within begin()";
  }
  /// "passed", or why not.
  std::string ask(const std::string& text, std::uint16_t port) {
    found_.reset();
    begin(text, port);
    http::run_until(io, [this] { return found_.has_value(); });
    attempt_.reset();
    return !found_ || found_->outcome != CheckOutcome::Passed ? found_.value_or(Finding()).why
                                                              : "passed";
  }
  std::string ask_http(const std::string& text,
                       const std::string& status,
                       const std::string& body) {
    Speaker server(io,
                   "\r\n\r\n",
                   "HTTP/1.1 " + status + " X\r\nContent-Length: " + std::to_string(body.size()) +
                       "\r\n\r\n" + body);
    const std::string answer = ask(text, server.port());
    heard_ = server.heard;
    return answer;
  }

  boost::asio::io_context io;
  std::unique_ptr<Checker> checker_;
  std::unique_ptr<CheckAttempt> attempt_;
  std::optional<Finding> found_;
  std::string heard_;
};

TEST_F(CheckKinds, TcpAsksForAConnection) {
  const Tcp::acceptor listener(io, http::loopback(0));
  EXPECT_EQ(ask("tcp", listener.local_endpoint().port()), "passed");
  const Tcp::socket holder(io, http::loopback(0));  // Bound, and nobody listens.
  EXPECT_THAT(ask("tcp", holder.local_endpoint().port()), HasSubstr("refused"));
}

TEST_F(CheckKinds, HttpAsksForAStatus) {
  EXPECT_EQ(ask_http("http /health?a=b", "200", ""), "passed");
  EXPECT_THAT(heard_, HasSubstr("GET /health?a=b HTTP/1.1\r\nHost: 127.0.0.1:"));
  EXPECT_EQ(ask_http("http", "302", ""), "passed");
  EXPECT_EQ(ask_http("http", "503", ""), "status 503");
  EXPECT_EQ(ask_http("http status=401,500-503", "503", ""), "passed");
  EXPECT_EQ(ask_http("http status=401,500-503", "200", ""), "status 200");
}

TEST_F(CheckKinds, HttpAsksForABodyAndAHost) {
  EXPECT_EQ(
      ask_http("http /health host=shop.example \"expect=all is well\"", "200", "yes, all is well"),
      "passed");
  EXPECT_THAT(heard_, HasSubstr("Host: shop.example\r\n"));
  EXPECT_THAT(ask_http("http expect=well", "200", "ill"), HasSubstr("not what is expected"));
}

TEST_F(CheckKinds, HttpTakesNothingElseForAnAnswer) {
  Speaker server(io, "\r\n\r\n", "SSH-2.0-OpenSSH\r\n\r\n");
  EXPECT_THAT(ask("http", server.port()), HasSubstr("malformed"));
}

TEST_F(CheckKinds, HttpsNeedsNoTrust) {
  http::TlsServer server(io);
  EXPECT_EQ(ask("https / expect=secret", server.port()), "passed");
}

TEST_F(CheckKinds, TlsAsksForAHandshake) {
  http::TlsServer server(io);
  EXPECT_EQ(ask("tls host=shop.example", server.port()), "passed");
  Speaker plain(io, "", "220 smtp.example ESMTP\r\n");
  EXPECT_THAT(ask("tls", plain.port()), HasSubstr("TLS: "));
}

TEST_F(CheckKinds, BeginWithAProxyHeaderWhereTheyShall) {
  Speaker web(io, "\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(ask("http / send-proxy=v1", web.port()), "passed");
  EXPECT_THAT(web.heard, ::testing::StartsWith("PROXY UNKNOWN\r\nGET / HTTP/1.1\r\n"));

  const std::string v2("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 16);
  checker_.reset();
  Speaker port(io, v2, "");
  EXPECT_EQ(ask("tcp send-proxy=v2", port.port()), "passed");
  http::run_until(io, [&] { return port.heard == v2; });
  EXPECT_EQ(port.heard, v2);

  checker_.reset();
  const std::string hello = v2 + "\x16";  // The first octet of a handshake: RFC 8446 section 5.1.
  Speaker secure(io, hello, "");
  found_.reset();
  begin("tls send-proxy=v2", secure.port());
  http::run_until(io, [&] { return secure.heard.starts_with(hello); });
  EXPECT_TRUE(secure.heard.starts_with(hello));
}

TEST_F(CheckKinds, GrpcAsksForServing) {
  const std::string preface("\0\0\0\4\0\0\0\0\0", 9);
  Speaker serving(io, "\n\1s", preface + std::string("\0\0\7\0\0\0\0\0\1\0\0\0\0\2\x08\1", 16));
  EXPECT_EQ(ask("grpc s", serving.port()), "passed");
  Speaker ill(io, "\n\1s", preface + std::string("\0\0\7\0\0\0\0\0\1\0\0\0\0\2\x08\2", 16));
  EXPECT_THAT(ask("grpc s", ill.port()), HasSubstr("SERVING"));
  Speaker web(io, "\n\1s", "HTTP/1.1 400 Bad Request\r\n\r\n");
  EXPECT_THAT(ask("grpc s", web.port()), HasSubstr("no gRPC"));
}

/// Answers the first datagram with what `say` makes of it.
class Answerer {
 public:
  Answerer(boost::asio::io_context& io, std::function<std::string(std::string)> say)
      : socket_(io, udp::endpoint(boost::asio::ip::address_v4::loopback(), 0)) {
    socket_.async_receive_from(boost::asio::buffer(in_), from_, [this, say](auto code, auto size) {
      if (!code) socket_.send_to(boost::asio::buffer(say({in_.data(), size})), from_);
    });
  }
  std::uint16_t port() const { return socket_.local_endpoint().port(); }

 private:
  std::array<char, 512> in_{};
  udp::endpoint from_;
  udp::socket socket_;
};

TEST_F(CheckKinds, UdpAsksForAnAnswer) {
  Answerer pong(io, [](const std::string& question) { return question + " pong"; });
  EXPECT_EQ(ask("udp ping expect=\\x70ong", pong.port()), "passed");
  Answerer other(io, [](const std::string&) { return "what?"; });
  EXPECT_THAT(ask("udp ping expect=pong", other.port()), HasSubstr("not what is expected"));
}

TEST_F(CheckKinds, UdpHearsThatNobodyListens) {
  std::uint16_t port = 0;
  {
    const udp::socket gone(io, udp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    port = gone.local_endpoint().port();
  }
  EXPECT_THAT(ask("udp ping", port), HasSubstr("refused"));
}

TEST_F(CheckKinds, DnsAsksForNoError) {
  const auto with_flags = [](char high, char low) {
    return [=](std::string message) {
      message[2] = high;
      message[3] = low;
      return message;
    };
  };
  Answerer good(io, with_flags('\x84', '\0'));
  EXPECT_EQ(ask("dns ready.example", good.port()), "passed");
  Answerer broken(io, with_flags('\x84', '\2'));
  EXPECT_EQ(ask("dns ready.example", broken.port()), "rcode 2");
  Answerer echo(io, with_flags('\1', '\0'));
  EXPECT_THAT(ask("dns ready.example", echo.port()), HasSubstr("another question"));
  Answerer brief(io, [](const std::string&) { return "hi"; });
  EXPECT_THAT(ask("dns ready.example", brief.port()), HasSubstr("no DNS message"));
}

TEST(DnsQuery, IsAQuestionForAnAddress) {
  EXPECT_EQ(probe::dns_query("a.bc", 0x1234),
            std::string("\x12\x34\1\0\0\1\0\0\0\0\0\0\1a\2bc\0\0\1\0\1", 22));
}

TEST_F(CheckKinds, CommandAsksAProgram) {
  EXPECT_EQ(ask("command /bin/true", 1), "passed");
  EXPECT_EQ(ask("command /bin/false", 1), "exit 1");
  EXPECT_THAT(ask("command /bin/no-such-program", 1), HasSubstr("cannot run"));
  EXPECT_EQ(found_->outcome, CheckOutcome::Inconclusive);
  EXPECT_THAT(ask("command /bin/sh -c \"kill -9 $$\"", 1), HasSubstr("signal 9"));
}

TEST_F(CheckKinds, CommandKnowsTheEndpointAndNothingOfOurs) {
  ::setenv("SIGNPOST_TEST_SECRET", "x", 1);
  const std::string script =
      "test \\\"$1\\\" = 127.0.0.1:77 && test \\\"$SIGNPOST_HOST:$SIGNPOST_PORT\\\" = 127.0.0.1:77 "
      "&& "
      "test -z \\\"$SIGNPOST_TEST_SECRET\\\" && test ! -e /proc/self/fd/3";
  EXPECT_EQ(ask("command /bin/sh -c \"" + script + "\" sh {host}:{port}", 77), "passed");
}

TEST_F(CheckKinds, CommandIsNotReadByAShell) {
  EXPECT_EQ(ask("command /usr/bin/test \"$(echo x);`echo`\" != x", 1), "passed");
}

TEST_F(CheckKinds, CommandsWaitForAPlace) {
  begin("command /bin/sleep 1000", 1);
  const auto first = std::move(attempt_);
  begin("command /bin/sleep 1000", 1);
  auto second = std::move(attempt_);
  begin("command /bin/true", 1);
  EXPECT_TRUE(first->has_begun());
  EXPECT_TRUE(second->has_begun());
  EXPECT_FALSE(attempt_->has_begun());
  second.reset();  // Killed, with whatever it started.
  http::run_until(io, [this] { return found_.has_value(); });
  EXPECT_EQ(found_->outcome, CheckOutcome::Passed);
}

/// As without a source port: a connection cannot be made, through no fault of the endpoint.
/// Each is asked once before, as UBSan needs a pipe for the first look at a type of object.
TEST_F(CheckKinds, SayNothingOfTheEndpointWithoutADescriptor) {
  const Tcp::socket holder(io, http::loopback(0));  // Bound, and nobody listens.
  Tcp::acceptor listener(io, http::loopback(0));
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  rlimit none = limit;
  none.rlim_cur = static_cast<rlim_t>(dup(listener.native_handle()));
  close(static_cast<int>(none.rlim_cur));
  for (const char* text : {"tcp", "http /", "grpc", "udp x"}) {
    checker_.reset();
    EXPECT_THAT(ask(text, holder.local_endpoint().port()), HasSubstr("refused"));
    io.restart();
    io.poll();  // Ends all of it.
    checker_.reset();
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
    EXPECT_THAT(ask(text, listener.local_endpoint().port()), HasSubstr("open files"));
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
    EXPECT_EQ(found_->outcome, CheckOutcome::Inconclusive) << text;
  }
}

TEST_F(CheckKinds, AreSilentWhenTheyAreNotWantedAnyMore) {
  for (const char* text :
       {"tcp", "tls", "http", "https", "grpc", "udp x", "dns a.b", "command /bin/true"}) {
    const Tcp::acceptor listener(io, http::loopback(0));
    checker_.reset();
    begin(text, listener.local_endpoint().port());
    attempt_.reset();
    io.restart();
    io.run();  // Returns, as nothing is left to do.
    EXPECT_FALSE(found_) << text;
  }
}

}  // namespace
}  // namespace watcher
