// Identify: what each data structure says (Base 2.0, section 5.17.2; NVM Command Set 1.0, section 4.1.5).
#include "nvme/conformance_rig.h"

namespace outrigger::nvme {
namespace {

constexpr uint32_t nsid_all_but_one = 0xFFFF'FFFE;

class IdentifyConformance : public AdminTest {
 protected:
  // The identifiers of a list that ends with a zero.
  std::vector<uint32_t> list(Cns cns, uint32_t after = 0) {
    EXPECT_TRUE(host->identify(cns, after).status.is_success());
    std::vector<uint32_t> nsids;
    for (size_t at = 0; at < identify_bytes && host->last->data<le32>(at) != 0; at += 4) {
      nsids.push_back(host->last->data<le32>(at));
    }
    return nsids;
  }
  std::vector<uint16_t> controllers(Cns cns, uint32_t nsid, uint16_t first) {
    const auto sqe =
        TestHost::admin(AdminOpcode::Identify, nsid, static_cast<uint32_t>(cns) | static_cast<uint32_t>(first) << 16U);
    EXPECT_TRUE(host->run(sqe, identify_bytes).status.is_success());
    std::vector<uint16_t> ids;
    for (uint16_t i = 1; i <= host->last->data<le16>(); ++i) {
      ids.push_back(host->last->data<le16>(i * 2U));
    }
    return ids;
  }
  StatusCode code(Cns cns, uint32_t nsid = 0, uint32_t cdw11 = 0) {
    return host->identify(cns, nsid, cdw11).status.code();
  }
  [[nodiscard]] bool is_all_zero() const {
    for (size_t at = 0; at < identify_bytes; ++at) {
      if (host->last->data<uint8_t>(at) != 0) {
        return false;
      }
    }
    return true;
  }
  void start() {
    host.emplace(world, port);
    host->start();
  }
  std::optional<TestHost> host;
};

TEST_F(IdentifyConformance, S5_17_2_1_namespace) {
  NamespaceOptions options{.nsid = 3, .ana_group = 7};
  options.nguid[15] = 0x42;
  options.eui64[0] = 0x24;
  add_namespace(options, add_device(4096, 4096));
  start();
  ASSERT_EQ(code(Cns::Namespace, 3), StatusCode::Success);
  const auto data = host->last->data<IdentifyNamespace>();
  EXPECT_EQ(data.nsze, 4096U);
  EXPECT_EQ(data.ncap, 4096U);
  EXPECT_EQ(data.nuse, 4096U);
  EXPECT_EQ(data.nlbaf, 0) << "0's based: one format";
  EXPECT_EQ(data.flbas, 0);
  EXPECT_EQ(data.lbaf[0].lbads, 12);
  EXPECT_EQ(data.lbaf[0].ms, 0);
  EXPECT_EQ(data.nmic, 1) << "several controllers may have it";
  EXPECT_EQ(data.rescap, 0xFE) << "all types of reservation; no persistence without a store";
  EXPECT_EQ(data.nvmcap[0], 4096U * 4096U);
  EXPECT_EQ(data.anagrpid, 7U);
  EXPECT_EQ(data.nsattr, 0);
  EXPECT_EQ(data.nguid[15], 0x42);
  EXPECT_EQ(data.eui64[0], 0x24);
  EXPECT_EQ(data.mssrl, copy_range_blocks_max);
  EXPECT_EQ(data.msrc, copy_ranges_max - 1);
}

TEST_F(IdentifyConformance, S5_17_2_1_namespaces_that_are_not_there) {
  start();
  ASSERT_EQ(code(Cns::Namespace, 5), StatusCode::Success);
  EXPECT_TRUE(is_all_zero()) << "inactive";
  EXPECT_EQ(code(Cns::Namespace, 0), StatusCode::InvalidNamespaceOrFormat);
  EXPECT_EQ(code(Cns::Namespace, subsystem_nsid_max + 1), StatusCode::InvalidNamespaceOrFormat);
  EXPECT_EQ(code(Cns::Namespace, nsid_all), StatusCode::InvalidNamespaceOrFormat) << "no namespace management";
}

TEST_F(IdentifyConformance, S5_17_2_2_controller) {
  start();
  ASSERT_EQ(code(Cns::Controller), StatusCode::Success);
  const auto data = host->last->data<IdentifyController>();
  EXPECT_EQ(std::string(data.sn, 20), "SER1                ") << "padded with spaces";
  EXPECT_EQ(std::string(data.mn, 40), std::string("Outrigger") + std::string(31, ' '));
  EXPECT_EQ(std::string(data.fr, 8), "1.0     ");
  EXPECT_EQ(data.cmic & 0xFU, 0b1011U);
  EXPECT_EQ(4096U << data.mdts, mdts_bytes);
  EXPECT_EQ(data.cntlid, host->cntlid);
  EXPECT_EQ(data.ver, host->get_property(Property::Vs));
  ASSERT_EQ(code(Cns::Controller), StatusCode::Success);
  EXPECT_EQ(data.oaes, (1U << 8U) | (1U << 11U));
  EXPECT_EQ(data.ctratt & 1U, 1U) << "host identifiers of 128 bits";
  EXPECT_EQ(data.cntrltype, 1);
  EXPECT_EQ(data.oacs, 0);
  EXPECT_EQ(data.acl, aborts_max - 1);
  EXPECT_EQ(data.aerl, async_events_max - 1);
  EXPECT_EQ(data.frmw, 3);
  EXPECT_EQ(data.lpa, 0x26);
  EXPECT_EQ(data.elpe, error_log_entries - 1);
  EXPECT_EQ(data.npss, 0);
  EXPECT_EQ(data.kas, keep_alive_granularity_100ms);
  EXPECT_NE(data.anatt, 0);
  EXPECT_EQ(data.anacap, 0x1F);
  EXPECT_EQ(data.anagrpmax, ana_groups_max);
  EXPECT_EQ(data.sqes, 0x66);
  EXPECT_EQ(data.cqes, 0x44);
  EXPECT_EQ(data.maxcmd, queue_entries_max);
  EXPECT_EQ(data.nn, subsystem_nsid_max);
  EXPECT_EQ(data.oncs, 0x1FD) << "all but Write Uncorrectable";
  EXPECT_EQ(data.fuses, 1);
  EXPECT_EQ(data.vwc, 7);
  EXPECT_EQ(data.ocfs, 1);
  EXPECT_EQ(std::string(data.subnqn), "nqn.2026-11.example:disks");
  EXPECT_EQ(data.ioccsz * 16U, sizeof(Sqe) + in_capsule_bytes_max);
  EXPECT_EQ(data.iorcsz, 1U);
  EXPECT_EQ(data.icdoff, 0);
  EXPECT_EQ(data.fcatt & 1U, 0) << "the dynamic controller model";
  EXPECT_EQ(data.ofcs, 0) << "no Disconnect";
}

TEST_F(IdentifyConformance, S5_17_2_3_active_namespaces) {
  for (const uint32_t nsid : {2U, 5U, 9U}) {
    add_namespace({.nsid = nsid});
  }
  add_namespace({.nsid = 7, .is_visible_to_all = false});
  start();
  // The same for each command set, and, as there is no namespace management, for allocated ones.
  for (const Cns cns : {Cns::ActiveNamespaces, Cns::CommandSetActiveNamespaces, Cns::AllocatedNamespaces}) {
    EXPECT_EQ(list(cns), (std::vector<uint32_t>{2, 5, 9})) << "in order, without what is masked";
    EXPECT_EQ(list(cns, 2), (std::vector<uint32_t>{5, 9})) << "greater than NSID";
    EXPECT_EQ(list(cns, 6), (std::vector<uint32_t>{9}));
    EXPECT_EQ(list(cns, 9), (std::vector<uint32_t>{}));
    EXPECT_EQ(list(cns, nsid_all_but_one - 1), (std::vector<uint32_t>{}));
    EXPECT_EQ(code(cns, nsid_all_but_one), StatusCode::InvalidNamespaceOrFormat);
    EXPECT_EQ(code(cns, nsid_all), StatusCode::InvalidNamespaceOrFormat);
  }
  EXPECT_EQ(code(Cns::CommandSetActiveNamespaces, 0, 2U << 24U), StatusCode::IoCommandSetNotSupported);
}

TEST_F(IdentifyConformance, S5_17_2_4_descriptors) {
  NamespaceOptions options;
  for (uint8_t i = 0; i < 16; ++i) {
    options.uuid[i] = options.nguid[i] = static_cast<uint8_t>(0x10 + i);
  }
  options.eui64[7] = 0x99;
  const uint32_t full = add_namespace(options);
  const uint32_t bare = add_namespace();
  start();
  ASSERT_EQ(code(Cns::NamespaceDescriptors, full), StatusCode::Success);
  const auto at = [this](size_t offset) { return host->last->data<NamespaceIdDescriptor>(offset); };
  EXPECT_EQ(at(0).nidt, 3);
  EXPECT_EQ(at(0).nidl, 16);
  EXPECT_EQ(host->last->data<uint8_t>(4 + 15), 0x1F);
  EXPECT_EQ(at(20).nidt, 2);
  EXPECT_EQ(at(20).nidl, 16);
  EXPECT_EQ(at(40).nidt, 1);
  EXPECT_EQ(at(40).nidl, 8);
  EXPECT_EQ(host->last->data<uint8_t>(44 + 7), 0x99);
  EXPECT_EQ(at(52).nidt, 4);
  EXPECT_EQ(at(52).nidl, 1);
  EXPECT_EQ(host->last->data<uint8_t>(56), 0) << "the NVM command set";
  EXPECT_EQ(host->last->data<uint8_t>(58), 0) << "NIDL 0 ends the list";
  ASSERT_EQ(code(Cns::NamespaceDescriptors, bare), StatusCode::Success);
  EXPECT_EQ(at(0).nidt, 3);
  EXPECT_EQ(at(20).nidt, 4) << "what is all zero is not told";
  EXPECT_EQ(code(Cns::NamespaceDescriptors, 0), StatusCode::InvalidNamespaceOrFormat);
  EXPECT_EQ(code(Cns::NamespaceDescriptors, bare + 1), StatusCode::InvalidNamespaceOrFormat);
  EXPECT_EQ(code(Cns::NamespaceDescriptors, nsid_all), StatusCode::InvalidNamespaceOrFormat);
}

TEST_F(IdentifyConformance, S5_17_2_5_and_6_of_the_nvm_command_set) {
  const uint32_t nsid = add_namespace();
  start();
  EXPECT_EQ(code(Cns::CommandSetNamespace, nsid), StatusCode::Success);
  EXPECT_TRUE(is_all_zero()) << "no storage tags, no extended formats";
  EXPECT_EQ(code(Cns::CommandSetNamespace, nsid + 1), StatusCode::Success);
  EXPECT_TRUE(is_all_zero());
  EXPECT_EQ(code(Cns::CommandSetNamespace, 0), StatusCode::InvalidNamespaceOrFormat);
  EXPECT_EQ(code(Cns::CommandSetNamespace, nsid, 1U << 24U), StatusCode::IoCommandSetNotSupported);
  EXPECT_EQ(code(Cns::CommandSetController), StatusCode::Success);
  EXPECT_TRUE(is_all_zero()) << "no limits beside MDTS";
  EXPECT_EQ(code(Cns::CommandSetController, 0, 2U << 24U), StatusCode::IoCommandSetNotSupported);
}

TEST_F(IdentifyConformance, S5_17_2_8_independent_namespace) {
  const uint32_t nsid = add_namespace({.ana_group = 4});
  start();
  ASSERT_EQ(code(Cns::IndependentNamespace, nsid), StatusCode::Success);
  const auto data = host->last->data<IdentifyIndependentNamespace>();
  EXPECT_EQ(data.nmic, 1);
  EXPECT_EQ(data.rescap, 0xFE);
  EXPECT_EQ(data.anagrpid, 4U);
  EXPECT_EQ(data.nsattr, 0);
  EXPECT_EQ(data.nstat, 1) << "ready";
  EXPECT_EQ(code(Cns::IndependentNamespace, nsid + 1), StatusCode::Success);
  EXPECT_TRUE(is_all_zero());
  EXPECT_EQ(code(Cns::IndependentNamespace, 0), StatusCode::InvalidNamespaceOrFormat);
}

TEST_F(IdentifyConformance, S5_17_2_10_allocated_namespace) {
  const uint32_t nsid = add_namespace();
  start();
  ASSERT_EQ(code(Cns::AllocatedNamespace, nsid), StatusCode::Success);
  EXPECT_EQ(host->last->data<IdentifyNamespace>().nsze, 2048U);
  EXPECT_EQ(code(Cns::AllocatedNamespace, nsid + 1), StatusCode::Success);
  EXPECT_TRUE(is_all_zero()) << "not allocated";
}

TEST_F(IdentifyConformance, S5_17_2_11_and_12_controllers) {
  const uint32_t everybodys = add_namespace();
  const uint32_t ours = add_namespace({.is_visible_to_all = false});
  ASSERT_TRUE(subsystem->set_visible(ours, HostOf().hostnqn, true));
  start();
  TestHost second(world, port);
  second.start();
  TestHost stranger(world, port, {.hostnqn = "nqn.2014-08.org.nvmexpress:uuid:other", .hostid = 0x22});
  stranger.start();
  const std::vector<uint16_t> all{host->cntlid, second.cntlid, stranger.cntlid};
  ASSERT_LT(all[0], all[1]);
  ASSERT_LT(all[1], all[2]);
  EXPECT_EQ(controllers(Cns::SubsystemControllers, 0, 0), all);
  EXPECT_EQ(controllers(Cns::SubsystemControllers, 0, all[1]), (std::vector<uint16_t>{all[1], all[2]}))
      << "from CNTID on";
  EXPECT_EQ(controllers(Cns::NamespaceControllers, everybodys, 0), all);
  EXPECT_EQ(controllers(Cns::NamespaceControllers, ours, 0), (std::vector<uint16_t>{all[0], all[1]}));
  EXPECT_EQ(code(Cns::NamespaceControllers, ours + 1), StatusCode::InvalidNamespaceOrFormat);
}

TEST_F(IdentifyConformance, S5_17_2_18_command_sets) {
  start();
  TestHost second(world, port);
  second.start();
  const auto of = [this](uint32_t cntid) {
    return host->run(TestHost::admin(AdminOpcode::Identify, 0, 0x1CU | cntid << 16U), identify_bytes).status.code();
  };
  for (const uint32_t cntid : {uint32_t{host->cntlid}, uint32_t{second.cntlid}, 0xFFFFU}) {
    ASSERT_EQ(of(cntid), StatusCode::Success);
    EXPECT_EQ(host->last->data<le64>(), 1U) << "the NVM command set, alone";
    EXPECT_EQ(host->last->data<le64>(8), 0U);
  }
  EXPECT_EQ(of(0x7777), StatusCode::InvalidField);
}

TEST_F(IdentifyConformance, S5_17_structures_that_do_not_exist) {
  start();
  for (const uint32_t cns : {0x04U, 0x09U, 0x14U, 0x15U, 0x1DU, 0x80U, 0xFFU}) {
    EXPECT_EQ(code(static_cast<Cns>(cns)), StatusCode::InvalidField) << cns;
  }
}

}  // namespace
}  // namespace outrigger::nvme
