// Result<T>: how everything outside the hot path reports what the world did to us. An Error carries one of the
// canonical gRPC codes, so that the API's edge maps it without thinking, and a sentence for a person.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace outrigger {

// The canonical codes of google.rpc.Code, with their numbers.
enum class Code : uint8_t {
  Ok = 0,
  Cancelled = 1,
  Unknown = 2,
  InvalidArgument = 3,
  DeadlineExceeded = 4,
  NotFound = 5,
  AlreadyExists = 6,
  PermissionDenied = 7,
  ResourceExhausted = 8,
  FailedPrecondition = 9,
  Aborted = 10,
  OutOfRange = 11,
  Unimplemented = 12,
  Internal = 13,
  Unavailable = 14,
  DataLoss = 15,
  Unauthenticated = 16,
};

// "INVALID_ARGUMENT" and so on, as google.rpc.Code spells them.
std::string_view code_name(Code code) noexcept;

// What went wrong, for a person: names the thing, says what was wrong with it and, where we know, the remedy.
// Never holds a secret.
struct Error {
  Code code = Code::Unknown;
  std::string what;

  friend bool operator==(const Error&, const Error&) = default;
};

template <typename T = void>
using Result = std::expected<T, Error>;

// fail(Code::NotFound, "no volume {}", name): an error to return from any function that gives a Result.
template <typename... Args>
[[nodiscard]] std::unexpected<Error> fail(Code code, fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected(Error{code, fmt::format(format, std::forward<Args>(args)...)});
}

// The error of a system call: `what` failed, and why. Maps errno to the nearest code.
[[nodiscard]] std::unexpected<Error> fail_errno(int error_number, std::string_view what);

// The same error with "context: " in front, for a person further up.
[[nodiscard]] std::unexpected<Error> with_context(Error error, std::string_view context);

}  // namespace outrigger

// Returns the error of a Result<> expression to the caller; otherwise goes on.
#define OR_TRY(expression)                                             \
  do {                                                                 \
    if (auto or_try_result = (expression); !or_try_result.has_value()) \
      return std::unexpected(std::move(or_try_result).error());        \
  } while (false)

// OR_ASSIGN(auto x, f()): declares x from the value of f(), or returns f()'s error.
#define OR_ASSIGN_JOIN2(a, b) a##b
#define OR_ASSIGN_JOIN(a, b) OR_ASSIGN_JOIN2(a, b)
#define OR_ASSIGN(declaration, expression)                                           \
  auto OR_ASSIGN_JOIN(or_result_, __LINE__) = (expression);                          \
  if (!OR_ASSIGN_JOIN(or_result_, __LINE__).has_value())                             \
    return std::unexpected(std::move(OR_ASSIGN_JOIN(or_result_, __LINE__)).error()); \
  declaration = std::move(*OR_ASSIGN_JOIN(or_result_, __LINE__))
