#include "minimarathon/api.h"

#include <boost/json.hpp>
#include <utility>

#include "minimarathon/path.h"

namespace minimarathon {
namespace {

namespace json = boost::json;

/// What Marathon puts on every answer, so that no cache in between keeps it.
void add_common_headers(const std::string& leader, http::Headers& headers) {
  headers.emplace_back("X-Marathon-Leader", "http://" + leader);
  headers.emplace_back("Cache-Control", "no-cache, no-store, must-revalidate");
  headers.emplace_back("Pragma", "no-cache");
  headers.emplace_back("Expires", "0");
}

tl::unexpected<ApiError> wrong_method() { return refuse(405, "Method Not Allowed"); }

/// "/v2/apps//a/b/" -> "/a/b" for the prefix "/v2/apps"; nothing when it is not below it.
std::optional<std::string> below(std::string_view path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return std::nullopt;
  path.remove_prefix(prefix.size());
  if (!path.empty() && path.front() != '/') return std::nullopt;
  return absolute_path(http::percent_decode(path));
}

/// Takes `suffix` off the end of a path.
bool take_suffix(std::string_view& path, std::string_view suffix) {
  if (!path.ends_with(suffix)) return false;
  path.remove_suffix(suffix.size());
  return true;
}

}  // namespace

bool Api::Call::flag(std::string_view name, bool otherwise) const {
  const auto values = request.query(name);
  return values.empty() ? otherwise : values.front() == "true";
}

void Api::handle(const http::Request& request, const std::shared_ptr<http::Responder>& responder) {
  if (request.path() == "/v2/events" && request.method == "GET") {
    return parts_.bus.attach(request, *responder);
  }
  const Result result = route({request, responder->peer().ip.to_string()});
  http::Response response = result ? *result : to_response(result.error());
  add_common_headers(leader_, response.headers);
  responder->send(std::move(response));
}

Api::Result Api::route(const Call& call) {
  const std::string_view path = call.request.path();
  const bool reads = call.request.method == "GET" || call.request.method == "HEAD";
  const bool posts = call.request.method == "POST";
  if (path == "/ping") return http::Response{200, {{"Content-Type", "text/plain"}}, "pong"};
  if (path == "/v2/info") return reads ? info() : wrong_method();
  if (path == "/v2/queue") return reads ? queue() : wrong_method();
  if (path == "/v2/leader") {
    if (!reads) return wrong_method();
    return http::json_response(200, json::serialize(json::object{{"leader", leader_}}));
  }
  if (path == "/v2/tasks") return reads ? list_tasks(call) : wrong_method();
  if (path == "/v2/tasks/delete") return posts ? kill_tasks(call) : wrong_method();
  if (const auto id = below(path, "/v2/deployments")) {
    if (*id == "/") return reads ? list_deployments() : wrong_method();
    return call.request.method == "DELETE" ? cancel_deployment(id->substr(1)) : wrong_method();
  }
  if (const auto id = below(path, "/v2/groups")) {
    if (reads) return get_group(call, *id);
    if (posts) return post_group(call, *id);
    if (call.request.method == "PUT" || call.request.method == "PATCH") return put_group(call, *id);
    return call.request.method == "DELETE" ? delete_group(call, *id) : wrong_method();
  }
  if (const auto app_path = below(path, "/v2/apps")) return route_app(call, *app_path);
  return refuse(404, "URI not found");
}

/// What stands behind /v2/apps: nothing, an app's id, or an id and one of three words.
Api::Result Api::route_app(const Call& call, std::string_view path) {
  const std::string& method = call.request.method;
  const bool reads = method == "GET" || method == "HEAD";
  const bool changes = method == "PUT" || method == "PATCH";
  if (path == "/") {
    if (reads) return list_apps(call);
    if (method == "POST") return create_app(call);
    return changes ? change_apps(call, method == "PUT") : wrong_method();
  }
  if (take_suffix(path, "/*")) return list_apps_below(call, absolute_path(path));
  if (take_suffix(path, "/restart")) {
    return method == "POST" ? restart_app(call, std::string(path)) : wrong_method();
  }
  if (take_suffix(path, "/tasks")) {
    if (reads) return list_app_tasks(std::string(path));
    return method == "DELETE" ? kill_app_tasks(call, std::string(path)) : wrong_method();
  }
  if (take_suffix(path, "/versions"))
    return reads ? list_versions(std::string(path)) : wrong_method();
  if (const auto tasks = path.rfind("/tasks/"); tasks != std::string_view::npos) {
    const std::string id(path.substr(0, tasks));
    const std::string task(path.substr(tasks + 7));
    return method == "DELETE" ? kill_app_task(call, id, task) : wrong_method();
  }
  if (const auto versions = path.rfind("/versions/"); versions != std::string_view::npos) {
    const std::string id(path.substr(0, versions));
    return reads ? get_version(id, std::string(path.substr(versions + 10))) : wrong_method();
  }
  const std::string id(path);
  if (reads) return get_app(call, id);
  if (changes) return put_app(call, id, method == "PUT");
  return method == "DELETE" ? delete_app(call, id) : wrong_method();
}

ApiResult<json::value> parse_body(const http::Request& request) {
  json::error_code error;
  json::value body = json::parse(request.body, error);
  if (error) {
    return tl::unexpected(ApiError{
        400,
        json::serialize(json::object{{"message", "Invalid JSON"}, {"details", error.message()}})});
  }
  return body;
}

ApiResult<json::object> parse_object(const http::Request& request) {
  auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  if (!body->is_object()) return refuse(400, "Invalid JSON: expected an object");
  return std::move(body->as_object());
}

tl::unexpected<ApiError> no_such_app(const std::string& id) {
  return refuse(404, "App '" + id + "' does not exist");
}

}  // namespace minimarathon
