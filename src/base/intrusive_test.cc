#include "base/intrusive.h"

#include <gtest/gtest.h>

namespace outrigger {
namespace {

struct Item {
  int value = 0;
  Item* next = nullptr;
};

TEST(IntrusiveQueue, keeps_order_and_count) {
  Item a{1}, b{2}, c{3};
  IntrusiveQueue<Item> queue;
  queue.push_back(a);
  queue.push_back(b);
  queue.push_front(c);
  EXPECT_EQ(queue.count(), 3U);
  EXPECT_EQ(queue.pop_front(), &c);
  EXPECT_EQ(queue.pop_front(), &a);
  EXPECT_EQ(queue.pop_front(), &b);
  EXPECT_EQ(queue.pop_front(), nullptr);
  EXPECT_TRUE(queue.is_empty());
}

TEST(IntrusiveQueue, splice_moves_everything) {
  Item a{1}, b{2};
  IntrusiveQueue<Item> first, second;
  second.push_back(a);
  second.push_back(b);
  first.splice_back(second);
  EXPECT_TRUE(second.is_empty());
  EXPECT_EQ(first.count(), 2U);
  EXPECT_EQ(first.pop_front(), &a);
}

}  // namespace
}  // namespace outrigger
