#include "pipeline/digest_queue.h"

#include <gtest/gtest.h>

#include <array>
#include <thread>

namespace outrigger::pipeline {
namespace {

std::array<uint8_t, 2> message(unsigned number) {
  return {static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number)};
}

TEST(DigestQueue, keeps_the_order_and_drops_when_full) {
  DigestQueue queue(2, 4);
  DigestMessage out;
  EXPECT_FALSE(queue.pop(out));
  for (unsigned round = 0; round < 3; ++round) {
    for (unsigned i = 0; i < 4; ++i) {
      EXPECT_TRUE(queue.push(message(i)));
    }
    EXPECT_FALSE(queue.push(message(9)));
    EXPECT_EQ(queue.dropped(), round + 1);
    for (unsigned i = 0; i < 4; ++i) {
      ASSERT_TRUE(queue.pop(out));
      EXPECT_EQ(out, DigestMessage({0, static_cast<uint8_t>(i)}));
    }
    EXPECT_FALSE(queue.pop(out));
  }
}

TEST(DigestQueue, many_threads_push_and_nothing_is_lost_or_torn) {
  constexpr unsigned per_thread = 5000;
  DigestQueue queue(2, 64);
  std::atomic<unsigned> accepted = 0;
  const auto work = [&](unsigned thread) {
    for (unsigned i = 0; i < per_thread; ++i) {
      // Both bytes the same: a torn message would show.
      accepted += queue.push(message((i % 100 + 100 * thread) * 0x101)) ? 1 : 0;
    }
  };
  std::thread first(work, 0);
  std::thread second(work, 1);
  unsigned taken = 0;
  DigestMessage out;
  while (accepted + queue.dropped() < 2 * per_thread || taken < accepted) {
    if (queue.pop(out)) {
      ASSERT_EQ(out[0], out[1]);
      ++taken;
    }
  }
  first.join();
  second.join();
  EXPECT_EQ(taken, accepted);
}

TEST(DigestLists, a_list_goes_when_it_is_full_or_old) {
  DigestQueue queue(2, 16);
  DigestLists lists(queue, {.timeout_ns_max = 100, .list_size_max = 2});
  EXPECT_FALSE(lists.collect(0));
  queue.push(message(1));
  EXPECT_FALSE(lists.collect(10));
  EXPECT_FALSE(lists.collect(109));
  const auto old = lists.collect(110);
  ASSERT_TRUE(old);
  EXPECT_EQ(old->messages.size(), 1U);
  queue.push(message(2));
  queue.push(message(3));
  queue.push(message(4));
  EXPECT_EQ(lists.collect(111)->messages.size(), 2U);
  EXPECT_EQ(lists.unacknowledged(), 2U);
}

TEST(DigestLists, a_message_is_not_sent_again_until_its_list_is_acknowledged_or_lost) {
  DigestQueue queue(2, 16);
  DigestLists lists(queue, {.timeout_ns_max = 0, .list_size_max = 1, .ack_timeout_ns = 1000});
  queue.push(message(1));
  const auto first = lists.collect(0);
  ASSERT_TRUE(first);
  queue.push(message(1));
  EXPECT_FALSE(lists.collect(1));
  lists.acknowledge(first->id);
  queue.push(message(1));
  const auto second = lists.collect(2);
  ASSERT_TRUE(second);
  EXPECT_NE(second->id, first->id);
  queue.push(message(1));
  EXPECT_FALSE(lists.collect(1001));
  queue.push(message(1));
  EXPECT_TRUE(lists.collect(1002));
}

}  // namespace
}  // namespace outrigger::pipeline
