#include "signpost/admin_client.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <utility>

#include "signpost/caller.h"

namespace signpost {
namespace {

namespace json = boost::json;
using common::ErrorCode;
using common::Expected;
using common::fail;

Expected<json::object> read_answer(const std::string& admin, const http::Response& answer) {
  boost::system::error_code error;
  json::value body = json::parse(answer.body, error);
  if (error || !body.is_object()) {
    return fail(
        ErrorCode::Unavailable,
        fmt::format("{} is no Signpost that can do this: it answers {}", admin, answer.status));
  }
  if (answer.status == 200) return std::move(body.as_object());
  const json::value* why = body.as_object().if_contains("error");
  return fail(ErrorCode::InvalidInput,
              why != nullptr && why->is_string()
                  ? std::string(why->as_string())
                  : fmt::format("{} answers {}", admin, answer.status));
}

Expected<http::Response> reach(const std::string& admin,
                               std::string_view path,
                               http::Request request) {
  auto answer = call(admin + std::string(path), std::move(request));
  if (answer) return answer;
  return fail(answer.error().code, answer.error().message + "; name another place with --admin");
}

}  // namespace

Expected<json::object> ask_admin(const std::string& admin,
                                 std::string_view path,
                                 http::Request request) {
  const auto answer = reach(admin, path, std::move(request));
  if (!answer) return tl::unexpected(answer.error());
  return read_answer(admin, *answer);
}

Expected<std::string> ask_admin_text(const std::string& admin, std::string_view path) {
  auto answer = reach(admin, path, {});
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status == 200) return std::move(answer->body);
  return fail(ErrorCode::Unavailable, fmt::format("{} answers {}", admin, answer->status));
}

std::string_view text(const json::object& object, std::string_view key) {
  const json::string& text = object.at(key).as_string();
  return {text.data(), text.size()};
}

std::uint64_t number(const json::object& object, std::string_view key) {
  return object.at(key).to_number<std::uint64_t>();
}

}  // namespace signpost
