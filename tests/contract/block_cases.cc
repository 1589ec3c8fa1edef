// The devices of the room block.
#include "block/faulty_device.h"
#include "block/memory_device.h"
#include "block/null_device.h"
#include "contract/device_case.h"

namespace outrigger::contract {
namespace {

Result<DeviceStack> make_null() {
  DeviceStack stack;
  auto& null = stack.add(std::make_unique<block::NullDevice>("null0", block::Geometry{.block_count = 4096}));
  stack.resize = [&null](uint64_t block_count) {
    null.resize(block_count);
    return Result<void>();
  };
  return stack;
}

Result<DeviceStack> make_memory(uint32_t block_size, bool can_compare_and_write) {
  DeviceStack stack;
  OR_ASSIGN(auto made, block::MemoryDevice::create("memory0", {.block_size = block_size,
                                                               .block_count = (2U << 20) / block_size,
                                                               .can_compare_and_write = can_compare_and_write}));
  auto& memory = stack.add(std::move(made));
  stack.resize = [&memory](uint64_t block_count) { return memory.resize(block_count); };
  return stack;
}

// Grown twice before it is used, so that its bytes lie in several places.
Result<DeviceStack> make_grown_memory() {
  DeviceStack stack;
  OR_ASSIGN(auto made, block::MemoryDevice::create("memory0", {.block_count = 100, .can_compare_and_write = true}));
  auto& memory = stack.add(std::move(made));
  OR_TRY(memory.resize(300));
  OR_TRY(memory.resize(4096));
  stack.resize = [&memory](uint64_t block_count) { return memory.resize(block_count); };
  return stack;
}

Result<DeviceStack> make_faulty(uint64_t seed, bool fails) {
  DeviceStack stack;
  OR_ASSIGN(auto made, block::MemoryDevice::create("memory0", {.block_count = 4096, .can_compare_and_write = true}));
  auto& memory = stack.add(std::move(made));
  auto& faulty = stack.add(std::make_unique<block::FaultyDevice>("faulty0", memory, seed));
  if (fails) {
    faulty.add_rule({.fault = block::Fault::FailBefore, .one_in = 20});
    faulty.add_rule({.fault = block::Fault::FailAfter, .one_in = 20});
  }
  // Some arrive late, and the rest overtake them.
  faulty.add_rule({.fault = block::Fault::Delay, .delay_ns = 1'000, .one_in = 3});
  faulty.add_rule({.fault = block::Fault::Delay, .delay_ns = 70'000, .one_in = 10});
  stack.resize = [&memory](uint64_t block_count) { return memory.resize(block_count); };
  return stack;
}

}  // namespace

void add_block_cases(std::vector<DeviceCase>& cases) {
  cases.push_back(
      {.name = "null", .make = [](const core::Clock&, uint64_t) { return make_null(); }, .keeps_data = false});
  cases.push_back({.name = "memory_512", .make = [](const core::Clock&, uint64_t) { return make_memory(512, true); }});
  cases.push_back(
      {.name = "memory_4096", .make = [](const core::Clock&, uint64_t) { return make_memory(4096, false); }});
  cases.push_back(
      {.name = "memory_65536", .make = [](const core::Clock&, uint64_t) { return make_memory(65536, true); }});
  cases.push_back({.name = "memory_grown", .make = [](const core::Clock&, uint64_t) { return make_grown_memory(); }});
  cases.push_back(
      {.name = "delayed_memory", .make = [](const core::Clock&, uint64_t seed) { return make_faulty(seed, false); }});
  cases.push_back({.name = "failing_memory",
                   .make = [](const core::Clock&, uint64_t seed) { return make_faulty(seed, true); },
                   .may_fail = true});
}

}  // namespace outrigger::contract
