#include "dnsd/zone/static_records.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "common/parse.h"

namespace dnsd {
namespace {

using Words = std::vector<std::string>;

Name name_of(const std::string& text) {
  const auto name = Name::from_text(text);
  assert(name);
  return *name;
}

std::uint16_t number_of(const std::string& text) {
  return common::parse_integer<std::uint16_t>(text).value_or(0);
}

std::string address(const Words& data) {
  return address_rdata(common::IpAddress::parse(data[0]).value());
}

std::string name(const Words& data) { return name_rdata(name_of(data[0])); }

std::string mx(const Words& data) {
  std::string rdata;
  append_u16(rdata, number_of(data[0]));
  return rdata + name_rdata(name_of(data[1]));
}

std::string srv(const Words& data) {
  return srv_rdata({.priority = number_of(data[0]),
                    .weight = number_of(data[1]),
                    .port = number_of(data[2]),
                    .target = name_of(data[3])});
}

std::string txt(const Words& data) {
  std::string rdata;
  for (const std::string& text : data) append_character_string(rdata, text);
  return rdata;
}

struct Kind {
  std::string_view name;
  RrType type;
  std::string (*rdata)(const Words& data);
};
constexpr Kind kKinds[] = {{"A", RrType::A, address},
                           {"AAAA", RrType::Aaaa, address},
                           {"CNAME", RrType::Cname, name},
                           {"MX", RrType::Mx, mx},
                           {"PTR", RrType::Ptr, name},
                           {"SRV", RrType::Srv, srv},
                           {"TXT", RrType::Txt, txt}};

}  // namespace

std::vector<Record> static_records(const std::vector<config::StaticRecord>& records,
                                   TextArena& texts) {
  std::vector<Record> made;
  for (const config::StaticRecord& record : records) {
    const auto* const kind =
        std::find_if(std::begin(kKinds), std::end(kKinds), [&record](const Kind& known) {
          return known.name == record.type;
        });
    assert(kind != std::end(kKinds));
    made.push_back(
        {.owner = texts.keep(name_of(record.owner).wire()),
         .type = kind->type,
         .rdata = texts.keep(kind->rdata(record.data)),
         .passing = true,
         .ttl_s = record.ttl ? static_cast<std::uint32_t>(record.ttl->count()) : kZoneTtl});
  }
  return made;
}

}  // namespace dnsd
