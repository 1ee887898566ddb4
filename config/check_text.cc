#include "config/check_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/parse.h"
#include "config/static_record.h"
#include "config/text_words.h"

namespace config {
namespace {

using std::string_view;

tl::unexpected<Hint> wrong(std::string hint) { return tl::unexpected<Hint>(std::move(hint)); }

/// What may stand behind the name of a kind.
struct Kind {
  string_view name;
  CheckKind kind;
  std::size_t least = 0;  // Words beside key=value.
  std::size_t most = 0;
  string_view keys;  // Beside those that each kind has.
  string_view usage;
};
constexpr std::size_t kAny = 64;
constexpr std::array<Kind, 9> kKinds{
    {{"none", CheckKind::None, 0, 0, "", "none"},
     {"tcp", CheckKind::Tcp, 0, 0, "send-proxy", "tcp"},
     {"tls", CheckKind::Tls, 0, 0, "host send-proxy", "tls host=NAME"},
     {"http", CheckKind::Http, 0, 1, "host status expect send-proxy", "http /PATH"},
     {"https", CheckKind::Https, 0, 1, "host status expect send-proxy", "https /PATH"},
     {"grpc", CheckKind::Grpc, 0, 1, "send-proxy", "grpc SERVICE"},
     {"udp", CheckKind::Udp, 1, 1, "expect", "udp OCTETS"},
     {"dns", CheckKind::Dns, 1, 1, "", "dns NAME"},
     {"command", CheckKind::Command, 1, kAny, "", "command /PROGRAM ARGUMENT..."}}};
constexpr string_view kCommonKeys = "port interval timeout rise fall";

const Kind* find_kind(string_view name) {
  const auto* const kind =
      std::find_if(kKinds.begin(), kKinds.end(), [name](auto& k) { return k.name == name; });
  return kind == kKinds.end() ? nullptr : kind;
}

const Kind& kind_of(CheckKind wanted) {
  return *std::find_if(
      kKinds.begin(), kKinds.end(), [wanted](auto& k) { return k.kind == wanted; });
}

bool is_listed(string_view key, string_view keys) {
  while (!keys.empty()) {
    const std::size_t end = std::min(keys.find(' '), keys.size());
    if (keys.substr(0, end) == key) return true;
    keys.remove_prefix(std::min(end + 1, keys.size()));
  }
  return false;
}

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

constexpr std::array<std::pair<char, char>, 4> kEscapes{
    {{'r', '\r'}, {'n', '\n'}, {'t', '\t'}, {'\\', '\\'}}};

Parsed<std::string> unescape(string_view text) {
  std::string octets;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      octets += text[i];
      continue;
    }
    const char sign = i + 1 < text.size() ? text[i + 1] : '\0';
    const auto* const known =
        std::find_if(kEscapes.begin(), kEscapes.end(), [sign](auto& e) { return e.first == sign; });
    if (known != kEscapes.end()) {
      octets += known->second;
      ++i;
      continue;
    }
    const auto high = sign == 'x' && i + 3 < text.size() ? hex_digit(text[i + 2]) : std::nullopt;
    const auto low = high ? hex_digit(text[i + 3]) : std::nullopt;
    if (!low) return wrong("behind a backslash stands r, n, t, another one or xNN");
    octets += static_cast<char>(*high * 16 + *low);
    i += 3;
  }
  return octets;
}

std::string escape(string_view octets) {
  std::string text;
  for (const char c : octets) {
    const auto* const known =
        std::find_if(kEscapes.begin(), kEscapes.end(), [c](auto& e) { return e.second == c; });
    const auto octet = static_cast<unsigned char>(c);
    if (known != kEscapes.end()) {
      text += {'\\', known->first};
    } else if (octet < 0x20 || octet >= 0x7f) {
      text += fmt::format("\\x{:02x}", octet);
    } else {
      text += c;
    }
  }
  return text;
}

Parsed<std::vector<StatusRange>> read_statuses(string_view text) {
  std::vector<StatusRange> ranges;
  while (true) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const string_view item = text.substr(0, comma);
    const std::size_t dash = std::min(item.find('-'), item.size());
    const auto first = common::parse_integer<std::uint16_t>(item.substr(0, dash));
    const auto last =
        dash == item.size() ? first : common::parse_integer<std::uint16_t>(item.substr(dash + 1));
    if (!first || !last || *first < 100 || *last > 599 || *first > *last) {
      return wrong("status is a list such as 200-299,401");
    }
    ranges.push_back({*first, *last});
    if (comma == text.size()) return ranges;
    text.remove_prefix(comma + 1);
  }
}

bool is_header_text(string_view text) {
  return !text.empty() && text.size() <= 253 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

/// Reads `text` into a duration of at least 10 ms.
Hint read_time(string_view text, std::optional<Milliseconds>& into) {
  const auto value = Type<Milliseconds>::parse(text);
  if (!value || *value < Milliseconds(10) || *value > std::chrono::hours(24)) {
    return "interval and timeout are durations of 10ms to 24h";
  }
  into = *value;
  return {};
}

Hint read_count(string_view text, std::optional<int>& into) {
  into = common::parse_integer<int>(text);
  return into && *into >= 1 && *into <= 100 ? Hint()
                                            : Hint("rise and fall are numbers of 1 to 100");
}

/// By CheckGreeting; the first one is what is not said.
constexpr std::array<string_view, 4> kGreetings{"", "none", "v1", "v2"};

Hint read_greeting(string_view text, CheckGreeting& into) {
  const auto* const named = std::find(kGreetings.begin() + 1, kGreetings.end(), text);
  if (named == kGreetings.end()) return "send-proxy is v1, v2 or none";
  into = static_cast<CheckGreeting>(named - kGreetings.begin());
  return {};
}

Hint read_octets(string_view text, std::string& into) {
  const auto octets = unescape(text);
  if (!octets) return octets.error();
  into = *octets;
  return {};
}

Hint read_value(string_view key, string_view text, Check& into) {
  if (key == "interval") return read_time(text, into.interval);
  if (key == "timeout") return read_time(text, into.timeout);
  if (key == "rise") return read_count(text, into.rise);
  if (key == "fall") return read_count(text, into.fall);
  if (key == "expect") return read_octets(text, into.expect);
  if (key == "send-proxy") return read_greeting(text, into.send_proxy);
  if (key == "host") {
    into.host = text;
    return is_header_text(text) ? Hint() : Hint("host is a name such as shop.example.org");
  }
  if (key == "status") {
    auto statuses = read_statuses(text);
    if (!statuses) return statuses.error();
    into.statuses = std::move(*statuses);
    return {};
  }
  into.port = common::parse_integer<std::uint16_t>(text).value_or(0);
  return into.port > 0 ? Hint() : Hint("port is a number of 1 to 65535");
}

/// Takes one word that is no key=value.
Hint read_word(const std::string& word, Check& into) {
  switch (into.kind) {
    case CheckKind::Http:
    case CheckKind::Https:
      into.subject = word;
      return word.starts_with('/') ? Hint() : Hint("the path starts with /");
    case CheckKind::Dns:
      into.subject = word;
      return is_domain_name(word) ? Hint() : Hint("a domain name in lower case stands behind dns");
    case CheckKind::Udp:
      return word.empty() ? Hint("udp sends an octet or more") : read_octets(word, into.subject);
    case CheckKind::Command:
      into.command.push_back(word);
      return into.command.front().starts_with('/') ? Hint() : Hint("a program starts with /");
    default:
      into.subject = word;
      return word.size() <= 127 ? Hint() : Hint("a service has at most 127 octets");
  }
}

/// The key of key=value; empty where it is none.
string_view key_of(const std::string& word, const Check& check) {
  if (!check.command.empty()) return {};  // What follows is the command's own.
  const std::size_t sign = word.find('=');
  const bool is_word = sign == std::string::npos || word.starts_with('/') ||
                       (check.kind == CheckKind::Udp && check.subject.empty());
  return is_word ? string_view() : string_view(word).substr(0, sign);
}

Parsed<Check> read(const Kind& kind, const std::vector<std::string>& words) {
  Check check;
  check.kind = kind.kind;
  std::size_t count = 0;
  for (auto word = words.begin() + 1; word != words.end(); ++word) {
    const string_view key = key_of(*word, check);
    const bool known =
        is_listed(key, kind.keys) || (kind.kind != CheckKind::None && is_listed(key, kCommonKeys));
    if (!key.empty() && !known) return wrong(fmt::format("{} takes no {}=", kind.name, key));
    if (key.empty() && ++count > kind.most) return wrong(fmt::format("write {}", kind.usage));
    Hint hint = key.empty() ? read_word(*word, check)
                            : read_value(key, string_view(*word).substr(key.size() + 1), check);
    if (!hint.empty()) return wrong(std::move(hint));
  }
  if (count < kind.least) return wrong(fmt::format("write {}", kind.usage));
  const bool needs_path = kind.kind == CheckKind::Http || kind.kind == CheckKind::Https;
  if (needs_path && check.subject.empty()) check.subject = "/";
  return check;
}

std::string print_statuses(const std::vector<StatusRange>& ranges) {
  std::string text;
  for (const auto& [first, last] : ranges) {
    text += fmt::format("{}{}", text.empty() ? "" : ",", first);
    if (last != first) text += fmt::format("-{}", last);
  }
  return text;
}

}  // namespace

Parsed<Check> Type<Check>::parse(string_view text) {
  const auto words = split_words(text);
  if (!words) return tl::unexpected(words.error());
  if (words->empty()) return wrong("a check begins with its kind, e.g. tcp");
  if (const Kind* kind = find_kind(words->front())) return read(*kind, *words);
  if (words->size() > 1) {
    return wrong("the kinds are none, tcp, tls, http, https, grpc, udp, dns and command");
  }
  Check check;
  check.kind = CheckKind::Named;
  check.subject = words->front();
  return check;
}

std::string Type<Check>::print(const Check& value) {
  if (value.kind == CheckKind::Unsaid) return {};
  if (value.kind == CheckKind::Named) return as_word(value.subject);
  const bool is_octets = value.kind == CheckKind::Udp;
  std::string line(kind_of(value.kind).name);
  const auto add = [&line](string_view key, const std::string& text) {
    if (!text.empty()) line += " " + as_word(fmt::format("{}={}", key, text));
  };
  const auto count = [](const auto& number) { return number ? std::to_string(*number) : ""; };
  const auto time = [](const auto& t) { return t ? Type<Milliseconds>::print(*t) : ""; };
  if (!value.subject.empty()) {
    line += " " + as_word(is_octets ? escape(value.subject) : value.subject);
  }
  add("host", value.host);
  add("status", print_statuses(value.statuses));
  add("expect", escape(value.expect));
  add("port", value.port > 0 ? std::to_string(value.port) : "");
  add("send-proxy", std::string(kGreetings[static_cast<std::size_t>(value.send_proxy)]));
  add("interval", time(value.interval));
  add("timeout", time(value.timeout));
  add("rise", count(value.rise));
  add("fall", count(value.fall));
  for (const std::string& word : value.command) line += " " + as_word(word);
  return line;
}

}  // namespace config
