#include "base/check.h"

#include "base/log.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace outrigger {

namespace {
constexpr int patience_ms = 500;
}

// Whoever reads our log may have stopped doing so: that must not keep us from dying.
void check_failed(const char* what, std::source_location where) noexcept {
  log::drain(patience_ms * 1'000'000ULL);
  std::array<char, 1024> text{};
  const int length = std::snprintf(text.data(), text.size(), "%s:%u: %s: check failed%s%s\n", where.file_name(),
                                   where.line(), where.function_name(), *what != '\0' ? ": " : "", what);
  const size_t bytes = std::min(static_cast<size_t>(std::max(length, 0)), text.size() - 1);
  pollfd reader{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  if (::poll(&reader, 1, patience_ms) > 0) {
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), bytes);
  }
  std::abort();
}

}  // namespace outrigger
