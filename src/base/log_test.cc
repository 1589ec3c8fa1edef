// The log: order, what happens when nobody reads, and last words.
#include "base/log.h"
#include "base/counted_limiter.h"

#include "base/check.h"
#include "base/log_queue.h"
#include "base/unique_fd.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace outrigger::log {
namespace {

// Standard error as a pipe that nobody reads until read_until() is called.
class Unread {
 public:
  Unread() {
    drain(1'000'000'000);
    int fds[2];
    check(::pipe2(fds, O_CLOEXEC) == 0, "a test has a pipe");
    read_end_.reset(fds[0]);
    saved_.reset(::dup(STDERR_FILENO));
    ::dup2(fds[1], STDERR_FILENO);
    ::close(fds[1]);
  }
  ~Unread() { ::dup2(saved_.get(), STDERR_FILENO); }
  std::string read_until(std::string_view last) {
    std::string all;
    std::vector<char> part(1 << 16);
    while (all.find(last) == std::string::npos) {
      const auto bytes = ::read(read_end_.get(), part.data(), part.size());
      check(bytes > 0, "the log goes on");
      all.append(part.data(), static_cast<size_t>(bytes));
    }
    return all;
  }

 private:
  UniqueFd read_end_, saved_;
};

TEST(Log, lines_arrive_in_order) {
  Unread reader;
  for (int i = 0; i < 100; ++i) {
    info("test", "line {};", i);
  }
  const std::string text = reader.read_until("line 99;");
  size_t at = 0;
  for (int i = 0; i < 100; ++i) {
    at = text.find(fmt::format("info test: line {};", i), at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

TEST(Log, nobody_waits_for_a_reader_that_does_not_read_and_what_is_lost_is_said) {
  Unread reader;
  const std::string long_line(200, 'x');
  const auto before = std::chrono::steady_clock::now();
  for (int i = 0; i < 5000; ++i) {  // far more than pipe and queue hold
    info("test", "{} {};", i, long_line);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
  const std::string text = reader.read_until("lines are lost");
  EXPECT_NE(text.find("test: 0 x"), std::string::npos) << "the first are there";
  EXPECT_EQ(text.find("test: 4999 x"), std::string::npos);
}

TEST(LogQueue, several_writers_and_a_reader) {
  LogQueue queue(64);
  constexpr int lines = 20'000;
  std::vector<std::thread> writers;
  std::atomic<int> put{0};
  for (int w = 0; w < 3; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; i < lines; ++i) {
        put += queue.put(Level::Info, "test", fmt::format("{} {}", w, i)) ? 1 : 0;
      }
    });
  }
  std::atomic<bool> is_done{false};
  int taken = 0;
  std::vector<int> last(3, -1);
  std::thread reader([&] {
    LogQueue::Line line;
    for (bool was_done = false; !was_done;) {
      was_done = is_done;
      while (queue.take(line)) {
        const int w = line.text[6] - '0';
        const int i = std::atoi(line.text.c_str() + 8);
        EXPECT_GT(i, last[static_cast<size_t>(w)]) << "each writer's lines keep their order";
        last[static_cast<size_t>(w)] = i;
        ++taken;
      }
    }
  });
  for (std::thread& writer : writers) {
    writer.join();
  }
  is_done = true;
  reader.join();
  EXPECT_EQ(taken, put);
  EXPECT_EQ(queue.take_lost_count(), static_cast<uint64_t>(3 * lines - put));
}

TEST(LogDeathTest, a_failed_check_prints_after_what_was_logged_before) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        warning("test", "something is wrong");
        check(false, "last words");
      },
      "something is wrong[^$]*check failed: last words");
}

// ThreadSanitizer has last words of its own, and waits for the reader with them.
#if defined(__SANITIZE_THREAD__)
#define OR_SANITIZES_THREADS 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define OR_SANITIZES_THREADS 1
#endif
#endif
#ifndef OR_SANITIZES_THREADS
TEST(LogDeathTest, a_failed_check_ends_the_process_also_when_nobody_reads) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        Unread reader;
        const std::string long_line(200, 'x');
        for (int i = 0; i < 2000; ++i) {
          info("test", "{}", long_line);
        }
        check(false, "unheard");
      },
      testing::KilledBySignal(SIGABRT), "");
}
#endif

TEST(CountedLimiter, SaysOnceHowManyLinesWereLeftOut) {
  CountedLimiter limiter(2);
  constexpr uint64_t begin_ns = 1;
  EXPECT_TRUE(limiter.admit(begin_ns));
  EXPECT_EQ(limiter.left_out_note(), "");
  EXPECT_TRUE(limiter.admit(begin_ns));
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(limiter.admit(begin_ns + 1));
  }
  constexpr uint64_t later_ns = begin_ns + 20'000'000'000;
  EXPECT_TRUE(limiter.admit(later_ns));
  EXPECT_EQ(limiter.left_out_note(), " (3 lines like this were left out before)");
  EXPECT_TRUE(limiter.admit(later_ns));
  EXPECT_EQ(limiter.left_out_note(), "");
}

}  // namespace
}  // namespace outrigger::log
