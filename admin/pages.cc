#include "admin/pages.h"

#include <array>
#include <boost/json.hpp>
#include <chrono>
#include <string_view>
#include <utility>

#include "admin/process_metrics.h"
#include "admin/services.h"
#include "admin/sources.h"
#include "admin/vips.h"

namespace admin {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<std::string_view, http::Response (*)(const View&)>, 7> kPages{{
    {"/metrics", metrics_page},
    {"/healthz", health_page},
    {"/readyz", ready_page},
    {"/v1/services", services_page},
    {"/v1/sources", sources_page},
    {"/v1/vips", vips_page},
    {"/v1/rollouts", rollouts_page},
}};

http::Response text_response(int status, std::string body) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(body)};
}

http::Response not_found(const View& view) {
  std::string body = "No such page. There are:\n";
  for (const auto& [path, page] : kPages) body.append(path).append("\n");
  if (!view.mesos_dns) return text_response(404, body);
  for (const std::string& path : mesos_dns_paths()) body.append(path).append("\n");
  return text_response(404, body);
}

bool is_read(const http::Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

http::Response not_allowed() {
  http::Response refused = text_response(405, "Only GET.\n");
  refused.headers.emplace_back("Allow", "GET, HEAD");
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
  for (const auto& source : *view.sources.current()) {
    if (source.synced) continue;
    why += "source=" + source.name + (source.connected ? " connected" : " not connected");
    if (!source.last_error.empty()) why += ": " + source.last_error;
    why += '\n';
  }
  return text_response(503, why);
}

http::Response services_page(const View& view) {
  return http::json_response(200, json::serialize(describe_services(*view.catalog.current())));
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

http::Response route(const View& view, const http::Request& request) {
  for (const auto& [path, page] : kPages) {
    if (request.path() != path) continue;
    return is_read(request) ? page(view) : not_allowed();
  }
  if (view.mesos_dns) {
    if (auto page = mesos_dns_page(*view.mesos_dns, request.path())) {
      return is_read(request) ? std::move(*page) : not_allowed();
    }
  }
  return not_found(view);
}

}  // namespace admin
