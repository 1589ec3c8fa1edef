// Namespaces that come, go and change under connected hosts; events, ANA, and the discovery log as each host sees it.
#include "nvme/admin_rig.h"
#include "nvme/discovery.h"

#include <map>

namespace outrigger::nvme {
namespace {

using NamespacesTest = AdminTest;

StatusCode flush(World& world, Connection& io, uint32_t nsid) {
  TestCommand command;
  command.command.sqe.opcode = static_cast<uint8_t>(IoOpcode::Flush);
  command.command.sqe.nsid = nsid;
  command.send(*io.queue);
  world.settle();
  EXPECT_TRUE(command.is_done);
  return command.code();
}

constexpr uint32_t namespace_event = 0x04'00'02;
constexpr uint32_t ana_event = 0x0C'03'02;
constexpr uint32_t discovery_event = 0x70'F0'02;

TEST_F(NamespacesTest, hosts_hear_of_what_comes_grows_and_goes_and_once_until_they_looked) {
  TestHost host(world, port);
  host.start();
  Connection& io = host.connect_io(1);
  const auto first = host.await_event();
  const auto second = host.await_event();
  EXPECT_EQ(flush(world, io, 1), StatusCode::InvalidNamespaceOrFormat);
  block::MemoryDevice& device = add_device();
  const uint32_t nsid = add_namespace({}, device);
  ASSERT_TRUE(first->is_done);
  EXPECT_EQ(first->command.result, namespace_event);
  EXPECT_EQ(flush(world, io, nsid), StatusCode::Success);

  ASSERT_TRUE(device.resize(4096));
  EXPECT_FALSE(second->is_done) << "the log has not been read";
  host.get_log(LogPage::ChangedNamespaces, 4096, 0, true);
  EXPECT_EQ(host.last->data<le32>(), nsid);
  ASSERT_TRUE(device.resize(8192));
  EXPECT_FALSE(second->is_done) << "the event was retained";
  host.get_log(LogPage::ChangedNamespaces, 4096);
  EXPECT_EQ(host.last->data<le32>(), nsid);
  host.get_log(LogPage::ChangedNamespaces, 4096);
  EXPECT_EQ(host.last->data<le32>(), 0U) << "reading clears it";
  EXPECT_FALSE(second->is_done);
  ASSERT_TRUE(world.wait(subsystem->remove_namespace(nsid)).value());
  EXPECT_TRUE(second->is_done);
  EXPECT_EQ(flush(world, io, nsid), StatusCode::InvalidNamespaceOrFormat);
  EXPECT_EQ(host.identify(Cns::NamespaceDescriptors, nsid).status.code(), StatusCode::InvalidNamespaceOrFormat);
  EXPECT_FALSE(world.wait(subsystem->remove_namespace(nsid)).value());
}

TEST_F(NamespacesTest, masked_events_are_not_told_and_requests_are_bounded) {
  TestHost host(world, port);
  host.start();
  EXPECT_TRUE(host.set_feature(0x0B, 0).status.is_success());
  EXPECT_EQ(host.set_feature(0x0B, 1U << 31U).status.code(), StatusCode::InvalidField);
  std::vector<std::unique_ptr<TestCommand>> requests;
  for (uint32_t i = 0; i < async_events_max; ++i) {
    requests.push_back(host.await_event());
    requests.back()->command.sqe.cid = static_cast<uint16_t>(i);
  }
  EXPECT_EQ(host.await_event()->code(), StatusCode::AsyncEventRequestLimitExceeded);
  add_namespace();
  for (const auto& request : requests) {
    EXPECT_FALSE(request->is_done);
  }
  // Abort takes one back.
  EXPECT_EQ(host.run(TestHost::admin(AdminOpcode::Abort, 0, 3U << 16U)).result, 0U);
  EXPECT_EQ(requests[3]->code(), StatusCode::AbortRequested);
  EXPECT_EQ(host.run(TestHost::admin(AdminOpcode::Abort, 0, 3U << 16U)).result, 1U);
  EXPECT_EQ(host.run(TestHost::admin(AdminOpcode::Abort, 0, 3U << 16U | 5U)).status.code(), StatusCode::InvalidField);
  host.queue().expedite();
  for (const auto& request : requests) {
    EXPECT_TRUE(request->is_done);
  }
}

TEST_F(NamespacesTest, ana_states_are_told_and_stop_commands) {
  const uint32_t nsid = add_namespace({.ana_group = 3});
  TestHost host(world, port);
  host.start();
  Connection& io = host.connect_io(1);
  const auto event = host.await_event();
  ASSERT_TRUE(subsystem->set_ana_state(port, 3, AnaState::Inaccessible));
  world.settle();
  EXPECT_EQ(event->command.result, ana_event);
  EXPECT_EQ(flush(world, io, nsid), StatusCode::AnaInaccessible);
  host.get_log(LogPage::Ana, 52);
  EXPECT_EQ(host.last->data<AnaLogHeader>().group_count, 1);
  const auto group = host.last->data<AnaGroupDescriptor>(sizeof(AnaLogHeader));
  EXPECT_EQ(group.group, 3U);
  EXPECT_EQ(group.state, 3);
  EXPECT_EQ(group.namespace_count, 1U);
  EXPECT_EQ(host.last->data<le32>(48), nsid);
  ASSERT_TRUE(subsystem->set_ana_state(port, 3, AnaState::NonOptimized));
  world.settle();
  EXPECT_EQ(flush(world, io, nsid), StatusCode::Success);
  EXPECT_FALSE(subsystem->set_ana_state(port, 0, AnaState::Change));
  EXPECT_FALSE(subsystem->set_ana_group(nsid, ana_groups_max + 1));
}

TEST_F(NamespacesTest, a_masked_namespace_is_there_for_its_hosts_alone) {
  const uint32_t nsid = add_namespace({.is_visible_to_all = false});
  TestHost host(world, port);
  host.start();
  Connection& io = host.connect_io(1);
  EXPECT_EQ(flush(world, io, nsid), StatusCode::InvalidNamespaceOrFormat);
  host.identify(Cns::ActiveNamespaces);
  EXPECT_EQ(host.last->data<le32>(), 0U);
  const auto event = host.await_event();
  ASSERT_TRUE(subsystem->set_visible(nsid, "nqn.2014-08.org.nvmexpress:uuid:host1", true));
  world.settle();
  EXPECT_EQ(event->command.result, namespace_event);
  EXPECT_EQ(flush(world, io, nsid), StatusCode::Success);
  ASSERT_TRUE(subsystem->set_visible(nsid, "nqn.2014-08.org.nvmexpress:uuid:host1", false));
  world.settle();
  EXPECT_EQ(flush(world, io, nsid), StatusCode::InvalidNamespaceOrFormat);
}

TEST_F(NamespacesTest, what_cannot_be_added_is_refused) {
  block::MemoryDevice& device = add_device();
  const auto fails = [&](NamespaceOptions options) {
    return !world.wait(subsystem->add_namespace(options, device))->has_value();
  };
  NamespaceOptions good;
  good.uuid[0] = 0x77;
  good.nsid = 5;
  EXPECT_FALSE(fails(good));
  EXPECT_TRUE(fails(good)) << "UUID and identifier are taken";
  good.uuid[0] = 0x78;
  EXPECT_TRUE(fails(good)) << "the identifier is taken";
  good.nsid = subsystem_nsid_max + 1;
  EXPECT_TRUE(fails(good));
  good.nsid = 0;
  good.ana_group = 0;
  EXPECT_TRUE(fails(good));
  EXPECT_TRUE(fails({})) << "no UUID";
}

TEST_F(NamespacesTest, logs_and_features_refuse_what_is_wrong) {
  TestHost host(world, port);
  host.start();
  EXPECT_EQ(host.get_log(LogPage::Discovery, 1024).status.code(), StatusCode::InvalidLogPage);
  EXPECT_EQ(host.get_log(LogPage::Smart, 512, 516).status.code(), StatusCode::InvalidField);
  EXPECT_EQ(host.get_log(LogPage::Smart, 512, 2).status.code(), StatusCode::InvalidField);
  EXPECT_EQ(host.get_log(LogPage::Smart, 512, UINT64_MAX - 3).status.code(), StatusCode::InvalidField);
  EXPECT_EQ(host.get_log(LogPage::Smart, mdts_bytes + 4).status.code(), StatusCode::InvalidField);
  EXPECT_EQ(host.run(TestHost::admin(AdminOpcode::Identify, 0, 1), 4095).status.code(),
            StatusCode::DataSglLengthInvalid);
  EXPECT_TRUE(host.get_log(LogPage::Smart, 512).status.is_success());
  EXPECT_GE(host.last->data<SmartLog>().error_log_entries[0], 6U);
  EXPECT_TRUE(host.get_log(LogPage::ErrorInformation, 64).status.is_success());
  EXPECT_EQ(host.get_feature(0x55).status.code(), StatusCode::InvalidField);
  EXPECT_EQ(host.get_feature(0x01, 4).status.code(), StatusCode::InvalidField);
  EXPECT_EQ(host.get_feature(0x81).status.code(), StatusCode::HostIdInconsistentFormat);
  EXPECT_TRUE(host.get_feature(0x81, 0, 1).status.is_success());
  EXPECT_EQ(host.last->data<uint8_t>(15), 0x11);
  EXPECT_EQ(host.set_feature(0x01 | 1U << 31U, 0).status.code(), StatusCode::FeatureNotSaveable);
  EXPECT_EQ(host.set_feature(0x06, 0).status.code(), StatusCode::FeatureNotChangeable);
  EXPECT_EQ(host.set_feature(0x02, 1).status.code(), StatusCode::InvalidField);
  EXPECT_EQ(host.set_feature(0x07, 0xFFFF).status.code(), StatusCode::InvalidField);
  const auto event = host.await_event();
  EXPECT_TRUE(host.set_feature(0x04, 300).status.is_success());
  EXPECT_EQ(event->command.result, 0x02'01'01U) << "it is warmer than that";
}

TEST_F(NamespacesTest, no_value_of_a_byte_of_a_command_does_harm) {
  add_namespace();
  core::Random random(7);
  TestHost host(world, port);
  host.start();
  std::vector<std::unique_ptr<TestCommand>> sent;
  for (int i = 0; i < 20'000; ++i) {
    auto command = std::make_unique<TestCommand>(static_cast<uint32_t>(random.below(8193)));
    auto* const bytes = reinterpret_cast<std::byte*>(&command->command.sqe);
    for (size_t at = 0; at < sizeof(Sqe); ++at) {
      bytes[at] = random.chance(2) ? std::byte{0} : static_cast<std::byte>(random.next());
    }
    command->command.sqe.flags = 0x40;
    if (command->command.sqe.opcode == 0x7F) {
      continue;  // properties would switch it off
    }
    constexpr uint8_t opcodes[] = {0x02, 0x06, 0x08, 0x09, 0x0A, 0x0C, 0x18};
    if (random.chance(2)) {
      command->command.sqe.opcode = opcodes[random.below(std::size(opcodes))];
    }
    command->send(host.queue());
    if (!command->is_done) {
      sent.push_back(std::move(command));
    }
    EXPECT_LE(sent.size(), async_events_max + aborts_max);
  }
  host.queue().expedite();
  world.settle();
  for (const auto& command : sent) {
    EXPECT_TRUE(command->is_done);
  }
}

TEST_F(NamespacesTest, discovery_tells_each_host_what_it_may_connect_to) {
  const std::string hostnqn = "nqn.2014-08.org.nvmexpress:uuid:host1";
  const HostOf names{.subnqn = std::string(discovery_nqn), .kato = 30'000};
  TestHost host(world, port, names);
  host.start();
  host.identify(Cns::Controller);
  EXPECT_EQ(host.last->data<IdentifyController>().cntrltype, 2);
  EXPECT_EQ(host.identify(Cns::ActiveNamespaces).status.code(), StatusCode::InvalidField);
  EXPECT_EQ(host.get_log(LogPage::Smart, 512).status.code(), StatusCode::InvalidLogPage);
  EXPECT_FALSE(host.connect_io(1).outcome.status.is_success());
  const auto event = host.await_event();
  host.get_log(LogPage::Discovery, 2048);
  const auto before = host.last->data<DiscoveryLogHeader>();
  EXPECT_EQ(before.numrec, 1U);
  const auto entry = host.last->data<DiscoveryEntry>(1024);
  EXPECT_EQ(std::string(entry.subnqn), "nqn.2026-11.example:disks");
  EXPECT_EQ(std::string(entry.traddr, 10), "192.0.2.1 ");
  EXPECT_EQ(entry.trtype, 3);
  EXPECT_EQ(entry.portid, 1);

  subsystem->expose_at(other_port);
  EXPECT_EQ(event->command.result, discovery_event);
  host.get_log(LogPage::Discovery, 4096);
  EXPECT_EQ(host.last->data<DiscoveryLogHeader>().numrec, 2U);
  EXPECT_GT(host.last->data<DiscoveryLogHeader>().genctr, before.genctr);
  subsystem->allow_any_host(false);
  host.get_log(LogPage::Discovery, 1024);
  EXPECT_EQ(host.last->data<DiscoveryLogHeader>().numrec, 0U);
  ASSERT_TRUE(subsystem->allow_host({.nqn = hostnqn}));
  ASSERT_TRUE(world.directory().add(Referral{.port = other_port}));
  host.get_log(LogPage::Discovery, 4096);
  EXPECT_EQ(host.last->data<DiscoveryLogHeader>().numrec, 3U);
  EXPECT_EQ(host.last->data<DiscoveryEntry>(3072).subtype, 1);
}

// A host reads it in pieces.
TEST_F(NamespacesTest, a_discovery_log_is_made_once_as_long_as_nothing_changes) {
  TestHost host(world, port, {.subnqn = std::string(discovery_nqn), .kato = 30'000});
  host.start();
  subsystem->expose_at(other_port);
  const size_t before = world.directory().discovery_logs_made();
  for (uint32_t piece = 0; piece < 3; ++piece) {
    ASSERT_TRUE(host.get_log(LogPage::Discovery, 1024, piece * 1024ULL).status.is_success());
  }
  EXPECT_EQ(world.directory().discovery_logs_made(), before + 1);
  EXPECT_EQ(host.last->data<DiscoveryEntry>().portid, other_port.id);
  host.get_log(LogPage::Discovery, 1024, 0, false, discovery_lsp::PortLocal);
  EXPECT_EQ(host.last->data<DiscoveryLogHeader>().numrec, 1U) << "another log";
  subsystem->withdraw_from(other_port);
  host.get_log(LogPage::Discovery, 1024);
  EXPECT_EQ(host.last->data<DiscoveryLogHeader>().numrec, 1U);
  EXPECT_EQ(world.directory().discovery_logs_made(), before + 3);
  // Each host has its own, and they are not kept without end.
  for (int i = 0; i < 100; ++i) {
    TestHost other(world, port,
                   {.hostnqn = "nqn.2026-11.example:" + std::to_string(i), .subnqn = std::string(discovery_nqn)});
    other.start();
    ASSERT_TRUE(other.get_log(LogPage::Discovery, 2048).status.is_success());
  }
  EXPECT_EQ(world.directory().discovery_logs_made(), before + 103);
  port.requires_tls = true;
  world.directory().port_changed(port);
  world.settle();
  EXPECT_FALSE(host.admin_connection().is_open());
}

TEST_F(NamespacesTest, entries_of_the_port_alone_that_is_asked) {
  TestHost host(world, port, {.subnqn = std::string(discovery_nqn), .kato = 30'000});
  host.start();
  ASSERT_TRUE(host.get_log(LogPage::Supported, 1024).status.is_success());
  EXPECT_EQ(host.last->data<SupportedLogPages>().page[0x70], 1U | uint32_t{discovery_lsp::PortLocal} << 16U);
  subsystem->expose_at(other_port);
  ASSERT_TRUE(world.directory().add(Referral{.port = other_port}));
  host.get_log(LogPage::Discovery, 4096);
  EXPECT_EQ(host.last->data<DiscoveryLogHeader>().numrec, 3U);
  host.get_log(LogPage::Discovery, 2048, 0, false, discovery_lsp::PortLocal);
  EXPECT_EQ(host.last->data<DiscoveryLogHeader>().numrec, 1U);
  EXPECT_EQ(host.last->data<DiscoveryEntry>(1024).portid, port.id);
  subsystem->allow_any_host(false);
  host.get_log(LogPage::Discovery, 1024, 0, false, discovery_lsp::AllSubsystems | discovery_lsp::Extended);
  EXPECT_EQ(host.last->data<DiscoveryLogHeader>().numrec, 1U) << "the referral: nobody is told of what is masked";
}

// "0.0.0.0" is no place to send a host to: it is told the address that it reached itself.
TEST_F(NamespacesTest, ports_at_every_address_are_told_by_the_address_that_the_host_reached) {
  const Port everywhere{.id = 7, .traddr = "0.0.0.0", .trsvcid = "4421", .is_at_every_address = true};
  const Port everywhere6{
      .id = 8, .adrfam = AddressFamily::Ipv6, .traddr = "::", .trsvcid = "4422", .is_at_every_address = true};
  subsystem->expose_at(everywhere);
  subsystem->expose_at(everywhere6);
  const auto told = [this](const Port& through, const std::string& local_address) {
    TestHost host(world, through,
                  {.subnqn = std::string(discovery_nqn), .kato = 30'000, .local_address = local_address});
    host.start();
    host.get_log(LogPage::Discovery, 4096);
    std::map<uint16_t, std::string> addresses;
    for (size_t i = 1; i <= host.last->data<DiscoveryLogHeader>().numrec; ++i) {
      const auto entry = host.last->data<DiscoveryEntry>(i * 1024);
      const std::string text(entry.traddr, sizeof(entry.traddr));
      addresses[entry.portid] = text.substr(0, text.find(' '));
    }
    return addresses;
  };
  using Told = std::map<uint16_t, std::string>;
  EXPECT_EQ(told(everywhere, "198.51.100.7"), (Told{{1, "192.0.2.1"}, {7, "198.51.100.7"}}));
  EXPECT_EQ(told(port, "192.0.2.1"), (Told{{1, "192.0.2.1"}, {7, "192.0.2.1"}})) << "through another port";
  EXPECT_EQ(told(everywhere6, "2001:db8::7"), (Told{{1, "192.0.2.1"}, {8, "2001:db8::7"}}));
  EXPECT_EQ(told(port, ""), (Told{{1, "192.0.2.1"}, {7, "0.0.0.0"}, {8, "::"}})) << "of what nobody knows";
}

TEST_F(NamespacesTest, referrals_are_told_with_an_event_and_another_generation) {
  TestHost host(world, port, {.subnqn = std::string(discovery_nqn), .kato = 30'000});
  host.start();
  const auto generation = [&host] {
    host.get_log(LogPage::Discovery, 4096);
    return uint64_t{host.last->data<DiscoveryLogHeader>().genctr};
  };
  const uint64_t before = generation();
  auto event = host.await_event();
  Referral referral{.port = other_port, .subnqn = "nqn.2026-11.example:discovery"};
  referral.port.requires_tls = true;
  ASSERT_TRUE(world.directory().add(referral));
  EXPECT_EQ(event->command.result, discovery_event);
  const uint64_t with = generation();
  EXPECT_GT(with, before);
  EXPECT_EQ(host.last->data<DiscoveryLogHeader>().numrec, 2U);
  const auto entry = host.last->data<DiscoveryEntry>(2048);
  EXPECT_EQ(std::string(entry.subnqn), referral.subnqn);
  EXPECT_EQ(entry.subtype, static_cast<uint8_t>(SubsystemType::DiscoveryReferral));
  EXPECT_EQ(entry.treq & 3U, 1U);
  EXPECT_EQ(entry.tsas[0], 2) << "SECTYPE: TLS 1.3";
  EXPECT_FALSE(world.directory().add(referral)) << "once is enough";
  event = host.await_event();
  world.directory().remove(referral);
  EXPECT_EQ(event->command.result, discovery_event);
  EXPECT_GT(generation(), with);
  EXPECT_EQ(host.last->data<DiscoveryLogHeader>().numrec, 1U);
}

}  // namespace
}  // namespace outrigger::nvme
