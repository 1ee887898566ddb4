#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "http/message.h"
#include "http/tls.h"

namespace boost::asio {
class io_context;
}

namespace http {

/// Something under way; destroying it cancels, and no callback comes after.
class Operation {
 public:
  virtual ~Operation() = default;
};

struct FetchOptions {
  std::chrono::milliseconds timeout{10000};  // For the whole exchange.
  std::uint64_t max_body = 64ULL << 20;
  std::shared_ptr<const Tls> tls = {};  // For https; null: the system's certificates.
  bool verify_peer = true;              // Where tls is null.
  std::string server_name = {};    // Asked for over TLS; empty: the URL's host if it is a name.
  std::string_view preamble = {};  // Sent before all else, TLS too; outlives the exchange.
};

/// One request, one answer. Never follows redirects. The host may be an address or a name.
/// `done` runs once on the io_context's thread; an Error is a transport failure, any HTTP status
/// is a Response. Errors: NotPermitted when we and the peer do not agree on TLS or do not trust
/// each other, InvalidInput when it speaks no HTTP, Conflict when this host has no descriptor,
/// memory or source port left to reach it, Timeout, else Unavailable.
std::unique_ptr<Operation> fetch(boost::asio::io_context& io,
                                 const Url& url,
                                 Request request,
                                 FetchOptions options,
                                 std::function<void(common::Expected<Response>)> done);

struct StreamHandlers {
  std::function<void(const Response& head)> on_head;  // Body empty.
  std::function<void(std::string_view bytes)> on_bytes;
  std::function<void(common::Error why)> on_end;  // Last call; also for a clean end of body.
};

/// Opens an endless response. Reads continue while the handlers return; `connect_timeout` covers
/// everything up to the head, silence after that is the caller's to judge. Errors as of fetch().
std::unique_ptr<Operation> open_stream(boost::asio::io_context& io,
                                       const Url& url,
                                       const Request& request,
                                       std::chrono::milliseconds connect_timeout,
                                       StreamHandlers handlers,
                                       std::shared_ptr<const Tls> tls = {});

}  // namespace http
