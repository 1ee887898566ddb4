#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace common {

enum class ErrorCode {
  InvalidInput,  // Somebody sent or wrote something we refuse.
  NotFound,      // What was asked for does not exist.
  Conflict,      // It exists already, or is in use.
  Unavailable,   // A peer or a file did not answer; trying again may help.
  NotPermitted,  // The kernel or a peer said no.
  Timeout,
};

/// Why something failed, in words for the person who can mend it: names the place and what to do.
struct Error {
  ErrorCode code = ErrorCode::InvalidInput;
  std::string message;
};

template <class T>
using Expected = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

/// As fail(), with the text of an errno value appended.
tl::unexpected<Error> fail_errno(std::string what, int error_number);

}  // namespace common
