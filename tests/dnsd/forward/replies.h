#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dnsd/forward/question.h"
#include "dnsd/wire/header.h"
#include "dnsd/wire/rdata.h"

/// Replies of upstreams, made by hand, for tests.
namespace dnsd::testing {

inline Name wire_name(std::string_view text) { return Name::from_text(text).value(); }

inline ForwardQuestion question(std::string_view name, RrType type = RrType::A) {
  ForwardQuestion made{wire_name(name), type};
  made.name.make_lower();
  return made;
}

struct Record {
  std::string owner;
  RrType type{};
  std::uint32_t ttl_s = 0;
  std::string data;  // As on the wire.
  RrClass klass = RrClass::In;
};

inline Record a_record(std::string owner, std::uint32_t ttl_s, std::uint8_t last = 1) {
  return {std::move(owner), RrType::A, ttl_s, {10, 0, 0, static_cast<char>(last)}};
}
inline Record alias(std::string owner, std::uint32_t ttl_s, std::string_view target) {
  return {std::move(owner), RrType::Cname, ttl_s, std::string(wire_name(target).wire())};
}
inline Record soa_record(std::string owner, std::uint32_t ttl_s, std::uint32_t minimum_s) {
  Soa soa;
  soa.minimum_s = minimum_s;
  return {std::move(owner), RrType::Soa, ttl_s, soa_rdata(soa)};
}

struct ReplySpec {
  Rcode rcode = Rcode::NoError;
  std::vector<Record> answers{};
  std::vector<Record> authorities{};
};

/// The reply to a query that has an OPT record at its end: its header and question, then these.
inline std::vector<std::uint8_t> make_reply(std::span<const std::uint8_t> query,
                                            const ReplySpec& spec) {
  constexpr std::size_t kOptSize = 11;
  std::string reply(query.begin(), query.end() - kOptSize);
  reply[2] = static_cast<char>(0x81);
  reply[3] = static_cast<char>(0x80 | static_cast<unsigned>(spec.rcode));
  reply[7] = static_cast<char>(spec.answers.size());
  reply[9] = static_cast<char>(spec.authorities.size());
  reply[11] = 0;
  for (const auto* section : {&spec.answers, &spec.authorities}) {
    for (const Record& record : *section) {
      reply += wire_name(record.owner).wire();
      append_u16(reply, static_cast<std::uint16_t>(record.type));
      append_u16(reply, static_cast<std::uint16_t>(record.klass));
      append_u32(reply, record.ttl_s);
      append_u16(reply, static_cast<std::uint16_t>(record.data.size()));
      reply += record.data;
    }
  }
  return {reply.begin(), reply.end()};
}

}  // namespace dnsd::testing
