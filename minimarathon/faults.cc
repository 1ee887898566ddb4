#include "minimarathon/faults.h"

#include <array>
#include <boost/json.hpp>
#include <string_view>
#include <utility>

namespace minimarathon {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<std::string_view, EventBus::Fault>, 4> kFaults{
    {{"deliver", EventBus::Fault::None},
     {"drop", EventBus::Fault::Drop},
     {"stall", EventBus::Fault::Stall},
     {"cut", EventBus::Fault::Cut}}};

}  // namespace

http::Response set_faults(const http::Request& request, EventBus& bus) {
  boost::system::error_code error;
  const json::value body = json::parse(request.body, error);
  const json::object* object = body.if_object();
  const json::value* events = object ? object->if_contains("events") : nullptr;
  for (const auto& [name, fault] : kFaults) {
    if (!events || !events->is_string() || events->as_string() != name.data()) continue;
    bus.set_fault(fault);
    return http::json_response(200, "{}");
  }
  return http::json_response(
      422, R"({"message":"expected {\"events\": \"deliver\", \"drop\", \"stall\" or \"cut\"}"})");
}

}  // namespace minimarathon
