#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/shared.h"

/// How an endpoint is checked: what the configuration, labels and orchestrators say alike. Apart
/// from settings.h, as the model of a task holds it too.
namespace config {

enum class CheckKind : std::uint8_t {
  Unsaid,   // Nobody says: a TCP port is checked as Tcp, a UDP port not at all.
  None,     // Not checked: the orchestrator's word counts.
  Tcp,      // It accepts a connection.
  Tls,      // And agrees on TLS; certificates are not judged, here and below.
  Http,     // It answers a GET as expected.
  Https,    //
  Grpc,     // grpc.health.v1 says SERVING, over HTTP/2 without TLS.
  Udp,      // It answers a datagram.
  Dns,      // It answers a question.
  Command,  // A program of this host says so.
  Named,    // As probe.named says; only in labels and in probe.checks.
};

/// Whether a check begins with a PROXY header that says it speaks for nobody.
enum class CheckGreeting : std::uint8_t {
  AsVip,  // Where the VIP sends its backends headers, unless another port is asked.
  None,
  V1,
  V2,
};

struct StatusRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;

  friend auto operator<=>(const StatusRange&, const StatusRange&) = default;
};

struct Check {
  CheckKind kind = CheckKind::Unsaid;
  /// Http, Https: the path; Grpc: the service, may be empty; Udp: the octets to send; Dns: the name
  /// to ask for; Named: the name.
  std::string subject;
  std::vector<std::string> command;   // Its words; {host} and {port} stand for the endpoint's.
  std::string host;                   // Tls: server name; Http, Https: that and Host. Empty: none.
  std::vector<StatusRange> statuses;  // Http, Https; empty: 200 to 399.
  std::string expect;                 // Http, Https: in the body; Udp: in the answer.
  std::uint16_t port = 0;             // Asked in place of the endpoint's own; 0: that one.
  CheckGreeting send_proxy = CheckGreeting::AsVip;  // Over TCP only.
  std::optional<std::chrono::milliseconds>
      interval;  // None: as configured for all, here and below.
  std::optional<std::chrono::milliseconds> timeout;
  std::optional<int> rise;
  std::optional<int> fall;

  bool empty() const { return kind == CheckKind::Unsaid; }
  friend auto operator<=>(const Check&, const Check&) = default;
};
using SharedCheck = common::Shared<Check>;

}  // namespace config
