// Tables at run time: selectors and their groups, signed ranges, priorities, errors.
#include <gmock/gmock.h>

#include <set>

#include "p4_target/test_switch.h"

namespace outrigger::p4_target {
namespace {

using p4_ir::EntryKey;
using testing::HasSubstr;

constexpr auto first = p4_ir::TableId{0};

const char* const selecting = R"(
  action forward(bit<9> port) { sm.egress_spec = port; }
  action drop() { mark_to_drop(sm); }
  action_selector(HashAlgorithm.identity, 32w8, 32w8) paths;
  table t {
    key = { hdr.h.kind : exact; hdr.h.a : selector; }
    actions = { forward; drop; }
    const default_action = drop();
    implementation = paths;
  }
  apply { t.apply(); }
)";

class TablesTest : public TestSwitch {
 protected:
  uint32_t member(uint32_t port) { return target->tables().create_member(first, call(port)).value(); }
  static p4_ir::ActionCall call(uint32_t port) { return {.action = 0, .arguments = {bits(9, port)}}; }
  static EntryKey exact(uint32_t width, uint64_t value) {
    return {.kind = EntryKey::Kind::Exact, .value = bits(width, value), .mask = {}};
  }
  MatchTable& table() { return target->tables().at(first); }
};

TEST_F(TablesTest, a_group_chooses_by_the_hash_of_the_selector_fields) {
  ASSERT_EQ(load(ingress_program(selecting)), std::nullopt);
  pipeline::ActionProfile& profile = *target->tables().profile(*table().table().implementation);
  const uint32_t five = member(5);
  const uint32_t six = member(6);
  const std::vector<pipeline::GroupMember> members = {{.member = five, .weight = 1}, {.member = six, .weight = 2}};
  const uint32_t group = profile.create_group(members).value();
  const EntryAction action{.call = {}, .kind = pipeline::EntryKind::Group, .reference = group};
  const EntryKey key = exact(8, 1);
  ASSERT_TRUE(table().add({&key, 1}, 0, action).has_value());
  // identity modulo the three places of the group
  EXPECT_EQ(port_of({1, 0, 0}), 5U);
  EXPECT_EQ(port_of({1, 1, 0}), 6U);
  EXPECT_EQ(port_of({1, 2, 0}), 6U);
  EXPECT_EQ(port_of({1, 3, 0}), 5U);
  EXPECT_EQ(port_of({2, 3, 0}), 511U);
  ASSERT_TRUE(profile.modify_group(group, {}).has_value());
  EXPECT_EQ(port_of({1, 0, 0}), 511U);  // nothing to choose: the default action
}

TEST_F(TablesTest, an_empty_group_does_what_the_table_says_of_it) {
  for (const std::string_view listed : {"forward; drop;", "forward;"}) {
    for (const auto& [action, port] : {std::pair{"forward(7)", 7U}, {"drop", 511U}, {"drop()", 511U}}) {
      std::string text = selecting;
      text.replace(text.find("forward; drop;"), std::string_view("forward; drop;").size(), listed);
      text.replace(text.find("const default_action = drop();"),
                   std::string_view("const default_action = drop();").size(),
                   fmt::format("const default_action = forward(3); psa_empty_group_action = {};", action));
      target.reset();
      ASSERT_EQ(load(ingress_program(text)), std::nullopt);
      const uint32_t group = target->tables().profile(*table().table().implementation)->create_group({}).value();
      const EntryKey key = exact(8, 1);
      const EntryAction empty{.call = {}, .kind = pipeline::EntryKind::Group, .reference = group};
      ASSERT_TRUE(table().add({&key, 1}, 0, empty).has_value());
      EXPECT_EQ(port_of({1, 0, 0}), port) << action << " of " << listed;
      EXPECT_EQ(port_of({2, 0, 0}), 3U);  // a miss
    }
  }
}

TEST_F(TablesTest, an_entry_may_name_a_member_which_may_change) {
  ASSERT_EQ(load(ingress_program(selecting)), std::nullopt);
  const uint32_t five = member(5);
  const EntryKey key = exact(8, 1);
  const EntryAction action{.call = {}, .kind = pipeline::EntryKind::Member, .reference = five};
  const uint32_t handle = table().add({&key, 1}, 0, action).value();
  EXPECT_EQ(port_of({1, 0, 0}), 5U);
  const std::vector<uint8_t> data = pack_action(table().table(), call(7)).value();
  ASSERT_TRUE(target->tables().profile(*table().table().implementation)->modify_member(five, 0, data).has_value());
  EXPECT_EQ(port_of({1, 0, 0}), 7U);
  ASSERT_TRUE(table().modify(handle, {.call = call(8)}).has_value());
  EXPECT_EQ(port_of({1, 0, 0}), 8U);
  ASSERT_TRUE(table().remove(handle).has_value());
  EXPECT_EQ(port_of({1, 0, 0}), 511U);
}

TEST_F(TablesTest, ranges_of_signed_keys_are_signed) {
  ASSERT_EQ(load(ingress_program(R"(
    action forward(bit<9> port) { sm.egress_spec = port; }
    table t {
      key = { hdr.h.b : range; }
      actions = { forward; }
      const default_action = forward(9);
      const entries = { -3 .. 4 : forward(1); -128 .. -10 : forward(2); 100 : forward(3); }
    }
    apply { t.apply(); })")),
            std::nullopt);
  EXPECT_EQ(port_of({0, 0, 0xFD}), 1U);
  EXPECT_EQ(port_of({0, 0, 0}), 1U);
  EXPECT_EQ(port_of({0, 0, 4}), 1U);
  EXPECT_EQ(port_of({0, 0, 5}), 9U);
  EXPECT_EQ(port_of({0, 0, 0x80}), 2U);
  EXPECT_EQ(port_of({0, 0, 0xF6}), 2U);
  EXPECT_EQ(port_of({0, 0, 0xF7}), 9U);
  EXPECT_EQ(port_of({0, 0, 100}), 3U);
}

TEST_F(TablesTest, errors_say_what_does_not_fit) {
  ASSERT_EQ(load(ingress_program(selecting)), std::nullopt);
  const EntryKey wide = exact(9, 1);
  EXPECT_THAT(table().add({&wide, 1}, 0, {.call = call(1)}).error().what, HasSubstr("hdr.h.kind has 8 bits; 9"));
  const EntryKey any;
  EXPECT_THAT(table().add({&any, 1}, 0, {.call = call(1)}).error().what, HasSubstr("match kind is exact"));
  EXPECT_THAT(table().add({}, 0, {.call = call(1)}).error().what, HasSubstr("has 1 keys; 0 were given"));
  const EntryKey key = exact(8, 1);
  EXPECT_THAT(table().add({&key, 1}, 0, {.call = {.action = 0, .arguments = {}}}).error().what,
              HasSubstr("I.forward takes 1 arguments; 0 were given"));
  EXPECT_THAT(table().add({&key, 1}, 0, {.call = {.action = 7, .arguments = {}}}).error().what,
              HasSubstr("there is no number 7"));
  EXPECT_EQ(table().set_default({.call = call(1)}).error().code, Code::FailedPrecondition);
  ASSERT_TRUE(table().add({&key, 1}, 0, {.call = call(1)}).has_value());
  EXPECT_EQ(table().add({&key, 1}, 0, {.call = call(2)}).error().code, Code::AlreadyExists);
  const EntryAction nobody{.call = {}, .kind = pipeline::EntryKind::Member, .reference = 3};
  const EntryKey other = exact(8, 2);
  EXPECT_EQ(table().add({&other, 1}, 0, nobody).error().code, Code::NotFound);
}

TEST_F(TablesTest, tables_of_one_profile_list_the_same_actions) {
  const auto error = load(ingress_program(R"(
    action one() { }
    action two() { }
    action_profile(4) shared;
    table t { key = { hdr.h.a : exact; } actions = { one; two; } implementation = shared; default_action = one(); }
    table u { key = { hdr.h.a : exact; } actions = { two; one; } implementation = shared; default_action = one(); }
    apply { t.apply(); u.apply(); })"));
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->what, HasSubstr("I.t and I.u share I.shared"));
}

}  // namespace
}  // namespace outrigger::p4_target
