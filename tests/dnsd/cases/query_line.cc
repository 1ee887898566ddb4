#include "tests/dnsd/cases/query_line.h"

#include <fmt/core.h>

#include <optional>

namespace dnsd::testing {
namespace {

using common::ErrorCode;
using common::Expected;

constexpr std::uint16_t kRecursionDesired = 0x0100;
constexpr int kOpcodeShift = 11;

std::optional<RrClass> parse_class(std::string_view text) {
  if (text == "IN") return RrClass::In;
  if (text == "CH") return RrClass::Ch;
  if (text == "NONE") return RrClass::None;
  if (text == "ANY") return RrClass::Any;
  return std::nullopt;
}

std::optional<std::uint16_t> parse_option_code(std::string_view text) {
  if (text == "nsid") return 3;
  if (text == "cookie") return 10;
  if (text == "keepalive") return 11;
  if (text == "zoneversion") return 19;
  if (text.starts_with("option") && text.size() > 6) {
    return static_cast<std::uint16_t>(std::stoi(std::string(text.substr(6))));
  }
  return std::nullopt;
}

/// "0a0b": two octets.
std::string unhex(const std::string& text) {
  std::string octets;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    octets += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  }
  return octets;
}

/// "edns=4096" and the like. False when the word means nothing.
bool apply_option(QueryLine& line, std::string_view word) {
  const std::size_t equals = std::min(word.find('='), word.size());
  const std::string value(word.substr(std::min(equals + 1, word.size())));
  const std::string_view option = word.substr(0, equals);
  QuerySpec& spec = line.spec;
  if (option == "tcp") {
    line.transport = Transport::Tcp;
  } else if (const auto client = common::IpAddress::parse(value); option == "from" && client) {
    line.client = *client;
  } else if (option == "norecurse") {
    spec.flags = static_cast<std::uint16_t>(spec.flags & ~kRecursionDesired);
  } else if (option == "edns") {
    spec.udp_payload = static_cast<std::uint16_t>(value.empty() ? 1232 : std::stoi(value));
  } else if (const auto code = parse_option_code(option)) {
    spec.udp_payload = spec.udp_payload.value_or(1232);
    spec.options.push_back({*code, unhex(value)});
  } else if (option == "version") {
    spec.edns_version = static_cast<std::uint8_t>(std::stoi(value));
  } else if (option == "opcode") {
    spec.flags = static_cast<std::uint16_t>(spec.flags | std::stoi(value) << kOpcodeShift);
  } else if (const auto klass = parse_class(value); option == "class" && klass) {
    spec.klass = *klass;
  } else {
    return false;
  }
  return true;
}

}  // namespace

Expected<QueryLine> parse_query_line(std::span<const std::string> words) {
  if (words.size() < 2) return common::fail(ErrorCode::InvalidInput, "a query is <name> <type>");
  QueryLine line;
  line.spec.name = words[0] == "nothing" ? "" : words[0];
  const auto type = parse_type(words[1]);
  if (!type || !Name::from_text(words[0])) {
    return common::fail(ErrorCode::InvalidInput, "no domain name, or no type, in the query");
  }
  line.spec.type = *type;
  for (const std::string& word : words.subspan(2)) {
    if (apply_option(line, word)) continue;
    return common::fail(ErrorCode::InvalidInput,
                        fmt::format("'{}' means nothing in a query", word));
  }
  return line;
}

}  // namespace dnsd::testing
