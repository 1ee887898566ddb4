#include "signpost/admin_client.h"

#include <fmt/format.h>

#include <algorithm>
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

/// Who needs none of our files is reached as before: reading the host's certificates takes a while.
Expected<std::shared_ptr<const http::Tls>> load(const Desk& desk) {
  if (!desk.admin.starts_with("https:")) return nullptr;
  auto tls = http::Tls::load(desk.tls);
  if (tls) return tls;
  // Our options are called as its files are, in another spelling.
  std::string words = tls.error().message;
  std::replace(words.begin(), std::find(words.begin(), words.end(), ' '), '_', '-');
  return fail(tls.error().code, "--" + words);
}

/// What may be wrong where it was not reached.
std::string advice(const Desk& desk, ErrorCode code) {
  if (code == ErrorCode::NotPermitted) {
    return "; --ca-file names who vouches for it, --certificate-file what it may ask of us";
  }
  if (desk.admin.starts_with("https:")) return "; name another place with --admin";
  return "; name another place with --admin, https://HOST:PORT where it has a certificate";
}

Expected<http::Response> reach(const Desk& desk, std::string_view path, http::Request request) {
  auto tls = load(desk);
  if (!tls) return tl::unexpected(tls.error());
  auto answer = call(desk.admin + std::string(path), std::move(request), std::move(*tls));
  if (answer) return answer;
  const common::Error& error = answer.error();
  return fail(error.code, error.message + advice(desk, error.code));
}

}  // namespace

Expected<json::object> ask_admin(const Desk& desk, std::string_view path, http::Request request) {
  const auto answer = reach(desk, path, std::move(request));
  if (!answer) return tl::unexpected(answer.error());
  return read_answer(desk.admin, *answer);
}

Expected<std::string> ask_admin_text(const Desk& desk, std::string_view path) {
  auto answer = reach(desk, path, {});
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status == 200) return std::move(answer->body);
  return fail(ErrorCode::Unavailable, fmt::format("{} answers {}", desk.admin, answer->status));
}

std::string_view text(const json::object& object, std::string_view key) {
  const json::string& text = object.at(key).as_string();
  return {text.data(), text.size()};
}

std::uint64_t number(const json::object& object, std::string_view key) {
  return object.at(key).to_number<std::uint64_t>();
}

}  // namespace signpost
