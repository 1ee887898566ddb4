#include "dnsd/zone/rrset.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "dnsd/wire/rdata.h"
#include "dnsd/wire/writer.h"

namespace dnsd {
namespace {

using Lists = std::array<std::span<const Member>, 2>;

/// The size all records share, or 0.
std::uint16_t common_record_size(const Lists& lists) {
  const auto& first = lists[0].empty() ? lists[1].front() : lists[0].front();
  const std::size_t size = first.rdata.size();
  const auto agrees = [size](const Member& member) { return member.rdata.size() == size; };
  for (const auto& list : lists) {
    if (!std::all_of(list.begin(), list.end(), agrees)) return 0;
  }
  return static_cast<std::uint16_t>(RrSet::kFixedSize + size);
}

/// In the machine's own order: these never leave the process.
void append_number(std::vector<std::uint8_t>& out, std::size_t number) {
  const auto value = static_cast<std::uint32_t>(number);
  std::array<std::uint8_t, sizeof value> octets;
  std::memcpy(octets.data(), &value, sizeof value);
  out.insert(out.end(), octets.begin(), octets.end());
}

void append_ends(const Lists& lists, std::vector<std::uint8_t>& out) {
  std::size_t end = 0;
  for (const auto& list : lists) {
    for (const Member& member : list) {
      end += RrSet::kFixedSize + member.rdata.size();
      append_number(out, end);
    }
  }
}

std::uint32_t lowest_ttl(std::span<const Member> published, std::uint32_t zone_ttl_s) {
  std::uint32_t lowest = kZoneTtl;
  for (const Member& member : published) {
    lowest = std::min(lowest, member.ttl_s == kZoneTtl ? zone_ttl_s : member.ttl_s);
  }
  return lowest == kZoneTtl ? zone_ttl_s : lowest;
}

template <class Differs>
bool any_of(const Lists& lists, Differs differs) {
  return std::any_of(lists[0].begin(), lists[0].end(), differs) ||
         std::any_of(lists[1].begin(), lists[1].end(), differs);
}

/// What most RRsets need not say: that more or less than one passing task stands behind a record,
/// or that it has a TTL or a rank of its own. Without the former the latter is not told either.
void append_exceptions(const Lists& lists, std::vector<std::uint8_t>& out) {
  const bool has_terms = any_of(lists, [](const Member& member) {
    return member.ttl_s != kZoneTtl || member.rank != Rank::Elsewhere;
  });
  const bool has_counts =
      any_of(lists, [](const Member& member) { return member.usable != 1 || member.passing != 1; });
  if (!has_counts && !has_terms) return;
  for (const auto& list : lists) {
    for (const Member& member : list) {
      append_number(out, member.usable);
      append_number(out, member.passing);
    }
  }
  if (!has_terms) return;
  for (const auto& list : lists) {
    for (const Member& member : list) {
      append_number(out, member.ttl_s);
      append_number(out, static_cast<std::size_t>(member.rank));
    }
  }
}

void append_record(RrType type,
                   std::uint32_t ttl_s,
                   std::string_view rdata,
                   std::vector<std::uint8_t>& out) {
  std::string fixed;
  append_u16(fixed, kQuestionPointer);
  append_u16(fixed, static_cast<std::uint16_t>(type));
  append_u16(fixed, static_cast<std::uint16_t>(RrClass::In));
  append_u32(fixed, ttl_s);
  append_u16(fixed, static_cast<std::uint16_t>(rdata.size()));
  out.insert(out.end(), fixed.begin(), fixed.end());
  out.insert(out.end(), rdata.begin(), rdata.end());
}

}  // namespace

bool comes_before(RrType type, const Member& member, const Member& other) {
  const std::string_view rdata = member.rdata;
  if (type == RrType::Srv) {
    const auto target = other.rdata.substr(Srv::kTargetOffset);
    const int order = rdata.substr(Srv::kTargetOffset).compare(target);
    if (order != 0) return order < 0;
  }
  const int order = rdata.compare(other.rdata);
  if (order != 0) return order < 0;
  return member.rank == other.rank ? member.ttl_s < other.ttl_s : member.rank < other.rank;
}

RrSet::Head RrSet::write(RrType type,
                         std::uint32_t ttl_s,
                         std::span<const Member> published,
                         std::span<const Member> withheld,
                         std::vector<std::uint8_t>& out) {
  const std::size_t start = out.size();
  const Lists lists{published, withheld};
  Head head;
  head.type = type;
  head.record_size = common_record_size(lists);
  head.published = static_cast<std::uint32_t>(published.size());
  head.members = static_cast<std::uint32_t>(published.size() + withheld.size());
  if (head.record_size == 0) append_ends(lists, out);
  const std::uint32_t common_ttl_s = lowest_ttl(published, ttl_s);
  for (const auto& list : lists) {
    for (const Member& member : list) append_record(type, common_ttl_s, member.rdata, out);
  }
  append_exceptions(lists, out);
  head.octets = static_cast<std::uint32_t>(out.size() - start);
  return head;
}

std::uint32_t RrSet::number_at(std::size_t offset) const {
  const auto octets = octets_.subspan(offset, sizeof(std::uint32_t));
  std::uint32_t value;
  std::memcpy(&value, octets.data(), octets.size());
  return value;
}

Member RrSet::member(std::size_t index) const {
  const auto rdata = records(index, index + 1).subspan(kFixedSize);
  Member member{{reinterpret_cast<const char*>(rdata.data()), rdata.size()}, 1, 1};
  const std::size_t counts = record_offset(head_.members);
  const std::size_t terms = counts + std::size_t{8} * head_.members;
  if (counts < octets_.size()) {
    member.usable = number_at(counts + 8 * index);
    member.passing = number_at(counts + 8 * index + 4);
  }
  if (terms < octets_.size()) {
    member.ttl_s = number_at(terms + 8 * index);
    member.rank = static_cast<Rank>(number_at(terms + 8 * index + 4));
  }
  return member;
}

std::vector<Member> RrSet::members() const {
  std::vector<Member> all;
  all.reserve(head_.members);
  for (std::size_t i = 0; i < head_.members; ++i) all.push_back(member(i));
  const auto first_withheld = all.begin() + head_.published;
  const auto before = [this](const Member& a, const Member& b) {
    return comes_before(type(), a, b);
  };
  std::inplace_merge(all.begin(), first_withheld, all.end(), before);
  return all;
}

}  // namespace dnsd
