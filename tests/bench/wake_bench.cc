// How long a sleeping thread takes to answer: one thread sleeps in epoll on a CPU, another writes to its eventfd after
// a silence and polls shared memory for the answer. Nothing that sleeps when idle can be faster on this machine. usage:
// wake_bench SLEEPER_CPU WAKER_CPU SILENCE_MS SAMPLES
#include "base/check.h"
#include "base/unique_fd.h"

#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>
#include <vector>

namespace outrigger {
namespace {

using Clock = std::chrono::steady_clock;

void run_on(int cpu) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(static_cast<size_t>(cpu), &cpus);
  check(::sched_setaffinity(0, sizeof cpus, &cpus) == 0, "the CPU is there");
}

// Answers each wake-up by counting it; ends after `count`.
void sleeper(int cpu, int event_fd, uint64_t count, std::atomic<uint64_t>& answers) {
  run_on(cpu);
  const UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{.events = EPOLLIN, .data = {}};
  check(::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, event_fd, &event) == 0, "an eventfd can be watched");
  while (answers.load() != count) {
    check(::epoll_wait(epoll.get(), &event, 1, -1) == 1, "the eventfd wakes");
    uint64_t value = 0;
    check(::read(event_fd, &value, sizeof value) == sizeof value, "the eventfd was written");
    answers.fetch_add(1);
  }
}

int run(int sleeper_cpu, int waker_cpu, int silence_ms, uint64_t samples) {
  const UniqueFd event_fd(::eventfd(0, EFD_CLOEXEC));
  std::atomic<uint64_t> answers{0};
  std::thread thread(sleeper, sleeper_cpu, event_fd.get(), samples, std::ref(answers));
  run_on(waker_cpu);
  std::vector<double> us;
  for (uint64_t i = 0; i < samples; ++i) {
    (void)::poll(nullptr, 0, silence_ms);
    const auto start = Clock::now();
    const uint64_t one = 1;
    check(::write(event_fd.get(), &one, sizeof one) == sizeof one, "an eventfd can be written");
    while (answers.load(std::memory_order_acquire) == i) {
    }
    us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }
  thread.join();
  std::ranges::sort(us);
  fmt::print("{{\"p50_us\": {:.1f}, \"p99_us\": {:.1f}}}\n", us[us.size() / 2], us[us.size() * 99 / 100]);
  return 0;
}

}  // namespace
}  // namespace outrigger

int main(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(stderr, "usage: wake_bench SLEEPER_CPU WAKER_CPU SILENCE_MS SAMPLES\n");
    return 2;
  }
  const auto samples = static_cast<uint64_t>(std::max(std::atoi(argv[4]), 1));
  return outrigger::run(std::atoi(argv[1]), std::atoi(argv[2]), std::atoi(argv[3]), samples);
}
