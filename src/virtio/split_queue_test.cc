// What is particular to split virtqueues: hostile available rings, descriptor loops, used_event.
#include "virtio/split_queue.h"

#include "virtio/driver_model.h"

#include <gtest/gtest.h>

#include <array>
#include <string_view>

namespace outrigger::virtio {
namespace {

using model::Arena;
using model::Buffer;

constexpr uint64_t all_features = feature::RingEventIdx | feature::RingIndirectDesc;

class SplitVirtqueue : public testing::Test {
 protected:
  static constexpr uint16_t size = 8;

  SplitVirtqueue() { attach({0}); }
  void attach(VringBase base) {
    queue_.emplace();
    const RingSetup setup{.size = size,
                          .features = all_features,
                          .parts = driver_.parts(),
                          .base = base,
                          .inflight = {},
                          .memory = {arena_.memory(), nullptr},
                          .used_log = {}};
    ASSERT_TRUE(queue_->attach(setup).has_value());
  }
  Pop pop(Chain& chain) {
    if (queue_->prepare(1) == 0 && queue_->is_broken()) {
      return Pop::Broken;
    }
    return queue_->pop(chain, small_.data(), 3, spill_.data());
  }
  void expect_broken(std::string_view why) {
    Chain chain;
    EXPECT_EQ(pop(chain), Pop::Broken);
    ASSERT_TRUE(queue_->is_broken());
    EXPECT_NE(std::string_view(queue_->broken_why()).find(why), std::string_view::npos) << queue_->broken_why();
  }
  // One chain through the whole queue.
  void round_trip() {
    ASSERT_TRUE(driver_.add(one_buffer_));
    Chain chain;
    ASSERT_EQ(pop(chain), Pop::Chain);
    queue_->put_used(chain.token, 0);
    queue_->publish();
    ASSERT_TRUE(driver_.take_used());
  }

  Arena arena_;
  model::SplitDriver driver_{arena_, size, all_features};
  std::optional<SplitQueue<>> queue_;
  std::array<iovec, 3> small_{};
  std::vector<iovec> spill_ = std::vector<iovec>(segments_per_chain_max);
  std::array<Buffer, 1> one_buffer_{Buffer{0x1000, 16, false}};
};

TEST_F(SplitVirtqueue, S2_7_size_is_a_power_of_two) {
  for (const uint16_t bad : {uint16_t{0}, uint16_t{3}, uint16_t{32769}}) {
    SplitQueue<> queue;
    const RingSetup setup{.size = bad,
                          .features = 0,
                          .parts = driver_.parts(),
                          .base = {},
                          .inflight = {},
                          .memory = {arena_.memory(), nullptr},
                          .used_log = {}};
    EXPECT_FALSE(queue.attach(setup).has_value()) << bad;
  }
}

TEST_F(SplitVirtqueue, S2_7_6_available_index_jumps_break_the_queue) {
  driver_.set_avail_idx(size + 1);
  expect_broken("available index");
}

TEST_F(SplitVirtqueue, S2_7_6_available_index_must_not_go_back) {
  round_trip();
  driver_.set_avail_idx(0);
  expect_broken("available index");
}

TEST_F(SplitVirtqueue, S2_7_6_heads_outside_the_table_break_the_queue) {
  driver_.offer(size);
  driver_.publish();
  expect_broken("not the index of a descriptor");
}

TEST_F(SplitVirtqueue, S2_7_5_next_outside_the_table_breaks_the_queue) {
  const auto head = driver_.add(one_buffer_, false, false);
  driver_.descriptor(*head).flags = descriptor_flag::Next;
  driver_.descriptor(*head).next = size;
  driver_.publish();
  expect_broken("outside the table");
}

TEST_F(SplitVirtqueue, S2_7_5_2_loops_break_the_queue) {
  const auto head = driver_.add(one_buffer_, false, false);
  driver_.descriptor(*head).flags = descriptor_flag::Next;
  driver_.descriptor(*head).next = *head;
  driver_.publish();
  expect_broken("loops");
}

TEST_F(SplitVirtqueue, S2_7_5_3_loops_in_a_table_break_the_queue) {
  const std::array buffers{Buffer{0x1000, 16, false}, Buffer{0x2000, 16, false}};
  const auto head = driver_.add(buffers, true, false);
  driver_.table_entry(*head, 1).flags = descriptor_flag::Next;
  driver_.table_entry(*head, 1).next = 0;
  driver_.publish();
  expect_broken("loops or is too long");
}

TEST_F(SplitVirtqueue, S2_7_5_3_next_outside_a_table_breaks_the_queue) {
  const auto head = driver_.add(one_buffer_, true, false);
  driver_.table_entry(*head, 0).flags = descriptor_flag::Next;
  driver_.table_entry(*head, 0).next = 1;
  driver_.publish();
  expect_broken("points outside it");
}

TEST_F(SplitVirtqueue, S2_7_5_3_1_nested_tables_break_the_queue) {
  const auto head = driver_.add(one_buffer_, true, false);
  driver_.table_entry(*head, 0).flags = descriptor_flag::Indirect;
  driver_.publish();
  expect_broken("holds an indirect descriptor");
}

TEST_F(SplitVirtqueue, S2_7_5_3_1_indirect_and_next_together_break_the_queue) {
  const auto head = driver_.add(one_buffer_, true, false);
  driver_.descriptor(*head).flags = descriptor_flag::Indirect | descriptor_flag::Next;
  driver_.publish();
  expect_broken("indirect and chained");
}

TEST_F(SplitVirtqueue, S2_7_5_3_2_write_flag_of_a_table_is_ignored) {
  const auto head = driver_.add(one_buffer_, true, false);
  driver_.descriptor(*head).flags = descriptor_flag::Indirect | descriptor_flag::Write;
  driver_.publish();
  Chain chain;
  ASSERT_EQ(pop(chain), Pop::Chain);
  EXPECT_EQ(chain.readable_count, 1);
}

TEST_F(SplitVirtqueue, S2_7_5_3_2_direct_descriptors_then_a_table) {
  const std::array table{Buffer{0x2000, 32, true}, Buffer{0x3000, 1, true}};
  const auto inner = driver_.add(table, true, false);
  const uint16_t outer = 7;  // free: chains come from index 0 up
  driver_.descriptor(outer) = {0x1000, 16, descriptor_flag::Next, *inner};
  driver_.set_avail_idx(0);
  driver_.offer(outer);
  driver_.publish();
  Chain chain;
  ASSERT_EQ(pop(chain), Pop::Chain);
  EXPECT_EQ(chain.token.id, outer);
  EXPECT_EQ(chain.count, 3);
  EXPECT_EQ(chain.readable_count, 1);
}

TEST_F(SplitVirtqueue, S2_7_7_2_used_event) {
  (void)queue_->needs_call();  // the first answer is always yes: nobody knows what a predecessor signalled
  driver_.set_used_event(2);
  round_trip();
  EXPECT_FALSE(queue_->needs_call());
  round_trip();
  EXPECT_FALSE(queue_->needs_call());
  round_trip();  // used index goes from 2 to 3: entry 2 is written
  EXPECT_TRUE(queue_->needs_call());
  round_trip();
  EXPECT_FALSE(queue_->needs_call());
}

TEST_F(SplitVirtqueue, S2_7_7_2_used_event_inside_a_batch) {
  (void)queue_->needs_call();
  driver_.set_used_event(1);
  round_trip();
  round_trip();
  round_trip();
  EXPECT_TRUE(queue_->needs_call());
}

TEST_F(SplitVirtqueue, S2_7_7_2_used_event_across_the_16_bit_wrap) {
  (void)queue_->needs_call();
  for (uint32_t i = 0; i < 65535; ++i) {
    driver_.set_used_event(static_cast<uint16_t>(i + 100));
    round_trip();
    ASSERT_FALSE(queue_->needs_call());
  }
  driver_.set_used_event(65535);
  round_trip();
  EXPECT_TRUE(queue_->needs_call());
  driver_.set_used_event(0);
  round_trip();
  EXPECT_TRUE(queue_->needs_call());
}

TEST_F(SplitVirtqueue, S2_7_10_2_flags_stay_zero_with_event_idx) {
  queue_->disable_kicks();
  EXPECT_EQ(driver_.used_flags(), 0);
  (void)queue_->enable_kicks();
  EXPECT_EQ(driver_.used_flags(), 0);
  EXPECT_EQ(driver_.avail_event(), 0);
  round_trip();
  (void)queue_->enable_kicks();
  EXPECT_EQ(driver_.avail_event(), 1);
}

TEST_F(SplitVirtqueue, a_successor_goes_on_from_base_and_used_index) {
  round_trip();
  round_trip();
  const VringBase base = queue_->base();
  EXPECT_EQ(base.value, 2U);
  attach(base);
  round_trip();
}

}  // namespace
}  // namespace outrigger::virtio
