#include "http/head.h"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/status.hpp>
#include <iterator>
#include <ostream>  // Boost 1.81's string_view uses it without including it.

namespace http {
namespace {

namespace beast = boost::beast;

/// Adds "name: value". Control characters are dropped: a line break inside would start a header, or
/// a message, that nobody meant (response splitting).
void append_field(std::string& out, std::string_view name, std::string_view value) {
  const auto append = [&out](std::string_view text) {
    std::copy_if(text.begin(), text.end(), std::back_inserter(out), [](char c) {
      return static_cast<unsigned char>(c) >= ' ' || c == '\t';
    });
  };
  append(name);
  out += ": ";
  append(value);
  out += "\r\n";
}

/// Blanks and control characters would end the target early; they go percent-encoded.
void append_target(std::string& out, std::string_view target) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : target) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet > ' ' && octet != 0x7f) {
      out += c;
    } else {
      out += {'%', kHex[octet >> 4], kHex[octet & 15]};
    }
  }
}

bool has_header(const Headers& headers, std::string_view name) {
  return find_header(headers, name).data() != nullptr;
}

bool is_framing(std::string_view name) {
  return beast::iequals(name, "Content-Length") || beast::iequals(name, "Connection");
}

/// Methods whose requests are taken to have a body, be it empty (RFC 9110 section 8.6).
bool expects_body(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

std::string request_head(const Url& url, const Request& request) {
  std::string head = request.method + " ";
  append_target(head, request.target);
  head += " HTTP/1.1\r\n";
  if (!has_header(request.headers, "Host")) append_field(head, "Host", url.authority());
  for (const auto& [name, value] : request.headers) append_field(head, name, value);
  const bool framed = has_header(request.headers, "Content-Length");
  if (!framed && (!request.body.empty() || expects_body(request.method))) {
    append_field(head, "Content-Length", std::to_string(request.body.size()));
  }
  return head += "\r\n";
}

std::string response_head(const Response& response, After after) {
  const auto status = static_cast<unsigned>(response.status);
  std::string head = "HTTP/1.1 " + std::to_string(status) + " ";
  head += beast::http::obsolete_reason(beast::http::int_to_status(status));
  head += "\r\n";
  for (const auto& [name, value] : response.headers) {
    if (!is_framing(name)) append_field(head, name, value);
  }
  if (after != After::Stream && allows_body(response.status)) {
    append_field(head, "Content-Length", std::to_string(response.body.size()));
  }
  if (after != After::KeepOpen) append_field(head, "Connection", "close");
  return head += "\r\n";
}

bool allows_body(int status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace http
