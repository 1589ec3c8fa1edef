// The back end dies by SIGKILL, at random moments, under verified I/O; a successor takes over with the
// in-flight region. Every request is answered once and what was written is there. The volume lies in shared
// memory, where requests end inside submit(), and on a disk, where they are in the kernel when the kill comes.
// OUTRIGGER_ROUNDS sets how often.
#include "load/target_fixture.h"
#include "virtio/inflight_log.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include <random>

namespace outrigger::load {
namespace {

class KillTest : public ::testing::Test {
 protected:
  explicit KillTest(const char* parent = "/dev/shm") {
    std::string pattern = std::string(parent) + "/outrigger-kill-XXXXXX";
    check(::mkdtemp(pattern.data()) != nullptr, "a test has a directory");
    directory = pattern;
    const UniqueFd file(::open((directory / "volume").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    check(::ftruncate(file.get(), 4 << 20) == 0, "a test has a volume");
  }
  ~KillTest() override {
    kill_target();
    std::filesystem::remove_all(directory);
  }
  [[nodiscard]] std::string path() const { return (directory / "disk.sock").string(); }

  // Starts a target and waits until it says that it is ready.
  void start_target() {
    int fds[2];
    check(::pipe2(fds, O_CLOEXEC) == 0, "a test has a pipe");
    const UniqueFd read_end(fds[0]);
    UniqueFd write_end(fds[1]);
    const std::string socket = path();
    const std::string device = "file:" + (directory / "volume").string();
    target = ::fork();
    if (target == 0) {
      ::dup2(write_end.get(), STDOUT_FILENO);
      ::execl(OUTRIGGER_BLK_TARGET, OUTRIGGER_BLK_TARGET, "--socket", socket.c_str(), "--device", device.c_str(),
              "--spin-us", "5", nullptr);
      ::_exit(127);
    }
    write_end.reset();
    char ready[6] = {};
    ASSERT_EQ(::read(read_end.get(), ready, 5), 5) << "the target did not start";
    ASSERT_STREQ(ready, "ready");
  }
  void kill_target() {
    if (target > 0) {
      ::kill(target, SIGKILL);
      ::waitpid(target, nullptr, 0);
      target = -1;
    }
  }

  // Requests that the in-flight region says were in flight when the last back end died.
  template <typename State, typename Header>
  static uint64_t left_in_flight(const Frontend& frontend, uint16_t queue_size) {
    std::vector<std::byte> region(frontend.inflight_bytes());
    check(::pread(frontend.inflight_fd(), region.data(), region.size(), 0) == static_cast<ssize_t>(region.size()),
          "the region can be read");
    uint64_t count = 0;
    for (uint16_t i = 0; i < queue_size; ++i) {
      count += region[sizeof(Header) + i * sizeof(State)] != std::byte{0} ? 1 : 0;
    }
    return count;
  }

  template <typename Ring>
  void run(bool is_packed, bool is_indirect) {
    const char* const wanted = std::getenv("OUTRIGGER_ROUNDS");
    const int rounds = wanted != nullptr ? std::max(1, std::atoi(wanted)) : 8;
    const unsigned seed = std::random_device()();
    RecordProperty("seed", std::to_string(seed));
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937 random(seed);
    WorkloadOptions options{.depth = 32,
                            .write_percent = 50,
                            .is_verifying = true,
                            .seed = seed,
                            .is_packed = is_packed,
                            .is_indirect = is_indirect};
    start_target();
    OneRing<Ring> one(path(), options, (4 << 20) / 4096);
    const auto made = one.frontend->make_inflight(1, one.rings[0]->layout().size);
    ASSERT_TRUE(made.has_value()) << made.error().what;
    ASSERT_TRUE(one.frontend->set_inflight(*one.frontend).has_value());
    one.start(is_packed ? PackedRing::base() : 0);
    one.driver->begin();
    for (int round = 0; round < rounds; ++round) {
      one.driver->run_for(static_cast<double>(random() % 8000) * 1e-6);
      kill_target();
      const uint16_t size = one.rings[0]->layout().size;
      left += is_packed ? left_in_flight<virtio::DescStatePacked, virtio::QueueRegionPacked>(*one.frontend, size)
                        : left_in_flight<virtio::DescStateSplit, virtio::QueueRegionSplit>(*one.frontend, size);
      start_target();
      one.reconnect(path());
    }
    one.driver->run_for(0.005);
    one.driver->finish();
    EXPECT_EQ(one.driver->in_flight_count(), 0U) << "requests were lost";
    EXPECT_EQ(one.driver->outcome().error_count, 0U);
    EXPECT_EQ(one.driver->outcome().mismatch_count, 0U);
    EXPECT_GT(one.driver->outcome().io_count, 0U);
    RecordProperty("recovered", std::to_string(left));
  }

  std::filesystem::path directory;
  pid_t target = -1;
  uint64_t left = 0;  // requests that successors had to begin again
};

class KillOnDiskTest : public KillTest {
 protected:
  KillOnDiskTest() : KillTest("/var/tmp") {}
};

TEST_F(KillTest, split_rings_survive) { run<SplitRing>(false, false); }
TEST_F(KillTest, split_rings_with_indirect_descriptors_survive) { run<SplitRing>(false, true); }
TEST_F(KillTest, packed_rings_survive) { run<PackedRing>(true, false); }
TEST_F(KillTest, packed_rings_with_indirect_descriptors_survive) { run<PackedRing>(true, true); }
TEST_F(KillOnDiskTest, requests_in_the_kernel_survive_split) {
  run<SplitRing>(false, true);
  EXPECT_GT(left, 0U) << "kills that interrupt nothing prove nothing";
}
TEST_F(KillOnDiskTest, requests_in_the_kernel_survive_packed) {
  run<PackedRing>(true, true);
  EXPECT_GT(left, 0U) << "kills that interrupt nothing prove nothing";
}

}  // namespace
}  // namespace outrigger::load
