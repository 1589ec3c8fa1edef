// The contract of the storage seam: one suite for every device and stack of devices there is.
//
//   OUTRIGGER_SEED=n    start from this seed instead of 1
//   OUTRIGGER_ROUNDS=n  run so many seeds in a row (soak); 1 by default
#include "block/device.h"
#include "contract/device_case.h"
#include "contract/workload.h"
#include "core/sim.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <latch>
#include <memory>
#include <vector>

namespace outrigger::contract {
namespace {

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 0) : otherwise;
}

std::string replay_command(uint64_t seed) {
  const auto* const info = ::testing::UnitTest::GetInstance()->current_test_info();
  return fmt::format("replay: OUTRIGGER_SEED={} contract_test --gtest_filter={}.{}", seed, info->test_suite_name(),
                     info->name());
}

// Runs the workload to its end. False when requests are in flight that nothing will complete any more.
bool drive(core::Simulation& simulation, Workload& workload) {
  while (!workload.is_over()) {
    const uint64_t before = workload.done_count();
    workload.step();
    for (uint64_t turns = simulation.random().below(4); turns > 0; --turns) {
      simulation.step();
    }
    const auto has_moved = [&] { return workload.done_count() != before; };
    if (workload.has_in_flight() && !simulation.run_until(has_moved)) {
      return false;
    }
  }
  return true;
}

class DeviceContract : public ::testing::TestWithParam<DeviceCase> {
 protected:
  void SetUp() override {
    if (!GetParam().why_missing.empty()) {
      GTEST_SKIP() << GetParam().why_missing;
    }
  }

  // Runs `round` for every seed that was asked for, until one fails.
  static void for_each_seed(const std::function<void(uint64_t seed)>& round) {
    const uint64_t first = from_environment("OUTRIGGER_SEED", 1);
    const uint64_t rounds = from_environment("OUTRIGGER_ROUNDS", 1);
    for (uint64_t seed = first; seed < first + rounds && !HasFailure(); ++seed) {
      SCOPED_TRACE(replay_command(seed));
      round(seed);
    }
  }

  static core::SimulationOptions simulation_options(uint64_t seed, uint32_t reactor_count) {
    const DeviceCase& device_case = GetParam();
    return {.seed = seed,
            .reactor_count = reactor_count,
            .uring_entries = device_case.needs_uring ? 256U : 0U,
            .buffer_bytes = device_case.buffer_bytes};
  }

  static Result<DeviceStack> make_stack(const core::Clock& clock, uint64_t seed,
                                        const std::vector<core::Reactor*>& cores) {
    return GetParam().make_on ? GetParam().make_on(clock, seed, cores) : GetParam().make(clock, seed);
  }
  static Result<DeviceStack> make_stack(core::Simulation& simulation, uint64_t seed) {
    std::vector<core::Reactor*> cores;
    for (size_t i = 0; i < simulation.reactor_count(); ++i) {
      cores.push_back(&simulation.reactor(i));
    }
    return make_stack(simulation.clock(), seed, cores);
  }

  static WorkloadOptions workload_options(uint64_t seed, const block::Device& device) {
    return {.seed = seed,
            .block_count = device.block_count(),
            .keeps_data = GetParam().keeps_data,
            .may_fail = GetParam().may_fail};
  }

  // Random requests over the whole device through one channel on each of the reactors, all on this thread.
  static void run_simulated(uint64_t seed, uint32_t reactor_count, size_t in_flight_max) {
    core::Simulation simulation(simulation_options(seed, reactor_count));
    auto stack = make_stack(simulation, seed);
    ASSERT_TRUE(stack.has_value()) << stack.error().what;
    std::vector<std::unique_ptr<block::Channel>> channels;
    std::vector<block::Channel*> borrowed;
    for (size_t i = 0; i < reactor_count; ++i) {
      simulation.reactor(i).run_turn();  // this thread is the reactor's from now on
      auto opened = stack->top().open_channel(simulation.reactor(i));
      ASSERT_TRUE(opened.has_value()) << opened.error().what;
      borrowed.push_back(opened->get());
      channels.push_back(std::move(*opened));
    }
    WorkloadOptions options = workload_options(seed, stack->top());
    options.in_flight_max = in_flight_max;
    Workload workload(options, borrowed);
    const bool ended = drive(simulation, workload);
    EXPECT_TRUE(ended) << "after " << workload.done_count() << " requests some never completed";
    EXPECT_EQ(workload.failure(), "");
    check(ended, "a device that keeps requests cannot be taken down: the run ends here");
    expect_counted(stack->top(), workload, channels);
  }

  // Every request that was admitted is in the device's counters, also after its channels are gone.
  static void expect_counted(block::Device& device, const Workload& workload,
                             std::vector<std::unique_ptr<block::Channel>>& channels) {
    channels.clear();
    const block::CounterSums sums = device.counter_sums();
    uint64_t operations = 0;
    for (const block::OpSums& of_class : sums.by_class) {
      operations += of_class.operations;
    }
    EXPECT_LE(operations, workload.done_count());
    EXPECT_GT(operations, workload.done_count() * 8 / 10);
  }
};

TEST_P(DeviceContract, one_request_at_a_time) {
  for_each_seed([](uint64_t seed) { run_simulated(seed, 1, 1); });
}

TEST_P(DeviceContract, many_requests_in_flight_on_one_core) {
  for_each_seed([](uint64_t seed) { run_simulated(seed, 1, 32); });
}

TEST_P(DeviceContract, many_requests_in_flight_on_two_cores) {
  for_each_seed([](uint64_t seed) { run_simulated(seed, 2, 32); });
}

// One core of its own for each half of the device, at the same time, in real time.
struct Half {
  std::unique_ptr<core::Reactor> reactor;
  std::unique_ptr<block::Channel> channel;
  std::unique_ptr<Workload> workload;
  std::string failure;

  // Goes on until the workload is over; comes back through the reactor so that completions get their turn.
  void go(std::latch& over) {
    workload->step();
    if (!workload->is_over()) {
      reactor->post([this, &over] { go(over); });
      return;
    }
    failure = workload->failure();
    workload.reset();
    channel.reset();
    over.count_down();
  }
};

TEST_P(DeviceContract, two_cores_at_the_same_time) {
  for_each_seed([](uint64_t seed) {
    const core::MonotonicClock clock;
    std::vector<Half> halves(2);
    std::vector<core::Reactor*> cores;
    std::latch over(2);
    for (size_t i = 0; i < 2; ++i) {
      auto made = core::Reactor::create({.name = fmt::format("half{}", i),
                                         .uring_entries = GetParam().needs_uring ? 256U : 0U,
                                         .buffer_bytes = GetParam().buffer_bytes},
                                        clock);
      ASSERT_TRUE(made.has_value()) << made.error().what;
      halves[i].reactor = std::move(*made);
      cores.push_back(halves[i].reactor.get());
    }
    auto stack = make_stack(clock, seed, cores);
    ASSERT_TRUE(stack.has_value()) << stack.error().what;
    block::Device& device = stack->top();
    for (size_t i = 0; i < 2; ++i) {
      Half& half = halves[i];
      WorkloadOptions options = workload_options(seed + i, device);
      options.lba_first = i * device.block_count() / 2;
      options.block_count = device.block_count() / 2;
      half.reactor->start();
      half.reactor->post([&half, &device, &over, options] {
        auto opened = device.open_channel(*half.reactor);
        if (!opened.has_value()) {
          half.failure = opened.error().what;
          over.count_down();
          return;
        }
        half.channel = std::move(*opened);
        half.workload = std::make_unique<Workload>(options, std::vector<block::Channel*>{half.channel.get()});
        half.go(over);
      });
    }
    over.wait();
    for (Half& half : halves) {
      half.reactor->stop();
      EXPECT_EQ(half.failure, "");
    }
  });
}

struct ResizeCounter : block::DeviceObserver {
  void device_resized(block::Device&) override { ++count; }
  int count = 0;
};

TEST_P(DeviceContract, keeps_its_data_when_it_grows_and_refuses_what_was_cut_off) {
  core::Simulation simulation(simulation_options(1, 1));
  auto stack = make_stack(simulation, 1);
  ASSERT_TRUE(stack.has_value()) << stack.error().what;
  if (!stack->resize) {
    GTEST_SKIP() << "this one has one size for life";
  }
  block::Device& device = stack->top();
  ResizeCounter resizes;
  device.subscribe(resizes);
  simulation.reactor(0).run_turn();
  auto opened = device.open_channel(simulation.reactor(0));
  ASSERT_TRUE(opened.has_value()) << opened.error().what;
  const uint64_t size = device.block_count();
  Model model(device.geometry().block_size, size);
  // Looks at everything that the model knows before it changes anything.
  const auto run = [&](uint64_t block_count) {
    for (const uint64_t request_count : {0U, 300U}) {
      WorkloadOptions options = workload_options(7, device);
      options.block_count = block_count;
      options.request_count = request_count;
      options.known = &model;
      Workload workload(options, {opened->get()});
      ASSERT_TRUE(drive(simulation, workload));
      EXPECT_EQ(workload.failure(), "");
      model = workload.model();
    }
  };
  run(size);
  ASSERT_TRUE(stack->resize(size / 2).has_value());
  EXPECT_EQ(device.block_count(), size / 2);
  EXPECT_EQ(device.geometry().block_count, size / 2);
  model.resize(size / 2);
  run(size / 2);  // with requests past the new end among them
  ASSERT_TRUE(stack->resize(size * 2).has_value());
  model.resize(size * 2);
  run(size * 2);
  EXPECT_EQ(resizes.count, 2);
  device.unsubscribe(resizes);
  opened->reset();
}

INSTANTIATE_TEST_SUITE_P(Every, DeviceContract, ::testing::ValuesIn(device_cases()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace outrigger::contract
