#include "core/clock.h"

#include <cstdio>
#include <cstring>
#include <ctime>

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>
#endif

namespace outrigger::core {
namespace {

uint64_t kernel_now_ns() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

#if defined(__x86_64__)

// The counter may be used when it runs at one rate in every state (CPUID 80000007h EDX bit 8) and the kernel, which
// watches it for drift between CPUs, uses it too.
bool is_tsc_trustworthy() noexcept {
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  if (__get_cpuid(0x80000007U, &eax, &ebx, &ecx, &edx) == 0 || (edx & (1U << 8)) == 0) {
    return false;
  }
  char source[16] = {};
  FILE* const file = std::fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");
  if (file == nullptr) {
    return false;
  }
  const bool is_read = std::fgets(source, sizeof(source), file) != nullptr;
  std::fclose(file);
  return is_read && std::strcmp(source, "tsc\n") == 0;
}

struct Moment {
  uint64_t ticks;
  uint64_t ns;
};

// Both clocks at one moment: of several tries the one in which the least time passed between the two reads of the
// counter, so that a preemption in the middle does not spoil the calibration.
Moment both_clocks() noexcept {
  Moment best{};
  uint64_t width_min = UINT64_MAX;
  for (int attempt = 0; attempt < 16; ++attempt) {
    const uint64_t before = __rdtsc();
    const uint64_t ns = kernel_now_ns();
    const uint64_t after = __rdtsc();
    if (after - before < width_min) {
      width_min = after - before;
      best = {before + (after - before) / 2, ns};
    }
  }
  return best;
}

// So that the shift below does not lose bits: 2³² ns, when 10 ms were asked for.
constexpr uint64_t ns_per_calibration_max = 1ULL << 32;

TickScale calibrate() noexcept {
  TickScale scale;
  if (!is_tsc_trustworthy()) {
    return scale;
  }
  // 10 ms against an error of some tens of nanoseconds at both ends: better than 10⁻⁵.
  const Moment start = both_clocks();
  const timespec pause{0, 10'000'000};
  ::nanosleep(&pause, nullptr);
  const Moment end = both_clocks();
  if (end.ticks <= start.ticks || end.ns <= start.ns || end.ns - start.ns >= ns_per_calibration_max) {
    return scale;
  }
  scale.is_tsc = true;
  scale.ns_per_tick = ((end.ns - start.ns) << TickScale::fraction_bits) / (end.ticks - start.ticks);
  scale.start_ticks = end.ticks;
  scale.start_ns = end.ns;
  return scale;
}

#else

TickScale calibrate() noexcept { return {}; }

#endif

}  // namespace

constinit TickScale tick_scale;
constinit thread_local uint64_t recent_ticks = 0;

namespace {

// Before main, while there is one thread: readers then need no guard.
[[maybe_unused]] const bool is_calibrated = [] {
  tick_scale = calibrate();
  return true;
}();

}  // namespace

uint64_t slow_ticks() noexcept { return kernel_now_ns(); }

}  // namespace outrigger::core
