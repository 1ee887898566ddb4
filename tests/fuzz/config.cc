// Any text is a configuration or an error; one that was read can be printed and read again.
#include "config/load.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto settings = config::parse(fuzz::text(data, size), "fuzz.yaml");
  if (!settings) {
    fuzz::expect(!settings.error().message.empty(), "an error says why");
    return 0;
  }
  const std::string printed = config::print(*settings);
  const auto again = config::parse(printed, "printed.yaml");
  fuzz::expect(again.has_value() && config::print(*again) == printed, "print() can be read back");
  return 0;
}
