// However a stream is cut, the same messages come out, and nothing is left but an unfinished one.
#include <vector>

#include "dnsd/server/tcp_framer.h"
#include "tests/fuzz/fuzz.h"

namespace {

using Messages = std::vector<std::vector<std::uint8_t>>;

void take_all(dnsd::TcpFramer& framer, Messages& messages) {
  while (framer.has_message()) {
    const auto message = framer.next();
    fuzz::expect(message.has_value(), "has_message() tells of next()");
    messages.emplace_back(message->begin(), message->end());
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Messages whole;
  dnsd::TcpFramer at_once;
  at_once.append({data, size});
  take_all(at_once, whole);

  Messages pieces;
  dnsd::TcpFramer bit_by_bit;
  fuzz::in_pieces(fuzz::text(data, size), [&](std::string_view piece) {
    bit_by_bit.append({reinterpret_cast<const std::uint8_t*>(piece.data()), piece.size()});
    take_all(bit_by_bit, pieces);
  });
  fuzz::expect(whole == pieces, "cuts change nothing");
  fuzz::expect(at_once.empty() == bit_by_bit.empty(), "the rest is the same");
  return 0;
}
