// Files on a disk's file system and in shared memory, through a real io_uring.
#include "backend/file.h"

#include "block/test_rig.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>

namespace outrigger::backend {
namespace {

using block::Op;
using block::Status;
using block::TestCore;
using block::TestIo;
using Bytes = std::vector<std::byte>;

Bytes random_bytes(core::Random& random, size_t count) {
  Bytes bytes(count);
  for (std::byte& byte : bytes) {
    byte = static_cast<std::byte>(random.next());
  }
  return bytes;
}

struct Shape {
  const char* name;
  const char* directory;
  uint32_t block_size;
  bool is_direct_wanted;
  size_t pool_bytes;
  uint32_t ring_entries;
};

void PrintTo(const Shape& shape, std::ostream* out) { *out << shape.name; }

// A directory of the test's own, gone afterwards.
class Folder {
 public:
  explicit Folder(const char* below) {
    std::string pattern = (std::filesystem::path(below) / "outrigger_file_test_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string file(const char* name = "disk") const { return (path_ / name).string(); }
  void make(uint64_t bytes, const char* name = "disk") const {
    std::ofstream(file(name)).close();
    std::filesystem::resize_file(file(name), bytes);
  }

 private:
  std::filesystem::path path_;
};

FileOptions options_for(const std::string& path) {
  FileOptions options;
  options.path = path;
  options.lock_wait_ms = 0;
  return options;
}

constexpr uint64_t file_bytes = 2 << 20;

class File : public testing::TestWithParam<Shape> {
 protected:
  File() : core_(clock_, {.uring_entries = GetParam().ring_entries, .buffer_bytes = GetParam().pool_bytes}) {}
  void SetUp() override {
    ASSERT_TRUE(core_.reactor().has_uring()) << "these tests need io_uring";
    folder_.make(file_bytes);
    FileOptions options = options_for(folder_.file());
    options.block_size = GetParam().block_size;
    options.is_direct_wanted = GetParam().is_direct_wanted;
    auto made = FileDevice::open("file", options);
    ASSERT_TRUE(made.has_value()) << made.error().what;
    device_ = std::move(*made);
    channel_ = std::move(*device_->open_channel(core_.reactor()));
  }
  Status run(TestIo& io) { return io.run(*channel_, core_.reactor()); }
  Status write(uint64_t offset, const Bytes& bytes, uint8_t flags = 0) {
    TestIo io(Op::Write, offset / GetParam().block_size, bytes.size() / GetParam().block_size, bytes.size());
    io.request().flags = flags;
    io.fill(bytes);
    return run(io);
  }
  Bytes read(uint64_t offset, size_t bytes) {
    TestIo io(Op::Read, offset / GetParam().block_size, bytes / GetParam().block_size, bytes);
    EXPECT_EQ(run(io), Status::Ok);
    return {io.data().begin(), io.data().end()};
  }
  // The same through another open file: what everybody else sees.
  Bytes seen_by_others(uint64_t offset, size_t bytes) {
    std::ifstream in(folder_.file(), std::ios::binary);
    in.seekg(static_cast<std::streamoff>(offset));
    Bytes content(bytes);
    in.read(reinterpret_cast<char*>(content.data()), static_cast<std::streamsize>(bytes));
    EXPECT_TRUE(in.good());
    return content;
  }

  core::MonotonicClock clock_;
  Folder folder_{GetParam().directory};
  TestCore core_;
  std::unique_ptr<FileDevice> device_;
  std::unique_ptr<block::Channel> channel_;
};

INSTANTIATE_TEST_SUITE_P(Places, File,
                         testing::Values(Shape{"disk512", ".", 512, true, 1 << 20, 64},
                                         Shape{"disk4096", ".", 4096, true, 0, 4},
                                         Shape{"buffered", ".", 512, false, 1 << 20, 64},
                                         Shape{"memory", "/dev/shm", 512, true, 0, 8},
                                         Shape{"disk64k", ".", 65536, true, 1 << 20, 64}),
                         [](const auto& shape) { return std::string(shape.param.name); });

TEST_P(File, what_is_written_is_there_for_everybody) {
  core::Random random(1);
  const Bytes data = random_bytes(random, 1 << 20);
  ASSERT_EQ(write(65536, data), Status::Ok);
  TestIo flush(Op::Flush, 0, 0);
  ASSERT_EQ(run(flush), Status::Ok);
  EXPECT_EQ(read(65536, data.size()), data);
  EXPECT_EQ(seen_by_others(65536, data.size()), data);
  ASSERT_EQ(write(0, Bytes(65536, std::byte{7}), block::flag::Fua), Status::Ok);
  EXPECT_EQ(seen_by_others(0, 65536), Bytes(65536, std::byte{7}));
}

TEST_P(File, random_requests_leave_what_a_byte_array_holds) {
  core::Random random(2);
  const uint32_t block_size = GetParam().block_size;
  const uint64_t block_count = file_bytes / block_size;
  Bytes model(file_bytes);
  for (int round = 0; round < 40; ++round) {
    std::deque<TestIo> ios;
    const uint64_t region = block_count / 16;
    for (uint64_t i = 0; i < 16; ++i) {
      const uint64_t count = 1 + random.below(region / 2);
      const uint64_t lba = i * region + random.below(region - count + 1);
      const uint64_t kind = random.below(10);
      const Op op = kind < 4 ? Op::Read : kind < 8 ? Op::Write : Op::WriteZeroes;
      const size_t bytes = op == Op::WriteZeroes ? 0 : count * block_size;
      // Half of them with memory that direct I/O does not take.
      const bool is_aligned = random.chance(2);
      TestIo& io = ios.emplace_back(op, lba, count, bytes, is_aligned ? 0 : random.below(700));
      if (bytes != 0) {
        io.cut(random, 1 + random.below(20), is_aligned ? 4096 : 1);
        const Bytes data = random_bytes(random, bytes);
        io.fill(data);
      }
      io.request().flags = random.chance(4) ? block::flag::Fua | block::flag::MayUnmap : 0;
      io.submit(*channel_);
    }
    for (TestIo& io : ios) {
      while (!io.is_done()) {
        core_.reactor().run_turn();
      }
      ASSERT_EQ(io.status(), Status::Ok) << "round " << round;
      const auto at = model.begin() + static_cast<ptrdiff_t>(io.request().lba * block_size);
      if (io.request().op == Op::Read) {
        ASSERT_TRUE(std::equal(io.data().begin(), io.data().end(), at)) << "round " << round;
      } else if (io.request().op == Op::Write) {
        std::copy(io.data().begin(), io.data().end(), at);
      } else {
        std::fill_n(at, io.request().block_count * block_size, std::byte{0});
      }
    }
  }
  EXPECT_EQ(read(0, file_bytes), model);
}

TEST_P(File, discard_gives_space_back) {
  ASSERT_EQ(write(0, Bytes(file_bytes, std::byte{9})), Status::Ok);
  TestIo flush(Op::Flush, 0, 0);
  ASSERT_EQ(run(flush), Status::Ok);
  struct stat before{}, after{};
  ASSERT_EQ(::stat(folder_.file().c_str(), &before), 0);
  TestIo discard(Op::Discard, 0, device_->block_count() / 2);
  ASSERT_EQ(run(discard), Status::Ok);
  ASSERT_EQ(::stat(folder_.file().c_str(), &after), 0);
  EXPECT_LE(after.st_blocks, before.st_blocks / 2 + 64);
  EXPECT_EQ(after.st_size, before.st_size);
  EXPECT_EQ(read(file_bytes / 2, 65536), Bytes(65536, std::byte{9}));
}

TEST_P(File, hundreds_of_requests_wait_for_a_small_ring) {
  std::deque<TestIo> ios;
  const size_t bytes = std::max<size_t>(4096, GetParam().block_size);
  for (uint64_t i = 0; i < 300; ++i) {
    const uint64_t blocks = bytes / GetParam().block_size;
    TestIo& io = ios.emplace_back(Op::Write, i % (file_bytes / bytes) * blocks, blocks, bytes, i % 3 == 0 ? 8U : 0U);
    io.submit(*channel_);
  }
  while (!std::ranges::all_of(ios, &TestIo::is_done)) {
    core_.reactor().run_turn();
  }
  EXPECT_TRUE(std::ranges::all_of(ios, [](const TestIo& io) { return io.status() == Status::Ok; }));
}

TEST_P(File, a_file_cut_by_others_is_an_error_and_harmless) {
  std::filesystem::resize_file(folder_.file(), file_bytes / 2);
  const uint64_t half = device_->block_count() / 2;
  TestIo beyond(Op::Read, half, 1, GetParam().block_size);
  EXPECT_EQ(run(beyond), Status::IoError);
  TestIo across(Op::Read, half - 1, 2, size_t{GetParam().block_size} * 2);
  EXPECT_EQ(run(across), Status::IoError);
  TestIo within(Op::Read, 0, 1, GetParam().block_size);
  EXPECT_EQ(run(within), Status::Ok);
  const auto changed = device_->rescan();
  ASSERT_TRUE(changed.has_value());
  EXPECT_TRUE(*changed);
  EXPECT_EQ(device_->block_count(), half);
}

TEST_P(File, grows_under_load_and_is_not_cut) {
  struct Observer final : block::DeviceObserver {
    void device_resized(block::Device& device) override { block_count = device.block_count(); }
    uint64_t block_count = 0;
  } observer;
  device_->subscribe(observer);
  ASSERT_TRUE(device_->resize(2 * file_bytes).has_value());
  EXPECT_EQ(observer.block_count, 2 * file_bytes / GetParam().block_size);
  EXPECT_EQ(write(2 * file_bytes - 65536, Bytes(65536, std::byte{3})), Status::Ok);
  const auto odd = device_->resize(2 * file_bytes + 1);
  ASSERT_FALSE(odd.has_value());
  EXPECT_EQ(odd.error().code, Code::InvalidArgument);
  const auto cut = device_->resize(file_bytes);
  ASSERT_FALSE(cut.has_value());
  EXPECT_EQ(cut.error().code, Code::FailedPrecondition);
  std::filesystem::resize_file(folder_.file(), 3 * file_bytes);
  EXPECT_TRUE(*device_->rescan());
  EXPECT_FALSE(*device_->rescan());
  EXPECT_EQ(device_->block_count(), 3 * file_bytes / GetParam().block_size);
  device_->unsubscribe(observer);
}

TEST_P(File, one_volume_has_the_file_and_others_hear_who) {
  const auto second = FileDevice::open("second", options_for(folder_.file()));
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Code::FailedPrecondition);
  EXPECT_NE(second.error().what.find("volume file"), std::string::npos) << second.error().what;
  channel_.reset();
  device_.reset();
  EXPECT_TRUE(FileDevice::open("second", options_for(folder_.file())).has_value());
}

TEST_P(File, mode_is_what_the_place_allows) {
  if (std::string_view(GetParam().directory) == "/dev/shm") {
    EXPECT_EQ(device_->mode(), FileMode::Memory);
  } else if (!GetParam().is_direct_wanted) {
    EXPECT_EQ(device_->mode(), FileMode::Buffered);
  } else {
    EXPECT_NE(device_->mode(), FileMode::Memory);
  }
}

TEST(FileOpen, says_what_is_wrong) {
  const Folder folder(".");
  const auto expect = [](const FileOptions& options, Code code, const char* word) {
    const auto made = FileDevice::open("x", options);
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().code, code) << made.error().what;
    EXPECT_NE(made.error().what.find(word), std::string::npos) << made.error().what;
    EXPECT_NE(made.error().what.find(options.path), std::string::npos) << made.error().what;
  };
  expect(options_for(folder.file("none")), Code::NotFound, "does not exist");
  expect(options_for("/dev/null"), Code::InvalidArgument, "neither");
  expect(options_for("/"), Code::InvalidArgument, "directory");
  folder.make(100, "tiny");
  expect(options_for(folder.file("tiny")), Code::InvalidArgument, "less than one block");
  folder.make(1 << 20, "odd");
  FileOptions odd = options_for(folder.file("odd"));
  odd.block_size = 1000;
  expect(odd, Code::InvalidArgument, "power of two");
  FileOptions created = options_for(folder.file("odd"));
  created.create_bytes = 12345678;
  expect(created, Code::AlreadyExists, "exists with");
}

TEST(FileOpen, rounds_down_creates_and_reads_only) {
  const Folder folder(".");
  folder.make((1 << 20) + 100, "uneven");
  const auto uneven = FileDevice::open("x", options_for(folder.file("uneven")));
  ASSERT_TRUE(uneven.has_value());
  EXPECT_EQ((*uneven)->geometry().size_bytes(), 1U << 20);

  FileOptions created = options_for(folder.file("new"));
  created.create_bytes = 1 << 20;
  ASSERT_TRUE(FileDevice::open("x", created).has_value());
  EXPECT_EQ(std::filesystem::file_size(folder.file("new")), 1U << 20);
  struct stat info{};
  ASSERT_EQ(::stat(folder.file("new").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);

  FileOptions read_only = options_for(folder.file("new"));
  read_only.is_writable = false;
  const auto first = FileDevice::open("x", read_only);
  const auto second = FileDevice::open("y", read_only);  // readers share
  ASSERT_TRUE(first.has_value() && second.has_value());
  EXPECT_FALSE((*first)->geometry().is_writable);
  EXPECT_FALSE((*first)->geometry().can_discard);
  EXPECT_FALSE(FileDevice::open("z", options_for(folder.file("new"))).has_value());
}

TEST(FileOpen, a_limit_takes_the_first_blocks_and_no_more_than_there_are) {
  const Folder folder(".");
  folder.make(1 << 20, "large");
  FileOptions options = options_for(folder.file("large"));
  options.block_size = 512;
  const auto device = FileDevice::open("x", options);
  ASSERT_TRUE(device.has_value());
  ASSERT_TRUE((*device)->limit(12).has_value());
  EXPECT_EQ((*device)->block_count(), 12U);
  std::filesystem::resize_file(folder.file("large"), 2 << 20);
  EXPECT_FALSE(*(*device)->rescan()) << "what grows is behind the limit";
  const auto beyond = (*device)->limit(4097);
  ASSERT_FALSE(beyond.has_value());
  EXPECT_EQ(beyond.error().code, Code::InvalidArgument);
  EXPECT_NE(beyond.error().what.find("truncate -s 2097664"), std::string::npos) << beyond.error().what;
  EXPECT_EQ((*device)->block_count(), 12U);
  ASSERT_TRUE((*device)->limit(0).has_value());
  EXPECT_EQ((*device)->block_count(), 4096U);
}

TEST(FileOpen, a_file_that_was_made_for_nothing_does_not_stay) {
  const Folder folder(".");
  FileOptions options = options_for(folder.file("new"));
  options.create_bytes = 1 << 20;
  options.block_size = 1000;
  EXPECT_FALSE(FileDevice::open("x", options).has_value());
  EXPECT_FALSE(std::filesystem::exists(folder.file("new")));
}

TEST(FileOpen, sees_locks_of_other_programs) {
  const Folder folder(".");
  folder.make(1 << 20);
  UniqueFd other(::open(folder.file().c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(::flock(other.get(), LOCK_EX), 0);
  const auto locked = FileDevice::open("x", options_for(folder.file()));
  ASSERT_FALSE(locked.has_value());
  EXPECT_EQ(locked.error().code, Code::FailedPrecondition);
  EXPECT_NE(locked.error().what.find("process"), std::string::npos) << locked.error().what;
  other.reset(::open(folder.file().c_str(), O_RDWR | O_CLOEXEC));
  struct flock byte{};  // as QEMU locks its images: single bytes, by open file description
  byte.l_type = F_RDLCK;
  byte.l_whence = SEEK_SET;
  byte.l_start = 201;
  byte.l_len = 1;
  ASSERT_EQ(::fcntl(other.get(), F_OFD_SETLK, &byte), 0);
  EXPECT_FALSE(FileDevice::open("x", options_for(folder.file())).has_value());
  other.reset();
  EXPECT_TRUE(FileDevice::open("x", options_for(folder.file())).has_value());
}

TEST(FileOpen, needs_io_uring_and_says_so) {
  const Folder folder(".");
  folder.make(1 << 20);
  core::MonotonicClock clock;
  TestCore core(clock);
  const auto device = FileDevice::open("x", options_for(folder.file()));
  ASSERT_TRUE(device.has_value());
  const auto channel = (*device)->open_channel(core.reactor());
  ASSERT_FALSE(channel.has_value());
  EXPECT_NE(channel.error().what.find("io_uring"), std::string::npos);
}

}  // namespace
}  // namespace outrigger::backend
