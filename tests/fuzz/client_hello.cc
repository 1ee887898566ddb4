// Whatever a client sends where a ClientHello should be is refused, waited for, or read; and what
// was read once is read alike with more behind it, and waited for while a part of it is missing.
#include "vipd/relay/client_hello.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using vipd::ClientHello;
  const auto bytes = std::as_bytes(std::span(data, size));
  const ClientHello whole = vipd::read_client_hello(bytes);
  if (whole.status == ClientHello::Status::NotTls) return 0;
  fuzz::expect(whole.server_name.size() <= 253, "a name is none that DNS does not know");
  std::size_t known = 0;  // How much of it is needed.
  for (std::size_t part = 0; part <= size; ++part) {
    const ClientHello begun = vipd::read_client_hello(bytes.first(part));
    fuzz::expect(begun.status != ClientHello::Status::NotTls, "its beginning is not refused");
    if (begun.status == ClientHello::Status::Partial) known = part + 1;
    if (part >= known && known > 0) {
      fuzz::expect(begun.server_name == whole.server_name,
                   "and nothing behind it changes the name");
    }
  }
  return 0;
}
