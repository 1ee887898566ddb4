#pragma once

#include <string>
#include <string_view>

namespace vipd {

inline std::string with_length(int octets, const std::string& text) {
  std::string out;
  for (int i = octets - 1; i >= 0; --i) out += static_cast<char>(text.size() >> (8 * i) & 255);
  return out + text;
}

/// One TLS record of a handshake.
inline std::string record(const std::string& part) {
  return std::string("\x16\x03\x01", 3) + with_length(2, part);
}

/// An extension that asks for a server name.
inline std::string server_name_extension(const std::string& name) {
  return std::string("\0\0", 2) +
         with_length(2, with_length(2, std::string(1, '\0') + with_length(2, name)));
}

/// A ClientHello message with these extensions, without its record.
inline std::string hello_message(const std::string& extensions) {
  std::string body = std::string("\x03\x03", 2) + std::string(32, 'r');
  body += with_length(1, std::string(32, 's'));
  body += with_length(2, std::string("\x13\x01\x13\x02", 4));
  body += with_length(1, std::string(1, '\0'));
  if (!extensions.empty()) body += with_length(2, extensions);
  return std::string(1, '\1') + with_length(3, body);
}

/// What a client sends first that asks for this name; for none when it is empty.
inline std::string client_hello(const std::string& name) {
  const std::string versions = std::string("\0\x2b", 2) + with_length(2, "\2\x03\x04");
  return record(hello_message(versions + (name.empty() ? "" : server_name_extension(name))));
}

}  // namespace vipd
