// Compare and Write on devices that cannot do it in one request: nobody's write comes between the two halves, whatever
// queue and core it came to (NVM Command Set 1.0, 3.1; Base 2.0, 3.4.2).
#include "nvme/conformance_rig.h"
#include "nvme/limited_device.h"
#include "nvme/nvme_rig.h"

#include <atomic>
#include <barrier>
#include <cstring>
#include <optional>
#include <thread>

namespace outrigger::nvme {
namespace {

constexpr uint32_t block_bytes = 512;

std::vector<std::byte> block_of(uint64_t value) {
  std::vector<std::byte> block(block_bytes);
  std::memcpy(block.data(), &value, sizeof value);
  return block;
}
uint64_t value_of(std::span<const std::byte> block) {
  uint64_t value = 0;
  std::memcpy(&value, block.data(), sizeof value);
  return value;
}

// Without a count of its own that threads would share.
Sqe io_sqe_of(IoOpcode opcode, uint64_t lba, uint8_t flags) {
  Sqe sqe;
  sqe.opcode = static_cast<uint8_t>(opcode);
  sqe.flags = flags;
  sqe.nsid = 1;
  sqe.cdw10 = static_cast<uint32_t>(lba);
  return sqe;
}

class Pairs : public AdminTest {
 protected:
  ~Pairs() override {
    first = second = nullptr;
    host.reset();
    world.settle();
    for (uint32_t each = 1; each <= 2; ++each) {
      if (subsystem != nullptr) {
        world.wait(subsystem->remove_namespace(each));
      }
    }
  }
  void start() { start(late); }
  void start(block::Device& device, const NamespaceOptions& options = {}) {
    nsid = add_namespace(options, device);
    if (!options.is_visible_to_all) {
      ASSERT_TRUE(subsystem->set_visible(nsid, HostOf().hostnqn, true).has_value());
    }
    host.emplace(world, port);
    host->start();
    first = &host->connect_io(1);
    second = &host->connect_io(2);
    ASSERT_NE(&first->queue->home(), &second->queue->home());
  }
  struct Pair {
    std::unique_ptr<TestCommand> compare, write;
    [[nodiscard]] bool is_done() const { return compare->is_done && write->is_done; }
  };
  // Of as many blocks as it writes.
  Pair start_pair(Connection& io, uint64_t lba, std::vector<std::byte> expected, std::vector<std::byte> next) const {
    const auto bytes = static_cast<uint32_t>(next.size());
    Sqe compare = io_sqe(IoOpcode::Compare, nsid, lba, bytes / block_bytes);
    Sqe write = io_sqe(IoOpcode::Write, nsid, lba, bytes / block_bytes);
    compare.flags |= 1U;
    write.flags |= 2U;
    Pair pair;
    pair.compare = io.start(compare, bytes, std::move(expected));
    pair.write = io.start(write, bytes, std::move(next));
    return pair;
  }
  Pair start_pair(Connection& io, uint64_t lba, uint64_t expected, uint64_t next) const {
    return start_pair(io, lba, block_of(expected), block_of(next));
  }
  // Of two blocks, which are nothing yet.
  Pair start_long_pair(Connection& io, uint64_t lba) const {
    return start_pair(io, lba, std::vector<std::byte>(2 * size_t{block_bytes}),
                      std::vector<std::byte>(2 * size_t{block_bytes}, std::byte{7}));
  }
  // Of block 5, which is 0 and becomes 77; its read stays with the device.
  Pair start_held_pair() {
    held.holds = true;
    Pair pair = start_pair(*first, 5, 0, 77);
    world.settle();
    return pair;
  }
  // What is held goes on; what comes after it waits for a path, as at a remote volume whose target is away.
  void go_on_once() {
    held.release();
    held.holds = held.lets_go = true;
    world.settle();
  }
  // A pair of two blocks of which one is written, and the other waits.
  Pair start_half_written(Connection& io, uint64_t lba) {
    held.holds = held.lets_go = true;
    Pair pair = start_long_pair(io, lba);
    world.settle();
    for (int i = 0; i < 3; ++i) {  // two reads, a write
      go_on_once();
    }
    EXPECT_EQ(held.held_count(), 1U);
    EXPECT_FALSE(pair.is_done());
    return pair;
  }
  std::unique_ptr<TestCommand> start_write(Connection& io, uint64_t lba, uint64_t value) const {
    return io.start(io_sqe(IoOpcode::Write, nsid, lba), block_bytes, block_of(value));
  }
  uint64_t value_at(uint64_t lba) { return value_at_from(*first, lba); }
  uint64_t value_at_from(Connection& io, uint64_t lba) {
    return value_of(run_io(world, io, io_sqe(IoOpcode::Read, nsid, lba), block_bytes)->memory());
  }
  StatusCode run_pair(Connection& io, uint64_t lba, uint64_t expected, uint64_t next) {
    const Pair pair = start_pair(io, lba, expected, next);
    world.settle();
    EXPECT_TRUE(pair.is_done());
    return pair.write->code();
  }

  block::MemoryDevice& memory = add_device();
  HeldDevice held{memory};
  rig::LimitedDevice late{held, {.can_compare_and_write = false, .can_copy = false, .is_late = true}};
  rig::LimitedDevice narrow{held, {.can_compare_and_write = false, .transfer_bytes_max = block_bytes}};
  std::optional<TestHost> host;
  Connection* first = nullptr;
  Connection* second = nullptr;
  uint32_t nsid = 0;
};

TEST_F(Pairs, S3_1_writes_to_the_same_blocks_wait_and_others_do_not) {
  start();
  const Pair pair = start_held_pair();
  ASSERT_EQ(held.held_count(), 1U) << "it reads";
  const auto same = start_write(*second, 5, 88);
  const auto same_here = start_write(*first, 5, 88);
  const auto other = start_write(*second, 6, 99);
  const auto read = second->start(io_sqe(IoOpcode::Read, nsid, 5), block_bytes);
  world.settle();
  EXPECT_EQ(held.held_count(), 3U) << "the other block's write and the read are with the device, too";
  held.release();
  world.settle();
  EXPECT_TRUE(pair.is_done() && same->is_done && same_here->is_done && other->is_done && read->is_done);
  EXPECT_EQ(pair.compare->code(), StatusCode::Success) << "the writes came later";
  EXPECT_EQ(pair.write->code(), StatusCode::Success);
  EXPECT_EQ(value_at(5), 88U);
  EXPECT_EQ(value_at(6), 99U);
}

TEST_F(Pairs, S3_1_waits_for_writes_that_are_at_work) {
  start();
  held.holds = true;
  const auto earlier = start_write(*second, 5, 1);
  world.settle();
  const Pair pair = start_pair(*first, 5, 1, 2);
  world.settle();
  EXPECT_EQ(held.held_count(), 1U) << "the pair has not begun";
  held.release();
  world.settle();
  EXPECT_TRUE(pair.is_done() && earlier->is_done);
  EXPECT_EQ(pair.compare->code(), StatusCode::Success) << "it compares with what the write left";
  EXPECT_EQ(value_at(5), 2U);
}

TEST_F(Pairs, ranges_of_other_commands_wait) {
  start();
  const Pair pair = start_held_pair();
  const auto zeroes = second->start(io_sqe(IoOpcode::WriteZeroes, nsid, 0, 6));
  const auto away = second->start(io_sqe(IoOpcode::WriteZeroes, nsid, 6, 6));
  std::vector<CopyRange> ranges(1);
  ranges.front().slba = 20;
  const auto copy = second->start(io_sqe(IoOpcode::Copy, nsid, 5), sizeof(CopyRange), std::as_bytes(std::span(ranges)));
  world.settle();
  EXPECT_EQ(held.held_count(), 2U) << "only what is away from it goes on";
  held.release();
  world.settle();
  EXPECT_TRUE(pair.is_done() && zeroes->is_done && away->is_done && copy->is_done);
  EXPECT_EQ(pair.write->code(), StatusCode::Success);
}

TEST_F(Pairs, a_namespace_goes_when_its_pairs_and_those_who_wait_for_them_have_ended) {
  start();
  const Pair pair = start_held_pair();
  const Pair next = start_pair(*second, 5, 0, 78);
  const auto waiting = start_write(*second, 5, 88);
  world.settle();
  std::optional<Result<void>> outcome;
  core::spawn(core::keep(subsystem->remove_namespace(nsid), &outcome));
  world.settle();
  EXPECT_FALSE(outcome.has_value());
  held.release();
  world.settle();
  EXPECT_TRUE(pair.is_done() && next.is_done() && waiting->is_done);
  EXPECT_TRUE(outcome.has_value() && outcome->has_value());
}

TEST_F(Pairs, a_host_that_leaves_takes_what_waits_along) {
  start();
  const Pair pair = start_held_pair();
  const Pair behind = start_pair(*first, 5, 0, 78);
  const Pair next = start_pair(*second, 5, 0, 79);
  const auto waiting = start_write(*second, 5, 88);
  world.settle();
  second->close();
  EXPECT_TRUE(waiting->is_done);
  EXPECT_FALSE(pair.is_done());
  held.release();
  world.settle();
  EXPECT_TRUE(pair.is_done() && behind.is_done() && next.is_done());
  EXPECT_EQ(pair.write->code(), StatusCode::Success);
  EXPECT_EQ(next.write->code(), StatusCode::AbortSqDeletion);
  EXPECT_EQ(behind.compare->code(), StatusCode::CompareFailure);
  EXPECT_EQ(value_at(5), 77U);
}

// -- pairs that wait for a path (decision 0015)

TEST_F(Pairs, a_write_that_was_not_begun_goes_with_its_host) {
  start();
  const Pair pair = start_held_pair();
  go_on_once();  // it has compared
  ASSERT_EQ(held.held_count(), 1U) << "its write waits";
  const auto waiting = start_write(*second, 5, 88);
  world.settle();
  first->close();
  ASSERT_TRUE(pair.is_done());
  EXPECT_EQ(pair.compare->code(), StatusCode::AbortFailedFused);
  EXPECT_EQ(pair.write->command.status, Status::retryable(StatusCode::InternalPathError));
  held.release();
  world.settle();
  EXPECT_TRUE(waiting->is_done);
  EXPECT_EQ(value_at_from(*second, 5), 88U);
}

TEST_F(Pairs, who_waits_for_anothers_pair_goes_with_its_host) {
  start();
  const Pair pair = start_held_pair();
  const Pair next = start_pair(*second, 5, 0, 78);
  world.settle();
  second->close();
  ASSERT_TRUE(next.is_done());
  EXPECT_EQ(next.write->code(), StatusCode::AbortSqDeletion);
  EXPECT_FALSE(pair.is_done());
  held.release();
  world.settle();
  EXPECT_EQ(pair.write->code(), StatusCode::Success);
  EXPECT_EQ(run_pair(*first, 5, 77, 79), StatusCode::Success) << "the lock works on";
}

TEST_F(Pairs, a_namespace_goes_under_pairs_that_wait) {
  start();
  const Pair pair = start_held_pair();
  const Pair behind = start_pair(*first, 5, 0, 78);
  const Pair next = start_pair(*second, 5, 0, 79);
  const auto waiting = start_write(*second, 5, 88);
  world.settle();
  go_on_once();
  ASSERT_EQ(held.held_count(), 1U) << "the write of the first pair waits";
  const auto removed = world.wait(subsystem->remove_namespace(nsid));
  ASSERT_TRUE(removed.has_value());
  EXPECT_TRUE(removed->has_value());
  EXPECT_TRUE(pair.is_done() && behind.is_done() && next.is_done() && waiting->is_done);
}

TEST_F(Pairs, a_host_that_may_not_see_the_namespace_any_more_is_not_waited_for) {
  start(late, {.is_visible_to_all = false});
  const Pair pair = start_held_pair();
  const Pair next = start_pair(*second, 5, 0, 79);
  world.settle();
  go_on_once();  // the write of the first waits
  const uint64_t before = subsystem->withdrawal_count();
  ASSERT_TRUE(subsystem->set_visible(nsid, HostOf().hostnqn, false).has_value());
  const auto settled = world.wait(subsystem->settle(before));
  ASSERT_TRUE(settled.has_value());
  EXPECT_TRUE(pair.is_done() && next.is_done());
}

TEST_F(Pairs, a_write_does_not_begin_on_a_namespace_that_its_host_may_not_use_any_more) {
  start();
  const Pair pair = start_held_pair();
  ASSERT_TRUE(subsystem->set_ana_state(port, 1, AnaState::Inaccessible).has_value());
  world.settle();
  EXPECT_FALSE(pair.is_done());
  go_on_once();
  ASSERT_TRUE(pair.is_done());
  EXPECT_EQ(pair.compare->code(), StatusCode::AnaInaccessible);
  EXPECT_EQ(held.held_count(), 0U);
}

TEST_F(Pairs, a_write_that_was_begun_goes_on_without_its_host) {
  start(narrow);
  const Pair pair = start_half_written(*first, 5);
  first->close();
  EXPECT_FALSE(pair.is_done());
  world.run_for_ms(pair_write_ms_max - 1);
  EXPECT_FALSE(pair.is_done());
  held.release();
  world.settle();
  ASSERT_TRUE(pair.is_done());
  EXPECT_EQ(pair.write->code(), StatusCode::Success);
}

TEST_F(Pairs, a_write_that_was_begun_is_torn_when_its_host_has_gone_long_ago) {
  log::set_level(log::Level::Error);
  start(narrow);
  const Pair pair = start_half_written(*first, 5);
  first->close();
  world.run_for_ms(pair_write_ms_max);
  EXPECT_TRUE(pair.is_done());
  EXPECT_FALSE(pair.write->command.status.is_success());
}

TEST_F(Pairs, a_write_that_was_begun_is_torn_when_the_namespace_goes_and_not_when_it_may_come_back) {
  log::set_level(log::Level::Error);
  start(narrow);
  const Pair pair = start_half_written(*first, 5);
  ASSERT_TRUE(subsystem->set_ana_state(port, 1, AnaState::Inaccessible).has_value());
  world.settle();
  EXPECT_FALSE(pair.is_done());
  ASSERT_TRUE(subsystem->set_ana_state(port, 1, AnaState::Optimized).has_value());
  world.settle();
  const auto removed = world.wait(subsystem->remove_namespace(nsid));
  ASSERT_TRUE(removed.has_value());
  EXPECT_TRUE(removed->has_value());
  EXPECT_TRUE(pair.is_done());
}

// Hosts that count with Compare and Write, on two cores, in many orders: no step is lost.
TEST(PairsInAnyOrder, S3_1_no_update_is_lost) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    World world(2, seed);
    const auto memory = rig::memory_device(64);
    rig::LimitedDevice late(*memory, {.can_compare_and_write = false, .is_late = true});
    const Port port{.id = 1, .traddr = "192.0.2.1", .trsvcid = "4420"};
    auto subsystem = std::move(*Subsystem::create(
        world.directory(), {.nqn = "nqn.2026-11.example:disks", .serial = "S", .model = "M", .firmware = "1"}));
    subsystem->expose_at(port);
    const uint32_t nsid = **world.wait(subsystem->add_namespace({.uuid = {1}}, late));
    {
      TestHost host(world, port);
      host.start();
      Connection* const queues[] = {&host.connect_io(1), &host.connect_io(2)};
      core::Random random(seed);
      uint64_t added = 0;
      uint64_t known = 0;  // the counter is this, or somebody is about to find out that it is more
      for (int round = 0; round < 40; ++round) {
        struct Try {
          std::unique_ptr<TestCommand> compare, write;
          uint64_t expected;
        };
        std::vector<Try> tries;
        for (uint64_t i = 0; i < 6; ++i) {
          Connection& io = *queues[random.below(2)];
          const uint64_t expected = known + random.below(3);
          Sqe compare = io_sqe(IoOpcode::Compare, nsid, 7);
          Sqe write = io_sqe(IoOpcode::Write, nsid, 7);
          compare.flags |= 1U;
          write.flags |= 2U;
          Try made{.compare = nullptr, .write = nullptr, .expected = expected};
          made.compare = io.start(compare, block_bytes, block_of(expected));
          made.write = io.start(write, block_bytes, block_of(expected + 1));
          tries.push_back(std::move(made));
        }
        world.settle();
        for (const Try& each : tries) {
          ASSERT_TRUE(each.compare->is_done && each.write->is_done);
          ASSERT_EQ(each.compare->command.status.is_success(), each.write->command.status.is_success());
          added += each.compare->command.status.is_success() ? 1 : 0;
        }
        known = added;
      }
      EXPECT_GT(added, 40U);
      EXPECT_EQ(value_of(run_io(world, *queues[0], io_sqe(IoOpcode::Read, nsid, 7), block_bytes)->memory()), added);
    }
    world.settle();
    EXPECT_TRUE(world.wait(subsystem->close()));
    subsystem.reset();
    world.settle();
  }
}

constexpr uint64_t steps_per_core = 200;
constexpr size_t core_count = 2;

void count_up(IoQueue& queue, core::Reactor& reactor, size_t index) {
  uint64_t expected = 0;
  for (uint64_t added = 0; added < steps_per_core;) {
    TestCommand compare(block_bytes);
    TestCommand write(block_bytes);
    compare.command.sqe = io_sqe_of(IoOpcode::Compare, 7, 0x41);
    write.command.sqe = io_sqe_of(IoOpcode::Write, 7, 0x42);
    compare.memory() = block_of(expected);
    write.memory() = block_of(expected + 1);
    TestCommand aside(block_bytes);  // in nobody's way
    aside.command.sqe = io_sqe_of(IoOpcode::Write, 8 + index, 0x40);
    compare.send(queue);
    write.send(queue);
    aside.send(queue);
    while (!compare.is_done || !write.is_done || !aside.is_done) {
      reactor.run_turn();
    }
    added += compare.command.status.is_success() ? 1 : 0;
    // The counter only grows: look for its value upwards from here.
    ++expected;
    expected = expected > core_count * steps_per_core ? 0 : expected;
  }
}

// The same with real threads, so that ThreadSanitizer can look on.
TEST(PairsOnThreads, S3_1_no_update_is_lost) {
  core::ManualClock clock;
  block::TestCore control(clock);
  const auto plain = rig::memory_device(64, block_bytes, true, false);
  std::vector<std::unique_ptr<block::TestCore>> machines(core_count);
  std::vector<std::unique_ptr<CoreNamespaces>> cores(core_count);
  ErrorLog error_log;
  rig::Keeper keeper;
  AccessTable access(1);
  access.set(1, {.read = {}, .write = {}, .reservation = {}});
  const auto table = std::make_shared<const AccessTable>(access);
  std::barrier stage(core_count);
  std::optional<PairLock> lock;
  std::atomic<size_t> busy_count = core_count;

  const auto serve = [&](size_t index) {
    machines[index] = std::make_unique<block::TestCore>(clock);
    core::Reactor& reactor = machines[index]->reactor();
    cores[index] = std::make_unique<CoreNamespaces>(reactor, 1);
    stage.arrive_and_wait();
    if (index == 0) {
      lock.emplace(1, cores);
    }
    stage.arrive_and_wait();
    check(cores[index]->add(1, *plain, &*lock).has_value(), "a test's device opens");
    IoQueue queue({.name = "test",
                   .qid = static_cast<uint16_t>(index + 1),
                   .control = control.reactor(),
                   .namespaces = *cores[index],
                   .access = table,
                   .error_log = error_log,
                   .keeper = keeper,
                   .mdts_bytes = mdts_bytes});
    queue.attach();
    count_up(queue, reactor, index);
    --busy_count;
    while (busy_count != 0) {  // the others' locks ask this core, too
      reactor.run_turn();
    }
    stage.arrive_and_wait();
    queue.detach();
    cores[index]->remove(1);
  };
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < core_count; ++i) {
      threads.emplace_back(serve, i);
    }
  }
  lock.reset();
  const auto channel = std::move(*plain->open_channel(control.reactor()));
  block::TestIo read(block::Op::Read, 7, 1, block_bytes);
  read.submit(*channel);
  ASSERT_TRUE(read.is_done());
  EXPECT_EQ(value_of(read.data()), core_count * steps_per_core);
}

}  // namespace
}  // namespace outrigger::nvme
