// What SMART tells of a subsystem over the runs of the daemon (Base 2.0, section 5.16.1.3).
#include "nvme/health.h"

#include "nvme/conformance_rig.h"

namespace outrigger::nvme {
namespace {

class MemoryHealth final : public HealthStore {
 public:
  Result<void> save(std::string_view bytes) override {
    if (is_broken) {
      return fail(Code::Unavailable, "the disk is gone");
    }
    ++save_count;
    kept = std::string(bytes);
    return {};
  }
  Result<std::string> load() override {
    if (is_broken) {
      return fail(Code::Unavailable, "the disk is gone");
    }
    return kept;
  }
  std::string kept;
  uint32_t save_count = 0;
  bool is_broken = false;
};

TEST(Health, S5_16_1_3_runs_add_up) {
  MemoryHealth store;
  {
    Health health("test", &store);
    EXPECT_EQ(health.sum({}).power_cycles, 1U);
    health.save(
        {.read_bytes = 1, .written_bytes = 2, .host_reads = 3, .host_writes = 4, .busy_ns = 5, .media_errors = 6});
    health.close({.read_bytes = 10,
                  .written_bytes = 20,
                  .host_reads = 30,
                  .host_writes = 40,
                  .busy_ns = 50,
                  .power_on_ns = 60,
                  .media_errors = 70});
  }
  Health health("test", &store);
  EXPECT_EQ(health.sum({.read_bytes = 1, .power_on_ns = 1}), (HealthRecord{.read_bytes = 11,
                                                                           .written_bytes = 20,
                                                                           .host_reads = 30,
                                                                           .host_writes = 40,
                                                                           .busy_ns = 50,
                                                                           .power_on_ns = 61,
                                                                           .power_cycles = 2,
                                                                           .unsafe_shutdowns = 0,
                                                                           .media_errors = 70}));
}

TEST(Health, S5_16_1_3_a_run_that_is_cut_short_is_an_unsafe_shutdown) {
  MemoryHealth store;
  {
    Health health("test", &store);
    health.save({.host_writes = 5});
    // Killed: what came after the latest save is lost.
  }
  Health health("test", &store);
  EXPECT_EQ(health.sum({}).host_writes, 5U);
  EXPECT_EQ(health.sum({}).unsafe_shutdowns, 1U);
  EXPECT_EQ(health.sum({}).power_cycles, 2U);
}

TEST(Health, is_written_only_when_there_is_something_new) {
  MemoryHealth store;
  Health health("test", &store);
  const uint32_t begun = store.save_count;
  EXPECT_EQ(begun, 1U) << "that it runs";
  health.save({.power_on_ns = 60'000'000'000});
  EXPECT_EQ(store.save_count, begun);
  health.save({.host_reads = 1, .power_on_ns = 120'000'000'000});
  EXPECT_EQ(store.save_count, begun + 1);
  health.save({.host_reads = 1, .power_on_ns = 120'000'000'000 + health_idle_save_ms * 1'000'000});
  EXPECT_EQ(store.save_count, begun + 2) << "an hour of nothing is something";
}

TEST(Health, what_is_damaged_is_told_from_what_is_sound) {
  const HealthRecord record{.read_bytes = 7, .unsafe_shutdowns = 9};
  const std::string sound = Health::stored(record, true);
  const Result<Health::Kept> kept = Health::parse(sound);
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(kept->record, record);
  EXPECT_TRUE(kept->is_running);
  for (size_t i = 0; i < sound.size(); ++i) {
    std::string damaged = sound;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_FALSE(Health::parse(damaged).has_value()) << i;
    EXPECT_FALSE(Health::parse(sound.substr(0, i)).has_value()) << i;
  }
  MemoryHealth store;
  store.kept = "nonsense";
  EXPECT_EQ(Health("test", &store).sum({}).power_cycles, 1U) << "it begins at nothing";
}

TEST(Health, what_cannot_be_read_is_not_overwritten) {
  MemoryHealth store;
  store.kept = Health::stored({.host_reads = 5}, false);
  const std::string before = store.kept;
  store.is_broken = true;
  Health health("test", &store);
  store.is_broken = false;
  health.save({.host_reads = 1});
  health.close({.host_reads = 1});
  EXPECT_EQ(store.kept, before);
}

class HealthOfSubsystem : public testing::Test {
 protected:
  // A run of the daemon: one host writes one block. Gives what SMART says at its end.
  SmartLog run(uint64_t time_ms) {
    World world;
    const Port port{.id = 1, .traddr = "192.0.2.1", .trsvcid = "4420"};
    const auto disk = std::move(*block::MemoryDevice::create("disk", {.block_size = 512, .block_count = 64}));
    auto subsystem = std::move(*Subsystem::create(
        world.directory(),
        {.nqn = "nqn.2026-11.example:disks", .serial = "S", .model = "M", .firmware = "1", .health_store = &store}));
    subsystem->expose_at(port);
    const uint32_t nsid = **world.wait(subsystem->add_namespace({.uuid = {1}}, *disk));
    SmartLog log;
    {
      TestHost host(world, port);
      host.start();
      EXPECT_EQ(write_one(world, host.connect_io(1), nsid), StatusCode::Success);
      world.run_for_ms(time_ms);
      killed = store.kept;
      EXPECT_TRUE(host.get_log(LogPage::Smart, sizeof(SmartLog)).status.is_success());
      log = host.last->data<SmartLog>();
    }
    world.settle();
    EXPECT_TRUE(world.wait(subsystem->close()));
    subsystem.reset();
    world.settle();
    return log;
  }
  MemoryHealth store;
  std::string killed;  // what a kill would have left
};

TEST_F(HealthOfSubsystem, S5_16_1_3_smart_outlives_the_daemon) {
  SmartLog log = run(3'600'000);
  EXPECT_EQ(log.host_writes[0], 1U);
  EXPECT_EQ(log.power_cycles[0], 1U);
  EXPECT_EQ(log.power_on_hours[0], 1U);
  log = run(3'600'000);
  EXPECT_EQ(log.host_writes[0], 2U);
  EXPECT_EQ(log.data_units_written[0], 1U);
  EXPECT_EQ(log.power_cycles[0], 2U);
  EXPECT_EQ(log.power_on_hours[0], 2U);
  EXPECT_EQ(log.unsafe_shutdowns[0], 0U);
  store.kept = killed;
  log = run(1000);
  EXPECT_EQ(log.host_writes[0], 3U) << "it was kept within a minute";
  EXPECT_EQ(log.unsafe_shutdowns[0], 1U);
  store.kept = killed;
  log = run(1000);
  EXPECT_EQ(log.host_writes[0], 3U) << "a second is too short to be kept";
  EXPECT_EQ(log.unsafe_shutdowns[0], 2U);
}

}  // namespace
}  // namespace outrigger::nvme
