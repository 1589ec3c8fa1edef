// Reservations from a host's command to every data core, the store, the report and the notification log (Base 2.0,
// sections 7.2 to 7.5, 8.19 and 5.16.1.24). Which host may do what is in reservation_test.cc.
#include "core/job.h"
#include "nvme/conformance_rig.h"
#include "nvme/error_log.h"

#include <algorithm>
#include <span>

namespace outrigger::nvme {
namespace {

constexpr uint64_t a_key = 0xA1, b_key = 0xB2, c_key = 0xC3;
constexpr uint32_t mask_feature = 0x82;
using Type = ReservationType;

Sqe register_sqe(uint32_t nsid, RegisterAction action, PersistChange persist = PersistChange::None) {
  Sqe sqe = io_sqe(IoOpcode::ReservationRegister, nsid);
  sqe.cdw10 = static_cast<uint32_t>(action) | static_cast<uint32_t>(persist) << 30U;
  sqe.cdw12 = 0;
  return sqe;
}
Sqe acquire_sqe(uint32_t nsid, AcquireAction action, Type type) {
  Sqe sqe = io_sqe(IoOpcode::ReservationAcquire, nsid);
  sqe.cdw10 = static_cast<uint32_t>(action) | static_cast<uint32_t>(type) << 8U;
  sqe.cdw12 = 0;
  return sqe;
}

core::Job<void> remove_one(Subsystem* subsystem) {
  auto removing = subsystem->remove_namespace(1);
  co_await removing;
}

// Three hosts with a queue on each of two cores.
class Stage {
 public:
  explicit Stage(uint64_t seed = 1) : world(2, seed) {
    auto made = block::MemoryDevice::create("disk", {.block_size = 512, .block_count = 2048});
    check(made.has_value(), "a device can be made");
    memory = std::move(*made);
    device.emplace(*memory);
    open_subsystem();
  }
  ~Stage() {
    device->release();
    world.settle();
    close_subsystem();
  }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  // With a namespace, which is 1, and its hosts.
  void open_subsystem() {
    auto made = Subsystem::create(
        world.directory(),
        {.nqn = "nqn.2026-11.example:disks", .serial = "", .model = "", .firmware = "", .reservation_store = &store});
    check(made.has_value(), "a subsystem can be made");
    subsystem = std::move(*made);
    subsystem->expose_at(port);
    if (!add(1)) {
      return;
    }
    for (const uint8_t id : {uint8_t{0xA}, uint8_t{0xB}, uint8_t{0xC}}) {
      auto& host = hosts.emplace_back(std::make_unique<TestHost>(
          world, port, HostOf{.hostnqn = "nqn.2014-08.org.nvmexpress:uuid:host" + std::to_string(id), .hostid = id}));
      host->start();
      for (const uint16_t qid : {uint16_t{1}, uint16_t{2}}) {
        queues.push_back(&host->connect_io(qid));
      }
    }
  }
  void close_subsystem() {
    queues.clear();
    hosts.clear();
    EXPECT_TRUE(world.wait(subsystem->close()));
    subsystem.reset();
    world.settle();
  }
  bool add(uint8_t nsid) {
    NamespaceOptions options{.nsid = nsid};
    options.uuid[0] = nsid;
    const auto added = world.wait(subsystem->add_namespace(options, *device));
    return added.has_value() && added->has_value();
  }
  static std::array<uint8_t, 16> uuid_of(uint8_t nsid) { return {nsid}; }

  // Host 0, 1 or 2; queue 0 or 1.
  Connection& queue(size_t host, size_t number = 0) { return *queues[host * 2 + number]; }
  StatusCode register_host(size_t host, uint64_t key, uint32_t nsid = 1, PersistChange persist = PersistChange::None) {
    const RegisterData data{.crkey = 0, .nrkey = key};
    return run_io(world, queue(host), register_sqe(nsid, RegisterAction::Register, persist), 16, bytes_of(data))
        ->code();
  }
  std::unique_ptr<TestCommand> start_acquire(size_t host, uint64_t key, AcquireAction action, Type type,
                                             uint64_t prkey = 0, uint32_t nsid = 1) {
    const AcquireData data{.crkey = key, .prkey = prkey};
    return queue(host).start(acquire_sqe(nsid, action, type), 16, bytes_of(data));
  }
  StatusCode acquire(size_t host, uint64_t key, Type type, AcquireAction action = AcquireAction::Acquire,
                     uint64_t prkey = 0, uint32_t nsid = 1) {
    const auto command = start_acquire(host, key, action, type, prkey, nsid);
    world.settle();
    EXPECT_TRUE(command->is_done);
    return command->code();
  }
  StatusCode release(size_t host, uint64_t key, Type type, ReleaseAction action = ReleaseAction::Release) {
    Sqe sqe = io_sqe(IoOpcode::ReservationRelease, 1);
    sqe.cdw10 = static_cast<uint32_t>(action) | static_cast<uint32_t>(type) << 8U;
    sqe.cdw12 = 0;
    const ReleaseData data{.crkey = key};
    return run_io(world, queue(host), sqe, 8, bytes_of(data))->code();
  }
  std::unique_ptr<TestCommand> report(size_t host, uint32_t bytes = 1024, bool is_extended = true) {
    Sqe sqe = io_sqe(IoOpcode::ReservationReport, 1);
    sqe.cdw10 = bytes / 4 - 1;
    sqe.cdw11 = is_extended ? 1 : 0;
    sqe.cdw12 = 0;
    return run_io(world, queue(host), sqe, bytes);
  }
  ReservationNotificationLog notice(size_t host, bool retains = false) {
    EXPECT_TRUE(hosts[host]->get_log(LogPage::ReservationNotification, 64, 0, retains).status.is_success());
    return hosts[host]->last->data<ReservationNotificationLog>();
  }

  World world;
  Port port{.id = 1, .traddr = "192.0.2.1", .trsvcid = "4420"};
  MemoryStore store;
  std::unique_ptr<block::MemoryDevice> memory;
  std::optional<HeldDevice> device;
  std::unique_ptr<Subsystem> subsystem;
  std::vector<std::unique_ptr<TestHost>> hosts;
  std::vector<Connection*> queues;
};

// At the very moment of the completion no core lets another host through.
TEST(ReservationConformance, S8_19_a_verdict_is_on_every_core_when_its_command_completes) {
  uint32_t ahead_count = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Stage stage(seed);
    ASSERT_EQ(stage.register_host(0, a_key), StatusCode::Success);
    const auto command = stage.start_acquire(0, a_key, AcquireAction::Acquire, Type::ExclusiveAccess);
    bool is_some_core_ahead = false;
    ASSERT_TRUE(stage.world.sim().run_until([&] {
      if (!command->is_done) {
        TestCommand probe(512);
        probe.command.sqe = io_sqe(IoOpcode::Read, 1);
        probe.send(*stage.queue(1, seed % 2).queue);
        is_some_core_ahead = is_some_core_ahead || probe.code() == StatusCode::ReservationConflict;
      }
      return command->is_done;
    }));
    EXPECT_EQ(command->code(), StatusCode::Success);
    ahead_count += is_some_core_ahead ? 1 : 0;
    for (const size_t host : {1U, 2U}) {
      for (const size_t number : {0U, 1U}) {
        for (const IoOpcode opcode : {IoOpcode::Read, IoOpcode::Write}) {
          TestCommand probe(512);
          probe.command.sqe = io_sqe(opcode, 1);
          probe.send(*stage.queue(host, number).queue);
          EXPECT_TRUE(probe.is_refused);
          EXPECT_EQ(probe.code(), StatusCode::ReservationConflict) << "seed " << seed << " host " << host;
        }
      }
    }
    EXPECT_EQ(write_one(stage.world, stage.queue(0, 1), 1), StatusCode::Success) << "the holder, on its other queue";
  }
  EXPECT_GT(ahead_count, 0U) << "cores that know it before were seen, too";
}

TEST(ReservationConformance, S8_19_a_release_lets_everybody_in_again) {
  Stage stage;
  ASSERT_EQ(stage.register_host(0, a_key), StatusCode::Success);
  ASSERT_EQ(stage.acquire(0, a_key, Type::WriteExclusive), StatusCode::Success);
  EXPECT_EQ(read_one(stage.world, stage.queue(1), 1), StatusCode::Success);
  EXPECT_EQ(write_one(stage.world, stage.queue(1, 1), 1), StatusCode::ReservationConflict);
  ASSERT_EQ(stage.release(0, a_key, Type::WriteExclusive), StatusCode::Success);
  EXPECT_EQ(write_one(stage.world, stage.queue(1, 0), 1), StatusCode::Success);
  EXPECT_EQ(write_one(stage.world, stage.queue(1, 1), 1), StatusCode::Success);
}

TEST(ReservationConformance, S8_19_7_preempt_and_abort_waits_for_what_is_at_work) {
  for (const AcquireAction action : {AcquireAction::PreemptAndAbort, AcquireAction::Preempt}) {
    Stage stage;
    ASSERT_EQ(stage.register_host(0, a_key), StatusCode::Success);
    ASSERT_EQ(stage.register_host(1, b_key), StatusCode::Success);
    ASSERT_EQ(stage.acquire(1, b_key, Type::WriteExclusive), StatusCode::Success);
    stage.device->holds = true;
    const auto one = stage.queue(1, 0).start(io_sqe(IoOpcode::Write, 1), 512);
    const auto two = stage.queue(1, 1).start(io_sqe(IoOpcode::Write, 1, 7), 512);
    stage.world.settle();
    ASSERT_EQ(stage.device->held_count(), 2U);
    const auto steps = stage.queue(1, 0).start(io_sqe(IoOpcode::Verify, 1, 0, 1000));
    stage.world.settle();
    ASSERT_EQ(stage.device->held_count(), 3U);
    const auto preempt = stage.start_acquire(0, a_key, action, Type::WriteExclusive, b_key);
    stage.world.settle();
    EXPECT_FALSE(preempt->is_done) << "the preempted host's writes may still reach the medium";
    for (const size_t number : {0U, 1U}) {
      EXPECT_EQ(write_one(stage.world, stage.queue(1, number), 1), StatusCode::ReservationConflict);
    }
    bool is_order_kept = false;
    preempt->ended = [&, ended = preempt->ended] {
      is_order_kept = one->is_done && two->is_done;
      ended();
    };
    stage.device->release();
    stage.world.settle();
    EXPECT_EQ(preempt->code(), StatusCode::Success);
    EXPECT_TRUE(is_order_kept);
    EXPECT_EQ(one->code(), StatusCode::Success) << "what cannot be taken back is finished";
    EXPECT_EQ(steps->code(),
              action == AcquireAction::PreemptAndAbort ? StatusCode::AbortedByPreempt : StatusCode::Success);
    EXPECT_EQ(write_one(stage.world, stage.queue(0), 1), StatusCode::Success);
  }
}

TEST(ReservationConformance, S7_fields_that_cannot_be) {
  Stage stage;
  ASSERT_EQ(stage.register_host(0, a_key), StatusCode::Success);
  EXPECT_EQ(stage.acquire(0, a_key, Type::None), StatusCode::InvalidField);
  EXPECT_EQ(stage.acquire(0, a_key, static_cast<Type>(7)), StatusCode::InvalidField);
  EXPECT_EQ(stage.acquire(0, a_key, Type::WriteExclusive, static_cast<AcquireAction>(3)), StatusCode::InvalidField);
  EXPECT_EQ(stage.acquire(0, b_key, Type::WriteExclusive), StatusCode::ReservationConflict) << "not its key";
  EXPECT_EQ(stage.acquire(1, b_key, Type::WriteExclusive), StatusCode::ReservationConflict) << "not registered";
  EXPECT_EQ(stage.acquire(0, a_key, Type::WriteExclusive, AcquireAction::Acquire, 0, 2),
            StatusCode::InvalidNamespaceOrFormat);
  EXPECT_EQ(stage.register_host(0, a_key, 1, PersistChange::Reserved), StatusCode::InvalidField);
  Sqe sqe = acquire_sqe(1, AcquireAction::Acquire, Type::WriteExclusive);
  sqe.cdw10 = sqe.cdw10 | 8U;
  const AcquireData data{.crkey = a_key, .prkey = 0};
  EXPECT_EQ(run_io(stage.world, stage.queue(0), sqe, 16, bytes_of(data))->code(), StatusCode::InvalidField)
      << "IEKEY is Register's";
  EXPECT_EQ(run_io(stage.world, stage.queue(0), register_sqe(1, RegisterAction::Register), 15)->code(),
            StatusCode::DataSglLengthInvalid);
}

TEST(ReservationConformance, S5_16_1_2_where_the_fault_is_in_a_reservation_command) {
  Stage stage;
  ASSERT_EQ(stage.register_host(0, a_key), StatusCode::Success);
  const auto at = [](uint32_t byte, uint32_t bit = 0) { return static_cast<uint16_t>(byte | bit << 8U); };
  const auto expect = [&](const Sqe& sqe, StatusCode code, uint16_t location, uint32_t sgl_bytes = 64) {
    const AcquireData data{.crkey = a_key, .prkey = 0};
    const auto refused = run_io(stage.world, stage.queue(0), sqe, sgl_bytes,
                                std::span(bytes_of(data)).first(std::min<size_t>(sgl_bytes, sizeof(data))));
    EXPECT_EQ(refused->code(), code) << location;
    ASSERT_TRUE(stage.hosts[0]->get_log(LogPage::ErrorInformation, 64).status.is_success());
    const auto entry = stage.hosts[0]->last->data<ErrorLogEntry>();
    EXPECT_EQ(entry.cid, sqe.cid);
    EXPECT_EQ(entry.parameter_error_location, location) << "opcode " << int{sqe.opcode} << " dword 10 " << sqe.cdw10;
  };
  const auto sqe_of = [](IoOpcode opcode, uint32_t cdw10, uint32_t cdw11 = 0, uint32_t nsid = 1) {
    Sqe sqe = io_sqe(opcode, nsid);
    sqe.cdw10 = cdw10;
    sqe.cdw11 = cdw11;
    sqe.cdw12 = 0;
    return sqe;
  };
  const auto of_register = [&](uint32_t cdw10) { return sqe_of(IoOpcode::ReservationRegister, cdw10); };
  const auto of_acquire = [&](uint32_t cdw10) { return sqe_of(IoOpcode::ReservationAcquire, cdw10); };
  const auto of_release = [&](uint32_t cdw10) { return sqe_of(IoOpcode::ReservationRelease, cdw10); };
  constexpr uint32_t rtype = 0x100;
  constexpr uint32_t iekey = 8;
  expect(of_register(3), StatusCode::InvalidField, at(40));
  expect(of_register(1U << 30U), StatusCode::InvalidField, at(43, 6));
  expect(of_acquire(3 | rtype), StatusCode::InvalidField, at(40));
  expect(of_acquire(iekey | rtype), StatusCode::InvalidField, at(40, 3));
  expect(of_acquire(0), StatusCode::InvalidField, at(41));
  expect(of_acquire(7 * rtype), StatusCode::InvalidField, at(41));
  expect(of_acquire(1 | rtype), StatusCode::InvalidField, nowhere);  // PRKEY is in the data
  expect(of_release(2 | rtype), StatusCode::InvalidField, at(40));
  expect(of_release(iekey | rtype), StatusCode::InvalidField, at(40, 3));
  ASSERT_EQ(stage.acquire(0, a_key, Type::WriteExclusive), StatusCode::Success);
  expect(of_release(2 * rtype), StatusCode::InvalidField, at(41));
  expect(sqe_of(IoOpcode::ReservationReport, 15, 0), StatusCode::HostIdInconsistentFormat, at(44));
  expect(sqe_of(IoOpcode::ReservationReport, mdts_bytes, 1), StatusCode::InvalidField, at(40));
  expect(of_register(0), StatusCode::DataSglLengthInvalid, at(24), 15);
  expect(sqe_of(IoOpcode::ReservationReport, 15, 1, 2), StatusCode::InvalidNamespaceOrFormat, at(4));
}

TEST(ReservationConformance, S8_19_reservations_persist_through_a_store) {
  Stage stage;
  ASSERT_EQ(stage.register_host(0, a_key, 1, PersistChange::Enable), StatusCode::Success);
  ASSERT_EQ(stage.register_host(1, b_key), StatusCode::Success);
  ASSERT_EQ(stage.acquire(0, a_key, Type::ExclusiveAccessRegistrantsOnly), StatusCode::Success);
  EXPECT_EQ(stage.store.save_count, 3U) << "each change is stored";
  stage.close_subsystem();
  stage.open_subsystem();
  // From the first command on.
  EXPECT_EQ(read_one(stage.world, stage.queue(2, 1), 1), StatusCode::ReservationConflict);
  EXPECT_EQ(write_one(stage.world, stage.queue(1), 1), StatusCode::Success) << "registered";
  const auto report = stage.report(0);
  const auto header = report->data<ReservationStatusHeader>();
  EXPECT_EQ(header.rtype, static_cast<uint8_t>(Type::ExclusiveAccessRegistrantsOnly));
  EXPECT_EQ(header.ptpls, 1);
  EXPECT_EQ(header.generation, 2U) << "of two registrations; acquiring does not count";
  EXPECT_EQ(header.registered_controllers, 2U);
  // What is not wanted any more is not kept.
  ASSERT_EQ(stage.register_host(0, a_key, 1, PersistChange::Disable), StatusCode::Success);
  EXPECT_EQ(stage.store.kept[Stage::uuid_of(1)], "");
  stage.close_subsystem();
  stage.open_subsystem();
  EXPECT_EQ(read_one(stage.world, stage.queue(2), 1), StatusCode::Success);
}

TEST(ReservationConformance, S8_19_a_namespace_that_comes_back_has_its_reservation_again) {
  Stage stage;
  ASSERT_EQ(stage.register_host(0, a_key, 1, PersistChange::Enable), StatusCode::Success);
  const std::string kept = stage.store.kept[Stage::uuid_of(1)];
  EXPECT_NE(kept, "");
  EXPECT_TRUE(stage.world.wait(stage.subsystem->remove_namespace(1)).value());
  EXPECT_EQ(stage.store.kept[Stage::uuid_of(1)], kept) << "whether it is gone for good, its owner knows";
  const auto again = stage.world.wait(stage.subsystem->remove_namespace(1)).value();
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, Code::NotFound);
}

// -- many at a time

class Flood {
 public:
  // From both queues of a host.
  Flood(Stage& stage, size_t host, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
      const RegisterData data{.crkey = 0, .nrkey = a_key};
      commands_.push_back(
          stage.queue(host, i % 2).start(register_sqe(1, RegisterAction::Register), 16, bytes_of(data)));
    }
    stage.world.settle();
  }
  [[nodiscard]] size_t count(StatusCode code) const {
    return static_cast<size_t>(
        std::ranges::count_if(commands_, [&](const auto& each) { return each->is_done && each->code() == code; }));
  }
  [[nodiscard]] size_t waiting() const {
    return static_cast<size_t>(std::ranges::count_if(commands_, [](const auto& each) { return !each->is_done; }));
  }
  [[nodiscard]] bool is_some_final() const {
    return std::ranges::any_of(commands_, [](const auto& each) { return each->command.status.is_final(); });
  }

 private:
  std::vector<std::unique_ptr<TestCommand>> commands_;
};

TEST(ReservationConformance, S3_3_3_2_1_a_flood_of_one_host_is_interrupted_and_keeps_nobody_waiting) {
  Stage stage;
  ASSERT_EQ(stage.register_host(0, a_key, 1, PersistChange::Enable), StatusCode::Success);
  stage.device->holds = true;
  const auto slow = stage.queue(2).start(io_sqe(IoOpcode::Write, 1), 512);
  stage.world.settle();
  const uint32_t saves_before = stage.store.save_count;
  const Flood flood(stage, 0, 1000);
  EXPECT_EQ(flood.waiting(), reservations_per_controller_max) << "for the write that is at work";
  EXPECT_EQ(flood.count(StatusCode::CommandInterrupted), 1000 - reservations_per_controller_max);
  EXPECT_FALSE(flood.is_some_final()) << "the host may try again";
  EXPECT_LE(stage.store.save_count - saves_before, 1U);
  // Others have room, and the control reactor its time.
  const RegisterData data{.crkey = 0, .nrkey = b_key};
  const auto other = stage.queue(1).start(register_sqe(1, RegisterAction::Register), 16, bytes_of(data));
  stage.world.settle();
  EXPECT_FALSE(other->is_done);
  EXPECT_TRUE(stage.hosts[1]->run(TestHost::admin(AdminOpcode::KeepAlive)).status.is_success());
  EXPECT_EQ(stage.report(1)->code(), StatusCode::Success);
  stage.device->release();
  stage.world.settle();
  EXPECT_EQ(flood.waiting(), 0U);
  EXPECT_EQ(flood.count(StatusCode::Success), reservations_per_controller_max);
  EXPECT_EQ(other->code(), StatusCode::Success);
  EXPECT_EQ(slow->code(), StatusCode::Success);
  EXPECT_LE(stage.store.save_count - saves_before, reservations_per_controller_max / reservations_per_turn_max + 2)
      << "stored by turns";
  EXPECT_EQ(stage.report(0)->data<ReservationStatusHeader>().registered_controllers, 2U);
  EXPECT_EQ(stage.acquire(0, a_key, Type::WriteExclusive), StatusCode::Success) << "there is room again";
}

TEST(ReservationConformance, those_that_wait_when_their_namespace_goes_are_told) {
  Stage stage;
  stage.device->holds = true;
  const auto slow = stage.queue(2).start(io_sqe(IoOpcode::Write, 1), 512);
  stage.world.settle();
  const Flood flood(stage, 0, 40);
  ASSERT_EQ(flood.waiting(), 40U);
  stage.world.control().post([&] { core::spawn(remove_one(stage.subsystem.get())); });
  stage.world.settle();
  stage.device->release();
  stage.world.settle();
  EXPECT_EQ(flood.waiting(), 0U);
  EXPECT_EQ(flood.count(StatusCode::InvalidNamespaceOrFormat) + flood.count(StatusCode::Success), 40U);
  EXPECT_GT(flood.count(StatusCode::InvalidNamespaceOrFormat), 0U);
  ASSERT_TRUE(slow->is_done);
}

// What others have at work is not its matter any more.
TEST(ReservationConformance, a_host_that_leaves_does_not_wait_for_its_reservations) {
  Stage stage;
  ASSERT_EQ(stage.register_host(0, a_key), StatusCode::Success);
  stage.device->holds = true;
  const auto slow = stage.queue(2).start(io_sqe(IoOpcode::Write, 1), 512);
  stage.world.settle();
  const auto turn = stage.start_acquire(0, a_key, AcquireAction::Acquire, Type::WriteExclusive);
  stage.world.settle();
  const auto waiting = stage.start_acquire(0, a_key, AcquireAction::Acquire, Type::WriteExclusive);
  stage.world.settle();
  ASSERT_FALSE(turn->is_done || waiting->is_done);
  stage.hosts[0]->admin_connection().close();
  ASSERT_TRUE(turn->is_done && waiting->is_done);
  EXPECT_EQ(turn->code(), StatusCode::AbortSqDeletion);
  EXPECT_EQ(waiting->code(), StatusCode::AbortSqDeletion);
  EXPECT_EQ(stage.subsystem->controllers().size(), 2U);
  EXPECT_FALSE(slow->is_done);
  stage.device->release();
  stage.world.settle();
  EXPECT_TRUE(slow->is_done);
  EXPECT_EQ(stage.report(1)->data<ReservationStatusHeader>().rtype, 1) << "what was stored stays";
}

// What changes together is judged in order, and is not there when it cannot be stored.
TEST(ReservationConformance, S8_19_those_that_are_stored_together_fail_together) {
  Stage stage;
  ASSERT_EQ(stage.register_host(0, a_key, 1, PersistChange::Enable), StatusCode::Success);
  stage.device->holds = true;
  const auto slow = stage.queue(2).start(io_sqe(IoOpcode::Write, 1), 512);
  stage.world.settle();
  const auto held = stage.start_acquire(0, a_key, AcquireAction::Acquire, Type::WriteExclusive);
  stage.world.settle();
  ASSERT_FALSE(held->is_done);
  Sqe release = io_sqe(IoOpcode::ReservationRelease, 1);
  release.cdw10 = static_cast<uint32_t>(Type::WriteExclusive) << 8U;
  release.cdw12 = 0;
  const ReleaseData data{.crkey = a_key};
  const auto one = stage.queue(0).start(release, 8, bytes_of(data));
  stage.world.settle();
  const auto two = stage.start_acquire(0, a_key, AcquireAction::Acquire, Type::ExclusiveAccess);
  stage.world.settle();
  stage.store.is_broken = true;
  stage.device->release();
  stage.world.settle();
  EXPECT_EQ(held->code(), StatusCode::Success);
  EXPECT_EQ(one->command.status, Status::retryable(StatusCode::InternalError).with_more());
  EXPECT_EQ(two->command.status, Status::retryable(StatusCode::InternalError).with_more());
  EXPECT_EQ(stage.report(0)->data<ReservationStatusHeader>().rtype, 1);
  stage.store.is_broken = false;
}

TEST(ReservationConformance, S8_19_what_cannot_be_stored_does_not_change) {
  Stage stage;
  ASSERT_EQ(stage.register_host(0, a_key, 1, PersistChange::Enable), StatusCode::Success);
  stage.store.is_broken = true;
  EXPECT_EQ(stage.acquire(0, a_key, Type::ExclusiveAccess), StatusCode::InternalError);
  EXPECT_EQ(stage.register_host(1, b_key), StatusCode::InternalError);
  EXPECT_EQ(write_one(stage.world, stage.queue(1), 1), StatusCode::Success) << "nobody is kept out";
  const auto report = stage.report(0);
  EXPECT_EQ(report->data<ReservationStatusHeader>().rtype, 0);
  EXPECT_EQ(report->data<ReservationStatusHeader>().registered_controllers, 1U);
  // And a reservation that cannot be read keeps its namespace away: whom would it keep out?
  stage.close_subsystem();
  stage.open_subsystem();
  EXPECT_TRUE(stage.hosts.empty());
  stage.store.is_broken = false;
  EXPECT_TRUE(stage.add(1));
}

TEST(ReservationConformance, S7_5_report_names_every_controller) {
  Stage stage;
  ASSERT_EQ(stage.register_host(0, a_key), StatusCode::Success);
  ASSERT_EQ(stage.register_host(1, b_key), StatusCode::Success);
  ASSERT_EQ(stage.register_host(2, c_key), StatusCode::Success);
  ASSERT_EQ(stage.acquire(1, b_key, Type::WriteExclusive), StatusCode::Success);
  // The holder has a second controller, the last host has left.
  const std::string hostnqn = "nqn.2014-08.org.nvmexpress:uuid:host" + std::to_string(0xB);
  TestHost again(stage.world, stage.port, {.hostnqn = hostnqn, .hostid = 0xB});
  again.start();
  stage.queues.resize(4);
  stage.hosts.pop_back();
  const auto report = stage.report(0);
  ASSERT_EQ(report->code(), StatusCode::Success);
  const auto header = report->data<ReservationStatusHeader>();
  EXPECT_EQ(header.generation, 3U);
  EXPECT_EQ(header.rtype, 1);
  EXPECT_EQ(header.ptpls, 0);
  ASSERT_EQ(header.registered_controllers, 4U);
  struct Row {
    uint16_t cntlid;
    uint8_t rcsts;
    uint64_t rkey;
    uint8_t hostid;
  };
  size_t at = sizeof(ReservationStatusHeader);
  for (const Row row : {Row{stage.hosts[0]->cntlid, 0, a_key, 0xA}, Row{stage.hosts[1]->cntlid, 1, b_key, 0xB},
                        Row{again.cntlid, 1, b_key, 0xB}, Row{0xFFFF, 0, c_key, 0xC}}) {
    const auto entry = report->data<RegisteredController>(at);
    EXPECT_EQ(entry.cntlid, row.cntlid);
    EXPECT_EQ(entry.rcsts, row.rcsts);
    EXPECT_EQ(entry.rkey, row.rkey);
    EXPECT_EQ(entry.hostid[0], row.hostid);
    EXPECT_EQ(entry.hostid[15], row.hostid);
    at += sizeof(RegisteredController);
  }
  EXPECT_EQ(report->data<le64>(at), 0U);
  EXPECT_EQ(stage.report(0, 64)->data<ReservationStatusHeader>().registered_controllers, 4U) << "all, in a short one";
  EXPECT_EQ(stage.report(0, 4)->code(), StatusCode::Success);
  EXPECT_EQ(stage.report(0, 1024, false)->code(), StatusCode::HostIdInconsistentFormat);
}

TEST(ReservationConformance, S5_16_1_24_notices_come_one_by_one_with_an_event_for_each) {
  constexpr uint32_t reservation_event = 0x80'00'06;
  Stage stage;
  ASSERT_TRUE(stage.add(2));
  for (const uint32_t nsid : {1U, 2U}) {
    ASSERT_EQ(stage.register_host(0, a_key, nsid), StatusCode::Success);
    ASSERT_EQ(stage.register_host(1, b_key, nsid), StatusCode::Success);
  }
  TestHost& victim = *stage.hosts[1];
  victim.get_log(LogPage::ChangedNamespaces, 4096);
  const auto first = victim.await_event();
  const auto consumed = first->is_done;  // the new namespace was told before
  const auto one = consumed ? victim.await_event() : nullptr;
  const TestCommand& told = consumed ? *one : *first;
  const auto two = victim.await_event();
  const auto three = victim.await_event();
  victim.get_log(LogPage::ChangedNamespaces, 4096);
  EXPECT_EQ(stage.notice(1).type, 0) << "empty";
  ASSERT_FALSE(told.is_done);

  for (const uint32_t nsid : {1U, 2U}) {
    ASSERT_EQ(stage.acquire(0, a_key, Type::WriteExclusive, AcquireAction::Preempt, b_key, nsid), StatusCode::Success);
  }
  ASSERT_TRUE(told.is_done);
  EXPECT_EQ(told.command.result, reservation_event);
  EXPECT_FALSE(two->is_done) << "one at a time";
  ReservationNotificationLog log = stage.notice(1, true);
  EXPECT_EQ(log.log_page_count, 1U);
  EXPECT_EQ(log.type, 1) << "registration preempted";
  EXPECT_EQ(log.nsid, 1U);
  EXPECT_EQ(log.available_count, 1) << "beside this one";
  EXPECT_FALSE(two->is_done) << "retained";
  EXPECT_EQ(stage.notice(1).log_page_count, 1U);
  ASSERT_TRUE(two->is_done);
  EXPECT_EQ(two->command.result, reservation_event);
  log = stage.notice(1);
  EXPECT_EQ(log.log_page_count, 2U);
  EXPECT_EQ(log.nsid, 2U);
  EXPECT_EQ(log.available_count, 0);
  EXPECT_FALSE(three->is_done);
  EXPECT_EQ(stage.notice(1).type, 0);
  EXPECT_EQ(stage.notice(0).type, 0) << "who preempts is not told";
  victim.queue().expedite();  // the request that is left
}

TEST(ReservationConformance, S5_16_1_24_each_kind_of_notice_can_be_masked) {
  Stage stage;
  for (size_t host = 0; host < 3; ++host) {
    ASSERT_EQ(stage.register_host(host, a_key + host), StatusCode::Success);
  }
  ASSERT_TRUE(stage.hosts[2]->set_feature(mask_feature, 1U << 2U, 1).status.is_success());  // Reservation Released
  ASSERT_EQ(stage.acquire(0, a_key, Type::WriteExclusiveRegistrantsOnly), StatusCode::Success);
  ASSERT_EQ(stage.release(0, a_key, Type::WriteExclusiveRegistrantsOnly), StatusCode::Success);
  EXPECT_EQ(stage.notice(1).type, 2) << "reservation released";
  EXPECT_EQ(stage.notice(2).type, 0) << "masked";
  ASSERT_EQ(stage.acquire(1, a_key + 1, Type::WriteExclusive), StatusCode::Success);
  ASSERT_EQ(stage.release(0, a_key, Type::WriteExclusive, ReleaseAction::Clear), StatusCode::Success);
  EXPECT_EQ(stage.notice(1).type, 3) << "reservation preempted";
  EXPECT_EQ(stage.notice(2).type, 3);
}

TEST(ReservationConformance, S5_16_1_24_notices_beyond_the_limit_are_seen_to_be_missing) {
  Stage stage;
  ASSERT_EQ(stage.register_host(0, a_key), StatusCode::Success);
  for (uint32_t i = 0; i <= reservation_notices_max; ++i) {
    ASSERT_EQ(stage.register_host(1, b_key), StatusCode::Success);
    ASSERT_EQ(stage.acquire(0, a_key, Type::WriteExclusive, AcquireAction::Preempt, b_key), StatusCode::Success);
  }
  const ReservationNotificationLog log = stage.notice(1);
  EXPECT_EQ(log.log_page_count, 2U) << "the first is lost";
  EXPECT_EQ(log.available_count, 255);
}

}  // namespace
}  // namespace outrigger::nvme
