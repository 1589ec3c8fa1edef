// NVMe subsystems, addresses and namespaces over a plane that only notes what it is told, and fails where it is told
// to.
#include "apply/nvme_hooks_rig.h"

namespace outrigger::apply {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(NvmeHooks, a_life) {
  ASSERT_TRUE(run(subsystems.realise(subsystem("sub1"))).has_value());
  EXPECT_TRUE(facts.is_any_allowed);
  ASSERT_TRUE(run(controllers.realise(controller("sub1", "ctrl1"))).has_value());
  ASSERT_TRUE(run(namespaces.realise(space("sub1", "ns1", 3))).has_value());
  EXPECT_THAT(facts.exposed, ElementsAre("nqn.2022-09.io.example:sub1@192.0.2.1:4420"));
  EXPECT_EQ(facts.namespaces.at(3), "ns1");
  EXPECT_EQ(facts.options.at(3).uuid[0], 1);
  EXPECT_EQ(facts.options.at(3).uuid[15], 0xF0);
  EXPECT_EQ(facts.options.at(3).eui64[0], 1) << "the most significant byte first";
  EXPECT_EQ(facts.options.at(3).eui64[7], 8);
  EXPECT_EQ(facts.options.at(3).nguid, (std::array<uint8_t, 16>{}));
  EXPECT_EQ(facts.options.at(3).ana_group, 1U);

  opi::NvmeSubsystem shown;
  subsystems.observe(subsystem("sub1"), shown);
  EXPECT_EQ(shown.status().firmware_revision(), "1.0");
  EXPECT_EQ(shown.spec().serial_number().size(), 18U);
  v1::NvmeState state;
  subsystems.describe(subsystem("sub1"), state);
  ASSERT_EQ(state.connections_size(), 1);
  EXPECT_EQ(state.connections(0).cntlid(), 7);
  EXPECT_EQ(state.connections(0).hostid(), "00000000-0000-0000-0000-000000000000");
  v1::NvmeNamespaceState space_state;
  namespaces.describe(space("sub1", "ns1", 3), space_state);
  EXPECT_EQ(space_state.blocks_count(), 1 << 20);
  v1::NvmeControllerState controller_state;
  controllers.describe(controller("sub1", "ctrl1"), controller_state);
  EXPECT_EQ(controller_state.port_id(), 1);

  EXPECT_TRUE(run(namespaces.withdraw(space("sub1", "ns1", 3))).has_value());
  EXPECT_TRUE(run(controllers.withdraw(controller("sub1", "ctrl1"))).has_value());
  EXPECT_TRUE(run(subsystems.withdraw(subsystem("sub1"))).has_value());
  EXPECT_THAT(facts.namespaces, IsEmpty());
  EXPECT_THAT(facts.open_addresses, IsEmpty());
  EXPECT_THAT(facts.subsystems, IsEmpty());
}

TEST_F(NvmeHooks, one_listener_serves_the_subsystems_of_an_address) {
  ASSERT_TRUE(run(subsystems.realise(subsystem("sub1"))).has_value());
  ASSERT_TRUE(run(subsystems.realise(subsystem("sub2"))).has_value());
  ASSERT_TRUE(run(controllers.realise(controller("sub1", "ctrl1"))).has_value());
  ASSERT_TRUE(run(controllers.realise(controller("sub2", "ctrl2"))).has_value());
  ASSERT_TRUE(run(controllers.realise(controller("sub2", "ctrl3", "4421"))).has_value());
  EXPECT_EQ(facts.exposed.size(), 3U);
  EXPECT_THAT(facts.open_addresses, ElementsAre("192.0.2.1:4420", "192.0.2.1:4421"));
  EXPECT_TRUE(run(controllers.withdraw(controller("sub1", "ctrl1"))).has_value());
  EXPECT_EQ(facts.open_addresses.size(), 2U);
  EXPECT_TRUE(run(controllers.withdraw(controller("sub2", "ctrl2"))).has_value());
  EXPECT_THAT(facts.open_addresses, ElementsAre("192.0.2.1:4421"));
  v1::NvmeControllerState state;
  controllers.describe(controller("sub2", "ctrl3", "4421"), state);
  EXPECT_EQ(state.port_id(), 2);
}

TEST_F(NvmeHooks, an_address_in_use_is_named) {
  ASSERT_TRUE(run(subsystems.realise(subsystem("sub1"))).has_value());
  facts.refuse_listen = Error{Code::AlreadyExists, "bind: Address already in use"};
  auto refused = run(controllers.realise(controller("sub1", "ctrl1")));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::FailedPrecondition);
  EXPECT_THAT(refused.error().what, HasSubstr("192.0.2.1:4420 is in use by another program"));
  facts.refuse_listen = Error{Code::FailedPrecondition, "cannot listen at 192.0.2.1"};
  refused = run(controllers.realise(controller("sub1", "ctrl1")));
  EXPECT_THAT(refused.error().what, HasSubstr("nvme_controller.spec.fabrics_id: cannot listen at 192.0.2.1"));
  EXPECT_THAT(facts.exposed, IsEmpty());
}

TEST_F(NvmeHooks, ana_states_follow_the_options) {
  ASSERT_TRUE(run(subsystems.realise(subsystem("sub1"))).has_value());
  v1::NvmeControllerOptions options;
  auto* const state = options.add_ana_states();
  state->set_group(2);
  state->set_state(v1::NvmeAnaState::INACCESSIBLE);
  facts.refuse_ana = Error{Code::Internal, "no"};
  EXPECT_FALSE(run(controllers.realise(controller("sub1", "ctrl1", "4420", options))).has_value());
  EXPECT_THAT(facts.exposed, IsEmpty());
  EXPECT_THAT(facts.open_addresses, IsEmpty());
  facts.refuse_ana.reset();
  const auto first = controller("sub1", "ctrl1", "4420", options);
  ASSERT_TRUE(run(controllers.realise(first)).has_value());
  EXPECT_EQ(facts.states.at(2), nvme::AnaState::Inaccessible);
  state->set_group(3);
  ASSERT_TRUE(run(controllers.realise(after(first, controller("sub1", "ctrl1", "4420", options)))).has_value());
  EXPECT_EQ(facts.states.at(2), nvme::AnaState::Optimized) << "not named any more";
  EXPECT_EQ(facts.states.at(3), nvme::AnaState::Inaccessible);
}

TEST_F(NvmeHooks, hosts_come_and_go) {
  v1::NvmeSubsystemOptions options;
  options.add_hosts("nqn:a");
  auto now = subsystem("sub1", options, "nqn:opi");
  ASSERT_TRUE(run(subsystems.realise(now)).has_value());
  EXPECT_FALSE(facts.is_any_allowed);
  EXPECT_THAT(facts.hosts, ElementsAre("nqn:a", "nqn:opi"));
  const auto change = [&](model::Intent next) {
    next = after(now, std::move(next));
    Result<void> changed = run(subsystems.realise(next));
    now = changed.has_value() ? next : now;
    return changed;
  };
  options.set_hosts(0, "nqn:b");
  ASSERT_TRUE(change(subsystem("sub1", options)).has_value());
  EXPECT_THAT(facts.hosts, ElementsAre("nqn:b"));
  ASSERT_TRUE(change(subsystem("sub1")).has_value());
  EXPECT_TRUE(facts.is_any_allowed);
  EXPECT_THAT(facts.hosts, ElementsAre("nqn:b")) << "it may stay connected";
  v1::NvmeSubsystemOptions nobody;
  nobody.set_allow_any_host(false);
  ASSERT_TRUE(change(subsystem("sub1", nobody)).has_value());
  EXPECT_FALSE(facts.is_any_allowed);
  EXPECT_THAT(facts.hosts, IsEmpty());
  options.add_hosts("nqn:z");
  facts.refused_host = "nqn:z";
  EXPECT_FALSE(change(subsystem("sub1", options)).has_value());
  EXPECT_THAT(facts.hosts, IsEmpty()) << "all or nothing";
  options.set_allow_any_host(true);
  facts.refused_host.clear();
  ASSERT_TRUE(change(subsystem("sub1", options)).has_value());
  EXPECT_TRUE(facts.is_any_allowed);
}

TEST_F(NvmeHooks, a_subsystem_that_cannot_be_renamed_stays) {
  const auto now = subsystem("sub1");
  ASSERT_TRUE(run(subsystems.realise(now)).has_value());
  auto next = subsystem("sub1");
  auto named = std::make_shared<opi::NvmeSubsystem>(next.as<opi::NvmeSubsystem>());
  named->mutable_spec()->set_serial_number("S1");
  next.resource = named;
  facts.refuse_rename = Error{Code::FailedPrecondition, "hosts know it"};
  const auto refused = run(subsystems.realise(after(now, next)));
  EXPECT_THAT(refused.error().what, HasSubstr("nvmeSubsystems/sub1: hosts know it"));
  facts.refuse_rename.reset();
  ASSERT_TRUE(run(subsystems.realise(after(now, next))).has_value());
  EXPECT_EQ(table.find("sub1")->plane->options().serial, "S1");
}

TEST_F(NvmeHooks, a_key_is_the_hosts_that_is_named) {
  const auto with = [](const std::string& host, const std::string& psk) {
    auto keyed = subsystem("sub1", {}, host);
    auto resource = std::make_shared<opi::NvmeSubsystem>(keyed.as<opi::NvmeSubsystem>());
    resource->mutable_spec()->set_psk(psk);
    keyed.resource = resource;
    return keyed;
  };
  const auto made = nvme_auth::ConfiguredPsk::generate(nvme_auth::HashId::Sha256);
  ASSERT_TRUE(made.has_value());
  const std::string psk = made->format();
  for (const auto& [host, wrong] : {std::pair("nqn:a", std::string("very-secret")), std::pair("", psk)}) {
    const auto refused = subsystems.admit(with(host, wrong));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Code::InvalidArgument);
    EXPECT_THAT(refused.error().what, HasSubstr("nvme_subsystem.spec.psk"));
    EXPECT_EQ(refused.error().what.find(wrong), std::string::npos);
  }
  ASSERT_TRUE(subsystems.admit(with("nqn:a", psk)).has_value());
  ASSERT_TRUE(run(subsystems.realise(with("nqn:a", psk))).has_value());
  ASSERT_NE(facts.security["nqn:a"], nullptr);
  EXPECT_TRUE(facts.security["nqn:a"]->requires_tls);
  EXPECT_EQ(facts.security["nqn:a"]->tls_psk->format(), psk);
  // Another host, another key; then none.
  v1::NvmeSubsystemOptions options;
  options.add_hosts("nqn:a");
  auto changed = with("nqn:b", psk);
  changed.options = std::make_shared<v1::NvmeSubsystemOptions>(options);
  ASSERT_TRUE(run(subsystems.realise(changed)).has_value());
  EXPECT_EQ(facts.security["nqn:a"], nullptr);
  EXPECT_NE(facts.security["nqn:b"], nullptr);
  ASSERT_TRUE(run(subsystems.realise(with("nqn:b", ""))).has_value());
  EXPECT_EQ(facts.security["nqn:b"], nullptr);
}

TEST_F(NvmeHooks, hosts_have_keys_of_their_own) {
  const auto dhchap = nvme_auth::DhchapKey::generate(32, std::nullopt);
  const auto tls = nvme_auth::ConfiguredPsk::generate(nvme_auth::HashId::Sha256);
  v1::NvmeSubsystemOptions options;
  v1::NvmeHostSecurity& a = *options.add_host_security();
  a.set_hostnqn("nqn:a");
  a.set_dhchap_key(dhchap->format());
  a.add_hashes(v1::NvmeHostSecurity::SHA_384);
  a.add_dh_groups(v1::NvmeHostSecurity::FFDHE8192);
  a.set_requires_concatenation(true);
  v1::NvmeHostSecurity& b = *options.add_host_security();
  b.set_hostnqn("nqn:b");
  b.set_tls_key(tls->format());
  const auto now = subsystem("sub1", options);
  ASSERT_TRUE(subsystems.admit(now).has_value());
  ASSERT_TRUE(run(subsystems.realise(now)).has_value());
  EXPECT_FALSE(facts.is_any_allowed) << "who has a key is named";
  EXPECT_THAT(facts.hosts, ElementsAre("nqn:a", "nqn:b"));
  const nvme::HostSecurity& first = *facts.security["nqn:a"];
  EXPECT_EQ(first.host_key->format(), dhchap->format());
  EXPECT_THAT(first.algorithms.hashes, ElementsAre(nvme_auth::HashId::Sha384));
  EXPECT_THAT(first.algorithms.dh_groups, ElementsAre(nvme_auth::DhGroup::Ffdhe8192));
  EXPECT_TRUE(first.must_authenticate() && first.requires_tls && first.may_concatenate);
  const nvme::HostSecurity& second = *facts.security["nqn:b"];
  EXPECT_TRUE(second.requires_tls && !second.must_authenticate() && !second.may_concatenate);
  EXPECT_EQ(second.algorithms.dh_groups.size(), 6U) << "all";

  // What stays as it is is not touched: hosts would lose the keys that they made.
  const nvme::HostSecurity* const before = facts.security["nqn:a"].get();
  options.mutable_host_security(1)->set_requires_tls(false);
  ASSERT_TRUE(run(subsystems.realise(after(now, subsystem("sub1", options)))).has_value());
  EXPECT_EQ(facts.security["nqn:a"].get(), before);
  EXPECT_FALSE(facts.security["nqn:b"]->requires_tls);

  // All or nothing.
  options.mutable_host_security(0)->clear_requires_concatenation();
  options.add_hosts("nqn:z");
  facts.refused_host = "nqn:z";
  EXPECT_FALSE(run(subsystems.realise(after(now, subsystem("sub1", options)))).has_value());
  EXPECT_TRUE(facts.security["nqn:a"]->requires_tls) << "as it was";
  facts.refused_host.clear();

  // Any host may come, but nothing is asked any more of those who are not named.
  v1::NvmeSubsystemOptions open;
  open.set_allow_any_host(true);
  ASSERT_TRUE(run(subsystems.realise(after(now, subsystem("sub1", open)))).has_value());
  EXPECT_EQ(facts.security["nqn:a"], nullptr);
  EXPECT_EQ(facts.security["nqn:b"], nullptr);
}

TEST_F(NvmeHooks, the_key_of_a_subsystem_and_what_is_asked_of_its_host_go_together) {
  const auto tls = nvme_auth::ConfiguredPsk::generate(nvme_auth::HashId::Sha256);
  const auto dhchap = nvme_auth::DhchapKey::generate(32, std::nullopt);
  v1::NvmeSubsystemOptions options;
  options.add_host_security()->set_hostnqn("nqn:a");
  options.mutable_host_security(0)->set_dhchap_key(dhchap->format());
  auto both = subsystem("sub1", options, "nqn:a");
  auto resource = std::make_shared<opi::NvmeSubsystem>(both.as<opi::NvmeSubsystem>());
  resource->mutable_spec()->set_psk(tls->format());
  both.resource = resource;
  ASSERT_TRUE(run(subsystems.realise(both)).has_value());
  EXPECT_EQ(facts.security["nqn:a"]->tls_psk->format(), tls->format());
  EXPECT_TRUE(facts.security["nqn:a"]->requires_tls);
  EXPECT_TRUE(facts.security["nqn:a"]->must_authenticate());
}

TEST_F(NvmeHooks, an_address_requires_tls_as_soon_as_one_of_its_users_does) {
  ASSERT_TRUE(run(subsystems.realise(subsystem("sub1"))).has_value());
  ASSERT_TRUE(run(subsystems.realise(subsystem("sub2"))).has_value());
  v1::NvmeControllerOptions secure;
  secure.set_requires_tls(true);
  const auto first = controller("sub1", "ctrl1", "4420", secure);
  ASSERT_TRUE(run(controllers.realise(first)).has_value());
  EXPECT_TRUE(table.port_at("192.0.2.1:4420")->requires_tls) << "from the first moment";
  EXPECT_THAT(facts.changed_ports, IsEmpty());
  const auto second = controller("sub2", "ctrl2", "4420");
  ASSERT_TRUE(run(controllers.realise(second)).has_value());
  EXPECT_TRUE(table.port_at("192.0.2.1:4420")->requires_tls);
  ASSERT_TRUE(run(controllers.realise(after(first, controller("sub1", "ctrl1", "4420")))).has_value());
  EXPECT_FALSE(table.port_at("192.0.2.1:4420")->requires_tls);
  EXPECT_THAT(facts.changed_ports,
              ElementsAre("nqn.2022-09.io.example:sub1 clear", "nqn.2022-09.io.example:sub2 clear"));
  facts.changed_ports.clear();
  ASSERT_TRUE(run(controllers.realise(after(second, controller("sub2", "ctrl2", "4420", secure)))).has_value());
  EXPECT_TRUE(table.port_at("192.0.2.1:4420")->requires_tls);
  EXPECT_THAT(facts.changed_ports, ElementsAre("nqn.2022-09.io.example:sub1 tls", "nqn.2022-09.io.example:sub2 tls"));
  ASSERT_TRUE(run(controllers.withdraw(second)).has_value());
  EXPECT_FALSE(table.port_at("192.0.2.1:4420")->requires_tls) << "who wanted it has gone";
}

TEST_F(NvmeHooks, a_namespace_is_shown_to_whom_it_shall_be) {
  ASSERT_TRUE(run(subsystems.realise(subsystem("sub1"))).has_value());
  v1::NvmeNamespaceOptions options;
  options.add_hosts("nqn:a");
  options.add_hosts("nqn:b");
  facts.refused_host = "nqn:b";
  EXPECT_FALSE(put_namespace(space("sub1", "ns1", 1, options)).has_value());
  EXPECT_THAT(facts.namespaces, IsEmpty()) << "nothing is left";
  facts.refused_host.clear();
  const auto now = space("sub1", "ns1", 1, options);
  ASSERT_TRUE(put_namespace(now).has_value());
  EXPECT_FALSE(facts.options.at(1).is_visible_to_all);
  EXPECT_THAT(facts.visible.at(1), ElementsAre("nqn:a", "nqn:b"));
  options.set_hosts(0, "nqn:c");
  options.set_ana_group(5);
  options.mutable_max_limit()->set_rw_iops_kiops(3);
  facts.refused_host = "nqn:c";
  EXPECT_FALSE(put_namespace(after(now, space("sub1", "ns1", 1, options))).has_value());
  EXPECT_THAT(facts.visible.at(1), ElementsAre("nqn:a", "nqn:b")) << "as it was";
  EXPECT_EQ(facts.options.at(1).ana_group, 1U);
  EXPECT_EQ(table.namespaces()[0]->limits->limits().total_iops, 0U);
  facts.refused_host.clear();
  ASSERT_TRUE(put_namespace(after(now, space("sub1", "ns1", 1, options))).has_value());
  EXPECT_THAT(facts.visible.at(1), ElementsAre("nqn:b", "nqn:c"));
  EXPECT_EQ(facts.options.at(1).ana_group, 5U);
  EXPECT_EQ(table.namespaces()[0]->limits->limits().total_iops, 3000U);
  options.clear_hosts();
  const auto refused = put_namespace(after(now, space("sub1", "ns1", 1, options)));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::FailedPrecondition);
}

TEST_F(NvmeHooks, a_namespace_that_is_refused_leaves_nothing) {
  ASSERT_TRUE(run(subsystems.realise(subsystem("sub1"))).has_value());
  facts.refuse_namespace = Error{Code::ResourceExhausted, "no more"};
  const auto refused = put_namespace(space("sub1", "ns1"));
  EXPECT_THAT(refused.error().what, HasSubstr("nvmeSubsystems/sub1/nvmeNamespaces/ns1: no more"));
  EXPECT_THAT(table.namespaces(), IsEmpty());
  volumes.remove("vol");
  facts.refuse_namespace.reset();
  EXPECT_EQ(put_namespace(space("sub1", "ns1")).error().code, Code::Unavailable);
}

TEST_F(NvmeHooks, a_namespace_that_has_gone_already_can_be_deleted) {
  ASSERT_TRUE(run(subsystems.realise(subsystem("sub1"))).has_value());
  ASSERT_TRUE(put_namespace(space("sub1", "ns1")).has_value());
  facts.refuse_remove = Error{Code::FailedPrecondition, "it is going"};
  EXPECT_FALSE(run(namespaces.withdraw(space("sub1", "ns1"))).has_value());
  EXPECT_EQ(table.namespaces().size(), 1U);
  facts.refuse_remove = Error{Code::NotFound, "there is none"};
  EXPECT_TRUE(run(namespaces.withdraw(space("sub1", "ns1"))).has_value());
  EXPECT_THAT(table.namespaces(), IsEmpty());
}

TEST_F(NvmeHooks, a_reservation_goes_when_the_store_has_said_yes) {
  const model::Intent gone = space("sub1", "ns1");
  ASSERT_TRUE(run(subsystems.realise(subsystem("sub1"))).has_value());
  ASSERT_TRUE(run(namespaces.realise(gone)).has_value());
  EXPECT_THAT(facts.forgotten, ElementsAre(1)) << "what a deleted one left behind, when the daemon ended too soon";
  facts.forgotten.clear();
  ASSERT_TRUE(run(namespaces.withdraw(gone)).has_value());
  ASSERT_TRUE(run(namespaces.realise(gone)).has_value());
  table.deleted(gone.name);
  EXPECT_THAT(facts.forgotten, IsEmpty()) << "it came back";
  ASSERT_TRUE(run(namespaces.withdraw(gone)).has_value());
  EXPECT_THAT(facts.forgotten, IsEmpty());
  table.deleted(gone.name);
  EXPECT_THAT(facts.forgotten, ElementsAre(1));
  facts.forgotten.clear();
  model::Intent restored = gone;
  restored.is_restore = true;
  ASSERT_TRUE(run(namespaces.realise(restored)).has_value());
  EXPECT_THAT(facts.forgotten, IsEmpty()) << "it comes from the store, and is the same";
}

TEST_F(NvmeHooks, counters_are_of_namespaces_and_of_what_they_belong_to) {
  ASSERT_TRUE(run(subsystems.realise(subsystem("sub1"))).has_value());
  ASSERT_TRUE(put_namespace(space("sub1", "ns1")).has_value());
  read_one();
  read_one();
  EXPECT_EQ(reads(namespaces, space("sub1", "ns1")), 2U);
  EXPECT_EQ(reads(subsystems, subsystem("sub1")), 2U);
  ASSERT_TRUE(run(namespaces.withdraw(space("sub1", "ns1"))).has_value());
  EXPECT_EQ(reads(subsystems, subsystem("sub1")), 2U) << "counters only grow";
}

TEST_F(NvmeHooks, counters_of_a_controller_are_of_the_hosts_that_came_through_it) {
  ASSERT_TRUE(run(subsystems.realise(subsystem("sub1"))).has_value());
  ASSERT_TRUE(run(controllers.realise(controller("sub1", "ctrl1"))).has_value());
  ASSERT_TRUE(run(controllers.realise(controller("sub1", "ctrl2", "4421"))).has_value());
  facts.reads_at = {{"4420", 3}, {"4421", 5}};
  EXPECT_EQ(reads(controllers, controller("sub1", "ctrl1")), 3U);
  EXPECT_EQ(reads(controllers, controller("sub1", "ctrl2", "4421")), 5U);
  EXPECT_EQ(controllers.stats(controller("sub1", "ctrl3")).error().code, Code::Unavailable);
}

TEST_F(NvmeHooks, limits_of_a_controller_are_of_its_port) {
  ASSERT_TRUE(run(subsystems.realise(subsystem("sub1"))).has_value());
  const auto limited = [](int32_t nsq, int32_t ncq, int64_t kiops) {
    model::Intent made = controller("sub1", "ctrl1");
    auto resource = std::make_shared<opi::NvmeController>(made.as<opi::NvmeController>());
    resource->mutable_spec()->set_max_nsq(nsq);
    resource->mutable_spec()->set_max_ncq(ncq);
    resource->mutable_spec()->mutable_max_limit()->set_rw_iops_kiops(kiops);
    made.resource = resource;
    return made;
  };
  const model::Intent first = limited(0, 8, 5);
  ASSERT_TRUE(run(controllers.realise(first)).has_value());
  EXPECT_EQ(facts.rules["4420"].rates.total_iops, 5000U);
  EXPECT_EQ(facts.rules["4420"].io_queues_max, 8U);
  const model::Intent second = after(first, limited(4, 8, 7));
  ASSERT_TRUE(run(controllers.realise(second)).has_value());
  EXPECT_EQ(facts.rules["4420"].rates.total_iops, 7000U);
  EXPECT_EQ(facts.rules["4420"].io_queues_max, 4U) << "a queue is one of each";
  ASSERT_TRUE(run(controllers.realise(after(second, controller("sub1", "ctrl1")))).has_value());
  EXPECT_EQ(facts.rules["4420"].rates, core::Rates{});
  EXPECT_EQ(facts.rules["4420"].io_queues_max, 0U);
}

TEST_F(NvmeHooks, a_namespace_is_offline_while_its_volume_is) {
  ASSERT_TRUE(run(subsystems.realise(subsystem("sub1"))).has_value());
  const model::Intent wanted = space("sub1", "ns1");
  ASSERT_TRUE(put_namespace(wanted).has_value());
  opi::NvmeNamespace shown;
  namespaces.observe(wanted, shown);
  EXPECT_EQ(shown.status().oper_state(), opi::NvmeNamespaceStatus::OPER_STATE_ONLINE);
  const block::Device* const leaf = *volumes.borrow("vol");
  volumes.set_trouble_source(
      [leaf](const block::Device& device) { return &device == leaf ? "no path to it is live" : ""; });
  namespaces.observe(wanted, shown);
  EXPECT_EQ(shown.status().state(), opi::NvmeNamespaceStatus::STATE_ENABLED);
  EXPECT_EQ(shown.status().oper_state(), opi::NvmeNamespaceStatus::OPER_STATE_OFFLINE) << "through the limits";
  v1::NvmeNamespaceState state;
  namespaces.describe(wanted, state);
  EXPECT_EQ(state.state_reason(), "no path to it is live");
}

// What the store knows of.
struct StoredRows final : model::FoundRows {
  core::Job<Result<void>> found(const google::protobuf::Descriptor&, std::string, std::shared_ptr<const model::Message>,
                                std::shared_ptr<const model::Message>) override {
    co_return Result<void>{};
  }
  core::Job<Result<void>> lost(const google::protobuf::Descriptor&, std::string) override { co_return Result<void>{}; }
  std::map<std::string, std::shared_ptr<const model::Message>> found_below(const google::protobuf::Descriptor&,
                                                                           std::string_view parent) const override {
    std::map<std::string, std::shared_ptr<const model::Message>> below;
    for (const std::string& key : keys) {
      if (key.starts_with(std::string(parent) + "/")) {
        below.emplace(key, nullptr);
      }
    }
    return below;
  }
  std::shared_ptr<const model::Message> found_options(const google::protobuf::Descriptor&,
                                                      std::string_view) const override {
    return nullptr;
  }
  std::vector<std::string> users_of(const google::protobuf::Descriptor&, std::string_view) const override { return {}; }
  std::set<std::string> keys;
};

class NvmeHold : public NvmeHooks {
 protected:
  NvmeHold() {
    auto made = core::Reactor::create({.name = "test", .idle_spin_ns = 0, .uring_entries = 0}, clock);
    check(made.has_value(), "a test has a reactor");
    control = std::move(*made);
    control->run_turn();
    table.hold_restored(*control, rows);
  }
  ~NvmeHold() override { run(closing(&table)); }

  static model::Intent restored(model::Intent intent) {
    intent.is_restore = true;
    return intent;
  }
  void pass(uint64_t seconds) {
    for (uint64_t i = 0; i < seconds; ++i) {
      clock.advance(1'000'000'000);
      control->run_turn();
    }
  }
  v1::NvmeState state_of(const std::string& id) {
    v1::NvmeState state;
    state.set_state(v1::NvmeState::READY);
    subsystems.describe(subsystem(id), state);
    return state;
  }

  std::unique_ptr<core::Reactor> control;
  StoredRows rows;
  const std::string nqn = "nqn.2022-09.io.example:sub1";
};

TEST_F(NvmeHold, a_restored_subsystem_is_held_until_its_last_namespace_is_back) {
  rows.keys = {"sub1/ns1", "sub1/ns2", "sub10/ns3"};
  ASSERT_TRUE(run(subsystems.realise(restored(subsystem("sub1")))).has_value());
  EXPECT_THAT(facts.held, ElementsAre(nqn));
  ASSERT_TRUE(put_namespace(restored(space("sub1", "ns1", 1))).has_value());
  EXPECT_THAT(facts.held, ElementsAre(nqn));
  const v1::NvmeState waits = state_of("sub1");
  EXPECT_EQ(waits.state(), v1::NvmeState::PENDING);
  EXPECT_THAT(waits.state_reason(), HasSubstr("waits for nvmeSubsystems/sub1/nvmeNamespaces/ns2"));
  EXPECT_THAT(waits.state_reason(), Not(HasSubstr("ns1")));
  pass(100);
  EXPECT_THAT(facts.held, ElementsAre(nqn));
  ASSERT_TRUE(put_namespace(restored(space("sub1", "ns2", 2))).has_value());
  EXPECT_THAT(facts.held, IsEmpty()) << "at once: a host that comes too early comes again seconds later";
  EXPECT_EQ(state_of("sub1").state(), v1::NvmeState::READY);
  EXPECT_EQ(state_of("sub1").state_reason(), "");
}

TEST_F(NvmeHold, who_waits_for_nothing_is_not_held) {
  rows.keys = {"sub2/ns1"};
  ASSERT_TRUE(run(subsystems.realise(restored(subsystem("sub1")))).has_value());
  ASSERT_TRUE(run(subsystems.realise(subsystem("sub2"))).has_value());
  EXPECT_THAT(facts.held, IsEmpty()) << "one without namespaces, and one that a client creates";
}

TEST_F(NvmeHold, a_namespace_that_is_deleted_is_not_waited_for) {
  rows.keys = {"sub1/ns1"};
  ASSERT_TRUE(run(subsystems.realise(restored(subsystem("sub1")))).has_value());
  rows.keys.clear();
  pass(1);
  EXPECT_THAT(facts.held, IsEmpty());
}

TEST_F(NvmeHold, a_held_subsystem_may_be_deleted) {
  rows.keys = {"sub1/ns1"};
  ASSERT_TRUE(run(subsystems.realise(restored(subsystem("sub1")))).has_value());
  rows.keys.clear();
  ASSERT_TRUE(run(subsystems.withdraw(subsystem("sub1"))).has_value());
  rows.keys = {"sub1/ns1"};
  ASSERT_TRUE(run(subsystems.realise(subsystem("sub1"))).has_value());
  EXPECT_EQ(state_of("sub1").state(), v1::NvmeState::READY) << "the next one of the id is a client's";
}

TEST_F(NvmeHold, it_ends) {
  rows.keys = {"sub1/ns1"};
  ASSERT_TRUE(run(subsystems.realise(restored(subsystem("sub1")))).has_value());
  pass(nvme_hold_ns_max / 1'000'000'000 - 1);
  EXPECT_THAT(facts.held, ElementsAre(nqn));
  pass(1);
  EXPECT_THAT(facts.held, IsEmpty());
  EXPECT_EQ(state_of("sub1").state(), v1::NvmeState::READY);
}

}  // namespace
}  // namespace outrigger::apply
