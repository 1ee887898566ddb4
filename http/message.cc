#include "http/message.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "common/ip.h"
#include "http/percent_encode.h"

namespace http {
namespace {

using common::ErrorCode;
using common::fail;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<unsigned char> hex_octet(std::string_view digits) {
  unsigned char octet = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, octet, 16);
  if (digits.size() != 2 || error != std::errc{} || stop != end) return std::nullopt;
  return octet;
}

/// Decodes a part of a query, where '+' stands for a space (the rule of HTML forms).
std::string decode_query(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percent_decode(spaced);
}

/// Cuts `text` at the first `mark`; the second part is empty when there is none.
std::pair<std::string_view, std::string_view> split(std::string_view text, char mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && stop == text.data() + text.size() && port != 0;
}

/// Splits "host:port", "[v6]:port" or either without port into `url`; says what is wrong, if any.
std::optional<std::string> parse_authority(std::string_view text, Url& url) {
  if (text.find('@') != std::string_view::npos) return "a user name has no place in it";
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    const auto ip = common::IpAddress::parse(text.substr(1, end - 1));
    if (end == std::string_view::npos || !ip || !ip->is_v6()) return "no IPv6 address in brackets";
    url.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else {
    url.host = text.substr(0, text.find(':'));
    rest = text.substr(url.host.size());
  }
  if (url.host.empty()) return "no host";
  if (rest.empty()) return std::nullopt;
  if (rest.front() != ':' || !is_port(rest.substr(1))) return "the port is not 1 to 65535";
  url.port = rest.substr(1);
  return std::nullopt;
}

bool has_blank_or_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
  });
}

}  // namespace

std::string_view find_header(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (equals_ignoring_case(key, name)) return value;
  }
  return {};
}

std::string_view Request::path() const { return split(target, '?').first; }

std::vector<std::string> Request::query(std::string_view key) const {
  std::vector<std::string> values;
  std::string_view rest = split(target, '?').second;
  while (!rest.empty()) {
    const auto [pair, next] = split(rest, '&');
    const auto [name, value] = split(pair, '=');
    if (!pair.empty() && decode_query(name) == key) values.push_back(decode_query(value));
    rest = next;
  }
  return values;
}

Response json_response(int status, std::string body) {
  return {
      .status = status, .headers = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

common::Expected<Url> Url::parse(std::string_view text) {
  const auto refuse = [&](const std::string& why) {
    return fail(ErrorCode::InvalidInput,
                "'" + std::string(text) + "' is not a URL such as http://10.0.0.1:8080: " + why);
  };
  if (has_blank_or_control(text)) return refuse("it holds a blank or control character");
  Url url;
  const std::size_t colon = text.find("://");
  url.scheme = text.substr(0, std::min(colon, text.size()));
  std::transform(url.scheme.begin(), url.scheme.end(), url.scheme.begin(), lower);
  if (colon == std::string_view::npos || (url.scheme != "http" && url.scheme != "https")) {
    return refuse("it has to start with http:// or https://");
  }
  url.port = url.scheme == "http" ? "80" : "443";

  const std::string_view rest = split(text.substr(colon + 3), '#').first;
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  if (const auto why = parse_authority(rest.substr(0, end), url)) return refuse(*why);
  url.target = rest.substr(end);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  return url;
}

std::string Url::authority() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + port;
}

std::string percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto octet = text[i] == '%' ? hex_octet(text.substr(i + 1, 2)) : std::nullopt;
    decoded += octet ? static_cast<char>(*octet) : text[i];
    if (octet) i += 2;
  }
  return decoded;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                          (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_' || c == '~';
    if (is_plain) {
      encoded += c;
    } else {
      encoded += {'%', kDigits[octet / 16U], kDigits[octet % 16U]};
    }
  }
  return encoded;
}

}  // namespace http
