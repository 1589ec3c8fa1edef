// Properties, enabling, resetting, shutting down, and silence (Base 2.0, sections 3.1.3, 3.5, 3.6, 3.9).
#include "nvme/admin_rig.h"

namespace outrigger::nvme {
namespace {

using PropertiesTest = AdminTest;

constexpr uint32_t cc_enabled = 0x0046'0001;

TEST_F(PropertiesTest, only_what_there_is_is_read_and_set_in_its_own_size) {
  TestHost host(world, port);
  ASSERT_TRUE(host.connect().status.is_success());
  const auto read = [&](uint32_t offset, uint8_t attributes) {
    PropertySqe get;
    get.fctype = static_cast<uint8_t>(FabricsType::PropertyGet);
    get.attributes = attributes;
    get.offset = offset;
    return host.run(std::bit_cast<Sqe>(get)).status.code();
  };
  EXPECT_EQ(read(0x00, 1), StatusCode::Success);
  EXPECT_EQ(read(0x00, 0), StatusCode::InvalidField);
  for (const uint32_t offset : {0x08U, 0x14U, 0x1CU, 0x20U, 0x68U}) {
    EXPECT_EQ(read(offset, 0), StatusCode::Success);
    EXPECT_EQ(read(offset, 1), StatusCode::InvalidField);
    EXPECT_EQ(read(offset, 7), StatusCode::InvalidField);
  }
  for (const uint32_t offset : {0x04U, 0x0CU, 0x24U, 0x28U, 0x1000U, 0xFFFFFFFFU}) {
    EXPECT_EQ(read(offset, 0), StatusCode::InvalidField);
    EXPECT_EQ(read(offset, 1), StatusCode::InvalidField);
  }
  EXPECT_EQ(host.set_property(Property::Cap, 0, true).status.code(), StatusCode::InvalidField);
  EXPECT_EQ(host.set_property(Property::Vs, 0).status.code(), StatusCode::InvalidField);
  EXPECT_EQ(host.set_property(Property::Csts, 0x10).status.code(), StatusCode::InvalidField);
  EXPECT_EQ(host.set_property(Property::Nssr, 0x4E56'4D65).status.code(), StatusCode::InvalidField);
  EXPECT_EQ(host.set_property(Property::Cc, 0x0046'0001, true).status.code(), StatusCode::InvalidField);
  EXPECT_EQ(host.get_property(Property::Csts), 0U);
}

TEST_F(PropertiesTest, nothing_but_fabrics_commands_before_it_is_enabled) {
  TestHost host(world, port);
  ASSERT_TRUE(host.connect().status.is_success());
  EXPECT_EQ(host.identify(Cns::Controller).status.code(), StatusCode::CommandSequenceError);
  EXPECT_EQ(host.get_log(LogPage::Smart, 512).status.code(), StatusCode::CommandSequenceError);
  EXPECT_EQ(host.run(TestHost::admin(AdminOpcode::KeepAlive)).status.code(), StatusCode::CommandSequenceError);
  EXPECT_EQ(host.run(TestHost::admin(AdminOpcode::AsyncEventRequest)).status.code(), StatusCode::CommandSequenceError);
  host.set_property(Property::Cc, cc_enabled);
  EXPECT_TRUE(host.identify(Cns::Controller).status.is_success());
}

TEST_F(PropertiesTest, a_configuration_that_cannot_be_is_fatal_until_it_is_disabled) {
  for (const uint32_t bad : {0x0000'0001U, 0x0045'0001U, 0x0036'0001U, cc_enabled | 1U << 7U, cc_enabled | 6U << 4U,
                             cc_enabled | 1U << 11U}) {
    TestHost host(world, port);
    ASSERT_TRUE(host.connect().status.is_success());
    host.set_property(Property::Cc, bad);
    EXPECT_EQ(host.get_property(Property::Csts), 2U) << bad;
    EXPECT_FALSE(host.identify(Cns::Controller).status.is_success());
    host.set_property(Property::Cc, 0);
    host.set_property(Property::Cc, cc_enabled);
    EXPECT_EQ(host.get_property(Property::Csts), 1U);
  }
}

TEST_F(PropertiesTest, disabling_ends_io_queues_and_forgets_settings) {
  TestHost host(world, port);
  host.start();
  Connection& io = host.connect_io(1);
  Connection& other = host.connect_io(2);
  ASSERT_TRUE(io.is_open() && other.is_open());
  io.is_stuck = true;
  EXPECT_TRUE(host.set_feature(0x0B, 0).status.is_success());
  const auto event = host.await_event();
  host.set_property(Property::Cc, cc_enabled & ~1U);
  EXPECT_EQ(event->code(), StatusCode::AbortRequested);
  EXPECT_FALSE(other.is_open());
  EXPECT_EQ(io.disconnect_count, 1U);
  EXPECT_EQ(host.get_property(Property::Csts), 1U) << "a queue is still there";
  EXPECT_EQ(host.identify(Cns::Controller).status.code(), StatusCode::CommandSequenceError);
  EXPECT_FALSE(host.connect_io(3).outcome.status.is_success());
  io.close();
  EXPECT_EQ(host.get_property(Property::Csts), 0U);
  host.set_property(Property::Cc, cc_enabled);
  EXPECT_EQ(host.get_property(Property::Csts), 1U);
  EXPECT_NE(host.get_feature(0x0B).result, 0U);
  EXPECT_TRUE(host.connect_io(1).is_open());
}

TEST_F(PropertiesTest, enabling_before_the_reset_is_over_is_fatal) {
  TestHost host(world, port);
  host.start();
  Connection& io = host.connect_io(1);
  io.is_stuck = true;
  host.set_property(Property::Cc, cc_enabled & ~1U);
  host.set_property(Property::Cc, cc_enabled);
  EXPECT_EQ(host.get_property(Property::Csts) & 2U, 2U);
  io.close();
  host.set_property(Property::Cc, 0);
  host.set_property(Property::Cc, cc_enabled);
  EXPECT_EQ(host.get_property(Property::Csts), 1U);
}

TEST_F(PropertiesTest, shutting_down_waits_for_io_queues) {
  TestHost host(world, port);
  host.start();
  Connection& io = host.connect_io(1);
  io.is_stuck = true;
  host.set_property(Property::Cc, cc_enabled | 1U << 14U);
  EXPECT_EQ(host.get_property(Property::Csts), 1U | 1U << 2U);
  EXPECT_FALSE(host.connect_io(2).outcome.status.is_success());
  io.close();
  EXPECT_EQ(host.get_property(Property::Csts), 1U | 2U << 2U);
  // The association stays for a while, then it ends.
  world.run_for_ms(association_ms_max - 1000);
  EXPECT_TRUE(host.admin_connection().is_open());
  world.run_for_ms(2000);
  EXPECT_FALSE(host.admin_connection().is_open());
  EXPECT_TRUE(subsystem->controllers().empty());
}

TEST_F(PropertiesTest, a_host_that_never_enables_is_let_go) {
  TestHost host(world, port);
  ASSERT_TRUE(host.connect().status.is_success());
  world.run_for_ms(association_ms_max + 1000);
  EXPECT_FALSE(host.admin_connection().is_open());
}

TEST_F(PropertiesTest, a_silent_host_is_ended_with_all_its_queues) {
  TestHost host(world, port, {.kato = 5000});
  host.start();
  Connection& io = host.connect_io(1);
  ASSERT_TRUE(io.is_open());
  for (int i = 0; i < 5; ++i) {
    world.run_for_ms(4000);
    EXPECT_TRUE(host.run(TestHost::admin(AdminOpcode::KeepAlive)).status.is_success());
  }
  EXPECT_TRUE(host.admin_connection().is_open());
  world.run_for_ms(4900);
  EXPECT_TRUE(host.admin_connection().is_open());
  world.run_for_ms(200);
  EXPECT_FALSE(host.admin_connection().is_open());
  EXPECT_FALSE(io.is_open());
  EXPECT_TRUE(subsystem->controllers().empty());
}

TEST_F(PropertiesTest, traffic_of_an_io_queue_keeps_a_host_alive) {
  const uint32_t nsid = add_namespace();
  TestHost host(world, port, {.kato = 5000});
  host.start();
  Connection& io = host.connect_io(1);
  for (int i = 0; i < 10; ++i) {
    world.run_for_ms(4000);
    TestCommand flush;
    flush.command.sqe.opcode = static_cast<uint8_t>(IoOpcode::Flush);
    flush.command.sqe.nsid = nsid;
    flush.send(*io.queue);
    world.settle();
    EXPECT_TRUE(flush.is_done && flush.command.status.is_success());
  }
  EXPECT_TRUE(host.admin_connection().is_open());
  world.run_for_ms(10'100);  // an interval without any command ends at the latest
  EXPECT_FALSE(host.admin_connection().is_open());
}

TEST_F(PropertiesTest, keep_alive_time_is_rounded_up_bounded_and_can_be_switched_off) {
  TestHost host(world, port, {.kato = 4001});
  host.start();
  EXPECT_EQ(host.get_feature(0x0F).result, 5000U);
  EXPECT_EQ(host.set_feature(0x0F, keep_alive_ms_max + 1).status.code(), StatusCode::KeepAliveTimeoutInvalid);
  EXPECT_EQ(host.set_feature(0x0F, 0xFFFF'FFFF).status.code(), StatusCode::KeepAliveTimeoutInvalid);
  EXPECT_TRUE(host.set_feature(0x0F, 0).status.is_success());
  world.run_for_ms(100'000);
  EXPECT_TRUE(host.admin_connection().is_open());
  EXPECT_TRUE(host.set_feature(0x0F, 2000).status.is_success());
  world.run_for_ms(2100);
  EXPECT_FALSE(host.admin_connection().is_open());
}

}  // namespace
}  // namespace outrigger::nvme
