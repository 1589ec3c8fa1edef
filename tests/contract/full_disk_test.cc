// A disk that is full or fails: every request ends with a status that says so, and the device goes on.
#include "backend/file.h"
#include "block/test_rig.h"
#include "contract/loop_device.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace outrigger::contract {
namespace {

using block::Op;
using block::Status;
using block::TestCore;
using block::TestIo;

constexpr uint64_t place_bytes = 1 << 20;
constexpr uint64_t disk_bytes = 8 << 20;
constexpr size_t io_bytes = 65536;

// A file system of place_bytes in a mount namespace of this process's own: nothing is left when it ends.
class FullDisk : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(place_);
    static const bool is_private =
        ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    if (!is_private || ::mount("none", place_.c_str(), "tmpfs", 0, "size=1m") != 0) {
      GTEST_SKIP() << "mounting needs privileges: " << std::strerror(errno);
    }
  }
  void TearDown() override {
    (void)::umount2(place_.c_str(), MNT_DETACH);
    std::filesystem::remove(place_);
  }

  // A sparse file that promises more than there is room for.
  [[nodiscard]] std::string disk() const {
    const std::string path = place_ / "disk";
    std::ofstream(path).close();
    std::filesystem::resize_file(path, disk_bytes);
    return path;
  }
  // Writes everything; how many writes ended with each of the two.
  void fill(block::Channel& channel, size_t& written, size_t& refused, Status refusal) {
    for (uint64_t at = 0; at < disk_bytes; at += io_bytes) {
      TestIo io(Op::Write, at / 512, io_bytes / 512, io_bytes);
      std::ranges::fill(io.data(), std::byte{0x5A});
      const Status status = io.run(channel, core_.reactor());
      ASSERT_TRUE(status == Status::Ok || status == refusal) << static_cast<int>(status) << " at " << at;
      ++(status == Status::Ok ? written : refused);
    }
  }
  void expect_first_block_readable(block::Channel& channel) {
    TestIo io(Op::Read, 0, 8, 4096);
    EXPECT_EQ(io.run(channel, core_.reactor()), Status::Ok);
    EXPECT_EQ(io.data()[0], std::byte{0x5A});
  }

  const std::filesystem::path place_ = std::filesystem::absolute("full_disk_place");
  core::MonotonicClock clock_;
  TestCore core_{clock_, {.buffer_bytes = 1 << 20}};
};

TEST_F(FullDisk, writes_to_a_file_end_with_no_space_and_what_was_written_stays) {
  auto device = backend::FileDevice::open("disk", {.path = disk(), .block_size = 512});
  ASSERT_TRUE(device.has_value()) << device.error().what;
  auto channel = std::move(*(*device)->open_channel(core_.reactor()));
  size_t written = 0;
  size_t refused = 0;
  fill(*channel, written, refused, Status::NoSpace);
  EXPECT_GT(written, 0U);
  EXPECT_LE(written, place_bytes / io_bytes);
  EXPECT_EQ(written + refused, disk_bytes / io_bytes);
  expect_first_block_readable(*channel);
}

// The kernel's block device has no word for it but an error of the medium or of space.
TEST_F(FullDisk, a_block_device_that_fails_ends_writes_or_their_flush_with_an_error) {
  auto loop = LoopDevice::create(place_, disk_bytes, 512);
  if (!loop.has_value()) {
    GTEST_SKIP() << loop.error().what;
  }
  auto device = backend::FileDevice::open("disk", {.path = loop->path()});
  ASSERT_TRUE(device.has_value()) << device.error().what;
  auto channel = std::move(*(*device)->open_channel(core_.reactor()));
  size_t failed = 0;
  for (uint64_t at = 0; at < disk_bytes; at += io_bytes) {
    TestIo io(Op::Write, at / 512, io_bytes / 512, io_bytes);
    std::ranges::fill(io.data(), std::byte{0x5A});
    io.request().flags = block::flag::Fua;
    const Status status = io.run(*channel, core_.reactor());
    ASSERT_TRUE(status == Status::Ok || status == Status::IoError || status == Status::NoSpace);
    failed += status == Status::Ok ? 0U : 1U;
  }
  EXPECT_GE(failed, (disk_bytes - place_bytes) / io_bytes);
  EXPECT_LT(failed, disk_bytes / io_bytes);
  expect_first_block_readable(*channel);
}

}  // namespace
}  // namespace outrigger::contract
