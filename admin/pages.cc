#include "admin/pages.h"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "admin/audience.h"
#include "admin/drains.h"
#include "admin/explain.h"
#include "admin/indented.h"
#include "admin/names.h"
#include "admin/openapi.h"
#include "admin/operations.h"
#include "admin/process_metrics.h"
#include "admin/services.h"
#include "admin/sources.h"
#include "admin/status_page.h"
#include "admin/traffic.h"
#include "admin/vips.h"

namespace admin {
namespace {

namespace json = boost::json;
using common::ErrorCode;

/// Of a page that looks at nothing but the path.
template <auto kPage>
http::Response plain(const View& view, const http::Request&) {
  return kPage(view);
}

using Page = http::Response (*)(const View&, const http::Request&);
constexpr std::array<std::pair<std::string_view, Page>, 12> kPages{{
    {"/metrics", plain<metrics_page>},
    {"/healthz", plain<health_page>},
    {"/readyz", plain<ready_page>},
    {"/v1/services", plain<services_page>},
    {"/v1/sources", plain<sources_page>},
    {"/v1/vips", plain<vips_page>},
    {"/v1/rollouts", plain<rollouts_page>},
    {"/v1/traffic", plain<traffic_page>},
    {"/v1/names", names_page},
    {"/v1/explain", explain_page},
    {"/v1/drains", plain<drains_page>},
    {"/openapi.yaml", plain<openapi_page>},
}};

http::Response text_response(int status, std::string body) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(body)};
}

/// All that is served: the methods of each path.
using Routes = std::map<std::string, std::vector<std::string>>;
Routes routes(const View& view) {
  Routes found{{"/", {"GET", "HEAD"}}};
  for (const auto& [path, page] : kPages) found[std::string(path)] = {"GET", "HEAD"};
  for (const std::string_view path : Audience::kPaths) found[std::string(path)] = {"GET", "HEAD"};
  if (view.mesos_dns) {
    for (const std::string& path : mesos_dns_paths()) found[path] = {"GET", "HEAD"};
  }
  if (!view.operations) return found;
  for (const auto& [method, path] : calls(*view.operations)) {
    found[std::string(path)].emplace_back(method);
  }
  return found;
}

http::Response not_found(const Routes& known) {
  json::object pages;
  for (const auto& [path, methods] : known)
    pages[path] = json::array(methods.begin(), methods.end());
  return http::json_response(
      404,
      indented({{"error", "no such page; `pages` has those that there are"}, {"pages", pages}}) +
          "\n");
}

bool is_read(const http::Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

http::Response not_allowed(const std::vector<std::string>& methods) {
  const std::string allowed = fmt::format("{}", fmt::join(methods, ", "));
  http::Response refused =
      http::json_response(405, json::serialize(json::object{{"error", "only " + allowed}}));
  refused.headers.emplace_back("Allow", allowed);
  return refused;
}

}  // namespace

http::Response metrics_page(const View& view) {
  common::MetricsPage page;
  for (const auto& describe : view.metrics) describe(page);
  describe_process(page);
  return {200, {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}}, page.text()};
}

http::Response health_page(const View&) { return text_response(200, "ok\n"); }

http::Response ready_page(const View& view) {
  const auto snapshot = view.catalog.current();
  if (snapshot->synced && !snapshot->restored) return text_response(200, "ready\n");
  if (snapshot->synced) {
    return text_response(200, "ready: the state of the last run, until every source has spoken\n");
  }
  std::string why = "not ready: waiting for the first full state\n";
  const auto sources = view.sources.current();  // Not in the loop's head, which would not keep it.
  for (const auto& source : *sources) {
    if (source.synced) continue;
    why += "source=" + source.name + (source.connected ? " connected" : " not connected");
    if (!source.last_error.empty()) why += ": " + source.last_error;
    why += '\n';
  }
  return text_response(503, why);
}

http::Response services_page(const View& view) {
  return http::json_response(200, services_text(*view.catalog.current()));
}

http::Response sources_page(const View& view) {
  const auto described = describe_sources(
      *view.catalog.current(), *view.sources.current(), std::chrono::steady_clock::now());
  return http::json_response(200, json::serialize(described));
}

http::Response vips_page(const View& view) {
  return http::json_response(200, json::serialize(describe_vips(*view.catalog.current())));
}

http::Response rollouts_page(const View& view) {
  const auto rollouts = view.operations ? view.operations->rollouts.current() : nullptr;
  return http::json_response(
      200, json::serialize(describe_rollouts(rollouts ? *rollouts : rollout::Rollouts())));
}

http::Response drains_page(const View& view) {
  return http::json_response(200, json::serialize(describe_drains(*view.catalog.current())));
}

http::Response openapi_page(const View&) {
  return {200, {{"Content-Type", "application/yaml"}}, std::string(openapi())};
}

http::Response traffic_page(const View& view) {
  const auto vips = view.traffic ? view.traffic() : std::vector<vipd::VipTraffic>();
  const auto described = describe_traffic(vips, std::chrono::steady_clock::now());
  return http::json_response(200, json::serialize(described));
}

http::Response names_page(const View& view, const http::Request& request) {
  const auto app = request.query("app");
  const auto framework = request.query("framework");
  if (app.empty() || app[0].empty()) {
    return error_response(
        {ErrorCode::InvalidInput, "app: expected the id of an app, as in /v1/names?app=/shop"});
  }
  if (!view.mesos_dns) {
    return error_response({ErrorCode::NotFound, "no names: there is no dnsd in this process"});
  }
  const auto names = describe_names(*view.mesos_dns, app[0], framework.empty() ? "" : framework[0]);
  if (names) return http::json_response(200, json::serialize(*names));
  return error_response({ErrorCode::NotFound, "no task of the app " + app[0]});
}

http::Response route(const View& view, const http::Request& request) {
  for (const auto& [path, page] : kPages) {
    if (request.path() == path && is_read(request)) return page(view, request);
  }
  if (auto page = status_page(request)) {
    return is_read(request) ? std::move(*page) : not_allowed({"GET", "HEAD"});
  }
  if (view.mesos_dns) {
    if (auto page = mesos_dns_page(*view.mesos_dns, request.path())) {
      return is_read(request) ? std::move(*page) : not_allowed({"GET", "HEAD"});
    }
  }
  const auto known = routes(view);
  const auto found = known.find(std::string(request.path()));
  return found == known.end() ? not_found(known) : not_allowed(found->second);
}

}  // namespace admin
