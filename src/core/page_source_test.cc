// What a channel may take of a core's pages, and that it can always go on.
#include "core/page_source.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace outrigger::core {
namespace {

constexpr size_t pool_pages = 16;

std::unique_ptr<BufferPool> make_pool() {
  auto pool = BufferPool::create(pool_pages * BufferPool::buffer_bytes);
  EXPECT_TRUE(pool.has_value());
  return std::move(*pool);
}

TEST(PageSource, takes_half_of_the_pool_and_then_its_reserve) {
  const auto pool = make_pool();
  PageSource source(pool.get(), 2);
  std::array<std::byte*, pool_pages> pages{}, more{};
  EXPECT_EQ(source.take(1, pages), pool_pages / 2);
  EXPECT_EQ(pool->free_count(), pool_pages / 2);
  EXPECT_EQ(source.take(2, more), 2U);
  EXPECT_EQ(source.take(1, std::span(more).subspan(2)), 0U);
  std::set<std::byte*> all(pages.begin(), pages.begin() + pool_pages / 2);
  all.insert(more[0]);
  all.insert(more[1]);
  EXPECT_EQ(all.size(), pool_pages / 2 + 2);
  for (std::byte* const page : all) {
    source.give_back(page);
  }
  EXPECT_TRUE(source.is_idle());
  EXPECT_EQ(pool->free_count(), pool_pages);
}

TEST(PageSource, gives_what_is_promised_when_others_have_the_pool) {
  const auto pool = make_pool();
  std::array<std::byte*, pool_pages> others{};
  for (std::byte*& page : others) {
    page = pool->take();
  }
  PageSource source(pool.get(), 2);
  std::array<std::byte*, 8> pages{};
  EXPECT_EQ(source.take(2, pages), 2U);
  source.give_back(pages[0]);
  EXPECT_EQ(source.take(1, pages), 0U);  // the reserve is one job's, not for two halves
  source.give_back(pages[1]);
  // One page of the pool is not enough for two: it is not kept.
  pool->give_back(others[0]);
  EXPECT_EQ(source.take(2, pages), 2U);
  EXPECT_EQ(pool->free_count(), 1U);
  source.give_back(pages[0]);
  source.give_back(pages[1]);
  for (size_t i = 1; i < others.size(); ++i) {
    pool->give_back(others[i]);
  }
}

TEST(PageSource, works_without_a_pool) {
  PageSource source(nullptr, 3);
  std::array<std::byte*, 8> pages{};
  EXPECT_EQ(source.take(3, pages), 3U);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(pages[0]) % PageSource::page_bytes, 0U);
  for (size_t i = 0; i < 3; ++i) {
    source.give_back(pages[i]);
  }
}

}  // namespace
}  // namespace outrigger::core
