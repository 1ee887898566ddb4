#include "dnsd/server/secrets.h"

#include <fmt/core.h>

#include <charconv>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "dnsd/server/random_value.h"

namespace dnsd {
namespace {

using common::Expected;

std::optional<SipKey> parse_key(std::string_view text) {
  SipKey key{};
  if (text.size() != 2 * key.size()) return std::nullopt;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const char* octet = text.data() + 2 * i;
    const auto [end, error] = std::from_chars(octet, octet + 2, key[i], 16);
    if (error != std::errc{} || end != octet + 2) return std::nullopt;
  }
  return key;
}

tl::unexpected<common::Error> bad_file(std::string_view option,
                                       std::string_view file,
                                       std::string_view why) {
  return common::fail(common::ErrorCode::InvalidInput,
                      fmt::format("{} '{}' cannot be used: {}", option, file, why));
}

Expected<CookieJar> read_cookie_jar(const std::string& path) {
  constexpr std::string_view kOption = "dns.cookie_secret_file";
  std::ifstream file(path);
  if (!file) return bad_file(kOption, path, "it cannot be read");
  std::vector<SipKey> keys;
  for (std::string line; file >> line;) {
    const auto key = parse_key(line);
    if (!key || keys.size() == 2) {
      return bad_file(kOption, path, "it holds one or two lines of 32 hexadecimal digits each");
    }
    keys.push_back(*key);
  }
  if (keys.empty()) return bad_file(kOption, path, "it is empty");
  if (keys.size() == 1) return CookieJar(keys[0]);
  return CookieJar(keys[0], keys[1]);
}

}  // namespace

Expected<std::shared_ptr<const Cookies>> read_cookies(const config::Dns& options) {
  if (!options.cookies) return std::make_shared<const Cookies>();
  if (options.cookie_secret_file.empty()) {
    return std::make_shared<const Cookies>(CookieJar(random_value<SipKey>()));
  }
  const auto jar = read_cookie_jar(options.cookie_secret_file);
  if (!jar) return tl::unexpected(jar.error());
  return std::make_shared<const Cookies>(*jar);
}

Expected<std::shared_ptr<const TsigKeys>> read_transfer_keys(const config::Dns& options) {
  if (options.transfer_key_file.empty()) return std::make_shared<const TsigKeys>();
  constexpr std::string_view kOption = "dns.transfer_key_file";
  std::ifstream file(options.transfer_key_file);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return bad_file(kOption, options.transfer_key_file, "it cannot be read");
  auto keys = parse_tsig_keys(text.str());
  if (!keys || keys->empty()) {
    return bad_file(kOption,
                    options.transfer_key_file,
                    "each line holds a key's name and its secret in base64");
  }
  return std::make_shared<const TsigKeys>(std::move(*keys));
}

}  // namespace dnsd
