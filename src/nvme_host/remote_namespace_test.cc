// What requests become on the wire, and that they come back right: sizes, bits, pieces, pairs, waiting for room.
#include "nvme_host/remote_test_bench.h"

#include <gtest/gtest.h>

#include <deque>

namespace outrigger::nvme_host {
namespace {

using block::Op;
using block::Status;
using block::TestIo;

std::vector<std::byte> pattern(size_t bytes, uint8_t first) {
  std::vector<std::byte> data(bytes);
  for (size_t i = 0; i < bytes; ++i) {
    data[i] = static_cast<std::byte>(first + i * 7 + i / 512);
  }
  return data;
}

TEST(RemoteNamespace, reads_what_was_written) {
  RemoteTestBench bench;
  FakePath& path = bench.add_live_path("a");
  ASSERT_EQ(bench.added.size(), 1U);
  block::Channel& channel = bench.open_first();
  path.fake_queue(0).keeps_seen = true;
  TestIo write(Op::Write, 10, 4, 2048);
  write.fill(pattern(2048, 3));
  write.request().flags = block::flag::Fua;
  EXPECT_EQ(bench.run(channel, write), Status::Ok);
  TestIo read(Op::Read, 10, 4, 2048);
  EXPECT_EQ(bench.run(channel, read), Status::Ok);
  EXPECT_TRUE(std::ranges::equal(read.data(), pattern(2048, 3)));
  const auto& seen = path.fake_queue(0).seen;
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].nsid, 1U);
  EXPECT_EQ(seen[0].cdw12, 3U | 1U << 30U);  // FUA
  EXPECT_EQ(seen[1].cdw12, 3U);
  EXPECT_EQ(seen[1].slba(), 10U);
}

TEST(RemoteNamespace, takes_its_geometry_from_all_paths) {
  RemoteTestBench bench;
  FakePath& path = bench.add_path("a");
  path.mutable_controller().transfer_bytes_max = 65536;
  path.mutable_controller().can_copy = false;
  path.mutable_controller().has_write_cache = false;
  path.shown()[0].physical_block_bytes = 4096;
  path.shown()[0].optimal_io_bytes = 131072;
  path.come_up();
  const block::Geometry geometry = bench.added.front()->geometry();
  EXPECT_EQ(geometry.block_size, 512U);
  EXPECT_EQ(geometry.block_count, 4096U);
  EXPECT_EQ(geometry.physical_block_size, 4096U);
  EXPECT_EQ(geometry.optimal_io_bytes, 131072U);
  EXPECT_EQ(geometry.transfer_bytes_max, 65536U);
  EXPECT_TRUE(geometry.can_discard && geometry.can_write_zeroes && geometry.can_compare_and_write);
  EXPECT_FALSE(geometry.can_copy);
  EXPECT_FALSE(geometry.has_write_cache);
}

TEST(RemoteNamespace, cuts_a_request_that_is_larger_than_a_command_of_its_path) {
  core::Random random(7);
  for (int round = 0; round < 20; ++round) {
    RemoteTestBench bench;
    FakePath& large = bench.add_live_path("large");
    FakePath& small = bench.add_path("small");
    small.mutable_controller().transfer_bytes_max = 4096;
    small.come_up();
    large.go_down();
    bench.turn();
    block::Channel& channel = bench.open_first();
    TestIo write(Op::Write, 3, 83, 83 * 512, random.below(64));
    write.fill(pattern(83 * 512, 9));
    write.cut(random, 1 + random.below(12));
    EXPECT_EQ(bench.run(channel, write), Status::Ok);
    EXPECT_EQ(small.fake_queue(0).taken, 11U);
    TestIo read(Op::Read, 3, 83, 83 * 512, random.below(64));
    read.cut(random, 1 + random.below(12));
    EXPECT_EQ(bench.run(channel, read), Status::Ok);
    EXPECT_TRUE(std::ranges::equal(read.data(), pattern(83 * 512, 9)));
    // The caller's own list of pieces is as it was.
    EXPECT_EQ(bench.run(channel, read), Status::Ok);
    EXPECT_TRUE(std::ranges::equal(read.data(), pattern(83 * 512, 9)));
  }
}

TEST(RemoteNamespace, zeroes_discards_and_flushes) {
  RemoteTestBench bench({}, 1, 1, 200'000);
  FakePath& path = bench.add_live_path("a");
  block::Channel& channel = bench.open_first();
  std::ranges::fill(bench.storage.bytes, std::byte{0x55});
  FakeQueue& queue = path.fake_queue(0);
  queue.keeps_seen = true;
  TestIo zeroes(Op::WriteZeroes, 1, 150'000);
  zeroes.request().flags = block::flag::MayUnmap;
  EXPECT_EQ(bench.run(channel, zeroes), Status::Ok);
  ASSERT_EQ(queue.seen.size(), 3U);  // NLB has 16 bits
  EXPECT_EQ(queue.seen[0].cdw12, 65535U | 1U << 25U);
  EXPECT_EQ(queue.seen[2].slba(), 131073U);
  EXPECT_EQ(bench.storage.bytes[511], std::byte{0x55});
  EXPECT_EQ(bench.storage.bytes[512], std::byte{0});
  EXPECT_EQ(bench.storage.bytes[150'001 * 512 - 1], std::byte{0});
  EXPECT_EQ(bench.storage.bytes[150'001 * 512], std::byte{0x55});
  TestIo discard(Op::Discard, 5, 7);
  EXPECT_EQ(bench.run(channel, discard), Status::Ok);
  EXPECT_EQ(bench.storage.bytes[5 * 512], std::byte{0xDD});
  EXPECT_EQ(bench.storage.bytes[12 * 512], std::byte{0});
  TestIo flush(Op::Flush, 0, 0);
  EXPECT_EQ(bench.run(channel, flush), Status::Ok);
  EXPECT_EQ(queue.seen.back().opcode, static_cast<uint8_t>(nvme::IoOpcode::Flush));
  const uint64_t before = queue.taken;
  TestIo reset(Op::Reset, 0, 0);
  EXPECT_EQ(bench.run(channel, reset), Status::Ok);
  EXPECT_EQ(queue.taken, before);
}

TEST(RemoteNamespace, keeps_to_the_limits_of_each_command) {
  RemoteTestBench bench;
  FakePath& path = bench.add_path("a");
  path.mutable_controller().transfer_bytes_max = 65536;
  path.mutable_controller().zeroes_bytes_max = 8192;
  path.mutable_controller().discard_blocks_max = 10;
  path.shown()[0].copy_blocks_max = 3;
  path.come_up();
  bench.turn();
  block::Channel& channel = bench.open_first();
  FakeQueue& queue = path.fake_queue(0);
  queue.keeps_seen = true;
  const auto commands_of = [&](TestIo&& io) {
    queue.seen.clear();
    EXPECT_EQ(bench.run(channel, io), Status::Ok);
    return queue.seen.size();
  };
  EXPECT_EQ(commands_of(TestIo(Op::WriteZeroes, 0, 40)), 3U);
  EXPECT_EQ(queue.seen[2].block_count(), 8U);
  EXPECT_EQ(commands_of(TestIo(Op::Discard, 0, 25)), 3U);
  EXPECT_EQ(commands_of(TestIo(Op::Read, 0, 128, 128 * 512)), 1U);
  // Onto itself, in steps that must not overwrite what later ones read.
  for (size_t i = 0; i < bench.storage.bytes.size(); ++i) {
    bench.storage.bytes[i] = static_cast<std::byte>(i / 512);
  }
  TestIo copy(Op::Copy, 105, 10);
  copy.request().source_lba = 101;
  queue.seen.clear();
  EXPECT_EQ(bench.run(channel, copy), Status::Ok);
  EXPECT_EQ(queue.seen.size(), 4U);
  for (uint64_t i = 0; i < 10; ++i) {
    EXPECT_EQ(*bench.storage.at(105 + i), static_cast<std::byte>(101 + i));
  }
}

TEST(RemoteNamespace, does_not_copy_where_the_namespace_takes_no_copy) {
  RemoteTestBench bench;
  FakePath& path = bench.add_path("a");
  path.shown()[0].copy_blocks_max = 0;
  path.come_up();
  EXPECT_FALSE(bench.added.front()->geometry().can_copy);
}

TEST(RemoteNamespace, a_flush_needs_nobody_where_there_is_no_cache) {
  RemoteTestBench bench;
  FakePath& path = bench.add_path("a");
  path.mutable_controller().has_write_cache = false;
  path.come_up();
  block::Channel& channel = bench.open_first();
  path.go_down();
  bench.turn();
  TestIo flush(Op::Flush, 0, 0);
  flush.submit(channel);
  EXPECT_TRUE(flush.is_done());
  EXPECT_EQ(flush.status(), Status::Ok);
}

TEST(RemoteNamespace, copies_forwards_and_backwards_in_several_commands) {
  for (const uint64_t to : {uint64_t{10}, uint64_t{30}}) {
    RemoteTestBench bench;
    FakePath& path = bench.add_path("a");
    path.mutable_controller().transfer_bytes_max = 4096;
    path.come_up();
    block::Channel& channel = bench.open_first();
    const auto data = pattern(50 * 512, 1);
    std::memcpy(bench.storage.at(20), data.data(), data.size());
    TestIo copy(Op::Copy, to, 50);
    copy.request().source_lba = 20;
    EXPECT_EQ(bench.run(channel, copy), Status::Ok);
    EXPECT_EQ(path.fake_queue(0).taken, 7U);
    EXPECT_EQ(std::memcmp(bench.storage.at(to), data.data(), data.size()), 0);
  }
}

TEST(RemoteNamespace, compares_and_writes_as_a_pair) {
  core::Random random(3);
  for (int round = 0; round < 20; ++round) {
    RemoteTestBench bench;
    FakePath& path = bench.add_live_path("a");
    path.fake_queue(0).delay_ns_max = millisecond;
    block::Channel& channel = bench.open_first();
    TestIo others[] = {{Op::Read, 0, 8, 4096}, {Op::Read, 8, 8, 4096}};
    TestIo swap(Op::CompareAndWrite, 5, 2, 2048);
    const auto after = pattern(1024, 77);
    std::memcpy(swap.data().data() + 1024, after.data(), after.size());  // expects zeroes
    swap.cut(random, 1 + random.below(7));
    others[0].submit(channel);
    swap.submit(channel);
    others[1].submit(channel);
    EXPECT_TRUE(bench.finish(swap) && bench.finish(others[0]) && bench.finish(others[1]));
    EXPECT_EQ(swap.status(), Status::Ok);
    EXPECT_EQ(std::memcmp(bench.storage.at(5), after.data(), after.size()), 0);
    EXPECT_EQ(bench.run(channel, swap), Status::Miscompare);
    EXPECT_EQ(std::memcmp(bench.storage.at(5), after.data(), after.size()), 0);
  }
}

TEST(RemoteNamespace, many_pairs_wait_for_each_other) {
  RemoteTestBench bench;
  FakePath& path = bench.add_live_path("a");
  path.fake_queue(0).delay_ns_max = millisecond;
  block::Channel& channel = bench.open_first();
  std::deque<TestIo> swaps;
  for (uint64_t i = 0; i < 3 * pairs_max; ++i) {
    swaps.emplace_back(Op::CompareAndWrite, i, 1, 1024).submit(channel);
  }
  for (TestIo& swap : swaps) {
    EXPECT_TRUE(bench.finish(swap));
    EXPECT_EQ(swap.status(), Status::Ok);
  }
}

TEST(RemoteNamespace, more_than_the_queues_and_slots_hold_waits_and_comes_back_in_full) {
  RemoteOptions options;
  options.channel_slots = 6;
  RemoteTestBench bench(options);
  PathOptions shallow;
  shallow.queue_entries = 4;
  FakePath& path = bench.add_path("a", shallow);
  path.delay_ns_max = millisecond;
  path.come_up();
  block::Channel& channel = bench.open_first();
  block::Channel& other = bench.open_first();  // shares the queue
  std::deque<TestIo> ios;
  for (uint64_t i = 0; i < 100; ++i) {
    ios.emplace_back(Op::Read, i, 1, 512).submit(i % 3 == 0 ? other : channel);
  }
  for (TestIo& io : ios) {
    EXPECT_TRUE(bench.finish(io));
    EXPECT_EQ(io.status(), Status::Ok);
  }
  EXPECT_EQ(path.fake_queue(0).taken, 100U);
}

TEST(RemoteNamespace, a_channel_may_be_closed_while_news_are_on_the_way) {
  RemoteTestBench bench;
  FakePath& path = bench.add_live_path("a");
  bench.open_first();
  path.set_ana(PathAnaState::NonOptimized);
  bench.channels.clear();
  bench.turn();
  core::Simulation elsewhere({.seed = 1});
  elsewhere.reactor(0).run_turn();
  const auto refused = bench.added.front()->open_channel(elsewhere.reactor(0));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::FailedPrecondition);
}

}  // namespace
}  // namespace outrigger::nvme_host
