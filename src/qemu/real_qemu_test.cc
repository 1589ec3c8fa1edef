// Plugger against Debian's QEMU, without a guest: what QEMU really answers to every command we give. The back end is
// qemu-storage-daemon. With a guest: tests/vm.
#include "core/kept_job.h"
#include "qemu/plug.h"

#include <gtest/gtest.h>

#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

namespace outrigger::qemu {
namespace {

// A child process that ends with the test.
class Process {
 public:
  explicit Process(std::vector<std::string> words) {
    std::vector<char*> arguments;
    for (std::string& word : words) {
      arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::execvp(arguments[0], arguments.data());
      ::_exit(127);
    }
  }
  ~Process() { end(); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  void end() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
      pid_ = -1;
    }
  }

 private:
  pid_t pid_ = -1;
};

class RealQemuTest : public testing::Test {
 protected:
  RealQemuTest() {
    std::string pattern = "/tmp/outrigger-qemu-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    core::ReactorOptions options;
    options.uring_entries = 0;
    auto made = core::Reactor::create(options, clock_);
    reactor_ = std::move(*made);
    reactor_->run_turn();
    plugger_.emplace(*reactor_);
    backend_.emplace(std::vector<std::string>{
        "qemu-storage-daemon", "--blockdev", "driver=null-co,node-name=disk,read-zeroes=on,size=67108864", "--export",
        "type=vhost-user-blk,id=e,node-name=disk,writable=on,num-queues=2,addr.type=unix,addr.path=" + socket()});
    start_qemu({"-object", "memory-backend-memfd,id=ram,size=64M,share=on", "-machine", "memory-backend=ram"});
    wait_for_file(socket());
    wait_for_file(host().qmp_socket);
  }
  ~RealQemuTest() override {
    qemu_.reset();
    backend_.reset();
    for (const std::string& path : {socket(), host().qmp_socket, directory_ + "/pid"}) {
      ::unlink(path.c_str());
    }
    ::rmdir(directory_.c_str());
  }

  void start_qemu(const std::vector<std::string>& extra) {
    std::vector<std::string> words = {"qemu-system-x86_64",
                                      "-M",
                                      "q35",
                                      "-S",
                                      "-accel",
                                      "tcg",
                                      "-nodefaults",
                                      "-display",
                                      "none",
                                      "-m",
                                      "64",
                                      "-device",
                                      "pcie-root-port,id=rp0,chassis=1",
                                      "-qmp",
                                      "unix:" + host().qmp_socket + ",server=on,wait=off"};
    words.insert(words.end(), extra.begin(), extra.end());
    qemu_.emplace(words);
  }
  void wait_for_file(const std::string& path) {
    const uint64_t end_ns = clock_.now_ns() + 20 * second_ns;
    reactor_->run_until([&] { return ::access(path.c_str(), F_OK) == 0 || clock_.now_ns() > end_ns; });
    ASSERT_EQ(::access(path.c_str(), F_OK), 0) << path << " did not appear: is QEMU installed?";
  }
  template <typename T>
  T run(core::Job<T> job) {
    std::optional<T> outcome;
    core::spawn(core::keep(std::move(job), &outcome));
    reactor_->run_until([&] { return outcome.has_value(); });
    return std::move(*outcome);
  }
  [[nodiscard]] std::string socket() const { return directory_ + "/blk"; }
  [[nodiscard]] HostAddress host() const { return {directory_ + "/qmp", {}}; }
  [[nodiscard]] BlkPlug plug(std::string_view name) const {
    BlkPlug plug;
    plug.id = device_id(name);
    plug.socket_path = socket();
    plug.queue_count = 2;
    return plug;
  }

  std::string directory_;
  core::MonotonicClock clock_;
  std::unique_ptr<core::Reactor> reactor_;
  std::optional<Plugger> plugger_;
  std::optional<Process> backend_;
  std::optional<Process> qemu_;
};

TEST_F(RealQemuTest, plug_query_and_a_guest_that_never_lets_go) {
  EXPECT_EQ(*run(plugger_->query(host(), "or-disk1")), PlugState::Absent);
  const Result<void> plugged = run(plugger_->plug_virtio_blk(host(), plug("disk1")));
  ASSERT_TRUE(plugged.has_value()) << plugged.error().what;
  EXPECT_EQ(*run(plugger_->query(host(), "or-disk1")), PlugState::Plugged);
  EXPECT_TRUE(run(plugger_->plug_virtio_blk(host(), plug("disk1"))).has_value());

  const Result<void> second = run(plugger_->plug_virtio_blk(host(), plug("disk2")));
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Code::ResourceExhausted) << second.error().what;
  EXPECT_EQ(*run(plugger_->query(host(), "or-disk2")), PlugState::Absent) << "the chardev was taken back";

  const Result<void> kept = run(plugger_->unplug(host(), "or-disk1", second_ns));
  ASSERT_FALSE(kept.has_value());
  EXPECT_EQ(kept.error().code, Code::DeadlineExceeded) << kept.error().what;

  qemu_->end();
  EXPECT_EQ(*run(plugger_->query(host(), "or-disk1")), PlugState::Unreachable);
  EXPECT_TRUE(run(plugger_->unplug(host(), "or-disk1")).has_value());
}

TEST_F(RealQemuTest, what_qemu_refuses_is_taken_back) {
  BlkPlug wrong = plug("disk1");
  wrong.bus = "no-such-bus";
  const Result<void> bus = run(plugger_->plug_virtio_blk(host(), wrong));
  ASSERT_FALSE(bus.has_value());
  EXPECT_NE(bus.error().what.find("no-such-bus"), std::string::npos) << bus.error().what;
  EXPECT_EQ(*run(plugger_->query(host(), "or-disk1")), PlugState::Absent);

  wrong = plug("disk1");
  wrong.queue_count = 1000;
  ASSERT_FALSE(run(plugger_->plug_virtio_blk(host(), wrong)).has_value());
  EXPECT_EQ(*run(plugger_->query(host(), "or-disk1")), PlugState::Absent);
  EXPECT_TRUE(run(plugger_->plug_virtio_blk(host(), plug("disk1"))).has_value());
}

TEST_F(RealQemuTest, memory_that_is_not_shared_is_refused) {
  qemu_.reset();
  ::unlink(host().qmp_socket.c_str());
  start_qemu({});
  wait_for_file(host().qmp_socket);
  const Result<void> plugged = run(plugger_->plug_virtio_blk(host(), plug("disk1")));
  ASSERT_FALSE(plugged.has_value());
  EXPECT_EQ(plugged.error().code, Code::FailedPrecondition);
}

}  // namespace
}  // namespace outrigger::qemu
