#include "minimarathon/api.h"

#include <boost/json.hpp>
#include <utility>

#include "minimarathon/json_text.h"
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

/// Marathon takes JSON bodies only; no type at all passes.
bool has_json_body(const http::Request& request) {
  const std::string_view type = http::find_header(request.headers, "Content-Type");
  return request.body.empty() || type.empty() || type.starts_with("application/json");
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
  add_common_headers(parts_.leader, response.headers);
  responder->send(std::move(response));
}

Api::Result Api::route(const Call& call) {
  const std::string_view path = call.request.path();
  if (!has_json_body(call.request)) return refuse(415, "Unsupported Media Type");
  if (path == "/ping") return ping(call);
  if (path == "/v2/tasks/delete")
    return call.request.method == "POST" ? kill_tasks(call) : wrong_method();
  if (const auto id = below(path, "/v2/apps")) return route_apps(call, *id);
  if (const auto id = below(path, "/v2/groups")) return route_groups(call, *id);
  if (const auto id = below(path, "/v2/deployments"); id && *id != "/")
    return call.request.method == "DELETE" ? cancel_deployment(call, id->substr(1))
                                           : wrong_method();
  const bool reads = call.reads();
  if (below(path, "/v2/deployments")) return reads ? list_deployments() : wrong_method();
  if (path == "/v2/tasks") return reads ? list_tasks(call) : wrong_method();
  if (path == "/v2/info") return reads ? info() : wrong_method();
  if (path == "/v2/queue") return reads ? queue() : wrong_method();
  if (path == "/v2/leader") return reads ? leader() : wrong_method();
  if (path == "/v2/events") return wrong_method();
  return refuse(500, "URI not found");  // So Marathon answers.
}

/// What stands behind /v2/apps: nothing, an app's id, or an id and one of three words.
Api::Result Api::route_apps(const Call& call, std::string_view path) {
  const std::string& method = call.request.method;
  const bool changes = method == "PUT" || method == "PATCH";
  if (path == "/") {
    if (call.reads()) return list_apps(call);
    if (method == "POST") return create_app(call);
    return changes ? change_apps(call) : wrong_method();
  }
  for (const std::string_view word : {"/restart", "/tasks", "/versions"}) {
    const std::size_t at = path.rfind(word);
    if (at == std::string_view::npos || at == 0) continue;
    const char next = at + word.size() < path.size() ? path[at + word.size()] : '/';
    if (next == '/') return route_app_part(call, path);
  }
  if (call.reads() && take_suffix(path, "/*")) return list_apps_below(call, absolute_path(path));
  const std::string id(path);
  if (call.reads()) return get_app(call, id);
  if (changes) return change_app(call, id);
  return method == "DELETE" ? delete_app(call, id) : wrong_method();
}

Api::Result Api::route_app_part(const Call& call, std::string_view path) {
  constexpr std::string_view kTasks = "/tasks/";
  constexpr std::string_view kVersions = "/versions/";
  const bool deletes = call.request.method == "DELETE";
  if (take_suffix(path, "/restart")) {
    return call.request.method == "POST" ? restart_app(call, std::string(path)) : wrong_method();
  }
  if (take_suffix(path, "/tasks")) {
    if (call.reads()) return list_app_tasks(call, std::string(path));
    return deletes ? kill_app_tasks(call, std::string(path)) : wrong_method();
  }
  if (take_suffix(path, "/versions")) {
    return call.reads() ? list_versions(std::string(path)) : wrong_method();
  }
  if (const auto at = path.rfind(kTasks); at != std::string_view::npos) {
    const std::string task(path.substr(at + kTasks.size()));
    return deletes ? kill_app_task(call, std::string(path.substr(0, at)), task) : wrong_method();
  }
  const auto at = path.rfind(kVersions);
  if (at == std::string_view::npos || !call.reads()) return wrong_method();
  return get_version(std::string(path.substr(0, at)),
                     std::string(path.substr(at + kVersions.size())));
}

Api::Result Api::route_groups(const Call& call, const std::string& id) {
  const std::string& method = call.request.method;
  if (call.reads()) return get_group(call, id);
  if (method == "POST") return create_group(call, id);
  if (method == "PUT" || method == "PATCH") return change_group(call, id);
  return method == "DELETE" ? delete_group(call, id) : wrong_method();
}

AppView Api::view_of(const std::string& app_id) const {
  return {parts_.scheduler.instances(app_id),
          parts_.deployments.of_app(app_id),
          parts_.scheduler.last_failure(app_id)};
}

ApiResult<json::value> parse_body(const http::Request& request) {
  json::error_code error;
  json::value body = json::parse(request.body, error);
  if (!error) return body;
  const json::object refusal{{"message", "Invalid JSON"}, {"details", error.message()}};
  return tl::unexpected(ApiError{400, json::serialize(refusal)});
}

ApiResult<json::object> parse_object(const http::Request& request) {
  auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  if (!body->is_object()) return invalid("", "error.expected.jsobject", DocumentFault::Type);
  return std::move(body->get_object());
}

http::Response json_answer(const json::value& body, int status) {
  return http::json_response(status, to_text(body));
}

http::Response deployment_answer(const std::string& id, const std::string& version) {
  http::Response response = json_answer(json::object{{"version", version}, {"deploymentId", id}});
  response.headers.emplace_back("Marathon-Deployment-Id", id);
  return response;
}

tl::unexpected<ApiError> no_such_app(const std::string& id) {
  return refuse(404, "App '" + id + "' does not exist");
}

tl::unexpected<ApiError> no_such_group(const std::string& id) {
  return refuse(404, "Group '" + id + "' does not exist");
}

}  // namespace minimarathon
