#include "dnsd/wire/opt.h"

namespace dnsd {
namespace {

/// Each option is a code, a length and as many octets; they must fill the data exactly.
bool are_options_whole(std::span<const std::uint8_t> data) {
  Reader options(data);
  while (!options.at_end()) {
    if (!options.u16()) return false;
    const auto length = options.u16();
    if (!length || !options.take(*length)) return false;
  }
  return true;
}

}  // namespace

std::optional<Edns> parse_opt(Reader& reader) {
  const auto udp_payload = reader.u16();
  const auto rcode_version_flags = reader.u32();
  const auto length = reader.u16();
  if (!udp_payload || !rcode_version_flags || !length) return std::nullopt;
  const auto data = reader.take(*length);
  if (!data || !are_options_whole(*data)) return std::nullopt;
  return Edns{*udp_payload, static_cast<std::uint8_t>(*rcode_version_flags >> 16U & 0xffU)};
}

std::array<std::uint8_t, kOptSize> make_opt(std::uint16_t udp_payload, Rcode rcode) {
  const auto type = static_cast<unsigned>(RrType::Opt);
  const auto upper_rcode = static_cast<unsigned>(rcode) >> 4U;
  return {0,  // Owner: the root.
          static_cast<std::uint8_t>(type >> 8U),
          static_cast<std::uint8_t>(type & 0xffU),
          static_cast<std::uint8_t>(udp_payload >> 8U),
          static_cast<std::uint8_t>(udp_payload & 0xffU),
          static_cast<std::uint8_t>(upper_rcode),
          0,  // Version.
          0,
          0,  // Flags.
          0,
          0};  // No options.
}

}  // namespace dnsd
