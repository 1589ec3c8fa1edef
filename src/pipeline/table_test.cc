#include "pipeline/table.h"

#include "core/random.h"
#include "pipeline/tag_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

namespace outrigger::pipeline {
namespace {

using ::testing::HasSubstr;

constexpr std::array<uint8_t, 1> one = {1};

TableShape port_shape() {
  TableShape shape;
  shape.name = "ingress.ports";
  shape.key = {{"port", MatchKind::Exact, 9}};
  shape.action_data_bytes = {0, 1};
  shape.size = 2;
  return shape;
}

class TableTest : public ::testing::Test {
 protected:
  std::unique_ptr<Table> make(const TableShape& shape) { return Table::make(shape, {}, quiescence).value(); }

  Quiescence quiescence;
};

TEST_F(TableTest, errors_name_the_table_and_what_was_wrong) {
  const auto table = make(port_shape());
  const std::array<uint8_t, 2> value = {0, 5};
  const auto put = [&](std::span<const uint8_t> key, const ActionSpec& action) {
    return table->insert({.value = key, .action = action});
  };
  const std::array<uint8_t, 2> wide = {2, 0};
  EXPECT_THAT(put(wide, {}).error().what, HasSubstr("ingress.ports: key field port: the value does not fit bit<9>"));
  EXPECT_THAT(put(one, {}).error().what, HasSubstr("a key of 2 bytes"));
  EXPECT_THAT(put(value, {.action = 2}).error().what, HasSubstr("has 2 actions"));
  EXPECT_THAT(put(value, {.action = 1}).error().what, HasSubstr("data of 1 bytes; 0 were given"));
  EXPECT_THAT(put(value, {.kind = EntryKind::Member}).error().what, HasSubstr("no action profile"));
  ASSERT_TRUE(put(value, {.action = 1, .data = one}).has_value());
  EXPECT_EQ(put(value, {}).error().code, Code::AlreadyExists);
  const std::array<uint8_t, 2> other = {1, 5};
  ASSERT_TRUE(put(other, {}).has_value());
  const std::array<uint8_t, 2> third = {1, 6};
  EXPECT_EQ(put(third, {}).error().code, Code::ResourceExhausted);
  EXPECT_EQ(table->modify(99, {}).error().code, Code::NotFound);
  EXPECT_EQ(table->find(third, {}, 0).error().code, Code::NotFound);
}

TEST_F(TableTest, fields_matches_are_packed_and_checked) {
  TableShape shape;
  shape.name = "acl";
  shape.key = {{"source", MatchKind::Lpm, 20}, {"port", MatchKind::Range, 16}, {"proto", MatchKind::Optional, 8}};
  std::vector<FieldMatch> fields(3);
  fields[0] = {.value = {0x0A, 0xBC, 0xDE}, .bound = {}, .prefix_bits = 12};
  fields[1] = {.value = {0, 10}, .bound = {0, 20}};
  fields[2].is_present = false;
  const KeyMatch match = pack_match(shape, fields).value();
  EXPECT_EQ(match.value, (std::vector<uint8_t>{0x0A, 0xBC, 0, 0, 10, 0}));
  EXPECT_EQ(match.bound, (std::vector<uint8_t>{0x0F, 0xFF, 0, 0, 20, 0}));
  fields[0].prefix_bits = 21;
  EXPECT_THAT(pack_match(shape, fields).error().what, HasSubstr("prefix of 21 bits in bit<20>"));
  fields[0].prefix_bits = 0;
  fields[1].bound = {0, 9};
  EXPECT_THAT(pack_match(shape, fields).error().what, HasSubstr("ends before it begins"));
  std::vector<uint8_t> value(6);
  std::vector<uint8_t> bound = {0x0F, 0x0F, 0, 0, 20, 0};
  EXPECT_THAT(canonicalise(shape, value, bound).error().what, HasSubstr("is a prefix"));
}

TEST_F(TableTest, shapes_beyond_the_limits_are_refused) {
  TableShape shape = port_shape();
  shape.key = {{"wide", MatchKind::Exact, 8 * key_bytes_max + 1}};
  EXPECT_EQ(Table::make(shape, {}, quiescence).error().code, Code::ResourceExhausted);
  shape.key = {{"a", MatchKind::Lpm, 8}, {"b", MatchKind::Lpm, 8}};
  EXPECT_EQ(Table::make(shape, {}, quiescence).error().code, Code::InvalidArgument);
  shape.key = {{"a", MatchKind::Ternary, 8}};
  shape.structure = StructureKind::Exact;
  EXPECT_THAT(Table::make(shape, {}, quiescence).error().what, HasSubstr("exact structure does not suit"));
}

TEST_F(TableTest, the_default_entry_is_no_hit_and_can_be_reset) {
  const auto table = make(port_shape());
  const std::array<uint8_t, 8> key = {};
  EXPECT_EQ(table->lookup(key.data()).is_hit, 0);
  EXPECT_EQ(table->lookup(key.data()).action, 0U);
  ASSERT_TRUE(table->set_default({.action = 1, .data = one}).has_value());
  EXPECT_EQ(table->lookup(key.data()).action, 1U);
  EXPECT_EQ(*table->lookup(key.data()).data(), 1);
  EXPECT_EQ(table->default_entry().action.data[0], 1);
  ASSERT_TRUE(table->reset_default().has_value());
  EXPECT_EQ(table->lookup(key.data()).action, 0U);
}

TEST_F(TableTest, const_entries_and_defaults_stay) {
  TableShape shape = port_shape();
  shape.is_default_const = true;
  const auto table = make(shape);
  EXPECT_EQ(table->set_default({}).error().code, Code::FailedPrecondition);
  const std::array<uint8_t, 2> value = {0, 5};
  const uint32_t handle = table->insert({.value = value, .action = {}, .is_const = true}).value();
  EXPECT_EQ(table->remove(handle).error().code, Code::FailedPrecondition);
  EXPECT_EQ(table->modify(handle, {}).error().code, Code::FailedPrecondition);
  table->clear();
  EXPECT_EQ(table->count(), 1U);
}

TEST_F(TableTest, routes_take_much_memory_only_where_many_were_asked_for) {
  TableShape shape = port_shape();
  shape.key = {{"address", MatchKind::Lpm, 32}};
  shape.size = 1024;
  EXPECT_EQ(make(shape)->structure(), StructureKind::Dir24);
  shape.is_size_asked = false;
  EXPECT_EQ(make(shape)->structure(), StructureKind::Trie);
  shape.is_size_asked = true;
  shape.size = 511;
  EXPECT_EQ(make(shape)->structure(), StructureKind::Trie);
}

TEST_F(TableTest, a_table_without_a_key_has_its_default_alone) {
  TableShape shape = port_shape();
  shape.key.clear();
  const auto table = make(shape);
  const std::array<uint8_t, 8> key = {};
  EXPECT_EQ(table->lookup(key.data()).is_hit, 0);
  EXPECT_EQ(table->insert({}).error().code, Code::FailedPrecondition);
}

TEST_F(TableTest, idle_entries_are_told_once_until_they_are_hit_again) {
  TableShape shape = port_shape();
  shape.has_idle_timeout = true;
  const auto table = make(shape);
  const std::array<uint8_t, 8> key = {0, 5};
  const uint32_t handle =
      table->insert({.value = std::span(key).first(2), .action = {}, .idle_timeout_ns = 100}, 1000).value();
  EXPECT_TRUE(table->find_idle(1099, 10).empty());
  EXPECT_EQ(table->find_idle(1100, 10), std::vector{handle});
  EXPECT_TRUE(table->find_idle(1200, 10).empty());
  touch(table->abi(), table->lookup(key.data()), 1250);
  EXPECT_TRUE(table->find_idle(1300, 10).empty());
  EXPECT_EQ(table->find_idle(1350, 10), std::vector{handle});
}

TEST_F(TableTest, a_handle_is_not_used_again_while_a_data_thread_may_count_on_it) {
  const auto table = make(port_shape());
  const uint32_t thread = quiescence.join().value();
  const std::array<uint8_t, 2> value = {0, 5};
  const uint32_t first = table->insert({.value = value, .action = {}}).value();
  ASSERT_TRUE(table->remove(first).has_value());
  quiescence.reclaim();
  EXPECT_NE(table->insert({.value = value, .action = {}}).value(), first);
  quiescence.announce(thread);
  quiescence.reclaim();
  const std::array<uint8_t, 2> other = {0, 6};
  EXPECT_EQ(table->insert({.value = other, .action = {}}).value(), first);
  quiescence.leave(thread);
}

TEST(TagProbe, is_what_the_plain_one_says) {
  core::Random random(1);
  for (int i = 0; i < 10'000; ++i) {
    const uint64_t low = random.next() & 0x0301030103010301ULL;
    const uint64_t high = random.next() & 0x0301030103010301ULL;
    const auto tag = static_cast<uint8_t>(random.below(4));
    ASSERT_EQ(probe_tags(low, high, tag), probe_tags_plain(low, high, tag));
  }
}

}  // namespace
}  // namespace outrigger::pipeline
