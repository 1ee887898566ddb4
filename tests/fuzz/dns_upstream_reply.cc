// Any octets that an upstream sends lead to a verdict; what is believed makes a well-formed answer
// for clients, about the name that was asked for.
#include <algorithm>
#include <vector>

#include "dnsd/forward/resolved_draft.h"
#include "dnsd/forward/upstream_message.h"
#include "dnsd/wire/header.h"
#include "dnsd/wire/opt.h"
#include "dnsd/zone/zone_builder.h"
#include "tests/fuzz/fuzz.h"

namespace {

dnsd::ForwardQuestion make_question(std::uint8_t choice) {
  constexpr dnsd::RrType kTypes[] = {
      dnsd::RrType::A, dnsd::RrType::Mx, dnsd::RrType::Srv, dnsd::RrType::Any};
  return {dnsd::Name::from_text("www.corp.example").value(), kTypes[choice % 4]};
}

/// Every record of a message; false when one is malformed or octets are left.
bool is_well_formed(std::span<const std::uint8_t> message) {
  dnsd::Reader reader(message);
  const auto header = dnsd::Header::parse(reader);
  if (!header || !dnsd::Name::parse(reader) || !reader.u32()) return false;
  const int records = header->answers + header->authorities + header->additionals;
  for (int i = 0; i < records; ++i) {
    const auto record = dnsd::UpstreamRecord::parse(reader, message);
    if (!record || !record->data()) return false;
  }
  return reader.at_end();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const auto query = dnsd::make_upstream_query(make_question(data[0]), 0x1234, nullptr, 0);
  std::vector<std::uint8_t> reply(data + 1, data + size);
  // Only what answers our question gets far: half of the inputs are made to.
  if ((data[0] & 4) != 0) {
    const std::size_t question = query.size() - dnsd::kOptSize;
    if (reply.size() < question) return 0;
    std::copy(query.begin(), query.begin() + 2, reply.begin());
    std::copy(query.begin() + dnsd::Header::kSize,
              query.begin() + static_cast<std::ptrdiff_t>(question),
              reply.begin() + dnsd::Header::kSize);
  }
  const auto judged = dnsd::judge_reply(reply, query, dnsd::CaseRule::Any, {});
  if (judged.verdict != dnsd::ReplyVerdict::Answer) return 0;
  fuzz::expect(judged.resolved->ttl_s <= dnsd::TtlLimits{}.most_s, "TTLs are bounded");
  static const auto zone = dnsd::ZoneBuilder({}).current();
  static std::vector<std::uint8_t> out(65535);
  for (const auto transport : {dnsd::Transport::Udp, dnsd::Transport::Tcp}) {
    dnsd::RespondOptions options;
    options.transport = transport;
    const auto room = std::span(out).first(transport == dnsd::Transport::Tcp ? out.size() : 1232);
    const auto response =
        dnsd::respond_with({*judged.resolved, 1}, dnsd::Query(query), *zone, options, room);
    fuzz::expect(is_well_formed(room.first(response.size)), "clients get well-formed answers");
    fuzz::expect(transport == dnsd::Transport::Udp || !response.truncated, "TCP takes it all");
  }
  return 0;
}
