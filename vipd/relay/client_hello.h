#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace vipd {

/// What stands at the beginning of a stream that ought to begin with a TLS ClientHello.
struct ClientHello {
  enum class Status : std::uint8_t {
    Complete,
    Partial,
    NotTls,  // It begins with something else, or breaks the rules.
  };
  Status status = Status::Partial;
  /// The name the client asks for, in lower case; empty when it asks for none, or for what cannot
  /// be a name.
  std::string server_name = {};
};

/// The longest hello that is taken, with the heads of its records. What clients send has less than
/// 2 KiB, with post-quantum keys too.
constexpr std::size_t kMaxClientHello = std::size_t{16} << 10;

/// Finds the server name in a ClientHello, which may be spread over several records. Reads every
/// version from SSL 3.0 to TLS 1.3; an encrypted hello gives the name outside.
/// Source: RFC 8446 sections 4.1.2 and 5.1, RFC 6066 section 3.
ClientHello read_client_hello(std::span<const std::byte> bytes);

}  // namespace vipd
