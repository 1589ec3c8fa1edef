#include "core/buffer_pool.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <vector>

namespace outrigger::core {
namespace {

TEST(BufferPool, gives_every_buffer_once_and_then_none) {
  auto made = BufferPool::create(10 * BufferPool::buffer_bytes - 100);
  ASSERT_TRUE(made.has_value()) << made.error().what;
  BufferPool& pool = **made;
  EXPECT_EQ(pool.count(), 10U);
  EXPECT_EQ(pool.memory().size(), 10 * BufferPool::buffer_bytes);
  std::set<std::byte*> taken;
  while (std::byte* const buffer = pool.take()) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer) % BufferPool::buffer_bytes, 0U);
    EXPECT_GE(buffer, pool.memory().data());
    std::memset(buffer, 0xA5, BufferPool::buffer_bytes);  // the whole of it is ours
    EXPECT_TRUE(taken.insert(buffer).second);
  }
  EXPECT_EQ(taken.size(), 10U);
  EXPECT_EQ(pool.free_count(), 0U);
  for (std::byte* const buffer : taken) {
    pool.give_back(buffer);
  }
  EXPECT_EQ(pool.free_count(), 10U);
}

TEST(BufferPool, gives_the_warmest_buffer_first) {
  auto made = BufferPool::create(1 << 16);
  ASSERT_TRUE(made.has_value());
  std::byte* const a = (*made)->take();
  std::byte* const b = (*made)->take();
  (*made)->give_back(b);
  (*made)->give_back(a);
  EXPECT_EQ((*made)->take(), a);
  (*made)->give_back(a);
}

TEST(BufferPool, works_at_huge_page_sizes) {
  auto made = BufferPool::create(5 << 20);
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ((*made)->count(), (5U << 20) / BufferPool::buffer_bytes);
}

TEST(BufferPool, refuses_sizes_that_make_no_sense) {
  EXPECT_EQ(BufferPool::create(0).error().code, Code::InvalidArgument);
  EXPECT_FALSE(BufferPool::create(SIZE_MAX).has_value());
}

TEST(BufferPoolDeathTest, foreign_and_doubled_buffers_are_our_bugs) {
  auto made = BufferPool::create(8192);
  ASSERT_TRUE(made.has_value());
  alignas(4096) static std::byte foreign[BufferPool::buffer_bytes];
  EXPECT_DEATH((*made)->give_back(foreign), "own pool");
  std::byte* const buffer = (*made)->take();
  EXPECT_DEATH((*made)->give_back(buffer + 1), "first byte");
  (*made)->give_back(buffer);
  EXPECT_DEATH((*made)->give_back(buffer), "once");
}

}  // namespace
}  // namespace outrigger::core
