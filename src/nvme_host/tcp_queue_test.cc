// A queue against a peer that sends whatever it likes: what is right works, and everything that is wrong ends the
// connection, with the reason said and every command completed once.
#include "nvme_host/fake_peer.h"
#include "nvme_host/path_rig.h"

#include <gtest/gtest.h>

namespace outrigger::nvme_host {
namespace {

using nvme_tcp::FatalError;
using nvme_tcp::PduType;
namespace flag = nvme_tcp::flag;

class RecordingOwner final : public TcpQueueOwner {
 public:
  int broken_count = 0;
  void queue_broken(TcpQueue&) noexcept override { ++broken_count; }
};

core::Job<void> wait_opened(TcpQueue* queue, bool* is_opened) {
  auto opened = queue->opened();
  co_await opened;
  *is_opened = true;
}

class TcpQueueTest : public testing::Test {
 protected:
  ~TcpQueueTest() override {
    if (queue_ != nullptr) {
      queue_->close();
      world_.turns(4);
      for (const auto& one : commands_) {
        EXPECT_EQ(one->done_count, 1) << "a command ends once, whatever happens";
      }
    }
  }

  void make(TcpQueueOptions options) {
    options.name = "queue";
    options.open_ns = 1000 * test_ms;
    options.answer_ns = 2000 * test_ms;
    int sockets[2];
    check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sockets) == 0, "a pair of sockets");
    peer_ = std::make_unique<FakePeer>(UniqueFd(sockets[1]));
    world_.pumps.push_back([this] { peer_->pump(); });
    queue_ = std::make_shared<TcpQueue>(world_.control(), owner_, options);
    queue_->open(UniqueFd(sockets[0]));
    core::spawn(wait_opened(queue_.get(), &is_opened_));
  }
  // Opens, with an ICResp that says so much.
  void open(TcpQueueOptions options = {}, uint32_t maxh2cdata = 1U << 20U, uint8_t cpda = 0) {
    make(options);
    ASSERT_TRUE(world_.run_until([this] { return !peer_->inbox.empty(); }));
    const ReceivedPdu icreq = *peer_->take();
    ASSERT_EQ(icreq.type, PduType::ICReq);
    const auto dgst = icreq.as<nvme_tcp::ICReq>().dgst;
    peer_->send_wire(FakePeer::icresp(dgst, maxh2cdata, cpda));
    peer_->has_header_digest = (dgst & 1U) != 0;
    peer_->has_data_digest = (dgst & 2U) != 0;
    ASSERT_TRUE(world_.run_until([this] { return is_opened_; }));
    ASSERT_TRUE(queue_->is_live());
  }
  static TcpQueueOptions io_options(bool header_digest = false, bool data_digest = false) {
    TcpQueueOptions made;
    made.entries = 8;
    made.in_capsule_bytes = 4096;
    made.digests = {.header = header_digest, .data = data_digest};
    return made;
  }
  TestCommand& submit(Direction direction, size_t bytes, size_t pieces = 1) {
    commands_.push_back(std::make_unique<TestCommand>(direction, bytes, pieces));
    TestCommand& made = *commands_.back();
    made.fill(bytes + commands_.size());
    made.command.sqe.opcode =
        static_cast<uint8_t>(direction == Direction::ToHost ? nvme::IoOpcode::Read : nvme::IoOpcode::Write);
    check(queue_->submit(made.command), "the queue takes a command");
    return made;
  }
  // The next PDU that the queue sent.
  ReceivedPdu next() {
    check(world_.run_until([this] { return !peer_->inbox.empty(); }), "the queue sends");
    ReceivedPdu pdu = *peer_->take();
    EXPECT_TRUE(pdu.has_good_digests);
    return pdu;
  }
  uint16_t next_cid() { return next().as<nvme_tcp::CapsuleCmd>().sqe.cid; }
  // A read that was sent, and its identifier.
  uint16_t start_read(size_t bytes) {
    submit(Direction::ToHost, bytes);
    return next_cid();
  }
  uint16_t start_write(size_t bytes) {
    submit(Direction::ToController, bytes);
    return next_cid();
  }
  // Ends with H2CTermReq of this kind, a reason that holds `text`, and the owner told once.
  void expect_fault(FatalError error, const std::string& text) {
    EXPECT_TRUE(world_.run_until([this] { return !queue_->is_live() && peer_->is_closed; }));
    EXPECT_NE(queue_->why().find(text), std::string::npos) << queue_->why();
    ASSERT_FALSE(peer_->inbox.empty()) << "an H2CTermReq comes";
    const ReceivedPdu last = peer_->inbox.back();
    ASSERT_EQ(last.type, PduType::H2CTermReq);
    EXPECT_EQ(static_cast<FatalError>(uint16_t{last.as<nvme_tcp::TermReq>().fes}), error);
    EXPECT_GE(last.data.size(), sizeof(nvme_tcp::CommonHeader));
    expect_over();
  }
  void expect_over() {
    world_.turns(4);
    EXPECT_EQ(owner_.broken_count, 1);
    for (const auto& one : commands_) {
      EXPECT_EQ(one->done_count, 1);
    }
    TestCommand late(Direction::ToHost, 512);
    EXPECT_FALSE(queue_->submit(late.command));
    EXPECT_EQ(late.done_count, 0);
  }
  static Bytes some(size_t bytes, uint64_t seed = 9) {
    Bytes made(bytes);
    core::Random random(seed);
    std::ranges::generate(made, [&] { return static_cast<std::byte>(random.next()); });
    return made;
  }

  PathWorld world_;
  RecordingOwner owner_;
  std::unique_ptr<FakePeer> peer_;
  std::vector<std::unique_ptr<TestCommand>> commands_;
  std::shared_ptr<TcpQueue> queue_;
  bool is_opened_ = false;
};

// -- ICReq, ICResp

TEST_F(TcpQueueTest, AsksForWhatTheSpecificationSays) {
  make(io_options(true, true));
  const auto icreq = next().as<nvme_tcp::ICReq>();
  EXPECT_EQ(icreq.common.plen, 128U);
  EXPECT_EQ(icreq.pfv, 0U);
  EXPECT_EQ(icreq.hpda, 0U);
  EXPECT_EQ(icreq.maxr2t, 0U);
  EXPECT_EQ(icreq.dgst, 3U);
}

TEST_F(TcpQueueTest, GivesUpWithoutIcresp) {
  make(io_options());
  EXPECT_TRUE(world_.wait_until([this] { return is_opened_; }, 1100));
  EXPECT_FALSE(queue_->is_live());
  EXPECT_EQ(queue_->why(), "no ICResp came in time");
  EXPECT_EQ(owner_.broken_count, 0);
}

TEST_F(TcpQueueTest, RefusesAWrongIcresp) {
  struct Case {
    const char* text;
    std::function<void(nvme_tcp::ICResp&)> change;
  };
  const Case cases[] = {
      {"PDU format version", [](auto& it) { it.pfv = 1; }},
      {"CPDA", [](auto& it) { it.cpda = 32; }},
      {"digests", [](auto& it) { it.dgst = 1; }},
      {"MAXH2CDATA", [](auto& it) { it.maxh2cdata = 4092; }},
      {"MAXH2CDATA", [](auto& it) { it.maxh2cdata = 4098; }},
      {"HLEN", [](auto& it) { it.common.hlen = 24; }},
      {"PLEN", [](auto& it) { it.common.plen = 127; }},
      {"no ICResp", [](auto& it) { it.common.type = 5; }},
  };
  for (const Case& one : cases) {
    is_opened_ = false;
    world_.pumps.clear();
    make(io_options());
    (void)next();
    nvme_tcp::ICResp icresp = FakePeer::icresp();
    one.change(icresp);
    peer_->send_wire(icresp);
    EXPECT_TRUE(world_.run_until([this] { return is_opened_; }));
    EXPECT_FALSE(queue_->is_live());
    EXPECT_NE(queue_->why().find(one.text), std::string::npos) << queue_->why();
    EXPECT_EQ(next().type, PduType::H2CTermReq);
  }
  EXPECT_EQ(owner_.broken_count, 0);
}

TEST_F(TcpQueueTest, TakesAnIcrespByteByByte) {
  make(io_options());
  (void)next();
  for (const std::byte byte : bytes_of(FakePeer::icresp())) {
    EXPECT_FALSE(is_opened_);
    peer_->send_raw({&byte, 1});
    world_.turns(2);
  }
  EXPECT_TRUE(world_.run_until([this] { return is_opened_; }));
  EXPECT_TRUE(queue_->is_live());
}

// -- commands that work

TEST_F(TcpQueueTest, SendsSmallWritesInTheCapsule) {
  for (const bool has_digests : {false, true}) {
    is_opened_ = false;
    world_.pumps.clear();
    open(io_options(has_digests, has_digests), 1U << 20U, 7);
    TestCommand& write = submit(Direction::ToController, 4096, 3);
    const ReceivedPdu capsule = next();
    const auto command = capsule.as<nvme_tcp::CapsuleCmd>();
    EXPECT_EQ(capsule.type, PduType::CapsuleCmd);
    EXPECT_EQ(command.common.pdo % 32, 0);
    EXPECT_EQ(capsule.data, write.memory());
    EXPECT_EQ(command.sqe.sgl.type, static_cast<uint8_t>(nvme::SglType::DataBlockOffset));
    EXPECT_EQ(command.sqe.sgl.length, 4096U);
    EXPECT_EQ(command.sqe.psdt(), 1);
    peer_->send_response(command.sqe.cid, {}, 42);
    EXPECT_TRUE(world_.run_until([&] { return write.done_count == 1; }));
    EXPECT_TRUE(write.command.status.is_success());
    EXPECT_EQ(write.command.result, 42U);
    queue_->close();
  }
}

TEST_F(TcpQueueTest, AnswersR2tsExactly) {
  open(io_options(true, true), 4096);
  TestCommand& write = submit(Direction::ToController, 20000, 7);
  const uint16_t cid = next_cid();
  Bytes received;
  for (const auto& [offset, bytes] : {std::pair{0U, 12000U}, std::pair{12000U, 8000U}}) {
    peer_->send_r2t(cid, static_cast<uint16_t>(0x1000 + offset), offset, bytes);
    uint32_t left = bytes;
    while (left != 0) {
      const ReceivedPdu pdu = next();
      ASSERT_EQ(pdu.type, PduType::H2CData);
      const auto data = pdu.as<nvme_tcp::DataPdu>();
      EXPECT_EQ(data.cccid, cid);
      EXPECT_EQ(data.ttag, 0x1000 + offset);
      EXPECT_EQ(data.datao, received.size());
      EXPECT_LE(data.datal, 4096U);
      left -= data.datal;
      EXPECT_EQ((pdu.flags & flag::LastPdu) != 0, left == 0);
      received.insert(received.end(), pdu.data.begin(), pdu.data.end());
    }
  }
  EXPECT_EQ(received, write.memory());
  peer_->send_response(cid);
  EXPECT_TRUE(world_.run_until([&] { return write.done_count == 1; }));
  EXPECT_TRUE(write.command.status.is_success());
}

TEST_F(TcpQueueTest, SplitsMemoryInManyPieces) {
  open(io_options());
  TestCommand& write = submit(Direction::ToController, 700 * 16, 700);
  const uint16_t cid = next_cid();
  peer_->send_r2t(cid, 1, 0, 700 * 16);
  Bytes received;
  while (received.size() != write.memory().size()) {
    const ReceivedPdu pdu = next();
    received.insert(received.end(), pdu.data.begin(), pdu.data.end());
  }
  EXPECT_EQ(received, write.memory());
  peer_->send_response(cid);
}

TEST_F(TcpQueueTest, ReceivesDataInAnyPieces) {
  for (const bool has_digests : {false, true}) {
    is_opened_ = false;
    world_.pumps.clear();
    open(io_options(has_digests, has_digests));
    for (const size_t step : {1UL, 7UL, 100UL, 5000UL, 100000UL}) {
      TestCommand& read = submit(Direction::ToHost, 9000, 5);
      const uint16_t cid = next_cid();
      const Bytes data = some(9000, step);
      Bytes stream = peer_->make_pdu(FakePeer::data_header(cid, 0, 4000, 0), std::span(data).first(4000));
      const Bytes rest = peer_->make_pdu(FakePeer::data_header(cid, 4000, 5000, flag::LastPdu | flag::Success),
                                         std::span(data).subspan(4000));
      stream.insert(stream.end(), rest.begin(), rest.end());
      for (size_t at = 0; at < stream.size(); at += step) {
        EXPECT_EQ(read.done_count, 0);
        peer_->send_raw(std::span(stream).subspan(at, std::min(step, stream.size() - at)));
        world_.turn();
      }
      EXPECT_TRUE(world_.run_until([&] { return read.done_count == 1; }));
      EXPECT_TRUE(read.command.status.is_success());
      EXPECT_EQ(read.memory(), data);
    }
    queue_->close();
  }
}

TEST_F(TcpQueueTest, ADamagedDataDigestFailsOneCommand) {
  open(io_options(false, true));
  TestCommand& read = submit(Direction::ToHost, 512);
  const uint16_t cid = next_cid();
  Bytes pdu = peer_->make_pdu(FakePeer::data_header(cid, 0, 512, flag::LastPdu | flag::Success), some(512));
  pdu[40] ^= std::byte{1};
  peer_->send_raw(pdu);
  EXPECT_TRUE(world_.run_until([&] { return read.done_count == 1; }));
  EXPECT_EQ(read.command.status.code(), nvme::StatusCode::TransientTransportError);
  EXPECT_FALSE(read.command.status.is_final());
  EXPECT_TRUE(queue_->is_live());
  TestCommand& again = submit(Direction::ToHost, 512);
  peer_->send_data(next_cid(), 0, some(512), flag::LastPdu | flag::Success);
  EXPECT_TRUE(world_.run_until([&] { return again.done_count == 1; }));
  EXPECT_TRUE(again.command.status.is_success());
}

TEST_F(TcpQueueTest, AnErrorMayComeBeforeAllData) {
  open(io_options());
  TestCommand& read = submit(Direction::ToHost, 4096);
  const uint16_t cid = next_cid();
  peer_->send_data(cid, 0, some(1024), 0);
  peer_->send_response(cid, nvme::Status::final(nvme::StatusCode::UnrecoveredReadError));
  EXPECT_TRUE(world_.run_until([&] { return read.done_count == 1; }));
  EXPECT_EQ(read.command.status.code(), nvme::StatusCode::UnrecoveredReadError);
  TestCommand& write = submit(Direction::ToController, 8192);
  peer_->send_response(next_cid(), nvme::Status::final(nvme::StatusCode::LbaOutOfRange));
  EXPECT_TRUE(world_.run_until([&] { return write.done_count == 1; }));
  EXPECT_TRUE(queue_->is_live());
}

TEST_F(TcpQueueTest, IdentifiersAreNotUsedAgainSoon) {
  open(io_options());
  std::vector<uint16_t> seen;
  for (int i = 0; i < 100; ++i) {
    const uint16_t cid = start_read(512);
    EXPECT_NE(cid, 0xFFFF);
    EXPECT_EQ(std::ranges::find(seen, cid), seen.end());
    seen.push_back(cid);
    peer_->send_data(cid, 0, some(512), flag::LastPdu | flag::Success);
    EXPECT_TRUE(world_.run_until([this] { return queue_->in_flight_count() == 0; }));
  }
}

TEST_F(TcpQueueTest, MayUseEveryEntryWithoutFlowControl) {
  open(io_options());
  EXPECT_EQ(queue_->depth(), 7U);
  commands_.push_back(std::make_unique<TestCommand>());
  TestCommand& connect = *commands_.back();
  connect.command.sqe.opcode = 0x7F;
  ASSERT_TRUE(queue_->submit(connect.command));
  peer_->send_response(next_cid(), {}, 1, 0xFFFF);
  EXPECT_TRUE(world_.run_until([&] { return connect.done_count == 1; }));
  EXPECT_EQ(queue_->depth(), 8U);
}

// -- what is wrong

TEST_F(TcpQueueTest, AnAnswerToNobody) {
  open(io_options());
  const uint16_t cid = start_read(512);
  peer_->send_response(static_cast<uint16_t>(cid + 1));
  expect_fault(FatalError::InvalidPduHeaderField, "not outstanding");
}

TEST_F(TcpQueueTest, ASecondAnswer) {
  open(io_options());
  const uint16_t cid = start_write(512);
  (void)start_read(512);
  peer_->send_response(cid);
  peer_->send_response(cid);
  expect_fault(FatalError::InvalidPduHeaderField, "not outstanding");
  EXPECT_TRUE(commands_[0]->command.status.is_success());
  EXPECT_EQ(commands_[1]->command.status.code(), nvme::StatusCode::HostPathingError);
}

TEST_F(TcpQueueTest, TooMuchData) {
  open(io_options());
  peer_->send_data(start_read(512), 0, some(513), flag::LastPdu);
  expect_fault(FatalError::DataTransferOutOfRange, "more data");
}

TEST_F(TcpQueueTest, TooLittleDataWithSuccess) {
  open(io_options());
  peer_->send_data(start_read(1024), 0, some(512), flag::LastPdu | flag::Success);
  expect_fault(FatalError::DataTransferOutOfRange, "less data");
}

TEST_F(TcpQueueTest, ASuccessWithoutData) {
  open(io_options());
  peer_->send_response(start_read(1024));
  expect_fault(FatalError::DataTransferOutOfRange, "less data");
}

TEST_F(TcpQueueTest, ASuccessOfAWriteThatWasNotFetched) {
  open(io_options());
  peer_->send_response(start_write(8192));
  expect_fault(FatalError::DataTransferOutOfRange, "did not fetch");
}

TEST_F(TcpQueueTest, DataOutOfOrder) {
  open(io_options());
  peer_->send_data(start_read(1024), 512, some(512), 0);
  expect_fault(FatalError::DataTransferOutOfRange, "do not follow");
}

TEST_F(TcpQueueTest, DataAfterTheLast) {
  open(io_options());
  const uint16_t cid = start_read(1024);
  peer_->send_data(cid, 0, some(512), flag::LastPdu);
  peer_->send_data(cid, 512, some(512), 0);
  expect_fault(FatalError::PduSequenceError, "after LAST_PDU");
}

TEST_F(TcpQueueTest, DataOfAWrite) {
  open(io_options());
  peer_->send_data(start_write(8192), 0, some(512), flag::LastPdu);
  expect_fault(FatalError::DataTransferOutOfRange, "reads none");
}

TEST_F(TcpQueueTest, DataOfNobody) {
  open(io_options());
  peer_->send_data(0, 0, some(512), flag::LastPdu);
  expect_fault(FatalError::InvalidPduHeaderField, "not outstanding");
}

TEST_F(TcpQueueTest, AnR2tBeyondTheData) {
  open(io_options());
  peer_->send_r2t(start_write(8192), 1, 0, 8193);
  expect_fault(FatalError::DataTransferOutOfRange, "R2T beyond");
}

TEST_F(TcpQueueTest, AnR2tOutOfOrder) {
  open(io_options());
  peer_->send_r2t(start_write(8192), 1, 4096, 4096);
  expect_fault(FatalError::DataTransferOutOfRange, "R2T beyond or out of");
}

TEST_F(TcpQueueTest, AnR2tForTheSameDataAgain) {
  open(io_options());
  const uint16_t cid = start_write(8192);
  peer_->send_r2t(cid, 1, 0, 8192);
  (void)next();
  peer_->send_r2t(cid, 2, 0, 8192);
  expect_fault(FatalError::DataTransferOutOfRange, "R2T beyond");
}

TEST_F(TcpQueueTest, TwoR2tsAtOnce) {
  open(io_options());
  const uint16_t cid = start_write(8192);
  nvme_tcp::R2T r2t;
  r2t.common.type = static_cast<uint8_t>(PduType::R2T);
  r2t.cccid = cid;
  r2t.r2tl = 4096U;
  Bytes both = peer_->make_pdu(r2t);
  r2t.r2to = 4096U;
  const Bytes second = peer_->make_pdu(r2t);
  both.insert(both.end(), second.begin(), second.end());
  peer_->send_raw(both);
  expect_fault(FatalError::R2TLimitExceeded, "before the one before");
}

TEST_F(TcpQueueTest, AnR2tForARead) {
  open(io_options());
  peer_->send_r2t(start_read(8192), 1, 0, 4096);
  expect_fault(FatalError::DataTransferOutOfRange, "without such data");
}

TEST_F(TcpQueueTest, AnR2tForInCapsuleData) {
  open(io_options());
  peer_->send_r2t(start_write(512), 1, 0, 512);
  expect_fault(FatalError::DataTransferOutOfRange, "without such data");
}

TEST_F(TcpQueueTest, AnR2tForNothing) {
  open(io_options());
  peer_->send_r2t(start_write(8192), 1, 0, 0);
  expect_fault(FatalError::InvalidPduHeaderField, "no data");
}

TEST_F(TcpQueueTest, ADamagedHeaderDigest) {
  open(io_options(true, false));
  const uint16_t cid = start_read(512);
  Bytes pdu = peer_->make_pdu(FakePeer::data_header(cid, 0, 512, flag::LastPdu), some(512));
  pdu[25] ^= std::byte{1};
  peer_->send_raw(pdu);
  expect_fault(FatalError::HeaderDigestError, "header digest");
}

TEST_F(TcpQueueTest, HeadersThatLie) {
  struct Case {
    const char* text;
    std::function<void(nvme_tcp::DataPdu&)> change;
  };
  const Case cases[] = {
      {"type", [](auto& it) { it.common.type = 0x06; }},
      {"type", [](auto& it) { it.common.type = 0x00; }},
      {"type", [](auto& it) { it.common.type = 0x08; }},
      {"type", [](auto& it) { it.common.type = 0xFF; }},
      {"second ICResp", [](auto& it) { it.common.type = 0x01; }},
      {"HLEN", [](auto& it) { it.common.hlen = 23; }},
      {"HLEN", [](auto& it) { it.common.hlen = 0; }},
      {"HDGSTF", [](auto& it) { it.common.flags |= flag::Hdgstf; }},
      {"DDGSTF", [](auto& it) { it.common.flags |= flag::Ddgstf; }},
      {"SUCCESS", [](auto& it) { it.common.flags = flag::Success; }},
      {"PDO", [](auto& it) { it.common.pdo = 0; }},
      {"PDO", [](auto& it) { it.common.pdo = 23; }},
      {"PDO", [](auto& it) { it.common.pdo = 26; }},
      {"DATAL", [](auto& it) { it.common.pdo = 255 - 3; }},
      {"without data", [](auto& it) { it.common.plen = 24U; }},
      {"without data", [](auto& it) { it.common.plen = 0U; }},
      {"DATAL", [](auto& it) { it.common.plen = 0xFFFF'FFFFU; }},
      {"DATAL", [](auto& it) { it.datal = 0U; }},
      {"DATAL", [](auto& it) { it.datal = 0xFFFF'FFFFU; }},
  };
  for (const Case& one : cases) {
    is_opened_ = false;
    owner_.broken_count = 0;
    world_.pumps.clear();
    open(io_options());
    const uint16_t cid = start_read(512);
    auto pdu =
        wire_of<nvme_tcp::DataPdu>(peer_->make_pdu(FakePeer::data_header(cid, 0, 512, flag::LastPdu), some(512)));
    one.change(pdu);
    peer_->send_wire(pdu);
    peer_->send_raw(some(512));
    EXPECT_TRUE(world_.run_until([this] { return !queue_->is_live() && peer_->is_closed; })) << one.text;
    EXPECT_NE(queue_->why().find(one.text), std::string::npos) << queue_->why() << " instead of " << one.text;
    expect_over();
  }
}

TEST_F(TcpQueueTest, AnAnswerOfAWrongLength) {
  open(io_options());
  nvme_tcp::CapsuleResp response;
  response.common = {.type = 5, .flags = 0, .hlen = 24, .pdo = 0, .plen = uint32_t{32}};
  response.cqe.cid = start_read(512);
  peer_->send_wire(response);
  peer_->send_raw(some(8));
  expect_fault(FatalError::InvalidPduHeaderField, "PLEN");
}

TEST_F(TcpQueueTest, ATerminationIsTheEnd) {
  open(io_options(true, true));
  (void)start_read(512);
  nvme_tcp::TermReq request;
  request.common = {.type = 3, .flags = 0, .hlen = 24, .pdo = 0, .plen = uint32_t{48}};
  request.fes = uint16_t{2};
  peer_->send_wire(request);
  peer_->send_raw(some(24));
  EXPECT_TRUE(world_.run_until([this] { return !queue_->is_live(); }));
  EXPECT_NE(queue_->why().find("PDU sequence error"), std::string::npos) << queue_->why();
  expect_over();
}

TEST_F(TcpQueueTest, AHangUpCompletesEverything) {
  open(io_options());
  (void)start_read(512);
  (void)start_write(8192);
  submit(Direction::ToController, 512);
  peer_->hang_up();
  EXPECT_TRUE(world_.run_until([this] { return !queue_->is_live(); }));
  for (const auto& one : commands_) {
    EXPECT_EQ(one->command.status.code(), nvme::StatusCode::HostPathingError);
  }
  expect_over();
}

TEST_F(TcpQueueTest, AnAnswerThatDoesNotCome) {
  open(io_options());
  (void)start_read(512);
  world_.pass(1000);
  const uint16_t later = start_read(512);
  peer_->send_data(later, 0, some(512), flag::LastPdu | flag::Success);
  world_.pass(900);
  EXPECT_TRUE(queue_->is_live());
  EXPECT_TRUE(world_.wait_until([this] { return !queue_->is_live(); }, 200));
  EXPECT_NE(queue_->why().find("no answer"), std::string::npos) << queue_->why();
  EXPECT_TRUE(commands_[1]->command.status.is_success());
  expect_over();
}

TEST_F(TcpQueueTest, ACommandThatEndsMaySubmitTheNext) {
  open(io_options());
  struct Chain {
    TcpQueue* queue;
    int left = 5;
  } chain{queue_.get()};
  TestCommand read(Direction::ToHost, 512);
  read.command.sqe.opcode = 2;
  read.command.owner = &chain;
  read.command.done = [](Command& it) noexcept {
    auto& self = *static_cast<Chain*>(it.owner);
    if (--self.left != 0) {
      check(self.queue->submit(it), "an entry is free");
    }
  };
  ASSERT_TRUE(queue_->submit(read.command));
  while (chain.left != 0) {
    peer_->send_data(next_cid(), 0, some(512), flag::LastPdu | flag::Success);
    const int left = chain.left;
    ASSERT_TRUE(world_.run_until([&] { return chain.left != left; }));
  }
}

}  // namespace
}  // namespace outrigger::nvme_host
