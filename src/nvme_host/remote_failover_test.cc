// What happens to requests when paths break, controllers say no, and nobody is there.
#include "nvme_host/remote_test_bench.h"

#include <gtest/gtest.h>

#include <deque>
#include <list>

namespace outrigger::nvme_host {
namespace {

using block::Op;
using block::Status;
using block::TestIo;
using nvme::StatusCode;

RemoteOptions with(PathSelection selection, int64_t hold_ms = -1, int64_t fast_io_fail_ms = -1) {
  RemoteOptions options;
  options.selection = selection;
  options.write_retry_hold_ms = hold_ms;
  options.fast_io_fail_ms = fast_io_fail_ms;
  return options;
}

auto always(nvme::Status status) {
  return [status](const Command&) { return std::optional(status); };
}

// With two live paths and a channel of what both lead to.
class TwoPaths : public RemoteTestBench {
 public:
  explicit TwoPaths(const RemoteOptions& options)
      : RemoteTestBench(options), ends{add_live_path("a"), add_live_path("b"), open_first()} {}

  struct Ends {
    FakePath& a;
    FakePath& b;
    block::Channel& channel;
  };
  const Ends ends;
};

TEST(RemoteFailover, path_errors_go_to_another_path_and_others_do_not) {
  TwoPaths bench(with(PathSelection::ActivePassive));
  auto& [a, b, channel] = bench.ends;
  for (const StatusCode code : {StatusCode::InternalPathError, StatusCode::AnaInaccessible, StatusCode::AnaTransition,
                                StatusCode::ControllerPathingError}) {
    a.fake_queue(0).script = always(nvme::Status::retryable(code));
    const uint64_t before = b.fake_queue(0).taken;
    TestIo write(Op::Write, 0, 1, 512);
    write.submit(channel);
    bench.turn();  // no time passes
    EXPECT_TRUE(write.is_done()) << static_cast<int>(code);
    EXPECT_EQ(write.status(), Status::Ok);
    EXPECT_EQ(b.fake_queue(0).taken, before + 1);
    // Selected again for the next round.
    b.go_down();
    bench.sim.run_for(second);
    a.fake_queue(0).script = nullptr;
    TestIo read(Op::Read, 0, 1, 512);
    EXPECT_EQ(bench.run(channel, read), Status::Ok);
    b.come_up();
    bench.turn();
  }
  const uint64_t before_b = b.fake_queue(0).taken;
  for (const nvme::Status status :
       {nvme::Status::final(StatusCode::InternalPathError), nvme::Status::retryable(StatusCode::UnrecoveredReadError),
        nvme::Status::final(StatusCode::CommandInterrupted)}) {
    a.fake_queue(0).script = always(status);
    const uint64_t before = a.fake_queue(0).taken;
    TestIo read(Op::Read, 0, 1, 512);
    EXPECT_EQ(bench.run(channel, read), Status::IoError);
    EXPECT_EQ(a.fake_queue(0).taken, before + 1);
  }
  EXPECT_EQ(b.fake_queue(0).taken, before_b);
}

TEST(RemoteFailover, passing_states_are_tried_so_many_times_with_pauses) {
  RemoteOptions options = with(PathSelection::ActivePassive);
  options.retries_max = 3;
  RemoteTestBench bench(options);
  FakePath& path = bench.add_live_path("a");
  block::Channel& channel = bench.open_first();
  path.fake_queue(0).script = always(nvme::Status::retryable(StatusCode::NamespaceNotReady));
  const uint64_t start_ns = bench.sim.clock().now_ns();
  TestIo read(Op::Read, 0, 1, 512);
  EXPECT_EQ(bench.run(channel, read), Status::IoError);
  EXPECT_EQ(path.fake_queue(0).taken, 4U);
  EXPECT_EQ(bench.sim.clock().now_ns() - start_ns, 7 * retry_delay_ns);
  // It passes in time.
  int left = 2;
  path.fake_queue(0).script = [&](const Command&) {
    return left-- > 0 ? std::optional(nvme::Status::retryable(StatusCode::CommandInterrupted)) : std::nullopt;
  };
  EXPECT_EQ(bench.run(channel, read), Status::Ok);
}

// A data digest that is wrong is about one command: it is tried so many times, and the path stays in use.
TEST(RemoteFailover, a_wrong_digest_is_its_commands_trouble_and_not_its_paths) {
  RemoteOptions options = with(PathSelection::ActivePassive);
  options.retries_max = 3;
  RemoteTestBench bench(options);
  FakePath& path = bench.add_live_path("a");
  block::Channel& channel = bench.open_first();
  path.fake_queue(0).script = [](const Command& command) {
    return command.sqe.slba() == 7 ? std::optional(nvme::Status::retryable(StatusCode::TransientTransportError))
                                   : std::nullopt;
  };
  TestIo damaged(Op::Read, 7, 1, 512);
  damaged.submit(channel);
  bench.turn();
  TestIo other(Op::Read, 0, 1, 512);
  other.submit(channel);
  bench.turn();  // no time passes
  EXPECT_TRUE(other.is_done());
  EXPECT_EQ(other.status(), Status::Ok);
  ASSERT_TRUE(bench.finish(damaged));
  EXPECT_EQ(damaged.status(), Status::IoError);
  EXPECT_EQ(path.fake_queue(0).taken, 1U + 4U);
}

// A standby path may cost its target a failover: a queue that is full is no reason to use it.
TEST(RemoteFailover, what_finds_the_active_path_full_waits_for_it) {
  RemoteTestBench bench(with(PathSelection::ActivePassive));
  PathOptions options;
  options.queue_entries = 4;
  FakePath& a = bench.add_path("a", options);
  a.come_up();
  FakePath& b = bench.add_live_path("b");
  block::Channel& channel = bench.open_first();
  a.fake_queue(0).is_holding = true;
  std::list<TestIo> reads;
  for (int i = 0; i < 20; ++i) {
    reads.emplace_back(Op::Read, 0, 1, 512).submit(channel);
  }
  bench.turn();
  a.fake_queue(0).release();
  for (TestIo& read : reads) {
    ASSERT_TRUE(bench.finish(read));
    EXPECT_EQ(read.status(), Status::Ok);
  }
  EXPECT_EQ(a.fake_queue(0).taken, 20U);
  EXPECT_EQ(b.fake_queue(0).taken, 0U);
}

// Command Retry Delay: an index into the controller's times, which have a bound; without a time, our own pause.
TEST(RemoteFailover, the_controllers_retry_delay_is_kept_up_to_a_bound) {
  RemoteTestBench bench(with(PathSelection::ActivePassive));
  FakePath& path = bench.add_path("a");
  path.mutable_controller().retry_delay_ms = {0, 250, 6'553'500};
  path.come_up();
  bench.turn();
  block::Channel& channel = bench.open_first();
  const auto pause_ns = [&](uint32_t index) {
    bool is_first = true;
    path.fake_queue(0).script = [&](const Command&) {
      const auto bits = static_cast<uint16_t>(static_cast<uint16_t>(StatusCode::CommandInterrupted) | index << 11U);
      return std::exchange(is_first, false) ? std::optional(nvme::Status::of_bits(bits)) : std::nullopt;
    };
    const uint64_t since_ns = bench.sim.clock().now_ns();
    TestIo read(Op::Read, 0, 1, 512);
    EXPECT_EQ(bench.run(channel, read), Status::Ok);
    return bench.sim.clock().now_ns() - since_ns;
  };
  EXPECT_EQ(pause_ns(0), retry_delay_ns);
  EXPECT_EQ(pause_ns(1), retry_delay_ns);
  EXPECT_EQ(pause_ns(2), 250'000'000U);
  EXPECT_EQ(pause_ns(3), command_retry_delay_ns_max);
}

TEST(RemoteFailover, optimized_paths_come_first_and_inaccessible_ones_never) {
  TwoPaths bench(with(PathSelection::RoundRobin));
  auto& [a, b, channel] = bench.ends;
  const auto read_ten = [&] {
    const uint64_t before_a = a.fake_queue(0).taken;
    const uint64_t before_b = b.fake_queue(0).taken;
    for (int i = 0; i < 10; ++i) {
      TestIo read(Op::Read, 0, 1, 512);
      EXPECT_EQ(bench.run(channel, read), Status::Ok);
    }
    return std::pair(a.fake_queue(0).taken - before_a, b.fake_queue(0).taken - before_b);
  };
  using Pair = std::pair<uint64_t, uint64_t>;
  EXPECT_EQ(read_ten(), Pair(5, 5));
  a.set_ana(PathAnaState::NonOptimized);
  bench.turn();
  EXPECT_EQ(read_ten(), Pair(0, 10));
  b.set_ana(PathAnaState::Inaccessible);
  bench.turn();
  EXPECT_EQ(read_ten(), Pair(10, 0));
  a.set_ana(PathAnaState::PersistentLoss);
  bench.turn();
  TestIo read(Op::Read, 0, 1, 512);
  read.submit(channel);
  bench.sim.run_for(10 * second);
  EXPECT_FALSE(read.is_done());
  b.set_ana(PathAnaState::Optimized);
  bench.turn();
  EXPECT_TRUE(read.is_done());
  EXPECT_EQ(read.status(), Status::Ok);
}

TEST(RemoteFailover, selectors_share_by_load_and_by_latency) {
  for (const PathSelection selection : {PathSelection::QueueDepth, PathSelection::Latency}) {
    RemoteTestBench bench(with(selection));
    FakePath& slow = bench.add_path("slow");
    slow.delay_ns_min = slow.delay_ns_max = 10 * millisecond;
    slow.come_up();
    FakePath& fast = bench.add_path("fast");
    fast.delay_ns_min = fast.delay_ns_max = millisecond;
    fast.come_up();
    bench.turn();
    block::Channel& channel = bench.open_first();
    std::deque<TestIo> ios;
    for (uint64_t i = 0; i < 8; ++i) {
      ios.emplace_back(Op::Read, i, 1, 512);
    }
    for (int i = 0; i < 2000; ++i) {
      for (TestIo& io : ios) {
        if (io.is_done() || i == 0) {
          io.submit(channel);
        }
      }
      bench.sim.run_for(millisecond);
    }
    for (TestIo& io : ios) {
      EXPECT_TRUE(bench.finish(io));
    }
    EXPECT_GT(fast.fake_queue(0).taken, 5 * slow.fake_queue(0).taken);
    EXPECT_GT(slow.fake_queue(0).taken, 10U);
    const auto statistics = bench.remote->path_statistics();
    EXPECT_EQ(statistics[0].commands, slow.fake_queue(0).taken);
    EXPECT_EQ(statistics[0].mean_latency_ns, 10 * millisecond);
    EXPECT_EQ(statistics[1].read_bytes, fast.fake_queue(0).taken * 512);
    EXPECT_EQ(statistics[1].in_flight, 0U);
  }
}

TEST(RemoteFailover, a_read_goes_elsewhere_at_once_and_an_unanswered_write_after_its_hold) {
  TwoPaths bench(with(PathSelection::ActivePassive));  // 2 × keep alive, 5 s by default
  auto& [a, b, channel] = bench.ends;
  a.fake_queue(0).is_holding = true;
  TestIo read(Op::Read, 0, 1, 512);
  TestIo write(Op::Write, 0, 1, 512);
  TestIo flush(Op::Flush, 0, 0);
  read.submit(channel);
  write.submit(channel);
  flush.submit(channel);
  a.go_down();
  bench.turn();
  EXPECT_TRUE(read.is_done() && flush.is_done());
  EXPECT_FALSE(write.is_done());
  // Everything else goes on.
  TestIo other(Op::Write, 0, 1, 512);
  other.submit(channel);
  bench.turn();
  EXPECT_TRUE(other.is_done());
  bench.sim.run_for(10 * second - 1);
  EXPECT_EQ(b.fake_queue(0).taken, 3U);
  channel.expedite();
  bench.turn();
  EXPECT_FALSE(write.is_done());
  bench.sim.run_for(1);
  EXPECT_TRUE(write.is_done());
  EXPECT_EQ(write.status(), Status::Ok);
  EXPECT_EQ(bench.remote->path_statistics()[0].retries, 3U);
}

TEST(RemoteFailover, a_late_write_does_not_undo_what_came_after) {
  for (const bool is_failing : {false, true}) {
    TwoPaths bench(with(PathSelection::ActivePassive, 1000, is_failing ? 10 : -1));
    auto& [a, b, channel] = bench.ends;
    a.fake_queue(0).is_holding = true;
    TestIo first(Op::Write, 0, 1, 512);
    std::ranges::fill(first.data(), std::byte{1});
    first.submit(channel);
    if (is_failing) {
      b.go_down();
    }
    a.go_down([] { return FakeQueue::Fate::Late; }, 999 * millisecond);
    // With nowhere to go it fails, but not before it is certain that nothing of it comes late.
    ASSERT_TRUE(bench.finish(first));
    EXPECT_EQ(first.status(), is_failing ? Status::IoError : Status::Ok);
    EXPECT_EQ(a.late_count(), 0U);
    if (is_failing) {
      b.come_up();
      bench.turn();
    }
    TestIo second_write(Op::Write, 0, 1, 512);
    std::ranges::fill(second_write.data(), std::byte{2});
    EXPECT_EQ(bench.run(channel, second_write), Status::Ok);
    bench.sim.run_for(10 * second);
    EXPECT_EQ(*bench.storage.at(0), std::byte{2});
  }
}

void abandon(block::Channel& channel, TestIo& io) {
  io.request().flags = block::flag::Abandoned;
  channel.abandon();
}

TEST(RemoteFailover, what_nobody_wants_any_more_does_not_undo_what_came_after) {
  TwoPaths bench(with(PathSelection::ActivePassive, 1000));
  auto& [a, b, channel] = bench.ends;
  a.fake_queue(0).is_holding = true;
  TestIo orphan(Op::Write, 0, 1, 512);
  std::ranges::fill(orphan.data(), std::byte{1});
  orphan.submit(channel);
  a.go_down([] { return FakeQueue::Fate::Never; }, 0);
  bench.turn();
  TestIo newer(Op::Write, 0, 1, 512);
  std::ranges::fill(newer.data(), std::byte{2});
  EXPECT_EQ(bench.run(channel, newer), Status::Ok);
  abandon(channel, orphan);
  bench.sim.run_for(1000 * millisecond - 1);
  EXPECT_FALSE(orphan.is_done()) << "its controller may execute it yet, and whoever waits for it must know that";
  bench.sim.run_for(1);
  EXPECT_TRUE(orphan.is_done());
  EXPECT_EQ(orphan.status(), Status::Aborted);
  bench.sim.run_for(10 * second);
  EXPECT_EQ(*bench.storage.at(0), std::byte{2});
  EXPECT_EQ(b.fake_queue(0).taken, 1U);
}

TEST(RemoteFailover, what_nobody_wants_any_more_ends_at_once_when_no_controller_has_it) {
  RemoteTestBench bench(with(PathSelection::ActivePassive, 1000));
  FakePath& a = bench.add_live_path("a");
  block::Channel& channel = bench.open_first();
  a.fake_queue(0).is_holding = true;
  TestIo held(Op::Write, 0, 1, 512);
  TestIo read(Op::Read, 0, 1, 512);
  held.submit(channel);
  read.submit(channel);
  a.go_down([] { return FakeQueue::Fate::Never; }, 0);
  bench.sim.run_for(2 * second);
  TestIo waiting(Op::Write, 1, 1, 512);
  TestIo wanted(Op::Write, 2, 1, 512);
  waiting.submit(channel);
  wanted.submit(channel);
  bench.turn();
  held.request().flags = read.request().flags = waiting.request().flags = block::flag::Abandoned;
  channel.abandon();
  EXPECT_TRUE(held.is_done() && read.is_done() && waiting.is_done());
  EXPECT_EQ(held.status(), Status::Aborted);
  EXPECT_EQ(waiting.status(), Status::Aborted);
  EXPECT_FALSE(wanted.is_done());
  a.come_up();
  ASSERT_TRUE(bench.finish(wanted));
  EXPECT_EQ(wanted.status(), Status::Ok);
  bench.sim.run_for(10 * second);
  EXPECT_EQ(a.fake_queue(0).taken, 1U) << "a queue of the new association: the one that is wanted, and no other";
}

// In a controller's hands: it is not called back, and not sent again when it comes back with an error.
TEST(RemoteFailover, what_nobody_wants_any_more_is_finished_where_it_is_and_not_repeated) {
  TwoPaths bench(with(PathSelection::ActivePassive, 1000));
  auto& [a, b, channel] = bench.ends;
  a.fake_queue(0).is_holding = true;
  TestIo lost(Op::Write, 0, 1, 512);
  TestIo read(Op::Read, 0, 1, 512);
  lost.submit(channel);
  read.submit(channel);
  abandon(channel, lost);
  abandon(channel, read);
  bench.turn();
  EXPECT_FALSE(lost.is_done() || read.is_done());
  a.go_down([] { return FakeQueue::Fate::Never; }, 0);
  bench.turn();
  EXPECT_TRUE(read.is_done());
  EXPECT_FALSE(lost.is_done());
  bench.sim.run_for(1000 * millisecond);
  EXPECT_TRUE(lost.is_done());
  EXPECT_EQ(lost.status(), Status::Aborted);
  EXPECT_EQ(b.fake_queue(0).taken, 0U);
}

TEST(RemoteFailover, without_a_hold_writes_go_elsewhere_at_once) {
  RemoteTestBench bench(with(PathSelection::ActivePassive, 0));
  FakePath& a = bench.add_live_path("a");
  bench.add_live_path("b");
  block::Channel& channel = bench.open_first();
  a.fake_queue(0).is_holding = true;
  TestIo write(Op::Write, 0, 1, 512);
  write.submit(channel);
  a.go_down();
  bench.turn();
  EXPECT_TRUE(write.is_done());
}

TEST(RemoteFailover, a_pair_is_repeated_as_a_pair_and_never_says_miscompare_of_its_own_data) {
  for (const auto fate : {FakeQueue::Fate::Never, FakeQueue::Fate::Executed}) {
    TwoPaths bench(with(PathSelection::ActivePassive, 100));
    auto& [a, b, channel] = bench.ends;
    a.fake_queue(0).is_holding = true;
    TestIo swap(Op::CompareAndWrite, 0, 1, 1024);
    std::ranges::fill(swap.data().subspan(512), std::byte{9});
    swap.submit(channel);
    a.go_down([fate] { return fate; });
    ASSERT_TRUE(bench.finish(swap));
    EXPECT_EQ(swap.status(), fate == FakeQueue::Fate::Never ? Status::Ok : Status::IoError);
    EXPECT_EQ(b.fake_queue(0).taken, 2U);
    EXPECT_EQ(*bench.storage.at(0), std::byte{9});
  }
}

TEST(RemoteFailover, a_copy_onto_its_own_source_is_not_repeated) {
  TwoPaths bench(with(PathSelection::ActivePassive, 100));
  auto& [a, b, channel] = bench.ends;
  a.fake_queue(0).is_holding = true;
  TestIo overlapping(Op::Copy, 4, 8);
  TestIo apart(Op::Copy, 100, 8);
  overlapping.submit(channel);
  apart.submit(channel);
  a.go_down();
  ASSERT_TRUE(bench.finish(overlapping) && bench.finish(apart));
  EXPECT_EQ(overlapping.status(), Status::IoError);
  EXPECT_EQ(apart.status(), Status::Ok);
  EXPECT_EQ(b.fake_queue(0).taken, 1U);
}

// Statuses that a controller may give in the middle of a command, and those that say that it was not processed.
constexpr StatusCode perhaps_half_done[] = {StatusCode::DataTransferError,  StatusCode::InternalError,
                                            StatusCode::AbortRequested,     StatusCode::AbortSqDeletion,
                                            StatusCode::CommandInterrupted, StatusCode::TransientTransportError,
                                            StatusCode::InternalPathError,  StatusCode::ControllerPathingError};
constexpr StatusCode not_processed[] = {StatusCode::CommandIdConflict,        StatusCode::AbortMissingFused,
                                        StatusCode::InvalidNamespaceOrFormat, StatusCode::NamespaceNotReady,
                                        StatusCode::AnaInaccessible,          StatusCode::AnaTransition};

// A path whose controller fails the first command of `opcode` with `code`, after it has executed it where `runs`.
void fail_first(FakePath& path, FakeStorage& storage, nvme::IoOpcode opcode, StatusCode code, bool runs) {
  path.fake_queue(0).script = [&storage, opcode, code, runs,
                               left = 1](const Command& command) mutable -> std::optional<nvme::Status> {
    if (command.sqe.opcode != static_cast<uint8_t>(opcode) || left-- <= 0) {
      return std::nullopt;
    }
    if (runs) {
      std::vector<std::byte> data(command.data_bytes);
      block::IovCursor(command.iov).gather(data.data(), data.size());
      EXPECT_TRUE(storage.execute(command.sqe, data).is_success());
    }
    return nvme::Status::retryable(code);
  };
}

TEST(RemoteFailover, a_copy_onto_its_own_source_is_repeated_only_when_it_was_not_processed) {
  const auto run = [](StatusCode code, bool runs, Status expected, uint64_t commands) {
    RemoteTestBench bench(with(PathSelection::ActivePassive));
    FakePath& path = bench.add_live_path("a");
    block::Channel& channel = bench.open_first();
    for (size_t block = 0; block < 16; ++block) {
      *bench.storage.at(block) = static_cast<std::byte>(block);
    }
    fail_first(path, bench.storage, nvme::IoOpcode::Copy, code, runs);
    TestIo overlapping(Op::Copy, 4, 8);
    EXPECT_EQ(bench.run(channel, overlapping), expected) << static_cast<int>(code);
    EXPECT_EQ(path.fake_queue(0).taken, commands) << static_cast<int>(code);
    EXPECT_EQ(*bench.storage.at(11), std::byte{7}) << "once, whatever the status";
    // Whose source stays as it is, that may be done twice.
    fail_first(path, bench.storage, nvme::IoOpcode::Copy, code, runs);
    TestIo apart(Op::Copy, 100, 8);
    EXPECT_EQ(bench.run(channel, apart), Status::Ok) << static_cast<int>(code);
  };
  for (const StatusCode code : perhaps_half_done) {
    run(code, true, Status::IoError, 1);
  }
  for (const StatusCode code : not_processed) {
    run(code, false, Status::Ok, 2);
  }
}

TEST(RemoteFailover, a_pair_whose_write_may_be_done_never_says_miscompare_of_its_own_data) {
  const auto run = [](nvme::IoOpcode failing, StatusCode code, bool runs, bool changes, Status expected) {
    RemoteTestBench bench(with(PathSelection::ActivePassive));
    FakePath& path = bench.add_live_path("a");
    block::Channel& channel = bench.open_first();
    fail_first(path, bench.storage, failing, code, runs);
    TestIo swap(Op::CompareAndWrite, 0, 1, 1024);
    std::ranges::fill(swap.data().subspan(512), std::byte{9});
    swap.submit(channel);
    bench.turn();
    if (changes) {  // somebody else, before it is repeated
      *bench.storage.at(0) = std::byte{5};
    }
    ASSERT_TRUE(bench.finish(swap));
    EXPECT_EQ(swap.status(), expected) << static_cast<int>(code);
  };
  for (const StatusCode code : perhaps_half_done) {
    run(nvme::IoOpcode::Write, code, true, false, Status::IoError);
    run(nvme::IoOpcode::Write, code, false, false, Status::Ok);
    // The Write was aborted with its Compare, so that what does not compare later is somebody else's.
    run(nvme::IoOpcode::Compare, code, true, true, Status::Miscompare);
  }
  for (const StatusCode code : not_processed) {
    run(nvme::IoOpcode::Write, code, false, true, Status::Miscompare);
    run(nvme::IoOpcode::Write, code, false, false, Status::Ok);
  }
}

TEST(RemoteFailover, fast_io_fail_counts_from_the_loss_and_ends_when_a_path_is_back) {
  RemoteTestBench bench(with(PathSelection::RoundRobin, 0, 3000));
  FakePath& path = bench.add_live_path("a");
  block::Channel& channel = bench.open_first();
  path.go_down();
  bench.turn();
  TestIo early(Op::Read, 0, 1, 512);
  early.submit(channel);
  bench.sim.run_for(2 * second);
  TestIo late(Op::Read, 0, 1, 512);
  TestIo special(Op::WriteZeroes, 0, 1);
  late.submit(channel);
  special.submit(channel);
  bench.sim.run_for(second - 1);
  EXPECT_FALSE(early.is_done() || late.is_done() || special.is_done());
  bench.sim.run_for(1);
  EXPECT_TRUE(early.is_done() && late.is_done() && special.is_done());
  EXPECT_EQ(early.status(), Status::IoError);
  EXPECT_EQ(late.status(), Status::IoError);
  TestIo refused(Op::Read, 0, 1, 512);
  refused.submit(channel);
  EXPECT_TRUE(refused.is_done());
  EXPECT_EQ(refused.status(), Status::IoError);
  path.come_up();
  bench.turn();
  EXPECT_EQ(bench.run(channel, refused), Status::Ok);
  // The next outage has its own time.
  path.go_down();
  bench.turn();
  refused.submit(channel);
  bench.sim.run_for(2 * second);
  EXPECT_FALSE(refused.is_done());
  path.come_up();
  bench.turn();
  EXPECT_TRUE(refused.is_done());
  EXPECT_EQ(refused.status(), Status::Ok);
}

TEST(RemoteFailover, without_fast_io_fail_requests_wait_until_the_path_has_failed_for_good) {
  RemoteTestBench bench(with(PathSelection::RoundRobin));
  FakePath& path = bench.add_live_path("a");
  block::Channel& channel = bench.open_first();
  path.go_down();
  bench.turn();
  TestIo read(Op::Read, 0, 1, 512);
  read.submit(channel);
  bench.sim.run_for(300 * second);
  EXPECT_FALSE(read.is_done());
  path.fail();
  bench.turn();
  EXPECT_TRUE(read.is_done());
  EXPECT_EQ(read.status(), Status::IoError);
  EXPECT_EQ(bench.removed.size(), 1U);
}

TEST(RemoteFailover, controllers_that_always_answer_with_path_errors_are_not_asked_for_ever) {
  TwoPaths bench(with(PathSelection::RoundRobin, 0, 2000));
  auto& [a, b, channel] = bench.ends;
  a.fake_queue(0).script = b.fake_queue(0).script = always(nvme::Status::retryable(StatusCode::InternalPathError));
  const uint64_t start_ns = bench.sim.clock().now_ns();
  TestIo read(Op::Read, 0, 1, 512);
  EXPECT_EQ(bench.run(channel, read), Status::IoError);
  EXPECT_LE(bench.sim.clock().now_ns() - start_ns, 2 * second + 2 * path_avoid_ns);
  EXPECT_LE(a.fake_queue(0).taken + b.fake_queue(0).taken, 50U);
}

TEST(RemoteFailover, what_one_path_cannot_do_goes_to_the_other_or_is_unsupported) {
  RemoteTestBench bench(with(PathSelection::ActivePassive));
  FakePath& able = bench.add_live_path("able");
  FakePath& poor = bench.add_path("poor");
  poor.mutable_controller().can_write_zeroes = false;
  poor.come_up();
  bench.turn();
  block::Channel& channel = bench.open_first();
  able.go_down();
  bench.turn();
  TestIo zeroes(Op::WriteZeroes, 0, 1);
  zeroes.submit(channel);
  TestIo read(Op::Read, 0, 1, 512);
  EXPECT_EQ(bench.run(channel, read), Status::Ok);  // does not wait behind it
  EXPECT_FALSE(zeroes.is_done());
  able.come_up();
  bench.turn();
  EXPECT_TRUE(zeroes.is_done());
  EXPECT_EQ(zeroes.status(), Status::Ok);
  ASSERT_TRUE(bench.remove("able").has_value());
  EXPECT_EQ(bench.run(channel, zeroes), Status::Unsupported);
}

}  // namespace
}  // namespace outrigger::nvme_host
