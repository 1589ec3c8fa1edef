// Commands at work while they are aborted, while their namespace or their controller goes; namespaces that come while
// cores or the subsystem fail them (Base 2.0, sections 3.6, 5.1 and 8.11).
#include "nvme/conformance_rig.h"

#include "core/job.h"

namespace outrigger::nvme {
namespace {

NamespaceOptions options_of(uint8_t uuid, uint32_t nsid = 0) {
  NamespaceOptions options{.nsid = nsid};
  options.uuid[0] = uuid;
  return options;
}

class AtWork : public AdminTest {
 protected:
  void start(const NamespaceOptions& options = {}) {
    nsid = add_namespace(options, device);
    ASSERT_TRUE(subsystem->set_visible(nsid, HostOf().hostnqn, true).has_value());
    host.emplace(world, port);
    host->start();
    // One on each core.
    first = &host->connect_io(1);
    second = &host->connect_io(2);
    ASSERT_NE(&first->queue->home(), &second->queue->home());
  }
  ~AtWork() override {
    device.release();
    world.settle();
    host.reset();
    EXPECT_TRUE(world.wait(subsystem->close()));
    EXPECT_EQ(device.open_count, 0U);
  }
  uint64_t abort(uint16_t sqid, uint16_t cid) {
    const Command ended = host->run(TestHost::admin(AdminOpcode::Abort, 0, sqid | static_cast<uint32_t>(cid) << 16U));
    EXPECT_TRUE(ended.status.is_success());
    return ended.result;
  }
  std::unique_ptr<TestCommand> write(Connection& io) {
    auto command = io.start(io_sqe(IoOpcode::Write, nsid), 512);
    world.settle();
    return command;
  }
  HeldDevice device{add_device()};
  uint32_t nsid = 0;
  std::optional<TestHost> host;
  Connection* first = nullptr;
  Connection* second = nullptr;
};

TEST_F(AtWork, S5_1_abort_of_a_command_that_is_done_in_steps) {
  start();
  device.holds = true;
  const auto verify = second->start(io_sqe(IoOpcode::Verify, nsid, 0, 2048));
  world.settle();
  ASSERT_EQ(device.held_count(), 1U);
  const uint16_t cid = verify->command.sqe.cid;
  EXPECT_EQ(abort(1, cid), 1U) << "of the other queue";
  EXPECT_EQ(abort(2, static_cast<uint16_t>(cid + 1)), 1U);
  EXPECT_EQ(abort(2, cid), 0U) << "bit 0 clear: aborted";
  EXPECT_FALSE(verify->is_done) << "its step is still with the device";
  EXPECT_EQ(abort(2, cid), 1U) << "it is already";
  device.release();
  world.settle();
  ASSERT_TRUE(verify->is_done);
  EXPECT_EQ(verify->code(), StatusCode::AbortRequested);
  EXPECT_EQ(abort(2, cid), 1U) << "it has ended";
}

TEST_F(AtWork, S5_1_what_is_with_the_device_is_not_aborted) {
  start();
  device.holds = true;
  const auto written = write(*first);
  EXPECT_EQ(abort(1, written->command.sqe.cid), 1U);
  device.release();
  world.settle();
  EXPECT_TRUE(written->is_done);
  EXPECT_EQ(written->code(), StatusCode::Success);
  const auto unknown = host->run(TestHost::admin(AdminOpcode::Abort, 0, 3U));
  EXPECT_EQ(unknown.status.code(), StatusCode::InvalidField) << "there is no queue 3";
}

TEST_F(AtWork, S5_1_aborts_at_a_time_have_a_limit) {
  start();
  std::vector<std::unique_ptr<TestCommand>> aborts;
  for (uint32_t i = 0; i <= aborts_max; ++i) {
    aborts.push_back(std::make_unique<TestCommand>());
    aborts.back()->command.sqe = TestHost::admin(AdminOpcode::Abort, 0, 1U | 0x7777U << 16U);
    aborts.back()->send(host->queue());
  }
  EXPECT_EQ(aborts.back()->code(), StatusCode::AbortCommandLimitExceeded);
  world.settle();
  for (uint32_t i = 0; i < aborts_max; ++i) {
    EXPECT_TRUE(aborts[i]->is_done);
    EXPECT_EQ(aborts[i]->code(), StatusCode::Success);
  }
  EXPECT_EQ(abort(1, 1), 1U) << "there is room again";
}

TEST_F(AtWork, S8_11_a_namespace_goes_when_what_is_at_work_on_it_has_ended) {
  start();
  device.holds = true;
  const auto one = write(*first);
  const auto two = write(*second);
  ASSERT_EQ(device.held_count(), 2U);
  std::optional<Result<void>> removed;
  core::spawn(core::keep(subsystem->remove_namespace(nsid), &removed));
  world.settle();
  EXPECT_FALSE(removed.has_value());
  EXPECT_EQ(device.open_count, 2U);
  for (Connection* const io : {first, second}) {
    EXPECT_EQ(write_one(world, *io, nsid), StatusCode::InvalidNamespaceOrFormat) << "nothing new";
  }
  EXPECT_EQ(host->identify(Cns::NamespaceDescriptors, nsid).status.code(), StatusCode::InvalidNamespaceOrFormat);
  EXPECT_FALSE(world.wait(subsystem->remove_namespace(nsid))->has_value()) << "it is going";
  EXPECT_FALSE(world.wait(subsystem->add_namespace(options_of(9, nsid), device))->has_value()) << "it is not gone";
  device.release();
  world.settle();
  EXPECT_EQ(one->code(), StatusCode::Success);
  EXPECT_EQ(two->code(), StatusCode::Success);
  ASSERT_TRUE(removed.has_value() && removed->has_value());
  EXPECT_EQ(device.open_count, 0U);
  EXPECT_EQ(add_namespace({.nsid = nsid}, device), nsid);
  EXPECT_EQ(write_one(world, *first, nsid), StatusCode::Success);
}

TEST_F(AtWork, S3_6_2_shutdown_is_complete_when_what_is_at_work_has_ended) {
  start();
  device.holds = true;
  const auto written = write(*first);
  host->set_property(Property::Cc, 0x0046'4001);
  world.settle();
  EXPECT_EQ((host->get_property(Property::Csts) >> 2U) & 3U, 1U) << "occurring";
  EXPECT_FALSE(written->is_done);
  device.release();
  world.settle();
  EXPECT_TRUE(written->is_done);
  EXPECT_EQ((host->get_property(Property::Csts) >> 2U) & 3U, 2U) << "complete";
}

TEST_F(AtWork, S3_7_2_a_reset_is_over_when_what_is_at_work_has_ended) {
  start();
  device.holds = true;
  const auto written = write(*second);
  host->set_property(Property::Cc, 0x0046'0000);
  world.settle();
  EXPECT_EQ(host->get_property(Property::Csts) & 1U, 1U);
  device.release();
  world.settle();
  EXPECT_TRUE(written->is_done);
  EXPECT_EQ(host->get_property(Property::Csts) & 1U, 0U);
}

TEST_F(AtWork, a_controller_that_is_ended_goes_when_what_is_at_work_has_ended) {
  start();
  device.holds = true;
  const auto written = write(*first);
  subsystem->allow_any_host(false);
  world.settle();
  EXPECT_EQ(subsystem->controllers().size(), 1U);
  device.release();
  world.settle();
  EXPECT_TRUE(written->is_done);
  EXPECT_TRUE(subsystem->controllers().empty());
}

// -- ANA Transition Time (5.17.2.1): the state Change is no state to stay in

class AnaTransition : public AtWork {
 protected:
  static constexpr uint32_t ana_event = 0x0C'03'02;
  static constexpr uint64_t anatt_ms = ana_transition_seconds_max * 1000ULL;
  void set(AnaState state, uint32_t group = 1) { ASSERT_TRUE(subsystem->set_ana_state(port, group, state)); }
  // What the log says of a group, which says that it was read.
  AnaState told() {
    EXPECT_TRUE(host->get_log(LogPage::Ana, sizeof(AnaLogHeader) + sizeof(AnaGroupDescriptor)).status.is_success());
    return static_cast<AnaState>(host->last->data<AnaGroupDescriptor>(sizeof(AnaLogHeader)).state);
  }
};

TEST_F(AnaTransition, S5_17_2_1_a_change_that_takes_longer_ends_in_inaccessible) {
  start();
  const auto first_event = host->await_event();
  const auto second_event = host->await_event();
  set(AnaState::Change);
  world.settle();
  EXPECT_EQ(first_event->command.result, ana_event);
  EXPECT_EQ(told(), AnaState::Change);
  const uint64_t changes = host->last->data<AnaLogHeader>().change_count;
  EXPECT_EQ(write_one(world, *first, nsid), StatusCode::AnaTransition);
  world.run_for_ms(anatt_ms - 1);
  EXPECT_EQ(write_one(world, *first, nsid), StatusCode::AnaTransition);
  EXPECT_FALSE(second_event->is_done);
  world.run_for_ms(1);
  EXPECT_TRUE(second_event->is_done);
  EXPECT_EQ(second_event->command.result, ana_event);
  EXPECT_EQ(told(), AnaState::Inaccessible);
  EXPECT_EQ(host->last->data<AnaLogHeader>().change_count, changes + 1);
  EXPECT_EQ(write_one(world, *first, nsid), StatusCode::AnaInaccessible);
  // The same again is nothing new, and whatever else is asked for comes true.
  set(AnaState::Change);
  world.settle();
  EXPECT_EQ(told(), AnaState::Inaccessible);
  set(AnaState::Optimized);
  world.settle();
  EXPECT_EQ(told(), AnaState::Optimized);
  EXPECT_EQ(write_one(world, *first, nsid), StatusCode::Success);
  set(AnaState::Change);
  world.settle();
  EXPECT_EQ(told(), AnaState::Change) << "and has its time again";
  world.run_for_ms(anatt_ms);
  EXPECT_EQ(told(), AnaState::Inaccessible);
  set(AnaState::Inaccessible);
  set(AnaState::NonOptimized);
  world.settle();
  EXPECT_EQ(write_one(world, *first, nsid), StatusCode::Success);
}

TEST_F(AnaTransition, S5_17_2_1_a_change_that_ends_in_time_is_left_alone) {
  start();
  set(AnaState::Change);
  set(AnaState::Change, 2);
  world.run_for_ms(anatt_ms / 2);
  set(AnaState::NonOptimized);
  world.run_for_ms(anatt_ms);
  EXPECT_EQ(told(), AnaState::NonOptimized);
  // Each group has its own time.
  set(AnaState::Change);
  world.run_for_ms(anatt_ms - 1);
  EXPECT_EQ(told(), AnaState::Change);
  set(AnaState::Optimized, 2);
  world.run_for_ms(1);
  EXPECT_EQ(told(), AnaState::Inaccessible);
}

TEST_F(AnaTransition, a_port_that_is_left_meanwhile) {
  start();
  set(AnaState::Change);
  subsystem->withdraw_from(port);
  world.run_for_ms(2 * anatt_ms);
  subsystem->expose_at(port);
  host.emplace(world, port);
  host->start();
  EXPECT_EQ(told(), AnaState::Optimized) << "what was said of it before went with it";
  set(AnaState::Change);  // and the subsystem is closed meanwhile
}

// -- rights that are taken away: who is told that they are gone may let others write

class Withdrawal : public AtWork {
 protected:
  ~Withdrawal() override {
    device.release();
    world.settle();
  }
  void start_held() {
    start({.is_visible_to_all = false});
    device.holds = true;
    before = subsystem->withdrawal_count();
    written = write(*second);
    ASSERT_EQ(device.held_count(), 1U);
  }
  // What was begun is over when the write is, and not before.
  void expect_that_it_waits() {
    core::spawn(core::keep(subsystem->settle(before), &settled));
    world.run_for_ms(10);
    EXPECT_FALSE(settled.has_value()) << "a write may still land";
    EXPECT_FALSE(written->is_done);
    device.release();
    world.run_for_ms(1);
    EXPECT_TRUE(written->is_done);
    ASSERT_TRUE(settled.has_value());
    EXPECT_TRUE(settled->has_value());
  }
  std::unique_ptr<TestCommand> written;
  uint64_t before = 0;
  std::optional<Result<void>> settled;
};

TEST_F(Withdrawal, nothing_is_waited_for_where_nothing_is_taken_away) {
  start_held();
  ASSERT_TRUE(subsystem->set_visible(nsid, "nqn.2026-11.example:another", true).has_value());
  ASSERT_TRUE(subsystem->set_visible(nsid, "nqn.2026-11.example:another", false).has_value()) << "nobody's";
  ASSERT_TRUE(subsystem->set_ana_state(port, 1, AnaState::NonOptimized).has_value());
  core::spawn(core::keep(subsystem->settle(before), &settled));
  world.run_for_ms(1);
  ASSERT_TRUE(settled.has_value());
  EXPECT_TRUE(settled->has_value());
  EXPECT_FALSE(written->is_done);
}

TEST_F(Withdrawal, a_namespace_is_hidden_when_what_its_host_wrote_is_there) {
  start_held();
  ASSERT_TRUE(subsystem->set_visible(nsid, HostOf().hostnqn, false).has_value());
  world.settle();
  EXPECT_EQ(write_one(world, *first, nsid), StatusCode::InvalidNamespaceOrFormat) << "nothing new";
  expect_that_it_waits();
}

TEST_F(Withdrawal, of_one_host_waits_for_no_other) {
  start_held();
  TestHost other(world, port, {.hostnqn = "nqn.2026-11.example:other", .hostid = 0x22});
  other.start();
  ASSERT_TRUE(subsystem->set_visible(nsid, "nqn.2026-11.example:other", true).has_value());
  ASSERT_TRUE(subsystem->set_visible(nsid, "nqn.2026-11.example:other", false).has_value());
  core::spawn(core::keep(subsystem->settle(before), &settled));
  world.run_for_ms(1);
  EXPECT_TRUE(settled.has_value());
  EXPECT_FALSE(written->is_done);
}

TEST_F(Withdrawal, an_ana_change_waits_for_nothing_that_it_takes_nothing_from) {
  start_held();
  NamespaceOptions options{.ana_group = 2};
  const uint32_t other_nsid = add_namespace(options);
  ASSERT_TRUE(subsystem->set_ana_state(port, 2, AnaState::Inaccessible).has_value()) << "the write is in group 1";
  ASSERT_TRUE(subsystem->set_ana_group(other_nsid, 3).has_value());
  ASSERT_TRUE(subsystem->set_ana_group(nsid, 4).has_value()) << "which is optimized, too";
  core::spawn(core::keep(subsystem->settle(before), &settled));
  world.run_for_ms(1);
  ASSERT_TRUE(settled.has_value());
  EXPECT_TRUE(settled->has_value());
  EXPECT_FALSE(written->is_done);
}

TEST_F(Withdrawal, an_inaccessible_group_is_so_when_what_was_written_is_there) {
  start_held();
  ASSERT_TRUE(subsystem->set_ana_state(port, 1, AnaState::Inaccessible).has_value());
  expect_that_it_waits();
}

TEST_F(Withdrawal, S8_1_another_ana_state_is_told_when_it_holds) {
  start_held();
  TestCommand request;
  request.command.sqe = TestHost::admin(AdminOpcode::AsyncEventRequest);
  request.send(host->queue());
  ASSERT_FALSE(request.is_done);
  ASSERT_TRUE(subsystem->set_ana_state(port, 1, AnaState::Inaccessible).has_value());
  world.settle();
  EXPECT_TRUE(request.is_done) << "and not when what was let through before has ended";
  EXPECT_EQ(request.command.result, 0x0C'03'02U);
  EXPECT_EQ(write_one(world, *first, nsid), StatusCode::AnaInaccessible);
  expect_that_it_waits();
}

TEST_F(Withdrawal, so_is_a_namespace_in_an_inaccessible_group) {
  start_held();
  ASSERT_TRUE(subsystem->set_ana_state(port, 2, AnaState::Inaccessible).has_value());
  ASSERT_TRUE(subsystem->set_ana_group(nsid, 2).has_value());
  expect_that_it_waits();
}

TEST_F(Withdrawal, a_host_is_forbidden_when_its_controllers_have_gone) {
  start_held();
  ASSERT_TRUE(subsystem->allow_host({.nqn = HostOf().hostnqn}).has_value());
  subsystem->allow_any_host(false);
  ASSERT_TRUE(subsystem->forbid_host(HostOf().hostnqn).has_value());
  expect_that_it_waits();
  EXPECT_TRUE(subsystem->controllers().empty());
}

TEST_F(Withdrawal, not_any_host_when_those_have_gone) {
  start_held();
  subsystem->allow_any_host(false);
  expect_that_it_waits();
}

TEST_F(Withdrawal, a_port_is_left_when_its_controllers_have_gone) {
  start_held();
  subsystem->withdraw_from(port);
  expect_that_it_waits();
  EXPECT_TRUE(subsystem->controllers().empty());
}

TEST_F(Withdrawal, a_port_requires_tls_when_those_in_the_clear_have_gone) {
  start_held();
  port.requires_tls = true;
  subsystem->port_changed(port);
  expect_that_it_waits();
}

TEST_F(Withdrawal, what_never_ends_is_not_waited_for_without_end) {
  start_held();
  ASSERT_TRUE(subsystem->set_visible(nsid, HostOf().hostnqn, false).has_value());
  core::spawn(core::keep(subsystem->settle(before), &settled));
  world.run_for_ms(withdrawal_ms_max - 1);
  EXPECT_FALSE(settled.has_value());
  world.run_for_ms(2);
  ASSERT_TRUE(settled.has_value());
  ASSERT_FALSE(settled->has_value());
  EXPECT_EQ(settled->error().code, Code::Unavailable);
  // The next one waits for it as well.
  settled.reset();
  expect_that_it_waits();
}

// A volume that is stuck keeps nobody from changing something else.
TEST_F(Withdrawal, only_what_was_taken_away_since_is_waited_for) {
  start_held();
  ASSERT_TRUE(subsystem->set_visible(nsid, HostOf().hostnqn, false).has_value());
  subsystem->withdraw_from(port);
  before = subsystem->withdrawal_count();
  ASSERT_TRUE(subsystem->allow_host({.nqn = "nqn.2026-11.example:another"}).has_value());
  ASSERT_TRUE(subsystem->forbid_host("nqn.2026-11.example:another").has_value());
  core::spawn(core::keep(subsystem->settle(before), &settled));
  world.run_for_ms(1);
  EXPECT_TRUE(settled.has_value());
  // It ends already, and may write until it has ended.
  settled.reset();
  subsystem->allow_any_host(false);
  expect_that_it_waits();
}

TEST_F(Withdrawal, many_wait_and_the_subsystem_closes_meanwhile) {
  start_held();
  ASSERT_TRUE(subsystem->set_visible(nsid, HostOf().hostnqn, false).has_value());
  std::optional<Result<void>> other;
  core::spawn(core::keep(subsystem->settle(before), &settled));
  core::spawn(core::keep(subsystem->settle(before), &other));
  bool is_closed = false;
  core::spawn(core::keep(subsystem->close(), &is_closed));
  world.run_for_ms(10);
  EXPECT_FALSE(settled.has_value() || other.has_value() || is_closed);
  device.release();
  world.run_for_ms(10);
  EXPECT_TRUE(settled.has_value() && other.has_value() && is_closed);
}

TEST_F(AtWork, a_core_that_cannot_open_it_keeps_a_namespace_away_from_all) {
  start();
  HeldDevice other(add_device());
  other.refuses = &world.sim().reactor(2);  // the second data core
  const auto refused = world.wait(subsystem->add_namespace(options_of(5, 6), other));
  ASSERT_TRUE(refused.has_value());
  ASSERT_FALSE(refused->has_value());
  EXPECT_EQ(refused->error().code, Code::ResourceExhausted);
  EXPECT_EQ(other.opened, 1U) << "the first core had it open";
  EXPECT_EQ(other.open_count, 0U) << "and closed it";
  EXPECT_EQ(write_one(world, *first, 6), StatusCode::InvalidNamespaceOrFormat);
  EXPECT_EQ(host->identify(Cns::NamespaceDescriptors, 6).status.code(), StatusCode::InvalidNamespaceOrFormat);
  other.refuses = nullptr;
  const auto added = world.wait(subsystem->add_namespace(options_of(5, 6), other));
  EXPECT_TRUE(added.has_value() && added->has_value()) << "its identifiers are free again";
  EXPECT_EQ(write_one(world, *second, 6), StatusCode::Success);
  EXPECT_TRUE(world.wait(subsystem->remove_namespace(6)).value());
}

// Whatever the order of the cores and however far the one is when the other begins.
TEST(Closing, races_with_coming_and_going_namespaces) {
  uint32_t added_count = 0;
  uint32_t refused_count = 0;
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    for (int steps = 0; steps < 60; steps += 3) {
      World world(2, seed);
      auto memory = block::MemoryDevice::create("disk", {.block_size = 512, .block_count = 2048});
      ASSERT_TRUE(memory.has_value());
      HeldDevice device(**memory);
      HeldDevice going(**memory);
      auto subsystem = Subsystem::create(
          world.directory(), {.nqn = "nqn.2026-11.example:disks", .serial = "", .model = "", .firmware = ""});
      ASSERT_TRUE(subsystem.has_value());
      const auto nsid = world.wait((*subsystem)->add_namespace(options_of(1), going));
      ASSERT_TRUE(nsid.has_value() && nsid->has_value());
      std::optional<Result<uint32_t>> added;
      std::optional<Result<void>> removed;
      bool is_closed = false;
      const auto change = [&] {
        core::spawn(core::keep((*subsystem)->add_namespace(options_of(2), device), &added));
        core::spawn(core::keep((*subsystem)->remove_namespace(**nsid), &removed));
      };
      const bool is_closed_first = steps % 2 != 0;
      if (!is_closed_first) {
        change();
      }
      if (is_closed_first) {
        core::spawn(core::keep((*subsystem)->close(), &is_closed));
      }
      for (int i = 0; i < steps; ++i) {
        world.sim().step();
      }
      if (is_closed_first) {
        change();
      } else {
        core::spawn(core::keep((*subsystem)->close(), &is_closed));
      }
      world.settle();
      ASSERT_TRUE(is_closed && added.has_value() && removed.has_value()) << "seed " << seed << " steps " << steps;
      EXPECT_EQ(device.open_count, 0U);
      EXPECT_EQ(going.open_count, 0U);
      ++(added->has_value() ? added_count : refused_count);
    }
  }
  EXPECT_GT(added_count, 0U);
  EXPECT_GT(refused_count, 0U);
}

}  // namespace
}  // namespace outrigger::nvme
