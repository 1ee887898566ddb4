// However a stream is cut, the same events come out, none beyond the limit.
#include "watcher/marathon/sse.h"

#include <string>
#include <utility>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace {

constexpr std::size_t kLimit = 1000;
using Records = std::vector<std::pair<std::string, std::string>>;

void hear(watcher::marathon::SseParser& parser, std::string_view piece, Records& records) {
  parser.feed(piece, [&](const watcher::marathon::SseRecord& record) {
    fuzz::expect(record.data.size() <= kLimit, "the limit holds");
    records.emplace_back(record.event, record.data);
  });
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::text(data, size);
  Records whole;
  watcher::marathon::SseParser at_once(kLimit);
  hear(at_once, bytes, whole);
  Records pieces;
  watcher::marathon::SseParser bit_by_bit(kLimit);
  fuzz::in_pieces(bytes, [&](std::string_view piece) { hear(bit_by_bit, piece, pieces); });
  fuzz::expect(whole == pieces, "cuts change nothing");
  fuzz::expect(at_once.oversized() == bit_by_bit.oversized(), "nor what is too long");
  return 0;
}
