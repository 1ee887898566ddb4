#include "watcher/auth/jwt.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "common/base64.h"
#include "watcher/follow/json.h"

namespace watcher::auth {
namespace {

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;

/// OpenSSL would ask for a passphrase on the terminal, and wait.
int no_passphrase(char*, int, int, void*) { return 0; }

Key read_key(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  return key && EVP_PKEY_is_a(key.get(), "RSA") == 1 ? std::move(key) : nullptr;
}

std::optional<std::string> sign(EVP_PKEY* key, std::string_view text) {
  const Digest digest(EVP_MD_CTX_new());
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  if (EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
      EVP_DigestSign(digest.get(), nullptr, &size, bytes, text.size()) != 1) {
    return std::nullopt;
  }
  std::string signature(size, '\0');
  auto* into = reinterpret_cast<unsigned char*>(signature.data());
  if (EVP_DigestSign(digest.get(), into, &size, bytes, text.size()) != 1) return std::nullopt;
  signature.resize(size);
  return signature;
}

}  // namespace

common::Expected<std::string> sign_rs256(std::string_view claims, const std::string& key_pem) {
  const Key key = read_key(key_pem);
  if (!key) {
    return common::fail(common::ErrorCode::InvalidInput,
                        "private_key is no RSA key in PEM without a passphrase");
  }
  std::string token = common::base64url_encode(R"({"alg":"RS256","typ":"JWT"})") + "." +
                      common::base64url_encode(claims);
  const auto signature = sign(key.get(), token);
  if (!signature) {
    return common::fail(common::ErrorCode::InvalidInput, "private_key cannot sign with RS256");
  }
  return token + "." + common::base64url_encode(*signature);
}

std::optional<WallTime> expiry_of(std::string_view token) {
  const std::size_t first = token.find('.');
  const std::size_t second = token.find('.', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return std::nullopt;
  const auto claims = common::base64url_decode(token.substr(first + 1, second - first - 1));
  if (!claims) return std::nullopt;
  std::optional<double> seconds;
  const auto read = json::with_object(*claims, [&](const json::Object& object) {
    seconds = json::number(object, "exp");
    return common::Expected<void>();
  });
  // The clock counts nanoseconds and ends in 2262; a token of longer life expires then.
  constexpr auto kLatest = std::chrono::floor<std::chrono::seconds>(WallTime::max());
  if (!read || !seconds || *seconds < 0) return std::nullopt;
  const auto latest = kLatest.time_since_epoch().count();
  if (*seconds >= static_cast<double>(latest)) return kLatest;
  return WallTime(std::chrono::seconds(static_cast<std::int64_t>(*seconds)));
}

}  // namespace watcher::auth
