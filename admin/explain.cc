#include "admin/explain.h"

#include <array>
#include <boost/json.hpp>
#include <chrono>
#include <string_view>
#include <utility>

#include "admin/explain_facts.h"
#include "admin/server.h"

namespace admin {
namespace {

namespace json = boost::json;
using common::ErrorCode;
using common::Expected;

std::string value_of(const http::Request& request, std::string_view key) {
  const auto values = request.query(key);
  return values.empty() ? std::string() : values.front();
}

/// Far beyond any name, and few enough to be compared with all that there are.
constexpr std::size_t kLongest = 512;

Expected<json::object> make(const http::Request& request, const explain::Facts& facts) {
  if (const std::string name = value_of(request, "name"); !name.empty()) {
    return explain::name(name, value_of(request, "type"), facts);
  }
  if (const std::string vip = value_of(request, "vip"); !vip.empty()) {
    return explain::vip(vip, facts);
  }
  if (const std::string service = value_of(request, "service"); !service.empty()) {
    return explain::service(service, facts);
  }
  return common::fail(ErrorCode::InvalidInput,
                      "say what to explain: ?name=NAME&type=TYPE, ?vip=NAME:PORT or ?service=APP");
}

}  // namespace

http::Response explain_page(const View& view, const http::Request& request) {
  for (const char* key : {"name", "type", "vip", "service"}) {
    if (value_of(request, key).size() <= kLongest) continue;
    return error_response({ErrorCode::InvalidInput, std::string(key) + ": longer than 512 octets"});
  }
  if (!view.explain) {
    return error_response({ErrorCode::NotFound, "this server explains nothing"});
  }
  const auto snapshot = view.catalog.current();
  const auto sources = view.sources.current();
  const auto failures = view.explain->failures.current();
  const auto rollouts = view.operations ? view.operations->rollouts.current() : nullptr;
  const rollout::Rollouts none;
  const auto zone = view.mesos_dns ? view.mesos_dns->zones.current() : nullptr;
  const auto explained = make(request,
                              {.snapshot = *snapshot,
                               .sources = *sources,
                               .failures = *failures,
                               .rollouts = rollouts ? *rollouts : none,
                               .more = *view.explain,
                               .zone = zone.get(),
                               .names = view.mesos_dns ? &view.mesos_dns->names : nullptr,
                               .now = std::chrono::steady_clock::now()});
  if (!explained) return error_response(explained.error());
  return http::json_response(200, json::serialize(*explained));
}

}  // namespace admin
