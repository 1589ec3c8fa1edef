// The parts of a connection one by one: digests, layouts, buffers, the send queue.
#include "core/random.h"
#include "nvme_tcp/digest.h"
#include "nvme_tcp/pdu_check.h"
#include "nvme_tcp/receive_buffer.h"
#include "nvme_tcp/send_queue.h"
#include "nvme_tcp/slot_table.h"
#include "nvme_tcp/test_host.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace outrigger::nvme_tcp {
namespace {

// RFC 3720, B.4, and the check value of the polynomial.
TEST(Digest, S3_3_1_KnownAnswers) {
  const std::vector<unsigned char> zeroes(32, 0);
  const std::vector<unsigned char> ones(32, 0xFF);
  EXPECT_EQ(digest(zeroes.data(), 32), 0x8A9136AAU);
  EXPECT_EQ(digest(ones.data(), 32), 0x62A8AB43U);
  constexpr std::string_view digits = "123456789";
  EXPECT_EQ(digest(digits.data(), 9), 0xE3069283U);
  std::string copy(digits);
  const std::vector<iovec> pieces = {{copy.data(), 4}, {copy.data() + 4, 0}, {copy.data() + 4, 5}};
  EXPECT_EQ(digest(pieces, 9), 0xE3069283U);
  EXPECT_EQ(digest(pieces, 5), digest(digits.data(), 5));
}

TEST(PduCheck, S3_3_LayoutOfACapsule) {
  CommonHeader common{.type = 4, .flags = flag::Hdgstf | flag::Ddgstf, .hlen = 72, .pdo = 80, .plen = 80U + 512 + 4};
  const Digests digests{.header = true, .data = true};
  EXPECT_EQ(check_common(common, digests), std::nullopt);
  const Layout layout = layout_of(common);
  EXPECT_EQ(layout.header_bytes, 76U);
  EXPECT_EQ(layout.data_at, 80U);
  EXPECT_EQ(layout.data_bytes, 512U);
  EXPECT_EQ(layout.digest_bytes, 4U);
  common.flags = flag::Hdgstf;
  EXPECT_EQ(check_common(common, digests), invalid_field(1));
  common.plen = 76U;
  EXPECT_EQ(check_common(common, digests), std::nullopt);
  EXPECT_EQ(layout_of(common).data_bytes, 0U);
}

// Whole PDUs without digests, with data where the type has to have some.
TEST(PduRules, EachSideSendsItsOwnTypes) {
  struct Case {
    CommonHeader common;
    Sender sender;
  };
  const Case cases[] = {
      {{0, 0, 128, 0, 128U}, Sender::Host},       {{1, 0, 128, 0, 128U}, Sender::Controller},
      {{2, 0, 24, 0, 24U + 72}, Sender::Host},    {{3, 0, 24, 0, 24U + 128}, Sender::Controller},
      {{4, 0, 72, 72, 72U + 512}, Sender::Host},  {{5, 0, 24, 0, 24U}, Sender::Controller},
      {{6, 0, 24, 24, 24U + 4096}, Sender::Host}, {{7, 0, 24, 24, 24U + 512}, Sender::Controller},
      {{9, 0, 24, 0, 24U}, Sender::Controller},
  };
  for (const Case& each : cases) {
    const unsigned type = each.common.type;
    const Sender other = each.sender == Sender::Host ? Sender::Controller : Sender::Host;
    EXPECT_EQ(broken_rule(each.common, each.sender, {}), std::nullopt) << type;
    EXPECT_EQ(broken_rule(each.common, other, {}), Rule::Type) << type;
    CommonHeader wrong = each.common;
    ++wrong.hlen;
    EXPECT_EQ(broken_rule(wrong, each.sender, {}), Rule::Hlen) << type;
    // ICReq and ICResp come before anything is agreed, and what ends a connection has no digests.
    const bool has_digests = type > 3;
    EXPECT_EQ(broken_rule(each.common, each.sender, {.header = true, .data = false}),
              has_digests ? std::optional(Rule::Hdgstf) : std::nullopt)
        << type;
  }
  EXPECT_EQ(broken_rule({8, 0, 24, 0, 24U}, Sender::Host, {}), Rule::Type);
  EXPECT_EQ(broken_rule({8, 0, 24, 0, 24U}, Sender::Controller, {}), Rule::Type);
}

TEST(PduRules, DigestsAsDgstSaysThem) {
  for (uint8_t dgst = 0; dgst < 4; ++dgst) {
    EXPECT_EQ(Digests::of(dgst).dgst(), dgst);
  }
  EXPECT_EQ(Digests::of(0xFC).dgst(), 0) << "reserved bits";
  EXPECT_EQ((Digests{.header = true, .data = false}).dgst(), digest_flag::Header);
}

TEST(DataPool, GivesWhatIsNeededAndTakesItBack) {
  DataPool pool(4U << 20);
  core::Random random(1);
  std::vector<std::pair<BufferKind, std::vector<iovec>>> held;
  for (int round = 0; round < 10'000; ++round) {
    std::vector<iovec> pieces(Slot::pieces_max);
    const size_t bytes = 1 + random.below(random.below(2) == 0 ? 256U << 10 : 16U << 10);
    if (random.below(2) == 0) {
      const BufferNeed need = DataPool::need_of(bytes);
      const uint32_t count = pool.take(need, bytes, pieces) ? need.count : 0;
      size_t sum = 0;
      for (uint32_t i = 0; i < count; ++i) {
        sum += pieces[i].iov_len;
        std::memset(pieces[i].iov_base, 0x11, pieces[i].iov_len);
      }
      EXPECT_EQ(sum, count != 0 ? bytes : 0);
      if (count != 0) {
        pieces.resize(count);
        held.emplace_back(need.kind, pieces);
      }
    } else if (!held.empty()) {
      pool.give_back(held.back().first, held.back().second);
      held.pop_back();
    }
  }
  for (const auto& [kind, pieces] : held) {
    pool.give_back(kind, pieces);
  }
  EXPECT_TRUE(pool.is_whole());
}

TEST(SendQueue, TakesWhatItSays) {
  for (const uint32_t bytes : {1U, 256U, 257U, 100'000U}) {
    SendQueue queue;
    ASSERT_TRUE(queue.set_capacity(bytes));
    EXPECT_EQ(queue.room(), SendQueue::capacity_for(bytes));
    EXPECT_GE(queue.room(), bytes);
  }
  // What a connection is counted to take has the ring as it is made, whatever the host agreed to.
  for (const uint32_t entries : {2U, 32U, 65U, 128U, 1024U}) {
    const uint64_t ring = Connection::bytes_of_entries(entries) - uint64_t{entries} * sizeof(Slot);
    EXPECT_EQ(ring, SendQueue::capacity_for(static_cast<uint32_t>(ring))) << entries;
    EXPECT_GE(ring, entries * 100) << entries;
  }
}

// Whatever is appended comes out in order, however it is cut, and slots finish when their last byte went.
TEST(SendQueue, KeepsTheOrderHoweverItIsCut) {
  core::Random random(7);
  for (int round = 0; round < 50; ++round) {
    SendQueue queue;
    ASSERT_TRUE(queue.set_capacity(256));
    auto slots = std::make_unique<Slot[]>(8);
    std::vector<std::vector<unsigned char>> memory(8, std::vector<unsigned char>(3000));
    std::vector<bool> is_used(8);
    std::vector<unsigned char> expected;
    std::vector<unsigned char> sent;
    unsigned char value = 0;
    for (int step = 0; step < 400; ++step) {
      const auto index = static_cast<size_t>(random.below(8));
      if (random.below(3) == 0 && queue.room() >= 40) {
        std::vector<unsigned char> header(1 + random.below(40));
        for (auto& byte : header) {
          byte = value++;
        }
        queue.append(header.data(), static_cast<uint32_t>(header.size()));
        expected.insert(expected.end(), header.begin(), header.end());
      } else if (random.below(2) == 0 && !is_used[index]) {
        Slot& slot = slots[index];
        const size_t bytes = 2 + random.below(2998);
        for (size_t i = 0; i < bytes; ++i) {
          memory[index][i] = value++;
        }
        slot.pieces[0] = {memory[index].data(), bytes / 2};
        slot.pieces[1] = {memory[index].data() + bytes / 2, bytes - bytes / 2};
        slot.buffer_count = 2;
        slot.command.data_bytes = static_cast<uint32_t>(bytes);
        is_used[index] = true;
        queue.append(slot);
        expected.insert(expected.end(), memory[index].begin(), memory[index].begin() + static_cast<long>(bytes));
      } else if (!queue.is_empty()) {
        std::vector<iovec> pieces(64);
        const size_t count = queue.gather(pieces);
        ASSERT_GT(count, 0U);
        size_t total = 0;
        std::vector<unsigned char> gathered;
        for (size_t i = 0; i < count; ++i) {
          const auto* const at = static_cast<const unsigned char*>(pieces[i].iov_base);
          gathered.insert(gathered.end(), at, at + pieces[i].iov_len);
          total += pieces[i].iov_len;
        }
        const size_t taken = 1 + random.below(total);
        sent.insert(sent.end(), gathered.begin(), gathered.begin() + static_cast<long>(taken));
        queue.sent(taken);
        while (const Slot* const slot = queue.take_finished()) {
          is_used[static_cast<size_t>(slot - slots.get())] = false;
        }
      }
    }
    ASSERT_LE(sent.size(), expected.size());
    EXPECT_TRUE(std::equal(sent.begin(), sent.end(), expected.begin()));
    queue.drop();
    EXPECT_TRUE(queue.is_empty());
  }
}

// Pages of a table of slots that are in memory.
size_t resident_pages(const SlotTable& table, uint32_t count) {
  const size_t bytes = count * sizeof(Slot);
  std::vector<unsigned char> pages((bytes + 4095) / 4096);
  EXPECT_EQ(::mincore(const_cast<Slot*>(table.slots().data()), bytes, pages.data()), 0);
  return static_cast<size_t>(std::ranges::count_if(pages, [](unsigned char page) { return (page & 1U) != 0; }));
}

TEST(SlotTable, TakesMemoryAsItIsUsed) {
  constexpr uint32_t count = 1024;
  TestWorld world;
  world.open();
  const auto done = [](nvme::Command&) noexcept {};
  SlotTable table;
  ASSERT_TRUE(table.make(count));
  for (int i = 0; i < 1000; ++i) {
    Slot* const slot = table.take(*world.connection(), done);
    ASSERT_NE(slot, nullptr);
    EXPECT_EQ(slot->ttag, 0);
    table.give_back(*slot);
  }
  EXPECT_LE(resident_pages(table, count), 2U);
  std::vector<Slot*> taken;
  while (Slot* const slot = table.take(*world.connection(), done)) {
    EXPECT_EQ(slot->ttag, taken.size());
    EXPECT_EQ(slot, &table.slots()[slot->ttag]);
    taken.push_back(slot);
  }
  EXPECT_EQ(taken.size(), count);
  for (Slot* const slot : taken) {
    table.give_back(*slot);
  }
  SlotTable other;
  ASSERT_TRUE(other.make(2));
  table.take_over(other);
  EXPECT_TRUE(table.slots().empty());
  EXPECT_EQ(table.take(*world.connection(), done)->ttag, 0);
}

TEST(ReceiveBuffer, BorrowsWhileWhatItHoldsIsPinned) {
  SegmentPool pool;
  ReceiveBuffer buffer;
  std::vector<Segment*> pinned;
  for (uint32_t i = 0; i < segments_per_connection_max; ++i) {
    ASSERT_TRUE(buffer.make_room(pool)) << i;
    const auto room = buffer.room();
    std::memset(room.data(), static_cast<int>(i), room.size());
    buffer.received(static_cast<uint32_t>(room.size()));
    pinned.push_back(&buffer.pin());
    buffer.consume(buffer.size() - 10);
  }
  EXPECT_FALSE(buffer.make_room(pool));
  buffer.unpin(*pinned[1], pool);
  ASSERT_TRUE(buffer.make_room(pool));
  EXPECT_EQ(buffer.size(), 10U);
  EXPECT_EQ(buffer.data()[9], std::byte{segments_per_connection_max - 1});
  for (const size_t i : {size_t{0}, size_t{2}, size_t{3}}) {
    buffer.unpin(*pinned[i], pool);
  }
  buffer.give_back_all(pool);
  EXPECT_EQ(buffer.size(), 10U);
}

// The machine itself has no memory for who was let in: its association ends, and the host comes again.
TEST(ConnectQueue, EndsWhatItWasGivenWhereThereIsNoMemory) {
  struct NoRoom final : QueueRoom, nvme::Link {
    bool has_room_for(uint32_t) noexcept override { return true; }
    bool take_room_for(uint32_t) noexcept override { return false; }
    void disconnect() noexcept override {}
  } room;
  TestCores cores;
  FakeDesk desk;
  desk.queue = std::make_shared<FakeQueue>(*cores.control, 4096);
  const nvme::Port port;
  const std::string text;
  ConnectQueue queue({.control = *cores.control,
                      .desk = desk,
                      .port = port,
                      .peer = text,
                      .tls_identity = text,
                      .tls_fingerprint = text,
                      .link = room,
                      .room = room,
                      .local_address = text});
  nvme::ConnectSqe sqe;
  sqe.sqsize = 31;
  nvme::ConnectData data;
  iovec piece{&data, sizeof(data)};
  nvme::Command command;
  command.sqe = std::bit_cast<nvme::Sqe>(sqe);
  command.iov = &piece;
  command.iov_count = 1;
  bool is_done = false;
  command.owner = &is_done;
  command.done = [](nvme::Command& done) noexcept { *static_cast<bool*>(done.owner) = true; };
  queue.execute(command);
  EXPECT_TRUE(is_done);
  EXPECT_EQ(command.status.bits(), nvme::Status::retryable(nvme::StatusCode::ConnectControllerBusy).bits());
  EXPECT_FALSE(queue.has_queue());
  EXPECT_EQ(desk.queue->closed_count, 1);
}

}  // namespace
}  // namespace outrigger::nvme_tcp
