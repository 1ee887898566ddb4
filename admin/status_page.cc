#include "admin/status_page.h"

#include <algorithm>
#include <string>
#include <utility>

namespace admin {
namespace {

constexpr std::string_view kPolicy =
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

http::Headers headers_of(const PageFile& file) {
  return {{"Content-Type", std::string(file.type)},
          {"ETag", std::string(file.etag)},
          {"Cache-Control", "no-cache"},  // Kept, but asked for: another release has other files.
          {"Content-Security-Policy", std::string(kPolicy)},
          {"X-Content-Type-Options", "nosniff"},
          {"X-Frame-Options", "DENY"},
          {"Referrer-Policy", "no-referrer"},
          {"Cross-Origin-Opener-Policy", "same-origin"},
          {"Cross-Origin-Resource-Policy", "same-origin"}};
}

/// If-None-Match may list several, each perhaps with W/ before it (RFC 9110 section 13.1.2).
bool has_it(const http::Request& request, std::string_view etag) {
  return http::find_header(request.headers, "If-None-Match").find(etag) != std::string_view::npos;
}

}  // namespace

std::optional<http::Response> status_page(const http::Request& request) {
  const auto files = page_files();
  const auto file = std::find_if(files.begin(), files.end(), [&](const PageFile& known) {
    return known.path == request.path();
  });
  if (file == files.end()) return std::nullopt;
  if (has_it(request, file->etag)) return http::Response{304, headers_of(*file), ""};
  return http::Response{200, headers_of(*file), std::string(file->text)};
}

}  // namespace admin
