#include "base/result.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace outrigger {
namespace {

Result<int> half(int value) {
  if (value % 2 != 0) {
    return fail(Code::InvalidArgument, "{} is odd", value);
  }
  return value / 2;
}

Result<int> quarter(int value) {
  OR_ASSIGN(const int once, half(value));
  OR_ASSIGN(const int twice, half(once));
  return twice;
}

TEST(Result, assign_passes_values_and_errors_on) {
  EXPECT_EQ(quarter(8), 2);
  const auto error = quarter(6);
  ASSERT_FALSE(error.has_value());
  EXPECT_EQ(error.error(), (Error{Code::InvalidArgument, "3 is odd"}));
}

TEST(Result, errno_maps_to_the_nearest_code_and_keeps_the_reason) {
  const auto error = fail_errno(ENOSPC, "writing /x");
  EXPECT_EQ(error.error().code, Code::ResourceExhausted);
  EXPECT_EQ(error.error().what, "writing /x: No space left on device");
}

TEST(Result, context_goes_in_front) {
  const auto error = with_context(Error{Code::NotFound, "no file"}, "volume a");
  EXPECT_EQ(error.error().what, "volume a: no file");
  EXPECT_EQ(error.error().code, Code::NotFound);
}

}  // namespace
}  // namespace outrigger
