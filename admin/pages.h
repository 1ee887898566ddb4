#pragma once

#include "admin/server.h"
#include "http/message.h"

/// One function a page: pure, from the view to the answer.
namespace admin {

http::Response metrics_page(const View& view);  // Prometheus text format.
http::Response health_page(const View& view);   // 200 while the process serves.
http::Response ready_page(const View& view);  // 200 once every source has synced, else 503 and why.
http::Response services_page(const View& view);  // Every app with its tasks, endpoints and VIPs.
http::Response sources_page(const View& view);   // Where each source stands.
http::Response vips_page(const View& view);      // Every VIP with its pools and their shares.
http::Response rollouts_page(const View& view);  // Rollouts under way, and the last that ended.
http::Response traffic_page(const View& view);   // What VIPs, pools and backends have counted.
http::Response drains_page(const View& view);    // What the operator drains.
http::Response openapi_page(const View& view);   // All of this, in OpenAPI's words.
/// What an app is called in the DNS: ?app=ID, and &framework=NAME where several have it.
http::Response names_page(const View& view, const http::Request& request);

/// Finds the page of a path, the status page's files included, or 404; 405 for a method that the
/// path does not know.
http::Response route(const View& view, const http::Request& request);

}  // namespace admin
