#include "config/static_record.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/parse.h"
#include "config/text_words.h"

namespace config {
namespace {

using Words = std::vector<std::string>;

tl::unexpected<Hint> wrong(std::string hint) { return tl::unexpected<Hint>(std::move(hint)); }

/// In lower case and without the final dot; nothing when it is no name.
std::optional<std::string> as_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  std::string name(text);
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  if (!is_domain_name(name)) return std::nullopt;
  return name;
}

// What stands behind a type. Each makes its words as they are printed, or says what is wrong.

std::string check_address(Words& data, bool v4) {
  const auto ip = data.size() == 1 ? common::IpAddress::parse(data[0]) : std::nullopt;
  if (ip && ip->is_v4() == v4) return "";
  return v4 ? "an A has one IPv4 address" : "an AAAA has one IPv6 address";
}
std::string check_v4(Words& data) { return check_address(data, true); }
std::string check_v6(Words& data) { return check_address(data, false); }

std::string check_name(Words& data) {
  const auto name = data.size() == 1 ? as_name(data[0]) : std::nullopt;
  if (!name) return "one domain name stands behind the type";
  data[0] = *name;
  return "";
}

bool are_numbers(const Words& data, std::size_t count) {
  return std::all_of(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(count), [](auto& w) {
    return common::parse_integer<std::uint16_t>(w).has_value();
  });
}

std::string check_mx(Words& data) {
  const auto name = data.size() == 2 ? as_name(data[1]) : std::nullopt;
  if (!name || !are_numbers(data, 1)) return "an MX has a preference and a name";
  data[1] = *name;
  return "";
}

std::string check_srv(Words& data) {
  const auto name = data.size() == 4 ? as_name(data[3]) : std::nullopt;
  if (!name || !are_numbers(data, 3)) return "an SRV has a priority, a weight, a port and a name";
  data[3] = *name;
  return "";
}

std::string check_txt(Words& data) {
  const auto is_long = [](const std::string& text) { return text.size() > 255; };
  if (data.empty()) return "a TXT has strings";
  if (data.size() > 32) return "a TXT has at most 32 strings here";
  return std::any_of(data.begin(), data.end(), is_long) ? "a string has at most 255 bytes" : "";
}

struct Kind {
  std::string_view name;
  std::string (*check)(Words& data);
};
constexpr std::array<Kind, 7> kKinds{{{"A", check_v4},
                                      {"AAAA", check_v6},
                                      {"CNAME", check_name},
                                      {"MX", check_mx},
                                      {"PTR", check_name},
                                      {"SRV", check_srv},
                                      {"TXT", check_txt}}};

}  // namespace

bool is_domain_name(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  if (text.size() > 253) return false;
  for (;;) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    const std::string_view label = text.substr(0, dot);
    if (label.empty() || label.size() > 63) return false;
    if (!std::all_of(label.begin(), label.end(), allowed)) return false;
    if (dot == text.size()) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_in_domain(std::string_view name, std::string_view domain) {
  if (!name.ends_with(domain)) return false;
  return name.size() == domain.size() || name[name.size() - domain.size() - 1] == '.';
}

Parsed<StaticRecord> Type<StaticRecord>::parse(std::string_view text) {
  auto words = split_words(text);
  if (!words) return tl::unexpected(words.error());
  auto word = words->begin();
  StaticRecord record;
  const auto owner = word == words->end() ? std::nullopt : as_name(*word++);
  if (!owner) return wrong("it begins with a domain name");
  record.owner = *owner;
  if (word != words->end()) {
    const auto ttl = common::parse_integer<std::uint32_t>(*word);
    if (ttl && *ttl > 86400) return wrong("a TTL is 0 to 86400 seconds");
    if (ttl) record.ttl = Seconds(*ttl);
    if (ttl) ++word;
  }
  const auto* const kind = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& known) {
    return word != words->end() && known.name == *word;
  });
  if (kind == kKinds.end()) return wrong("the types are A, AAAA, CNAME, MX, PTR, SRV and TXT");
  record.type = *word++;
  record.data.assign(word, words->end());
  if (std::string hint = kind->check(record.data); !hint.empty()) return wrong(std::move(hint));
  return record;
}

std::string Type<StaticRecord>::print(const StaticRecord& value) {
  std::string line = value.owner;
  if (value.ttl) line += fmt::format(" {}", value.ttl->count());
  line += " " + value.type;
  for (const std::string& word : value.data) {
    line += " " + (value.type == "TXT" ? in_quotes(word) : word);
  }
  return line;
}

}  // namespace config
