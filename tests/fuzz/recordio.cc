// However a stream is cut, the same records come out, up to the first length that is none.
#include "watcher/mesos/recordio.h"

#include <string>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace {

constexpr std::size_t kLimit = 1000;

struct Heard {
  std::vector<std::string> records;
  bool broken = false;
  std::uint64_t oversized = 0;
  friend bool operator==(const Heard&, const Heard&) = default;
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::text(data, size);
  const auto hear =
      [](watcher::mesos::RecordioParser& parser, std::string_view piece, Heard& heard) {
        if (heard.broken) return;
        const auto taken = parser.feed(piece, [&](std::string_view record) {
          fuzz::expect(record.size() <= kLimit, "the limit holds");
          heard.records.emplace_back(record);
        });
        heard.broken = !taken;
        heard.oversized = parser.oversized();
      };
  Heard whole;
  watcher::mesos::RecordioParser at_once(kLimit);
  hear(at_once, bytes, whole);
  Heard pieces;
  watcher::mesos::RecordioParser bit_by_bit(kLimit);
  fuzz::in_pieces(bytes, [&](std::string_view piece) { hear(bit_by_bit, piece, pieces); });
  fuzz::expect(whole == pieces, "cuts change nothing");
  return 0;
}
