#include "admin/records.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <map>

#include "dnsd/wire/rdata.h"

namespace admin {
namespace {

namespace json = boost::json;
using dnsd::RrType;

std::string address_text(std::string_view rdata) {
  std::array<std::uint8_t, 16> octets{};
  std::copy_n(rdata.begin(), std::min(rdata.size(), octets.size()), octets.begin());
  if (rdata.size() == octets.size()) return common::IpAddress::v6(octets).to_string();
  return common::IpAddress::v4(std::uint32_t{octets[0]} << 24U | std::uint32_t{octets[1]} << 16U |
                               std::uint32_t{octets[2]} << 8U | octets[3])
      .to_string();
}

std::string srv_text(std::string_view rdata) {
  const auto octet = [&](std::size_t i) { return static_cast<unsigned>(rdata[i]) & 0xffU; };
  const std::string target = dnsd::name_text(rdata.substr(dnsd::Srv::kTargetOffset));
  return target + ":" + std::to_string(octet(4) << 8U | octet(5));
}

std::vector<std::string> values_of(const dnsd::RrSet& rrset) {
  std::vector<std::string> values;
  for (std::size_t i = 0; i < rrset.size(); ++i) {
    const auto rdata = rrset.records(i, i + 1).subspan(dnsd::RrSet::kFixedSize);
    values.push_back(
        value_text(rrset.type(), {reinterpret_cast<const char*>(rdata.data()), rdata.size()}));
  }
  return values;
}

}  // namespace

std::string type_word(RrType type) {
  if (type == RrType::A) return "A";
  if (type == RrType::Aaaa) return "AAAA";
  return type == RrType::Srv ? "SRV" : "";
}

std::string value_text(RrType type, std::string_view rdata) {
  return type == RrType::Srv ? srv_text(rdata) : address_text(rdata);
}

std::vector<std::string> values_at(const dnsd::Zone& zone, const std::string& name, RrType type) {
  auto wire = dnsd::Name::from_text(name);
  if (!wire) return {};
  wire->make_lower();
  const dnsd::Node* node = zone.find(wire->wire());
  return node == nullptr ? std::vector<std::string>{} : values_of(node->find(type));
}

json::object records_below(const dnsd::Zone& zone, const dnsd::Name& domain, RrType type) {
  std::map<std::string, std::vector<std::string>> sorted;
  zone.nodes().for_each([&](std::string_view name, const dnsd::Node& node) {
    if (!dnsd::is_at_or_below(name, domain.wire())) return;
    auto values = values_of(node.find(type));
    if (!values.empty()) sorted.emplace(dnsd::name_text(name), std::move(values));
  });
  json::object records;
  for (const auto& [name, values] : sorted)
    records[name] = json::array(values.begin(), values.end());
  return records;
}

}  // namespace admin
