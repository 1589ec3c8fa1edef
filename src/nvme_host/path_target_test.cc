// A path to this daemon's own target, over loopback: connecting, namespaces, I/O, events, loss and return.
#include "block/memory_device.h"
#include "nvme/subsystem.h"
#include "nvme_host/discovery.h"
#include "nvme_host/path_rig.h"
#include "nvme_tcp/connect_queue.h"
#include "nvme_tcp/target.h"

#include <gtest/gtest.h>

namespace outrigger::nvme_host {
namespace {

constexpr const char* subsystem_nqn = "nqn.2026-11.org.example:tested";
constexpr const char* host_nqn = "nqn.2014-08.org.nvmexpress:uuid:6e33f0ae-5d55-4f9f-bbbf-2d4dc1f1f001";

class Desk final : public nvme_tcp::ConnectDesk {
 public:
  explicit Desk(nvme::Directory& directory) : directory_(directory) {}
  nvme::ConnectOutcome connect(const nvme::ConnectRequest& request) override { return directory_.connect(request); }

 private:
  nvme::Directory& directory_;
};

class PathTargetTest : public testing::Test {
 protected:
  PathTargetTest()
      : world_(2),
        groups_(world_.control(), cores_ = world_.data_cores()),
        directory_(world_.control(), cores_),
        desk_(directory_) {
    auto subsystem = nvme::Subsystem::create(directory_, {.nqn = subsystem_nqn,
                                                          .serial = "S1",
                                                          .model = "M1",
                                                          .firmware = "1",
                                                          .nsid_max = 16,
                                                          .allows_any_host = true});
    check(subsystem.has_value(), "the test makes a subsystem");
    subsystem_ = std::move(*subsystem);
    listen();
  }
  ~PathTargetTest() override {
    if (path_ != nullptr) {
      stop();
    }
    if (target_ != nullptr) {
      close_target();
    }
    bool is_over = false;
    core::spawn(close_subsystem(subsystem_.get(), &is_over));
    check(world_.run_until([&] { return is_over; }), "the subsystem closes");
  }

  static core::Job<void> close_subsystem(nvme::Subsystem* subsystem, bool* is_over) {
    auto closing = subsystem->close();
    co_await closing;
    *is_over = true;
  }
  static core::Job<void> close_listener(nvme_tcp::Target* target, bool* is_over) {
    auto closing = target->close();
    co_await closing;
    *is_over = true;
  }
  static core::Job<void> add(nvme::Subsystem* subsystem, nvme::NamespaceOptions options, block::Device* device,
                             bool* is_over) {
    auto adding = subsystem->add_namespace(options, *device);
    const auto added = co_await adding;
    check(added.has_value(), "the test adds a namespace");
    *is_over = true;
  }
  static core::Job<void> remove(nvme::Subsystem* subsystem, uint32_t nsid, bool* is_over) {
    auto removing = subsystem->remove_namespace(nsid);
    const auto removed = co_await removing;
    check(removed.has_value(), "the test removes a namespace");
    *is_over = true;
  }

  void listen(uint16_t tcp_port = 0) {
    nvme_tcp::TargetOptions options;
    options.tcp_port = tcp_port;
    auto target = nvme_tcp::Target::listen(groups_, desk_, options);
    check(target.has_value(), "the test listens");
    target_ = std::move(*target);
    subsystem_->expose_at(target_->port());
  }
  void close_target() {
    subsystem_->withdraw_from(target_->port());
    bool is_over = false;
    core::spawn(close_listener(target_.get(), &is_over));
    check(world_.run_until([&] { return is_over; }, 50'000), "the target closes");
    target_ = nullptr;
  }
  void add_namespace(uint32_t nsid, uint64_t blocks = 8192) {
    auto device = block::MemoryDevice::create("volume", {.block_size = 512, .block_count = blocks});
    check(device.has_value(), "the test makes a volume");
    devices_.push_back(std::move(*device));
    nvme::NamespaceOptions options{.nsid = nsid};
    options.uuid[0] = 0xAB;
    options.uuid[15] = static_cast<uint8_t>(nsid);
    bool is_over = false;
    core::spawn(add(subsystem_.get(), options, devices_.back().get(), &is_over));
    check(world_.run_until([&] { return is_over; }), "a namespace is added");
  }
  PathOptions options() const {
    PathOptions made;
    made.name = "path";
    made.traddr = "127.0.0.1";
    made.trsvcid = std::to_string(target_->tcp_port());
    made.subnqn = subsystem_nqn;
    made.hostnqn = host_nqn;
    made.hostid[0] = 7;
    return made;
  }
  void connect(PathOptions with) {
    path_ = make_tcp_path(world_.control(), cores_, std::move(with));
    path_->start(observer_);
    ASSERT_TRUE(wait([this] { return observer_.live_count == 1; })) << path_->status().why;
  }
  bool wait(const std::function<bool()>& done) { return world_.wait_until(done, 5000); }
  void stop() {
    bool is_stopped = false;
    core::spawn(stop_path(path_.get(), &is_stopped));
    check(world_.wait_until([&] { return is_stopped; }, 10'000), "a path stops");
    path_ = nullptr;
  }
  // One read or write of `bytes` at `lba`, in `pieces`.
  nvme::Status transfer(size_t core, TestCommand& io, uint64_t lba, uint32_t nsid = 1) {
    nvme::Sqe& sqe = io.command.sqe;
    sqe.opcode =
        static_cast<uint8_t>(io.command.direction == Direction::ToHost ? nvme::IoOpcode::Read : nvme::IoOpcode::Write);
    sqe.nsid = nsid;
    sqe.cdw10 = static_cast<uint32_t>(lba);
    sqe.cdw12 = io.command.data_bytes / 512 - 1;
    check(path_->queue(core)->submit(io.command), "a free queue takes a command");
    EXPECT_EQ(io.done_count, 0);
    EXPECT_TRUE(world_.run_until([&] { return io.done_count != 0; }, 20'000));
    return io.command.status;
  }
  void write_and_read(size_t core, size_t bytes, size_t pieces, uint64_t seed) {
    TestCommand write(Direction::ToController, bytes, pieces);
    write.fill(seed);
    EXPECT_TRUE(transfer(core, write, seed % 64).is_success());
    TestCommand read(Direction::ToHost, bytes, pieces + 1);
    EXPECT_TRUE(transfer(1 - core, read, seed % 64).is_success());
    EXPECT_EQ(read.memory(), write.memory()) << bytes << " bytes in " << pieces << " pieces";
  }

  PathWorld world_;
  std::vector<core::Reactor*> cores_;
  nvme_tcp::GroupSet groups_;
  nvme::Directory directory_;
  Desk desk_;
  std::vector<std::unique_ptr<block::MemoryDevice>> devices_;
  std::unique_ptr<nvme::Subsystem> subsystem_;
  std::unique_ptr<nvme_tcp::Target> target_;
  RecordingObserver observer_;
  std::unique_ptr<Path> path_;
};

TEST_F(PathTargetTest, ConnectsAndShowsWhatIsThere) {
  add_namespace(1);
  add_namespace(5, 100);
  connect(options());
  EXPECT_EQ(path_->status().state, PathState::Live);
  EXPECT_EQ(path_->status().connects, 1U);
  EXPECT_EQ(path_->controller().serial, "S1");
  EXPECT_EQ(path_->controller().model, "M1");
  EXPECT_EQ(path_->controller().io_queue_count, 2U);
  ASSERT_EQ(path_->namespaces().size(), 2U);
  EXPECT_EQ(path_->namespaces()[0].nsid, 1U);
  EXPECT_EQ(path_->namespaces()[0].uuid[0], 0xAB);
  EXPECT_EQ(path_->namespaces()[1].nsid, 5U);
  EXPECT_EQ(path_->namespaces()[1].block_count, 100U);
  EXPECT_EQ(path_->namespaces()[1].ana, PathAnaState::Optimized);
  ASSERT_EQ(subsystem_->controllers().size(), 1U);
  EXPECT_EQ(subsystem_->controllers()[0].io_queue_count, 2U);
  stop();
  EXPECT_EQ(observer_.down_count, 1);
  EXPECT_TRUE(world_.wait_until([this] { return subsystem_->controllers().empty(); }, 1000));
}

TEST_F(PathTargetTest, MovesDataOfAllSizes) {
  add_namespace(1);
  connect(options());
  uint64_t seed = 1;
  for (const size_t bytes : {512UL, 4096UL, 8192UL, 8704UL, 65536UL, 262144UL, 1048576UL}) {
    for (const size_t pieces : {1UL, 3UL, 40UL}) {
      write_and_read(seed % 2, bytes, pieces, seed);
      ++seed;
    }
  }
}

TEST_F(PathTargetTest, MovesDataWithDigests) {
  add_namespace(1);
  PathOptions with = options();
  with.has_header_digest = with.has_data_digest = true;
  connect(with);
  uint64_t seed = 1;
  for (const size_t bytes : {512UL, 8192UL, 65536UL, 1048576UL}) {
    write_and_read(seed % 2, bytes, 1 + seed * 7, seed);
    ++seed;
  }
}

// One queue for two cores: each sends and receives on its own, and neither takes all of the queue.
TEST_F(PathTargetTest, SharesAQueueAmongCores) {
  add_namespace(1);
  PathOptions with = options();
  with.io_queue_count = 1;
  connect(with);
  EXPECT_EQ(path_->controller().io_queue_count, 1U);
  EXPECT_EQ(subsystem_->controllers()[0].io_queue_count, 1U);
  ASSERT_NE(path_->queue(1), nullptr);
  EXPECT_GE(path_->queue(0)->depth() + path_->queue(1)->depth(), 2 * with.queue_entries - 2);
  uint64_t seed = 1;
  for (const size_t bytes : {512UL, 8192UL, 65536UL, 1048576UL}) {
    write_and_read(seed % 2, bytes, 3, seed);
    ++seed;
  }
  // Lost with commands of both under way.
  TestCommand of_home(Direction::ToHost, 4096);
  TestCommand borrowed(Direction::ToHost, 4096);
  for (const auto& [core, command] : {std::pair(0, &of_home), std::pair(1, &borrowed)}) {
    command->command.sqe.opcode = static_cast<uint8_t>(nvme::IoOpcode::Read);
    command->command.sqe.nsid = 1;
    command->command.sqe.cdw12 = 7U;
    ASSERT_TRUE(path_->queue(static_cast<size_t>(core))->submit(command->command));
  }
  path_->reset();
  EXPECT_TRUE(wait([&] { return observer_.live_count == 2; }));
  EXPECT_EQ(of_home.done_count, 1);
  EXPECT_EQ(borrowed.done_count, 1);
  write_and_read(1, 4096, 1, 9);
}

TEST_F(PathTargetTest, FillsTheQueue) {
  add_namespace(1);
  PathOptions with = options();
  with.queue_entries = 16;
  connect(with);
  const auto queue = path_->queue(0);
  std::vector<std::unique_ptr<TestCommand>> reads;
  for (;;) {
    auto read = std::make_unique<TestCommand>(Direction::ToHost, 4096);
    read->command.sqe.opcode = static_cast<uint8_t>(nvme::IoOpcode::Read);
    read->command.sqe.nsid = 1;
    read->command.sqe.cdw12 = 7;
    if (!queue->submit(read->command)) {
      break;
    }
    reads.push_back(std::move(read));
  }
  EXPECT_EQ(reads.size(), queue->depth());
  EXPECT_EQ(queue->in_flight_count(), queue->depth());
  EXPECT_TRUE(world_.run_until([&] { return queue->in_flight_count() == 0; }));
  for (const auto& read : reads) {
    EXPECT_EQ(read->done_count, 1);
    EXPECT_TRUE(read->command.status.is_success());
  }
}

TEST_F(PathTargetTest, TellsWhyACommandFailed) {
  add_namespace(1, 64);
  connect(options());
  TestCommand beyond(Direction::ToHost, 4096);
  EXPECT_EQ(transfer(0, beyond, 63).code(), nvme::StatusCode::LbaOutOfRange);
  TestCommand nowhere(Direction::ToController, 4096);
  EXPECT_EQ(transfer(0, nowhere, 0, 9).code(), nvme::StatusCode::InvalidNamespaceOrFormat);
  EXPECT_EQ(path_->status().state, PathState::Live);
}

TEST_F(PathTargetTest, HearsOfNamespaces) {
  add_namespace(1);
  connect(options());
  add_namespace(2);
  EXPECT_TRUE(wait([this] { return path_->namespaces().size() == 2; }));
  EXPECT_EQ(observer_.namespaces_count, 1);
  bool is_over = false;
  core::spawn(remove(subsystem_.get(), 1, &is_over));
  EXPECT_TRUE(wait([&] { return is_over && path_->namespaces().size() == 1; }));
  EXPECT_EQ(path_->namespaces()[0].nsid, 2U);
  EXPECT_EQ(observer_.namespaces_count, 2);
}

TEST_F(PathTargetTest, HearsOfAnaStates) {
  add_namespace(1);
  connect(options());
  ASSERT_TRUE(subsystem_->set_ana_state(target_->port(), 1, nvme::AnaState::Inaccessible).has_value());
  EXPECT_TRUE(wait([this] { return path_->namespaces()[0].ana == PathAnaState::Inaccessible; }));
  EXPECT_EQ(observer_.ana_count, 1);
  EXPECT_EQ(observer_.namespaces_count, 0);
  ASSERT_TRUE(subsystem_->set_ana_state(target_->port(), 1, nvme::AnaState::NonOptimized).has_value());
  EXPECT_TRUE(wait([this] { return path_->namespaces()[0].ana == PathAnaState::NonOptimized; }));
}

TEST_F(PathTargetTest, StaysAliveWithoutTraffic) {
  add_namespace(1);
  connect(options());
  world_.pass(30'000);
  EXPECT_EQ(path_->status().state, PathState::Live);
  EXPECT_EQ(path_->status().losses, 0U);
}

TEST_F(PathTargetTest, ComesBackWhenTheTargetDoes) {
  add_namespace(1);
  connect(options());
  const auto old_queue = path_->queue(0);
  const uint16_t tcp_port = target_->tcp_port();
  close_target();
  EXPECT_TRUE(wait([this] { return observer_.down_count == 1; }));
  EXPECT_EQ(path_->status().state, PathState::Reconnecting);
  TestCommand late(Direction::ToHost, 512);
  EXPECT_FALSE(old_queue->submit(late.command));
  EXPECT_FALSE(old_queue->is_live());
  listen(tcp_port);
  EXPECT_TRUE(wait([this] { return observer_.live_count == 2; })) << path_->status().why;
  write_and_read(0, 65536, 2, 3);
  EXPECT_EQ(path_->status().losses, 1U);
}

TEST_F(PathTargetTest, ResetBeginsAnew) {
  add_namespace(1);
  connect(options());
  const uint16_t before = path_->controller().cntlid;
  path_->reset();
  EXPECT_EQ(observer_.down_count, 0);
  EXPECT_TRUE(wait([this] { return observer_.live_count == 2; }));
  EXPECT_EQ(observer_.down_count, 1);
  EXPECT_NE(path_->controller().cntlid, before);
  write_and_read(0, 4096, 1, 5);
}

TEST_F(PathTargetTest, SaysWhichHostIsRefused) {
  subsystem_->allow_any_host(false);
  path_ = make_tcp_path(world_.control(), cores_, options());
  path_->start(observer_);
  EXPECT_TRUE(wait([this] { return path_->status().connect_failures != 0; }));
  const std::string why = path_->status().why;
  EXPECT_NE(why.find("refuses subsystem nqn.2026-11.org.example:tested"), std::string::npos) << why;
  EXPECT_NE(why.find("Connect Invalid Host"), std::string::npos) << why;
}

TEST_F(PathTargetTest, SaysWhichSubsystemIsNotThere) {
  PathOptions with = options();
  with.subnqn = "nqn.2026-11.org.example:nothing";
  path_ = make_tcp_path(world_.control(), cores_, with);
  path_->start(observer_);
  EXPECT_TRUE(wait([this] { return path_->status().connect_failures != 0; }));
  EXPECT_NE(path_->status().why.find("SUBNQN"), std::string::npos) << path_->status().why;
}

core::Job<void> fetch(core::Reactor* control, DiscoveryOptions options, Result<std::vector<DiscoveryRecord>>* fetched,
                      bool* is_over) {
  auto fetching = fetch_discovery(control, std::move(options));
  *fetched = co_await fetching;
  *is_over = true;
}

class DiscoveryTest : public PathTargetTest {
 protected:
  DiscoveryOptions discovery_options() const { return discovery_at(target_->tcp_port(), host_nqn); }
  static size_t count(const std::vector<DiscoveryRecord>& records, std::string_view nqn) {
    return static_cast<size_t>(std::ranges::count(records, nqn, &DiscoveryRecord::subnqn));
  }
};

TEST_F(DiscoveryTest, FetchesTheLog) {
  Result<std::vector<DiscoveryRecord>> records;
  bool is_over = false;
  core::spawn(fetch(&world_.control(), discovery_options(), &records, &is_over));
  ASSERT_TRUE(wait([&] { return is_over; }));
  ASSERT_TRUE(records.has_value()) << records.error().what;
  ASSERT_EQ(count(*records, subsystem_nqn), 1U);
  const DiscoveryRecord& record = *std::ranges::find(*records, subsystem_nqn, &DiscoveryRecord::subnqn);
  EXPECT_EQ(record.traddr, "127.0.0.1");
  EXPECT_EQ(record.trsvcid, std::to_string(target_->tcp_port()));
  EXPECT_EQ(record.trtype, nvme::TransportType::Tcp);
}

TEST_F(DiscoveryTest, SaysWhyItFailed) {
  DiscoveryOptions with = discovery_options();
  close_target();
  Result<std::vector<DiscoveryRecord>> records;
  bool is_over = false;
  core::spawn(fetch(&world_.control(), with, &records, &is_over));
  ASSERT_TRUE(wait([&] { return is_over; }));
  ASSERT_FALSE(records.has_value());
  EXPECT_NE(records.error().what.find("Connection refused"), std::string::npos) << records.error().what;
}

TEST_F(DiscoveryTest, FollowsChangesAndComesBack) {
  std::vector<std::vector<DiscoveryRecord>> lists;
  DiscoveryWatch watch(world_.control(), discovery_options(), [&](const auto& list) { lists.push_back(list); });
  watch.start();
  ASSERT_TRUE(wait([&] { return lists.size() == 1; })) << watch.why();
  EXPECT_EQ(count(lists[0], subsystem_nqn), 1U);
  subsystem_->withdraw_from(target_->port());
  EXPECT_TRUE(wait([&] { return lists.size() == 2; }));
  EXPECT_EQ(count(lists.back(), subsystem_nqn), 0U);
  const uint16_t tcp_port = target_->tcp_port();
  subsystem_->expose_at(target_->port());
  EXPECT_TRUE(wait([&] { return lists.size() == 3; }));
  close_target();
  EXPECT_TRUE(wait([&] { return !watch.is_current(); }));
  listen(tcp_port);
  EXPECT_TRUE(wait([&] { return watch.is_current(); })) << watch.why();
  bool is_stopped = false;
  core::spawn(stop_watch(&watch, &is_stopped));
  EXPECT_TRUE(wait([&] { return is_stopped; }));
}

}  // namespace
}  // namespace outrigger::nvme_host
