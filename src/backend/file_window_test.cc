// The mapping of a file in shared memory: what it copies, what it leaves alone, and that a file cut under it costs
// nobody's life.
#include "backend/file_window.h"

#include "base/unique_fd.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

namespace outrigger::backend {
namespace {

constexpr uint64_t window_bytes = 1 << 20;

class Window : public testing::Test {
 protected:
  void SetUp() override {
    fd_.reset(::memfd_create("window", MFD_CLOEXEC));
    ASSERT_TRUE(fd_.is_open());
    ASSERT_EQ(::ftruncate(fd_.get(), window_bytes), 0);
    auto mapped = FileWindow::map(fd_.get(), window_bytes, true);
    ASSERT_TRUE(mapped.has_value());
    window_ = std::move(*mapped);
  }
  void fill(uint64_t offset, uint64_t bytes, char value) {
    const std::vector<char> content(bytes, value);
    ASSERT_EQ(::pwrite(fd_.get(), content.data(), bytes, static_cast<off_t>(offset)), static_cast<ssize_t>(bytes));
  }
  bool read(uint64_t offset, uint64_t bytes) {
    const iovec pieces[] = {{buffer_.data(), bytes / 3}, {nullptr, 0}, {buffer_.data() + bytes / 3, bytes - bytes / 3}};
    return window_->read(offset, bytes, pieces, 3);
  }
  bool write(uint64_t offset, uint64_t bytes) {
    const iovec piece{buffer_.data(), bytes};
    return window_->write(offset, bytes, &piece, 1);
  }
  int64_t used_blocks() {
    struct stat info{};
    EXPECT_EQ(::fstat(fd_.get(), &info), 0);
    return info.st_blocks;
  }

  UniqueFd fd_;
  std::unique_ptr<FileWindow> window_;
  std::array<char, 65536> buffer_{};
};

TEST_F(Window, copies_what_the_file_has) {
  fill(4096, 8192, 'a');
  ASSERT_TRUE(read(5000, 6000));
  EXPECT_EQ(std::string_view(buffer_.data(), 6000), std::string(6000, 'a'));
  buffer_.fill('b');
  ASSERT_TRUE(write(5000, 100));  // known since it was read
  char seen = 0;
  ASSERT_EQ(::pread(fd_.get(), &seen, 1, 5099), 1);
  EXPECT_EQ(seen, 'b');
  ASSERT_EQ(::pread(fd_.get(), &seen, 1, 5100), 1);
  EXPECT_EQ(seen, 'a');
}

TEST_F(Window, does_not_touch_holes) {
  EXPECT_FALSE(read(0, 65536));
  EXPECT_FALSE(write(0, 4096));
  EXPECT_EQ(used_blocks(), 0);
  fill(0, 4096, 'x');
  EXPECT_FALSE(read(0, 8192));  // its second half is a hole
  EXPECT_TRUE(read(0, 4096));
  fill(8192, 4096, 'y');
  EXPECT_FALSE(write(8192, 4096));  // nobody said so yet
  window_->note_written(8192, 4096);
  EXPECT_TRUE(write(8192, 4096));
  EXPECT_EQ(used_blocks(), 16);
}

TEST_F(Window, forgets_what_was_punched) {
  fill(0, 65536, 'x');
  ASSERT_TRUE(read(0, 65536));
  ASSERT_EQ(::fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 32768), 0);
  window_->note_punched(0, 32768);
  EXPECT_FALSE(read(0, 4096));
  EXPECT_TRUE(read(32768, 32768));
  EXPECT_EQ(used_blocks(), 64);
}

TEST_F(Window, keeps_to_its_size) {
  EXPECT_FALSE(read(window_bytes, 1));
  EXPECT_FALSE(read(window_bytes - 1, 2));
  EXPECT_FALSE(read(UINT64_MAX, 2));
  EXPECT_FALSE(write(UINT64_MAX - 4096, 8192));
}

TEST_F(Window, a_file_cut_under_it_is_an_answer_not_a_signal) {
  fill(0, window_bytes, 'x');
  for (uint64_t at = 0; at < window_bytes; at += 65536) {
    ASSERT_TRUE(read(at, 65536));
  }
  ASSERT_EQ(::ftruncate(fd_.get(), 4096), 0);
  for (int round = 0; round < 100; ++round) {  // the signal is not left blocked
    EXPECT_FALSE(read(0, 65536));
    EXPECT_FALSE(write(65536, 4096));
    EXPECT_TRUE(read(0, 4096));
  }
  std::thread([this] { EXPECT_FALSE(read(8192, 4096)); }).join();
  ASSERT_EQ(::ftruncate(fd_.get(), window_bytes), 0);
  fill(0, 65536, 'z');
  EXPECT_TRUE(read(0, 65536));
  EXPECT_EQ(buffer_[65535], 'z');
}

TEST_F(Window, a_fault_elsewhere_takes_its_usual_course) {
  const auto fault_elsewhere = [] {
    const int fd = ::memfd_create("other", MFD_CLOEXEC);
    auto* const memory = static_cast<char*>(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    ::signal(SIGALRM, SIG_DFL);
    ::alarm(20);  // a handler that loops for ever ends, with another signal
    std::atomic_ref(memory[0]).store(1);
  };
  EXPECT_DEATH(fault_elsewhere(), "");
}

}  // namespace
}  // namespace outrigger::backend
