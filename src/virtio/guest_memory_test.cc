// GuestMemory and DirtyLog: hostile addresses never give a pointer outside a region.
#include "virtio/guest_memory.h"

#include <gtest/gtest.h>

#include <array>

namespace outrigger::virtio {
namespace {

class GuestMemoryTest : public testing::Test {
 protected:
  std::vector<std::byte> low_ = std::vector<std::byte>(0x4000);
  std::vector<std::byte> high_ = std::vector<std::byte>(0x2000);

  MemoryRegion low() { return {0x1000, low_.size(), 0x7f0000001000, low_.data(), nullptr}; }
  MemoryRegion high() { return {UINT64_MAX - 0x1fff, high_.size(), 0x7f0000100000, high_.data(), nullptr}; }
};

TEST_F(GuestMemoryTest, translates_inside_regions_only) {
  const auto memory = GuestMemory::create({high(), low()});
  ASSERT_TRUE(memory.has_value());
  const GuestMemory& m = **memory;
  EXPECT_EQ(m.translate(0x1000, 1), low_.data());
  EXPECT_EQ(m.translate(0x1000, 0x4000), low_.data());
  EXPECT_EQ(m.translate(0x4fff, 1), low_.data() + 0x3fff);
  EXPECT_EQ(m.translate(0x4fff, 2), nullptr);
  EXPECT_EQ(m.translate(0x1000, 0x4001), nullptr);
  EXPECT_EQ(m.translate(0xfff, 1), nullptr);
  EXPECT_EQ(m.translate(0x5000, 1), nullptr);
  EXPECT_EQ(m.translate(0x1001, UINT64_MAX), nullptr);
  EXPECT_EQ(m.translate(0, 0), nullptr);
}

TEST_F(GuestMemoryTest, end_of_the_address_space_does_not_wrap) {
  const auto memory = GuestMemory::create({low(), high()});
  ASSERT_TRUE(memory.has_value());
  const GuestMemory& m = **memory;
  EXPECT_EQ(m.translate(UINT64_MAX, 1), high_.data() + 0x1fff);
  EXPECT_EQ(m.translate(UINT64_MAX, 2), nullptr);
  EXPECT_EQ(m.translate(UINT64_MAX - 0x1fff, 0x2000), high_.data());
  EXPECT_EQ(m.contiguous_from(UINT64_MAX - 1), 2U);
}

TEST_F(GuestMemoryTest, user_addresses_have_their_own_space) {
  const auto memory = GuestMemory::create({low()});
  ASSERT_TRUE(memory.has_value());
  EXPECT_EQ((*memory)->translate_user(0x7f0000001010, 16), low_.data() + 0x10);
  EXPECT_EQ((*memory)->translate_user(0x7f0000005000, 1), nullptr);
  EXPECT_EQ((*memory)->translate_user(0x7f0000004fff, 2), nullptr);
  EXPECT_EQ((*memory)->translate_user(0x1000, 1), nullptr);
}

TEST_F(GuestMemoryTest, host_addresses_lead_back) {
  const auto memory = GuestMemory::create({low(), high()});
  ASSERT_TRUE(memory.has_value());
  EXPECT_EQ((*memory)->guest_address_of(low_.data() + 5), 0x1005U);
  EXPECT_EQ((*memory)->guest_address_of(high_.data() + 0x1fff), UINT64_MAX);
  EXPECT_EQ((*memory)->guest_address_of(nullptr), GuestMemory::no_address);
}

TEST_F(GuestMemoryTest, contiguous_bytes_end_with_the_region) {
  const auto memory = GuestMemory::create({low()});
  ASSERT_TRUE(memory.has_value());
  EXPECT_EQ((*memory)->contiguous_from(0x1000), 0x4000U);
  EXPECT_EQ((*memory)->contiguous_from(0x4fff), 1U);
  EXPECT_EQ((*memory)->contiguous_from(0x5000), 0U);
}

TEST_F(GuestMemoryTest, bad_tables_are_refused) {
  MemoryRegion empty = low();
  empty.size_bytes = 0;
  EXPECT_FALSE(GuestMemory::create({empty}).has_value());
  MemoryRegion wraps = low();
  wraps.guest_address = UINT64_MAX - 0x100;
  EXPECT_FALSE(GuestMemory::create({wraps}).has_value());
  MemoryRegion user_wraps = low();
  user_wraps.user_address = UINT64_MAX - 0x100;
  EXPECT_FALSE(GuestMemory::create({user_wraps}).has_value());
  MemoryRegion overlaps = high();
  overlaps.guest_address = 0x4fff;
  EXPECT_FALSE(GuestMemory::create({low(), overlaps}).has_value());
  MemoryRegion unmapped = low();
  unmapped.host = nullptr;
  EXPECT_FALSE(GuestMemory::create({unmapped}).has_value());
  std::vector<MemoryRegion> many;
  for (uint64_t i = 0; i <= GuestMemory::regions_max; ++i) {
    many.push_back({i * 0x1000, 0x1000, 0x100000 + i * 0x1000, low_.data(), nullptr});
  }
  EXPECT_FALSE(GuestMemory::create(many).has_value());
  many.pop_back();
  EXPECT_TRUE(GuestMemory::create(many).has_value());
}

TEST(DirtyLog, marks_every_page_touched) {
  std::array<std::byte, 4> bitmap{};
  DirtyLog log(bitmap, nullptr);
  log.mark(4095, 2);
  EXPECT_EQ(bitmap[0], std::byte{0b11});
  log.mark(8 * 4096, 1);
  EXPECT_EQ(bitmap[1], std::byte{0b1});
  log.mark(2 * 4096, 0);
  EXPECT_EQ(bitmap[0], std::byte{0b11});
}

TEST(DirtyLog, marks_outside_the_bitmap_are_ignored) {
  std::array<std::byte, 3> storage{};
  DirtyLog log(std::span<std::byte>(storage).subspan(1, 1), nullptr);
  log.mark(7 * 4096, UINT64_MAX);
  EXPECT_EQ(storage[1], std::byte{0x80});
  log.mark(8 * 4096, 4096);
  log.mark(UINT64_MAX, UINT64_MAX);
  EXPECT_EQ(storage[0], std::byte{0});
  EXPECT_EQ(storage[2], std::byte{0});
  DirtyLog none({}, nullptr);
  none.mark(0, 4096);
}

}  // namespace
}  // namespace outrigger::virtio
