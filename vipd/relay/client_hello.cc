#include "vipd/relay/client_hello.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace vipd {

namespace {

using Bytes = std::span<const std::byte>;
using Status = ClientHello::Status;

constexpr std::size_t kRecordHead = 5;
constexpr std::size_t kMessageHead = 4;
constexpr std::size_t kMaxRecord = std::size_t{16} << 10;
constexpr std::size_t kMaxName = 253;
constexpr std::uint8_t kHandshake = 22;
constexpr std::uint8_t kClientHello = 1;
constexpr std::uint16_t kServerName = 0;
constexpr std::uint8_t kHostName = 0;

std::size_t number(Bytes bytes) {
  std::size_t value = 0;
  for (const std::byte byte : bytes) value = value << 8 | std::to_integer<std::size_t>(byte);
  return value;
}

/// Takes fields off the front of a message; once one was not there, all are missing.
class Fields {
 public:
  explicit Fields(Bytes bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  bool empty() const { return rest_.empty(); }
  Bytes take(std::size_t count) {
    ok_ = ok_ && count <= rest_.size();
    if (!ok_) return {};
    const Bytes taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  std::size_t take_number(std::size_t octets) { return number(take(octets)); }
  /// What stands behind its own length.
  Bytes take_vector(std::size_t octets_of_length) { return take(take_number(octets_of_length)); }

 private:
  Bytes rest_;
  bool ok_ = true;
};

/// What records hold, one behind the other, as far as the message goes.
struct Message {
  Status status = Status::Partial;
  std::vector<std::byte> bytes;  // With its head.
};

Message collect(Bytes stream) {
  Message message;
  while (true) {
    // Each octet is judged when it is there: who speaks something else need not be waited for.
    const auto is_wrong = [&](std::size_t at, std::size_t expected) {
      return stream.size() > at && std::to_integer<std::size_t>(stream[at]) != expected;
    };
    if (is_wrong(0, kHandshake) || is_wrong(1, 3)) return {Status::NotTls, {}};
    if (stream.size() < kRecordHead) return message;
    const std::size_t size = number(stream.subspan(3, 2));
    if (size == 0 || size > kMaxRecord) return {Status::NotTls, {}};
    const Bytes part = stream.subspan(kRecordHead, std::min(size, stream.size() - kRecordHead));
    message.bytes.insert(message.bytes.end(), part.begin(), part.end());
    if (!message.bytes.empty() && message.bytes[0] != std::byte{kClientHello}) {
      return {Status::NotTls, {}};
    }
    if (message.bytes.size() >= kMessageHead) {
      const std::size_t whole = kMessageHead + number(Bytes(message.bytes).subspan(1, 3));
      if (whole > kMaxClientHello) return {Status::NotTls, {}};
      if (message.bytes.size() >= whole) {
        message.bytes.resize(whole);
        message.status = Status::Complete;
        return message;
      }
    }
    if (part.size() < size) return message;
    stream = stream.subspan(kRecordHead + size);
  }
}

/// In lower case, without a final dot; nothing for what cannot be a host's name.
std::optional<std::string> as_name(Bytes bytes) {
  std::string name;
  for (const std::byte byte : bytes) {
    const char c = static_cast<char>(byte);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool other = (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    if (!letter && !other) return std::nullopt;
    name += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  if (name.ends_with('.')) name.pop_back();
  if (name.empty() || name.size() > kMaxName) return std::nullopt;
  return name;
}

/// The first host name of the extension; a list with any other is against the rules, and ignored.
std::string read_server_names(Bytes extension) {
  Fields list(Fields(extension).take_vector(2));
  while (list.ok() && !list.empty()) {
    const bool is_host = list.take_number(1) == kHostName;
    const Bytes name = list.take_vector(2);
    if (list.ok() && is_host) return as_name(name).value_or("");
  }
  return {};
}

ClientHello read_message(Bytes message) {
  Fields hello(message.subspan(kMessageHead));
  hello.take(2 + 32);    // Version and random.
  hello.take_vector(1);  // Session.
  hello.take_vector(2);  // Cipher suites.
  hello.take_vector(1);  // Compression methods.
  if (!hello.ok()) return {Status::NotTls};
  ClientHello found{Status::Complete};
  if (hello.empty()) return found;  // As TLS 1.2 and older may: no extensions.
  Fields extensions(hello.take_vector(2));
  while (hello.ok() && extensions.ok() && !extensions.empty()) {
    const std::size_t type = extensions.take_number(2);
    const Bytes data = extensions.take_vector(2);
    if (extensions.ok() && type == kServerName && found.server_name.empty()) {
      found.server_name = read_server_names(data);
    }
  }
  if (!hello.ok() || !extensions.ok()) return {Status::NotTls};
  return found;
}

}  // namespace

ClientHello read_client_hello(std::span<const std::byte> bytes) {
  const Message message = collect(bytes);
  return message.status == Status::Complete ? read_message(message.bytes)
                                            : ClientHello{message.status};
}

}  // namespace vipd
