// Get Features and Set Features of each feature (Base 2.0, sections 4.2, 5.15 and 5.27).
#include "nvme/conformance_rig.h"
#include "nvme/feature_format.h"

namespace outrigger::nvme {
namespace {

constexpr uint32_t current = 0, by_default = 1, saved = 2, supported = 3;
constexpr uint32_t mask_feature = 0x82, persistence_feature = 0x83;

class FeaturesConformance : public AdminTest {
 protected:
  void start() {
    host.emplace(world, port, HostOf{.kato = 5000});
    host->start();
  }
  Command get(uint32_t fid, uint32_t select = current, uint32_t nsid = 0, uint32_t cdw11 = 0) {
    return host->run(TestHost::admin(AdminOpcode::GetFeatures, nsid, fid | select << 8U, cdw11), 512);
  }
  StatusCode set(uint32_t fid, uint32_t value, uint32_t nsid = 0) {
    return host->set_feature(fid, value, nsid).status.code();
  }
  StatusCode set_data(uint32_t fid, std::span<const std::byte> data) {
    return host->run(TestHost::admin(AdminOpcode::SetFeatures, 0, fid), static_cast<uint32_t>(data.size()), data)
        .status.code();
  }
  uint64_t timestamp() {
    EXPECT_TRUE(get(0x0E).status.is_success());
    return host->last->data<le64>() & 0xFFFF'FFFF'FFFFU;
  }
  uint8_t origin() { return static_cast<uint8_t>((host->last->data<uint8_t>(6) >> 1U) & 7U); }
  void reset() {
    host->set_property(Property::Cc, 0x0046'0000);
    world.settle();
    host->set_property(Property::Cc, 0x0046'0001);
    ASSERT_EQ(host->get_property(Property::Csts), 1U);
  }
  std::optional<TestHost> host;
};

TEST_F(FeaturesConformance, S5_15_1_capabilities_of_each) {
  start();
  struct Row {
    uint32_t fid, capabilities;
  };
  // Bit 0 saveable, 1 namespace specific, 2 changeable.
  for (const Row row : {Row{0x01, 4}, Row{0x02, 4}, Row{0x04, 4}, Row{0x05, 6}, Row{0x06, 0}, Row{0x07, 4},
                        Row{0x0B, 4}, Row{0x0E, 4}, Row{0x0F, 4}, Row{0x16, 4}, Row{0x82, 6}, Row{0x83, 6}}) {
    const Command got = get(row.fid, supported);
    EXPECT_TRUE(got.status.is_success()) << row.fid;
    EXPECT_EQ(got.result, row.capabilities) << row.fid;
  }
  EXPECT_EQ(get(0x81, supported, 0, 1).result, 0U) << "Connect told it";
  for (const uint32_t fid : {0x00U, 0x03U, 0x08U, 0x09U, 0x0AU, 0x0CU, 0x0DU, 0x10U, 0x11U, 0x19U, 0x80U, 0x84U}) {
    EXPECT_EQ(get(fid, supported).status.code(), StatusCode::InvalidField) << fid;
    EXPECT_EQ(set(fid, 0), StatusCode::InvalidField) << fid;
  }
}

TEST_F(FeaturesConformance, S4_2_default_and_saved_are_what_a_reset_brings_back) {
  start();
  struct Row {
    uint32_t fid, value, other;
  };
  constexpr uint32_t queues = (io_queues_max - 1U) * 0x1'0001U;
  for (const Row row : {Row{0x01, 7, 3}, Row{0x04, 343, 300}, Row{0x07, queues, 0x0001'0001}, Row{0x0B, 0x9FF, 0x100},
                        Row{0x06, 1, 1}, Row{0x02, 0, 0}, Row{0x0F, 5000, 8000}}) {
    EXPECT_EQ(get(row.fid).result, row.value) << row.fid;
    EXPECT_EQ(set(row.fid, row.other), StatusCode::Success) << row.fid;
    EXPECT_EQ(get(row.fid).result, row.other) << row.fid;
    EXPECT_EQ(get(row.fid, by_default).result, row.value) << row.fid;
    EXPECT_EQ(get(row.fid, saved).result, row.value) << row.fid << ": nothing is saved, so this is the default";
  }
  reset();
  for (const Row row :
       {Row{0x01, 7, 0}, Row{0x04, 343, 0}, Row{0x07, queues, 0}, Row{0x0B, 0x9FF, 0}, Row{0x0F, 5000, 0}}) {
    EXPECT_EQ(get(row.fid).result, row.value) << row.fid;
  }
}

TEST_F(FeaturesConformance, S5_27_nothing_can_be_saved) {
  start();
  for (const uint32_t fid : {0x01U, 0x07U, 0x0EU, 0x16U, 0x82U, 0x83U}) {
    EXPECT_EQ(set(fid | 1U << 31U, 0), StatusCode::FeatureNotSaveable) << fid;
  }
}

TEST_F(FeaturesConformance, S5_27_namespaces_of_features) {
  const uint32_t nsid = add_namespace();
  start();
  EXPECT_EQ(set(0x01, 7, nsid), StatusCode::FeatureNotNamespaceSpecific);
  EXPECT_EQ(set(0x05, 9, nsid + 1), StatusCode::InvalidNamespaceOrFormat);
  EXPECT_EQ(get(0x05, current, nsid + 1).status.code(), StatusCode::InvalidNamespaceOrFormat);
  EXPECT_EQ(set(0x05, 9, nsid), StatusCode::Success);
  EXPECT_EQ(get(0x05, current, nsid).result, 9U);
  EXPECT_EQ(set(0x05, 5, nsid_all), StatusCode::Success);
  EXPECT_EQ(get(0x05, current, nsid).result, 5U) << "all of them";
  EXPECT_EQ(set(0x05, 1U << 16U, nsid), StatusCode::InvalidField) << "DULBE is not offered";
}

TEST_F(FeaturesConformance, S5_27_1_3_temperature_thresholds) {
  start();
  constexpr uint32_t under = 1U << 20U;
  EXPECT_EQ(set(0x04, 350), StatusCode::Success);
  EXPECT_EQ(set(0x04, under | 200U), StatusCode::Success);
  EXPECT_EQ(get(0x04).result, 350U);
  EXPECT_EQ(get(0x04, current, 0, under).result, 200U);
  EXPECT_EQ(set(0x04, 2U << 20U), StatusCode::InvalidField);
  EXPECT_EQ(set(0x04, 3U << 16U | 350U), StatusCode::InvalidField) << "there is no sensor 3";
  host->get_log(LogPage::Smart, 512);
  EXPECT_EQ(host->last->data<SmartLog>().critical_warning, 0);
  EXPECT_EQ(set(0x04, under | 320U), StatusCode::Success);
  host->get_log(LogPage::Smart, 512);
  EXPECT_EQ(host->last->data<SmartLog>().critical_warning, 2) << "colder than that";
}

TEST_F(FeaturesConformance, S5_27_1_6_write_cache_and_power_have_one_state) {
  start();
  EXPECT_EQ(set(0x06, 1), StatusCode::Success);
  EXPECT_EQ(set(0x06, 0), StatusCode::FeatureNotChangeable);
  EXPECT_EQ(set(0x02, 0), StatusCode::Success);
  EXPECT_EQ(set(0x02, 1), StatusCode::InvalidField);
}

TEST_F(FeaturesConformance, S5_27_1_5_number_of_queues) {
  start();
  const Command more = host->set_feature(0x07, 0xFFFE'FFFE);
  EXPECT_EQ(more.result, (io_queues_max - 1U) * 0x1'0001U) << "as many as there are";
  EXPECT_EQ(host->set_feature(0x07, 0x0003'0001).result, 0x0001'0001U) << "a queue is a pair";
  EXPECT_EQ(get(0x07).result, 0x0001'0001U);
  EXPECT_TRUE(host->connect_io(2).is_open());
  EXPECT_FALSE(host->connect_io(3).is_open());
  EXPECT_EQ(set(0x07, 0x0003'0003), StatusCode::CommandSequenceError) << "after the first I/O queue";
}

TEST_F(FeaturesConformance, S5_27_1_11_timestamp) {
  world.run_for_ms(500'000);
  start();
  world.run_for_ms(1000);
  EXPECT_EQ(timestamp(), 1000U) << "since the controller began, not since the machine did";
  EXPECT_EQ(origin(), 0);
  TimestampData data;
  const uint64_t now = 1'800'000'000'123;
  std::memcpy(data.milliseconds, &now, sizeof(data.milliseconds));
  data.attributes = 0xFF;  // of a Set, reserved
  EXPECT_EQ(set_data(0x0E, bytes_of(data)), StatusCode::Success);
  world.run_for_ms(2500);
  EXPECT_EQ(timestamp(), now + 2500);
  EXPECT_EQ(origin(), 1);
  EXPECT_TRUE(get(0x0E, by_default).status.is_success());
  EXPECT_EQ(host->last->data<le64>(), 0U);
  EXPECT_TRUE(get(0x0E, supported).status.is_success());
  EXPECT_EQ(host->last->data<uint8_t>(), 0xEE) << "no data";
  reset();
  world.run_for_ms(70);
  EXPECT_EQ(timestamp(), 70U);
  EXPECT_EQ(origin(), 0);
  EXPECT_EQ(host->run(TestHost::admin(AdminOpcode::GetFeatures, 0, 0x0E), 7).status.code(),
            StatusCode::DataSglLengthInvalid);
}

TEST_F(FeaturesConformance, S5_27_1_12_keep_alive_timer) {
  start();
  EXPECT_EQ(get(0x0F).result, 5000U) << "what Connect said";
  EXPECT_EQ(set(0x0F, 1500), StatusCode::Success);
  EXPECT_EQ(get(0x0F).result, 2000U) << "rounded up to the granularity";
  EXPECT_EQ(set(0x0F, 0), StatusCode::Success);
  world.run_for_ms(keep_alive_ms_max);
  EXPECT_EQ(get(0x0F).result, 0U) << "it never ends";
  EXPECT_EQ(set(0x0F, keep_alive_ms_max + 1), StatusCode::KeepAliveTimeoutInvalid);
}

TEST_F(FeaturesConformance, S5_27_1_18_host_behavior) {
  start();
  HostBehaviorData data;
  data.acre = 1;
  data.lbafee = 1;
  EXPECT_EQ(set_data(0x16, bytes_of(data)), StatusCode::Success);
  EXPECT_TRUE(get(0x16).status.is_success());
  EXPECT_EQ(host->last->data<uint8_t>(0), 1);
  EXPECT_EQ(host->last->data<uint8_t>(1), 0);
  EXPECT_EQ(host->last->data<uint8_t>(2), 1);
  data.etdas = 2;
  EXPECT_EQ(set_data(0x16, bytes_of(data)), StatusCode::InvalidField);
  EXPECT_TRUE(get(0x16).status.is_success());
  EXPECT_EQ(host->last->data<uint8_t>(1), 0) << "what is refused changes nothing";
  EXPECT_TRUE(get(0x16, by_default).status.is_success());
  EXPECT_EQ(host->last->data<uint8_t>(0), 0);
  EXPECT_EQ(set_data(0x16, bytes_of(data).first(511)), StatusCode::DataSglLengthInvalid);
  reset();
  EXPECT_TRUE(get(0x16).status.is_success());
  EXPECT_EQ(host->last->data<uint8_t>(0), 0);
}

TEST_F(FeaturesConformance, S5_27_1_25_host_identifier) {
  start();
  EXPECT_TRUE(get(0x81, current, 0, 1).status.is_success());
  EXPECT_EQ(host->last->data<uint8_t>(0), 0x11);
  EXPECT_EQ(get(0x81).status.code(), StatusCode::HostIdInconsistentFormat) << "EXHID";
  EXPECT_EQ(set(0x81, 1), StatusCode::CommandSequenceError) << "Connect told it";
}

TEST_F(FeaturesConformance, S5_27_1_26_reservation_notification_mask) {
  const uint32_t first = add_namespace();
  const uint32_t second = add_namespace();
  start();
  EXPECT_EQ(get(mask_feature, current, first).result, 0U);
  EXPECT_EQ(set(mask_feature, 0x2, first), StatusCode::Success);
  EXPECT_EQ(get(mask_feature, current, first).result, 0x2U);
  EXPECT_EQ(get(mask_feature, current, second).result, 0U);
  EXPECT_EQ(set(mask_feature, 0xC, nsid_all), StatusCode::Success);
  EXPECT_EQ(get(mask_feature, current, first).result, 0xCU);
  EXPECT_EQ(get(mask_feature, current, second).result, 0xCU);
  EXPECT_EQ(get(mask_feature, current, nsid_all).status.code(), StatusCode::InvalidField) << "of which one?";
  EXPECT_EQ(get(mask_feature, by_default, first).result, 0U);
  EXPECT_EQ(set(mask_feature, 0, second + 1), StatusCode::InvalidNamespaceOrFormat);
  reset();
  EXPECT_EQ(get(mask_feature, current, first).result, 0U);
}

TEST_F(FeaturesConformance, S5_27_1_27_reservation_persistence_without_a_store) {
  const uint32_t nsid = add_namespace();
  start();
  EXPECT_EQ(get(persistence_feature, current, nsid).result, 0U);
  EXPECT_EQ(set(persistence_feature, 1, nsid), StatusCode::InvalidField) << "RESCAP bit 0 is clear";
  EXPECT_EQ(set(persistence_feature, 0, nsid), StatusCode::Success);
  EXPECT_EQ(get(persistence_feature, current, nsid_all).status.code(), StatusCode::InvalidField);
}

class PersistentFeatures : public FeaturesConformance {
 protected:
  PersistentFeatures() {
    EXPECT_TRUE(world.wait(subsystem->close()));
    subsystem.reset();
    auto made = Subsystem::create(world.directory(), {.nqn = "nqn.2026-11.example:disks",
                                                      .serial = "SER1",
                                                      .model = "Outrigger",
                                                      .firmware = "1.0",
                                                      .reservation_store = &store});
    check(made.has_value(), "a subsystem can be made");
    subsystem = std::move(*made);
    subsystem->expose_at(port);
  }
  ~PersistentFeatures() override { host.reset(); }
  static Sqe persistence_of_all(bool persists = true) {
    return TestHost::admin(AdminOpcode::SetFeatures, nsid_all, persistence_feature, persists ? 1 : 0);
  }
  StatusCode set_persistence_of_all(bool persists = true) {
    TestCommand all;
    all.command.sqe = persistence_of_all(persists);
    all.send(host->queue());
    world.run_for_ms(100);
    EXPECT_TRUE(all.is_done);
    return all.code();
  }
  void turn() {
    world.sim().clock().advance(ms);
    world.control().run_turn();
  }
  MemoryStore store;
};

TEST_F(PersistentFeatures, S5_27_1_27_reservation_persistence) {
  const uint32_t first = add_namespace();
  const uint32_t second = add_namespace();
  start();
  host->identify(Cns::Namespace, first);
  EXPECT_EQ(host->last->data<IdentifyNamespace>().rescap, 0xFF);
  EXPECT_EQ(set(persistence_feature, 1, first), StatusCode::Success);
  EXPECT_EQ(get(persistence_feature, current, first).result, 1U);
  EXPECT_EQ(get(persistence_feature, current, second).result, 0U);
  EXPECT_EQ(set_persistence_of_all(), StatusCode::Success);
  EXPECT_EQ(get(persistence_feature, current, second).result, 1U);
  store.is_broken = true;
  EXPECT_EQ(set(persistence_feature, 0, second), StatusCode::InternalError);
  EXPECT_EQ(get(persistence_feature, current, second).result, 1U) << "what cannot be stored does not change";
  EXPECT_EQ(set_persistence_of_all(false), StatusCode::InternalError);
  store.is_broken = false;
}

// Each is a commit of a database, and there may be a thousand: the control reactor has others to serve meanwhile.
TEST_F(PersistentFeatures, S5_27_1_27_reservation_persistence_of_all_is_stored_one_a_turn) {
  constexpr uint32_t count = 20;
  for (uint32_t i = 0; i < count; ++i) {
    add_namespace();
  }
  start();
  TestCommand all;
  all.command.sqe = persistence_of_all();
  all.send(host->queue());
  EXPECT_LE(store.save_count, 1U);
  TestCommand another;
  another.command.sqe = all.command.sqe;
  another.send(host->queue());
  EXPECT_EQ(another.code(), StatusCode::CommandInterrupted) << "one at a time";
  for (uint32_t turns = 0; !all.is_done && turns < 100 * count; ++turns) {
    const uint32_t before = store.save_count;
    turn();
    EXPECT_LE(store.save_count, before + 1);
  }
  ASSERT_TRUE(all.is_done);
  EXPECT_TRUE(all.command.status.is_success());
  EXPECT_EQ(store.save_count, count);
}

TEST_F(PersistentFeatures, S5_27_1_27_reservation_persistence_of_all_ends_with_the_controller) {
  for (uint32_t i = 0; i < 20; ++i) {
    add_namespace();
  }
  start();
  TestCommand all;
  all.command.sqe = persistence_of_all();
  all.send(host->queue());
  turn();
  ASSERT_FALSE(all.is_done);
  subsystem->withdraw_from(port);
  for (int turns = 0; turns < 4; ++turns) {
    turn();
  }
  EXPECT_TRUE(all.is_done);
  EXPECT_EQ(all.code(), StatusCode::AbortRequested);
  EXPECT_LT(store.save_count, 10U);
}

}  // namespace
}  // namespace outrigger::nvme
