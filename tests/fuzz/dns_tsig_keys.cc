// Any text is a list of keys or none.
#include "dnsd/transfer/signature.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto keys = dnsd::parse_tsig_keys(fuzz::text(data, size));
  if (!keys) return 0;
  for (const auto& key : *keys) fuzz::expect(key.name.size() <= 128, "a name that fits");
  return 0;
}
