// What Linux 6.1's nvme-tcp host asks of a controller, in its order.
#include "nvme/admin_rig.h"

namespace outrigger::nvme {
namespace {

TEST_F(AdminTest, linux_connects_identifies_and_opens_io_queues) {
  const uint32_t nsid = add_namespace();
  TestHost host(world, port, {.kato = 5000});
  ASSERT_TRUE(host.connect().status.is_success());
  EXPECT_EQ(host.admin_connection().outcome.result >> 16U, 0U);  // no authentication

  EXPECT_EQ(host.get_property(Property::Csts), 0U);
  const uint64_t cap = host.get_property(Property::Cap, true);
  EXPECT_EQ((cap & 0xFFFFU) + 1, queue_entries_max);
  EXPECT_EQ((cap >> 59U) & 3U, 1U);  // CRWMS alone
  host.set_property(Property::Cc, 0x0046'0000);
  EXPECT_EQ(host.get_property(Property::Cc), 0x0046'0000U);
  EXPECT_NE(host.get_property(Property::Crto), 0U);
  host.set_property(Property::Cc, 0x0046'0001);
  EXPECT_EQ(host.get_property(Property::Csts), 1U);
  EXPECT_EQ(host.get_property(Property::Vs), 0x20000U);

  ASSERT_TRUE(host.identify(Cns::Controller).status.is_success());
  const auto id = host.last->data<IdentifyController>();
  EXPECT_EQ(id.cntlid, host.cntlid);
  EXPECT_NE(id.kas, 0);
  EXPECT_EQ(id.icdoff, 0);
  EXPECT_NE(id.sgls & 3U, 0U);
  EXPECT_GE(id.maxcmd, 128);
  EXPECT_EQ(std::string(id.subnqn), "nqn.2026-11.example:disks");
  EXPECT_EQ(std::string(id.sn, 20), "SER1                ");
  EXPECT_EQ(id.ioccsz * 16U, 64U + in_capsule_bytes_max);
  EXPECT_EQ(id.cntrltype, 1);
  ASSERT_TRUE(host.identify(Cns::CommandSetController).status.is_success());
  // Linux does not use ANA when the log is longer than a transfer.
  EXPECT_LE(sizeof(AnaLogHeader) + id.nanagrpid * sizeof(AnaGroupDescriptor) + id.mnan * 4U, mdts_bytes);

  EXPECT_TRUE(host.get_log(LogPage::CommandEffects, 4096).status.is_success());
  EXPECT_TRUE(host.get_log(LogPage::Ana, 4096).status.is_success());
  const Command queues = host.set_feature(0x07, 0x0003'0003);
  EXPECT_EQ(queues.result, 0x0003'0003U);
  EXPECT_TRUE(host.set_feature(0x0B, id.oaes & 0x900U).status.is_success());
  const auto event = host.await_event();
  EXPECT_FALSE(event->is_done);
  for (uint16_t qid = 1; qid <= 4; ++qid) {
    const Connection& io = host.connect_io(qid);
    EXPECT_TRUE(io.outcome.status.is_success());
    EXPECT_EQ(io.outcome.result, host.cntlid);
  }

  ASSERT_TRUE(host.identify(Cns::ActiveNamespaces).status.is_success());
  EXPECT_EQ(host.last->data<le32>(), nsid);
  EXPECT_EQ(host.last->data<le32>(4), 0U);
  ASSERT_TRUE(host.identify(Cns::NamespaceDescriptors, nsid).status.is_success());
  EXPECT_EQ(host.last->data<NamespaceIdDescriptor>().nidt, 3);
  ASSERT_TRUE(host.identify(Cns::Namespace, nsid).status.is_success());
  const auto ns = host.last->data<IdentifyNamespace>();
  EXPECT_EQ(ns.nsze, 2048U);
  EXPECT_EQ(ns.lbaf[0].lbads, 9);
  EXPECT_EQ(ns.anagrpid, 1U);

  host.set_property(Property::Cc, 0x0046'4001);  // shut down
  world.settle();
  EXPECT_EQ((host.get_property(Property::Csts) >> 2U) & 3U, 2U);
  host.queue().expedite();  // the request that waits must end before the queue does
  EXPECT_TRUE(event->is_done);
}

}  // namespace
}  // namespace outrigger::nvme
