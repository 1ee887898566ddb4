#include "minimarathon/event_bus.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <utility>
#include <vector>

#include "common/log.h"
#include "minimarathon/json_text.h"
#include "minimarathon/timestamp.h"

namespace minimarathon {
namespace {

namespace json = boost::json;

http::Response stream_head(const std::string& leader) {
  return {200,
          {{"Content-Type", "text/event-stream;charset=utf-8"},
           {"X-Marathon-Leader", "http://" + leader},
           {"Cache-Control", "no-cache, no-store, must-revalidate"},
           {"Pragma", "no-cache"},
           {"Expires", "0"}},
          ""};
}

http::Response wrong_accept() {
  return {
      405,
      {{"Content-Type", "text/html;charset=utf-8"}},
      "<html><body><h2>HTTP ERROR 405</h2><p>Ask with <code>Accept: text/event-stream</code>, and "
      "nothing else in that header.</p></body></html>\n"};
}

bool asks_for_events(const http::Headers& headers) {
  return std::any_of(headers.begin(), headers.end(), [](const auto& header) {
    return http::find_header({header}, "Accept") == "text/event-stream";
  });
}

}  // namespace

struct EventBus::Stream {
  Stream(boost::asio::io_context& io,
         std::shared_ptr<http::BodyStream> to,
         std::vector<std::string> types)
      : body(std::move(to)), filter(types.begin(), types.end()), heartbeat(io) {}

  bool wants(std::string_view type) const { return filter.empty() || filter.contains(type); }

  std::shared_ptr<http::BodyStream> body;
  std::set<std::string, std::less<>> filter;  // Empty: everything.
  boost::asio::steady_timer heartbeat;
  bool attached = true;
};

EventBus::EventBus(boost::asio::io_context& io, Options options) : io_(io), options_(options) {}
EventBus::~EventBus() = default;

void EventBus::attach(const http::Request& request, http::Responder& responder) {
  if (!asks_for_events(request.headers)) return responder.send(wrong_accept());
  const auto stream = std::make_shared<Stream>(
      io_, responder.stream(stream_head(options_.leader)), request.query("event_type"));
  streams_.push_back(stream);
  stream->body->on_closed([this, stream] { detach(stream); });
  beat_later(stream);
  publish("event_stream_attached", {{"remoteAddress", stream->body->peer().ip.to_string()}});
}

void EventBus::detach(const std::shared_ptr<Stream>& stream) {
  stream->attached = false;
  stream->heartbeat.cancel();
  std::erase(streams_, stream);
  publish("event_stream_detached", {{"remoteAddress", stream->body->peer().ip.to_string()}});
}

void EventBus::beat_later(const std::shared_ptr<Stream>& stream) {
  stream->heartbeat.expires_after(options_.heartbeat);
  stream->heartbeat.async_wait([this, stream](boost::system::error_code error) {
    if (error || !stream->attached) return;
    if (fault_ != Fault::Stall) {
      send(*stream, "\r");
      send(*stream, "\n");
    }
    beat_later(stream);
  });
}

/// A write can find that its client has left, and so change the list of streams.
void EventBus::publish(std::string_view type, json::object event) {
  if (fault_ == Fault::Drop || fault_ == Fault::Stall) return;
  const bool cuts = std::exchange(fault_, Fault::None) == Fault::Cut;
  event["eventType"] = type;
  event["timestamp"] = to_timestamp(std::chrono::system_clock::now());
  const std::string bytes =
      "event: " + std::string(type) + "\r\ndata: " + to_text(event) + "\r\n\r\n";
  for (const auto& stream : std::vector(streams_)) {
    if (!stream->attached || !stream->wants(type)) continue;
    cuts ? cut(*stream, bytes) : send(*stream, bytes);
  }
}

void EventBus::close_all() {
  for (const auto& stream : std::vector(streams_)) stream->body->close();
}

void EventBus::cut(Stream& stream, std::string_view bytes) {
  send(stream, bytes.substr(0, bytes.size() / 2));
  stream.body->close();
}

void EventBus::send(Stream& stream, std::string_view bytes) {
  if (stream.body->queued() < options_.buffer) return stream.body->write(bytes);
  if (!stream.attached) return;
  common::log::warn("event stream closed client={} reason=\"{} events behind\"",
                    stream.body->peer().to_string(),
                    stream.body->queued());
  stream.body->close();
}

}  // namespace minimarathon
