#include "dnsd/wire/rdata.h"

namespace dnsd {

RrType address_type(const common::IpAddress& address) {
  return address.is_v4() ? RrType::A : RrType::Aaaa;
}

std::string address_rdata(const common::IpAddress& address) {
  const auto octets = address.bytes();
  return {octets.begin(), octets.end()};
}

std::string name_rdata(const Name& name) { return std::string(name.wire()); }

std::string srv_rdata(const Srv& srv) {
  std::string out;
  append_u16(out, srv.priority);
  append_u16(out, srv.weight);
  append_u16(out, srv.port);
  out += srv.target.wire();
  return out;
}

std::string soa_rdata(const Soa& soa) {
  std::string out(soa.name_server.wire());
  out += soa.mailbox.wire();
  append_u32(out, soa.serial);
  append_u32(out, soa.refresh_s);
  append_u32(out, soa.retry_s);
  append_u32(out, soa.expire_s);
  append_u32(out, soa.minimum_s);
  return out;
}

void append_character_string(std::string& out, std::string_view text) {
  const std::string_view kept = text.substr(0, 255);
  out += static_cast<char>(kept.size());
  out += kept;
}

void append_u16(std::string& out, std::uint16_t value) {
  out += static_cast<char>(value >> 8U);
  out += static_cast<char>(value & 0xffU);
}

void append_u32(std::string& out, std::uint32_t value) {
  append_u16(out, static_cast<std::uint16_t>(value >> 16U));
  append_u16(out, static_cast<std::uint16_t>(value & 0xffffU));
}

}  // namespace dnsd
