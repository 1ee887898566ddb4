#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "dnsd/wire/header.h"

namespace dnsd {

enum class Section : std::uint8_t { Question, Answer, Authority, Additional };

/// A pointer to the question's name, which always starts behind the header.
constexpr std::uint16_t kQuestionPointer = 0xc000 | Header::kSize;

/// Writes one message into a buffer of the caller, never past its limit. What does not fit is
/// refused whole and leaves no trace. Sections are written in order and counted here.
class MessageWriter {
 public:
  /// `limit` is at least a header's size, and at most out.size().
  MessageWriter(std::span<std::uint8_t> out, std::size_t limit) : out_(out), limit_(limit) {
    assert(limit_ >= Header::kSize && limit_ <= out_.size());
  }

  std::size_t size() const { return size_; }
  std::size_t room() const { return limit_ - size_; }
  std::span<const std::uint8_t> written() const { return out_.first(size_); }

  /// Keeps octets free for a record that must go in last; give them back before writing it.
  void reserve(std::size_t octets) { limit_ -= octets; }
  void release(std::size_t octets) { limit_ += octets; }

  /// Appends ready octets holding `count` whole entries of a section.
  bool add(Section section, std::span<const std::uint8_t> octets, std::size_t count = 1) {
    assert(section >= section_);
    if (octets.size() > limit_ - size_) return false;
    std::memcpy(out_.data() + size_, octets.data(), octets.size());
    size_ += octets.size();
    section_ = section;
    counts_[static_cast<std::size_t>(section)] += static_cast<std::uint16_t>(count);
    return true;
  }

  /// As add() for records that start with a compressed owner, which becomes `owner_pointer`.
  bool add_record(Section section,
                  std::span<const std::uint8_t> record,
                  std::uint16_t owner_pointer) {
    const std::size_t start = size_;
    if (!add(section, record)) return false;
    put_u16(start, owner_pointer);
    return true;
  }

  /// Writes over four octets of what was added, e.g. a TTL.
  void overwrite(std::size_t position, std::uint32_t value) {
    assert(position + 4 <= size_);
    put_u16(position, static_cast<std::uint16_t>(value >> 16U));
    put_u16(position + 2, static_cast<std::uint16_t>(value & 0xffffU));
  }

  /// A state to return to when the rest of a group does not fit.
  struct Mark {
    std::size_t size;
    Section section;
    std::uint16_t count;
  };
  Mark mark(Section section) const {
    return {size_, section, counts_[static_cast<std::size_t>(section)]};
  }
  void roll_back(const Mark& mark) {
    size_ = mark.size;
    counts_[static_cast<std::size_t>(mark.section)] = mark.count;
  }

  /// Puts the header in front, with the counts of what was added, and returns the message's size.
  std::size_t finish(const Header& header) {
    put_u16(0, header.id);
    put_u16(2, header.flags());
    for (std::size_t i = 0; i < 4; ++i) put_u16(4 + 2 * i, counts_[i]);
    return size_;
  }

 private:
  void put_u16(std::size_t position, std::uint16_t value) {
    out_[position] = static_cast<std::uint8_t>(value >> 8U);
    out_[position + 1] = static_cast<std::uint8_t>(value & 0xffU);
  }

  std::span<std::uint8_t> out_;
  std::size_t limit_;
  std::size_t size_ = Header::kSize;
  Section section_ = Section::Question;
  std::uint16_t counts_[4] = {};
};

}  // namespace dnsd
