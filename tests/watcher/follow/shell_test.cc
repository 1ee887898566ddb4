// Who gets to see credentials, over loopback sockets, with a follower that a test plays by hand.

#include "watcher/follow/shell.h"

#include <gmock/gmock.h>

#include "common/base64.h"
#include "http/server.h"
#include "tests/http/tls_server.h"

namespace watcher {
namespace {

using namespace std::chrono_literals;
using common::ErrorCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// Does what the test says and writes down what it hears.
class PuppetFollower final : public Follower {
 public:
  void stream_head(const http::Response& head, TimePoint) override {
    heard.push_back("head " + std::to_string(head.status));
  }
  void stream_bytes(std::string_view bytes, TimePoint) override {
    heard.push_back("bytes " + std::string(bytes));
  }
  void stream_ended(const common::Error& why, TimePoint) override {
    heard.push_back("end " + why.message);
  }
  void answered(std::uint64_t, const Answer& answer, TimePoint) override {
    heard.push_back(answer ? "answer " + std::to_string(answer->status)
                           : "no answer " + answer.error().message);
  }
  void resolved(const std::string&,
                const common::Expected<std::vector<IpAddress>>&,
                TimePoint) override {}
  void tick(TimePoint) override {}
  std::vector<Action> take_actions() override { return std::exchange(actions, {}); }
  TimePoint next_tick() const override { return TimePoint::max(); }
  const SourceStatus& status() const override { return status_; }

  std::optional<Get> order(http::Request request) const override {
    if (!orders_go_to) return std::nullopt;
    request.target = orders_go_to->target;
    return Get{0, *orders_go_to, std::move(request), 10s, false};
  }

  std::vector<Action> actions;
  std::vector<std::string> heard;
  std::optional<http::Url> orders_go_to;

 private:
  SourceStatus status_;
};

/// Answers 200 to all, or as told, and keeps the credentials it was shown.
class Peer {
 public:
  explicit Peer(boost::asio::io_context& io)
      : server_(io, [this](const http::Request& request, const auto& responder) {
          shown.emplace_back(http::find_header(request.headers, "Authorization"));
          const bool refuses = !refused.empty() && shown.back().ends_with(refused);
          responder->send({refuses ? 401 : status, {}, ""});
        }) {
    port_ = server_.listen(http::kAnyPort).value();
  }
  http::Url url() const { return http::local_url(port_, "/v2/x"); }

  int status = 200;
  std::string refused;  // The end of credentials that it answers 401 to.
  std::vector<std::string> shown;

 private:
  http::Server server_;
  std::uint16_t port_ = 0;
};

class ShellCredentials : public testing::Test {
 protected:
  void start() {
    auto follower = std::make_unique<PuppetFollower>();
    follower_ = follower.get();
    if (options_.peers.empty()) options_.peers = {peer_.url()};
    options_.connect_timeout = 10s;
    options_.section = "marathon";
    options_.peers_option = "marathon.urls";
    shell_ = std::make_unique<Shell>(io_, std::move(follower), options_, [](Batch) {});
  }
  void perform(Action action) {
    shell_->tell([&](TimePoint) { follower_->actions.push_back(std::move(action)); });
  }
  void await(std::size_t count) {
    http::run_until(io_, [&] { return follower_->heard.size() >= count; });
  }
  static Action get(const http::Url& url, bool vouched = false) {
    static std::uint64_t id = 0;
    return Get{++id, url, {.target = url.target}, 10s, vouched};
  }
  static Action stream(const http::Url& url, bool vouched = false) {
    return OpenStream{url, {.target = url.target}, vouched};
  }
  void ask(const http::Url& url, bool vouched = false) {
    const std::size_t before = follower_->heard.size();
    perform(get(url, vouched));
    await(before + 1);
  }
  const std::string& last() const { return follower_->heard.back(); }
  void use_password(const std::string& password) {
    options_.access.username = "me";
    options_.access.password_file = folder_.write("password", password);
  }

  boost::asio::io_context io_;
  http::TemporaryFolder folder_;
  Peer peer_{io_};
  Shell::Options options_;
  PuppetFollower* follower_ = nullptr;
  std::unique_ptr<Shell> shell_;
};

/// What others order goes out as who we are, and its answer is theirs alone.
TEST_F(ShellCredentials, AreShownWithOrders) {
  use_password("secret");
  start();
  follower_->orders_go_to = peer_.url();
  std::vector<int> statuses;
  shell_->order({.method = "PUT"},
                [&](const Answer& answer) { statuses.push_back(answer ? answer->status : 0); });
  http::run_until(io_, [&] { return !statuses.empty(); });
  EXPECT_THAT(statuses, ElementsAre(200));
  EXPECT_THAT(peer_.shown, ElementsAre("Basic " + common::base64_encode("me:secret")));
  EXPECT_THAT(follower_->heard, IsEmpty());
}

TEST_F(ShellCredentials, OrdersFailWhileNobodyIsFollowedAndWhenThatEnds) {
  start();
  std::vector<ErrorCode> errors;
  const auto note = [&](const Answer& answer) {
    if (!answer) errors.push_back(answer.error().code);
  };
  shell_->order({.method = "PUT"}, note);
  EXPECT_THAT(errors, IsEmpty()) << "an answer comes later";
  http::run_until(io_, [&] { return errors.size() == 1; });
  follower_->orders_go_to = peer_.url();
  shell_->order({.method = "PUT"}, note);
  perform(Disconnect{});
  http::run_until(io_, [&] { return errors.size() == 2; });
  EXPECT_THAT(errors, ElementsAre(ErrorCode::Unavailable, ErrorCode::Unavailable));
}

TEST_F(ShellCredentials, AreNoneByDefault) {
  start();
  ask(peer_.url());
  EXPECT_THAT(peer_.shown, ElementsAre(""));
}

TEST_F(ShellCredentials, AreUserAndPassword) {
  use_password("open sesame\n");
  start();
  ask(peer_.url());
  EXPECT_THAT(peer_.shown, ElementsAre("Basic " + common::base64_encode("me:open sesame")));
}

TEST_F(ShellCredentials, AreTokensInEitherScheme) {
  options_.access.token_file = folder_.write("token", "abc\n");
  start();
  ask(peer_.url());
  options_.access.token_scheme = config::TokenScheme::Bearer;
  start();
  ask(peer_.url());
  EXPECT_THAT(peer_.shown, ElementsAre("token=abc", "Bearer abc"));
}

TEST_F(ShellCredentials, AreShownForStreamsToo) {
  options_.access.token_file = folder_.write("token", "abc");
  start();
  perform(stream(peer_.url()));
  await(1);
  EXPECT_THAT(peer_.shown, ElementsAre("token=abc"));
  EXPECT_EQ(follower_->heard.front(), "head 200");
}

TEST_F(ShellCredentials, AreReadAgainForEachUse) {
  options_.access.token_file = folder_.path("token");
  start();
  ask(peer_.url());
  EXPECT_THAT(last(),
              HasSubstr("marathon.token_file '" + folder_.path("token") + "' cannot be used"));
  EXPECT_THAT(peer_.shown, IsEmpty());
  folder_.write("token", "first");
  ask(peer_.url());
  folder_.write("token", "second");
  ask(peer_.url());
  EXPECT_THAT(peer_.shown, ElementsAre("token=first", "token=second"));
}

TEST_F(ShellCredentials, ThatWouldBreakAHeaderAreRefused) {
  options_.access.token_file = folder_.write("token", "abc\r\nX-Evil: 1");
  start();
  ask(peer_.url());
  EXPECT_THAT(last(), HasSubstr("marathon.token_file"));
  EXPECT_THAT(last(), Not(HasSubstr("abc")));
}

TEST_F(ShellCredentials, AreForConfiguredPeersAndWhomTheyVouchFor) {
  Peer other(io_);
  use_password("p");
  start();
  ask(other.url());
  ask(other.url(), true);
  EXPECT_THAT(other.shown, ElementsAre("", "Basic " + common::base64_encode("me:p")));
}

TEST_F(ShellCredentials, NeverLeaveHttpsForTheClear) {
  use_password("p");
  options_.peers = {*http::Url::parse("https://127.0.0.1:1")};
  start();
  ask(peer_.url(), true);
  EXPECT_THAT(peer_.shown, ElementsAre(""));
}

TEST_F(ShellCredentials, ThatAreRefusedNameTheirOptions) {
  const auto refusal = [this](int status) {
    start();
    peer_.status = status;
    ask(peer_.url());
    return last();
  };
  EXPECT_THAT(refusal(401), HasSubstr("401: set marathon.username, marathon.token_file or"));
  use_password("secret");
  EXPECT_THAT(refusal(401), HasSubstr("marathon.username and marathon.password_file"));
  EXPECT_THAT(refusal(403), HasSubstr("403: it does not permit this to the user"));
  EXPECT_THAT(last(), Not(HasSubstr("secret")));
  options_.access = {};
  options_.access.token_file = folder_.write("token", "secret");
  EXPECT_THAT(refusal(401), HasSubstr("the token in marathon.token_file"));
}

TEST_F(ShellCredentials, ThatAreRefusedEndAStream) {
  start();
  peer_.status = 401;
  perform(stream(peer_.url()));
  await(1);
  EXPECT_THAT(follower_->heard, ElementsAre(HasSubstr("end it answers 401: ")));
}

TEST_F(ShellCredentials, AreNotWaitedForAfterADisconnect) {
  use_password("p");
  start();
  perform(get(peer_.url()));
  perform(stream(peer_.url()));
  perform(Disconnect{});
  http::settle(io_);
  EXPECT_THAT(peer_.shown, IsEmpty());
  ask(peer_.url());
  EXPECT_THAT(follower_->heard, ElementsAre("answer 200"));
}

TEST_F(ShellCredentials, NobodyWaitsForWhenTheShellIsGone) {
  use_password("p");
  start();
  perform(get(peer_.url()));
  shell_.reset();
  http::settle(io_);
  EXPECT_THAT(peer_.shown, IsEmpty());
}

TEST_F(ShellCredentials, AreNotNeededToSayThatAUrlIsWrong) {
  options_.peers = {*http::Url::parse("http://127.0.0.1:1")};
  start();
  ask(options_.peers.front());
  EXPECT_THAT(last(), HasSubstr("Connection refused; see marathon.urls"));
  perform(stream(options_.peers.front()));
  await(2);
  EXPECT_THAT(last(), HasSubstr("Connection refused; see marathon.urls"));
}

// ---- DC/OS

class ShellLogin : public ShellCredentials {
 protected:
  ShellLogin() {
    options_.access.ca_file = folder_.write("ca.pem", http::to_pem(authority_.certificate.get()));
    account_ = R"({"uid":"signpost","private_key":")" + escaped_key() +
               R"(","scheme":"RS256","login_endpoint":")" + login_.url() + R"(/login"})";
    options_.access.service_account_file = folder_.write("account.json", account_);
  }
  static std::string escaped_key() {
    std::string pem = http::to_pem(http::Key(EVP_RSA_gen(2048)).get());
    for (std::size_t at = 0; (at = pem.find('\n', at)) != std::string::npos; at += 2) {
      pem.replace(at, 1, "\\n");
    }
    return pem;
  }
  std::string log_in(const std::string& head) {
    requests_.push_back(head);
    if (refuses_) return "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
    const auto expires = std::chrono::system_clock::now().time_since_epoch() + life_;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(expires).count();
    const std::string body =
        R"({"token":"e30.)" +
        common::base64url_encode(R"({"exp":)" + std::to_string(seconds) + "}") + ".n" +
        std::to_string(requests_.size()) + R"("})";
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  std::chrono::seconds life_{3600};
  bool refuses_ = false;
  std::vector<std::string> requests_;
  http::KeyPair authority_ = http::certify(nullptr, "");
  http::KeyPair identity_ = http::certify(&authority_, "IP:127.0.0.1");
  http::TlsServer login_{
      io_, {.identity = &identity_}, [this](const auto& head) { return log_in(head); }};
  std::string account_;
};

TEST_F(ShellLogin, IsDoneOnceForManyRequests) {
  start();
  perform(get(peer_.url()));
  perform(get(peer_.url()));
  await(2);
  ask(peer_.url());
  ASSERT_THAT(requests_, testing::SizeIs(1));
  EXPECT_THAT(requests_.front(), HasSubstr("POST /login HTTP/1.1"));
  ASSERT_THAT(peer_.shown, testing::SizeIs(3));
  for (const std::string& shown : peer_.shown) {
    EXPECT_THAT(shown, testing::AllOf(testing::StartsWith("token=e30."), testing::EndsWith(".n1")));
  }
}

TEST_F(ShellLogin, IsRenewedBeforeTheTokenExpires) {
  life_ = 9s;  // Within the margin.
  start();
  ask(peer_.url());
  ask(peer_.url());
  EXPECT_THAT(peer_.shown, ElementsAre(testing::EndsWith(".n1"), testing::EndsWith(".n2")));
}

TEST_F(ShellLogin, IsRenewedWhenAPeerRefusesTheToken) {
  start();
  peer_.status = 401;
  ask(peer_.url());
  EXPECT_THAT(last(), HasSubstr("the account in marathon.service_account_file"));
  peer_.status = 200;
  ask(peer_.url());
  EXPECT_THAT(peer_.shown, ElementsAre(testing::EndsWith(".n1"), testing::EndsWith(".n2")));
}

TEST_F(ShellLogin, IsRenewedAtOnceWhenATokenThatWasGoodIsRefused) {
  start();
  ask(peer_.url());
  peer_.refused = ".n1";
  ask(peer_.url());
  EXPECT_EQ(last(), "answer 200");
  peer_.refused = ".n2";
  perform(stream(peer_.url()));
  await(3);
  EXPECT_EQ(follower_->heard[2], "head 200");
  EXPECT_THAT(requests_, testing::SizeIs(3));
}

TEST_F(ShellLogin, IsTriedOnceMoreAndNotAgainWhereEveryTokenIsRefused) {
  start();
  ask(peer_.url());
  peer_.status = 401;
  ask(peer_.url());
  EXPECT_THAT(last(), HasSubstr("the account in marathon.service_account_file"));
  EXPECT_THAT(requests_, testing::SizeIs(2));
}

TEST_F(ShellLogin, SaysWhyItFailsAndTriesAgain) {
  refuses_ = true;
  start();
  ask(peer_.url());
  EXPECT_THAT(last(),
              HasSubstr("marathon.service_account_file: the login endpoint refuses the account"));
  refuses_ = false;
  folder_.write("account.json", "{");
  ask(peer_.url());
  EXPECT_THAT(last(), HasSubstr("marathon.service_account_file: no JSON"));
  folder_.write("account.json", account_);
  ask(peer_.url());
  EXPECT_EQ(last(), "answer 200");
}

TEST_F(ShellLogin, TrustsOnlyWhomTheAuthorityVouchesFor) {
  options_.access.ca_file.clear();
  start();
  ask(peer_.url());
  EXPECT_THAT(last(), HasSubstr("see marathon.ca_file, marathon.certificate_file and"));
  EXPECT_THAT(requests_, IsEmpty());
}

// ---- TLS

class ShellTls : public ShellCredentials {
 protected:
  void start_with_tls() {
    options_.peers = {*http::Url::parse(server_.url())};
    start();
  }
  std::string write_ca() {
    return folder_.write("ca.pem", http::to_pem(authority_.certificate.get()));
  }

  http::KeyPair authority_ = http::certify(nullptr, "");
  http::KeyPair identity_ = http::certify(&authority_, "IP:127.0.0.1");
  http::TlsServer server_{io_, {.identity = &identity_}};
};

TEST_F(ShellTls, DistrustNamesTheOptions) {
  start_with_tls();
  ask(options_.peers.front());
  EXPECT_THAT(last(),
              HasSubstr("see marathon.ca_file, marathon.certificate_file and marathon.verify"));
  perform(stream(options_.peers.front()));
  await(2);
  EXPECT_THAT(last(), HasSubstr("see marathon.ca_file"));
}

TEST_F(ShellTls, FilesThatCannotBeUsedAreNamedAndReadAgainAfterADisconnect) {
  options_.access.ca_file = folder_.path("ca.pem");
  start_with_tls();
  ask(options_.peers.front());
  EXPECT_THAT(last(),
              HasSubstr("marathon.ca_file '" + folder_.path("ca.pem") + "' cannot be used"));
  perform(stream(options_.peers.front()));
  await(2);
  EXPECT_THAT(last(), HasSubstr("end marathon.ca_file"));
  write_ca();
  perform(Disconnect{});
  ask(options_.peers.front());
  EXPECT_EQ(last(), "answer 200");
}

TEST_F(ShellTls, MayTrustAnybody) {
  options_.access.verify = false;
  start_with_tls();
  ask(options_.peers.front());
  EXPECT_EQ(last(), "answer 200");
}

}  // namespace
}  // namespace watcher
