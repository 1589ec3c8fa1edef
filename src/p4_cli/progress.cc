// progress.cc: one line that is written over.
#include "p4_cli/progress.h"

#include <unistd.h>

#include <cstdio>

namespace outrigger::p4_cli {
namespace {

constexpr uint64_t packets_between_looks = 256;
constexpr std::chrono::milliseconds between_lines(500);

}  // namespace

Progress::Progress() : is_terminal_(isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (is_shown_) {
    std::fputs("\r\033[K", stderr);
  }
}

void Progress::show(uint64_t packets) {
  if (!is_terminal_ || packets % packets_between_looks != 0) {
    return;
  }
  const Clock::time_point now = Clock::now();
  if (now - shown_ < between_lines) {
    return;
  }
  shown_ = now;
  is_shown_ = true;
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  std::fprintf(stderr, "\r\033[K%llu packets, %.0f a second", static_cast<unsigned long long>(packets),
               static_cast<double>(packets) / seconds);
}

}  // namespace outrigger::p4_cli
