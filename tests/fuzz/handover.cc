// What another process sent is what it says, or refused; and what was read is written the same way.
#include <fcntl.h>
#include <unistd.h>

#include "signpost/handover/codec.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  using namespace signpost::handover;
  const std::string bytes(fuzz::text(data + 1, size - 1));
  Received received{bytes, {}};
  for (int i = 0; i < data[0] % 16; ++i) {
    received.descriptors.emplace_back(open("/dev/null", O_RDWR | O_CLOEXEC));
  }
  const std::size_t descriptors = received.descriptors.size();
  if (auto bundle = decode_bundle(std::move(received))) {
    const Letter again = encode(*bundle);
    fuzz::expect(again.bytes.size() == bytes.size(), "as many bytes");
    fuzz::expect(again.descriptors.size() == descriptors, "as many descriptors");
  }
  (void)decode_knowledge({bytes, {}});
  return 0;
}
