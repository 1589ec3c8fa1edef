// What becomes of commands when the association that they came through ends, or the namespace that they are for goes
// (decision 0015).
#include "nvme/conformance_rig.h"

#include <gtest/gtest.h>

namespace outrigger::nvme {
namespace {

constexpr size_t block_bytes = 512;

Sqe write_of(uint32_t nsid, uint32_t lba) {
  Sqe sqe = TestHost::admin(static_cast<AdminOpcode>(IoOpcode::Write), nsid, lba);
  sqe.sgl.length = block_bytes;
  return sqe;
}

class OrphansTest : public AdminTest {
 protected:
  OrphansTest() { nsid = add_namespace({}, held); }
  ~OrphansTest() override {
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
