// What one request costs at the storage seam: nanoseconds a request on one core, without any front end.
// usage: block_bench [seconds per row]
#include "block/memory_device.h"
#include "block/null_device.h"
#include "core/clock.h"
#include "core/random.h"
#include "core/reactor.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace outrigger::block {
namespace {

constexpr uint32_t block_size = 4096;
constexpr uint64_t block_count = (256ULL << 20) / block_size;
constexpr size_t queue_depth = 128;

// One request and its 4 KiB, at a place of the front end's memory.
struct Slot {
  Request request;
  iovec iov{};
};

struct Load {
  std::vector<Slot> slots{queue_depth};
  std::byte* data = nullptr;
  uint64_t done_count = 0;

  Load() {
    void* const memory =
        ::mmap(nullptr, queue_depth * block_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(memory != MAP_FAILED, "there is memory for the data");
    data = static_cast<std::byte*>(memory);
    std::memset(data, 1, queue_depth * block_size);
    for (size_t i = 0; i < queue_depth; ++i) {
      slots[i].iov = {data + i * block_size, block_size};
      slots[i].request.iov = &slots[i].iov;
      slots[i].request.iov_count = 1;
      slots[i].request.block_count = 1;
    }
  }
  ~Load() { ::munmap(data, queue_depth * block_size); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // One burst of queue_depth requests at random places. `looks_ahead`: with a hint for the one that comes next.
  void burst(Channel& channel, Op op, core::Random& random, bool looks_ahead) {
    for (Slot& slot : slots) {
      slot.request.op = op;
      slot.request.lba = random.below(block_count);
    }
    for (size_t i = 0; i < queue_depth; ++i) {
      if (looks_ahead && i + 1 < queue_depth) {
        channel.prefetch(slots[i + 1].request);
      }
      Request& request = slots[i].request;
      request.push([](Request& done) noexcept { ++static_cast<Load*>(done.popped().owner)->done_count; }, this);
      channel.submit(request);
    }
  }
};

void measure(const char* name, Device& device, Op op, core::Reactor& reactor, double seconds,
             bool looks_ahead = false) {
  auto channel = std::move(*device.open_channel(reactor));
  core::Random random(1);
  Load load;
  const core::MonotonicClock clock;
  const uint64_t start_ns = clock.now_ns();
  uint64_t now_ns = start_ns;
  while (static_cast<double>(now_ns - start_ns) < seconds * 1e9) {
    reactor.run_turn();
    for (int i = 0; i < 64; ++i) {
      load.burst(*channel, op, random, looks_ahead);
    }
    now_ns = clock.now_ns();
  }
  const double ns = static_cast<double>(now_ns - start_ns) / static_cast<double>(load.done_count);
  fmt::print("{:<40} {:8.1f} ns/request {:8.2f} M/s\n", name, ns, 1e3 / ns);
}

// So that page faults are not what is measured.
void fill(Device& device, core::Reactor& reactor) {
  auto channel = std::move(*device.open_channel(reactor));
  Load load;
  for (uint64_t lba = 0; lba < block_count; ++lba) {
    Request& request = load.slots[0].request;
    request.op = Op::Write;
    request.lba = lba;
    request.push([](Request&) noexcept {}, nullptr);
    channel->submit(request);
  }
}

void run(double seconds) {
  const core::MonotonicClock clock;
  auto reactor = std::move(*core::Reactor::create({.name = "bench", .uring_entries = 0}, clock));
  {
    NullDevice null("null", {.block_size = block_size, .block_count = block_count});
    measure("null, read 4 KiB", null, Op::Read, *reactor, seconds);
    measure("null, write 4 KiB", null, Op::Write, *reactor, seconds);
  }
  for (const bool can_compare : {false, true}) {
    auto memory = std::move(*MemoryDevice::create(
        "malloc", {.block_size = block_size, .block_count = block_count, .can_compare_and_write = can_compare}));
    fill(*memory, *reactor);
    measure(can_compare ? "malloc with locks, random read 4 KiB" : "malloc, random read 4 KiB", *memory, Op::Read,
            *reactor, seconds);
    measure(can_compare ? "malloc with locks, random read ahead" : "malloc, random read 4 KiB, with hints", *memory,
            Op::Read, *reactor, seconds, true);
    measure(can_compare ? "malloc with locks, random write 4 KiB" : "malloc, random write 4 KiB", *memory, Op::Write,
            *reactor, seconds);
  }
}

}  // namespace
}  // namespace outrigger::block

int main(int argc, char** argv) {
  outrigger::block::run(argc > 1 ? std::strtod(argv[1], nullptr) : 1.0);
  return 0;
}
