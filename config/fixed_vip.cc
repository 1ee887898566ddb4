#include "config/fixed_vip.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/parse.h"
#include "config/text_words.h"

namespace config {
namespace {

constexpr std::size_t kMaxBackends = 1000;

tl::unexpected<Hint> wrong(std::string hint) { return tl::unexpected<Hint>(std::move(hint)); }

bool has_port(std::string_view vip) {
  const std::size_t colon = vip.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const auto port = common::parse_integer<std::uint16_t>(vip.substr(colon + 1));
  return port && *port > 0;
}

/// balance -> SIGNPOST_BALANCE, as letters are of either case there is none to get wrong.
std::string label_of(std::string_view key) {
  std::string label = "SIGNPOST_";
  for (const char c : key) label += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return label;
}
std::string key_of(std::string_view label) {
  std::string key(label.substr(label.find('_') + 1));
  std::transform(key.begin(), key.end(), key.begin(), [](char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  return key;
}

/// Takes one word behind the VIP; says what is wrong with it.
Hint read_word(const std::string& word, FixedVip& into) {
  if (const std::size_t sign = word.find('='); sign != std::string::npos) {
    into.labels[label_of(std::string_view(word).substr(0, sign))] = word.substr(sign + 1);
    return {};
  }
  if (word == "udp") {
    into.udp = true;
    return {};
  }
  const auto backend = common::SocketAddress::parse(word);
  if (!backend || backend->port == 0 || backend->ip.is_unspecified()) {
    return "'" + word + "' is no backend such as 10.0.0.11:5432 and no key=value";
  }
  if (into.backends.size() == kMaxBackends) return "a VIP has at most 1000 backends here";
  into.backends.push_back(*backend);
  return {};
}

}  // namespace

Parsed<FixedVip> Type<FixedVip>::parse(std::string_view text) {
  const auto words = split_words(text);
  if (!words) return tl::unexpected(words.error());
  if (words->empty() || !has_port(words->front())) {
    return wrong("it begins with a VIP, NAME:PORT or ADDRESS:PORT");
  }
  FixedVip vip;
  vip.vip = words->front();
  for (auto word = words->begin() + 1; word != words->end(); ++word) {
    if (Hint hint = read_word(*word, vip); !hint.empty()) return wrong(std::move(hint));
  }
  if (vip.backends.empty()) return wrong("a backend stands behind the VIP");
  std::sort(vip.backends.begin(), vip.backends.end());
  const auto twice = std::adjacent_find(vip.backends.begin(), vip.backends.end());
  if (twice != vip.backends.end()) return wrong(twice->to_string() + " is given twice");
  return vip;
}

std::string Type<FixedVip>::print(const FixedVip& value) {
  std::string line = as_word(value.vip);
  if (value.udp) line += " udp";
  for (const common::SocketAddress& backend : value.backends) line += " " + backend.to_string();
  for (const auto& [label, text] : value.labels) line += " " + as_word(key_of(label) + "=" + text);
  return line;
}

}  // namespace config
