#include "minimarathon/api_error.h"

#include <boost/json.hpp>

namespace minimarathon {

namespace json = boost::json;

tl::unexpected<ApiError> refuse(int status, std::string_view message) {
  return tl::unexpected(ApiError{status, json::serialize(json::object{{"message", message}})});
}

tl::unexpected<ApiError> invalid(std::string_view path,
                                 std::string_view error,
                                 DocumentFault fault) {
  const auto* message = fault == DocumentFault::Type ? "Invalid JSON" : "Object is not valid";
  const json::object detail{{"path", path}, {"errors", json::array{error}}};
  const json::object body{{"message", message}, {"details", json::array{detail}}};
  return tl::unexpected(ApiError{422, json::serialize(body)});
}

http::Response to_response(const ApiError& error) {
  return http::json_response(error.status, error.body);
}

}  // namespace minimarathon
