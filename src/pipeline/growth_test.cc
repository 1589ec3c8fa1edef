// Growth in small steps: what comes, goes and changes while a hash table's entries move to a larger one.
#include "core/random.h"
#include "pipeline/record_set.h"
#include "pipeline/table.h"

#include <gtest/gtest.h>

#include <unordered_map>

namespace outrigger::pipeline {
namespace {

TEST(RecordSet, finds_what_was_inserted_while_it_grows_and_shrinks) {
  core::Random random(3);
  RecordSet set;
  std::unordered_map<uint32_t, uint64_t> hashes;  // by reference
  const auto find = [&](uint32_t reference, uint64_t hash) {
    return set.find(hash, [&](uint32_t other) { return other == reference; });
  };
  uint32_t next = 1;
  std::vector<uint32_t> there;
  for (int step = 0; step < 12'000; ++step) {
    // Mostly insertions, in the end mostly removals; few different hashes, so that much lies together.
    const bool is_more = random.below(10) < (step < 8000 ? 7U : 2U);
    if (is_more || there.empty()) {
      const uint64_t hash = random.below(1000) << 34;
      set.insert(hash, next);
      hashes[next] = hash;
      there.push_back(next++);
    } else {
      std::swap(there[random.below(there.size())], there.back());
      const uint32_t reference = there.back();
      if (random.chance(3)) {
        set.replace(hashes[reference], reference, next);
        hashes[next] = hashes[reference];
        there.back() = next++;
      } else {
        set.remove(hashes[reference], reference);
        there.pop_back();
      }
      ASSERT_EQ(find(reference, hashes[reference]), 0U) << step;
    }
    const uint32_t any = there.empty() ? 0 : there[random.below(there.size())];
    ASSERT_TRUE(any == 0 || find(any, hashes[any]) == any) << step;
  }
  for (const uint32_t reference : there) {
    ASSERT_EQ(find(reference, hashes[reference]), reference);
  }
}

class Growth : public ::testing::Test {
 protected:
  Growth() {
    const TableShape shape{.name = "t", .key = {{"k", MatchKind::Exact, 48}}, .action_data_bytes = {4}, .size = 60'000};
    table_ = Table::make(shape, {.data = zeroes_}, quiescence_).value();
  }
  ~Growth() override { table_.reset(); }

  // The key of an entry is its number; its data say how often it was changed.
  static std::vector<uint8_t> key(uint32_t number) {
    std::vector<uint8_t> bytes(8);
    std::memcpy(bytes.data() + 2, &number, sizeof number);
    return bytes;
  }
  void insert(uint32_t number) {
    const std::vector<uint8_t> value = key(number);
    const auto handle = table_->insert({.value = {value.data(), 6}, .action = {.data = zeroes_}});
    ASSERT_TRUE(handle.has_value());
    handles_[number] = *handle;
    changes_[number] = 0;
  }
  void expect(uint32_t number) {
    const Entry& found = table_->lookup(key(number).data());
    ASSERT_EQ(found.is_hit != 0, handles_.contains(number)) << number;
    if (found.is_hit != 0) {
      uint32_t changes = 0;
      std::memcpy(&changes, found.data(), sizeof changes);
      ASSERT_EQ(found.handle, handles_[number]);
      ASSERT_EQ(changes, changes_[number]);
    }
  }

  const std::vector<uint8_t> zeroes_ = std::vector<uint8_t>(4);
  Quiescence quiescence_;
  std::unique_ptr<Table> table_;
  std::unordered_map<uint32_t, uint32_t> handles_;
  std::unordered_map<uint32_t, uint32_t> changes_;
};

TEST_F(Growth, exact_tables_lose_nothing_that_changes_meanwhile) {
  core::Random random(5);
  for (uint32_t number = 0; number < 20'000; ++number) {
    insert(number);
    const auto other = static_cast<uint32_t>(random.below(number + 1));
    if (!handles_.contains(other)) {
      continue;
    }
    if (random.chance(4)) {
      ASSERT_TRUE(table_->remove(handles_[other]).has_value());
      handles_.erase(other);
    } else if (random.chance(4)) {
      const uint32_t changes = ++changes_[other];
      std::vector<uint8_t> data(4);
      std::memcpy(data.data(), &changes, sizeof changes);
      ASSERT_TRUE(table_->modify(handles_[other], {.data = data}).has_value());
    }
    expect(other);
    expect(static_cast<uint32_t>(random.below(number + 10)));
  }
  ASSERT_EQ(table_->count(), handles_.size());
  for (uint32_t number = 0; number < 20'000 && !HasFatalFailure(); ++number) {
    expect(number);
  }
}

}  // namespace
}  // namespace outrigger::pipeline
