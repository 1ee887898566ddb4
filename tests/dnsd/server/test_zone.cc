#include "tests/dnsd/server/test_zone.h"

#include <string>
#include <utility>

#include "common/ip.h"
#include "dnsd/wire/name.h"
#include "dnsd/wire/rdata.h"

namespace dnsd::testing {
namespace {

std::string wire_name(std::string_view text) { return std::string(Name::from_text(text)->wire()); }

Node make_soa(std::string_view apex, std::uint64_t generation) {
  Soa soa;
  soa.serial = static_cast<std::uint32_t>(generation);
  const std::string rdata = soa_rdata(soa);
  const std::vector<Member> members{{rdata, 1, 1}};
  NodeDraft draft(apex);
  draft.add(RrType::Soa, 1, members);
  return draft.finish();
}

Node make_node(std::string_view name, std::uint32_t count) {
  std::vector<std::string> rdata;
  for (std::uint32_t i = 0; i < count; ++i) {
    rdata.push_back(address_rdata(common::IpAddress::v4(0x0a000000U + i)));
  }
  std::vector<Member> members;
  members.reserve(rdata.size());
  for (const std::string& address : rdata) members.push_back({address, 1, 1});
  NodeDraft draft(name);
  draft.add(RrType::A, 5, members);
  return draft.finish();
}

std::uint16_t u16_at(std::span<const std::uint8_t> octets, std::size_t offset) {
  return static_cast<std::uint16_t>(octets[offset] << 8 | octets[offset + 1]);
}

}  // namespace

std::shared_ptr<const Zone> make_zone(std::uint32_t members, std::uint64_t generation) {
  const Node node = make_node(wire_name("web.marathon.mesos"), members);
  Zone::Nodes nodes;
  nodes.set(node.name(), node);
  const std::string apex = wire_name("mesos");
  const bool synced = true;
  return std::make_shared<Zone>(std::vector<Zone::Apex>{{apex, make_soa(apex, generation)}},
                                std::vector<Zone::Alias>{},
                                nodes,
                                generation,
                                synced);
}

std::vector<std::uint8_t> make_query(std::uint16_t id, std::string_view name) {
  std::string query;
  append_u16(query, id);
  for (const int field : {0, 1, 0, 0, 0}) append_u16(query, static_cast<std::uint16_t>(field));
  query += wire_name(name);
  append_u16(query, static_cast<std::uint16_t>(RrType::A));
  append_u16(query, static_cast<std::uint16_t>(RrClass::In));
  return {query.begin(), query.end()};
}

std::vector<std::uint8_t> framed(std::span<const std::uint8_t> message) {
  std::vector<std::uint8_t> octets{static_cast<std::uint8_t>(message.size() >> 8),
                                   static_cast<std::uint8_t>(message.size())};
  octets.insert(octets.end(), message.begin(), message.end());
  return octets;
}

std::uint16_t id_of(std::span<const std::uint8_t> answer) { return u16_at(answer, 0); }
std::uint16_t answer_count_of(std::span<const std::uint8_t> answer) { return u16_at(answer, 6); }
bool truncated(std::span<const std::uint8_t> answer) { return (answer[2] & 0x02U) != 0; }

}  // namespace dnsd::testing
