// A connection and a host that behaves: setting up, moving, reads and writes of all ways, in any order, cut anywhere.
#include "nvme_tcp/limits.h"
#include "nvme_tcp/test_host.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <climits>

namespace outrigger::nvme_tcp {
namespace {

void expect_success(const Pdu& pdu, uint16_t cid) {
  ASSERT_EQ(pdu.type(), PduType::CapsuleResp);
  const auto response = pdu.as<CapsuleResp>();
  EXPECT_EQ(response.cqe.cid, cid);
  EXPECT_EQ(response.cqe.status, 0);
}

TEST(Connection, S3_1_IsSetUpAndGoesHome) {
  TestWorld world;
  world.open();
  const Script script;
  world.say(script.icreq());
  const Pdu icresp = world.next();
  ASSERT_EQ(icresp.type(), PduType::ICResp);
  EXPECT_EQ(icresp.bytes.size(), 128U);
  EXPECT_EQ(icresp.as<ICResp>().pfv, 0);
  EXPECT_EQ(icresp.as<ICResp>().cpda, 0);
  EXPECT_EQ(icresp.as<ICResp>().maxh2cdata, maxh2cdata_bytes);
  world.say(script.connect());
  const auto response = world.next().as<CapsuleResp>();
  EXPECT_EQ(response.cqe.status, 0);
  EXPECT_EQ(response.cqe.result, 1U);
  EXPECT_EQ(response.cqe.cid, 0x1234);
  EXPECT_EQ(response.cqe.sqhd, 1);
  world.turn(5);
  EXPECT_TRUE(world.queue().is_attached);
  EXPECT_EQ(world.desk.hostnqn, "nqn.2014-08.org.nvmexpress:host");
  EXPECT_EQ(world.ready_count, 1);
  world.hang_up();
  EXPECT_TRUE(world.run_until([&] { return world.gone_count == 1; }));
  EXPECT_EQ(world.queue().detached_count, 1);
  EXPECT_EQ(world.queue().closed_count, 1);
}

TEST(Connection, ServesAnAdminQueueOnTheControlReactor) {
  TestWorld world;
  world.desk.queue = std::make_shared<FakeQueue>(world.control(), 4096);
  world.open();
  const Script script;
  world.let_in(script);
  EXPECT_TRUE(world.queue().is_attached);
  world.say(script.flush(9));
  expect_success(world.next(), 9);
}

TEST(Connection, StaysOnControlUntilTheQueueIsReady) {
  TestWorld world;
  world.queue().ready = false;
  world.open();
  const Script script;
  world.let_in(script);
  world.say(script.flush(1));
  expect_success(world.next(), 1);
  EXPECT_FALSE(world.queue().is_attached);
  EXPECT_EQ(world.ready_count, 0);
  world.queue().ready = true;
  world.say(script.flush(2));
  expect_success(world.next(), 2);
  world.turn(5);
  EXPECT_TRUE(world.queue().is_attached);
  EXPECT_EQ(world.ready_count, 1);
}

// To a desk that lets it in when it was asked so many times before.
void send_connect(TestWorld& world, int not_yet) {
  world.desk.not_yet = not_yet;
  world.open();
  const Script script;
  world.say(script.icreq());
  ASSERT_EQ(world.next().type(), PduType::ICResp);
  world.say(script.connect());
}

TEST(Connection, WaitsALittleForWhatIsInTheWayOfAConnect) {
  TestWorld world;
  send_connect(world, 3);
  EXPECT_FALSE(world.try_next().has_value());
  EXPECT_EQ(world.desk.connects, 1) << "nothing is asked without a pause";
  for (const uint64_t pause_ns : {connect_recheck_ns_min, 2 * connect_recheck_ns_min, 4 * connect_recheck_ns_min}) {
    const int connects = world.desk.connects;
    world.pass(pause_ns - 1);
    EXPECT_EQ(world.desk.connects, connects) << "each pause is longer";
    world.pass(1);
    EXPECT_EQ(world.desk.connects, connects + 1);
  }
  EXPECT_EQ(world.next().as<CapsuleResp>().cqe.status, 0);
  const Script script;
  world.say(script.flush(1));
  expect_success(world.next(), 1);
}

TEST(Connection, TellsWhatIsInTheWayOfAConnectWhenItStays) {
  TestWorld world;
  send_connect(world, INT_MAX);
  world.turn(50);
  int connects = world.desk.connects;
  uint64_t pause_ns = 0, longest_ns = 0;
  for (uint64_t at_ns = connect_recheck_ns_min; at_ns < connect_patience_ns; at_ns += connect_recheck_ns_min) {
    world.pass(connect_recheck_ns_min);
    pause_ns = world.desk.connects == connects ? pause_ns + connect_recheck_ns_min : 0;
    longest_ns = std::max(longest_ns, pause_ns);
    connects = world.desk.connects;
  }
  EXPECT_FALSE(world.try_next().has_value());
  EXPECT_LE(connects, 30) << "who waits longer asks less often: many may wait";
  EXPECT_LE(longest_ns, connect_recheck_ns_max);
  world.pass(connect_recheck_ns_min);
  EXPECT_EQ(world.next().as<CapsuleResp>().cqe.status,
            nvme::Status::retryable(nvme::StatusCode::ConnectControllerBusy).bits() << 1U);
  EXPECT_FALSE(world.queue().is_attached);
}

TEST(Connection, AConnectThatWaitsEndsWithItsConnection) {
  TestWorld world;
  send_connect(world, INT_MAX);
  world.turn(50);
  ASSERT_EQ(world.desk.connects, 1);
  world.connection()->disconnect();
  EXPECT_TRUE(world.run_until([&] { return world.gone_count == 1; }));
}

TEST(Connection, TellsARefusedConnect) {
  TestWorld world;
  const auto queue = std::exchange(world.desk.queue, nullptr);
  world.open();
  const Script script;
  world.say(script.icreq());
  static_cast<void>(world.next());
  world.say(script.flush(5));
  EXPECT_EQ(world.next().as<CapsuleResp>().cqe.status,
            nvme::Status::final(nvme::StatusCode::CommandSequenceError).bits() << 1U);
  world.say(script.connect());
  const auto response = world.next().as<CapsuleResp>();
  EXPECT_EQ(response.cqe.status, nvme::Status::final(nvme::StatusCode::ConnectInvalidHost).bits() << 1U);
  EXPECT_EQ(response.cqe.result, 7U);
  world.desk.queue = queue;
  world.say(script.connect());
  expect_success(world.next(), 0x1234);
}

// Everything a host may do, and what must come of it.
void exchange_everything(TestWorld& world, const Script& script) {
  const Bytes small = pattern(4096, 1);
  const Bytes large = pattern(200 * 512, 2);
  world.say(script.write(1, 16, small));
  expect_success(world.next(), 1);
  world.say(script.long_write(2, 100, 200));
  const Pdu r2t_pdu = world.next();
  ASSERT_EQ(r2t_pdu.type(), PduType::R2T);
  const auto r2t = r2t_pdu.as<R2T>();
  EXPECT_EQ(r2t.cccid, 2);
  EXPECT_EQ(r2t.r2to, 0U);
  EXPECT_EQ(r2t.r2tl, large.size());
  const Bytes first(large.begin(), large.begin() + 70'000);
  const Bytes second(large.begin() + 70'000, large.end());
  world.say(script.h2cdata(2, r2t.ttag, 0, first, false));
  world.say(script.h2cdata(2, r2t.ttag, 70'000, second, true));
  expect_success(world.next(), 2);
  EXPECT_TRUE(std::equal(small.begin(), small.end(), world.queue().memory.begin() + 16 * 512));
  EXPECT_TRUE(std::equal(large.begin(), large.end(), world.queue().memory.begin() + 100 * 512));
  world.say(script.read(3, 100, 200));
  const Pdu data = world.next();
  ASSERT_EQ(data.type(), PduType::C2HData);
  EXPECT_EQ(data.common.pdo % pda_bytes(script.hpda), 0U);
  EXPECT_EQ(data.common.flags & (flag::LastPdu | flag::Success), flag::LastPdu);
  EXPECT_EQ(data.as<DataPdu>().cccid, 3);
  EXPECT_EQ(data.as<DataPdu>().datal, large.size());
  EXPECT_EQ(data.data(script.has_data_digest), large);
  if (script.has_data_digest) {
    le32 value;
    std::memcpy(&value, data.bytes.data() + data.bytes.size() - 4, 4);
    EXPECT_EQ(value, digest(large.data(), large.size()));
  }
  expect_success(world.next(), 3);
  world.say(script.flush(4));
  expect_success(world.next(), 4);
}

TEST(Connection, S3_3_2_ReadsAndWrites) {
  TestWorld world;
  world.open();
  world.let_in({});
  exchange_everything(world, {});
}

TEST(Connection, S3_3_DeliveryMayBeCutAnywhere) {
  for (const size_t bytes : {1U, 2U, 3U, 7U, 8U, 9U, 23U, 71U, 72U, 73U, 127U, 4095U, 65'537U}) {
    TestWorld world;
    world.open(bytes);
    const Script script{.has_header_digest = bytes % 2 == 0, .has_data_digest = bytes % 3 == 0, .hpda = 0};
    world.let_in(script);
    exchange_everything(world, script);
  }
}

TEST(Connection, S3_3_KeepsDigestsAndAlignment) {
  for (unsigned bits = 0; bits < 4; ++bits) {
    for (const uint8_t hpda : {uint8_t{0}, uint8_t{1}, uint8_t{31}}) {
      TestWorld world;
      world.open();
      const Script script{.has_header_digest = (bits & 1U) != 0, .has_data_digest = (bits & 2U) != 0, .hpda = hpda};
      world.let_in(script);
      exchange_everything(world, script);
    }
  }
}

TEST(Connection, S3_3_1_DoesNotAgreeToDigestsThatAreForbidden) {
  TestWorld world;
  world.open(SIZE_MAX, {.allows_digests = false});
  world.say(Script{.has_header_digest = true, .has_data_digest = true}.icreq());
  EXPECT_EQ(world.next().as<ICResp>().dgst, 0);
  const Script script;
  world.say(script.connect());
  expect_success(world.next(), 0x1234);
}

TEST(Connection, S3_3_2_SaysSuccessInTheDataOnlyWithoutFlowControl) {
  TestWorld world;
  world.open();
  const Script script;
  world.let_in(script, 31, cattr_no_flow_control);
  EXPECT_EQ(world.connect_response.cqe.sqhd, 0xFFFF);
  world.say(script.read(3, 0, 8));
  EXPECT_EQ(world.next().common.flags & (flag::LastPdu | flag::Success), flag::LastPdu | flag::Success);
  EXPECT_FALSE(world.try_next(20).has_value());
}

TEST(Connection, Base_S3_3_3_CountsTheQueueHead) {
  TestWorld world;
  world.open();
  const Script script;
  world.let_in(script, 3);
  for (uint16_t i = 0; i < 9; ++i) {
    world.say(script.flush(i));
    EXPECT_EQ(world.next().as<CapsuleResp>().cqe.sqhd, (i + 2) % 4);
  }
}

TEST(Connection, ManyCommandsAtOnceEndInAnyOrder) {
  TestWorld world;
  world.queue().is_lazy = true;
  world.open();
  const Script script;
  world.let_in(script, 127);
  Bytes all;
  for (uint16_t i = 0; i < 100; ++i) {
    const Bytes one = i % 2 == 0 ? script.write(i, i * 8U, pattern(4096, i)) : script.read(i, i * 8U, 8);
    all.insert(all.end(), one.begin(), one.end());
  }
  world.say(all);
  ASSERT_TRUE(world.run_until([&] { return world.queue().pending.size() == 100; }));
  std::vector<bool> is_done(100);
  for (size_t i = 0; i < 100; ++i) {
    world.queue().finish_pending((i * 37) % world.queue().pending.size());
  }
  for (size_t i = 0; i < 150; ++i) {
    const Pdu pdu = world.next();
    if (pdu.type() == PduType::CapsuleResp) {
      const uint16_t cid = pdu.as<CapsuleResp>().cqe.cid;
      EXPECT_FALSE(is_done[cid]);
      is_done[cid] = true;
    }
  }
  EXPECT_EQ(std::ranges::count(is_done, true), 100);
  for (uint16_t i = 0; i < 100; i += 2) {
    const Bytes expected = pattern(4096, i);
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), world.queue().memory.begin() + i * 4096));
  }
}

// Data in a segment stay as they are while other commands come, however many.
TEST(Connection, DelayedWritesKeepTheirData) {
  TestWorld world(16U << 20);
  world.queue().is_lazy = true;
  world.open();
  const Script script;
  world.let_in(script, 1023);
  constexpr uint16_t count = 1000;
  for (uint16_t i = 0; i < count; ++i) {
    world.say(script.write(i, i * 16U, pattern(8192, i)));
    if (i % 10 == 9 && !world.queue().pending.empty()) {
      world.turn(2);
      world.queue().finish_pending(world.queue().pending.size() / 2);
    }
  }
  int answers = 0;
  while (answers < count) {
    world.turn(2);
    while (!world.queue().pending.empty()) {
      world.queue().finish_pending(world.queue().pending.size() - 1);
    }
    while (const auto pdu = world.try_next(1)) {
      EXPECT_EQ(pdu->as<CapsuleResp>().cqe.status, 0);
      ++answers;
    }
  }
  for (uint16_t i = 0; i < count; ++i) {
    const Bytes expected = pattern(8192, i);
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), world.queue().memory.begin() + i * 8192)) << i;
  }
}

TEST(Connection, Base_S3_3_3_MoreCommandsThanTheQueueHoldsWait) {
  TestWorld world;
  world.queue().is_lazy = true;
  world.open();
  const Script script;
  world.let_in(script, 3);
  for (uint16_t i = 0; i < 20; ++i) {
    world.say(script.flush(i));
  }
  world.turn(50);
  EXPECT_EQ(world.queue().pending.size(), 4U);
  for (uint16_t i = 0; i < 20; ++i) {
    ASSERT_TRUE(world.run_until([&] { return !world.queue().pending.empty(); }));
    world.queue().finish_pending(0);
    expect_success(world.next(), i);
  }
}

TEST(Connection, Base_S3_3_3_ACommandIdentifierIsUsedOnceAtATime) {
  TestWorld world;
  world.queue().is_lazy = true;
  world.open();
  const Script script;
  world.let_in(script);
  world.say(script.flush(7));
  world.say(script.flush(7));
  const auto response = world.next().as<CapsuleResp>();
  EXPECT_EQ(response.cqe.status, nvme::Status::final(nvme::StatusCode::CommandIdConflict).bits() << 1U);
  world.queue().finish_pending(0);
  expect_success(world.next(), 7);
  world.say(script.flush(7));
  ASSERT_TRUE(world.run_until([&] { return !world.queue().pending.empty(); }));
  world.queue().finish_pending(0);
  expect_success(world.next(), 7);
}

TEST(Connection, WithoutMemoryForItsQueueItIsToldToComeAgain) {
  TestWorld world;
  world.open();
  const Script script;
  world.say(script.icreq());
  EXPECT_EQ(world.next().type(), PduType::ICResp);
  world.has_memory = false;
  world.say(script.connect(nvme::queue_entries_max - 1));
  EXPECT_EQ(world.next().as<CapsuleResp>().cqe.status,
            nvme::Status::retryable(nvme::StatusCode::ConnectControllerBusy).bits() << 1U);
  EXPECT_EQ(world.desk.connects, 0);
  world.has_memory = true;
  EXPECT_EQ(world.entries_taken, 0U);
  world.say(script.connect(nvme::queue_entries_max - 1));
  expect_success(world.next(), 0x1234);
  EXPECT_EQ(world.entries_taken, nvme::queue_entries_max);
  world.queue().is_lazy = true;
  for (uint16_t i = 0; i < nvme::queue_entries_max; ++i) {
    world.say(script.flush(i));
  }
  ASSERT_TRUE(world.run_until([&] { return world.queue().pending.size() == nvme::queue_entries_max; }));
}

// What the desk refuses anyway, and who waits, takes none; nor is it asked whether there is room for what cannot be.
TEST(Connection, TakesMemoryForItsQueueWhenItIsLetIn) {
  TestWorld world;
  world.open();
  const Script script;
  world.say(script.icreq());
  EXPECT_EQ(world.next().type(), PduType::ICResp);
  const auto queue = std::exchange(world.desk.queue, nullptr);
  constexpr uint16_t invalid = nvme::Status::final(nvme::StatusCode::ConnectInvalidParameters).bits() << 1U;
  for (const Bytes& wrong : {script.connect(nvme::admin_queue_entries_max, 0, 0), script.connect(0),
                             script.connect(nvme::queue_entries_max, 0, 1)}) {
    world.say(wrong);
    EXPECT_EQ(world.next().as<CapsuleResp>().cqe.status, invalid);
  }
  EXPECT_EQ(world.entries_asked, 0U);
  world.say(script.connect(100));
  EXPECT_NE(world.next().as<CapsuleResp>().cqe.status, 0);
  EXPECT_EQ(world.entries_asked, 101U);
  world.desk.queue = queue;
  world.desk.not_yet = 2;
  world.say(script.connect(31));
  world.turn(50);
  world.pass(connect_recheck_ns_min);
  EXPECT_EQ(world.entries_taken, 0U) << "it waits";
  world.has_memory = false;
  world.pass(2 * connect_recheck_ns_min);
  EXPECT_NE(world.next().as<CapsuleResp>().cqe.status, 0) << "others took it meanwhile";
  world.has_memory = true;
  world.say(script.connect(31));
  expect_success(world.next(), 0x1234);
  EXPECT_EQ(world.entries_taken, 32U);
}

TEST(Connection, ReadsThatAreMoreThanTheBuffersWaitTheirTurn) {
  TestWorld world(2U << 20);
  world.open();
  const Script script;
  world.let_in(script, 127);
  world.pause_hearing(true);
  constexpr uint16_t count = 100;
  for (uint16_t i = 0; i < count; ++i) {
    world.say(script.read(i, 0, 2048));
  }
  world.turn(200);
  // It holds its share of the pool, and no more.
  EXPECT_LE(world.queue().executed, static_cast<int>(data_pool_bytes / pool_share_divisor >> 20U));
  EXPECT_GE(world.queue().executed, 1);
  world.pause_hearing(false);
  for (uint16_t i = 0; i < count; ++i) {
    ASSERT_EQ(world.next().type(), PduType::C2HData);
    expect_success(world.next(), i);
  }
}

}  // namespace
}  // namespace outrigger::nvme_tcp
