#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dnsd/wire/reader.h"

namespace dnsd {

/// A domain name in wire form: labels with their lengths, then the root's zero octet. A value of
/// 257 bytes that never allocates. Any octet may stand in a label (RFC 2181 section 11).
class Name {
 public:
  static constexpr std::size_t kMaxSize = 255;  // RFC 1035 section 2.3.4, with all length octets.
  static constexpr std::size_t kMaxLabel = 63;

  Name() { octets_[0] = 0; }  // The root.

  /// Reads a name and follows compression pointers, each of which must lead before the part that
  /// holds it: so a loop cannot be, and the work is bounded by the message's length.
  /// Nothing when malformed; the reader is then anywhere.
  static std::optional<Name> parse(Reader& reader);
  /// As parse(), into this one. False when malformed; it is then anything, too.
  bool read(Reader& reader);
  /// As read() and make_lower(), but for names that stand there whole: a pointer is malformed.
  bool read_key(Reader& reader);
  /// Master file form (RFC 1035 section 5.1): dots part labels, "\." and "\007" are octets of a
  /// label, a final dot is optional. Nothing when a label is empty or anything is too long.
  static std::optional<Name> from_text(std::string_view text);

  /// Adds a label, or every label between dots, before the root. False, and no change, when a
  /// label would be empty or over 63 octets, or the name over 255. No escapes: any octet is itself.
  bool append_label(std::string_view label);
  bool append_labels(std::string_view dotted);
  bool append(const Name& suffix) { return append_wire(suffix.wire()); }
  bool append_wire(std::string_view suffix);  // A whole name in wire form.

  /// ASCII letters to lower case: names compare without case, so this is the key of a name.
  void make_lower();

  std::string_view wire() const { return {octets_.data(), size_}; }
  std::size_t size() const { return size_; }
  std::string to_text() const;  // With escapes and a final dot.

  friend bool operator==(const Name& a, const Name& b) { return a.wire() == b.wire(); }

 private:
  bool append_parsed(std::string_view labels);  // With their lengths, without a root.

  std::array<char, kMaxSize + 1> octets_;  // Only the first size_ are set.
  std::uint8_t size_ = 1;
};

/// The wire form without its first label. Precondition: `wire` is a name and not the root.
std::string_view parent_of(std::string_view wire);
/// Is `wire` the name `apex` or below it? Both in wire form and lower case.
bool is_at_or_below(std::string_view wire, std::string_view apex);
/// The text of a name in wire form.
std::string name_text(std::string_view wire);

}  // namespace dnsd
