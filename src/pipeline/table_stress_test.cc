// Data threads look up while the control plane changes everything: an entry that stays is found at every moment, and
// whatever is found is whole and matches. Under ThreadSanitizer this also shows that the order of memory is right.
#include "pipeline/table_model.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace outrigger::pipeline {
namespace {

constexpr uint32_t steps = 4000;
constexpr uint32_t readers = 2;
constexpr uint32_t data_bytes = 24;

struct Case {
  const char* name;
  std::vector<KeyField> key;
  StructureKind structure;
  uint64_t size = 300;
};

class Stress {
 public:
  explicit Stress(const Case& of) {
    shape_ = {.name = of.name, .key = of.key, .action_data_bytes = {0, data_bytes}, .size = of.size};
    shape_.structure = of.structure;
    table_ = Table::make(shape_, {}, quiescence_).value();
  }

  void run() {
    // Entries that stay, with the highest priority; what else matches their keys loses against them or is longer.
    for (int tries = 0; stable_.size() < 20 && tries < 200; ++tries) {
      ModelEntry entry = random_entry();
      entry.priority = 100;
      fill(entry, 0);
      if (const auto handle = insert(entry); handle.has_value()) {
        entry.handle = *handle;
        stable_.push_back(entry);
      }
    }
    std::vector<std::thread> threads;
    for (uint32_t i = 0; i < readers; ++i) {
      threads.emplace_back([this, i] { read(i + 1); });
    }
    while (reading_.load() < readers) {
    }
    change();
    is_over_.store(true);
    for (std::thread& thread : threads) {
      thread.join();
    }
    EXPECT_EQ(faults_.load(), 0U);
    EXPECT_GT(hits_.load(), 0U);
    quiescence_.reclaim();
    EXPECT_EQ(quiescence_.retired_count(), 0U);
  }

 private:
  ModelEntry random_entry() {
    ModelEntry entry;
    do {  // prefixes of 16 bits and more: shorter ones only make DIR-24-8 store for long
      entry.match = random_key_match(random_, shape_);
    } while (shape_.structure == StructureKind::Dir24 && entry.match.bound[1] != 0xFF);
    entry.priority = static_cast<uint32_t>(random_.below(6));
    return entry;
  }
  // The data say which entry it is, the same number in every byte: a torn or a wrong entry would show.
  static void fill(ModelEntry& entry, uint8_t version) {
    uint8_t sum = version;
    for (const uint8_t byte : entry.match.value) {
      sum = static_cast<uint8_t>(sum * 3 + byte);
    }
    entry.data.assign(data_bytes, sum);
  }
  Result<uint32_t> insert(const ModelEntry& entry) {
    return table_->insert({.value = entry.match.value,
                           .bound = entry.match.bound,
                           .priority = entry.priority,
                           .action = {.action = 1, .data = entry.data}});
  }
  void change() {
    std::vector<uint32_t> handles;
    for (uint32_t step = 0; step < steps; ++step) {
      switch (random_.below(4)) {
        case 0:
          if (!handles.empty()) {
            std::swap(handles[random_.below(handles.size())], handles.back());
            EXPECT_TRUE(table_->remove(handles.back()).has_value());
            handles.pop_back();
          }
          break;
        case 1: {
          ModelEntry& entry = stable_[random_.below(stable_.size())];
          fill(entry, static_cast<uint8_t>(step));
          const auto modified = table_->modify(entry.handle, {.action = 1, .data = entry.data});
          EXPECT_TRUE(modified.has_value() || modified.error().code == Code::Unavailable);
          break;
        }
        default: {
          ModelEntry entry = random_entry();
          fill(entry, static_cast<uint8_t>(step));
          if (const auto handle = insert(entry); handle.has_value()) {
            handles.push_back(*handle);
          }
        }
      }
    }
  }
  void read(uint64_t seed) {
    core::Random random(seed);
    const uint32_t thread = quiescence_.join().value();
    const uint32_t stride = key_stride(shape_.key_bytes());
    std::vector<uint8_t> keys(size_t{stable_.size()} * stride);
    std::vector<const Entry*> found(stable_.size());
    reading_.fetch_add(1);
    do {
      for (size_t i = 0; i < stable_.size(); ++i) {
        // Half of the keys are of entries that stay, the others anything.
        std::vector<uint8_t> key = stable_[i].match.value;
        if (i % 2 != 0) {
          key = random_key(random, shape_, nullptr);
        }
        std::ranges::copy(key, keys.begin() + static_cast<ptrdiff_t>(i * stride));
      }
      if (random.chance(2)) {
        look_up_by_plan(table_->abi(), keys, stride, 0, 7, found);
      } else {
        table_->abi().lookup(&table_->abi(), keys.data(), stride, static_cast<uint32_t>(found.size()), found.data());
      }
      for (size_t i = 0; i < found.size(); ++i) {
        const bool is_hit = found[i]->is_hit != 0;
        const bool is_whole = !is_hit || std::all_of(found[i]->data(), found[i]->data() + data_bytes,
                                                     [&](uint8_t byte) { return byte == *found[i]->data(); });
        faults_ += is_whole && (is_hit || i % 2 != 0) ? 0 : 1;
        hits_ += is_hit ? 1 : 0;
      }
      quiescence_.announce(thread);
    } while (!is_over_.load());
    quiescence_.leave(thread);
  }

  core::Random random_{1};
  TableShape shape_;
  Quiescence quiescence_;
  std::unique_ptr<Table> table_;
  std::vector<ModelEntry> stable_;
  std::atomic<uint32_t> reading_ = 0;
  std::atomic<bool> is_over_ = false;
  std::atomic<uint64_t> faults_ = 0;
  std::atomic<uint64_t> hits_ = 0;
};

std::vector<Case> cases() {
  using M = MatchKind;
  using S = StructureKind;
  const std::vector<KeyField> acl = {{"s", M::Ternary, 24}, {"p", M::Range, 16}};
  return {
      {"linear", {{"a", M::Exact, 16}}, S::Linear},
      {"direct", {{"a", M::Exact, 16}}, S::Direct},
      {"exact", {{"a", M::Exact, 48}}, S::Exact, 3000},
      {"dir24", {{"a", M::Lpm, 32}}, S::Dir24},
      {"trie", {{"a", M::Lpm, 64}}, S::Trie},
      {"large_trie", {{"v", M::Exact, 4}, {"a", M::Lpm, 32}}, S::Trie, 5000},
      {"tuple_space", acl, S::TupleSpace},
      {"bit_vector", acl, S::BitVector},
      {"large_bit_vector", acl, S::BitVector, 5000},
      {"ternary", {{"s", M::Ternary, 24}, {"o", M::Optional, 16}}, S::Automatic},
  };
}

class TableStress : public ::testing::TestWithParam<Case> {};

TEST_P(TableStress, readers_see_whole_entries_and_miss_none_that_stays) { Stress(GetParam()).run(); }

INSTANTIATE_TEST_SUITE_P(Structures, TableStress, ::testing::ValuesIn(cases()),
                         [](const auto& given) { return given.param.name; });

}  // namespace
}  // namespace outrigger::pipeline
