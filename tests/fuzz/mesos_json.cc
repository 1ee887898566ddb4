// Any body is an answer of a Mesos master, or an error that says why not.
#include "tests/fuzz/fuzz.h"
#include "watcher/mesos/parse.h"

namespace {

void expect_reason(const auto& parsed) {
  fuzz::expect(parsed || !parsed.error().message.empty(), "an error says why");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace watcher::mesos;
  const std::string_view body = fuzz::text(data, size);
  expect_reason(parse_event(body));
  expect_reason(parse_get_state(body));
  expect_reason(parse_get_agents(body));
  expect_reason(parse_get_master(body));
  expect_reason(parse_frameworks(body));
  expect_reason(parse_state_page(body));
  return 0;
}
