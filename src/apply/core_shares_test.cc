#include "apply/core_shares.h"

#include <gtest/gtest.h>

namespace outrigger::apply {
namespace {

TEST(CoreShares, disks_of_one_queue_spread_over_the_cores) {
  CoreShares shares(3);
  for (int disk = 0; disk < 6; ++disk) {
    (void)shares.take(1);
  }
  for (size_t core = 0; core < 3; ++core) {
    EXPECT_EQ(shares.queue_count(core), 2);
  }
}

TEST(CoreShares, the_next_disk_begins_where_the_fewest_queues_are) {
  CoreShares shares(2);
  const size_t wide = shares.take(5);
  EXPECT_EQ(wide, 0U);
  EXPECT_EQ(shares.take(1), 1U);
  shares.give_back(wide, 5);
  EXPECT_EQ(shares.queue_count(0), 0);
  EXPECT_EQ(shares.queue_count(1), 1);
  EXPECT_EQ(shares.take(1), 0U);
}

}  // namespace
}  // namespace outrigger::apply
