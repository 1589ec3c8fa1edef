// Get Log Page: what each page says, offsets, lengths, Retain Asynchronous Event; where errors are said to be
// (Base 2.0, section 5.16).
#include "nvme/conformance_rig.h"
#include "nvme/error_log.h"

namespace outrigger::nvme {
namespace {

class LogConformance : public AdminTest {
 protected:
  void start() {
    host.emplace(world, port);
    host->start();
  }
  SmartLog smart() {
    EXPECT_TRUE(host->get_log(LogPage::Smart, sizeof(SmartLog)).status.is_success());
    return host->last->data<SmartLog>();
  }
  // A good Get Log Page of one dword.
  static Sqe get_log(LogPage page) {
    return TestHost::admin(AdminOpcode::GetLogPage, 0xFFFF'FFFF, static_cast<uint32_t>(page));
  }
  std::optional<TestHost> host;
};

TEST_F(LogConformance, S5_16_1_1_supported_log_pages) {
  start();
  ASSERT_TRUE(host->get_log(LogPage::Supported, 1024).status.is_success());
  const auto log = host->last->data<SupportedLogPages>();
  const std::vector<uint32_t> there{0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x0C, 0x12, 0x13, 0x80};
  for (uint32_t page = 0; page < 256; ++page) {
    const bool is_there = std::ranges::find(there, page) != there.end();
    EXPECT_EQ(log.page[page], is_there ? 1U : 0U) << page << ": bit 1, offsets by index, is never set";
    EXPECT_EQ(host->get_log(static_cast<LogPage>(page), 4, 0, true).status.code(),
              is_there ? StatusCode::Success : StatusCode::InvalidLogPage)
        << page;
  }
}

TEST_F(LogConformance, S5_16_1_3_smart_counts_what_hosts_did) {
  const uint32_t nsid = add_namespace();
  start();
  Connection& io = host->connect_io(1);
  const auto run = [&](IoOpcode opcode, uint64_t slba, uint32_t blocks) {
    return run_io(world, io, io_sqe(opcode, nsid, slba, blocks), blocks * 512)->code();
  };
  EXPECT_EQ(smart().data_units_written[0], 0U);
  EXPECT_EQ(run(IoOpcode::Write, 0, 1001), StatusCode::Success);
  SmartLog log = smart();
  EXPECT_EQ(log.data_units_written[0], 2U) << "thousands, rounded up";
  EXPECT_EQ(log.host_writes[0], 1U);
  EXPECT_EQ(log.data_units_read[0], 0U);
  EXPECT_EQ(run(IoOpcode::Read, 0, 1000), StatusCode::Success);
  log = smart();
  EXPECT_EQ(log.data_units_read[0], 1U);
  EXPECT_EQ(log.host_reads[0], 1U);
  EXPECT_EQ(run(IoOpcode::Compare, 0, 1), StatusCode::Success);
  EXPECT_EQ(smart().data_units_read[0], 2U) << "Compare reads, too";
  EXPECT_EQ(run(IoOpcode::Verify, 0, 1000), StatusCode::Success);
  EXPECT_EQ(smart().data_units_read[0], 3U) << "and Verify";
  EXPECT_EQ(run(IoOpcode::WriteZeroes, 0, 1000), StatusCode::Success);
  EXPECT_EQ(run(IoOpcode::Flush, 0, 1), StatusCode::Success);
  const uint64_t errors_before = smart().error_log_entries[0];
  EXPECT_EQ(run(IoOpcode::Read, 2048, 1), StatusCode::LbaOutOfRange);
  log = smart();
  EXPECT_EQ(log.data_units_written[0], 2U) << "no data came with Write Zeroes";
  EXPECT_EQ(log.host_writes[0], 2U);
  EXPECT_EQ(log.host_reads[0], 3U) << "only what succeeded";
  EXPECT_EQ(log.error_log_entries[0], errors_before + 1);
  EXPECT_EQ(log.media_errors[0], 0U);
  io.close();
  EXPECT_EQ(smart().host_writes[0], 2U) << "of queues that have closed, too";
}

// What statistics are made of, beside SMART.
TEST_F(LogConformance, what_hosts_did_is_known_by_port_and_by_controller) {
  using block::OpClass;
  const uint32_t nsid = add_namespace();
  subsystem->expose_at(other_port);
  start();
  TestHost second(world, other_port);
  second.start();
  Connection& io = host->connect_io(1);
  Connection& other_io = second.connect_io(1);
  EXPECT_EQ(run_io(world, io, io_sqe(IoOpcode::Write, nsid, 0, 8), 8 * 512)->code(), StatusCode::Success);
  EXPECT_EQ(run_io(world, io, io_sqe(IoOpcode::Read, nsid, 0, 4), 4 * 512)->code(), StatusCode::Success);
  EXPECT_EQ(run_io(world, io, io_sqe(IoOpcode::WriteZeroes, nsid, 0, 16))->code(), StatusCode::Success);
  EXPECT_EQ(run_io(world, io, io_sqe(IoOpcode::Flush, nsid))->code(), StatusCode::Success);
  EXPECT_EQ(write_one(world, other_io, nsid), StatusCode::Success);
  EXPECT_EQ(run_io(world, other_io, io_sqe(IoOpcode::Read, nsid, 5000), 512)->code(), StatusCode::LbaOutOfRange);
  const auto bytes_of_class = [](const IoTotals& totals, OpClass op_class) {
    return totals.commands.of(op_class).bytes;
  };

  const IoTotals here = subsystem->io_totals_at(port);
  EXPECT_EQ(bytes_of_class(here, OpClass::Write), 8 * 512U);
  EXPECT_EQ(bytes_of_class(here, OpClass::Read), 4 * 512U);
  EXPECT_EQ(bytes_of_class(here, OpClass::Unmap), 16 * 512U);
  EXPECT_EQ(here.commands.of(OpClass::Flush).operations, 1U);
  EXPECT_GT(here.commands.of(OpClass::Write).latency_ns, 0U);
  EXPECT_LT(here.commands.of(OpClass::Write).latency_ns, 60'000'000'000U);
  EXPECT_EQ(here.errors, 0U);
  const IoTotals there = subsystem->io_totals_at(other_port);
  EXPECT_EQ(there.commands.of(OpClass::Write).operations, 1U);
  EXPECT_EQ(there.errors, 1U) << "what was refused is no operation, but an error";
  ASSERT_TRUE(subsystem->io_totals_of(host->cntlid).has_value());
  EXPECT_EQ(subsystem->io_totals_of(host->cntlid)->written_bytes(), 8 * 512U);
  EXPECT_FALSE(subsystem->io_totals_of(4000).has_value());

  io.close();
  EXPECT_EQ(subsystem->io_totals_of(host->cntlid)->written_bytes(), 8 * 512U) << "of a queue that has closed";
  host.reset();
  world.settle();
  EXPECT_EQ(subsystem->io_totals_at(port).written_bytes(), 8 * 512U) << "of a controller that has gone";
  subsystem->withdraw_from(port);
  subsystem->expose_at(port);
  EXPECT_EQ(subsystem->io_totals_at(port).written_bytes(), 0U) << "a port begins at nothing";
  EXPECT_EQ(subsystem->io_totals().written_bytes(), 9 * 512U);
  subsystem->withdraw_from(other_port);
  subsystem->expose_at(other_port);
  EXPECT_EQ(subsystem->io_totals_at(other_port).written_bytes(), 0U) << "not even those that are still going";
  world.settle();
  EXPECT_EQ(subsystem->io_totals_at(other_port).written_bytes(), 0U);
  EXPECT_EQ(subsystem->io_totals().written_bytes(), 9 * 512U);
}

TEST_F(LogConformance, S5_16_1_3_smart_of_the_whole_subsystem) {
  const uint32_t nsid = add_namespace();
  start();
  SmartLog log = smart();
  EXPECT_EQ(log.critical_warning, 0);
  EXPECT_EQ(log.temperature, 313);
  EXPECT_EQ(log.available_spare, 100);
  EXPECT_LT(log.available_spare_threshold, log.available_spare);
  EXPECT_EQ(log.percentage_used, 0);
  EXPECT_EQ(log.power_cycles[0], 1U);
  EXPECT_EQ(log.power_on_hours[0], 0U);
  world.run_for_ms(3ULL * 3'600'000);
  log = smart();
  EXPECT_EQ(log.power_on_hours[0], 3U);
  EXPECT_EQ(host->run(TestHost::admin(AdminOpcode::GetLogPage, nsid, 2U), 4).status.code(), StatusCode::InvalidField)
      << "not kept for each namespace";
  EXPECT_EQ(host->run(TestHost::admin(AdminOpcode::GetLogPage, 0, 2U), 4).status.code(), StatusCode::Success);
}

TEST_F(LogConformance, S5_16_1_4_firmware_slots) {
  start();
  ASSERT_TRUE(host->get_log(LogPage::FirmwareSlot, 512).status.is_success());
  const auto log = host->last->data<FirmwareSlotLog>();
  EXPECT_EQ(log.afi, 1);
  EXPECT_EQ(std::string(log.frs[0], 8), "1.0     ");
  EXPECT_EQ(log.frs[1][0], 0);
}

TEST_F(LogConformance, S5_16_1_6_command_effects) {
  start();
  ASSERT_TRUE(host->get_log(LogPage::CommandEffects, 4096).status.is_success());
  const auto log = host->last->data<CommandEffectsLog>();
  const std::vector<uint32_t> admin{0x02, 0x06, 0x08, 0x09, 0x0A, 0x0C, 0x18};
  const std::vector<uint32_t> changing{0x01, 0x08, 0x09, 0x19};
  const std::vector<uint32_t> others{0x00, 0x02, 0x05, 0x0C, 0x0D, 0x0E, 0x11, 0x15};
  for (uint32_t opcode = 0; opcode < 256; ++opcode) {
    EXPECT_EQ(log.admin[opcode], std::ranges::find(admin, opcode) != admin.end() ? 1U : 0U) << opcode;
    const uint32_t expected = std::ranges::find(changing, opcode) != changing.end() ? 3U
                              : std::ranges::find(others, opcode) != others.end()   ? 1U
                                                                                    : 0U;
    EXPECT_EQ(log.io[opcode], expected) << opcode;
  }
  Sqe other_set = get_log(LogPage::CommandEffects);
  other_set.cdw14 = 2U << 24U;
  EXPECT_EQ(host->run(other_set, 4).status.code(), StatusCode::InvalidField);
}

TEST_F(LogConformance, S5_16_1_13_asymmetric_namespace_access) {
  const uint32_t first = add_namespace({.ana_group = 2});
  const uint32_t second = add_namespace({.ana_group = 2});
  add_namespace({.ana_group = 2, .is_visible_to_all = false});
  const uint32_t third = add_namespace({.ana_group = 9});
  start();
  constexpr uint32_t bytes = 16 + 32 + 8 + 32 + 4;
  ASSERT_TRUE(host->get_log(LogPage::Ana, bytes).status.is_success());
  const auto header = host->last->data<AnaLogHeader>();
  EXPECT_EQ(header.group_count, 2);
  auto group = host->last->data<AnaGroupDescriptor>(16);
  EXPECT_EQ(group.group, 2U);
  EXPECT_EQ(group.namespace_count, 2U) << "without what this host may not see";
  EXPECT_EQ(group.state, 1);
  EXPECT_EQ(host->last->data<le32>(48), first);
  EXPECT_EQ(host->last->data<le32>(52), second);
  group = host->last->data<AnaGroupDescriptor>(56);
  EXPECT_EQ(group.group, 9U);
  EXPECT_EQ(host->last->data<le32>(88), third);
  // RGO: groups alone.
  ASSERT_TRUE(host->get_log(LogPage::Ana, 80, 0, false, 1).status.is_success());
  EXPECT_EQ(host->last->data<AnaGroupDescriptor>(16).namespace_count, 0U);
  EXPECT_EQ(host->last->data<AnaGroupDescriptor>(48).group, 9U);
  // Each port has states of its own, and each change counts.
  ASSERT_TRUE(subsystem->set_ana_state(other_port, 9, AnaState::Inaccessible));
  ASSERT_TRUE(subsystem->set_ana_state(port, 2, AnaState::NonOptimized));
  world.settle();
  ASSERT_TRUE(host->get_log(LogPage::Ana, bytes).status.is_success());
  EXPECT_EQ(host->last->data<AnaGroupDescriptor>(16).state, 2);
  EXPECT_EQ(host->last->data<AnaGroupDescriptor>(56).state, 1);
  const uint64_t changes = host->last->data<AnaLogHeader>().change_count;
  EXPECT_GT(changes, header.change_count);
  add_namespace({.ana_group = 9});
  ASSERT_TRUE(host->get_log(LogPage::Ana, bytes).status.is_success());
  EXPECT_GT(host->last->data<AnaLogHeader>().change_count, changes) << "its contents changed";
}

TEST_F(LogConformance, S5_16_1_13_changes_are_counted_for_each_group_and_controller) {
  const uint32_t one = add_namespace();
  add_namespace({.ana_group = 2});
  subsystem->expose_at(other_port);
  start();
  TestHost second(world, other_port);
  second.start();
  struct Counts {
    uint64_t all, of_1, of_2;
    bool operator==(const Counts&) const = default;
  };
  const auto counts = [](TestHost& of) {
    EXPECT_TRUE(of.get_log(LogPage::Ana, sizeof(AnaLogHeader) + 2 * sizeof(AnaGroupDescriptor), 0, false, 1)
                    .status.is_success());
    return Counts{
        .all = of.last->data<AnaLogHeader>().change_count,
        .of_1 = of.last->data<AnaGroupDescriptor>(sizeof(AnaLogHeader)).change_count,
        .of_2 = of.last->data<AnaGroupDescriptor>(sizeof(AnaLogHeader) + sizeof(AnaGroupDescriptor)).change_count};
  };
  EXPECT_EQ(counts(*host), (Counts{.all = 0, .of_1 = 0, .of_2 = 0})) << "a controller begins at nothing";
  EXPECT_TRUE(subsystem->set_ana_state(port, 2, AnaState::NonOptimized).has_value());
  world.settle();
  EXPECT_EQ(counts(*host), (Counts{.all = 1, .of_1 = 0, .of_2 = 1}));
  EXPECT_EQ(counts(second), (Counts{.all = 0, .of_1 = 0, .of_2 = 0})) << "not its port";
  const uint32_t third = add_namespace();
  EXPECT_EQ(counts(*host), (Counts{.all = 2, .of_1 = 1, .of_2 = 1}));
  EXPECT_TRUE(subsystem->set_ana_group(third, 2).has_value());
  world.settle();
  EXPECT_EQ(counts(*host), (Counts{.all = 4, .of_1 = 2, .of_2 = 2})) << "both groups changed";
  EXPECT_EQ(counts(second), (Counts{.all = 3, .of_1 = 2, .of_2 = 1}));
  EXPECT_TRUE(subsystem->set_ana_state(port, 5, AnaState::NonOptimized).has_value());
  world.settle();
  EXPECT_EQ(counts(*host).all, 4U) << "a group that its log does not show";
  host->set_property(Property::Cc, 0x0046'0000);
  world.settle();
  host->set_property(Property::Cc, 0x0046'0001);
  world.settle();
  EXPECT_EQ(counts(*host), (Counts{.all = 0, .of_1 = 0, .of_2 = 0})) << "a reset clears them";
  EXPECT_EQ(counts(second).all, 3U);
  EXPECT_TRUE(world.wait(subsystem->remove_namespace(one))->has_value());
  EXPECT_EQ(counts(second).all, 4U);
}

TEST_F(LogConformance, S5_16_1_18_and_19_effects_of_features_and_management) {
  start();
  ASSERT_TRUE(host->get_log(LogPage::FeatureEffects, 1024).status.is_success());
  const auto log = host->last->data<FeatureEffectsLog>();
  constexpr uint32_t of_controller = 1U | 1U << 21U, of_namespace = 1U | 1U << 20U;
  const std::vector<uint32_t> controller{0x01, 0x02, 0x04, 0x06, 0x07, 0x0B, 0x0E, 0x0F, 0x16, 0x81};
  const std::vector<uint32_t> namespaces{0x05, 0x82, 0x83};
  for (uint32_t fid = 0; fid < 256; ++fid) {
    const uint32_t expected = std::ranges::find(controller, fid) != controller.end()   ? of_controller
                              : std::ranges::find(namespaces, fid) != namespaces.end() ? of_namespace
                                                                                       : 0U;
    EXPECT_EQ(log.feature[fid], expected) << fid;
  }
  ASSERT_TRUE(host->get_log(LogPage::ManagementEffects, 4096).status.is_success());
  for (size_t at = 0; at < 4096; at += 4) {
    EXPECT_EQ(host->last->data<le32>(at), 0U) << "no command of the management interface";
  }
}

TEST_F(LogConformance, S5_16_offsets_and_lengths_of_each_page) {
  add_namespace({.ana_group = 5});
  start();
  struct Row {
    LogPage page;
    uint32_t bytes;
  };
  constexpr uint32_t ana_bytes = 16 + ana_groups_max * 32 + subsystem_nsid_max * 4;
  for (const Row row : {Row{LogPage::Supported, 1024}, Row{LogPage::Smart, 512}, Row{LogPage::FirmwareSlot, 512},
                        Row{LogPage::ChangedNamespaces, 4096}, Row{LogPage::CommandEffects, 4096},
                        Row{LogPage::Ana, ana_bytes}, Row{LogPage::FeatureEffects, 1024},
                        Row{LogPage::ManagementEffects, 4096}, Row{LogPage::ReservationNotification, 64}}) {
    const auto id = static_cast<int>(row.page);
    ASSERT_TRUE(host->get_log(row.page, row.bytes, 0, true).status.is_success()) << id;
    const std::vector<std::byte> whole = host->last->memory();
    // In parts, the last of which goes beyond the end.
    constexpr uint32_t part = 52;
    for (uint32_t at = 0; at < row.bytes; at += part) {
      ASSERT_TRUE(host->get_log(row.page, part, at, true).status.is_success()) << id << " at " << at;
      for (uint32_t i = 0; i < part; ++i) {
        const std::byte expected = at + i < row.bytes ? whole[at + i] : std::byte{0};
        ASSERT_EQ(host->last->memory()[i], expected) << id << " at " << at + i;
      }
    }
    EXPECT_EQ(host->get_log(row.page, 4, row.bytes).status.code(), StatusCode::Success) << id;
    EXPECT_EQ(host->get_log(row.page, 4, row.bytes + 4).status.code(), StatusCode::InvalidField) << id;
    EXPECT_EQ(host->get_log(row.page, 4, 1).status.code(), StatusCode::InvalidField) << id << ": no whole dword";
    EXPECT_EQ(host->get_log(row.page, 4, 1ULL << 32U).status.code(), StatusCode::InvalidField) << id << ": LPOU";
    EXPECT_EQ(host->run(get_log(row.page), 3).status.code(), StatusCode::DataSglLengthInvalid) << id;
    Sqe by_index = get_log(row.page);
    by_index.cdw14 = 1U << 23U;
    EXPECT_EQ(host->run(by_index, 4).status.code(), StatusCode::InvalidField) << id << ": OT";
  }
  EXPECT_EQ(host->get_log(LogPage::Smart, mdts_bytes).status.code(), StatusCode::Success) << "NUMDU";
  EXPECT_EQ(host->get_log(LogPage::Smart, mdts_bytes + 4).status.code(), StatusCode::InvalidField);
}

TEST_F(LogConformance, S5_2_an_event_waits_until_its_page_is_read_without_retaining_it) {
  add_namespace();
  start();
  constexpr uint32_t ana_event = 0x0C'03'02;
  constexpr uint32_t temperature_event = 0x02'01'01;
  struct Row {
    LogPage page;
    uint32_t event;
  };
  const auto raise = [&](LogPage page) {
    static bool is_optimized = true;
    if (page == LogPage::Ana) {
      is_optimized = !is_optimized;
      ASSERT_TRUE(subsystem->set_ana_state(port, 1, is_optimized ? AnaState::Optimized : AnaState::NonOptimized));
    } else {
      ASSERT_TRUE(host->set_feature(0x04, 300).status.is_success());
    }
    world.settle();
  };
  for (const Row row : {Row{LogPage::Ana, ana_event}, Row{LogPage::Smart, temperature_event}}) {
    const auto first = host->await_event();
    const auto second = host->await_event();
    raise(row.page);
    ASSERT_TRUE(first->is_done);
    EXPECT_EQ(first->command.result, row.event);
    raise(row.page);
    EXPECT_FALSE(second->is_done) << "told once";
    host->get_log(row.page, 4, 0, true);
    raise(row.page);
    EXPECT_FALSE(second->is_done) << "retained";
    host->get_log(row.page, 4);
    EXPECT_FALSE(second->is_done) << "nothing happened since";
    raise(row.page);
    ASSERT_TRUE(second->is_done);
    EXPECT_EQ(second->command.result, row.event);
    host->get_log(row.page, 4);
  }
}

TEST_F(LogConformance, S5_2_what_happens_before_a_request_waits_for_it) {
  start();
  add_namespace();
  const auto request = host->await_event();
  EXPECT_TRUE(request->is_done);
  EXPECT_EQ(request->command.result, 0x04'00'02U);
}

TEST_F(LogConformance, S5_16_1_2_where_the_fault_is_in_an_admin_command) {
  const uint32_t nsid = add_namespace();
  start();
  const auto at = [](uint32_t byte, uint32_t bit = 0) { return static_cast<uint16_t>(byte | bit << 8U); };
  const auto expect = [&](Sqe sqe, StatusCode code, uint16_t location, uint32_t sgl_bytes = 4096) {
    sqe.cid = static_cast<uint16_t>(0x4000 + location);
    const Command refused = host->run(sqe, sgl_bytes);
    EXPECT_EQ(refused.status.code(), code) << location;
    EXPECT_EQ((refused.status.bits() >> 13U) & 1U, 1U) << "More";
    ASSERT_TRUE(host->get_log(LogPage::ErrorInformation, 64).status.is_success());
    const auto entry = host->last->data<ErrorLogEntry>();
    EXPECT_EQ(entry.cid, sqe.cid);
    EXPECT_EQ(entry.sqid, 0);
    EXPECT_EQ(entry.status >> 1U, refused.status.bits());
    EXPECT_EQ(entry.parameter_error_location, location) << "opcode " << int{sqe.opcode};
    EXPECT_EQ(entry.trtype, 3);
  };
  const auto admin = TestHost::admin;
  Sqe sqe = admin(AdminOpcode::Identify, 0, 1, 0);
  sqe.flags = 0;
  expect(sqe, StatusCode::InvalidField, at(1, 6));
  sqe.flags = 0x41;
  expect(sqe, StatusCode::InvalidField, at(1));
  expect(admin(AdminOpcode::FirmwareCommit, 0, 0, 0), StatusCode::InvalidOpcode, at(0));
  sqe = admin(AdminOpcode::Fabrics, 0x33, 0, 0);
  expect(sqe, StatusCode::InvalidOpcode, at(4));
  sqe = admin(AdminOpcode::Fabrics, 4, 0, 0x77);  // Property Get of what there is not
  expect(sqe, StatusCode::InvalidField, at(44));
  expect(admin(AdminOpcode::Fabrics, 5, 0, 0), StatusCode::InvalidField, at(44));  // Authentication Send of no length
  constexpr uint32_t no_secp = 0x00'01'01'00, no_spsp0 = 0xE9'01'00'00, no_spsp1 = 0xE9'00'01'00;
  expect(admin(AdminOpcode::Fabrics, 5, no_secp, 64), StatusCode::InvalidField, at(43));
  expect(admin(AdminOpcode::Fabrics, 5, no_spsp0, 64), StatusCode::InvalidField, at(41));
  expect(admin(AdminOpcode::Fabrics, 5, no_spsp1, 64), StatusCode::InvalidField, at(42));
  expect(admin(AdminOpcode::Identify, 0, 0xFF, 0), StatusCode::InvalidField, at(40));
  expect(admin(AdminOpcode::Identify, 0, 0x1C | 0x777U << 16U, 0), StatusCode::InvalidField, at(42));
  expect(admin(AdminOpcode::Identify, 0, 0, 0), StatusCode::InvalidNamespaceOrFormat, at(4));
  expect(admin(AdminOpcode::Identify, 0, 6, 2U << 24U), StatusCode::IoCommandSetNotSupported, at(47));
  expect(admin(AdminOpcode::Identify, 0, 1, 0), StatusCode::DataSglLengthInvalid, at(24), 100);
  expect(get_log(LogPage::Discovery), StatusCode::InvalidLogPage, at(40));
  expect(admin(AdminOpcode::GetLogPage, nsid, 2, 0), StatusCode::InvalidField, at(4));
  sqe = get_log(LogPage::Smart);
  sqe.cdw12 = 2;
  expect(sqe, StatusCode::InvalidField, at(48));
  sqe.cdw12 = 4096;
  expect(sqe, StatusCode::InvalidField, at(48));
  sqe = get_log(LogPage::Smart);
  sqe.cdw11 = 0xFFFF;
  expect(sqe, StatusCode::InvalidField, at(42));
  sqe = get_log(LogPage::Smart);
  sqe.cdw14 = 1U << 23U;
  expect(sqe, StatusCode::InvalidField, at(58, 7));
  sqe = get_log(LogPage::CommandEffects);
  sqe.cdw14 = 2U << 24U;
  expect(sqe, StatusCode::InvalidField, at(59));
  expect(admin(AdminOpcode::GetFeatures, 0, 0x55, 0), StatusCode::InvalidField, at(40));
  expect(admin(AdminOpcode::GetFeatures, 0, 0x01 | 7U << 8U, 0), StatusCode::InvalidField, at(41));
  expect(admin(AdminOpcode::GetFeatures, 0, 0x81, 0), StatusCode::HostIdInconsistentFormat, at(44));
  expect(admin(AdminOpcode::SetFeatures, 0, 0x55, 0), StatusCode::InvalidField, at(40));
  expect(admin(AdminOpcode::SetFeatures, 0, 0x02, 1), StatusCode::InvalidField, at(44));
  expect(admin(AdminOpcode::SetFeatures, 0, 0x01 | 1U << 31U, 1), StatusCode::FeatureNotSaveable, at(43, 7));
  expect(admin(AdminOpcode::SetFeatures, nsid, 0x01, 1), StatusCode::FeatureNotNamespaceSpecific, at(4));
  expect(admin(AdminOpcode::SetFeatures, 0, 0x0F, UINT32_MAX), StatusCode::KeepAliveTimeoutInvalid, at(44));
  expect(admin(AdminOpcode::SetFeatures, 0, 0x81, 0), StatusCode::CommandSequenceError, nowhere);
  expect(admin(AdminOpcode::Abort, 0, 9, 0), StatusCode::InvalidField, at(40));
}

}  // namespace
}  // namespace outrigger::nvme
