#include "pipeline/table.h"

#include <gtest/gtest.h>

#include <array>
#include <map>

namespace outrigger::pipeline {
namespace {

class ActionProfileTest : public ::testing::Test {
 protected:
  ActionProfileTest() {
    profile =
        ActionProfile::make({.name = "hops", .action_data_bytes = {0, 2}, .size = 4, .group_size_max = 8}, quiescence)
            .value();
    shape.name = "routes";
    shape.key = {{"port", MatchKind::Exact, 8}};
    shape.action_data_bytes = {0, 2};
    table = Table::make(shape, {}, quiescence, profile.get()).value();
  }
  uint32_t member(uint8_t number) {
    const std::array<uint8_t, 2> data = {0, number};
    return profile->create_member(1, data).value();
  }
  Result<uint32_t> put(uint8_t port, EntryKind kind, uint32_t reference) {
    const std::array<uint8_t, 1> key = {port};
    return table->insert({.value = key, .action = {.kind = kind, .reference = reference}});
  }
  const Entry& look(uint8_t port) {
    const std::array<uint8_t, 8> key = {port};
    return table->lookup(key.data());
  }

  Quiescence quiescence;
  std::unique_ptr<ActionProfile> profile;
  TableShape shape;
  std::unique_ptr<Table> table;
};

TEST_F(ActionProfileTest, entries_share_members_and_follow_their_changes) {
  const uint32_t hop = member(7);
  ASSERT_TRUE(put(1, EntryKind::Member, hop).has_value());
  EXPECT_EQ(put(2, EntryKind::Member, hop + 1).error().code, Code::NotFound);
  EXPECT_EQ(profile->resolve(look(1), 0)->data()[1], 7);
  ASSERT_TRUE(profile->modify_member(hop, 0, {}).has_value());
  EXPECT_EQ(profile->resolve(look(1), 0)->action, 0U);
  EXPECT_EQ(profile->resolve(look(9), 0), &look(9));  // the default entry is its own action
  EXPECT_EQ(profile->create_member(1, {}).error().code, Code::InvalidArgument);
  EXPECT_EQ(profile->create_member(2, {}).error().code, Code::InvalidArgument);
}

TEST_F(ActionProfileTest, the_hash_chooses_by_weight_in_the_order_of_handles) {
  const std::array<uint32_t, 3> hops = {member(0), member(1), member(2)};
  const std::array<GroupMember, 3> members = {GroupMember{hops[2], 1}, GroupMember{hops[0], 3},
                                              GroupMember{hops[1], 1}};
  const uint32_t group = profile->create_group(members).value();
  ASSERT_TRUE(put(1, EntryKind::Group, group).has_value());
  std::vector<int> chosen;
  for (uint64_t hash = 0; hash < 6; ++hash) {
    chosen.push_back(profile->resolve(look(1), hash)->data()[1]);
  }
  EXPECT_EQ(chosen, (std::vector<int>{0, 0, 0, 1, 2, 0}));
  EXPECT_EQ(profile->get_group(group).value().size(), 3U);
  ASSERT_TRUE(profile->modify_group(group, {}).has_value());
  EXPECT_EQ(profile->resolve(look(1), 0), nullptr);
}

TEST_F(ActionProfileTest, what_is_in_use_stays) {
  const uint32_t hop = member(1);
  const std::array<GroupMember, 1> members = {GroupMember{hop, 1}};
  const uint32_t group = profile->create_group(members).value();
  const uint32_t entry = put(1, EntryKind::Group, group).value();
  EXPECT_EQ(profile->remove_member(hop).error().code, Code::FailedPrecondition);
  EXPECT_EQ(profile->remove_group(group).error().code, Code::FailedPrecondition);
  ASSERT_TRUE(table->modify(entry, {}).has_value());
  EXPECT_TRUE(profile->remove_group(group).has_value());
  EXPECT_TRUE(profile->remove_member(hop).has_value());
  EXPECT_EQ(profile->remove_member(hop).error().code, Code::NotFound);
  EXPECT_EQ(profile->member_count() + profile->group_count(), 0U);
}

TEST_F(ActionProfileTest, limits_and_nonsense_are_refused) {
  const uint32_t hop = member(1);
  for (const auto& members : {std::vector<GroupMember>{{hop, 0}}, {{hop, 9}}, {{hop, 1}, {hop, 1}}}) {
    EXPECT_EQ(profile->create_group(members).error().code, Code::InvalidArgument);
  }
  const std::array<GroupMember, 1> unknown = {GroupMember{77, 1}};
  EXPECT_EQ(profile->create_group(unknown).error().code, Code::NotFound);
  member(2);
  member(3);
  member(4);
  EXPECT_EQ(profile->create_member(0, {}).error().code, Code::ResourceExhausted);
}

TEST_F(ActionProfileTest, a_table_that_goes_lets_go) {
  const uint32_t hop = member(1);
  ASSERT_TRUE(put(1, EntryKind::Member, hop).has_value());
  ASSERT_TRUE(table->set_default({.kind = EntryKind::Member, .reference = hop}).has_value());
  table.reset();
  EXPECT_TRUE(profile->remove_member(hop).has_value());
}

}  // namespace
}  // namespace outrigger::pipeline
