// A connection and a host that does not behave: wrong PDUs, wrong digests, stalls, and hanging up at any byte.
#include "nvme_tcp/limits.h"
#include "nvme_tcp/test_host.h"

#include <gtest/gtest.h>

#include <functional>

namespace outrigger::nvme_tcp {
namespace {

template <typename Header>
Header header_of(const Bytes& pdu) {
  Header header;
  std::memcpy(&header, pdu.data(), sizeof(header));
  return header;
}
template <typename Header>
Bytes with(Bytes pdu, const std::function<void(Header&)>& change) {
  auto header = header_of<Header>(pdu);
  change(header);
  std::memcpy(pdu.data(), &header, sizeof(header));
  return pdu;
}

void expect_dismissed(TestWorld& world, Fault fault, const char* what) {
  SCOPED_TRACE(what);
  const auto pdu = world.try_next();
  ASSERT_TRUE(pdu.has_value());
  ASSERT_EQ(pdu->type(), PduType::C2HTermReq);
  EXPECT_EQ(pdu->common.hlen, 24);
  EXPECT_LE(pdu->bytes.size(), 152U);
  const auto request = pdu->as<TermReq>();
  EXPECT_EQ(request.fes, static_cast<uint16_t>(fault.error));
  EXPECT_EQ(request.fei, fault.information);
  // The host shall close; when it does not, we do.
  EXPECT_FALSE(world.is_closed());
  world.pass(farewell_ns_max + 1);
  EXPECT_TRUE(world.is_closed());
  EXPECT_EQ(world.gone_count, 1);
  EXPECT_EQ(world.queue().at_work, 0);
}

TEST(Hostile, S3_1_BeforeConnect) {
  const Script script;
  struct Case {
    const char* what;
    Bytes bytes;
    Fault fault;
  };
  const Bytes icreq = script.icreq();
  const auto change = [&](const std::function<void(ICReq&)>& edit) { return with<ICReq>(icreq, edit); };
  const std::vector<Case> cases = {
      {"type", change([](ICReq& r) { r.common.type = 0x0B; }), invalid_field(0)},
      {"a controller's type", change([](ICReq& r) { r.common.type = 1; }), invalid_field(0)},
      {"hlen", change([](ICReq& r) { r.common.hlen = 127; }), invalid_field(2)},
      {"plen", change([](ICReq& r) { r.common.plen = 129U; }), invalid_field(4)},
      {"pfv", change([](ICReq& r) { r.pfv = 1; }), {FatalError::UnsupportedParameter, 8}},
      {"hpda", change([](ICReq& r) { r.hpda = 32; }), invalid_field(10)},
      {"capsule first", script.connect(), {FatalError::PduSequenceError, 0}},
  };
  for (const Case& each : cases) {
    TestWorld world;
    world.open();
    world.say(each.bytes);
    expect_dismissed(world, each.fault, each.what);
  }
}

TEST(Hostile, S3_3_CapsulesThatAreWrong) {
  const Script script;
  const Bytes write = script.write(1, 0, pattern(4096, 1));
  struct Case {
    const char* what;
    Bytes bytes;
    Fault fault;
  };
  const auto change = [&](const std::function<void(CapsuleCmd&)>& edit) { return with<CapsuleCmd>(write, edit); };
  const std::vector<Case> cases = {
      {"second ICReq", script.icreq(), {FatalError::PduSequenceError, 0}},
      {"hlen", change([](CapsuleCmd& c) { c.common.hlen = 64; }), invalid_field(2)},
      {"header digest not agreed", change([](CapsuleCmd& c) { c.common.flags = flag::Hdgstf; }), invalid_field(1)},
      {"data digest not agreed", change([](CapsuleCmd& c) { c.common.flags = flag::Ddgstf; }), invalid_field(1)},
      {"pdo in the header", change([](CapsuleCmd& c) { c.common.pdo = 68; }), invalid_field(3)},
      {"pdo not aligned", change([](CapsuleCmd& c) { c.common.pdo = 74; }), invalid_field(3)},
      {"plen too short", change([](CapsuleCmd& c) { c.common.plen = 71U; }), invalid_field(4)},
      {"plen before pdo", change([](CapsuleCmd& c) {
         c.common.pdo = 200;
         c.common.plen = 100U;
       }),
       invalid_field(4)},
      {"plen too long", change([](CapsuleCmd& c) { c.common.plen = 72U + in_capsule_bytes_max + 1; }),
       invalid_field(4)},
      {"plen enormous", change([](CapsuleCmd& c) { c.common.plen = UINT32_MAX; }), invalid_field(4)},
  };
  for (const Case& each : cases) {
    TestWorld world;
    world.open();
    world.let_in(script);
    world.say(each.bytes);
    expect_dismissed(world, each.fault, each.what);
    EXPECT_EQ(world.queue().detached_count, 1);
    EXPECT_EQ(world.queue().closed_count, 1);
  }
}

TEST(Hostile, S3_3_2_H2CDataThatIsWrong) {
  const Script script;
  struct Case {
    const char* what;
    std::function<void(DataPdu&)> edit;
    Fault fault;
  };
  const std::vector<Case> cases = {
      {"ttag of no slot", [](DataPdu& h) { h.ttag = 999; }, invalid_field(10)},
      {"ttag of an idle slot", [](DataPdu& h) { h.ttag = static_cast<uint16_t>(h.ttag ^ 1U); }, invalid_field(10)},
      {"cccid", [](DataPdu& h) { h.cccid = 3; }, invalid_field(8)},
      {"datal", [](DataPdu& h) { h.datal = 511U; }, invalid_field(16)},
      {"datal 0", [](DataPdu& h) { h.datal = 0U; }, invalid_field(16)},
      {"out of range", [](DataPdu& h) { h.datao = 16384U; }, {FatalError::DataTransferOutOfRange, 0}},
      {"wraps around", [](DataPdu& h) { h.datao = UINT32_MAX - 100; }, {FatalError::DataTransferOutOfRange, 0}},
      {"out of order", [](DataPdu& h) { h.datao = 512U; }, {FatalError::PduSequenceError, 0}},
      {"last too early", [](DataPdu& h) { h.common.flags = flag::LastPdu; }, invalid_field(1)},
      {"plen enormous", [](DataPdu& h) { h.common.plen = 1U << 30; }, {FatalError::DataTransferLimitExceeded, 0}},
  };
  for (const Case& each : cases) {
    TestWorld world;
    world.open();
    world.let_in(script);
    world.say(script.long_write(2, 0, 32));
    const auto r2t = world.next().as<R2T>();
    world.say(with<DataPdu>(script.h2cdata(2, r2t.ttag, 0, pattern(8192, 1), false), each.edit));
    expect_dismissed(world, each.fault, each.what);
    EXPECT_EQ(world.queue().forgotten, 1);
    EXPECT_EQ(world.queue().executed, 0);
  }
}

TEST(Hostile, S3_3_2_DataWithoutAnR2T) {
  TestWorld world;
  world.open();
  const Script script;
  world.let_in(script);
  world.say(script.h2cdata(1, 0, 0, pattern(512, 1), true));
  expect_dismissed(world, invalid_field(10), "no R2T");
}

TEST(Hostile, S3_3_1_AWrongHeaderDigestIsFatal) {
  TestWorld world;
  world.open();
  const Script script{.has_header_digest = true, .has_data_digest = false, .hpda = 0};
  world.let_in(script);
  Bytes flush = script.flush(1);
  flush[72] ^= std::byte{1};
  le32 received;
  std::memcpy(&received, flush.data() + 72, 4);
  world.say(flush);
  expect_dismissed(world, {FatalError::HeaderDigestError, received}, "digest");
}

TEST(Hostile, S3_3_1_AWrongDataDigestIsThatCommandsTrouble) {
  TestWorld world;
  world.open();
  const Script script{.has_header_digest = false, .has_data_digest = true, .hpda = 0};
  world.let_in(script);
  constexpr auto expected =
      static_cast<uint16_t>(nvme::Status::retryable(nvme::StatusCode::TransientTransportError).bits() << 1U);
  Bytes write = script.write(1, 0, pattern(4096, 1));
  write.back() ^= std::byte{1};
  world.say(write);
  EXPECT_EQ(world.next().as<CapsuleResp>().cqe.status, expected);
  world.say(script.long_write(2, 0, 16));
  const auto r2t = world.next().as<R2T>();
  Bytes data = script.h2cdata(2, r2t.ttag, 0, pattern(4096, 1), false);
  data[100] ^= std::byte{1};
  world.say(data);
  world.say(script.h2cdata(2, r2t.ttag, 4096, pattern(4096, 1), true));
  EXPECT_EQ(world.next().as<CapsuleResp>().cqe.status, expected);
  EXPECT_EQ(world.queue().executed, 0);
  EXPECT_EQ(world.queue().forgotten, 2);
  world.say(script.flush(3));
  EXPECT_EQ(world.next().as<CapsuleResp>().cqe.status, 0);
}

TEST(Hostile, S3_3_2_DescriptorsThatAreWrong) {
  TestWorld world;
  world.open();
  const Script script;
  world.let_in(script);
  using nvme::StatusCode;
  const auto expect = [&](nvme::Sqe sqe, const Bytes& data, StatusCode code) {
    world.say(script.capsule(sqe, data));
    EXPECT_EQ(world.next().as<CapsuleResp>().cqe.status, nvme::Status::final(code).bits() << 1U);
  };
  nvme::Sqe sqe = Script::io(1, 1, 0, 8, true);
  sqe.sgl.address = 4U;
  expect(sqe, pattern(4096, 1), StatusCode::DataSglLengthInvalid);
  sqe.sgl.address = UINT64_MAX;
  expect(sqe, pattern(4096, 1), StatusCode::SglOffsetInvalid);
  sqe = Script::io(1, 1, 0, 8, true);
  expect(sqe, {}, StatusCode::DataSglLengthInvalid);
  sqe.sgl.type = 0x40;
  expect(sqe, {}, StatusCode::SglDescriptorTypeInvalid);
  sqe = Script::io(1, 1, 0, 8, false);
  sqe.flags = 0;
  expect(sqe, {}, StatusCode::InvalidField);
  expect(Script::io(2, 1, 0, 8, true), pattern(4096, 1), StatusCode::SglDescriptorTypeInvalid);
  expect(Script::io(2, 1, 0, 4096, false), {}, StatusCode::InvalidField);  // more than command_bytes_max
  expect(Script::io(9, 1, 0, 8, false), {}, StatusCode::InvalidOpcode);
  EXPECT_EQ(world.queue().executed, 0);
  EXPECT_EQ(world.queue().at_work, 0);
}

TEST(Hostile, S3_5_TheHostsTermReqEndsIt) {
  TestWorld world;
  world.open();
  const Script script;
  world.let_in(script);
  TermReq request;
  request.common = {.type = 2, .flags = 0, .hlen = 24, .pdo = 0, .plen = 24U};
  Bytes bytes;
  Script::put(bytes, &request, sizeof(request));
  world.say(bytes);
  EXPECT_TRUE(world.is_closed());
  EXPECT_EQ(world.gone_count, 1);
  EXPECT_FALSE(world.try_next(5).has_value());
}

TEST(Hostile, SilenceBeforeConnectHasALimit) {
  TestWorld world;
  world.open();
  world.say(Script().icreq());
  EXPECT_EQ(world.next().type(), PduType::ICResp);
  world.pass(setup_ns_max - 1'000'000);
  EXPECT_FALSE(world.is_closed());
  world.pass(1'000'001);
  EXPECT_TRUE(world.is_closed());
}

TEST(Hostile, HalfAPduHasALimitAndIdlenessHasNone) {
  TestWorld world;
  world.open();
  const Script script;
  world.let_in(script);
  world.pass(1'000 * stall_ns_max);
  world.say(script.flush(1));
  EXPECT_EQ(world.next().as<CapsuleResp>().cqe.cid, 1);
  Bytes half = script.flush(2);
  half.pop_back();
  world.say(half);
  world.turn(5);
  world.pass(stall_ns_max - 1000);
  EXPECT_FALSE(world.is_closed());
  world.pass(1001);
  world.pass(stall_ns_max);
  EXPECT_TRUE(world.is_closed());
}

TEST(Hostile, AnR2TIsAnsweredInTime) {
  TestWorld world;
  world.open();
  const Script script;
  world.let_in(script);
  world.say(script.long_write(1, 0, 16));
  EXPECT_EQ(world.next().type(), PduType::R2T);
  world.pass(stall_ns_max + 1);
  world.pass(stall_ns_max + 1);
  EXPECT_TRUE(world.is_closed());
  EXPECT_EQ(world.queue().forgotten, 1);
}

TEST(Hostile, AnswersAreTakenInTime) {
  TestWorld world;
  world.open();
  const Script script;
  world.let_in(script, 127);
  world.pause_hearing(true);
  for (uint16_t i = 0; i < 100; ++i) {
    world.say(script.read(i, 0, 256));
  }
  world.turn(100);
  world.pass(stall_ns_max + 1);
  world.pass(stall_ns_max + 1);
  EXPECT_TRUE(world.run_until([&] { return world.gone_count == 1; }));
}

// Wherever the host hangs up, everything that was begun ends, once, and the queue is let go, once.
TEST(Hostile, HangsUpAtEveryByte) {
  const Script script{.has_header_digest = true, .has_data_digest = true, .hpda = 0};
  Bytes all = script.icreq();
  const auto add = [&](const Bytes& more) { all.insert(all.end(), more.begin(), more.end()); };
  add(script.connect());
  add(script.write(1, 0, pattern(512, 1)));
  add(script.read(2, 0, 1));
  add(script.long_write(3, 0, 2));
  // The tag of the third of 32 slots is known, because slots are handed out in order; when it is wrong the host is
  // dismissed, which is as good an end.
  add(script.h2cdata(3, 2, 0, pattern(1024, 2), true));
  add(script.flush(4));
  for (size_t length = 0; length <= all.size(); length += length < 1500 && length > 400 ? 97 : 1) {
    for (const bool is_lazy : {false, true}) {
      TestWorld world(4096);
      world.queue().is_lazy = is_lazy;
      world.queue().completes_when_expedited = length % 2 == 0;
      world.open();
      world.say(Bytes(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(length)));
      world.turn(static_cast<int>(length % 7));
      const auto queue = world.desk.queue;
      world.hang_up();
      world.turn(30);
      while (!queue->pending.empty()) {
        queue->finish_pending(queue->pending.size() - 1);
      }
      ASSERT_TRUE(world.run_until([&] { return world.gone_count == 1; })) << length;
      EXPECT_EQ(queue->at_work, 0);
      EXPECT_LE(queue->detached_count, queue->closed_count);
      EXPECT_EQ(queue->closed_count, world.desk.connects);
      EXPECT_FALSE(queue->is_attached);
    }
  }
}

TEST(Hostile, DisconnectEndsItWherever) {
  for (int turns = 0; turns < 12; ++turns) {
    TestWorld world;
    world.open();
    const Script script;
    Bytes all = script.icreq();
    const Bytes connect = script.connect();
    all.insert(all.end(), connect.begin(), connect.end());
    world.say(all);
    world.turn(turns);
    world.connection()->disconnect();
    world.connection()->disconnect();
    const auto queue = world.desk.queue;
    ASSERT_TRUE(world.run_until([&] { return world.gone_count == 1; })) << turns;
    EXPECT_EQ(queue->closed_count, world.desk.connects);
  }
}

TEST(Hostile, DisconnectWhileItEndsAnyway) {
  TestWorld world;
  world.open();
  world.let_in({});
  world.hang_up();
  // The data core has posted that it is gone, control has not heard of it yet and says disconnect.
  for (int i = 0; i < 20; ++i) {
    world.data().run_turn();
  }
  world.connection()->disconnect();
  world.control().run_turn();
  EXPECT_EQ(world.gone_count, 0);
  ASSERT_TRUE(world.run_until([&] { return world.gone_count == 1; }));
}

}  // namespace
}  // namespace outrigger::nvme_tcp
