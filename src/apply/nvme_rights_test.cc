// Changes that take a right away from hosts: the answer comes when what hosts sent before has ended, and where that
// does not end, all is as it was.
#include "apply/nvme_hooks_rig.h"

namespace outrigger::apply {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;

class NvmeRights : public NvmeHooks {
 protected:
  NvmeRights() { check(run(subsystems.realise(subsystem("sub1"))).has_value(), "a subsystem is made"); }
  // What was sent before does not end: the change is refused.
  void refuse(core::Job<Result<void>> job) {
    facts.refuse_settle = Error{Code::Unavailable, "still at work"};
    const Result<void> refused = run(std::move(job));
    facts.refuse_settle.reset();
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Code::Unavailable);
    EXPECT_THAT(refused.error().what, HasSubstr("still at work"));
  }
  // It is answered when what was sent before has ended.
  void expect_that_it_waits(core::Job<Result<void>> job) {
    core::Event<std::monostate> all_settled;
    facts.all_settled = &all_settled;
    facts.withdrawal_count = 7;
    std::optional<Result<void>> outcome;
    core::spawn(core::keep(std::move(job), &outcome));
    EXPECT_FALSE(outcome.has_value());
    facts.all_settled = nullptr;
    all_settled.set({});
    ASSERT_TRUE(outcome.has_value());
    EXPECT_TRUE(outcome->has_value());
    EXPECT_EQ(facts.settled_since, 7U);
  }
};

TEST_F(NvmeRights, a_namespace_is_hidden) {
  v1::NvmeNamespaceOptions options;
  options.add_hosts("nqn:a");
  options.add_hosts("nqn:b");
  options.set_ana_group(3);
  const model::Intent before = space("sub1", "ns1", 1, options);
  ASSERT_TRUE(put_namespace(before).has_value());
  options.mutable_hosts()->RemoveLast();
  options.set_ana_group(4);
  options.mutable_max_limit()->set_rw_iops_kiops(3);
  const model::Intent next = after(before, space("sub1", "ns1", 1, options));
  refuse(namespaces.realise(next));
  EXPECT_THAT(facts.visible.at(1), ElementsAre("nqn:a", "nqn:b")) << "as it was";
  EXPECT_EQ(facts.options.at(1).ana_group, 3U);
  EXPECT_EQ(table.namespaces()[0]->limits->limits().total_iops, 0U);
  expect_that_it_waits(namespaces.realise(next));
  EXPECT_THAT(facts.visible.at(1), ElementsAre("nqn:a"));
  EXPECT_EQ(facts.options.at(1).ana_group, 4U);
  EXPECT_EQ(table.namespaces()[0]->limits->limits().total_iops, 3000U);
}

TEST_F(NvmeRights, a_host_is_named_no_more) {
  v1::NvmeSubsystemOptions options;
  options.add_hosts("nqn:a");
  options.add_hosts("nqn:b");
  const model::Intent any = subsystem("sub1");
  const model::Intent before = after(any, subsystem("sub1", options));
  refuse(subsystems.realise(before));
  EXPECT_TRUE(facts.is_any_allowed) << "as it was";
  expect_that_it_waits(subsystems.realise(before));
  EXPECT_FALSE(facts.is_any_allowed);
  options.mutable_hosts()->RemoveLast();
  options.add_static_controllers(9);
  const model::Intent next = after(before, subsystem("sub1", options));
  refuse(subsystems.realise(next));
  EXPECT_THAT(facts.hosts, ElementsAre("nqn:a", "nqn:b"));
  EXPECT_THAT(table.find("sub1")->plane->options().static_controllers, IsEmpty());
  expect_that_it_waits(subsystems.realise(next));
  EXPECT_THAT(facts.hosts, ElementsAre("nqn:a"));
  EXPECT_THAT(table.find("sub1")->plane->options().static_controllers, ElementsAre(9));
}

TEST_F(NvmeRights, a_name_comes_back_with_the_hosts) {
  model::Intent renamed = after(subsystem("sub1"), subsystem("sub1"));
  auto resource = std::make_shared<opi::NvmeSubsystem>(renamed.as<opi::NvmeSubsystem>());
  resource->mutable_spec()->set_serial_number("S2");
  renamed.resource = resource;
  const std::string serial = table.find("sub1")->plane->options().serial;
  refuse(subsystems.realise(renamed));
  EXPECT_EQ(table.find("sub1")->plane->options().serial, serial);
}

TEST_F(NvmeRights, an_address_takes_no_connection_in_the_clear_any_more) {
  ASSERT_TRUE(run(subsystems.realise(subsystem("sub2"))).has_value());
  const model::Intent before = controller("sub1", "ctrl1");
  ASSERT_TRUE(run(controllers.realise(before)).has_value());
  v1::NvmeControllerOptions options;
  options.set_requires_tls(true);
  auto* const state = options.add_ana_states();
  state->set_group(2);
  state->set_state(v1::NvmeAnaState::INACCESSIBLE);
  const model::Intent next = after(before, controller("sub1", "ctrl1", "4420", options));
  refuse(controllers.realise(next));
  EXPECT_FALSE(table.port_at("192.0.2.1:4420")->requires_tls) << "as it was";
  EXPECT_EQ(facts.states.at(2), nvme::AnaState::Optimized);
  expect_that_it_waits(controllers.realise(next));
  EXPECT_TRUE(table.port_at("192.0.2.1:4420")->requires_tls);
  EXPECT_EQ(facts.states.at(2), nvme::AnaState::Inaccessible);
  // The second of an address ends what the first allowed.
  ASSERT_TRUE(run(controllers.realise(after(next, before))).has_value());
  const model::Intent second = controller("sub2", "ctrl2", "4420", options);
  refuse(controllers.realise(second));
  EXPECT_FALSE(table.port_at("192.0.2.1:4420")->requires_tls);
  EXPECT_THAT(facts.exposed, ElementsAre("nqn.2022-09.io.example:sub1@192.0.2.1:4420"));
  expect_that_it_waits(controllers.realise(second));
  EXPECT_EQ(facts.exposed.size(), 2U);
}

// Each may take as long as a right that is taken away waits, and the operator waits for all of them.
TEST_F(NvmeRights, subsystems_at_one_address_settle_side_by_side) {
  const std::vector<std::string> nqns{"nqn.2022-09.io.example:sub1", "nqn.2022-09.io.example:sub2",
                                      "nqn.2022-09.io.example:sub3"};
  ASSERT_TRUE(run(subsystems.realise(subsystem("sub2"))).has_value());
  ASSERT_TRUE(run(subsystems.realise(subsystem("sub3"))).has_value());
  const model::Intent before = controller("sub1", "ctrl1");
  ASSERT_TRUE(run(controllers.realise(before)).has_value());
  ASSERT_TRUE(run(controllers.realise(controller("sub2", "ctrl2"))).has_value());
  ASSERT_TRUE(run(controllers.realise(controller("sub3", "ctrl3"))).has_value());
  v1::NvmeControllerOptions options;
  options.set_requires_tls(true);
  const model::Intent next = after(before, controller("sub1", "ctrl1", "4420", options));
  for (const bool is_refused : {true, false}) {
    std::map<std::string, core::Event<std::monostate>> settled;
    facts.settling.clear();
    for (const std::string& nqn : nqns) {
      facts.settled_of[nqn] = &settled[nqn];
    }
    std::optional<Result<void>> outcome;
    core::spawn(core::keep(controllers.realise(next), &outcome));
    EXPECT_THAT(facts.settling, ElementsAreArray(nqns));
    if (is_refused) {
      facts.refuse_settle = Error{Code::Unavailable, "still at work"};
    }
    settled[nqns[1]].set({});
    facts.refuse_settle.reset();
    settled[nqns[2]].set({});
    EXPECT_FALSE(outcome.has_value()) << "the first of them is not settled";
    settled[nqns[0]].set({});
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(outcome->has_value(), !is_refused);
    EXPECT_EQ(table.port_at("192.0.2.1:4420")->requires_tls, !is_refused) << "as it was, where one is not settled";
  }
}

// Who fails over means it.
TEST_F(NvmeRights, ana_states_and_groups_stay_as_asked_whatever_was_sent_before) {
  log::set_level(log::Level::Error);
  const model::Intent before = controller("sub1", "ctrl1");
  ASSERT_TRUE(run(controllers.realise(before)).has_value());
  v1::NvmeControllerOptions options;
  auto* const state = options.add_ana_states();
  state->set_group(2);
  state->set_state(v1::NvmeAnaState::INACCESSIBLE);
  facts.refuse_settle = Error{Code::Unavailable, "still at work"};
  facts.settles_before_refusal = 1;
  EXPECT_TRUE(run(controllers.realise(after(before, controller("sub1", "ctrl1", "4420", options)))).has_value());
  EXPECT_EQ(facts.states.at(2), nvme::AnaState::Inaccessible);
  facts.refuse_settle.reset();
  v1::NvmeNamespaceOptions space_options;
  space_options.set_ana_group(3);
  const model::Intent space_before = space("sub1", "ns1", 1, space_options);
  ASSERT_TRUE(put_namespace(space_before).has_value());
  space_options.set_ana_group(4);
  facts.refuse_settle = Error{Code::Unavailable, "still at work"};
  facts.settles_before_refusal = 1;
  EXPECT_TRUE(run(namespaces.realise(after(space_before, space("sub1", "ns1", 1, space_options)))).has_value());
  EXPECT_EQ(facts.options.at(1).ana_group, 4U);
  facts.refuse_settle.reset();
}

TEST_F(NvmeRights, an_address_is_left) {
  ASSERT_TRUE(run(subsystems.realise(subsystem("sub2"))).has_value());
  ASSERT_TRUE(run(controllers.realise(controller("sub2", "ctrl2"))).has_value());
  model::Intent left = controller("sub1", "ctrl1");
  ASSERT_TRUE(run(controllers.realise(left)).has_value());
  refuse(controllers.withdraw(left));
  EXPECT_EQ(facts.exposed.size(), 2U) << "it still stands";
  EXPECT_TRUE(controllers.stats(left).has_value());
  expect_that_it_waits(controllers.withdraw(left));
  EXPECT_THAT(facts.exposed, ElementsAre("nqn.2022-09.io.example:sub2@192.0.2.1:4420"));
  EXPECT_THAT(facts.open_addresses, ElementsAre("192.0.2.1:4420"));
}

}  // namespace
}  // namespace outrigger::apply
