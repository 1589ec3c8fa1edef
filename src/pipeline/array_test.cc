#include "pipeline/counter_array.h"
#include "pipeline/meter_array.h"
#include "pipeline/register_array.h"

#include "core/random.h"

#include <gtest/gtest.h>

#include <array>
#include <thread>

namespace outrigger::pipeline {
namespace {

TEST(CounterArray, adds_up_its_threads_and_takes_what_control_writes) {
  const auto counters = CounterArray::make("c", CounterUnit::PacketsAndBytes, 4, 2).value();
  counters->count(0, 3, 100);
  counters->count(1, 3, 50);
  counters->count(1, 4, 50);  // beyond the size
  EXPECT_EQ(counters->read(3).value(), (CounterValue{2, 150}));
  EXPECT_EQ(counters->read(0).value(), CounterValue{});
  EXPECT_EQ(counters->read(4).error().code, Code::OutOfRange);
  ASSERT_TRUE(counters->write(3, {10, 7}).has_value());
  counters->count(0, 3, 1);
  EXPECT_EQ(counters->read(3).value(), (CounterValue{11, 8}));
  counters->reset();
  EXPECT_EQ(counters->read(3).value(), CounterValue{});
}

TEST(CounterArray, shows_only_its_unit) {
  const auto packets = CounterArray::make("p", CounterUnit::Packets, 1, 1).value();
  const auto bytes = CounterArray::make("b", CounterUnit::Bytes, 1, 1).value();
  packets->count(0, 0, 9);
  bytes->count(0, 0, 9);
  EXPECT_EQ(packets->read(0).value(), (CounterValue{1, 0}));
  EXPECT_EQ(bytes->read(0).value(), (CounterValue{0, 9}));
}

TEST(CounterArray, large_ones_cost_nothing_and_too_large_ones_are_refused) {
  EXPECT_TRUE(CounterArray::make("c", CounterUnit::Packets, array_cells_max, 1).has_value());
  EXPECT_EQ(CounterArray::make("c", CounterUnit::Packets, array_cells_max + 1, 1).error().code,
            Code::ResourceExhausted);
  EXPECT_TRUE(CounterArray::make("none", CounterUnit::Packets, 0, 1).has_value());
}

TEST(CounterArray, loses_nothing_while_threads_count_and_control_writes) {
  constexpr uint64_t rounds = 20'000;
  const auto counters = CounterArray::make("c", CounterUnit::PacketsAndBytes, 1, 2).value();
  const auto work = [&](uint32_t thread) {
    for (uint64_t i = 0; i < rounds; ++i) {
      counters->count(thread, 0, 2);
    }
  };
  std::thread first(work, 0);
  std::thread second(work, 1);
  for (int i = 0; i < 100; ++i) {
    (void)counters->read(0);
  }
  first.join();
  second.join();
  EXPECT_EQ(counters->read(0).value(), (CounterValue{2 * rounds, 4 * rounds}));
}

constexpr uint64_t second_ns = 1'000'000'000;

// RFC 2698 §3 with rational arithmetic: levels in billionths of a token.
class MeterModel {
 public:
  explicit MeterModel(const MeterRates& rates)
      : rates_(rates), committed_(scale(rates.committed_burst)), peak_(scale(rates.peak_burst)) {}

  MeterColor execute(uint64_t count, uint64_t now_ns, MeterColor before) {
    const auto passed = static_cast<__int128>(now_ns - last_ns_);
    last_ns_ = now_ns;
    committed_ = std::min(scale(rates_.committed_burst), committed_ + passed * rates_.committed_rate);
    peak_ = std::min(scale(rates_.peak_burst), peak_ + passed * rates_.peak_rate);
    if (before == MeterColor::Red || peak_ < scale(count)) {
      return MeterColor::Red;
    }
    peak_ -= scale(count);
    if (before == MeterColor::Yellow || committed_ < scale(count)) {
      return MeterColor::Yellow;
    }
    committed_ -= scale(count);
    return MeterColor::Green;
  }

 private:
  static __int128 scale(uint64_t count) { return static_cast<__int128>(count) * second_ns; }
  MeterRates rates_;
  __int128 committed_;
  __int128 peak_;
  uint64_t last_ns_ = 0;
};

TEST(MeterArray, marks_as_rfc_2698_says) {
  for (const MeterRates& rates :
       {MeterRates{1'000'000, 3000, 2'000'000, 5000}, MeterRates{64, 100, 128, 1500},
        MeterRates{12'500'000'000, 1 << 20, 12'500'000'000, 1 << 21}, MeterRates{0, 3000, 0, 9000}}) {
    core::Random random(rates.committed_rate + 1);
    const auto meters = MeterArray::make("m", MeterUnit::Bytes, 1).value();
    ASSERT_TRUE(meters->configure(0, rates, 0).has_value());
    MeterModel model(rates);
    uint64_t now_ns = 0;
    int differences = 0;
    std::array<int, 3> colors{};
    for (int i = 0; i < 5000; ++i) {
      const uint64_t bytes = 60 + random.below(1440);
      // Around the peak rate on average, so that all colours come.
      now_ns += random.below(2 * 780 * second_ns / std::max<uint64_t>(rates.peak_rate, 1000) + 2);
      const auto before = static_cast<MeterColor>(random.chance(10) ? random.below(3) : 0);
      const MeterColor color = meters->execute(0, bytes, now_ns, before);
      differences += color == model.execute(bytes, now_ns, before) ? 0 : 1;
      ++colors[static_cast<size_t>(color)];
    }
    EXPECT_LE(differences, 5) << rates.committed_rate;  // rounding at the very edge
    for (const int count : colors) {
      EXPECT_GT(count, 0) << rates.committed_rate;
    }
  }
}

TEST(MeterArray, without_configuration_all_is_green) {
  const auto meters = MeterArray::make("m", MeterUnit::Packets, 2).value();
  EXPECT_EQ(meters->execute(0, 1000, 5), MeterColor::Green);
  EXPECT_EQ(meters->execute(7, 1000, 5, MeterColor::Yellow), MeterColor::Yellow);
  ASSERT_TRUE(meters->configure(0, {1, 1, 1, 2}, 0).has_value());
  EXPECT_EQ(meters->execute(0, 1000, 5), MeterColor::Green);
  EXPECT_EQ(meters->execute(0, 1000, 5), MeterColor::Yellow);
  EXPECT_EQ(meters->execute(0, 1000, 5), MeterColor::Red);
  EXPECT_EQ(meters->execute(0, 1000, second_ns), MeterColor::Red);  // full buckets gained nothing in the first 5 ns
  EXPECT_EQ(meters->execute(0, 1000, second_ns + 5), MeterColor::Green);
  EXPECT_EQ(meters->read(0).value(), (MeterRates{1, 1, 1, 2}));
  ASSERT_TRUE(meters->reset(0).has_value());
  EXPECT_EQ(meters->execute(0, 1000, second_ns), MeterColor::Green);
  EXPECT_EQ(meters->configure(0, {2, 1, 1, 1}, 0).error().code, Code::InvalidArgument);
  EXPECT_EQ(meters->configure(2, {}, 0).error().code, Code::OutOfRange);
}

TEST(RegisterArray, cells_have_their_width) {
  const auto narrow = RegisterArray::make("r", 9, 3).value();
  narrow->write(1, 0xFFFF);
  narrow->write(3, 1);
  EXPECT_EQ(narrow->read(1), 0x1FFU);
  EXPECT_EQ(narrow->read(3), 0U);
  std::array<uint8_t, 2> two{};
  narrow->read_bytes(1, two);
  EXPECT_EQ(two, (std::array<uint8_t, 2>{1, 0xFF}));
  EXPECT_TRUE(narrow->check_write(1, two).has_value());
  two[0] = 2;
  EXPECT_EQ(narrow->check_write(1, two).error().code, Code::InvalidArgument);
  EXPECT_EQ(narrow->check_write(3, two).error().code, Code::OutOfRange);
  narrow->reset();
  EXPECT_EQ(narrow->read(1), 0U);
}

TEST(RegisterArray, wide_cells_keep_every_byte) {
  for (const uint32_t width : {64U, 65U, 72U, 128U, 1001U}) {
    core::Random random(width);
    const auto wide = RegisterArray::make("r", width, 5).value();
    std::vector<std::vector<uint8_t>> expected;
    for (uint64_t i = 0; i < 5; ++i) {
      std::vector<uint8_t> value(wide->width_bytes());
      for (uint8_t& byte : value) {
        byte = static_cast<uint8_t>(random.next());
      }
      value[0] &= static_cast<uint8_t>(0xFF >> (7 - (width - 1) % 8));
      wide->write_bytes(i, value);
      expected.push_back(value);
    }
    for (uint64_t i = 0; i < 5; ++i) {
      std::vector<uint8_t> value(wide->width_bytes());
      wide->read_bytes(i, value);
      EXPECT_EQ(value, expected[i]) << width;
    }
  }
}

}  // namespace
}  // namespace outrigger::pipeline
