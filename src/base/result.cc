#include "base/result.h"

#include <cerrno>
#include <system_error>

namespace outrigger {
namespace {

Code code_of_errno(int error_number) noexcept {
  switch (error_number) {
    case ENOENT:
    case ENODEV:
    case ENXIO: return Code::NotFound;
    case EACCES:
    case EPERM:
    case EROFS: return Code::PermissionDenied;
    case EEXIST:
    case EADDRINUSE: return Code::AlreadyExists;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM: return Code::ResourceExhausted;
    case EINVAL:
    case EISDIR:
    case ENOTDIR:
    case ENAMETOOLONG: return Code::InvalidArgument;
    case EADDRNOTAVAIL:
    case EBUSY:
    case ETXTBSY: return Code::FailedPrecondition;
    case ECONNREFUSED:
    case ECONNRESET:
    case EPIPE:
    case EAGAIN: return Code::Unavailable;
    case ETIMEDOUT: return Code::DeadlineExceeded;
    case ENOSYS:
    case EOPNOTSUPP: return Code::Unimplemented;
    default: return Code::Internal;
  }
}

}  // namespace

std::string_view code_name(Code code) noexcept {
  switch (code) {
    case Code::Ok: return "OK";
    case Code::Cancelled: return "CANCELLED";
    case Code::Unknown: return "UNKNOWN";
    case Code::InvalidArgument: return "INVALID_ARGUMENT";
    case Code::DeadlineExceeded: return "DEADLINE_EXCEEDED";
    case Code::NotFound: return "NOT_FOUND";
    case Code::AlreadyExists: return "ALREADY_EXISTS";
    case Code::PermissionDenied: return "PERMISSION_DENIED";
    case Code::ResourceExhausted: return "RESOURCE_EXHAUSTED";
    case Code::FailedPrecondition: return "FAILED_PRECONDITION";
    case Code::Aborted: return "ABORTED";
    case Code::OutOfRange: return "OUT_OF_RANGE";
    case Code::Unimplemented: return "UNIMPLEMENTED";
    case Code::Internal: return "INTERNAL";
    case Code::Unavailable: return "UNAVAILABLE";
    case Code::DataLoss: return "DATA_LOSS";
    case Code::Unauthenticated: return "UNAUTHENTICATED";
  }
  return "UNKNOWN";
}

std::unexpected<Error> fail_errno(int error_number, std::string_view what) {
  return fail(code_of_errno(error_number), "{}: {}", what, std::generic_category().message(error_number));
}

std::unexpected<Error> with_context(Error error, std::string_view context) {
  error.what = fmt::format("{}: {}", context, error.what);
  return std::unexpected(std::move(error));
}

}  // namespace outrigger
