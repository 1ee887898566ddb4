// Any label is a VIP that can be listened on and written down, or an error that says why not.
#include "watcher/vips/vip_label.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto vip =
      watcher::parse_vip_label(fuzz::text(data, size), "marathon", watcher::Protocol::Tcp);
  if (!vip) {
    fuzz::expect(!vip.error().message.empty(), "an error says why");
    return 0;
  }
  fuzz::expect(vip->port != 0, "a VIP has a port");
  fuzz::expect(!vip->to_string().empty(), "a VIP has a name");
  return 0;
}
