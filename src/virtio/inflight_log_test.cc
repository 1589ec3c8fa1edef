// The in-flight log against kill -9: a back end dies after every single store it makes to the log or the ring, also
// while it recovers from the death before; the driver goes on meanwhile; and every request comes back exactly
// once.
#include "virtio/inflight_log.h"

#include "core/random.h"
#include "virtio/driver_model.h"
#include "virtio/packed_queue.h"
#include "virtio/split_queue.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <vector>

namespace outrigger::virtio {
namespace {

using model::Arena;
using model::Buffer;

struct Killed {};

// Dies at the step that brings `left` to zero.
struct DyingSteps {
  static inline uint64_t left = 0;
  static inline uint64_t taken = 0;
  static void step() {
    ++taken;
    if (left != 0 && --left == 0) {
      throw Killed{};
    }
  }
};

struct SplitFormat {
  using Driver = model::SplitDriver;
  using Queue = SplitQueue<DyingSteps>;
  static constexpr bool is_packed = false;
};
struct PackedFormat {
  using Driver = model::PackedDriver;
  using Queue = PackedQueue<DyingSteps>;
  static constexpr bool is_packed = true;
};

constexpr uint64_t features = feature::RingEventIdx | feature::RingIndirectDesc;

// What survives a back end: guest memory, the ring, and the log.
template <typename Format>
struct Guest {
  explicit Guest(uint16_t queue_size)
      : size(queue_size), arena(queue_size < 16 ? 32768 : 262144), driver(arena, queue_size, features) {
    log.resize(inflight_queue_bytes(size, Format::is_packed) / sizeof(uint64_t));
  }
  [[nodiscard]] RingSetup setup(VringBase base, bool is_fresh) {
    return {.size = size,
            .features = features,
            .parts = driver.parts(),
            .base = base,
            .inflight = {std::as_writable_bytes(std::span(log)), is_fresh},
            .memory = {arena.memory(), nullptr},
            .used_log = {}};
  }

  // Offers request `number`: its first buffer holds the number. False: the ring is full.
  bool offer(uint64_t number, core::Random& random) {
    const uint64_t at = arena.allocate(64);
    arena.at<uint64_t>(at) = number;
    const std::array buffers{Buffer{at, 8, false}, Buffer{at + 16, 8, true}, Buffer{at + 32, 8, true}};
    const auto id = driver.add(std::span(buffers).first(1 + random.below(3)), random.chance(3));
    if (id) {
      EXPECT_TRUE(waiting.emplace(*id, number).second) << "an id is free when the driver takes it";
    }
    return id.has_value();
  }
  // Takes what the device gave back.
  void take_used() {
    while (const auto used = driver.take_used()) {
      const auto it = waiting.find(used->id);
      ASSERT_NE(it, waiting.end());
      EXPECT_EQ(used->length, it->second) << "the answer belongs to the request";
      EXPECT_TRUE(executed.contains(it->second)) << "what comes back was done";
      EXPECT_TRUE(completed.insert(it->second).second) << "request " << it->second << " came back twice";
      waiting.erase(it);
    }
  }

  uint16_t size;
  Arena arena;
  typename Format::Driver driver;
  std::vector<uint64_t> log;
  std::map<uint16_t, uint64_t> waiting;  // by id
  std::set<uint64_t> executed;
  std::set<uint64_t> completed;
};

// A back end: what a crash destroys.
template <typename Format>
class BackEnd {
 public:
  BackEnd(Guest<Format>& guest, VringBase base, bool is_fresh) : guest_(guest) {
    const auto attached = queue_.attach(guest.setup(base, is_fresh));
    EXPECT_TRUE(attached.has_value()) << attached.error().what;
  }
  // Fetches some, finishes some in any order, shows them in batches.
  void serve(core::Random& random) {
    for (uint64_t n = random.below(4); n != 0; --n) {
      if (!fetch()) {
        break;
      }
    }
    for (uint64_t n = random.below(4); n != 0 && !in_flight_.empty(); --n) {
      const auto i = static_cast<size_t>(random.below(in_flight_.size()));
      const InFlight done = in_flight_[i];
      in_flight_.erase(in_flight_.begin() + static_cast<ptrdiff_t>(i));
      guest_.executed.insert(done.number);
      queue_.put_used(done.token, static_cast<uint32_t>(done.number));
    }
    queue_.publish();
    EXPECT_FALSE(queue_.is_broken()) << queue_.broken_why();
  }
  [[nodiscard]] std::vector<uint64_t> fetch_recovered() {
    std::vector<uint64_t> numbers;
    while (queue_.recovered_count() != 0 && fetch()) {
      numbers.push_back(in_flight_.back().number);
    }
    return numbers;
  }
  bool fetch() {
    Chain chain;
    if (queue_.prepare(1) == 0 || queue_.pop(chain, small_.data(), 3, spill_.data()) != Pop::Chain) {
      return false;
    }
    EXPECT_EQ(chain.defect, Defect::None);
    EXPECT_GE(chain.count, 1);
    in_flight_.push_back({chain.token, *static_cast<const uint64_t*>(chain.segments[0].iov_base)});
    return true;
  }

 private:
  struct InFlight {
    ChainToken token;
    uint64_t number;
  };
  Guest<Format>& guest_;
  typename Format::Queue queue_;
  std::vector<InFlight> in_flight_;
  std::array<iovec, 3> small_{};
  std::vector<iovec> spill_ = std::vector<iovec>(segments_per_chain_max);
};

// One whole life: `requests` requests, a first death after `kills[0]` steps, the next `kills[1]` steps later, and so
// on (0: no more). Returns the steps taken until the first death or the end.
template <typename Format>
uint64_t live_and_die(uint16_t queue_size, uint64_t requests, uint64_t seed, std::span<const uint64_t> kills) {
  Guest<Format> guest(queue_size);
  core::Random random(seed);
  size_t deaths = 0;
  const auto arm = [&kills, &deaths] { DyingSteps::left = deaths < kills.size() ? kills[deaths] : 0; };
  DyingSteps::taken = 0;
  arm();
  uint64_t first_death = 0;
  std::optional<BackEnd<Format>> back_end;
  uint64_t next = 1;
  for (uint32_t turn = 0; guest.completed.size() < requests && turn < 10'000; ++turn) {
    try {
      if (!back_end) {
        const bool is_first = deaths == 0;
        back_end.emplace(guest, is_first ? Format::Driver::first_base() : guest.driver.base_after_crash(), is_first);
      }
      back_end->serve(random);
    } catch (const Killed&) {
      back_end.reset();
      first_death = deaths == 0 ? DyingSteps::taken : first_death;
      ++deaths;
      arm();
    }
    if (!random.chance(4)) {
      guest.take_used();
    }
    while (next <= requests && random.chance(2) && guest.offer(next, random)) {
      ++next;
    }
    if (testing::Test::HasFailure()) {
      break;
    }
  }
  DyingSteps::left = 0;
  EXPECT_EQ(guest.completed.size(), requests) << "a request was lost";
  return first_death == 0 ? DyingSteps::taken : first_death;
}

template <typename Format>
class InflightLog : public testing::Test {};
using Formats = testing::Types<SplitFormat, PackedFormat>;
TYPED_TEST_SUITE(InflightLog, Formats);

TYPED_TEST(InflightLog, survives_a_kill_at_every_single_step) {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    const uint16_t size = seed % 2 == 0 ? 4 : 8;
    const uint64_t steps = live_and_die<TypeParam>(size, 24, seed, {});
    ASSERT_GT(steps, 100U);
    for (uint64_t kill = 1; kill <= steps; ++kill) {
      const std::array kills{kill};
      live_and_die<TypeParam>(size, 24, seed, kills);
      ASSERT_FALSE(this->HasFailure()) << "seed " << seed << ", killed after step " << kill;
    }
  }
}

TYPED_TEST(InflightLog, survives_kills_while_it_recovers) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    const uint64_t steps = live_and_die<TypeParam>(4, 12, seed, {});
    for (uint64_t first = 1; first <= steps; ++first) {
      for (uint64_t second = 1; second <= 24; ++second) {
        const std::array kills{first, second, second % 5 + 1};
        live_and_die<TypeParam>(4, 12, seed, kills);
        ASSERT_FALSE(this->HasFailure()) << "seed " << seed << ", killed after " << first << ", then " << second;
      }
    }
  }
}

TYPED_TEST(InflightLog, a_request_at_index_0_survives) {
  DyingSteps::left = 0;
  Guest<TypeParam> guest(4);
  core::Random random(1);
  std::optional<BackEnd<TypeParam>> back_end(std::in_place, guest, TypeParam::Driver::first_base(), true);
  ASSERT_TRUE(guest.offer(7, random));
  ASSERT_TRUE(back_end->fetch());
  // Nothing was ever completed, and again nothing: descriptor 0 must not be taken for the last batch.
  for (int death = 0; death < 3; ++death) {
    back_end.emplace(guest, guest.driver.base_after_crash(), false);
    EXPECT_EQ(back_end->fetch_recovered(), std::vector<uint64_t>{7});
  }
}

TYPED_TEST(InflightLog, resubmits_in_the_order_of_fetching) {
  DyingSteps::left = 0;
  Guest<TypeParam> guest(16);
  core::Random random(3);
  std::optional<BackEnd<TypeParam>> back_end(std::in_place, guest, TypeParam::Driver::first_base(), true);
  uint64_t next = 1;
  for (int round = 0; round < 40; ++round) {
    while (guest.offer(next, random)) {
      ++next;
    }
    back_end->serve(random);
    guest.take_used();
  }
  back_end.emplace(guest, guest.driver.base_after_crash(), false);
  const auto numbers = back_end->fetch_recovered();
  ASSERT_GT(numbers.size(), 1U);
  EXPECT_TRUE(std::ranges::is_sorted(numbers));
}

TYPED_TEST(InflightLog, sizes_are_whole_lines) {
  EXPECT_EQ(inflight_queue_bytes(128, false), (16U + 128 * 16 + 63) / 64 * 64);
  EXPECT_EQ(inflight_queue_bytes(128, true), (32U + 128 * 32 + 63) / 64 * 64);
}

TYPED_TEST(InflightLog, areas_that_are_too_small_are_refused) {
  DyingSteps::left = 0;
  Guest<TypeParam> guest(8);
  RingSetup setup = guest.setup(TypeParam::Driver::first_base(), true);
  setup.inflight.bytes = setup.inflight.bytes.first(setup.inflight.bytes.size() - 64);
  typename TypeParam::Queue queue;
  EXPECT_FALSE(queue.attach(setup).has_value());
}

TYPED_TEST(InflightLog, nonsense_in_the_area_harms_nobody) {
  DyingSteps::left = 0;
  for (uint64_t seed = 1; seed <= 2000; ++seed) {
    Guest<TypeParam> guest(8);
    core::Random random(seed);
    for (uint64_t& word : guest.log) {
      word = random.next();
    }
    if (seed % 2 == 0) {
      // The head of a plausible region, so that the entries are looked at.
      auto* const bytes = reinterpret_cast<std::byte*>(guest.log.data());
      store_relaxed<uint16_t>(bytes + 8, inflight_version);
      store_relaxed<uint16_t>(bytes + 10, 8);
      for (size_t at = 12; at < 20; at += 2) {
        store_relaxed<uint16_t>(bytes + at, static_cast<uint16_t>(random.below(9)));
      }
    }
    for (int i = 0; i < 3; ++i) {
      (void)guest.offer(static_cast<uint64_t>(i), random);
    }
    typename TypeParam::Queue queue;
    if (!queue.attach(guest.setup(TypeParam::Driver::first_base(), false)).has_value()) {
      continue;
    }
    std::array<iovec, 3> small{};
    std::vector<iovec> spill(segments_per_chain_max);
    for (int turn = 0; turn < 40 && !queue.is_broken(); ++turn) {
      Chain chain;
      if (queue.prepare(4) != 0 && queue.pop(chain, small.data(), 3, spill.data()) == Pop::Chain) {
        queue.put_used(chain.token, 0);
      }
      queue.publish();
      // The front end may write there at any time.
      guest.log[random.below(guest.log.size())] = random.chance(2) ? UINT64_MAX : random.next();
    }
  }
}

// What the SPDK project's issue 3766 is about: a log that is begun on a ring that has seen traffic already must not
// take the difference of the used indices for a batch it never logged.
TEST(SplitInflightLog, begins_with_the_used_index_of_the_ring) {
  DyingSteps::left = 0;
  Guest<SplitFormat> guest(4);
  core::Random random(1);
  std::vector<uint64_t> other_log(guest.log.size());
  {
    std::swap(guest.log, other_log);
    BackEnd<SplitFormat> before(guest, {0}, true);
    for (uint64_t i = 1; i <= 3; ++i) {
      ASSERT_TRUE(guest.offer(i, random));
      while (guest.completed.size() < i) {
        before.serve(random);
        guest.take_used();
      }
    }
    std::swap(guest.log, other_log);
  }
  std::optional<BackEnd<SplitFormat>> back_end(std::in_place, guest, VringBase{3}, true);
  ASSERT_TRUE(guest.offer(9, random));
  ASSERT_TRUE(back_end->fetch());
  back_end.emplace(guest, VringBase{3}, false);
  EXPECT_EQ(back_end->fetch_recovered(), std::vector<uint64_t>{9});
}

TEST(SplitInflightLog, a_ring_made_anew_is_not_taken_for_the_old_one) {
  DyingSteps::left = 0;
  Guest<SplitFormat> guest(4);
  core::Random random(1);
  BackEnd<SplitFormat> before(guest, {0}, true);
  ASSERT_TRUE(guest.offer(1, random));
  ASSERT_TRUE(before.fetch());
  guest.driver.set_avail_idx(0);  // the driver reset its ring: nothing is available in it
  SplitQueue<DyingSteps> queue;
  ASSERT_TRUE(queue.attach(guest.setup({0}, false)).has_value());
  EXPECT_EQ(queue.recovered_count(), 0U);
}

TEST(SplitInflightLog, the_same_head_twice_breaks_the_queue) {
  DyingSteps::left = 0;
  Guest<SplitFormat> guest(4);
  core::Random random(1);
  SplitQueue<DyingSteps> queue;
  ASSERT_TRUE(queue.attach(guest.setup({0}, true)).has_value());
  ASSERT_TRUE(guest.offer(1, random));
  guest.driver.offer(0);
  guest.driver.offer(0);
  guest.driver.publish();
  std::array<iovec, 3> small{};
  std::vector<iovec> spill(segments_per_chain_max);
  Chain chain;
  ASSERT_EQ(queue.prepare(3), 3U);
  EXPECT_EQ(queue.pop(chain, small.data(), 3, spill.data()), Pop::Chain);
  EXPECT_EQ(queue.pop(chain, small.data(), 3, spill.data()), Pop::Broken);
}

}  // namespace
}  // namespace outrigger::virtio
