#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/json/fwd.hpp>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "http/server.h"

namespace minimarathon {

/// The event bus `/v2/events`: events out to every attached stream, byte for byte as Marathon 1.8
/// writes them. Lives on the API's thread.
///
/// An event is `event: NAME CRLF data: JSON CRLF CRLF`; a heartbeat is CR and LF as two writes. A
/// consumer that lags more than a buffer behind is closed, so that it knows it lost something.
/// Source: jetty EventSourceServlet; HttpEventStreamActor.
class EventBus {
 public:
  struct Options {
    std::chrono::milliseconds heartbeat{};
    std::size_t buffer = 0;     // Events a consumer may lag behind.
    const std::string& leader;  // host:port, told in a header; settled before the first stream.
  };
  EventBus(boost::asio::io_context& io, Options options);
  ~EventBus();

  /// How the bus fails, as real ones do.
  enum class Fault : std::uint8_t {
    None,
    Drop,   // Events are lost without a word; heartbeats go on.
    Stall,  // Nothing is sent, though connections stay open.
    Cut,    // The next event ends every stream in its middle; then None.
  };
  void set_fault(Fault fault) { fault_ = fault; }

  /// Answers a GET of /v2/events: a stream, or 405 when its Accept is not exactly
  /// text/event-stream.
  void attach(const http::Request& request, http::Responder& responder);

  /// Adds eventType and timestamp and sends to all whose filter lets it pass.
  void publish(std::string_view type, boost::json::object event);
  void close_all();  // Their leader is gone.

 private:
  struct Stream;

  void detach(const std::shared_ptr<Stream>& stream);
  void beat_later(const std::shared_ptr<Stream>& stream);
  void send(Stream& stream, std::string_view bytes);
  void cut(Stream& stream, std::string_view bytes);

  boost::asio::io_context& io_;
  Options options_;
  std::vector<std::shared_ptr<Stream>> streams_;
  Fault fault_ = Fault::None;
};

}  // namespace minimarathon
