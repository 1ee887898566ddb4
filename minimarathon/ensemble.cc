#include "minimarathon/ensemble.h"

#include <boost/asio/io_context.hpp>
#include <utility>

namespace minimarathon {
namespace {

using namespace std::chrono_literals;

constexpr auto kAbdication = 500ms;  // As long as Marathon takes to end.
constexpr auto kElection = 250ms;

http::Response text(int status, std::string body) {
  return {status, {{"Content-Type", "text/plain"}}, std::move(body)};
}

}  // namespace

Ensemble::Ensemble(boost::asio::io_context& io,
                   config::StandbyMode mode,
                   std::string& leader,
                   Acts acts)
    : io_(io), mode_(mode), leader_(leader), acts_(std::move(acts)), timer_(io) {}

common::Expected<std::uint16_t> Ensemble::start(
    const std::vector<common::SocketAddress>& addresses) {
  std::uint16_t first = 0;
  for (const common::SocketAddress& address : addresses) {
    const std::size_t member = servers_.size();
    servers_.push_back(std::make_unique<http::Server>(
        io_,
        [this, member](const http::Request& request,
                       const std::shared_ptr<http::Responder>& responder) {
          handle(member, request, responder);
        }));
    const auto port = servers_.back()->listen(address);
    if (!port) return tl::unexpected(port.error());
    addresses_.push_back(common::SocketAddress{address.ip, *port}.to_string());
    if (member == 0) first = *port;
  }
  leader_ = addresses_.front();
  return first;
}

void Ensemble::handle(std::size_t member,
                      const http::Request& request,
                      const std::shared_ptr<http::Responder>& responder) {
  if (!elected_) return responder->send(text(502, "Could not determine the current leader"));
  if (request.path() == "/v2/leader" && request.method == "DELETE") return abdicate(*responder);
  const bool redirects = member != leading_ && mode_ == config::StandbyMode::Redirect;
  if (redirects && request.path() == "/v2/events") {
    http::Response redirect{302, {{"Location", "http://" + leader_ + request.target}}, ""};
    return responder->send(std::move(redirect));
  }
  acts_.handle(request, responder);
}

/// The answer comes first, and the leader ends a little later.
void Ensemble::abdicate(http::Responder& responder) {
  responder.send(http::json_response(200, R"({"message":"Leadership abdicated"})"));
  if (std::exchange(abdicating_, true)) return;
  after(kAbdication, [this] {
    elected_ = false;
    acts_.lose_leader();
    after(kElection, [this] {
      leading_ = (leading_ + 1) % addresses_.size();
      leader_ = addresses_[leading_];
      elected_ = true;
      abdicating_ = false;
    });
  });
}

void Ensemble::after(std::chrono::milliseconds delay, std::function<void()> act) {
  timer_.expires_after(delay);
  timer_.async_wait([act = std::move(act)](boost::system::error_code error) {
    if (!error) act();
  });
}

}  // namespace minimarathon
