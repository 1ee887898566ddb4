#include "watcher/probe/kinds/grpc_frames.h"

#include <utility>

namespace watcher::probe {
namespace {

// RFC 9113 section 6.
enum FrameType : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kReset = 3,
  kSettings = 4,
  kPing = 6,
  kGoAway = 7
};
constexpr std::uint8_t kAck = 1;
constexpr std::uint8_t kEndStream = 1;
constexpr std::uint8_t kEndHeaders = 4;
constexpr std::uint8_t kPadded = 8;
constexpr std::size_t kFrameHead = 9;
constexpr std::size_t kMaxFrame = 16384;     // No larger one without our leave, section 4.2.
constexpr std::size_t kMaxTotal = 64 << 10;  // A health answer has some hundred octets.
constexpr std::size_t kMessageHead = 5;      // gRPC over HTTP/2: compressed, length.
constexpr std::uint32_t kStream = 1;

std::uint8_t octet(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}
std::uint32_t number(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | octet(bytes, at + i);
  return value;
}
void put(std::string& out, std::uint32_t value, int octets) {
  for (int i = octets - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 255);
}

void put_frame(std::string& out,
               FrameType type,
               std::uint8_t flags,
               std::uint32_t stream,
               std::string_view payload) {
  put(out, static_cast<std::uint32_t>(payload.size()), 3);
  put(out, type, 1);
  put(out, flags, 1);
  put(out, stream, 4);
  out += payload;
}

/// A string literal without Huffman code, RFC 7541 sections 5.1 and 5.2.
void put_literal(std::string& out, std::string_view text) {
  std::size_t length = text.size();
  if (length < 127) {
    put(out, static_cast<std::uint32_t>(length), 1);
  } else {
    put(out, 127, 1);
    for (length -= 127; length >= 128; length /= 128) {
      put(out, static_cast<std::uint32_t>(length % 128 + 128), 1);
    }
    put(out, static_cast<std::uint32_t>(length), 1);
  }
  out += text;
}

/// Numbers are those of HPACK's static table, RFC 7541 appendix A.
std::string request_headers(std::string_view authority) {
  std::string block;
  put(block, 0x83, 1);  // :method POST
  put(block, 0x86, 1);  // :scheme http
  put(block, 0x04, 1);  // :path
  put_literal(block, "/grpc.health.v1.Health/Check");
  put(block, 0x01, 1);  // :authority
  put_literal(block, authority);
  put(block, 0x0f10, 2);  // content-type, 31
  put_literal(block, "application/grpc");
  put(block, 0x00, 1);  // A name of its own.
  put_literal(block, "te");
  put_literal(block, "trailers");
  return block;
}

/// HealthCheckRequest { string service = 1; } with the head of a gRPC message.
std::string request_message(std::string_view service) {
  std::string body;
  if (!service.empty()) {
    put(body, 0x0a, 1);
    put(body, static_cast<std::uint32_t>(service.size()), 1);
    body += service;
  }
  std::string message;
  put(message, 0, 1);
  put(message, static_cast<std::uint32_t>(body.size()), 4);
  return message + body;
}

}  // namespace

struct GrpcHealthAnswer::Frame {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
  std::string_view payload;

  bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
};

std::string grpc_health_call(std::string_view authority, std::string_view service) {
  std::string call = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  put_frame(call, kSettings, 0, 0, "");
  put_frame(call, kHeaders, kEndHeaders, kStream, request_headers(authority));
  put_frame(call, kData, kEndStream, kStream, request_message(service));
  return call;
}

GrpcHealthAnswer::Status GrpcHealthAnswer::feed(std::string_view bytes) {
  taken_ += bytes.size();
  if (taken_ > kMaxTotal) return Status::Malformed;
  buffer_ += bytes;
  std::string_view rest = buffer_;
  Status status = Status::Reading;
  while (status == Status::Reading && rest.size() >= kFrameHead) {
    const std::size_t size = number(rest, 0, 3);
    if (size > kMaxFrame) return Status::Malformed;
    if (rest.size() < kFrameHead + size) break;
    status = read({.type = octet(rest, 3),
                   .flags = octet(rest, 4),
                   .stream = number(rest, 5, 4) & 0x7fffffffU,
                   .payload = rest.substr(kFrameHead, size)});
    rest.remove_prefix(kFrameHead + size);
  }
  buffer_.erase(0, buffer_.size() - rest.size());
  return status;
}

std::string GrpcHealthAnswer::take_replies() { return std::exchange(replies_, {}); }

GrpcHealthAnswer::Status GrpcHealthAnswer::read(const Frame& frame) {
  switch (frame.type) {
    case kData:
      return frame.stream == kStream ? read_data(frame) : Status::Malformed;
    case kHeaders:
      return frame.has(kEndStream) ? Status::NoAnswer : Status::Reading;
    case kReset:
    case kGoAway:
      return Status::NoAnswer;
    case kSettings:
      if (!frame.has(kAck)) put_frame(replies_, kSettings, kAck, 0, "");
      return Status::Reading;
    case kPing:
      if (frame.payload.size() != 8) return Status::Malformed;
      if (!frame.has(kAck)) put_frame(replies_, kPing, kAck, 0, frame.payload);
      return Status::Reading;
    default:
      return Status::Reading;
  }
}

GrpcHealthAnswer::Status GrpcHealthAnswer::read_data(const Frame& frame) {
  std::string_view data = frame.payload;
  if (frame.has(kPadded)) {
    if (data.empty() || octet(data, 0) >= data.size()) return Status::Malformed;
    data = data.substr(1, data.size() - 1 - octet(data, 0));
  }
  message_ += data;
  const Status status = read_message();
  return status == Status::Reading && frame.has(kEndStream) ? Status::NoAnswer : status;
}

/// HealthCheckResponse { ServingStatus status = 1; }, where SERVING is 1 and the default 0 is left
/// out.
GrpcHealthAnswer::Status GrpcHealthAnswer::read_message() const {
  if (message_.size() < kMessageHead) return Status::Reading;
  if (octet(message_, 0) != 0) return Status::Malformed;  // We offered no compression.
  const std::size_t size = number(message_, 1, 4);
  if (size > kMaxFrame) return Status::Malformed;
  if (message_.size() < kMessageHead + size) return Status::Reading;
  const std::string_view body = std::string_view(message_).substr(kMessageHead, size);
  return body == std::string_view("\x08\x01", 2) ? Status::Serving : Status::NotServing;
}

}  // namespace watcher::probe
