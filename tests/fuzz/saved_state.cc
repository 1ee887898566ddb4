// Any bytes are a saved state or an error that says why not; the checksum keeps all but whole ones
// out, so the lines themselves are tried too, with the checksum they need.
#include <openssl/sha.h>

#include <cstdio>
#include <string>

#include "tests/fuzz/fuzz.h"
#include "watcher/saved/codec.h"

namespace {

std::string with_checksum(std::string lines) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(lines.data()), lines.size(), digest);
  std::string hex;
  for (const unsigned char octet : digest) {
    char text[3];
    std::snprintf(text, sizeof text, "%02x", octet);
    hex += text;
  }
  return lines + "{\"sha256\":\"" + hex + "\"}\n";
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text(data, size));
  const auto plain = watcher::saved::decode(text);
  fuzz::expect(plain || !plain.error().message.empty(), "an error says why");
  watcher::saved::decode(with_checksum("{\"signpost_state\":1}\n" + text + "\n"));
  return 0;
}
