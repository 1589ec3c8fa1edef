// Both virtqueue formats against drivers that follow the specification, and against drivers that do not. Tests are
// named by the section of the virtio 1.2 specification they hold us to.
#include "virtio/driver_model.h"
#include "virtio/packed_queue.h"
#include "virtio/split_queue.h"

#include <gtest/gtest.h>

#include <array>
#include <string_view>

namespace outrigger::virtio {
namespace {

using model::Arena;
using model::Buffer;

struct SplitFormat {
  using Driver = model::SplitDriver;
  using Queue = SplitQueue<>;
};
struct PackedFormat {
  using Driver = model::PackedDriver;
  using Queue = PackedQueue<>;
};

constexpr uint64_t all_features = feature::RingEventIdx | feature::RingIndirectDesc;

template <typename Format>
class Virtqueue : public testing::Test {
 protected:
  static constexpr uint16_t size = 8;

  void attach(uint64_t features = all_features, uint16_t queue_size = size, MemoryVersion memory = {}) {
    features_ = features;
    driver_.emplace(arena_, queue_size, features);
    queue_.emplace();
    if (memory.memory == nullptr) {
      memory.memory = arena_.memory();
    }
    const RingSetup setup{.size = queue_size,
                          .features = features,
                          .parts = driver_->parts(),
                          .base = Format::Driver::first_base(),
                          .inflight = {},
                          .memory = memory,
                          .used_log = {}};
    ASSERT_TRUE(queue_->attach(setup).has_value());
  }
  Pop pop(Chain& chain) {
    if (queue_->prepare(1) == 0 && queue_->is_broken()) {
      return Pop::Broken;
    }
    return queue_->pop(chain, small_.data(), static_cast<uint32_t>(small_.size()), spill_.data());
  }
  void expect_broken(std::string_view why) {
    Chain chain;
    EXPECT_EQ(pop(chain), Pop::Broken);
    ASSERT_TRUE(queue_->is_broken());
    EXPECT_NE(std::string_view(queue_->broken_why()).find(why), std::string_view::npos) << queue_->broken_why();
    EXPECT_EQ(queue_->prepare(1), 0U) << "a broken queue takes nothing any more";
  }

  Arena arena_;
  uint64_t features_ = 0;
  std::optional<typename Format::Driver> driver_;
  std::optional<typename Format::Queue> queue_;
  std::array<iovec, 3> small_{};
  std::vector<iovec> spill_ = std::vector<iovec>(segments_per_chain_max);
};

using Formats = testing::Types<SplitFormat, PackedFormat>;
TYPED_TEST_SUITE(Virtqueue, Formats);

TYPED_TEST(Virtqueue, S2_7_13_chains_arrive_in_order_and_go_back) {
  this->attach();
  for (uint32_t lap = 0; lap < 50; ++lap) {
    const std::array buffers{Buffer{0x1000, 16, false}, Buffer{0x2000, 512, true}, Buffer{0x3000, 1, true}};
    const bool is_indirect = lap % 2 == 1;
    const auto first = this->driver_->add(buffers, is_indirect);
    const auto second = this->driver_->add(std::span(buffers).first(1 + lap % 2), is_indirect);
    ASSERT_TRUE(first && second);
    EXPECT_GE(this->queue_->prepare(8), 1U);
    Chain a;
    Chain b;
    ASSERT_EQ(this->pop(a), Pop::Chain);
    EXPECT_EQ(a.token.id, *first);
    EXPECT_EQ(a.count, 3);
    EXPECT_EQ(a.readable_count, 1);
    EXPECT_EQ(a.segments[1].iov_base, this->arena_.host(0x2000));
    EXPECT_EQ(a.segments[1].iov_len, 512U);
    ASSERT_EQ(this->pop(b), Pop::Chain);
    EXPECT_EQ(b.token.id, *second);
    Chain none;
    EXPECT_EQ(this->pop(none), Pop::Empty);
    this->queue_->put_used(b.token, 0);  // out of order
    this->queue_->put_used(a.token, 513);
    EXPECT_FALSE(this->driver_->take_used().has_value()) << "nothing is seen before publish()";
    this->queue_->publish();
    const auto used_b = this->driver_->take_used();
    const auto used_a = this->driver_->take_used();
    ASSERT_TRUE(used_a && used_b);
    EXPECT_EQ(used_b->id, *second);
    EXPECT_EQ(used_a->id, *first);
    EXPECT_EQ(used_a->length, 513U);
    EXPECT_FALSE(this->driver_->take_used().has_value());
  }
}

TYPED_TEST(Virtqueue, S2_7_4_1_long_chains_move_to_the_spill_storage) {
  this->attach(all_features, 256);
  for (const bool is_indirect : {false, true}) {
    std::vector<Buffer> buffers;
    for (uint32_t i = 0; i < 128; ++i) {
      buffers.push_back({0x1000 + i * 64, 64, i >= 64});
    }
    ASSERT_TRUE(this->driver_->add(buffers, is_indirect));
    Chain chain;
    ASSERT_EQ(this->pop(chain), Pop::Chain);
    EXPECT_EQ(chain.defect, Defect::None);
    ASSERT_EQ(chain.count, 128);
    EXPECT_EQ(chain.readable_count, 64);
    for (uint32_t i = 0; i < 128; ++i) {
      EXPECT_EQ(chain.segments[i].iov_base, this->arena_.host(0x1000 + i * 64));
    }
  }
}

TYPED_TEST(Virtqueue, S2_7_4_1_too_many_segments_are_a_defect_of_the_chain) {
  this->attach(all_features, 512);
  std::vector<Buffer> buffers;
  for (uint32_t i = 0; i < segments_per_chain_max; ++i) {
    buffers.push_back({0x1000 + i, 1, false});
  }
  buffers.push_back({0x5000, 4, true});
  ASSERT_TRUE(this->driver_->add(buffers));
  Chain chain;
  ASSERT_EQ(this->pop(chain), Pop::Chain);
  EXPECT_EQ(chain.defect, Defect::TooLong);
  EXPECT_EQ(chain.last_writable, this->arena_.host(0x5003));
}

TYPED_TEST(Virtqueue, buffers_across_adjoining_regions_become_two_segments) {
  this->attach();
  const std::array buffers{Buffer{Arena::region_bytes - 100, 300, false}};
  ASSERT_TRUE(this->driver_->add(buffers));
  Chain chain;
  ASSERT_EQ(this->pop(chain), Pop::Chain);
  ASSERT_EQ(chain.count, 2);
  EXPECT_EQ(chain.readable_count, 2);
  EXPECT_EQ(chain.segments[0].iov_len, 100U);
  EXPECT_EQ(chain.segments[1].iov_base, this->arena_.host(Arena::region_bytes));
  EXPECT_EQ(chain.segments[1].iov_len, 200U);
}

TYPED_TEST(Virtqueue, buffers_outside_memory_are_a_defect_of_the_chain) {
  this->attach();
  for (const Buffer bad : {Buffer{Arena::hole_address - 1, 2, true}, Buffer{Arena::hole_address, 1, true},
                           Buffer{UINT64_MAX, 1, true}, Buffer{UINT64_MAX - 10, 100, true},
                           Buffer{Arena::far_address - 8, 16, true}, Buffer{0x1000, UINT32_MAX, true}}) {
    const std::array buffers{Buffer{0x1000, 16, false}, bad, Buffer{0x3000, 8, true}};
    ASSERT_TRUE(this->driver_->add(buffers));
    Chain chain;
    ASSERT_EQ(this->pop(chain), Pop::Chain);
    EXPECT_EQ(chain.defect, Defect::Unmapped);
    EXPECT_EQ(chain.last_writable, this->arena_.host(0x3007)) << "where the status byte goes";
    this->queue_->put_used(chain.token, 0);
    this->queue_->publish();
    ASSERT_TRUE(this->driver_->take_used());
  }
}

TYPED_TEST(Virtqueue, S2_7_4_2_readable_after_writable_is_a_defect_of_the_chain) {
  this->attach();
  const std::array buffers{Buffer{0x1000, 16, true}, Buffer{0x2000, 16, false}, Buffer{0x3000, 1, true}};
  for (const bool is_indirect : {false, true}) {
    ASSERT_TRUE(this->driver_->add(buffers, is_indirect));
    Chain chain;
    ASSERT_EQ(this->pop(chain), Pop::Chain);
    EXPECT_EQ(chain.defect, Defect::WrongOrder);
    EXPECT_EQ(chain.last_writable, this->arena_.host(0x3000));
  }
}

TYPED_TEST(Virtqueue, empty_descriptors_add_nothing) {
  this->attach();
  const std::array buffers{Buffer{0x1000, 0, false}, Buffer{0x1000, 16, false}, Buffer{Arena::hole_address, 0, true},
                           Buffer{0x3000, 1, true}};
  ASSERT_TRUE(this->driver_->add(buffers));
  Chain chain;
  ASSERT_EQ(this->pop(chain), Pop::Chain);
  EXPECT_EQ(chain.defect, Defect::None);
  EXPECT_EQ(chain.count, 2);
}

TYPED_TEST(Virtqueue, S2_7_5_3_indirect_tables_need_the_feature) {
  this->attach(0);
  const std::array buffers{Buffer{0x1000, 16, false}};
  ASSERT_TRUE(this->driver_->add(buffers, true));
  this->expect_broken("without the feature");
}

TYPED_TEST(Virtqueue, S2_7_5_3_table_length_must_be_a_multiple_of_16) {
  for (const uint32_t length : {0U, 8U, 24U, 17U}) {
    this->attach();
    const std::array buffers{Buffer{0x1000, 16, false}, Buffer{0x2000, 16, true}};
    const auto id = this->driver_->add(buffers, true, false);
    this->driver_->descriptor(std::is_same_v<TypeParam, SplitFormat> ? *id : uint16_t{0}).length = length;
    this->driver_->publish();
    this->expect_broken("multiple of 16");
  }
}

TYPED_TEST(Virtqueue, S2_7_5_3_tables_lie_inside_one_region) {
  for (const uint64_t address : {Arena::region_bytes - 16, Arena::hole_address, UINT64_MAX - 15}) {
    this->attach();
    const std::array buffers{Buffer{0x1000, 16, false}, Buffer{0x2000, 16, true}};
    const auto id = this->driver_->add(buffers, true, false);
    this->driver_->descriptor(std::is_same_v<TypeParam, SplitFormat> ? *id : uint16_t{0}).address = address;
    this->driver_->publish();
    this->expect_broken("inside one region");
  }
}

TYPED_TEST(Virtqueue, S2_7_10_kicks_are_asked_for_and_suppressed) {
  for (const uint64_t features : {uint64_t{0}, all_features}) {
    this->attach(features);
    const std::array buffers{Buffer{0x1000, 16, false}};
    EXPECT_FALSE(this->queue_->enable_kicks());
    ASSERT_TRUE(this->driver_->add(buffers));
    EXPECT_TRUE(this->driver_->wants_kick());
    EXPECT_TRUE(this->queue_->enable_kicks()) << "what came before is seen";
    this->queue_->disable_kicks();
    Chain chain;
    ASSERT_EQ(this->pop(chain), Pop::Chain);
    ASSERT_TRUE(this->driver_->add(buffers));
    ASSERT_EQ(this->pop(chain), Pop::Chain);
    (void)this->driver_->wants_kick();
    ASSERT_TRUE(this->driver_->add(buffers));
    EXPECT_FALSE(this->driver_->wants_kick());
    ASSERT_EQ(this->pop(chain), Pop::Chain);
    EXPECT_FALSE(this->queue_->enable_kicks());
    ASSERT_TRUE(this->driver_->add(buffers));
    EXPECT_TRUE(this->driver_->wants_kick());
  }
}

TYPED_TEST(Virtqueue, S2_7_7_2_flags_suppress_calls_without_event_idx) {
  this->attach(0);
  const std::array buffers{Buffer{0x1000, 16, false}};
  const auto one_more = [this, &buffers] {
    ASSERT_TRUE(this->driver_->add(buffers));
    Chain chain;
    ASSERT_EQ(this->pop(chain), Pop::Chain);
    this->queue_->put_used(chain.token, 0);
    this->queue_->publish();
    ASSERT_TRUE(this->driver_->take_used());
  };
  this->driver_->set_no_interrupt(false);
  one_more();
  EXPECT_TRUE(this->queue_->needs_call());
  this->driver_->set_no_interrupt(true);
  one_more();
  EXPECT_FALSE(this->queue_->needs_call());
}

TYPED_TEST(Virtqueue, dirty_log_has_the_rings_pages) {
  std::vector<std::byte> bitmap(Arena::far_address / 4096 / 8 + 1024);
  const auto dirty = std::make_shared<DirtyLog>(bitmap, nullptr);
  this->attach(all_features, TestFixture::size, {this->arena_.memory(), dirty});
  const auto is_marked = [&bitmap](uint64_t address) {
    return (static_cast<unsigned>(bitmap[address / 4096 / 8]) >> (address / 4096 % 8) & 1) != 0;
  };
  const std::array buffers{Buffer{0x1000, 16, false}};
  ASSERT_TRUE(this->driver_->add(buffers));
  Chain chain;
  ASSERT_EQ(this->pop(chain), Pop::Chain);
  uint64_t ring = 0;
  if constexpr (std::is_same_v<TypeParam, SplitFormat>) {
    ring = this->driver_->used_address();
  } else {
    ring = this->driver_->ring_address();
  }
  std::ranges::fill(bitmap, std::byte{0});
  this->queue_->put_used(chain.token, 0);
  this->queue_->publish();
  EXPECT_TRUE(is_marked(ring));
}

}  // namespace
}  // namespace outrigger::virtio
