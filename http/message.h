#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/result.h"

namespace http {

/// In the order of the wire; names keep their case.
using Headers = std::vector<std::pair<std::string, std::string>>;

/// The first value of a header, names compared without case; empty when absent.
std::string_view find_header(const Headers& headers, std::string_view name);

struct Request {
  std::string method = "GET";
  std::string target = "/";  // Path and query, percent-encoded as received.
  Headers headers;
  std::string body;

  std::string_view path() const;
  /// Every value of a query key, decoded, in order.
  std::vector<std::string> query(std::string_view key) const;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
};

/// Its Location says where to ask instead, with the same method.
constexpr bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 307 || status == 308;
}

/// A JSON answer with its content type.
Response json_response(int status, std::string body);

/// "http://host:port/path" taken apart. Only http and https.
struct Url {
  std::string scheme;
  std::string host;  // Without brackets for IPv6.
  std::string port;  // "80" or "443" when the text has none.
  std::string target = "/";

  static common::Expected<Url> parse(std::string_view text);
  std::string authority() const;  // host:port as for a Host header; brackets for IPv6
};

std::string percent_decode(std::string_view text);

}  // namespace http
