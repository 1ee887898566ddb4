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
  NotAuth = 9,   // RFC 8945: the signature is not one we take.
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
  Rp = 17,
  Afsdb = 18,
  Rt = 21,
  Aaaa = 28,
  Srv = 33,
  Kx = 36,
  Dname = 39,
  Opt = 41,
  Svcb = 64,
  Https = 65,
  Tsig = 250,
  Ixfr = 251,
  Axfr = 252,
  Any = 255,
};

/// A question for a whole zone, RFC 5936 and RFC 1995.
constexpr bool is_transfer(RrType type) { return type == RrType::Axfr || type == RrType::Ixfr; }

enum class RrClass : std::uint16_t { In = 1, Ch = 3, None = 254, Any = 255 };

enum class Opcode : std::uint8_t { Query = 0, Status = 2, Notify = 4, Update = 5 };

/// Options of an OPT record that mean something to us.
enum class EdnsOption : std::uint16_t {
  Nsid = 3,
  Cookie = 10,
  Keepalive = 11,
  Padding = 12,
  ExtendedError = 15,
  ZoneVersion = 19,
};

/// INFO-CODE of an extended error, RFC 8914 section 4.
enum class ExtendedError : std::uint16_t {
  StaleAnswer = 3,
  CachedError = 13,
  NotReady = 14,
  Prohibited = 18,
  StaleNxDomain = 19,
  NotAuthoritative = 20,
  NotSupported = 21,
  NoReachableAuthority = 22,
};

}  // namespace dnsd
