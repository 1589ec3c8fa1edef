// A guest that changes its memory while we read it. What it gets is its own affair; what must hold is that nothing of
// ours is touched and that everything ends. For AddressSanitizer: racing is the point, so ThreadSanitizer looks away.
#include "block/memory_device.h"
#include "virtio/blk_rig.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

namespace outrigger::virtio {
namespace {

using model::Arena;
using model::Buffer;

#if defined(__SANITIZE_THREAD__)
constexpr bool has_thread_sanitizer = true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr bool has_thread_sanitizer = true;
#else
constexpr bool has_thread_sanitizer = false;
#endif
#else
constexpr bool has_thread_sanitizer = false;
#endif

template <typename Driver>
class Hostile : public testing::Test {
 protected:
  static constexpr int rounds = 40;
  static constexpr int turns = 50;
};
using Drivers = testing::Types<model::SplitDriver, model::PackedDriver>;
TYPED_TEST_SUITE(Hostile, Drivers);

// Words that mean something to rings, and words that do not.
uint32_t word(std::mt19937& random) {
  switch (random() % 4) {
    case 0: return static_cast<uint32_t>(random() % 300);
    case 1: return static_cast<uint32_t>(random() % 8) << 16 | static_cast<uint32_t>(random() % 4);
    case 2: return static_cast<uint32_t>(random() % 0x1000) << 12;
    default: return static_cast<uint32_t>(random());
  }
}

TYPED_TEST(Hostile, memory_that_changes_while_it_is_read) {
  if (has_thread_sanitizer) {
    GTEST_SKIP() << "racing is what this guest does";
  }
  model::Rig rig;
  Arena arena;
  const auto device = block::MemoryDevice::create("memory", {.block_size = 512, .block_count = 4096});
  ASSERT_TRUE(device.has_value());
  Blk blk("disk", **device, *rig.reactor, {rig.reactor.get()}, {});
  const uint64_t features = (blk.features() & ~feature::RingPacked) | TypeParam::format_features;
  blk.set_features(features);
  ASSERT_TRUE(rig.run(blk.set_memory({arena.memory(), nullptr})).has_value());
  model::BlkDriver<TypeParam> driver(arena, features);
  const uint64_t data = arena.allocate(4096);
  const std::array buffers{Buffer{data, 4096, true}};
  for (int i = 0; i < 40; ++i) {
    driver.submit(i % 2 == 0 ? blk_type::In : blk_type::GetId, 0, buffers, i % 3 == 0);
  }
  const uint64_t end = arena.allocate(1);
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  // Where the rings lie. Put right again now and then: otherwise nothing is served when the guest gets a CPU first.
  constexpr uint64_t rings_begin = 4096;
  constexpr uint64_t rings_end = 12'288;
  std::vector<uint32_t> rings((rings_end - rings_begin) / sizeof(uint32_t));
  std::memcpy(rings.data(), arena.host(rings_begin), rings_end - rings_begin);
  std::atomic<bool> is_stopping{false};
  std::thread guest([&] {
    std::mt19937 random(seed);
    while (!is_stopping) {
      for (uint32_t left = random() % 64; left > 0; --left) {
        // Mostly the rings; sometimes anything up to the last header.
        const uint64_t reach = random() % 4 == 0 ? end : rings_end;
        const uint64_t at = (rings_begin + random() % (reach - rings_begin)) & ~uint64_t{3};
        store_relaxed<uint32_t>(arena.host(at), word(random));
      }
      for (size_t i = 0; i < rings.size(); ++i) {
        store_relaxed<uint32_t>(arena.host(rings_begin + i * sizeof(uint32_t)), rings[i]);
      }
    }
  });
  uint64_t served = 0;
  for (int round = 0; round < this->rounds; ++round) {
    if (!rig.run(blk.start_queue(0, driver.setup())).has_value()) {
      continue;  // a base or a size that cannot be
    }
    rig.turn(this->turns);
    rig.run(blk.stop_queue(0));
    served = blk.queue_counters(0).requests.load();
  }
  is_stopping = true;
  guest.join();
  EXPECT_GT(served, 0U) << "a guest of nonsense alone shows nothing";
}

TEST(PackedDirty, the_event_area_is_marked) {
  model::Rig rig;
  Arena arena;
  model::RecordingDevice device(model::full_geometry());
  Blk blk("disk", device, *rig.reactor, {rig.reactor.get()}, {});
  blk.set_features(blk.features());
  std::vector<std::byte> bitmap(Arena::far_address / 4096 / 8 + 1024);
  const auto dirty = std::make_shared<DirtyLog>(bitmap, nullptr);
  ASSERT_TRUE(rig.run(blk.set_memory({arena.memory(), dirty})).has_value());
  model::BlkDriver<model::PackedDriver> driver(arena, blk.features());
  QueueSetup setup = driver.setup();
  // On a page of its own, where nothing but the device's wishes are written.
  const uint64_t event = arena.allocate(4096, 4096);
  setup.device_area = arena.host(event);
  ASSERT_TRUE(rig.run(blk.start_queue(0, std::move(setup))).has_value());
  const auto is_marked = [&] {
    return (static_cast<unsigned>(bitmap[event / 4096 / 8]) >> (event / 4096 % 8) & 1) != 0;
  };
  EXPECT_TRUE(is_marked()) << "kicks were switched off";
  rig.run(blk.stop_queue(0));
}

}  // namespace
}  // namespace outrigger::virtio
