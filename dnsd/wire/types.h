#pragma once

#include <cstdint>

/// The numbers of the DNS protocol (IANA "Domain Name System (DNS) Parameters").
namespace dnsd {

enum class Rcode : std::uint16_t {
  NoError = 0,
  FormErr = 1,
  ServFail = 2,
  NxDomain = 3,
  NotImp = 4,
  Refused = 5,
  BadVers = 16,  // RFC 6891: the upper bits travel in the OPT record.
};

enum class RrType : std::uint16_t {
  A = 1,
  Ns = 2,
  Cname = 5,
  Soa = 6,
  Ptr = 12,
  Mx = 15,
  Txt = 16,
  Aaaa = 28,
  Srv = 33,
  Opt = 41,
  Ixfr = 251,
  Axfr = 252,
  Any = 255,
};

enum class RrClass : std::uint16_t { In = 1, Ch = 3, None = 254, Any = 255 };

enum class Opcode : std::uint8_t { Query = 0, Status = 2, Notify = 4, Update = 5 };

}  // namespace dnsd
