#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// As much of HTTP/2 (RFC 9113) as one call of grpc.health.v1.Health/Check takes. Pure. Headers of
/// the answer are not read: a message that says SERVING comes only with success.
namespace watcher::probe {

/// All that a client says for one call: preface, settings and the request on stream 1.
/// service  at most 127 octets; empty: the server as a whole
std::string grpc_health_call(std::string_view authority, std::string_view service);

/// Reads what the server says, in pieces of any size.
class GrpcHealthAnswer {
 public:
  enum class Status : std::uint8_t {
    Reading,
    Serving,
    NotServing,
    NoAnswer,   // The call ended without a message: the service is not known, or not there.
    Malformed,  // This is no HTTP/2, or more than we take.
  };

  Status feed(std::string_view bytes);
  /// What has to be answered to that, since the last call: acknowledgements.
  std::string take_replies();

 private:
  struct Frame;
  Status read(const Frame& frame);
  Status read_data(const Frame& frame);
  Status read_message() const;

  std::string buffer_;   // An incomplete frame.
  std::string message_;  // Of the answer, as far as it came.
  std::string replies_;
  std::size_t taken_ = 0;  // Octets in all.
};

}  // namespace watcher::probe
