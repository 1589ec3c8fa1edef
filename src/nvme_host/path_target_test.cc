// A path to this daemon's own target, over loopback: connecting, namespaces, I/O, events, loss and return.
#include "nvme_host/path_target_rig.h"

#include <gtest/gtest.h>

namespace outrigger::nvme_host {
namespace {

class PathTargetTest : public PathToTarget {
 protected:
  PathTargetTest()
      : PathToTarget({.nqn = subsystem_nqn, .serial = "S1", .model = "M1", .firmware = "1", .allows_any_host = true},
                     /*has_keys=*/false) {}
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
  move_data_of_sizes({512, 4096, 8192, 8704, 65536, 262144, 1048576});
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
  std::optional<Result<void>> removed;
  core::spawn(core::keep(subsystem_->remove_namespace(1), &removed));
  EXPECT_TRUE(wait([&] { return removed.has_value() && path_->namespaces().size() == 1; }));
  EXPECT_TRUE(removed->has_value());
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

class DiscoveryTest : public PathTargetTest {
 protected:
  DiscoveryOptions discovery_options() const { return discovery_at(target_->tcp_port(), host_nqn); }
  static size_t count(const std::vector<DiscoveryRecord>& records, std::string_view nqn) {
    return static_cast<size_t>(std::ranges::count(records, nqn, &DiscoveryRecord::subnqn));
  }
};

TEST_F(DiscoveryTest, FetchesTheLog) {
  std::optional<Result<std::vector<DiscoveryRecord>>> fetched;
  core::spawn(core::keep(fetch_discovery(&world_.control(), discovery_options()), &fetched));
  ASSERT_TRUE(wait([&] { return fetched.has_value(); }));
  const auto& records = *fetched;
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
  std::optional<Result<std::vector<DiscoveryRecord>>> fetched;
  core::spawn(core::keep(fetch_discovery(&world_.control(), with), &fetched));
  ASSERT_TRUE(wait([&] { return fetched.has_value(); }));
  const auto& records = *fetched;
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
  core::spawn(core::keep(watch.stop(), &is_stopped));
  EXPECT_TRUE(wait([&] { return is_stopped; }));
}

}  // namespace
}  // namespace outrigger::nvme_host
