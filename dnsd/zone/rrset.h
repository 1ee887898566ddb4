#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "dnsd/wire/types.h"

namespace dnsd {

/// The data of one record, and how many stand behind it: two tasks of one agent share its address.
struct Member {
  std::string_view rdata;
  std::uint32_t usable = 0;   // Who offers it.
  std::uint32_t passing = 0;  // Of those, who may take new work.
};

/// The order of members: for SRV by target first, so that records of one target are neighbours.
bool comes_before(RrType type, std::string_view rdata, std::string_view other);

/// The records of one type at one owner, laid out so that an answer is a copy. Immutable.
///
/// Members that health keeps out of answers are kept behind the published ones, with their counts:
/// so the next change can be computed from this object alone.
class RrSet {
 public:
  static constexpr std::size_t kFixedSize = 12;  // Compressed owner, type, class, TTL, RDLENGTH.

  /// Both lists in the order of comes_before(); together at least one member.
  RrSet(RrType type,
        std::uint32_t ttl_s,
        std::span<const Member> published,
        std::span<const Member> withheld = {});

  RrType type() const { return type_; }
  std::size_t size() const { return published_; }

  /// Published records [first, last), back to back, each with the question's name as its owner.
  std::span<const std::uint8_t> records(std::size_t first, std::size_t last) const {
    return std::span(wire_).subspan(start_of(first), start_of(last) - start_of(first));
  }
  /// Every member, published or not, in order. Views live as long as this object.
  std::vector<Member> members() const;

 private:
  struct Counts {
    std::uint32_t usable;
    std::uint32_t passing;
  };

  void append(std::uint32_t ttl_s, const Member& member);
  std::size_t start_of(std::size_t index) const {
    if (record_size_ != 0) return index * record_size_;
    return index == 0 ? 0 : ends_[index - 1];
  }
  Member member(std::size_t index) const;

  RrType type_;
  std::uint16_t record_size_;  // Of every record; 0 when they differ, and ends_ tells.
  std::uint32_t published_;
  std::vector<std::uint8_t> wire_;
  std::vector<std::uint32_t> ends_;
  std::vector<Counts> counts_;
};

}  // namespace dnsd
