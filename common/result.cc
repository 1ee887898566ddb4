#include "common/result.h"

#include <cerrno>
#include <system_error>

namespace common {

tl::unexpected<Error> fail_errno(std::string what, int error_number) {
  ErrorCode code = ErrorCode::Unavailable;
  if (error_number == EACCES || error_number == EPERM) code = ErrorCode::NotPermitted;
  if (error_number == EADDRINUSE) code = ErrorCode::Conflict;
  return fail(code, what + ": " + std::generic_category().message(error_number));
}

}  // namespace common
