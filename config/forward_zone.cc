#include "config/forward_zone.h"

#include <algorithm>
#include <cctype>
#include <sstream>

#include "config/static_record.h"

namespace config {
namespace {

constexpr std::size_t kMaxUpstreams = 8;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return text;
}

}  // namespace

Parsed<ForwardZone> Type<ForwardZone>::parse(std::string_view text) {
  std::istringstream words{std::string(text)};
  std::string word;
  ForwardZone zone;
  words >> word;
  if (word.ends_with('.')) word.pop_back();
  zone.domain = lower(word);
  if (!is_domain_name(zone.domain)) return tl::unexpected<Hint>("it begins with a domain name");
  while (words >> word) {
    const auto address = common::SocketAddress::parse(word);
    if (!address) return tl::unexpected<Hint>("'" + word + "' is no address and port");
    zone.upstreams.push_back(*address);
  }
  if (zone.upstreams.empty()) return tl::unexpected<Hint>("the resolvers are missing");
  if (zone.upstreams.size() > kMaxUpstreams) return tl::unexpected<Hint>("at most 8 resolvers");
  return zone;
}

std::string Type<ForwardZone>::print(const ForwardZone& value) {
  std::string text = value.domain;
  for (const auto& upstream : value.upstreams) text += " " + upstream.to_string();
  return text;
}

}  // namespace config
