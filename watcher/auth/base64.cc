#include "watcher/auth/base64.h"

#include <openssl/evp.h>

#include <algorithm>

namespace watcher::auth {
namespace {

const unsigned char* octets_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string base64_encode(std::string_view octets) {
  std::string text(4 * ((octets.size() + 2) / 3) + 1, '\0');  // And a NUL.
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                  octets_of(octets),
                  static_cast<int>(octets.size()));
  text.pop_back();
  return text;
}

std::string base64url_encode(std::string_view octets) {
  std::string text = base64_encode(octets);
  text.resize(std::min(text.find('='), text.size()));
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

std::optional<std::string> base64url_decode(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  if (text.empty()) return std::string();
  std::string padded(text);
  std::replace(padded.begin(), padded.end(), '-', '+');
  std::replace(padded.begin(), padded.end(), '_', '/');
  const std::size_t padding = (4 - padded.size() % 4) % 4;
  padded.append(padding, '=');
  std::string octets(padded.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(octets.data()),
                                   octets_of(padded),
                                   static_cast<int>(padded.size()));
  if (size < 0 || padding == 3) return std::nullopt;
  octets.resize(static_cast<std::size_t>(size) - padding);  // OpenSSL counts the padding in.
  return octets;
}

}  // namespace watcher::auth
