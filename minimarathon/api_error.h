#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/result.h"
#include "http/message.h"

namespace minimarathon {

/// A refusal as Marathon words it: status and JSON body.
struct ApiError {
  int status = 400;
  std::string body;
};

template <class T>
using ApiResult = tl::expected<T, ApiError>;

/// {"message": "..."}
tl::unexpected<ApiError> refuse(int status, std::string_view message);

enum class DocumentFault : std::uint8_t { Value, Type };

/// 422 {"message": "Object is not valid", "details": [{"path": "/cmd", "errors": ["..."]}]}, or
/// "Invalid JSON" when a field is not of its type.
tl::unexpected<ApiError> invalid(std::string_view path,
                                 std::string_view error,
                                 DocumentFault fault = DocumentFault::Value);

http::Response to_response(const ApiError& error);

}  // namespace minimarathon
