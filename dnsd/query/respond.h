#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "common/ip.h"
#include "common/prefix.h"
#include "dnsd/query/cookies.h"
#include "dnsd/query/query.h"
#include "dnsd/wire/types.h"
#include "dnsd/zone/zone.h"

namespace dnsd {

enum class Transport : std::uint8_t { Udp, Tcp, Tls };
constexpr bool is_stream(Transport transport) { return transport != Transport::Udp; }

/// What an answer that does not fit looks like; all have TC set.
enum class Truncation : std::uint8_t {
  Partial,  // As many whole records as fit.
  Empty,    // None: for clients that would take the part for the whole.
  Always,   // None, and also where everything would fit: tells the client to come over TCP.
};

/// Which of the records of an RRset a client gets, and in which order.
struct AnswerStyle {
  std::uint32_t rotation = 0;                 // Any number; members start there, and go around.
  std::uint32_t most_records = 0;             // More are left out, without TC; 0: all.
  const common::IpPrefix* network = nullptr;  // The client's, whose addresses are preferred.
};

/// Whether questions for names outside our zones are answered by way of upstreams.
enum class Recursion : std::uint8_t {
  Off,      // We are authoritative only.
  Denied,   // Not for this client.
  Offered,  // RA is set.
};

struct RespondOptions {
  Transport transport = Transport::Udp;
  std::uint16_t udp_payload = 1232;  // The most we send over UDP, RFC 9715.
  AnswerStyle style{};
  Truncation truncation = Truncation::Partial;
  std::string_view server_id{};    // For NSID and id.server, at most 64 octets; empty: not told.
  std::string_view version{};      // For version.bind, at most 255 octets; empty: not told.
  std::uint16_t keepalive_ds = 0;  // Idle limit over TCP in tenths of a second, RFC 7828.
  const CookieJar* cookies = nullptr;  // Null: cookies are not answered.
  common::IpAddress client{};          // Whom a cookie is for.
  std::uint32_t now_s = 0;             // As CookieJar wants it.
  std::size_t reserve = 0;             // Octets to leave free for a signature.
  Recursion recursion = Recursion::Off;
};

struct Response {
  std::size_t size = 0;  // Octets written; 0: stay silent.
  Rcode rcode = Rcode::NoError;
  bool truncated = false;
  bool special = false;  // Signed, or for a whole zone: a matter for TransferServer.
  bool proven = false;   // The client showed a cookie of ours: its address is not forged.
  bool foreign = false;  // To be forwarded, if the client may; if not, what was written stands.
  std::uint16_t target_at = 0;  // Of the name to be asked for in what was written; 0: QNAME.
};

/// Answers one query: looks up, writes. Pure; doesn't allocate when the name is found.
/// `out` must hold 65535 octets for TCP or TLS and udp_payload (at least 512) for UDP.
Response respond(const Query& query,
                 const Zone& zone,
                 const RespondOptions& options,
                 std::span<std::uint8_t> out);

struct ForwardAnswer;
/// Answers a query whose response was `foreign` with what upstreams say of the name that was to
/// be asked for. As respond(), otherwise. `zone` has the aliases that lead there.
Response respond_with(const ForwardAnswer& answer,
                      const Query& query,
                      const Zone& zone,
                      const RespondOptions& options,
                      std::span<std::uint8_t> out);

}  // namespace dnsd
