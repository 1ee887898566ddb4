#include "admin/audience.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>
#include <vector>

#include "admin/operations.h"
#include "common/log.h"

namespace admin {
namespace {

constexpr std::size_t kPiece = 64 * 1024;  // What a connection holds of ours, beside the event.

http::Response stream_head() {
  return {200,
          {{"Content-Type", "text/event-stream; charset=utf-8"},
           {"Cache-Control", "no-cache"},
           {"X-Accel-Buffering", "no"}},  // Of nginx, should it stand between.
          {}};
}

}  // namespace

struct Audience::Stream {
  Wish wish;
  std::shared_ptr<http::BodyStream> body;
  std::shared_ptr<const std::string> event = {};  // Being sent.
  std::size_t sent = 0;                           // Octets of it.
  bool stuck = false;                             // It has taken nothing since the last heartbeat.
};

struct Audience::Waiter {
  Wish wish;
  std::shared_ptr<http::Responder> responder;
  boost::asio::steady_timer deadline;
};

Audience::Audience(boost::asio::io_context& io,
                   const common::Published<watcher::Snapshot>& catalog,
                   std::string run,
                   const Options& options)
    : io_(io), catalog_(catalog), options_(options), feed_(std::move(run)), heartbeat_(io) {}

bool Audience::serves(const http::Request& request) {
  const bool known = std::find(kPaths.begin(), kPaths.end(), request.path()) != kPaths.end();
  return known && request.method == "GET";
}

void Audience::serve(const http::Request& request,
                     const std::shared_ptr<http::Responder>& responder) {
  asked_ = true;
  catch_up();
  auto wish = feed_.read_wish(request);
  if (!wish) return responder->send(error_response(wish.error()));
  const bool streams = request.path() == kPaths.front();
  const bool stays = streams || (wish->wait.count() > 0 && !feed_.has_news(*wish));
  if (stays && !closed_ && is_full()) {
    refused_.add();
    auto refused =
        error_response({common::ErrorCode::Unavailable,
                        fmt::format("{} clients follow already; come back later, or raise "
                                    "admin.max_streams",
                                    options_.most)});
    refused.headers.emplace_back("Retry-After", "5");
    return responder->send(std::move(refused));
  }
  streams ? open_stream(std::move(*wish), *responder) : wait(std::move(*wish), responder);
}

void Audience::wake() {
  if (!asked_ || woken_.exchange(true)) return;
  boost::asio::post(io_, [this] {
    woken_ = false;
    look();
  });
}

void Audience::catch_up() { feed_.follow(catalog_.current()); }

void Audience::look() {
  catch_up();
  for (const auto& stream : std::vector(streams_.begin(), streams_.end())) pump(*stream);
  answer_news();
  rendered_.clear();
}

// --- Streams -------------------------------------------------------------------------------------

void Audience::open_stream(Wish wish, http::Responder& responder) {
  const auto stream = std::make_shared<Stream>(
      Stream{.wish = std::move(wish), .body = responder.stream(stream_head())});
  stream->body->write(fmt::format("retry: {}\n\n", closed_ ? 100 : 1000));
  if (closed_) return;
  streams_.insert(stream);
  const std::weak_ptr<Stream> weak = stream;
  stream->body->on_closed([this, weak] {
    if (const auto known = weak.lock()) detach(known);
  });
  stream->body->on_drained([this, weak] {
    const auto known = weak.lock();
    if (!known) return;
    known->stuck = false;
    catch_up();
    pump(*known);
    rendered_.clear();
  });
  pump(*stream);
  rendered_.clear();
  beat_later();
}

/// Piece by piece, as the client takes them: a whole state may be large.
void Audience::pump(Stream& stream) {
  while (stream.body->queued() == 0 && (stream.event || take_next(stream))) {
    const std::string_view rest = std::string_view(*stream.event).substr(stream.sent);
    stream.body->write(rest.substr(0, kPiece));
    stream.sent += std::min(rest.size(), kPiece);
    if (rest.size() <= kPiece) stream.event.reset();
  }
}

/// What has been looked at without news need not be looked at again.
bool Audience::take_next(Stream& stream) {
  const bool any = feed_.has_news(stream.wish);
  if (any) {
    stream.event = render(stream.wish);
    stream.sent = 0;
    events_.add();
  }
  stream.wish.since = feed_.generation();
  return any;
}

/// Most of them know the same and want the same.
std::shared_ptr<const std::string> Audience::render(const Wish& wish) {
  auto& text = rendered_[wish];
  if (!text) text = std::make_shared<const std::string>(event_text(feed_.tell(wish)));
  return text;
}

void Audience::detach(const std::shared_ptr<Stream>& stream) { streams_.erase(stream); }

void Audience::beat_later() {
  if (std::exchange(beats_, true)) return;
  heartbeat_.expires_after(options_.heartbeat);
  heartbeat_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    beats_ = false;
    beat();
    if (!streams_.empty()) beat_later();
  });
}

void Audience::beat() {
  for (const auto& stream : std::vector(streams_.begin(), streams_.end())) {
    if (stream->body->queued() == 0) {
      stream->body->write(": ping\n\n");
    } else if (std::exchange(stream->stuck, true)) {
      common::log::info("stream cut off client={} reason=\"it does not read\"",
                        stream->body->peer().to_string());
      cut_off_.add();
      stream->body->close();
      detach(stream);
    }
  }
}

// --- Waiting -------------------------------------------------------------------------------------

void Audience::wait(Wish wish, const std::shared_ptr<http::Responder>& responder) {
  const auto waiter =
      std::make_shared<Waiter>(Waiter{std::move(wish), responder, boost::asio::steady_timer(io_)});
  if (closed_ || waiter->wish.wait.count() == 0 || feed_.has_news(waiter->wish)) {
    return answer(waiter);
  }
  waiters_.insert(waiter);
  responder->on_left([this, weak = std::weak_ptr(waiter)] {
    const auto left = weak.lock();
    if (left && waiters_.erase(left) > 0) left->deadline.cancel();
  });
  waiter->deadline.expires_after(waiter->wish.wait);
  waiter->deadline.async_wait([this, waiter](boost::system::error_code cancelled) {
    if (!cancelled && waiters_.contains(waiter)) answer(waiter);
  });
}

void Audience::answer_news() {
  for (const auto& waiter : std::vector(waiters_.begin(), waiters_.end())) {
    if (feed_.has_news(waiter->wish)) {
      answer(waiter);
    } else {
      waiter->wish.since = feed_.generation();
    }
  }
}

void Audience::answer(const std::shared_ptr<Waiter>& waiter) {
  waiters_.erase(waiter);
  waiter->deadline.cancel();
  events_.add();
  waiter->responder->send(http::json_response(200, feed_.tell(waiter->wish).data));
}

// --- The end -------------------------------------------------------------------------------------

void Audience::close() {
  closed_ = true;
  heartbeat_.cancel();
  for (const auto& stream : std::exchange(streams_, {})) stream->body->close();
  for (const auto& waiter : std::vector(waiters_.begin(), waiters_.end())) answer(waiter);
}

void Audience::describe(common::MetricsPage& page) const {
  page.gauge("signpost_admin_audience",
             "Clients that follow the services, by way.",
             static_cast<double>(streams_.size()),
             {{"way", "events"}});
  page.gauge("signpost_admin_audience",
             "Clients that follow the services, by way.",
             static_cast<double>(waiters_.size()),
             {{"way", "changes"}});
  page.counter("signpost_admin_events_total",
               "Snapshots and changes told to those who follow.",
               static_cast<double>(events_.value()));
  page.counter("signpost_admin_audience_cut_off_total",
               "Streams ended as their clients did not read.",
               static_cast<double>(cut_off_.value()));
  page.counter("signpost_admin_audience_refused_total",
               "Clients turned away at admin.max_streams.",
               static_cast<double>(refused_.value()));
}

}  // namespace admin
