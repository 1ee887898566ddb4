#include "dnsd/wire/name.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace dnsd {
namespace {

constexpr std::uint8_t kPointer = 0xc0;  // RFC 1035 section 4.1.4
constexpr int kMaxPointers = 127;        // As many as a name can have labels.

std::size_t label_size(std::string_view wire) { return static_cast<std::uint8_t>(wire.front()); }

/// Octets of the labels at the front, up to what is none. More than there are if the last is cut.
std::size_t labels_size(std::span<const std::uint8_t> octets) {
  std::size_t size = 0;
  while (size < octets.size() && octets[size] != 0 && octets[size] <= Name::kMaxLabel) {
    size += 1U + octets[size];
  }
  return size;
}

std::string_view as_text(std::span<const std::uint8_t> octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The octet an escape stands for, "\." or "\007"; takes its characters from `rest`.
std::optional<char> unescape(std::string_view& rest) {
  if (rest.empty()) return std::nullopt;
  if (!is_digit(rest.front())) {
    const char octet = rest.front();
    rest.remove_prefix(1);
    return octet;
  }
  if (rest.size() < 3 || !is_digit(rest[1]) || !is_digit(rest[2])) return std::nullopt;
  const int value = (rest[0] - '0') * 100 + (rest[1] - '0') * 10 + (rest[2] - '0');
  rest.remove_prefix(3);
  if (value > 255) return std::nullopt;
  return static_cast<char>(value);
}

char lower(char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); }

/// Eight octets at a time, in ten instructions: each query pays for this.
std::uint64_t lower(std::uint64_t octets) {
  constexpr std::uint64_t kEach = 0x0101010101010101;
  constexpr std::uint64_t kTop = 0x80 * kEach;
  const std::uint64_t low = octets & ~kTop;  // So that no sum carries into the next octet.
  const std::uint64_t from_a = low + (0x80 - 'A') * kEach;
  const std::uint64_t beyond_z = low + (0x7f - 'Z') * kEach;
  const std::uint64_t is_upper = from_a & ~beyond_z & ~octets & kTop;
  return octets | is_upper >> 2U;  // 0x20 is what parts the cases.
}

/// Copies a name of so many octets from the front of a text, in lower case. Length octets are at
/// most 63, below 'A', so the whole of it can be treated as text; so can what stands behind it, for
/// which `to` has room.
void copy_lower(std::string_view text, std::size_t size, char* to) {
  std::uint64_t octets;
  std::size_t at = 0;
  for (; at < size && at + sizeof octets <= text.size(); at += sizeof octets) {
    std::memcpy(&octets, text.data() + at, sizeof octets);
    octets = lower(octets);
    std::memcpy(to + at, &octets, sizeof octets);
  }
  for (; at < size; ++at) to[at] = lower(text[at]);
}

void append_escaped(char octet, std::string& out) {
  const auto value = static_cast<std::uint8_t>(octet);
  if (octet == '.' || octet == '\\') {
    out += '\\';
    out += octet;
  } else if (value > 0x20 && value < 0x7f) {
    out += octet;
  } else {
    out += '\\';
    out += static_cast<char>('0' + value / 100);
    out += static_cast<char>('0' + value / 10 % 10);
    out += static_cast<char>('0' + value % 10);
  }
}

}  // namespace

std::optional<Name> Name::parse(Reader& reader) {
  std::optional<Name> name(std::in_place);
  if (!name->read(reader)) name.reset();
  return name;
}

bool Name::read(Reader& reader) {
  octets_[0] = 0;
  size_ = 1;
  if (!reader.at_end() && reader.rest().front() == 0) return reader.u8().has_value();  // As of OPT.
  std::optional<Reader> after_pointer;  // Where the message goes on, once we have jumped away.
  for (int pointers = 0; pointers <= kMaxPointers; ++pointers) {
    const std::size_t part_start = reader.position();
    const auto labels = reader.take(labels_size(reader.rest()));
    if (!labels || !append_parsed(as_text(*labels))) return false;
    const auto length = reader.u8();
    if (!length) return false;
    if (*length == 0) {
      if (after_pointer) reader = *after_pointer;
      return true;
    }
    const auto low = reader.u8();
    if (*length < kPointer || !low) return false;  // 01 and 10 are no label types.
    const std::size_t target = (*length - kPointer) * 256U + *low;
    if (target >= part_start) return false;
    if (!after_pointer) after_pointer = reader;
    reader = reader.at(target);
  }
  return false;
}

bool Name::read_key(Reader& reader) {
  const auto rest = reader.rest();
  const auto labels = reader.take(labels_size(rest));
  if (!labels || reader.u8() != 0 || labels->size() >= kMaxSize) return false;
  size_ = static_cast<std::uint8_t>(labels->size() + 1);
  copy_lower(as_text(rest), size_, octets_.data());
  return true;
}

std::optional<Name> Name::from_text(std::string_view text) {
  Name name;
  if (text == ".") return name;
  std::string label;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '.') {
      if (!name.append_label(label)) return std::nullopt;
      label.clear();
      if (text.empty()) return name;  // The final dot.
    } else if (c == '\\') {
      const auto octet = unescape(text);
      if (!octet) return std::nullopt;
      label += *octet;
    } else {
      label += c;
    }
  }
  if (!name.append_label(label)) return std::nullopt;
  return name;
}

bool Name::append_label(std::string_view label) {
  if (label.empty() || label.size() > kMaxLabel || size_ + 1 + label.size() > kMaxSize) {
    return false;
  }
  octets_[size_ - 1] = static_cast<char>(label.size());
  std::copy(label.begin(), label.end(), octets_.begin() + size_);
  size_ = static_cast<std::uint8_t>(size_ + 1 + label.size());
  octets_[size_ - 1] = 0;
  return true;
}

bool Name::append_labels(std::string_view dotted) {
  Name longer = *this;
  for (;;) {
    const std::size_t dot = dotted.find('.');
    if (!longer.append_label(dotted.substr(0, dot))) return false;
    if (dot == std::string_view::npos) break;
    dotted.remove_prefix(dot + 1);
  }
  *this = longer;
  return true;
}

bool Name::append_parsed(std::string_view labels) {
  if (size_ + labels.size() > kMaxSize) return false;
  std::copy(labels.begin(), labels.end(), octets_.begin() + size_ - 1);
  size_ = static_cast<std::uint8_t>(size_ + labels.size());
  octets_[size_ - 1] = 0;
  return true;
}

bool Name::append_wire(std::string_view suffix) {
  if (size_ - 1U + suffix.size() > kMaxSize) return false;
  std::copy(suffix.begin(), suffix.end(), octets_.begin() + size_ - 1);
  size_ = static_cast<std::uint8_t>(size_ - 1 + suffix.size());
  return true;
}

void Name::make_lower() { copy_lower(wire(), size_, octets_.data()); }

std::string Name::to_text() const { return name_text(wire()); }

std::string_view parent_of(std::string_view wire) {
  assert(wire.size() > 1);
  return wire.substr(1 + label_size(wire));
}

bool is_at_or_below(std::string_view wire, std::string_view apex) {
  while (wire.size() > apex.size()) wire = parent_of(wire);
  return wire == apex;
}

std::string name_text(std::string_view wire) {
  if (wire.size() <= 1) return ".";
  std::string text;
  while (wire.size() > 1) {
    for (const char octet : wire.substr(1, label_size(wire))) append_escaped(octet, text);
    text += '.';
    wire = parent_of(wire);
  }
  return text;
}

}  // namespace dnsd
