#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dnsd/wire/reader.h"
#include "dnsd/wire/types.h"

namespace dnsd {

/// What an OPT record says (RFC 6891 section 6.1). Of an option that comes twice the first counts;
/// options we don't know are skipped.
struct Edns {
  std::uint16_t udp_payload = 512;  // CLASS: the largest datagram the sender takes.
  std::uint8_t version = 0;
  bool nsid = false;                     // RFC 5001
  bool zone_version = false;             // RFC 9660
  bool keepalive = false;                // RFC 7828
  bool padding = false;                  // RFC 7830
  std::span<const std::uint8_t> cookie;  // RFC 7873; as sent, empty without one.
};

/// Reads an OPT record from behind its TYPE field: CLASS, TTL and the options. False when
/// malformed; `edns`, which is new, is then anything. It points into the message.
bool read_opt(Reader& reader, Edns& edns);

/// The fixed part of an OPT record, with room for `options` octets of options behind it. Flags are
/// clear, since we do not know DNSSEC.
constexpr std::size_t kOptSize = 11;
constexpr std::array<std::uint8_t, kOptSize> make_opt(std::uint16_t udp_payload,
                                                      Rcode rcode,
                                                      std::uint16_t options = 0) {
  const auto upper = [](auto value) { return static_cast<std::uint8_t>(value >> 8U); };
  const auto lower = [](auto value) { return static_cast<std::uint8_t>(value); };
  constexpr auto kType = static_cast<std::uint16_t>(RrType::Opt);
  return {0,  // Owner: the root.
          upper(kType),
          lower(kType),
          upper(udp_payload),
          lower(udp_payload),
          static_cast<std::uint8_t>(static_cast<unsigned>(rcode) >> 4U),
          0,  // Version.
          0,
          0,  // Flags.
          upper(options),
          lower(options)};
}

/// Options of a reply on their way into its OPT record. What does not fit is left out.
class OptionList {
 public:
  /// All we ever send at once: a cookie, an error, a version, a timeout, and an NSID of 64 octets.
  static constexpr std::size_t kMaxSize = 160;

  void add(EdnsOption option, std::span<const std::uint8_t> data);
  void add_u16(EdnsOption option, std::uint16_t data);
  std::span<const std::uint8_t> octets() const { return std::span(octets_).first(size_); }

 private:
  std::array<std::uint8_t, kMaxSize> octets_;  // Only the first size_ are set.
  std::size_t size_ = 0;
};

}  // namespace dnsd
