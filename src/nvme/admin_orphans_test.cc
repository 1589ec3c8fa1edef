// What becomes of commands when the association that they came through ends, or the namespace that they are for goes
// (decision 0015).
#include "base/log.h"
#include "nvme/conformance_rig.h"
#include "nvme/connect.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <string_view>

namespace outrigger::nvme {
namespace {

constexpr size_t block_bytes = 512;

size_t count_of(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

// Of this thread, so that what else runs on the machine hardly counts.
uint64_t cpu_ns() {
  timespec now{};
  check(::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0, "a thread's time can be read");
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

Sqe write_of(uint32_t nsid, uint32_t lba) {
  Sqe sqe = TestHost::admin(static_cast<AdminOpcode>(IoOpcode::Write), nsid, lba);
  sqe.sgl.length = block_bytes;
  return sqe;
}

class OrphansTest : public AdminTest {
 protected:
  OrphansTest() { nsid = add_namespace({}, held); }
  ~OrphansTest() override {
    log::set_level(log::Level::Info);
    held.release();
    world.settle();
    hosts.clear();
    world.settle();
    EXPECT_TRUE(world.wait(subsystem->remove_namespace(nsid)));
  }

  TestHost& new_host(const HostOf& names = {}, const Port* at = nullptr) {
    return *hosts.emplace_back(std::make_unique<TestHost>(world, at != nullptr ? *at : port, names));
  }
  // Connects, and leaves a write with the device.
  TestHost& leave_write(const HostOf& names = {}, const Port* at = nullptr) {
    TestHost& host = new_host(names, at);
    host.start();
    held.holds = true;
    const std::vector<std::byte> data(block_bytes, std::byte{1});
    writes.push_back(host.connect_io(1).start(write_of(nsid, 0), block_bytes, data));
    world.settle();
    EXPECT_FALSE(writes.back()->is_done);
    return host;
  }
  StatusCode connect(const HostOf& names = {}) { return new_host(names).connect().status.code(); }

  block::MemoryDevice& disk = add_device();
  HeldDevice held{disk};
  uint32_t nsid = 0;
  std::vector<std::unique_ptr<TestHost>> hosts;
  std::vector<std::unique_ptr<TestCommand>> writes;
};

TEST_F(OrphansTest, a_host_is_let_in_again_when_its_commands_have_left_their_devices) {
  leave_write().admin_connection().close();
  const ConnectOutcome& refused = new_host().connect();
  EXPECT_EQ(refused.status, Status::retryable(StatusCode::ConnectControllerBusy));
  EXPECT_TRUE(refused.passes_soon);
  EXPECT_EQ(connect({.hostnqn = "nqn.2014-08.org.nvmexpress:uuid:host2", .hostid = 0x22}), StatusCode::Success)
      << "they are not that host's";
  world.run_for_ms(60'000);
  EXPECT_EQ(connect(), StatusCode::ConnectControllerBusy);
  held.release();
  world.settle();
  EXPECT_TRUE(writes.back()->is_done);
  EXPECT_EQ(connect(), StatusCode::Success);
}

TEST_F(OrphansTest, a_second_association_waits_for_nothing) {
  leave_write();
  EXPECT_EQ(connect(), StatusCode::Success);
}

TEST_F(OrphansTest, what_only_waits_ends_with_its_association) {
  held.lets_go = true;
  TestHost& host = leave_write();
  TestHost& other = leave_write({.hostnqn = "nqn.2014-08.org.nvmexpress:uuid:host2", .hostid = 0x22});
  EXPECT_EQ(held.held_count(), 2U);
  host.admin_connection().close();
  EXPECT_TRUE(writes.front()->is_done);
  EXPECT_EQ(held.held_count(), 1U) << "the other host's goes on";
  EXPECT_FALSE(writes.back()->is_done);
  EXPECT_EQ(subsystem->controllers().size(), 1U);
  EXPECT_EQ(connect(), StatusCode::Success);
  held.release();
  world.settle();
  EXPECT_TRUE(writes.back()->command.status.is_success());
  other.admin_connection().close();
}

TEST_F(OrphansTest, a_volume_that_never_answers_keeps_a_host_out_for_a_while_and_holds_so_many_of_its_associations) {
  log::set_level(log::Level::Error);
  for (uint32_t i = 0; i < orphaned_controllers_per_host_max; ++i) {
    leave_write().admin_connection().close();
    world.run_for_ms(orphans_ms_max - 1);
    EXPECT_EQ(connect(), StatusCode::ConnectControllerBusy);
    world.run_for_ms(1);
  }
  EXPECT_EQ(connect(), StatusCode::ConnectControllerBusy) << "as many as may be";
  EXPECT_EQ(subsystem->controllers().size(), size_t{orphaned_controllers_per_host_max});
  held.release();
  world.settle();
  EXPECT_EQ(connect(), StatusCode::Success);
}

// What is in its way is the latest association of a host that left something; others that it has had, and has, are not.
TEST_F(OrphansTest, only_what_is_left_counts) {
  TestHost& empty_handed = new_host();
  empty_handed.start();
  empty_handed.connect_io(1);
  empty_handed.admin_connection().is_stuck = true;
  TestHost& first = leave_write();
  TestHost& second = leave_write();
  subsystem->allow_any_host(false);
  subsystem->allow_any_host(true);
  world.settle();
  EXPECT_EQ(subsystem->controllers().size(), 3U);
  EXPECT_EQ(connect(), StatusCode::ConnectControllerBusy);
  held.release();
  world.settle();
  EXPECT_FALSE(first.admin_connection().is_open() || second.admin_connection().is_open());
  EXPECT_TRUE(empty_handed.admin_connection().is_open()) << "it has begun to end, and has nothing with a device";
  EXPECT_EQ(connect(), StatusCode::Success);
}

TEST_F(OrphansTest, a_host_that_waits_is_told_of_in_the_log_when_there_is_room) {
  leave_write().admin_connection().close();
  world.run_for_ms(2 * orphans_told_ms);
  for (int i = 0; i < 16; ++i) {  // the log has no more room
    ASSERT_EQ(connect({.hostnqn = "nqn.2014-08.org.nvmexpress:uuid:host2"}), StatusCode::Success);
  }
  const auto lines_of_a_connect = [this] {
    log::drain(1'000'000'000);
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(connect(), StatusCode::ConnectControllerBusy);
    log::drain(1'000'000'000);
    return count_of(::testing::internal::GetCapturedStderr(), "has to wait");
  };
  EXPECT_EQ(lines_of_a_connect(), 0U);
  world.run_for_ms(20'000);
  EXPECT_EQ(lines_of_a_connect(), 1U);
  world.run_for_ms(20'000);
  EXPECT_EQ(lines_of_a_connect(), 0U) << "once";
}

// After an outage all hosts come again, and ask and ask.
TEST_F(OrphansTest, what_a_host_that_waits_costs_does_not_grow_with_the_controllers) {
  log::set_level(log::Level::Error);
  leave_write().admin_connection().close();
  TestHost& host = new_host();
  const auto cost_ns = [&host] {
    uint64_t least_ns = UINT64_MAX;
    for (int round = 0; round < 5; ++round) {
      const uint64_t start_ns = cpu_ns();
      for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(host.connect().status.code(), StatusCode::ConnectControllerBusy);
      }
      least_ns = std::min(least_ns, cpu_ns() - start_ns);
    }
    return least_ns;
  };
  const uint64_t alone_ns = cost_ns();
  for (int i = 0; i < controllers_max - 8; ++i) {
    ASSERT_EQ(connect({.hostnqn = fmt::format("nqn.2014-08.org.nvmexpress:uuid:host{}", 10'000 + i)}),
              StatusCode::Success);
  }
  EXPECT_LT(cost_ns(), 4 * alone_ns);
}

TEST_F(OrphansTest, a_static_controller_that_is_ending_is_worth_a_wait) {
  subsystem->set_static_controllers({7});
  const auto ask = [this](uint16_t cntlid) -> const ConnectOutcome& {
    TestHost& host = new_host();
    host.data.cntlid = cntlid;
    return host.connect();
  };
  TestHost& holder = new_host();
  holder.data.cntlid = 7;
  holder.start();
  holder.admin_connection().is_stuck = true;
  for (const uint16_t cntlid : {uint16_t{7}, cntlid_any_static}) {
    EXPECT_EQ(ask(cntlid).status, Status::retryable(StatusCode::ConnectControllerBusy));
    EXPECT_FALSE(ask(cntlid).passes_soon) << "it may be in use for ever";
  }
  subsystem->allow_any_host(false);
  subsystem->allow_any_host(true);
  world.settle();
  ASSERT_TRUE(holder.admin_connection().is_open());
  for (const uint16_t cntlid : {uint16_t{7}, cntlid_any_static}) {
    EXPECT_EQ(ask(cntlid).status, Status::retryable(StatusCode::ConnectControllerBusy));
    EXPECT_TRUE(ask(cntlid).passes_soon);
  }
  EXPECT_EQ(ask(8).status.code(), StatusCode::ConnectInvalidParameters);
  EXPECT_FALSE(hosts.back()->admin_connection().outcome.passes_soon);
  // That it goes on is told, once.
  world.run_for_ms(2 * orphans_told_ms);
  log::drain(1'000'000'000);
  ::testing::internal::CaptureStderr();
  ask(7);
  ask(cntlid_any_static);
  log::drain(1'000'000'000);
  EXPECT_EQ(count_of(::testing::internal::GetCapturedStderr(), "has to wait"), 1U);
  holder.admin_connection().close();
  EXPECT_EQ(ask(7).result, 7U);
}

TEST_F(OrphansTest, a_namespace_goes_under_what_only_waits) {
  held.lets_go = true;
  TestHost& host = leave_write();
  const auto removed = world.wait(subsystem->remove_namespace(nsid));
  ASSERT_TRUE(removed.has_value());
  EXPECT_TRUE(removed->has_value());
  ASSERT_TRUE(writes.back()->is_done);
  EXPECT_FALSE(writes.back()->command.status.is_success());
  EXPECT_EQ(host.get_property(Property::Csts), 1U) << "its association stays";
}

TEST_F(OrphansTest, what_only_waits_is_tried_elsewhere_when_a_port_becomes_inaccessible) {
  held.lets_go = true;
  subsystem->expose_at(other_port);
  leave_write();
  leave_write({}, &other_port);
  ASSERT_TRUE(subsystem->set_ana_state(port, 1, AnaState::Inaccessible));
  world.settle();
  ASSERT_TRUE(writes.front()->is_done);
  EXPECT_EQ(writes.front()->command.status, Status::retryable(StatusCode::InternalPathError));
  EXPECT_FALSE(writes.back()->is_done) << "nothing has changed at its port";
  held.release();
  world.settle();
  EXPECT_TRUE(writes.back()->command.status.is_success());
  hosts.clear();
  subsystem->withdraw_from(other_port);
  world.settle();
}

TEST_F(OrphansTest, a_subsystem_closes_under_what_only_waits) {
  held.lets_go = true;
  leave_write();
  EXPECT_TRUE(world.wait(subsystem->close()));
}

}  // namespace
}  // namespace outrigger::nvme
