// Any body of a call that changes something is read, or refused with a reason; so are any query of
// those who follow, and any note of rollouts that an earlier run left, which reads back as it is
// printed.
#include "admin/operations.h"

#include "admin/service_feed.h"
#include "rollout/text.h"
#include "tests/fuzz/fuzz.h"

namespace {

void read_as_call(std::string_view body) {
  for (const auto& [method, path] : {std::pair{"PUT", "/v1/weights"},
                                     {"DELETE", "/v1/weights"},
                                     {"POST", "/v1/switch"},
                                     {"POST", "/v1/rollouts"},
                                     {"POST", "/v1/rollouts/pause"},
                                     {"PUT", "/v1/drains"}}) {
    http::Request request{
        .method = method, .target = path, .headers = {}, .body = std::string(body)};
    const auto call = admin::read_call(request);
    fuzz::expect(call || !call.error().message.empty(), "an error says why");
  }
}

void read_as_query(std::string_view query) {
  const admin::ServiceFeed feed("cafe");
  const auto wish = feed.read_wish({.target = "/v1/events?" + std::string(query)});
  fuzz::expect(wish || !wish.error().message.empty(), "an error says why");
}

void read_as_note(std::string_view body) {
  const auto stored = rollout::read(body);
  if (!stored) return fuzz::expect(!stored.error().message.empty(), "an error says why");
  std::vector<rollout::Rollout> rollouts;
  for (const auto& one : *stored) rollouts.emplace_back(one, rollout::TimePoint{});
  const auto again = rollout::read(rollout::print(rollouts));
  fuzz::expect(again && again->size() == stored->size(), "what is printed is read");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read_as_call(fuzz::text(data, size));
  read_as_query(fuzz::text(data, size));
  read_as_note(fuzz::text(data, size));
  return 0;
}
