#include "dnsd/wire/header.h"

namespace dnsd {
namespace {

constexpr std::uint16_t kResponse = 0x8000;
constexpr int kOpcodeShift = 11;
constexpr std::uint16_t kAuthoritative = 0x0400;
constexpr std::uint16_t kTruncated = 0x0200;
constexpr std::uint16_t kRecursionDesired = 0x0100;
constexpr std::uint16_t kRecursionAvailable = 0x0080;
constexpr std::uint16_t kFourBits = 0x000f;

}  // namespace

std::optional<Header> Header::parse(Reader& reader) {
  Header header;
  if (!header.read(reader)) return std::nullopt;
  return header;
}

bool Header::read(Reader& reader) {
  const auto octets = reader.take(kSize);
  if (!octets) return false;
  const auto field = [&octets](std::size_t number) {
    return static_cast<std::uint16_t>((*octets)[2 * number] << 8U | (*octets)[2 * number + 1]);
  };
  const std::uint16_t bits = field(1);
  id = field(0);
  response = (bits & kResponse) != 0;
  opcode = static_cast<Opcode>(bits >> kOpcodeShift & kFourBits);
  authoritative = (bits & kAuthoritative) != 0;
  truncated = (bits & kTruncated) != 0;
  recursion_desired = (bits & kRecursionDesired) != 0;
  recursion_available = (bits & kRecursionAvailable) != 0;
  rcode = static_cast<Rcode>(bits & kFourBits);
  questions = field(2);
  answers = field(3);
  authorities = field(4);
  additionals = field(5);
  return true;
}

std::uint16_t Header::flags() const {
  unsigned flags = static_cast<unsigned>(opcode) << kOpcodeShift;
  flags |= static_cast<unsigned>(rcode) & kFourBits;
  if (response) flags |= kResponse;
  if (authoritative) flags |= kAuthoritative;
  if (truncated) flags |= kTruncated;
  if (recursion_desired) flags |= kRecursionDesired;
  if (recursion_available) flags |= kRecursionAvailable;
  return static_cast<std::uint16_t>(flags);
}

}  // namespace dnsd
