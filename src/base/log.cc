#include "base/log.h"

#include "base/log_queue.h"

#include <pthread.h>
#include <signal.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <atomic>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <thread>

namespace outrigger::log {
namespace {

std::atomic<Level> threshold{Level::Info};

// Lines that wait for whoever reads standard error.
constexpr size_t queue_lines = 1024;
// How long the end of the process waits for the last lines to be read.
constexpr uint64_t exit_patience_ns = 1'000'000'000;

spdlog::level::level_enum spdlog_level(Level level) noexcept {
  switch (level) {
    case Level::Debug: return spdlog::level::debug;
    case Level::Info: return spdlog::level::info;
    case Level::Warning: return spdlog::level::warn;
    case Level::Error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

// The thread that writes. Lives as long as the process: others may log until its very end.
class Writer {
 public:
  static Writer& get() {
    static Writer* const the_writer = new Writer;
    return *the_writer;
  }
  // The writer when there is one, for who must not make one.
  static Writer* existing() noexcept { return instance.load(std::memory_order_acquire); }

  void put(Level level, std::string_view room, std::string_view line) {
    if (queue_.put(level, room, line)) {
      news_.fetch_add(1, std::memory_order_release);
      news_.notify_one();
    }
  }
  void drain(uint64_t patience_ns) const noexcept {
    constexpr timespec pause{.tv_sec = 0, .tv_nsec = 1'000'000};
    const size_t wanted = queue_.put_count();
    for (uint64_t waited_ns = 0; written_.load(std::memory_order_acquire) < wanted && waited_ns < patience_ns;
         waited_ns += static_cast<uint64_t>(pause.tv_nsec)) {
      ::nanosleep(&pause, nullptr);
    }
  }

 private:
  Writer() : logger_("outrigger", std::make_shared<spdlog::sinks::stderr_color_sink_mt>()) {
    logger_.set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
    logger_.set_level(spdlog::level::trace);
    logger_.flush_on(spdlog::level::trace);
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);  // the daemon's signals are not this thread's
    std::thread([this] { run(); }).detach();
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    instance.store(this, std::memory_order_release);
    std::atexit([] { log::drain(exit_patience_ns); });
  }
  [[noreturn]] void run() {
    ::pthread_setname_np(::pthread_self(), "log");
    LogQueue::Line line;
    for (;;) {
      const uint32_t seen = news_.load(std::memory_order_acquire);
      while (queue_.take(line)) {
        logger_.log(line.time, spdlog::source_loc{}, spdlog_level(line.level), line.text);
        written_.fetch_add(1, std::memory_order_release);
      }
      if (const uint64_t lost = queue_.take_lost_count(); lost != 0) {
        logger_.log(spdlog::level::warn, "log: {} lines are lost: nobody read what came before", lost);
      }
      news_.wait(seen, std::memory_order_acquire);
    }
  }

  static inline std::atomic<Writer*> instance{nullptr};
  LogQueue queue_{queue_lines};
  std::atomic<uint32_t> news_{0};
  std::atomic<size_t> written_{0};
  spdlog::logger logger_;
};

}  // namespace

void set_level(Level level) noexcept { threshold.store(level, std::memory_order_relaxed); }

bool is_enabled(Level level) noexcept { return level >= threshold.load(std::memory_order_relaxed); }

void write(Level level, std::string_view room, std::string_view line) {
  if (is_enabled(level)) {
    Writer::get().put(level, room, line);
  }
}

void drain(uint64_t patience_ns) noexcept {
  if (const Writer* const writer = Writer::existing(); writer != nullptr) {
    writer->drain(patience_ns);
  }
}

}  // namespace outrigger::log
