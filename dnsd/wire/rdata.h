#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/ip.h"
#include "dnsd/wire/name.h"
#include "dnsd/wire/types.h"

/// The data of each record type we serve, as it goes on the wire. Names inside are not compressed:
/// RFC 2782 forbids it for SRV, and elsewhere it saves too little.
namespace dnsd {

struct Srv {
  static constexpr std::size_t kTargetOffset = 6;  // Where the target's name starts.

  std::uint16_t priority = 0;
  std::uint16_t weight = 1;
  std::uint16_t port = 0;
  Name target;
};

struct Soa {
  Name name_server;  // MNAME
  Name mailbox;      // RNAME
  std::uint32_t serial = 0;
  std::uint32_t refresh_s = 60;
  std::uint32_t retry_s = 600;
  std::uint32_t expire_s = 86400;
  std::uint32_t minimum_s = 1;  // How long a negative answer may be kept, RFC 2308 section 4.
};

/// A or AAAA, whichever the address is.
RrType address_type(const common::IpAddress& address);
std::string address_rdata(const common::IpAddress& address);
std::string name_rdata(const Name& name);  // NS, PTR, CNAME
std::string srv_rdata(const Srv& srv);
std::string soa_rdata(const Soa& soa);
/// A string of a TXT record, RFC 1035 section 3.3; what is over 255 octets is cut.
void append_character_string(std::string& out, std::string_view text);

void append_u16(std::string& out, std::uint16_t value);
void append_u32(std::string& out, std::uint32_t value);

}  // namespace dnsd
