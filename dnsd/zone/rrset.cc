#include "dnsd/zone/rrset.h"

#include <algorithm>
#include <cassert>

#include "dnsd/wire/rdata.h"
#include "dnsd/wire/writer.h"

namespace dnsd {
namespace {

/// The size all records share, or 0.
std::uint16_t common_record_size(std::span<const Member> published,
                                 std::span<const Member> withheld) {
  const std::size_t size = (published.empty() ? withheld : published).front().rdata.size();
  const auto differs = [size](const Member& member) { return member.rdata.size() != size; };
  if (std::any_of(published.begin(), published.end(), differs)) return 0;
  if (std::any_of(withheld.begin(), withheld.end(), differs)) return 0;
  return static_cast<std::uint16_t>(RrSet::kFixedSize + size);
}

}  // namespace

bool comes_before(RrType type, std::string_view rdata, std::string_view other) {
  if (type == RrType::Srv) {
    const int order = rdata.substr(Srv::kTargetOffset).compare(other.substr(Srv::kTargetOffset));
    if (order != 0) return order < 0;
  }
  return rdata < other;
}

RrSet::RrSet(RrType type,
             std::uint32_t ttl_s,
             std::span<const Member> published,
             std::span<const Member> withheld)
    : type_(type),
      record_size_(common_record_size(published, withheld)),
      published_(static_cast<std::uint32_t>(published.size())) {
  std::size_t octets = 0;
  for (const Member& member : published) octets += kFixedSize + member.rdata.size();
  for (const Member& member : withheld) octets += kFixedSize + member.rdata.size();
  const std::size_t count = published.size() + withheld.size();
  wire_.reserve(octets);
  counts_.reserve(count);
  if (record_size_ == 0) ends_.reserve(count);
  for (const Member& member : published) append(ttl_s, member);
  for (const Member& member : withheld) append(ttl_s, member);
}

void RrSet::append(std::uint32_t ttl_s, const Member& member) {
  std::string record;
  append_u16(record, kQuestionPointer);
  append_u16(record, static_cast<std::uint16_t>(type_));
  append_u16(record, static_cast<std::uint16_t>(RrClass::In));
  append_u32(record, ttl_s);
  append_u16(record, static_cast<std::uint16_t>(member.rdata.size()));
  record += member.rdata;
  wire_.insert(wire_.end(), record.begin(), record.end());
  if (record_size_ == 0) ends_.push_back(static_cast<std::uint32_t>(wire_.size()));
  counts_.push_back({member.usable, member.passing});
}

Member RrSet::member(std::size_t index) const {
  const auto rdata = records(index, index + 1).subspan(kFixedSize);
  return {{reinterpret_cast<const char*>(rdata.data()), rdata.size()},
          counts_[index].usable,
          counts_[index].passing};
}

std::vector<Member> RrSet::members() const {
  std::vector<Member> all;
  all.reserve(counts_.size());
  for (std::size_t i = 0; i < counts_.size(); ++i) all.push_back(member(i));
  std::inplace_merge(
      all.begin(), all.begin() + published_, all.end(), [this](const Member& a, const Member& b) {
        return comes_before(type_, a.rdata, b.rdata);
      });
  return all;
}

}  // namespace dnsd
