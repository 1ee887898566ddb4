#include "watcher/auth/secret_file.h"

#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace watcher::auth {
namespace {

constexpr std::size_t kLongest = 64 << 10;

}  // namespace

common::Expected<std::string> read_secret(const std::string& option, const std::string& file) {
  const auto refuse = [&](const std::string& why) {
    return common::fail(common::ErrorCode::InvalidInput,
                        fmt::format("{} '{}' cannot be used: {}", option, file, why));
  };
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  std::string secret(kLongest + 1, '\0');
  in.read(secret.data(), static_cast<std::streamsize>(secret.size()));
  if (in.bad() || (in.gcount() == 0 && errno != 0)) return refuse(std::strerror(errno));
  secret.resize(static_cast<std::size_t>(in.gcount()));
  if (secret.size() > kLongest) return refuse("it is longer than 64 KiB");
  secret.erase(secret.find_last_not_of(" \t\r\n") + 1);
  if (secret.empty()) return refuse("it is empty");
  return secret;
}

}  // namespace watcher::auth
