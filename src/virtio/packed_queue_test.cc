// What is particular to packed virtqueues: wrap counters, sizes that are not powers of two, event suppression areas.
#include "virtio/packed_queue.h"

#include "virtio/driver_model.h"

#include <gtest/gtest.h>

#include <array>
#include <string_view>

namespace outrigger::virtio {
namespace {

using model::Arena;
using model::Buffer;

constexpr uint64_t all_features = feature::RingEventIdx | feature::RingIndirectDesc | feature::RingPacked;

class PackedVirtqueue : public testing::Test {
 protected:
  static constexpr uint16_t size = 7;

  PackedVirtqueue() { attach(model::PackedDriver::first_base()); }
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
    (void)queue_->prepare(4);
    return queue_->pop(chain, small_.data(), 3, spill_.data());
  }
  void expect_broken(std::string_view why) {
    Chain chain;
    EXPECT_EQ(pop(chain), Pop::Broken);
    ASSERT_TRUE(queue_->is_broken());
    EXPECT_NE(std::string_view(queue_->broken_why()).find(why), std::string_view::npos) << queue_->broken_why();
  }
  void round_trip(size_t count = 1) {
    const std::array buffers{Buffer{0x1000, 16, false}, Buffer{0x2000, 16, true}, Buffer{0x3000, 16, true}};
    ASSERT_TRUE(driver_.add(std::span(buffers).first(count)));
    Chain chain;
    ASSERT_EQ(pop(chain), Pop::Chain);
    queue_->put_used(chain.token, 0);
    queue_->publish();
    ASSERT_TRUE(driver_.take_used());
  }

  Arena arena_;
  model::PackedDriver driver_{arena_, size, all_features};
  std::optional<PackedQueue<>> queue_;
  std::array<iovec, 3> small_{};
  std::vector<iovec> spill_ = std::vector<iovec>(segments_per_chain_max);
};

TEST_F(PackedVirtqueue, S2_8_1_wrap_counters_over_many_laps) {
  for (uint32_t i = 0; i < 100; ++i) {
    round_trip(1 + i % 3);
  }
}

TEST_F(PackedVirtqueue, S2_8_6_one_used_descriptor_for_a_list) {
  const std::array buffers{Buffer{0x1000, 16, false}, Buffer{0x2000, 16, true}, Buffer{0x3000, 16, true}};
  ASSERT_TRUE(driver_.add(buffers));
  ASSERT_TRUE(driver_.add(buffers));
  Chain a;
  Chain b;
  ASSERT_EQ(pop(a), Pop::Chain);
  ASSERT_EQ(pop(b), Pop::Chain);
  EXPECT_EQ(a.token.ring_count, 3);
  queue_->put_used(b.token, 5);
  queue_->publish();
  // §2.8.3, §2.8.4: flags of a used descriptor, and its length.
  EXPECT_EQ(driver_.descriptor(0).flags, descriptor_flag::Avail | descriptor_flag::Used | descriptor_flag::Write);
  EXPECT_EQ(driver_.descriptor(0).length, 5U);
  EXPECT_EQ(driver_.descriptor(0).id, b.token.id);
  queue_->put_used(a.token, 0);
  queue_->publish();
  EXPECT_EQ(driver_.descriptor(3).flags, descriptor_flag::Avail | descriptor_flag::Used);
  EXPECT_TRUE(driver_.take_used() && driver_.take_used());
}

TEST_F(PackedVirtqueue, S2_8_15_zeroed_descriptors_are_not_available) {
  Chain chain;
  EXPECT_EQ(queue_->prepare(4), 0U);
  EXPECT_EQ(queue_->pop(chain, small_.data(), 3, spill_.data()), Pop::Empty);
}

TEST_F(PackedVirtqueue, S2_8_17_loops_break_the_queue) {
  for (uint16_t i = 0; i < size; ++i) {
    driver_.put({0x1000, 16, 0, descriptor_flag::Next}, i == 0);
  }
  driver_.publish();
  expect_broken("loops or overwrites");
}

TEST_F(PackedVirtqueue, S2_8_17_overwriting_what_is_in_flight_breaks_the_queue) {
  const std::array buffers{Buffer{0x1000, 16, false}};
  for (int i = 0; i < size; ++i) {
    ASSERT_TRUE(driver_.add(buffers));
  }
  Chain chain;
  for (int i = 0; i < size; ++i) {
    ASSERT_EQ(pop(chain), Pop::Chain);
  }
  EXPECT_EQ(pop(chain), Pop::Empty);
  driver_.put({0x1000, 16, 0, 0}, true);
  driver_.publish();
  expect_broken("overwrites");
}

TEST_F(PackedVirtqueue, S2_8_19_indirect_descriptors_are_not_chained) {
  driver_.put({driver_.table_of(0), 16, 0, descriptor_flag::Indirect | descriptor_flag::Next}, true);
  driver_.put({0x1000, 16, 0, 0}, false);
  driver_.publish();
  expect_broken("indirect and chained");
}

TEST_F(PackedVirtqueue, S2_8_19_indirect_descriptors_do_not_end_a_chain) {
  driver_.put({0x1000, 16, 0, descriptor_flag::Next}, true);
  driver_.put({driver_.table_of(0), 16, 0, descriptor_flag::Indirect}, false);
  driver_.publish();
  expect_broken("part of a chain");
}

TEST_F(PackedVirtqueue, S2_8_7_only_the_write_flag_counts_in_a_table) {
  const std::array buffers{Buffer{0x1000, 16, false}, Buffer{0x2000, 16, true}};
  const auto id = driver_.add(buffers, true, false);
  driver_.table_entry(*id, 0).flags = descriptor_flag::Indirect | descriptor_flag::Next;
  driver_.publish();
  Chain chain;
  ASSERT_EQ(pop(chain), Pop::Chain);
  EXPECT_EQ(chain.count, 2);
  EXPECT_EQ(chain.readable_count, 1);
}

TEST_F(PackedVirtqueue, S2_8_10_driver_asks_for_a_descriptor_event) {
  driver_.set_driver_event(event_descriptor, 0);
  (void)queue_->needs_call();  // the first answer is always yes
  // Event at slot 3 of the first lap (wrap counter 1).
  driver_.set_driver_event(event_descriptor, 3 | 1U << 15);
  for (const bool is_wanted : {false, false, false, true, false, false, false}) {
    round_trip();
    EXPECT_EQ(queue_->needs_call(), is_wanted);
  }
  // Slot 1 of the second lap (wrap counter 0), inside a batch.
  driver_.set_driver_event(event_descriptor, 1);
  round_trip();
  EXPECT_FALSE(queue_->needs_call());
  round_trip(3);
  EXPECT_TRUE(queue_->needs_call());
  // Slot 0 of the third lap (wrap counter 1), asked for while in the second.
  driver_.set_driver_event(event_descriptor, 0 | 1U << 15);
  round_trip(3);
  EXPECT_FALSE(queue_->needs_call());
  round_trip();
  EXPECT_TRUE(queue_->needs_call());
}

TEST_F(PackedVirtqueue, S2_8_10_disable_and_enable) {
  driver_.set_driver_event(event_disable, 0);
  round_trip();
  EXPECT_FALSE(queue_->needs_call());
  driver_.set_driver_event(event_enable, 0);
  round_trip();
  EXPECT_TRUE(queue_->needs_call());
}

TEST_F(PackedVirtqueue, S2_8_10_device_event_area) {
  queue_->disable_kicks();
  EXPECT_EQ(driver_.device_event() >> 16, event_disable);
  (void)queue_->enable_kicks();
  EXPECT_EQ(driver_.device_event(), uint32_t{event_descriptor} << 16 | 1U << 15);
  round_trip(3);
  round_trip(3);
  round_trip(3);
  (void)queue_->enable_kicks();
  EXPECT_EQ(driver_.device_event(), uint32_t{event_descriptor} << 16 | 2);
}

TEST_F(PackedVirtqueue, a_successor_goes_on_from_base) {
  round_trip(3);
  round_trip(3);
  round_trip(3);
  const VringBase base = queue_->base();
  EXPECT_EQ(base.value, 0x00020002U);
  attach(base);
  round_trip(3);
  // Front ends that leave the upper half out mean the same.
  attach({queue_->base().value & 0xffff});
  round_trip(3);
}

TEST_F(PackedVirtqueue, base_outside_the_ring_is_refused) {
  PackedQueue<> queue;
  const RingSetup setup{.size = size,
                        .features = all_features,
                        .parts = driver_.parts(),
                        .base = {size},
                        .inflight = {},
                        .memory = {arena_.memory(), nullptr},
                        .used_log = {}};
  EXPECT_FALSE(queue.attach(setup).has_value());
}

}  // namespace
}  // namespace outrigger::virtio
