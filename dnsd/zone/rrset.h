#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "dnsd/wire/types.h"
#include "dnsd/zone/rank.h"
#include "dnsd/zone/ttl.h"

namespace dnsd {

/// The data of one record, and how many stand behind it: two tasks of one agent share its address.
struct Member {
  std::string_view rdata;
  std::uint32_t usable = 0;   // Who offers it.
  std::uint32_t passing = 0;  // Of those, who may take new work.
  std::uint32_t ttl_s = kZoneTtl;
  Rank rank = Rank::Elsewhere;
};

/// The order of members: for SRV by target first, so that records of one target are neighbours.
/// Data that is told with several TTLs or ranks is as many members, the best rank first, then the
/// lowest TTL.
bool comes_before(RrType type, const Member& member, const Member& other);

/// The records of one type at one owner, laid out so that an answer is a copy: a view of a part of
/// a Node, which must outlive it.
///
/// Members that health keeps out of answers stand behind the published ones, with their counts: so
/// the next change can be computed from what is here alone.
class RrSet {
 public:
  static constexpr std::size_t kFixedSize = 12;  // Compressed owner, type, class, TTL, RDLENGTH.

  /// What tells the octets of an RRset apart.
  struct Head {
    RrType type{};
    std::uint16_t record_size = 0;  // Of every record; 0 when they differ.
    std::uint32_t published = 0;
    std::uint32_t members = 0;  // Published or not.
    std::uint32_t octets = 0;
  };

  RrSet() = default;  // No records.
  RrSet(const Head& head, std::span<const std::uint8_t> octets) : head_(head), octets_(octets) {}

  /// Makes the octets of an RRset and appends them to `out`. Both lists stand in the order of
  /// comes_before() and have together at least one member. All records get the lowest TTL of the
  /// published ones (RFC 2181 section 5.2), where kZoneTtl is `ttl_s`.
  static Head write(RrType type,
                    std::uint32_t ttl_s,
                    std::span<const Member> published,
                    std::span<const Member> withheld,
                    std::vector<std::uint8_t>& out);

  const Head& head() const { return head_; }
  RrType type() const { return head_.type; }
  std::span<const std::uint8_t> octets() const { return octets_; }

  /// How many records are published.
  std::size_t size() const { return head_.published; }
  bool empty() const { return head_.published == 0; }

  /// Published records [first, last), back to back, each with the question's name as its owner.
  std::span<const std::uint8_t> records(std::size_t first, std::size_t last) const {
    const std::size_t start = record_offset(first);
    return octets_.subspan(start, record_offset(last) - start);
  }
  /// Every member, published or not, in order.
  std::vector<Member> members() const;

 private:
  // The octets: where each record ends, if they differ in size; the records; two counts a member,
  // unless all are 1; a TTL and a rank a member, unless all have the zone's and Rank::Elsewhere.
  std::size_t ends_size() const {
    return head_.record_size != 0 ? 0 : std::size_t{4} * head_.members;
  }
  std::size_t record_offset(std::size_t index) const {
    if (head_.record_size != 0) return index * head_.record_size;
    return ends_size() + (index == 0 ? 0 : number_at(4 * (index - 1)));
  }
  std::uint32_t number_at(std::size_t offset) const;
  Member member(std::size_t index) const;

  Head head_;
  std::span<const std::uint8_t> octets_;
};

}  // namespace dnsd
