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
  const auto octets = reader.take(kSize);
  if (!octets) return std::nullopt;
  const auto field = [&octets](std::size_t number) {
    return static_cast<std::uint16_t>((*octets)[2 * number] << 8U | (*octets)[2 * number + 1]);
  };
  const std::uint16_t flags = field(1);
  Header header;
  header.id = field(0);
  header.response = (flags & kResponse) != 0;
  header.opcode = static_cast<Opcode>(flags >> kOpcodeShift & kFourBits);
  header.authoritative = (flags & kAuthoritative) != 0;
  header.truncated = (flags & kTruncated) != 0;
  header.recursion_desired = (flags & kRecursionDesired) != 0;
  header.recursion_available = (flags & kRecursionAvailable) != 0;
  header.rcode = static_cast<Rcode>(flags & kFourBits);
  header.questions = field(2);
  header.answers = field(3);
  header.authorities = field(4);
  header.additionals = field(5);
  return header;
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
