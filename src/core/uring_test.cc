#include "core/uring.h"

#include "base/check.h"
#include "base/log.h"
#include "core/buffer_pool.h"
#include "core/reactor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/falloc.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace outrigger::core {
namespace {

// A file without a name in the directory for temporary files.
UniqueFd make_file() {
  const char* const directory = std::getenv("TMPDIR");
  std::string name = std::string(directory != nullptr ? directory : "/tmp") + "/outrigger-uring-XXXXXX";
  UniqueFd fd(::mkstemp(name.data()));
  check(fd.is_open(), "a temporary file can be made");
  ::unlink(name.c_str());
  return fd;
}

struct Waiting : UringOperation {
  Waiting() {
    done = [](UringOperation& operation, int32_t result_) noexcept {
      auto& self = static_cast<Waiting&>(operation);
      self.result = result_;
      ++self.done_count;
    };
  }
  int32_t result = 0;
  int done_count = 0;
};

// Every test runs with a ring that the machine gives; one that gives none says so and fails.
class UringTest : public ::testing::Test {
 protected:
  void make(size_t buffer_bytes = 0, uint32_t entries = 64) {
    auto made = Reactor::create(
        {.name = "test", .idle_spin_ns = 0, .uring_entries = entries, .buffer_bytes = buffer_bytes}, clock_);
    ASSERT_TRUE(made.has_value()) << made.error().what;
    reactor_ = std::move(*made);
    ASSERT_TRUE(reactor_->has_uring()) << "this machine refuses io_uring, which these tests are about";
  }
  void finish(const Waiting& operation) {
    reactor_->run_until([&] { return operation.done_count != 0; });
    EXPECT_EQ(operation.done_count, 1);
  }
  Uring& ring() { return reactor_->uring(); }

  MonotonicClock clock_;
  std::unique_ptr<Reactor> reactor_;
};

TEST_F(UringTest, writes_and_reads_a_file) {
  make();
  const UniqueFd file = make_file();
  std::string text = "outrigger";
  std::string more = " stands";
  const std::array<iovec, 2> out = {iovec{text.data(), text.size()}, iovec{more.data(), more.size()}};
  Waiting write;
  ring().write(write, file.get(), out.data(), 2, 100, false);
  EXPECT_EQ(ring().in_flight_count(), 1U);
  finish(write);
  EXPECT_EQ(write.result, 16);
  EXPECT_EQ(ring().in_flight_count(), 0U);

  std::string back(16, '?');
  const iovec in{back.data(), back.size()};
  Waiting read;
  ring().read(read, file.get(), &in, 1, 100);
  finish(read);
  EXPECT_EQ(read.result, 16);
  EXPECT_EQ(back, "outrigger stands");
}

TEST_F(UringTest, syncs_and_writes_through) {
  make();
  const UniqueFd file = make_file();
  std::string text(4096, 'x');
  const iovec out{text.data(), text.size()};
  Waiting write;
  ring().write(write, file.get(), &out, 1, 0, true);
  finish(write);
  EXPECT_EQ(write.result, 4096);
  Waiting sync;
  ring().sync(sync, file.get());
  finish(sync);
  EXPECT_EQ(sync.result, 0);
}

TEST_F(UringTest, punches_holes) {
  make();
  const UniqueFd file = make_file();
  std::string text(1 << 16, 'x');
  ASSERT_EQ(::pwrite(file.get(), text.data(), text.size(), 0), 1 << 16);
  Waiting punch;
  ring().allocate(punch, file.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 8192);
  finish(punch);
  ASSERT_EQ(punch.result, 0) << std::strerror(-punch.result);
  ASSERT_EQ(::pread(file.get(), text.data(), text.size(), 0), 1 << 16);
  EXPECT_EQ(text[4095], 'x');
  EXPECT_EQ(text[4096], '\0');
  EXPECT_EQ(text[12287], '\0');
  EXPECT_EQ(text[12288], 'x');
}

TEST_F(UringTest, errors_come_as_results) {
  make();
  char byte = 0;
  const iovec in{&byte, 1};
  Waiting read;
  ring().read(read, -1, &in, 1, 0);
  finish(read);
  EXPECT_EQ(read.result, -EBADF);
}

TEST_F(UringTest, has_no_room_when_full_and_room_again_after) {
  make(0, 4);
  const UniqueFd file = make_file();
  ASSERT_EQ(::ftruncate(file.get(), 4096), 0);
  std::vector<Waiting> operations(64);
  std::array<char, 64> bytes{};
  std::array<iovec, 64> iov{};
  size_t started = 0;
  size_t refused = 0;
  while (started < operations.size()) {
    if (!ring().has_room()) {
      ++refused;
      reactor_->run_turn();
      continue;
    }
    iov[started] = {&bytes[started], 1};
    ring().read(operations[started], file.get(), &iov[started], 1, started);
    ++started;
  }
  EXPECT_GT(refused, 0U);
  reactor_->run_until([&] { return ring().in_flight_count() == 0; });
  for (const Waiting& operation : operations) {
    EXPECT_EQ(operation.result, 1);
    EXPECT_EQ(operation.done_count, 1);
  }
}

// An operation that starts the next from its own completion.
struct Chain : UringOperation {
  Reactor* reactor = nullptr;
  int fd = -1;
  char byte = 0;
  iovec iov{&byte, 1};
  int left = 0;
  void go() { reactor->uring().read(*this, fd, &iov, 1, 0); }
};

TEST_F(UringTest, a_completion_may_start_the_next_operation_on_a_sleeping_core) {
  make();
  const UniqueFd file = make_file();
  ASSERT_EQ(::ftruncate(file.get(), 4096), 0);
  Chain chain;
  chain.reactor = reactor_.get();
  chain.fd = file.get();
  chain.left = 1000;
  chain.done = [](UringOperation& operation, int32_t result) noexcept {
    auto& self = static_cast<Chain&>(operation);
    EXPECT_EQ(result, 1);
    if (--self.left > 0) {
      self.go();
    }
  };
  reactor_->start();
  reactor_->post([&] { chain.go(); });
  std::atomic<bool> is_done{false};
  while (!is_done.load()) {
    reactor_->post([&] { is_done = chain.left == 0; });
    std::this_thread::yield();
  }
  reactor_->stop();
}

// Completions that come much later than the core goes to sleep: a read of an empty pipe waits until it is written.
TEST_F(UringTest, wakes_a_core_that_sleeps_until_an_operation_completes) {
  make();
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const UniqueFd out(ends[0]);
  const UniqueFd in(ends[1]);
  for (int i = 0; i < 20; ++i) {
    char byte = 0;
    const iovec iov{&byte, 1};
    Waiting read;
    std::thread writer([&] {
      const uint64_t sleeps = reactor_->counters().sleeps.load();
      while (reactor_->counters().sleeps.load() == sleeps) {
        std::this_thread::yield();
      }
      EXPECT_EQ(::write(in.get(), "!", 1), 1);
    });
    reactor_->run_turn();
    ring().read(read, out.get(), &iov, 1, 0);
    finish(read);
    writer.join();
    EXPECT_EQ(byte, '!');
  }
}

TEST_F(UringTest, registered_buffers_are_read_into_and_written_from) {
  make(1 << 16);
  const UniqueFd file = make_file();
  std::byte* const a = reactor_->buffers().take();
  std::byte* const b = reactor_->buffers().take();
  std::memset(a, 0x5A, BufferPool::buffer_bytes);
  const iovec out{a, BufferPool::buffer_bytes};
  Waiting write;
  ring().write(write, file.get(), &out, 1, 0, false);
  finish(write);
  EXPECT_EQ(write.result, static_cast<int32_t>(BufferPool::buffer_bytes));
  const iovec in{b, BufferPool::buffer_bytes};
  Waiting read;
  ring().read(read, file.get(), &in, 1, 0);
  finish(read);
  EXPECT_EQ(read.result, static_cast<int32_t>(BufferPool::buffer_bytes));
  EXPECT_EQ(std::memcmp(a, b, BufferPool::buffer_bytes), 0);
  reactor_->buffers().give_back(a);
  reactor_->buffers().give_back(b);
}

TEST(Uring, moves_to_another_thread_while_nothing_is_in_flight) {
  auto made = Uring::create(8);
  ASSERT_TRUE(made.has_value()) << made.error().what;
  Uring& ring = **made;
  const UniqueFd file = make_file();
  const auto sync_here = [&] {
    ASSERT_TRUE(ring.bind_to_thread().has_value());
    Waiting sync;
    ring.sync(sync, file.get());
    while (sync.done_count == 0) {
      ring.submit_and_reap();
    }
    EXPECT_EQ(sync.result, 0);
  };
  sync_here();
  std::thread(sync_here).join();
  sync_here();
}

// From here on the kernel answers io_uring_setup with EPERM, as container run-times make it do.
bool forbid_uring() {
  std::array<sock_filter, 4> program = {
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_io_uring_setup, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

// In a process of its own, which the filter dies with.
int run_without_uring() {
  if (!forbid_uring()) {
    return 2;
  }
  const MonotonicClock clock;
  auto made = Reactor::create({.name = "plain"}, clock);
  if (!made.has_value() || (*made)->has_uring()) {
    return 3;
  }
  bool has_run = false;
  (*made)->post([&has_run] { has_run = true; });
  (*made)->run_until([&has_run] { return has_run; });
  log::drain(10'000'000'000);
  return 0;
}

TEST(UringDeathTest, a_machine_that_forbids_it_still_has_reactors) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // the log's thread does not live through a fork
  EXPECT_EXIT(::_exit(run_without_uring()), ::testing::ExitedWithCode(0), "no io_uring on this machine");
}

}  // namespace
}  // namespace outrigger::core
