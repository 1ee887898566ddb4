#include "vipd/relay/proxy_header.h"

#include <gtest/gtest.h>

#include <string>

namespace vipd {
namespace {

using common::SocketAddress;
using Status = ProxyHeader::Status;

ProxyHeader read(const std::string& text) {
  return read_proxy_header(std::as_bytes(std::span(text)));
}
SocketAddress at(const char* text) { return *SocketAddress::parse(text); }

std::string v2(unsigned char command, unsigned char family, const std::string& block) {
  std::string header("\r\n\r\n\0\r\nQUIT\n", 12);
  header += static_cast<char>(command);
  header += static_cast<char>(family);
  header += static_cast<char>(block.size() >> 8);
  header += static_cast<char>(block.size() & 255);
  return header + block;
}
const std::string kIpv4Block("\xc0\x00\x02\x01\xc0\x00\x02\x02\xdc\x04\x01\xbb", 12);

TEST(ProxyV1, GivesTheAddresses) {
  const std::string line = "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n";
  const ProxyHeader header = read(line + "GET /");
  EXPECT_EQ(header.status, Status::Complete);
  EXPECT_EQ(header.length, line.size());
  EXPECT_EQ(header.addresses, (ProxiedAddresses{at("192.0.2.1:56324"), at("192.0.2.2:443")}));
  const ProxyHeader v6 = read("PROXY TCP6 2001:db8::1 ::1 0 65535\r\n");
  EXPECT_EQ(v6.addresses, (ProxiedAddresses{at("[2001:db8::1]:0"), at("[::1]:65535")}));
}

TEST(ProxyV1, PassesOverWhatFollowsUnknown) {
  for (const char* line : {"PROXY UNKNOWN\r\n", "PROXY UNKNOWN and some text\r\n"}) {
    const ProxyHeader header = read(line);
    EXPECT_EQ(header.status, Status::Complete) << line;
    EXPECT_EQ(header.length, std::string(line).size());
    EXPECT_FALSE(header.addresses);
  }
}

TEST(ProxyV1, IsAtMost107BytesLong) {
  const std::string start = "PROXY UNKNOWN ";
  const std::string longest = start + std::string(105 - start.size(), 'x') + "\r\n";
  EXPECT_EQ(longest.size(), 107U);
  EXPECT_EQ(read(longest).status, Status::Complete);
  EXPECT_EQ(read(longest.substr(0, 106)).status, Status::Partial);
  EXPECT_EQ(read(start + std::string(200, 'x') + "\r\n").status, Status::Bad);
  EXPECT_EQ(read(start + std::string(93, 'x')).status, Status::Bad) << "no CRLF can come in time";
}

TEST(ProxyV1, RefusesWhatOtherProxiesTake) {
  for (const char* line : {"PROXY TCP4 192.0.2.1 192.0.2.2 70000 443\r\n",
                           "PROXY TCP4 192.0.2.256 192.0.2.2 1 443\r\n",
                           "PROXY TCP4 2001:db8::1 2001:db8::2 1 443\r\n",
                           "PROXY TCP6 192.0.2.1 192.0.2.2 1 443\r\n",
                           "PROXY TCP4 192.0.2.1 192.0.2.2 01 443\r\n",
                           "PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
                           "PROXY TCP4 192.0.2.1 192.0.2.2 1 443 \r\n",
                           "PROXY TCP4  192.0.2.1 192.0.2.2 1 443\r\n",
                           "PROXY UDP4 192.0.2.1 192.0.2.2 1 443\r\n",
                           "PROXY \r\n",
                           "proxy TCP4 192.0.2.1 192.0.2.2 1 443\r\n",
                           "GET / HTTP/1.1\r\n"}) {
    EXPECT_EQ(read(line).status, Status::Bad) << line;
  }
}

TEST(ProxyHeader, WaitsForTheRest) {
  for (const std::string& whole :
       {std::string("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n"), v2(0x21, 0x11, kIpv4Block)}) {
    for (std::size_t part = 0; part < whole.size(); ++part)
      EXPECT_EQ(read(whole.substr(0, part)).status, Status::Partial) << part;
  }
}

TEST(ProxyV2, GivesTheAddresses) {
  const std::string header = v2(0x21, 0x11, kIpv4Block);
  EXPECT_EQ(read(header + "rest").length, header.size());
  EXPECT_EQ(read(header).addresses, (ProxiedAddresses{at("192.0.2.1:56324"), at("192.0.2.2:443")}));
  const std::string ipv6 = std::string(15, '\0') + "\x01" + std::string(15, '\0') + "\x02" +
                           std::string("\x00\x01\x00\x02", 4);
  EXPECT_EQ(read(v2(0x21, 0x21, ipv6)).addresses, (ProxiedAddresses{at("[::1]:1"), at("[::2]:2")}));
}

TEST(ProxyV2, HasNoAddressesWhenTheSenderSpeaksForItself) {
  for (const std::string& header : {v2(0x20, 0x00, ""),
                                    v2(0x20, 0x11, kIpv4Block),
                                    v2(0x21, 0x00, "anything"),
                                    v2(0x21, 0x31, std::string(216, 'u'))}) {
    EXPECT_EQ(read(header).status, Status::Complete);
    EXPECT_EQ(read(header).length, header.size());
    EXPECT_FALSE(read(header).addresses);
  }
}

TEST(ProxyV2, PassesOverWellFormedTlvsOnly) {
  const std::string tlv("\x03\x00\x04\x01\x02\x03\x04", 7);
  EXPECT_EQ(read(v2(0x21, 0x11, kIpv4Block + tlv + tlv)).status, Status::Complete);
  EXPECT_EQ(read(v2(0x21, 0x11, kIpv4Block + tlv.substr(0, 6))).status, Status::Bad);
  EXPECT_EQ(read(v2(0x21, 0x11, kIpv4Block + "\x03")).status, Status::Bad);
  // Behind the length the stream proper begins, whatever it looks like.
  const std::string header = v2(0x21, 0x11, kIpv4Block);
  EXPECT_EQ(read(header + tlv).length, header.size());
}

TEST(ProxyV2, RefusesWhatIsNone) {
  EXPECT_EQ(read(v2(0x11, 0x11, kIpv4Block)).status, Status::Bad) << "version 1";
  EXPECT_EQ(read(v2(0x22, 0x11, kIpv4Block)).status, Status::Bad) << "no such command";
  EXPECT_EQ(read(v2(0x21, 0x41, kIpv4Block)).status, Status::Bad) << "no such family";
  EXPECT_EQ(read(v2(0x21, 0x11, kIpv4Block.substr(1))).status, Status::Bad) << "too short";
  EXPECT_EQ(read(v2(0x21, 0x21, kIpv4Block)).status, Status::Bad) << "too short for IPv6";
  EXPECT_EQ(read(v2(0x21, 0x11, std::string(65535, '\0')).substr(0, 16)).status, Status::Bad);
  EXPECT_EQ(read(std::string("\r\n\r\n\0\r\nQUIT\r", 12)).status, Status::Bad);
}

std::string text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(ProxyHeader, IsWrittenByteForByte) {
  ProxyHeaderBuffer buffer;
  const ProxiedAddresses v4{at("192.0.2.1:56324"), at("192.0.2.2:443")};
  EXPECT_EQ(text(write_proxy_v1(v4, buffer)), "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n");
  EXPECT_EQ(text(write_proxy_v2(v4, buffer)), v2(0x21, 0x11, kIpv4Block));
  const ProxiedAddresses v6{at("[2001:db8::1]:1"), at("[2001:db8::2]:2")};
  EXPECT_EQ(text(write_proxy_v1(v6, buffer)), "PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n");
}

TEST(ProxyHeader, WritesMixedFamiliesAsIpv6) {
  ProxyHeaderBuffer buffer;
  const ProxiedAddresses mixed{at("192.0.2.1:1"), at("[2001:db8::2]:2")};
  EXPECT_EQ(text(write_proxy_v1(mixed, buffer)), "PROXY TCP6 ::ffff:192.0.2.1 2001:db8::2 1 2\r\n");
  EXPECT_EQ(write_proxy_v2(mixed, buffer).size(), 52U);
  EXPECT_EQ(buffer[26], std::byte{0xff});
  EXPECT_EQ(buffer[28], std::byte{192});
}

}  // namespace
}  // namespace vipd
