#include "vipd/relay/proxy_header.h"

#include <fmt/core.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <string>
#include <string_view>

#include "common/parse.h"

namespace vipd {
namespace {

using common::IpAddress;
using common::SocketAddress;
using Status = ProxyHeader::Status;

constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::string_view kV1Start = "PROXY ";
constexpr std::size_t kMaxV1 = 107;  // With CRLF.
constexpr std::size_t kV2Fixed = 16;
constexpr std::size_t kIpv4Block = 12;
constexpr std::size_t kIpv6Block = 36;

constexpr ProxyHeader kBad{.status = Status::Bad};
constexpr ProxyHeader kPartial{};

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The text up to the next blank, which is taken off.
std::string_view take_word(std::string_view& line) {
  const std::size_t end = line.find(' ');
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  return word;
}

/// "Decimal, no leading zero", 0 to 65535.
std::optional<std::uint16_t> read_port(std::string_view text) {
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return common::parse_integer<std::uint16_t>(text);
}

std::optional<IpAddress> read_address(std::string_view text, bool v6) {
  const bool looks_v6 = text.find(':') != std::string_view::npos;
  if (looks_v6 != v6) return std::nullopt;
  return IpAddress::parse(text);
}

/// "192.0.2.1 192.0.2.2 56324 443"
std::optional<ProxiedAddresses> read_v1_addresses(std::string_view line, bool v6) {
  const auto source = read_address(take_word(line), v6);
  const auto destination = read_address(take_word(line), v6);
  const auto source_port = read_port(take_word(line));
  const auto destination_port = read_port(line);
  if (!source || !destination || !source_port || !destination_port) return std::nullopt;
  return ProxiedAddresses{{*source, *source_port}, {*destination, *destination_port}};
}

ProxyHeader read_v1(std::string_view text) {
  const std::string_view start = text.substr(0, kMaxV1);
  const std::size_t end = start.find("\r\n");
  if (end == std::string_view::npos) return text.size() >= kMaxV1 ? kBad : kPartial;
  std::string_view line = start.substr(kV1Start.size(), end - kV1Start.size());
  ProxyHeader header{.status = Status::Complete, .length = end + 2};
  const std::string_view family = take_word(line);
  if (family == "UNKNOWN") return header;
  if (family != "TCP4" && family != "TCP6") return kBad;
  header.addresses = read_v1_addresses(line, family == "TCP6");
  return header.addresses ? header : kBad;
}

std::size_t read_u16(std::string_view text, std::size_t at) {
  return static_cast<std::size_t>(static_cast<unsigned char>(text[at])) << 8 |
         static_cast<unsigned char>(text[at + 1]);
}

IpAddress read_ip(std::string_view bytes) {
  if (bytes.size() == 4) {
    return IpAddress::v4(static_cast<std::uint32_t>(read_u16(bytes, 0) << 16 | read_u16(bytes, 2)));
  }
  std::array<std::uint8_t, 16> raw{};
  std::transform(
      bytes.begin(), bytes.end(), raw.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
  return IpAddress::v6(raw);
}

/// Two addresses of `size` bytes each, and their ports.
ProxiedAddresses read_v2_addresses(std::string_view block, std::size_t size) {
  return {{read_ip(block.substr(0, size)), static_cast<std::uint16_t>(read_u16(block, 2 * size))},
          {read_ip(block.substr(size, size)),
           static_cast<std::uint16_t>(read_u16(block, 2 * size + 2))}};
}

/// Type, length, value, to the very end.
bool are_tlvs(std::string_view rest) {
  while (!rest.empty()) {
    if (rest.size() < 3) return false;
    const std::size_t length = 3 + read_u16(rest, 1);
    if (length > rest.size()) return false;
    rest.remove_prefix(length);
  }
  return true;
}

ProxyHeader read_v2(std::string_view text) {
  if (text.size() < kV2Fixed) return kPartial;
  const auto version_and_command = static_cast<unsigned char>(text[12]);
  const auto family_and_protocol = static_cast<unsigned char>(text[13]);
  const std::size_t length = kV2Fixed + read_u16(text, 14);
  if ((version_and_command >> 4) != 2 || (version_and_command & 15) > 1) return kBad;
  if (length > kMaxProxyHeader) return kBad;
  if (text.size() < length) return kPartial;

  ProxyHeader header{.status = Status::Complete, .length = length};
  if ((version_and_command & 15) == 0) return header;  // LOCAL: whatever follows is passed over.
  const std::string_view block = text.substr(kV2Fixed, length - kV2Fixed);
  const unsigned family = family_and_protocol >> 4;
  if (family != 1 && family != 2) return family == 0 || family == 3 ? header : kBad;
  const std::size_t needed = family == 1 ? kIpv4Block : kIpv6Block;
  if (block.size() < needed || !are_tlvs(block.substr(needed))) return kBad;
  header.addresses = read_v2_addresses(block, family == 1 ? 4 : 16);
  return header;
}

/// An address as it stands among IPv6 ones.
std::array<std::uint8_t, 16> as_v6(const IpAddress& ip) {
  std::array<std::uint8_t, 16> bytes{};
  const auto own = ip.bytes();
  if (ip.is_v4()) bytes[10] = bytes[11] = 0xff;
  std::copy(own.begin(), own.end(), bytes.end() - static_cast<std::ptrdiff_t>(own.size()));
  return bytes;
}

std::string text_as_v6(const IpAddress& ip) {
  return (ip.is_v4() ? "::ffff:" : "") + ip.to_string();
}

bool are_both_v4(const ProxiedAddresses& addresses) {
  return addresses.source.ip.is_v4() && addresses.destination.ip.is_v4();
}

}  // namespace

ProxyHeader read_proxy_header(std::span<const std::byte> bytes) {
  const std::string_view text = as_text(bytes);
  if (kV1Start.starts_with(text.substr(0, kV1Start.size()))) {
    return text.size() < kV1Start.size() ? kPartial : read_v1(text);
  }
  if (kSignature.starts_with(text.substr(0, kSignature.size()))) return read_v2(text);
  return kBad;
}

std::span<const std::byte> write_proxy_v1(const ProxiedAddresses& addresses,
                                          ProxyHeaderBuffer& into) {
  const auto& [source, destination] = addresses;
  const bool v4 = are_both_v4(addresses);
  const auto text = [v4](const IpAddress& ip) { return v4 ? ip.to_string() : text_as_v6(ip); };
  const std::string line = fmt::format("PROXY {} {} {} {} {}\r\n",
                                       v4 ? "TCP4" : "TCP6",
                                       text(source.ip),
                                       text(destination.ip),
                                       source.port,
                                       destination.port);
  assert(line.size() <= into.size());
  std::memcpy(into.data(), line.data(), line.size());
  return std::span(into).first(line.size());
}

std::span<const std::byte> write_proxy_v2(const ProxiedAddresses& addresses,
                                          ProxyHeaderBuffer& into) {
  const bool v4 = are_both_v4(addresses);
  std::size_t at = 0;
  const auto put = [&](std::size_t value) { into[at++] = static_cast<std::byte>(value); };
  const auto put_u16 = [&](std::size_t value) {
    put(value >> 8);
    put(value & 255);
  };
  for (const char c : kSignature) put(static_cast<unsigned char>(c));
  put(0x21);              // Version 2, PROXY.
  put(v4 ? 0x11 : 0x21);  // TCP over IPv4 or IPv6.
  put_u16(v4 ? kIpv4Block : kIpv6Block);
  for (const IpAddress& ip : {addresses.source.ip, addresses.destination.ip}) {
    if (v4) {
      for (const std::uint8_t byte : ip.bytes()) put(byte);
    } else {
      for (const std::uint8_t byte : as_v6(ip)) put(byte);
    }
  }
  put_u16(addresses.source.port);
  put_u16(addresses.destination.port);
  return std::span(into).first(at);
}

}  // namespace vipd
