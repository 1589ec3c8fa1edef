#include "pipeline/quiescence.h"

#include <gtest/gtest.h>

namespace outrigger::pipeline {
namespace {

struct Freed {
  std::vector<uint64_t> values;
  static void free(void* owner, uint64_t value) noexcept { static_cast<Freed*>(owner)->values.push_back(value); }
};

TEST(Quiescence, without_data_threads_all_can_be_freed) {
  Quiescence quiescence;
  Freed freed;
  quiescence.retire(&Freed::free, &freed, 7);
  EXPECT_EQ(quiescence.reclaim(), 1U);
  EXPECT_EQ(freed.values, std::vector<uint64_t>{7});
}

TEST(Quiescence, waits_until_every_data_thread_has_passed) {
  Quiescence quiescence;
  Freed freed;
  const uint32_t a = quiescence.join().value();
  const uint32_t b = quiescence.join().value();
  quiescence.retire(&Freed::free, &freed, 1);
  EXPECT_EQ(quiescence.reclaim(), 0U);
  quiescence.announce(a);
  EXPECT_EQ(quiescence.reclaim(), 0U);
  quiescence.announce(b);
  quiescence.retire(&Freed::free, &freed, 2);
  EXPECT_EQ(quiescence.reclaim(), 1U);
  quiescence.announce(a);
  quiescence.leave(b);
  EXPECT_EQ(quiescence.reclaim(), 1U);
  EXPECT_EQ(freed.values, (std::vector<uint64_t>{1, 2}));
  quiescence.leave(a);
}

TEST(Quiescence, who_joins_later_holds_nothing_older) {
  Quiescence quiescence;
  Freed freed;
  quiescence.retire(&Freed::free, &freed, 1);
  const uint32_t late = quiescence.join().value();
  EXPECT_EQ(quiescence.reclaim(), 1U);
  quiescence.leave(late);
}

TEST(Quiescence, a_mark_says_when_all_have_passed) {
  Quiescence quiescence;
  const uint32_t thread = quiescence.join().value();
  const uint64_t mark = quiescence.mark();
  EXPECT_FALSE(quiescence.has_passed(mark));
  quiescence.announce(thread);
  EXPECT_TRUE(quiescence.has_passed(mark));
  quiescence.leave(thread);
}

TEST(Quiescence, places_are_limited_and_used_again) {
  Quiescence quiescence;
  for (uint32_t i = 0; i < data_threads_max; ++i) {
    ASSERT_EQ(quiescence.join(), i);
  }
  EXPECT_EQ(quiescence.join(), std::nullopt);
  quiescence.leave(5);
  EXPECT_EQ(quiescence.join(), 5U);
}

TEST(Quiescence, drain_frees_one_owners_things_at_once) {
  Quiescence quiescence;
  Freed mine;
  Freed other;
  const uint32_t thread = quiescence.join().value();
  quiescence.retire(&Freed::free, &mine, 1);
  quiescence.retire(&Freed::free, &other, 2);
  quiescence.drain(&mine);
  EXPECT_EQ(mine.values.size(), 1U);
  EXPECT_TRUE(other.values.empty());
  EXPECT_EQ(quiescence.retired_count(), 1U);
  quiescence.leave(thread);
  quiescence.drain(&other);
}

}  // namespace
}  // namespace outrigger::pipeline
