#pragma once

#include <string>

#include "http/message.h"

/// What stands before a body on the wire. Private to http/.
namespace http {

/// Request line and headers: Host (unless given), the caller's headers as they are, and
/// Content-Length where a body is or could be expected.
std::string request_head(const Url& url, const Request& request);

/// What becomes of the connection after an answer.
enum class After {
  KeepOpen,
  Close,
  Stream,  // The body has no length and ends with the connection.
};

/// Status line and headers. Content-Length and Connection are set here and nowhere else; those of
/// the response are left out.
std::string response_head(const Response& response, After after);

/// False for statuses whose answers never carry a body or a length (RFC 9110 section 6.4.1).
bool allows_body(int status);

}  // namespace http
