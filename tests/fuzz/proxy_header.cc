// Whatever a client sends where a PROXY header should be is refused, waited for, or read; and what
// was read once is read alike when it comes in pieces, and after it was written by us.
#include "vipd/relay/proxy_header.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using vipd::ProxyHeader;
  const auto bytes = std::as_bytes(std::span(data, size));
  const ProxyHeader whole = vipd::read_proxy_header(bytes);
  if (whole.status != ProxyHeader::Status::Complete) return 0;
  fuzz::expect(whole.length > 0 && whole.length <= size, "a header is part of what was sent");
  for (std::size_t part = 0; part < whole.length; ++part) {
    fuzz::expect(vipd::read_proxy_header(bytes.first(part)).status == ProxyHeader::Status::Partial,
                 "its beginning is not refused and not taken for all of it");
  }
  if (!whole.addresses) return 0;
  vipd::ProxyHeaderBuffer buffer;
  for (const auto write : {vipd::write_proxy_v1, vipd::write_proxy_v2}) {
    const auto written = vipd::read_proxy_header(write(*whole.addresses, buffer));
    fuzz::expect(written.status == ProxyHeader::Status::Complete, "what we write can be read");
    fuzz::expect(written.addresses == whole.addresses, "and says the same");
  }
  return 0;
}
