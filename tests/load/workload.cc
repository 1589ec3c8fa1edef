#include "load/workload.h"

#include "load/driver.h"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <ctime>
#include <thread>

namespace outrigger::load {
namespace {

constexpr uint32_t queue_size_min = 128;

// A connected back end with its rings, going.
template <typename Ring>
struct Rig {
  std::unique_ptr<SharedMemory> memory;
  std::vector<std::unique_ptr<Ring>> rings;
  Frontend frontend;
  uint64_t block_count = 0;
};

template <typename Ring>
Result<Rig<Ring>> set_up(Frontend frontend, const WorkloadOptions& options) {
  const QueueLayout layout = layout_of(options, frontend.features());
  OR_ASSIGN(const uint64_t queue_count_max, frontend.queue_count_max());
  if (options.queue_count > queue_count_max) {
    return fail(Code::InvalidArgument, "{} queues were asked for; the back end has {}", options.queue_count,
                queue_count_max);
  }
  OR_ASSIGN(const auto config, frontend.config());
  uint64_t size_bytes = uint64_t{config.capacity} * virtio::sector_bytes;
  if (options.span_bytes != 0) {
    size_bytes = std::min(size_bytes, options.span_bytes);
  }
  Rig<Ring> rig{
      .memory = {}, .rings = {}, .frontend = std::move(frontend), .block_count = size_bytes / options.io_bytes};
  if (rig.block_count < uint64_t{options.depth} * options.queue_count) {
    return fail(Code::InvalidArgument, "a device of {} bytes is too small for {} I/Os of {} at once", size_bytes,
                uint64_t{options.depth} * options.queue_count, options.io_bytes);
  }
  OR_ASSIGN(rig.memory, SharedMemory::create(layout.memory_bytes() * options.queue_count));
  OR_TRY(rig.frontend.share(*rig.memory));
  for (uint16_t i = 0; i < options.queue_count; ++i) {
    rig.rings.push_back(std::make_unique<Ring>(*rig.memory, layout));
    const Ring& ring = *rig.rings.back();
    OR_TRY(rig.frontend.start_ring(i, *rig.memory,
                                   {.size = layout.size,
                                    .descriptors = ring.descriptors(),
                                    .driver_area = ring.driver_area(),
                                    .device_area = ring.device_area(),
                                    .base = layout.is_packed ? PackedRing::base() : 0}));
  }
  return rig;
}

template <typename Ring>
Result<void> tear_down(Rig<Ring>& rig) {
  for (uint16_t i = 0; i < rig.rings.size(); ++i) {
    auto stopped = rig.frontend.stop_ring(i);
    if (!stopped.has_value()) {
      return std::unexpected(std::move(stopped).error());
    }
  }
  return {};
}

template <typename Ring>
Result<Outcome> run_with(Frontend frontend, const WorkloadOptions& options) {
  OR_ASSIGN(auto rig, set_up<Ring>(std::move(frontend), options));
  const auto kick = [&rig](uint16_t queue) { rig.frontend.kick(queue); };
  Driver<Ring, decltype(kick)> driver(rig.rings, options, rig.block_count, kick);
  Outcome outcome = driver.run();
  OR_TRY(tear_down(rig));
  return outcome;
}

void wait_ms(uint32_t ms) {
  const timespec pause{.tv_sec = ms / 1000, .tv_nsec = static_cast<long>(ms % 1000) * 1'000'000};
  ::clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, nullptr);
}

// Gives back what it finds in a split ring, at once.
void echo(const SplitRing& ring, const std::atomic<bool>& is_stopping) {
  const uint32_t mask = ring.layout().size - 1U;
  uint16_t seen = 0;
  while (!is_stopping.load(std::memory_order_relaxed)) {
    const auto idx = virtio::load_acquire<uint16_t>(ring.driver_area() + virtio::ring_idx_offset);
    if (idx == seen) {
      relax();
      continue;
    }
    for (; seen != idx; ++seen) {
      const auto head = virtio::load_relaxed<uint16_t>(ring.driver_area() + 4 + 2ULL * (seen & mask));
      virtio::store_relaxed<uint32_t>(ring.device_area() + 4 + 8ULL * (seen & mask), head);
    }
    virtio::store_release<uint16_t>(ring.device_area() + virtio::ring_idx_offset, seen);
  }
}

}  // namespace

uint64_t wanted_features(const WorkloadOptions& options) noexcept {
  namespace feature = virtio::feature;
  return feature::Version1 | virtio::blk_feature::Mq | virtio::blk_feature::Flush |
         (options.is_packed ? feature::RingPacked : 0) | (options.is_indirect ? feature::RingIndirectDesc : 0) |
         (options.has_event_idx ? feature::RingEventIdx : 0);
}

QueueLayout layout_of(const WorkloadOptions& options, uint64_t features) noexcept {
  QueueLayout layout{.slot_count = static_cast<uint16_t>(options.depth),
                     .io_bytes = options.io_bytes,
                     .is_packed = (features & virtio::feature::RingPacked) != 0,
                     .has_event_idx = (features & virtio::feature::RingEventIdx) != 0,
                     .is_indirect = (features & virtio::feature::RingIndirectDesc) != 0};
  const uint32_t needed = std::max(options.depth * layout.descriptors_per_io(), queue_size_min);
  layout.size = static_cast<uint16_t>(std::bit_ceil(needed));
  return layout;
}

Result<Outcome> run_at(const std::string& path, const WorkloadOptions& options) {
  OR_ASSIGN(Frontend frontend, Frontend::connect(path, wanted_features(options)));
  if (options.is_packed && (frontend.features() & virtio::feature::RingPacked) == 0) {
    return fail(Code::Unimplemented, "the back end at {} has no packed rings", path);
  }
  return options.is_packed ? run_with<PackedRing>(std::move(frontend), options)
                           : run_with<SplitRing>(std::move(frontend), options);
}

Result<Outcome> run_after_idle(const std::string& path, const WorkloadOptions& options, uint32_t gap_ms,
                               uint32_t sample_count) {
  OR_ASSIGN(Frontend frontend, Frontend::connect(path, wanted_features(options)));
  OR_ASSIGN(auto rig, set_up<SplitRing>(std::move(frontend), options));
  const auto kick = [&rig](uint16_t queue) { rig.frontend.kick(queue); };
  Driver<SplitRing, decltype(kick)> driver(rig.rings, options, rig.block_count, kick);
  Outcome outcome = driver.run_paused(sample_count, [gap_ms] { wait_ms(gap_ms); });
  OR_TRY(tear_down(rig));
  return outcome;
}

Result<void> hold(const std::string& path, const WorkloadOptions& options) {
  OR_ASSIGN(Frontend frontend, Frontend::connect(path, wanted_features(options)));
  OR_ASSIGN(auto rig, set_up<SplitRing>(std::move(frontend), options));
  const auto kick = [&rig](uint16_t queue) { rig.frontend.kick(queue); };
  Driver<SplitRing, decltype(kick)> driver(rig.rings, options, rig.block_count, kick);
  driver.begin();
  driver.finish();
  fmt::print("held\n");
  std::fflush(stdout);
  for (;;) {
    ::pause();
  }
}

Result<Outcome> run_ceiling(const WorkloadOptions& options, int backend_cpu) {
  QueueLayout layout = layout_of(options, 0);
  OR_ASSIGN(auto memory, SharedMemory::create(layout.memory_bytes()));
  std::vector<std::unique_ptr<SplitRing>> rings;
  rings.push_back(std::make_unique<SplitRing>(*memory, layout));
  virtio::store_relaxed<uint16_t>(rings[0]->device_area(), virtio::used_no_notify);
  WorkloadOptions own = options;
  own.queue_count = 1;
  own.is_verifying = false;
  std::atomic<bool> is_stopping{false};
  std::thread backend([&] {
    pin_to(backend_cpu);
    echo(*rings[0], is_stopping);
  });
  const auto kick = [](uint16_t) {};
  Driver<SplitRing, decltype(kick)> driver(rings, own, 1ULL << 16, kick);
  Outcome outcome = driver.run();
  is_stopping.store(true);
  backend.join();
  outcome.error_count = 0;  // nobody wrote a status
  return outcome;
}

double ping_pong_ns(int other_cpu) {
  constexpr uint64_t rounds = 200'000;
  struct alignas(128) Line {
    std::atomic<uint64_t> value{0};
  };
  Line line;
  std::thread other([&line, other_cpu] {
    pin_to(other_cpu);
    for (uint64_t i = 1; i < 2 * rounds; i += 2) {
      while (line.value.load(std::memory_order_acquire) != i) {
        relax();
      }
      line.value.store(i + 1, std::memory_order_release);
    }
  });
  uint64_t start = 0;
  for (uint64_t i = 0; i < rounds; ++i) {
    if (i == rounds / 10) {
      start = ticks();
    }
    line.value.store(2 * i + 1, std::memory_order_release);
    while (line.value.load(std::memory_order_acquire) != 2 * i + 2) {
      relax();
    }
  }
  const uint64_t taken = ticks() - start;
  other.join();
  return static_cast<double>(taken) / ticks_per_second() * 1e9 / static_cast<double>(rounds - rounds / 10);
}

void pin_to(int cpu) {
  if (cpu >= 0) {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(static_cast<size_t>(cpu), &cpus);
    ::sched_setaffinity(0, sizeof(cpus), &cpus);
  }
}

}  // namespace outrigger::load
