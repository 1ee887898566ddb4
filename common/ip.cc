#include "common/ip.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "common/hash.h"
#include "common/parse.h"

namespace common {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/// The bits behind a prefix of `length` bits.
std::uint32_t host_bits(int length) { return static_cast<std::uint32_t>(0xffffffffULL >> length); }

}  // namespace

IpAddress IpAddress::v4(std::uint32_t host_order) {
  IpAddress address;
  for (std::size_t i = 0; i < 4; ++i) {
    address.bytes_[i] = static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
  }
  return address;
}

IpAddress IpAddress::v6(const std::array<std::uint8_t, 16>& bytes) {
  IpAddress address;
  if (std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin())) {
    std::copy(bytes.begin() + 12, bytes.end(), address.bytes_.begin());
    return address;
  }
  address.v6_ = true;
  address.bytes_ = bytes;
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  const std::string terminated(text);
  in_addr four{};
  if (inet_pton(AF_INET, terminated.c_str(), &four) == 1) return v4(ntohl(four.s_addr));
  std::array<std::uint8_t, 16> six{};
  if (inet_pton(AF_INET6, terminated.c_str(), six.data()) == 1) return v6(six);
  return std::nullopt;
}

bool IpAddress::is_unspecified() const {
  return std::all_of(bytes_.begin(), bytes_.end(), [](std::uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_loopback() const {
  if (is_v4()) return bytes_[0] == 127;
  return bytes_[15] == 1 &&
         std::all_of(bytes_.begin(), bytes_.end() - 1, [](std::uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_multicast() const {
  return is_v4() ? (bytes_[0] & 0xf0) == 0xe0 : bytes_[0] == 0xff;
}

std::uint32_t IpAddress::to_v4() const {
  return static_cast<std::uint32_t>(bytes_[0]) << 24 | static_cast<std::uint32_t>(bytes_[1]) << 16 |
         static_cast<std::uint32_t>(bytes_[2]) << 8 | bytes_[3];
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(v6_ ? AF_INET6 : AF_INET, bytes_.data(), text.data(), text.size());
  return text.data();
}

Expected<SocketAddress> SocketAddress::parse(std::string_view text) {
  const auto wrong = [&] {
    return fail(
        ErrorCode::InvalidInput,
        "'" + std::string(text) + "' is not an address and port such as 127.0.0.1:53 or [::1]:53");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong();
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto ip = IpAddress::parse(host);
  const auto port = parse_integer<std::uint16_t>(text.substr(colon + 1));
  if (!ip || !port || bracketed != (host.find(':') != std::string_view::npos)) return wrong();
  return SocketAddress{*ip, *port};
}

SocketAddress SocketAddress::from(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, &storage, sizeof four);
    return {IpAddress::v4(ntohl(four.sin_addr.s_addr)), ntohs(four.sin_port)};
  }
  sockaddr_in6 six{};
  std::memcpy(&six, &storage, sizeof six);
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), &six.sin6_addr, bytes.size());
  return {IpAddress::v6(bytes), ntohs(six.sin6_port)};
}

std::string SocketAddress::to_string() const {
  const std::string host = ip.is_v6() ? "[" + ip.to_string() + "]" : ip.to_string();
  return host + ":" + std::to_string(port);
}

socklen_t SocketAddress::to_sockaddr(sockaddr_storage& storage) const {
  storage = {};
  if (ip.is_v4()) {
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    four.sin_addr.s_addr = htonl(ip.to_v4());
    std::memcpy(&storage, &four, sizeof four);
    return sizeof four;
  }
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(port);
  std::memcpy(&six.sin6_addr, ip.bytes().data(), 16);
  std::memcpy(&storage, &six, sizeof six);
  return sizeof six;
}

Expected<Ipv4Prefix> Ipv4Prefix::parse(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto address = IpAddress::parse(text.substr(0, slash));
  const int length = parse_integer<int>(text.substr(std::min(slash + 1, text.size()))).value_or(-1);
  if (!address || !address->is_v4() || length < 0 || length > 32) {
    return fail(ErrorCode::InvalidInput,
                "'" + std::string(text) + "' is not an IPv4 range such as 11.0.0.0/8");
  }
  if ((address->to_v4() & host_bits(length)) != 0) {
    return fail(ErrorCode::InvalidInput,
                "'" + std::string(text) + "' has bits set behind its prefix");
  }
  return Ipv4Prefix{address->to_v4(), length};
}

std::uint32_t Ipv4Prefix::last() const { return first | host_bits(length); }

bool Ipv4Prefix::contains(const IpAddress& address) const {
  return address.is_v4() && address.to_v4() >= first && address.to_v4() <= last();
}

std::string Ipv4Prefix::to_string() const {
  return IpAddress::v4(first).to_string() + "/" + std::to_string(length);
}

}  // namespace common

std::size_t std::hash<common::IpAddress>::operator()(
    const common::IpAddress& address) const noexcept {
  const auto bytes = address.bytes();
  return common::hash_bytes({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::size_t std::hash<common::SocketAddress>::operator()(
    const common::SocketAddress& address) const noexcept {
  return common::mix(std::hash<common::IpAddress>{}(address.ip) + address.port);
}
