#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace outrigger {

void check_failed(const char* what, std::source_location where) noexcept {
  std::fprintf(stderr, "%s:%u: %s: check failed%s%s\n", where.file_name(), where.line(), where.function_name(),
               *what != '\0' ? ": " : "", what);
  std::fflush(stderr);
  std::abort();
}

}  // namespace outrigger
