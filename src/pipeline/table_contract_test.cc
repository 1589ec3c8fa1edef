// The contract of every table structure: random operations by seed against TableModel.
//   OUTRIGGER_SEED=n    that seed alone
//   OUTRIGGER_ROUNDS=n  so many seeds (soak)
#include "pipeline/table_model.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

namespace outrigger::pipeline {
namespace {

constexpr uint64_t seeds = 5;
constexpr int steps = 400;

struct Case {
  const char* name;
  std::vector<KeyField> key;
  std::vector<StructureKind> structures;
  bool smaller_priority_wins = false;
  uint64_t size = 200;
};

std::vector<Case> cases() {
  using M = MatchKind;
  using S = StructureKind;
  return {
      {"port", {{"port", M::Exact, 9}}, {S::Automatic, S::Direct, S::Exact, S::Linear}},
      {"byte", {{"byte", M::Exact, 8}}, {S::Direct, S::Exact}},
      {"mac", {{"mac", M::Exact, 48}}, {S::Automatic, S::Exact, S::Linear}},
      {"five",
       {{"a", M::Exact, 32}, {"b", M::Exact, 32}, {"c", M::Exact, 8}, {"d", M::Exact, 16}, {"e", M::Exact, 16}},
       {S::Automatic}},
      {"ipv4", {{"ip", M::Lpm, 32}}, {S::Automatic, S::Linear, S::Dir24, S::Trie}},
      {"odd_lpm", {{"ip", M::Lpm, 19}}, {S::Dir24, S::Trie}},
      {"short_lpm", {{"ip", M::Lpm, 7}}, {S::Trie}},
      {"ipv6", {{"ip", M::Lpm, 128}}, {S::Automatic}},
      {"vrf", {{"vrf", M::Exact, 12}, {"ip", M::Lpm, 30}, {"port", M::Exact, 9}}, {S::Automatic, S::Linear}},
      {"large_ipv4", {{"ip", M::Lpm, 32}}, {S::Automatic, S::Trie}, false, 5000},
      {"large_ipv6", {{"ip", M::Lpm, 128}}, {S::Automatic}, false, 5000},
      {"large_vrf", {{"ip", M::Lpm, 32}, {"vrf", M::Exact, 4}}, {S::Automatic}, false, 5000},
      {"ternary", {{"t", M::Ternary, 12}}, {S::Automatic, S::TupleSpace, S::BitVector, S::Linear}},
      {"acl",
       {{"s", M::Ternary, 32}, {"d", M::Lpm, 32}, {"p", M::Range, 16}, {"o", M::Optional, 8}, {"e", M::Exact, 3}},
       {S::Automatic, S::TupleSpace, S::BitVector, S::Linear},
       true},
      {"range", {{"r", M::Range, 12}}, {S::Automatic, S::TupleSpace, S::BitVector, S::Linear}, true},
      {"optional", {{"o", M::Optional, 48}, {"p", M::Optional, 9}}, {S::Automatic, S::TupleSpace, S::BitVector}},
      {"large_acl",
       {{"s", M::Ternary, 24}, {"p", M::Range, 16}},
       {S::Automatic, S::TupleSpace, S::BitVector},
       false,
       5000},
      {"wide", {{"wide", M::Exact, 1000}}, {S::Automatic}},
  };
}

class RandomRun {
 public:
  RandomRun(const Case& of, StructureKind structure, uint64_t seed) : random_(seed) {
    shape_.name = of.name;
    shape_.key = of.key;
    shape_.action_data_bytes = {0, 4, 13};
    shape_.size = of.size;
    shape_.structure = structure;
    shape_.smaller_priority_wins = of.smaller_priority_wins;
    table_ = Table::make(shape_, {}, quiescence_).value();
    model_.emplace(shape_);
  }

  void run() {
    const uint32_t thread = quiescence_.join().value();
    for (int step = 0; step < steps && !::testing::Test::HasFatalFailure(); ++step) {
      change();
      look();
      quiescence_.announce(thread);
    }
    compare_lists();
    quiescence_.leave(thread);
  }

 private:
  ActionSpec random_action() {
    const auto action = static_cast<uint32_t>(random_.below(3));
    data_.assign(shape_.action_data_bytes[action], static_cast<uint8_t>(random_.next()));
    return {.action = action, .data = data_};
  }
  ModelEntry* random_entry() {
    auto& entries = model_->entries();
    return entries.empty() ? nullptr : &entries[random_.below(entries.size())];
  }
  void change() {
    // Mostly growth to the limit in the first half, then as much removal.
    switch (random_.below(is_shrinking_ ? 5 : 8)) {
      case 0:
      case 1: remove(); break;
      case 2: modify(); break;
      case 3:
        if (random_.chance(100)) {
          table_->clear();
          model_->clear();
        }
        is_shrinking_ = random_.chance(10) ? !is_shrinking_ : is_shrinking_;
        break;
      default: insert(); break;
    }
  }
  void insert() {
    ModelEntry entry;
    entry.match = random_key_match(random_, shape_);
    entry.priority = static_cast<uint32_t>(random_.below(6));
    if (const ModelEntry* other = random_entry(); other != nullptr && random_.chance(8)) {
      entry.match = other->match;
    }
    const ActionSpec action = random_action();
    const auto handle = table_->insert(
        {.value = entry.match.value, .bound = entry.match.bound, .priority = entry.priority, .action = action});
    if (model_->find(entry.match, entry.priority) != nullptr) {
      ASSERT_FALSE(handle.has_value());
      ASSERT_EQ(handle.error().code, Code::AlreadyExists);
    } else if (model_->entries().size() == shape_.size) {
      ASSERT_FALSE(handle.has_value());
      ASSERT_EQ(handle.error().code, Code::ResourceExhausted);
    } else {
      ASSERT_TRUE(handle.has_value()) << handle.error().what;
      entry.handle = *handle;
      entry.action = action.action;
      entry.data = data_;
      model_->add(std::move(entry));
    }
  }
  void modify() {
    if (ModelEntry* const entry = random_entry()) {
      const ActionSpec action = random_action();
      ASSERT_TRUE(table_->modify(entry->handle, action).has_value());
      entry->action = action.action;
      entry->data = data_;
    }
  }
  void remove() {
    if (const ModelEntry* const entry = random_entry()) {
      ASSERT_EQ(table_->find(entry->match.value, entry->match.bound, entry->priority).value(), entry->handle);
      ASSERT_TRUE(table_->remove(entry->handle).has_value());
      ASSERT_EQ(table_->remove(entry->handle).error().code, Code::NotFound);
      model_->remove(entry);
    }
  }
  // A burst of any size up to the largest.
  void look() {
    const auto count = static_cast<uint32_t>(1 + random_.below(random_.chance(16) ? burst_packets_max : 6));
    const uint32_t stride = key_stride(shape_.key_bytes());
    std::vector<uint8_t> keys(size_t{count} * stride);
    std::vector<std::vector<uint8_t>> plain;
    for (uint32_t i = 0; i < count; ++i) {
      plain.push_back(random_key(random_, shape_, random_entry()));
      std::ranges::copy(plain.back(), keys.begin() + i * stride);
    }
    std::vector<const Entry*> found(count);
    table_->abi().lookup(&table_->abi(), keys.data(), stride, count, found.data());
    std::vector<const Entry*> by_plan(count);
    // A seed that is not the table's own: the control plane may have made another one since the hashes were made.
    look_up_by_plan(table_->abi(), keys, stride, random_.chance(4) ? 1 : 0, 3, by_plan);
    ASSERT_EQ(by_plan, found);
    for (uint32_t i = 0; i < count; ++i) {
      const ModelEntry* const expected = model_->lookup(plain[i]);
      ASSERT_EQ(found[i]->is_hit != 0, expected != nullptr);
      if (expected != nullptr) {
        ASSERT_EQ(found[i]->handle, expected->handle);
        ASSERT_EQ(found[i]->action, expected->action);
        ASSERT_TRUE(std::equal(expected->data.begin(), expected->data.end(), found[i]->data()));
      }
    }
  }
  void compare_lists() {
    ASSERT_EQ(table_->count(), model_->entries().size());
    std::map<uint32_t, const ModelEntry*> by_handle;
    for (const ModelEntry& entry : model_->entries()) {
      by_handle[entry.handle] = &entry;
    }
    table_->for_each([&](const EntryView& view) {
      ASSERT_TRUE(by_handle.contains(view.handle));
      const ModelEntry& expected = *by_handle[view.handle];
      EXPECT_TRUE(std::ranges::equal(view.value, expected.match.value));
      EXPECT_TRUE(std::ranges::equal(view.bound, expected.match.bound));
      EXPECT_EQ(view.priority, expected.priority);
      EXPECT_TRUE(std::ranges::equal(view.action.data, expected.data));
      by_handle.erase(view.handle);
    });
    EXPECT_TRUE(by_handle.empty());
  }

  core::Random random_;
  TableShape shape_;
  Quiescence quiescence_;
  std::unique_ptr<Table> table_;
  std::optional<TableModel> model_;
  std::vector<uint8_t> data_;
  bool is_shrinking_ = false;
};

class TableContract : public ::testing::TestWithParam<std::pair<Case, StructureKind>> {};

TEST_P(TableContract, random_operations_are_what_the_model_says) {
  const auto& [of, structure] = GetParam();
  const char* const wanted = std::getenv("OUTRIGGER_SEED");
  const uint64_t first = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 1;
  const char* const rounds = std::getenv("OUTRIGGER_ROUNDS");
  const uint64_t last = wanted != nullptr ? first : rounds != nullptr ? std::strtoull(rounds, nullptr, 10) : seeds;
  for (uint64_t seed = first; seed <= last && !HasFatalFailure() && !HasNonfatalFailure(); ++seed) {
    const auto* const info = ::testing::UnitTest::GetInstance()->current_test_info();
    SCOPED_TRACE(fmt::format("replay with: OUTRIGGER_SEED={} pipeline_test --gtest_filter={}.{}", seed,
                             info->test_suite_name(), info->name()));
    RandomRun(of, structure, seed).run();
  }
}

std::vector<std::pair<Case, StructureKind>> parameters() {
  std::vector<std::pair<Case, StructureKind>> all;
  for (const Case& of : cases()) {
    for (const StructureKind structure : of.structures) {
      all.emplace_back(of, structure);
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Structures, TableContract, ::testing::ValuesIn(parameters()), [](const auto& given) {
  return fmt::format("{}_{}", given.param.first.name, structure_kind_name(given.param.second));
});

}  // namespace
}  // namespace outrigger::pipeline
