// Any body is an answer of Marathon, or an error that says why not.
#include "tests/fuzz/fuzz.h"
#include "watcher/marathon/event.h"
#include "watcher/marathon/parse.h"

namespace {

void expect_reason(const auto& parsed) {
  fuzz::expect(parsed || !parsed.error().message.empty(), "an error says why");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace watcher::marathon;
  const std::string_view body = fuzz::text(data, size);
  expect_reason(parse_apps(body));
  expect_reason(parse_app(body));
  expect_reason(parse_version(body));
  expect_reason(parse_group(body));
  expect_reason(parse_pods(body));
  expect_reason(parse_pod(body));
  expect_reason(parse_pod_version(body));
  expect_reason(parse_leader(body));
  expect_reason(parse_event(body, "status_update_event"));
  return 0;
}
