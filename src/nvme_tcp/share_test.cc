// A core's data buffers: who holds them, who waits, and who goes on whatever others hold.
#include "nvme_tcp/limits.h"
#include "nvme_tcp/test_host.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace outrigger::nvme_tcp {
namespace {

// A connection whose host holds its share, and another one of the same core.
class ShareTest : public ::testing::Test {
 protected:
  static constexpr uint64_t second_ns = 1'000'000'000;
  void hoard(TestWorld& world, uint16_t commands = 100) {
    world.open();
    world.let_in(script, 127);
    world.pause_hearing(true);
    for (uint16_t i = 0; i < commands; ++i) {
      world.say(script.read(i, 0, 2048));
    }
    world.turn(100);
  }
  void expect_served(TestWorld& world, uint32_t blocks) {
    world.open();
    world.let_in(script);
    world.say(script.read(1, 0, blocks));
    const auto data = world.try_next();
    ASSERT_TRUE(data.has_value()) << "it waits for the other one";
    EXPECT_EQ(data->data().size(), blocks * FakeQueue::block_bytes);
    EXPECT_EQ(world.next().as<CapsuleResp>().cqe.status, 0);
  }
  // One that was let in, with a queue of so many entries.
  TestWorld& add_host(const std::string& peer, uint16_t sqsize) {
    hoarders.push_back(std::make_unique<TestWorld>(2U << 20, cores));
    TestWorld& world = *hoarders.back();
    world.peer = peer;
    world.open();
    world.let_in(script, sqsize);
    return world;
  }
  // One that asks for R2Ts and sends nothing, or takes no answers, and never stalls quite so long that it is dismissed.
  TestWorld& add_greedy(const std::string& peer, bool is_writer, uint32_t blocks = 2048) {
    TestWorld& world = add_host(peer, 511);
    world.pause_hearing(true);
    for (uint16_t i = 0; i < 500; ++i) {
      world.say(is_writer ? script.long_write(i, 0, blocks) : script.read(i, 0, blocks));
    }
    world.turn(60);
    return world;
  }
  // One write, of which the data are still to come.
  TestWorld& add_writer(const std::string& peer, uint32_t blocks) {
    TestWorld& world = add_host(peer, 31);
    world.say(script.long_write(1, 0, blocks));
    return world;
  }
  static constexpr uint32_t large_command = DataPool::need_of(1U << 20).count;
  // What a first command leaves of the large buffers.
  static constexpr uint32_t floor = data_pool_bytes / 4 * 3 / DataPool::large_bytes / first_floor_divisor;
  [[nodiscard]] uint32_t free_large() { return cores->groups.of(*cores->data).pool().free_count(BufferKind::Large); }
  // Small and large, again and again.
  void expect_that_a_victim_goes_on(const std::string& peer) {
    TestWorld victim(2U << 20, cores);
    victim.peer = peer;
    victim.open();
    victim.let_in(script);
    for (uint16_t i = 0; i < 20; ++i) {
      const uint32_t blocks = i % 2 == 0 ? 8 : 256;
      SCOPED_TRACE(blocks);
      victim.say(script.read(i, 0, blocks));
      const auto data = victim.try_next();
      ASSERT_TRUE(data.has_value()) << "a read waits for the others";
      EXPECT_EQ(data->data().size(), blocks * FakeQueue::block_bytes);
      ASSERT_EQ(victim.next().as<CapsuleResp>().cqe.status, 0);
      victim.say(script.long_write(i, 0, blocks));
      const auto r2t = victim.try_next();
      ASSERT_TRUE(r2t.has_value()) << "a write waits for the others";
      ASSERT_EQ(r2t->type(), PduType::R2T);
      victim.say(script.h2cdata(i, r2t->as<R2T>().ttag, 0, pattern(blocks * FakeQueue::block_bytes, i), true));
      ASSERT_EQ(victim.next().as<CapsuleResp>().cqe.status, 0);
    }
  }
  std::shared_ptr<TestCores> cores = std::make_shared<TestCores>();
  const Script script;
  std::vector<std::unique_ptr<TestWorld>> hoarders;
};

TEST_F(ShareTest, TwoGreedyConnectionsOfOneHostStopNobody) {
  for (const bool is_writer : {true, false}) {
    for (const uint32_t blocks : {8U, 256U, 2048U}) {
      SCOPED_TRACE(::testing::Message() << (is_writer ? "writers of " : "readers of ") << blocks);
      hoarders.clear();
      add_greedy("192.0.2.1:1", is_writer, blocks);
      add_greedy("192.0.2.1:2", is_writer, blocks);
      expect_that_a_victim_goes_on("192.0.2.2:1");
    }
  }
}

TEST_F(ShareTest, SixteenGreedyConnectionsOfOneHostStopNobody) {
  for (uint32_t i = 0; i < 16; ++i) {
    add_greedy(fmt::format("192.0.2.1:{}", i), i % 2 == 0, std::array<uint32_t, 3>{8, 256, 2048}[i % 3]);
  }
  expect_that_a_victim_goes_on("192.0.2.2:1");
}

TEST_F(ShareTest, SixteenGreedyHostsStopNobody) {
  for (const uint32_t blocks : {8U, 256U, 2048U}) {
    SCOPED_TRACE(blocks);
    hoarders.clear();
    for (uint32_t i = 0; i < 16; ++i) {
      add_greedy(fmt::format("192.0.2.{}:1", 100 + i), i % 2 == 0, blocks);
      add_greedy(fmt::format("192.0.2.{}:2", 100 + i), i % 2 != 0, blocks);
    }
    expect_that_a_victim_goes_on("192.0.2.2:1");
  }
}

// Who holds nothing and waits for more than there is comes before those who hold a lot.
TEST_F(ShareTest, AFirstLargeCommandIsNotOvertaken) {
  int before = 0;
  uint32_t hosts = 0;
  while (hosts < 64 && add_greedy(fmt::format("192.0.2.{}:1", ++hosts), false).queue().executed != 0) {
    before += hoarders.back()->queue().executed;
  }
  ASSERT_LT(hosts, 64U);
  const FakeQueue& newcomer = hoarders.back()->queue();
  for (int i = 0; i < 80 && newcomer.executed == 0; ++i) {
    hoarders[0]->hear(size_t{64} << 10);
    hoarders[0]->turn();
  }
  EXPECT_GE(newcomer.executed, 1);
  int after = -newcomer.executed;
  for (const auto& world : hoarders) {
    after += world->queue().executed;
  }
  EXPECT_EQ(after, before) << "others went first";
}

// A host has any number of addresses in its own IPv6 network.
TEST_F(ShareTest, AnIpv6NetworkIsOne) {
  int executed = 0;
  for (uint32_t i = 0; i < 16; ++i) {
    executed += add_greedy(fmt::format("2001:db8::{:x}:1", i + 1), false).queue().executed;
  }
  EXPECT_LE(executed, static_cast<int>(data_pool_bytes / pool_share_divisor >> 20U));
  expect_that_a_victim_goes_on("2001:db8:0:1::1:1");
}

// One that holds on to what it has leaves some of its own host's share.
TEST_F(ShareTest, AnotherConnectionOfTheSameHostGoesOn) {
  add_greedy("192.0.2.1:1", true);
  expect_that_a_victim_goes_on("192.0.2.1:2");
}

// Others of its own network always hold a few buffers, and all of its share would not be enough.
TEST_F(ShareTest, ALargeCommandIsServedBesideOthersOfItsNetwork) {
  TestWorld& sibling = add_writer("192.0.2.1:1", 256);
  ASSERT_EQ(sibling.next().type(), PduType::R2T);
  for (uint32_t i = 0; free_large() / pool_share_divisor >= large_command && i < 64; ++i) {
    add_greedy(fmt::format("192.0.2.{}:1", 100 + i), true, 256);
  }
  ASSERT_GE(free_large(), large_command + floor);
  TestWorld& first = add_writer("192.0.2.1:2", 2048);
  const auto r2t = first.try_next();
  ASSERT_TRUE(r2t.has_value()) << "it waits for the other one";
  // One at a time, in the order in which they wait.
  TestWorld& second = add_writer("192.0.2.1:3", 2048);
  TestWorld& third = add_writer("192.0.2.1:4", 2048);
  EXPECT_FALSE(second.try_next(200).has_value());
  EXPECT_FALSE(cores->groups.of(*cores->data).lacks_room()) << "it is not their turn: they hold nobody up";
  first.say(script.h2cdata(1, r2t->as<R2T>().ttag, 0, pattern(1U << 20, 1), true));
  EXPECT_EQ(first.next().as<CapsuleResp>().cqe.status, 0);
  ASSERT_TRUE(second.try_next().has_value());
  EXPECT_FALSE(third.try_next(200).has_value());
  second.hang_up();
  ASSERT_TRUE(third.try_next().has_value());
}

// It comes before who needs as much and came later, until there is enough.
TEST_F(ShareTest, ALargeCommandIsWaitedForBesideOthersOfItsNetwork) {
  TestWorld& sibling = add_writer("192.0.2.1:1", 256);
  ASSERT_EQ(sibling.next().type(), PduType::R2T);
  for (uint32_t i = 0; free_large() >= large_command + floor && i < 64; ++i) {
    add_greedy(fmt::format("192.0.2.{}:1", 100 + i), true, 256);
  }
  TestWorld& waiting = add_writer("192.0.2.1:2", 2048);
  EXPECT_FALSE(waiting.try_next(200).has_value());
  EXPECT_TRUE(cores->groups.of(*cores->data).lacks_room());
  TestWorld& later = add_writer("192.0.2.2:1", 640);
  EXPECT_FALSE(later.try_next(200).has_value());
  for (size_t i = 1; i < 4; ++i) {
    hoarders[i]->hang_up();
  }
  EXPECT_TRUE(waiting.try_next().has_value());
  EXPECT_TRUE(later.try_next().has_value());
}

// A network that holds more than its share, whichever connection of it, neither gets more nor holds anybody up.
TEST_F(ShareTest, BeyondItsShareNobodyOfANetworkHasATurn) {
  add_greedy("192.0.2.1:1", true);
  for (uint32_t i = 0; free_large() >= large_command + floor && i < 64; ++i) {
    add_greedy(fmt::format("192.0.2.{}:1", 100 + i), true, 256);
  }
  TestWorld& sibling = add_writer("192.0.2.1:2", 2048);
  EXPECT_FALSE(sibling.try_next(200).has_value());
  EXPECT_FALSE(cores->groups.of(*cores->data).lacks_room());
  expect_that_a_victim_goes_on("192.0.2.2:1");
}

TEST_F(ShareTest, SmallCommandsPassTheLargeOnesOfTheirConnection) {
  TestWorld world(2U << 20, cores);
  world.open();
  world.let_in(script, 511);
  for (uint16_t i = 0; i < 100; ++i) {
    world.say(script.long_write(i, 0, 2048));
  }
  world.say(script.long_write(200, 0, 8));
  bool has_passed = false;
  while (const auto pdu = world.try_next()) {
    has_passed = has_passed || pdu->as<R2T>().cccid == 200;
  }
  ASSERT_TRUE(world.connection()->waits_for_room());
  EXPECT_TRUE(has_passed);
}

TEST_F(ShareTest, WhoHasItsShareHoldsNobodyElseUp) {
  TestWorld greedy(2U << 20, cores);
  hoard(greedy);
  ASSERT_TRUE(greedy.connection()->waits_for_room());
  TestWorld modest(2U << 20, cores);
  expect_served(modest, 2048);
  greedy.pause_hearing(false);
  for (uint16_t i = 0; i < 100; ++i) {
    ASSERT_EQ(greedy.next().type(), PduType::C2HData);
    ASSERT_EQ(greedy.next().as<CapsuleResp>().cqe.cid, i);
  }
}

TEST_F(ShareTest, LoansAreKeptOnlyWithinTheShare) {
  TestWorld greedy(2U << 20, cores);
  greedy.queue().lends = true;
  hoard(greedy);
  constexpr auto share = static_cast<int>(data_pool_bytes / pool_share_divisor >> 20U);
  EXPECT_GE(greedy.queue().lent, 100 - share - 1);
  TestWorld modest(2U << 20, cores);
  expect_served(modest, 2048);
  // It takes its answers, but not so fast that the device gets back in time what it lent.
  for (int i = 0; i < 8 && greedy.gone_count == 0; ++i) {
    greedy.hear(1U << 20);
    greedy.pass(10 * second_ns);
  }
  EXPECT_EQ(greedy.gone_count, 1);
}

TEST_F(ShareTest, WhoEndsWaitsForRoomNoMore) {
  TestWorld world(2U << 20, cores);
  world.queue().is_lazy = true;
  hoard(world);
  ASSERT_TRUE(world.connection()->waits_for_room());
  world.hang_up();
  world.turn(10);
  while (!world.queue().pending.empty()) {
    world.queue().finish_pending(0);
    world.turn(2);
  }
  EXPECT_TRUE(world.run_until([&] { return world.gone_count == 1; }));
}

TEST_F(ShareTest, StrangersLeaveAdminWorkItsPage) {
  std::vector<std::unique_ptr<TestWorld>> strangers;
  for (int i = 0; i < 12; ++i) {
    strangers.push_back(std::make_unique<TestWorld>(2U << 20, cores));
    TestWorld& stranger = *strangers.back();
    stranger.desk.queue = std::make_shared<FakeQueue>(stranger.control(), 2U << 20);
    hoard(stranger, 20);
    EXPECT_LE(stranger.queue().executed, static_cast<int>(control_pool_bytes / control_share_divisor >> 20U) + 1);
  }
  TestWorld modest(2U << 20, cores);
  modest.desk.queue = std::make_shared<FakeQueue>(modest.control(), 2U << 20);
  expect_served(modest, 8);
}

TEST_F(ShareTest, TakingALittleNowAndThenIsNotTaking) {
  for (const size_t bytes : {size_t{64} << 10, size_t{800} << 10}) {
    TestWorld world(2U << 20);
    hoard(world, 20);
    for (int i = 0; i < 5 && world.gone_count == 0; ++i) {
      world.hear(bytes);
      world.pass(20 * second_ns);
    }
    EXPECT_EQ(world.gone_count, bytes < progress_bytes_min ? 1 : 0) << bytes;
  }
}

TEST_F(ShareTest, SendingALittleNowAndThenIsNotSending) {
  TestWorld& world = add_writer("192.0.2.1:1", 2048);
  const auto r2t = world.next().as<R2T>();
  for (uint32_t i = 0; i < 5 && world.gone_count == 0; ++i) {
    world.say(script.h2cdata(1, r2t.ttag, i * 512, pattern(512, 1), false));
    world.pass(20 * second_ns);
  }
  EXPECT_EQ(world.gone_count, 1);
}

// Others' data do not make up for a write whose data never come.
TEST_F(ShareTest, EveryR2THasItsTime) {
  TestWorld& world = add_writer("192.0.2.1:1", 8);
  EXPECT_EQ(world.next().type(), PduType::R2T);
  for (uint16_t i = 2; i < 8 && world.gone_count == 0; ++i) {
    world.say(script.long_write(i, 0, 8));
    const auto pdu = world.try_next();
    if (pdu.has_value()) {
      world.say(script.h2cdata(i, pdu->as<R2T>().ttag, 0, pattern(4096, 1), true));
      static_cast<void>(world.try_next());
    }
    world.pass(15 * second_ns);
  }
  EXPECT_EQ(world.gone_count, 1);
}

TEST_F(ShareTest, ALongPduThatComesSteadilyIsNoStall) {
  TestWorld& world = add_writer("192.0.2.1:1", 2048);
  const auto r2t = world.next().as<R2T>();
  const Bytes data = script.h2cdata(1, r2t.ttag, 0, pattern(1U << 20, 1), true);
  for (size_t at = 0; at < data.size(); at += 128U << 10) {
    const size_t end = std::min<size_t>(data.size(), at + (128U << 10));
    world.say(Bytes(data.begin() + static_cast<ptrdiff_t>(at), data.begin() + static_cast<ptrdiff_t>(end)));
    world.turn(50);
    world.pass(7 * second_ns);
  }
  EXPECT_EQ(world.gone_count, 0);
  EXPECT_EQ(world.next().as<CapsuleResp>().cqe.status, 0);
}

}  // namespace
}  // namespace outrigger::nvme_tcp
