// Bit vectors: all kernels give the same, and chunks that fill, split, empty and merge keep their entries in order.
#include "pipeline/bit_vector_kernel.h"
#include "pipeline/table_model.h"

#include <gtest/gtest.h>

namespace outrigger::pipeline {
namespace {

using M = MatchKind;

TableShape acl(uint64_t size) {
  return {.name = "acl",
          .key = {{"s", M::Ternary, 32}, {"d", M::Lpm, 20}, {"p", M::Range, 16}, {"o", M::Optional, 8}},
          .action_data_bytes = {0},
          .size = size};
}

TEST(BitVectorKernel, all_find_the_same_columns) {
  core::Random random(11);
  const TableShape shape = acl(chunk_columns);
  Quiescence quiescence;
  const auto store = RecordStore::make(shape, quiescence).value();
  std::vector<uint32_t> references;
  BitVectorSearch search{};
  for (uint32_t column = 0; column < chunk_columns; ++column) {
    const KeyMatch match = random_key_match(random, shape);
    references.push_back(store->allocate().value());
    store->set_match(references.back(), match.value.data(), match.bound.data());
    search.used.words[column / 64] |= uint64_t{random.chance(2)} << column % 64;
  }
  BitVectorMemory memory;
  const auto chunk = BitVectorChunk::make(*store, memory, references);
  search.stride = store->key_stride_bytes();
  search.count = burst_packets_max;
  uint32_t hits = 0;
  for (int round = 0; round < 50; ++round) {
    std::vector<uint8_t> keys(size_t{search.count} * search.stride);
    std::vector<uint8_t> wanted;
    for (uint32_t i = 0; i < search.count; ++i) {
      const std::vector<uint8_t> key = random_key(random, shape, nullptr);
      std::ranges::copy(key, keys.begin() + i * search.stride);
      wanted.push_back(static_cast<uint8_t>(random.below(search.count)));
    }
    search.keys = keys.data();
    search.wanted = wanted.data();
    std::vector<BitVectorLine> expected(burst_packets_max);
    std::vector<uint8_t> expected_words(burst_packets_max);
    bit_vector_kernels().front()(*chunk, search, expected.data(), expected_words.data());
    for (const BitVectorKernel kernel : bit_vector_kernels()) {
      std::vector<BitVectorLine> left(burst_packets_max);
      std::vector<uint8_t> words(burst_packets_max);
      kernel(*chunk, search, left.data(), words.data());
      ASSERT_EQ(words, expected_words);
      ASSERT_EQ(std::memcmp(left.data(), expected.data(), left.size() * sizeof left[0]), 0);
    }
    // Whatever matches is left.
    for (uint32_t i = 0; i < search.count; ++i) {
      for (uint32_t column = 0; column < chunk_columns; ++column) {
        const uint32_t at = column / 64;
        const bool is_left = (expected_words[i] >> at & 1) != 0 && (expected[i].words[at] >> column % 64 & 1) != 0;
        const bool is_used = (search.used.words[at] >> column % 64 & 1) != 0;
        const bool is_match = is_used && matches(shape, store->value(references[column]),
                                                 store->bound(references[column]), &keys[wanted[i] * search.stride]);
        ASSERT_TRUE(is_left || !is_match);
        ASSERT_TRUE(is_used || !is_left);
        hits += is_match ? 1 : 0;
      }
    }
  }
  EXPECT_GT(hits, 100U);
}

// Beside the model, with more entries than the contract suite has: several chunks.
class Vectors : public ::testing::Test {
 protected:
  Vectors() {
    shape_.structure = StructureKind::BitVector;
    table_ = Table::make(shape_, {}, quiescence_).value();
  }
  void insert(uint32_t priority) {
    ModelEntry entry;
    entry.match = random_key_match(random_, shape_);
    entry.priority = priority;
    const auto handle =
        table_->insert({.value = entry.match.value, .bound = entry.match.bound, .priority = entry.priority});
    if (handle.has_value()) {
      entry.handle = *handle;
      model_.add(std::move(entry));
    }
  }
  void remove(size_t at) {
    ASSERT_TRUE(table_->remove(model_.entries()[at].handle).has_value());
    model_.remove(&model_.entries()[at]);
  }
  void look(int times) {
    for (int i = 0; i < times; ++i) {
      const auto& entries = model_.entries();
      std::vector<uint8_t> key =
          random_key(random_, shape_, entries.empty() ? nullptr : &entries[random_.below(entries.size())]);
      const ModelEntry* const expected = model_.lookup(key);
      key.resize(key_stride(shape_.key_bytes()));
      const Entry& found = table_->lookup(key.data());
      ASSERT_EQ(found.is_hit != 0, expected != nullptr);
      ASSERT_TRUE(expected == nullptr || found.handle == expected->handle);
    }
  }

  core::Random random_{21};
  TableShape shape_ = acl(5000);
  Quiescence quiescence_;
  std::unique_ptr<Table> table_;
  TableModel model_{shape_};
};

TEST_F(Vectors, keep_their_order_when_entries_come_by_any_priority) {
  for (int i = 0; i < 1500; ++i) {
    insert(static_cast<uint32_t>(random_.below(1000)));
    look(i % 4 == 0 ? 1 : 0);
  }
  look(300);
  while (model_.entries().size() > 20) {
    remove(random_.below(model_.entries().size()));
    look(model_.entries().size() < 300 ? 1 : 0);
    if (random_.chance(4)) {
      insert(static_cast<uint32_t>(random_.below(1000)));
    }
  }
  look(100);
}

TEST_F(Vectors, keep_their_order_when_entries_come_from_the_best_or_the_worst) {
  for (uint32_t i = 0; i < 700; ++i) {
    insert(1'000'000 - i);
    insert(1'000'001 + i);
  }
  look(200);
  while (!model_.entries().empty()) {
    remove(0);
  }
  look(10);
  insert(3);
  look(50);
}

TEST(TernaryIndex, goes_to_bit_vectors_with_many_masks_and_back_when_there_are_very_many_entries) {
  const TableShape shape{.name = "t", .key = {{"a", M::Ternary, 32}}, .action_data_bytes = {0}, .size = 10'000};
  Quiescence quiescence;
  const uint32_t thread = quiescence.join().value();
  const auto table = Table::make(shape, {}, quiescence).value();
  std::vector<uint8_t> key(8);
  const auto insert = [&](uint32_t number, uint8_t mask) {
    const std::vector<uint8_t> value = {static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number), 0, 0};
    const std::vector<uint8_t> bound = {0xFF, 0xFF, 0, mask};
    ASSERT_TRUE(table->insert({.value = value, .bound = bound}).has_value());
    std::ranges::copy(value, key.begin());
    ASSERT_EQ(table->lookup(key.data()).is_hit, 1);
    quiescence.announce(thread);
  };
  for (uint32_t i = 0; i < 6; ++i) {
    EXPECT_EQ(table->structure(), i < 3 ? StructureKind::TupleSpace : StructureKind::BitVector) << i;
    insert(i, static_cast<uint8_t>(1U << std::min(i, 3U)));
  }
  uint32_t number = 6;
  for (; number < 8000 && table->structure() == StructureKind::BitVector; ++number) {
    insert(number, 8);
  }
  EXPECT_EQ(table->structure(), StructureKind::TupleSpace);
  EXPECT_GE(number, 6 * entries_per_tuple);
  for (uint32_t i = 0; i < number; ++i) {
    key[0] = static_cast<uint8_t>(i >> 8);
    key[1] = static_cast<uint8_t>(i);
    ASSERT_EQ(table->lookup(key.data()).is_hit, 1) << i;
  }
  quiescence.leave(thread);
}

}  // namespace
}  // namespace outrigger::pipeline
