// For unit tests of the control side: a directory with data cores in virtual time, connections without a transport, and
// hosts that send commands as Linux does.
#pragma once

#include "block/memory_device.h"
#include "core/job.h"
#include "core/kept_job.h"
#include "core/sim.h"
#include "nvme/directory.h"
#include "nvme/host_data.h"
#include "nvme/identify_format.h"
#include "nvme/limits.h"
#include "nvme/log_format.h"
#include "nvme/property_format.h"
#include "nvme/subsystem.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace outrigger::nvme {

inline constexpr uint64_t ms = 1'000'000;

// Reactor 0 is control, the others are data cores; the test's thread drives all of them.
class World {
 public:
  explicit World(uint32_t data_cores = 2, uint64_t seed = 1) : sim_({.seed = seed, .reactor_count = data_cores + 1}) {
    std::vector<core::Reactor*> cores;
    for (uint32_t i = 1; i <= data_cores; ++i) {
      cores.push_back(&sim_.reactor(i));
    }
    settle();
    directory_.emplace(sim_.reactor(0), std::move(cores));
  }
  [[nodiscard]] core::Simulation& sim() { return sim_; }
  [[nodiscard]] Directory& directory() { return *directory_; }
  [[nodiscard]] core::Reactor& control() { return sim_.reactor(0); }
  // All that can happen without time passing.
  void settle() { sim_.run_for(0); }
  void run_for_ms(uint64_t time_ms) { sim_.run_for(time_ms * ms); }

  template <typename T>
  std::optional<T> wait(core::Job<T> job) {
    std::optional<T> result;
    core::spawn(core::keep(std::move(job), &result));
    settle();
    return result;
  }
  bool wait(core::Job<void> job) {
    bool has_ended = false;
    core::spawn(core::keep(std::move(job), &has_ended));
    settle();
    return has_ended;
  }

 private:
  core::Simulation sim_;
  std::optional<Directory> directory_;
};

// A command with memory, as a transport holds it.
class TestCommand {
 public:
  explicit TestCommand(uint32_t sgl_bytes = 0) : memory_(sgl_bytes, std::byte{0xEE}) {
    command.sqe.flags = 0x40;
    command.sgl_bytes = sgl_bytes;
    command.owner = this;
    command.done = [](Command& done) noexcept {
      auto& self = *static_cast<TestCommand*>(done.owner);
      check(!self.is_done, "a command ends once");
      self.is_done = true;
      if (self.ended) {
        self.ended();
      }
    };
  }
  TestCommand(const TestCommand&) = delete;
  TestCommand& operator=(const TestCommand&) = delete;

  void send(Queue& queue) {
    is_done = false;
    const Status refusal = queue.prepare(command);
    if (!refusal.is_success()) {
      command.status = refusal;
      is_done = is_refused = true;
      if (ended) {
        ended();
      }
      return;
    }
    check(command.data_bytes <= command.sgl_bytes, "never more data than the host describes");
    iov_ = {memory_.data(), command.data_bytes};
    command.iov = &iov_;
    command.iov_count = command.data_bytes != 0 ? 1 : 0;
    queue.execute(command);
  }
  [[nodiscard]] std::vector<std::byte>& memory() { return memory_; }
  template <typename T>
  [[nodiscard]] T data(size_t offset = 0) const {
    T value;
    check(offset + sizeof(T) <= memory_.size(), "within the data");
    std::memcpy(&value, memory_.data() + offset, sizeof(T));
    return value;
  }
  [[nodiscard]] StatusCode code() const { return command.status.code(); }

  Command command;
  bool is_done = false;
  bool is_refused = false;
  std::function<void()> ended;

 private:
  std::vector<std::byte> memory_;
  iovec iov_{};
};

// One queue's connection: what a transport does for it. Goes when it is told to, in the reactor's next turns, and when
// the commands that were started on it have ended.
class Connection final : public Link {
 public:
  explicit Connection(World& world) : world_(world) {}
  ~Connection() override { close(); }

  void disconnect() noexcept override {
    ++disconnect_count;
    if (!is_stuck && !std::exchange(is_going_, true)) {
      world_.control().post([this] {
        is_going_ = false;
        close_soon();
      });
    }
  }
  const ConnectOutcome& connect(const ConnectRequest& request) {
    outcome = world_.directory().connect(request);
    queue = outcome.queue;
    outcome.queue = nullptr;
    if (queue != nullptr && &queue->home() != &world_.control()) {
      queue->home().post([this] { queue->attach(); });
      world_.settle();
      is_attached_ = true;
    }
    return outcome;
  }
  // The host hangs up.
  void close() {
    world_.settle();
    close_soon();
    world_.settle();
  }
  [[nodiscard]] bool is_open() const { return queue != nullptr; }
  // A command at the queue's home, where it may stay at work.
  std::unique_ptr<TestCommand> start(const Sqe& sqe, uint32_t sgl_bytes = 0, std::span<const std::byte> sent = {}) {
    auto started = std::make_unique<TestCommand>(sgl_bytes);
    started->command.sqe = sqe;
    started->command.sqe.flags = static_cast<uint8_t>(0x40U | (sqe.flags & 3U));  // FUSE
    std::ranges::copy(sent, started->memory().begin());
    ++at_work_;
    started->ended = [this] { command_ended(); };
    queue->home().post([kept = queue, command = started.get()] { command->send(*kept); });
    return started;
  }

  ConnectOutcome outcome;
  std::shared_ptr<Queue> queue;
  uint32_t disconnect_count = 0;
  bool is_stuck = false;  // does not go when it is told to

 private:
  void close_soon() {
    if (queue == nullptr) {
      return;
    }
    if (is_attached_) {
      is_attached_ = false;
      queue->home().post([this, kept = queue] {
        kept->expedite();
        leaving_ = kept;
        leave();
      });
    } else {
      queue->expedite();
      queue->closed();
    }
    queue = nullptr;
  }

  void command_ended() {
    if (--at_work_ == 0 && leaving_ != nullptr) {
      leaving_->home().post([this] { leave(); });
    }
  }
  void leave() {
    if (at_work_ == 0 && leaving_ != nullptr) {
      leaving_->detach();
      world_.control().post([kept = std::exchange(leaving_, nullptr)] { kept->closed(); });
    }
  }

  World& world_;
  uint32_t at_work_ = 0;
  std::shared_ptr<Queue> leaving_;
  bool is_going_ = false;
  bool is_attached_ = false;
};

struct HostOf {
  std::string hostnqn = "nqn.2014-08.org.nvmexpress:uuid:host1";
  std::string subnqn = "nqn.2026-11.example:disks";
  uint8_t hostid = 0x11;
  uint32_t kato = 0;
  std::string local_address{};  // ours, that it reached
  std::string peer = "192.0.2.9:40000";
};

// A host with an admin queue and its I/O queues.
class TestHost {
 public:
  TestHost(World& world, const Port& port, HostOf names = {})
      : world_(world), port_(port), names_(std::move(names)), admin_(std::make_unique<Connection>(world)) {
    reset_connect(0);
  }
  ~TestHost() {
    io_.clear();
    admin_.reset();
  }

  // Fills `sqe` and `data` for a Connect; tests may change them before connect().
  void reset_connect(uint16_t qid) {
    sqe = {};
    data = {};
    sqe.qid = qid;
    sqe.sqsize = qid == 0 ? 31 : 127;
    sqe.kato = qid == 0 ? names_.kato : 0;
    data.cntlid = qid == 0 ? uint16_t{0xFFFF} : cntlid;
    std::memset(data.hostid, names_.hostid, sizeof(data.hostid));
    std::copy(names_.subnqn.begin(), names_.subnqn.end(), data.subnqn);
    std::copy(names_.hostnqn.begin(), names_.hostnqn.end(), data.hostnqn);
  }
  const ConnectOutcome& connect_with(Connection& connection) {
    return connection.connect({.sqe = sqe,
                               .data = data,
                               .port = port_,
                               .peer = names_.peer,
                               .tls_identity = "",
                               .link = connection,
                               .local_address = names_.local_address});
  }
  const ConnectOutcome& connect() {
    const ConnectOutcome& outcome = connect_with(*admin_);
    cntlid = static_cast<uint16_t>(outcome.result);
    return outcome;
  }
  Connection& connect_io(uint16_t qid) {
    reset_connect(qid);
    io_.push_back(std::make_unique<Connection>(world_));
    connect_with(*io_.back());
    return *io_.back();
  }
  // Connects and enables, as Linux does.
  void start() {
    ASSERT_TRUE(connect().status.is_success());
    set_property(Property::Cc, 0x0046'0000);
    set_property(Property::Cc, 0x0046'0001);
    ASSERT_EQ(get_property(Property::Csts), 1U);
  }

  uint64_t get_property(Property property, bool is_wide = false) {
    PropertySqe get;
    get.fctype = static_cast<uint8_t>(FabricsType::PropertyGet);
    get.attributes = is_wide ? 1 : 0;
    get.offset = static_cast<uint32_t>(property);
    return run(std::bit_cast<Sqe>(get)).result;
  }
  Command set_property(Property property, uint64_t value, bool is_wide = false) {
    PropertySqe set;
    set.fctype = static_cast<uint8_t>(FabricsType::PropertySet);
    set.attributes = is_wide ? 1 : 0;
    set.offset = static_cast<uint32_t>(property);
    set.value = value;
    return run(std::bit_cast<Sqe>(set));
  }
  // Runs an admin command to its end; `last` holds its data.
  Command run(const Sqe& asked, uint32_t sgl_bytes = 0, std::span<const std::byte> sent = {}) {
    last = std::make_unique<TestCommand>(sgl_bytes);
    last->command.sqe = asked;
    std::ranges::copy(sent, last->memory().begin());
    last->send(queue());
    world_.settle();
    EXPECT_TRUE(last->is_done);
    return last->command;
  }
  static Sqe admin(AdminOpcode opcode, uint32_t nsid = 0, uint32_t cdw10 = 0, uint32_t cdw11 = 0) {
    Sqe made;
    made.opcode = static_cast<uint8_t>(opcode);
    made.flags = 0x40;
    made.nsid = nsid;
    made.cdw10 = cdw10;
    made.cdw11 = cdw11;
    return made;
  }
  Command identify(Cns cns, uint32_t nsid = 0, uint32_t cdw11 = 0) {
    return run(admin(AdminOpcode::Identify, nsid, static_cast<uint32_t>(cns), cdw11), identify_bytes);
  }
  Command get_log(LogPage page, uint32_t bytes, uint64_t offset = 0, bool retains = false, uint32_t specific = 0) {
    const uint32_t dwords = bytes / 4 - 1;
    Sqe get =
        admin(AdminOpcode::GetLogPage, 0xFFFF'FFFF,
              static_cast<uint32_t>(page) | specific << 8U | (retains ? 1U << 15U : 0) | dwords << 16U, dwords >> 16U);
    get.cdw12 = static_cast<uint32_t>(offset);
    get.cdw13 = static_cast<uint32_t>(offset >> 32U);
    return run(get, bytes);
  }
  Command set_feature(uint32_t fid, uint32_t value, uint32_t nsid = 0) {
    return run(admin(AdminOpcode::SetFeatures, nsid, fid, value));
  }
  Command get_feature(uint32_t fid, uint32_t select = 0, uint32_t value = 0) {
    return run(admin(AdminOpcode::GetFeatures, 0, fid | select << 8U, value), 512);
  }
  // Leaves an asynchronous event request.
  std::unique_ptr<TestCommand> await_event() {
    auto request = std::make_unique<TestCommand>();
    request->command.sqe = admin(AdminOpcode::AsyncEventRequest);
    request->send(queue());
    return request;
  }
  [[nodiscard]] Queue& queue() { return *admin_->queue; }
  [[nodiscard]] Connection& admin_connection() { return *admin_; }

  ConnectSqe sqe;
  ConnectData data;
  uint16_t cntlid = 0;
  std::unique_ptr<TestCommand> last;

 private:
  World& world_;
  const Port& port_;
  HostOf names_;
  std::unique_ptr<Connection> admin_;
  std::vector<std::unique_ptr<Connection>> io_;
};

// A subsystem at two ports, over devices in memory.
class AdminTest : public ::testing::Test {
 protected:
  AdminTest() {
    auto made = Subsystem::create(
        world.directory(),
        {.nqn = "nqn.2026-11.example:disks", .serial = "SER1", .model = "Outrigger", .firmware = "1.0"});
    check(made.has_value(), "a subsystem can be made");
    subsystem = std::move(*made);
    subsystem->expose_at(port);
  }
  ~AdminTest() override {
    EXPECT_TRUE(world.wait(subsystem->close()));
    subsystem.reset();
    world.settle();
  }
  block::MemoryDevice& add_device(uint64_t block_count = 2048, uint32_t block_size = 512) {
    auto made = block::MemoryDevice::create("disk", {.block_size = block_size, .block_count = block_count});
    check(made.has_value(), "a device can be made");
    devices.push_back(std::move(*made));
    return *devices.back();
  }
  uint32_t add_namespace(NamespaceOptions options = {}) { return add_namespace(options, add_device()); }
  uint32_t add_namespace(NamespaceOptions options, block::Device& device) {
    if (options.uuid == std::array<uint8_t, 16>{}) {
      options.uuid[15] = ++last_uuid;
    }
    const auto added = world.wait(subsystem->add_namespace(options, device));
    check(added.has_value() && added->has_value(), "a namespace can be added");
    return **added;
  }

  World world;
  Port port{.id = 1, .traddr = "192.0.2.1", .trsvcid = "4420"};
  Port other_port{.id = 2, .traddr = "192.0.2.2", .trsvcid = "4420"};
  std::vector<std::unique_ptr<block::MemoryDevice>> devices;
  std::unique_ptr<Subsystem> subsystem;
  uint8_t last_uuid = 0;
};

}  // namespace outrigger::nvme
