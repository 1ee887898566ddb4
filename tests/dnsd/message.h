#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dnsd/wire/header.h"
#include "dnsd/wire/name.h"
#include "dnsd/wire/opt.h"

/// Makes queries and takes replies apart, for tests. Reads as a strict client does: a reply that it
/// accepts is well formed to the last octet.
namespace dnsd::testing {

/// An option of an OPT record: its code and its octets.
struct RawOption {
  std::uint16_t code = 0;
  std::string data;

  std::string to_text() const;  // "nsid=ns1", "ede=14", "option100=\\# 2"
};

/// A query as one wants it, good or bad.
struct QuerySpec {
  std::string name = "web.marathon.mesos.";  // Empty: no question at all.
  RrType type = RrType::A;
  RrClass klass = RrClass::In;
  std::uint16_t id = 0x1234;
  std::uint16_t flags = 0x0100;                // RD, as stub resolvers set it.
  std::optional<std::uint16_t> udp_payload{};  // With EDNS when given.
  std::uint8_t edns_version = 0;
  std::vector<RawOption> options{};  // Of the OPT record.
};
std::vector<std::uint8_t> make_query(const QuerySpec& spec);

struct Rr {
  Name owner;
  RrType type{};
  RrClass klass{};
  std::uint32_t ttl = 0;
  std::string data;  // As in a master file: "10.0.0.1", "0 1 80 web.marathon.mesos."

  std::string to_text() const;  // "web.marathon.mesos. A 10.0.0.1"
};

struct Message {
  Header header;
  std::uint16_t flags = 0;  // The third and fourth octet as they came.
  std::string question;     // Octets; empty when there was none.
  std::vector<Rr> answers;
  std::vector<Rr> authorities;
  std::vector<Rr> additionals;  // Without the OPT record.
  std::optional<Edns> edns;
  std::vector<RawOption> options;  // Of the OPT record.
  std::uint32_t rcode = 0;         // With the upper bits of the OPT record.

  std::string to_text() const;  // Like dig's, for people who read a failure.
};

/// Nothing unless every octet is accounted for.
std::optional<Message> parse_message(std::span<const std::uint8_t> octets);

std::string type_text(RrType type);
std::optional<RrType> parse_type(std::string_view text);  // "A", "SRV", "TYPE666"
std::string rcode_text(std::uint32_t rcode);

}  // namespace dnsd::testing
