// Whatever stands in a label is a check or is refused with a reason, and a check reads back from
// what it is printed as.
#include "config/check_text.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using Text = config::Type<config::Check>;
  const auto check = Text::parse(fuzz::text(data, size));
  if (!check) {
    fuzz::expect(!check.error().empty(), "a reason is given");
    return 0;
  }
  const auto again = Text::parse(Text::print(*check));
  fuzz::expect(again.has_value(), "what is printed can be read");
  fuzz::expect(*again == *check, "and says the same");
  return 0;
}
