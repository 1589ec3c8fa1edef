#include "base/histogram.h"

#include <gtest/gtest.h>

namespace outrigger {
namespace {

TEST(Histogram, every_value_lies_below_its_buckets_bound_and_not_below_the_one_before) {
  for (uint64_t value : {0ULL, 1ULL, 3ULL, 4ULL, 7ULL, 8ULL, 1000ULL, 123456789ULL, (1ULL << 39) + 5}) {
    const size_t bucket = Histogram::bucket_of(value);
    EXPECT_LT(value, Histogram::upper_bound(bucket)) << value;
    if (bucket > 0) {
      EXPECT_GE(value, Histogram::upper_bound(bucket - 1)) << value;
    }
  }
}

TEST(Histogram, values_past_the_end_are_counted_in_the_last_bucket) {
  Histogram histogram;
  histogram.add(~0ULL);
  EXPECT_EQ(histogram.count_at(Histogram::bucket_count - 1), 1U);
}

}  // namespace
}  // namespace outrigger
