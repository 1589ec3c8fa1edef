// Bursts over real tables: an Ethernet switch and a router.
#include <gtest/gtest.h>

#include "p4_native/burst_engine.h"
#include "p4_native/forwarding_program.h"
#include "pipeline/table.h"

namespace outrigger::p4_native {
namespace {

constexpr uint32_t headroom = 64;

class BurstTest : public testing::Test {
 protected:
  void start(ForwardingProgram program, pipeline::KeyField key, std::vector<uint32_t> data_bytes) {
    program_ = std::move(program);
    pipeline::TableShape shape;
    shape.name = "table";
    shape.key = {key};
    shape.action_data_bytes = std::move(data_bytes);
    auto table = pipeline::Table::make(shape, {.action = 1}, quiescence_);
    ASSERT_TRUE(table.has_value()) << table.error().what;
    table_ = std::move(*table);
    auto compiled = BurstProgram::compile(*program_.program, program_.shape, {.keeps_text = true});
    ASSERT_TRUE(compiled.has_value()) << compiled.error().what;
    compiled_ = std::move(*compiled);
    const pipeline::TableAbi* abi = &table_->abi();
    auto engine = BurstEngine::make(*compiled_, {&abi, 1});
    ASSERT_TRUE(engine.has_value()) << engine.error().what;
    engine_ = std::move(*engine);
  }
  void insert(std::vector<uint8_t> value, std::vector<uint8_t> mask, std::vector<uint8_t> data) {
    const auto made = table_->insert({.value = value, .bound = mask, .action = {.action = 0, .data = data}});
    ASSERT_TRUE(made.has_value()) << made.error().what;
  }
  BurstPacket& add_packet(std::vector<uint8_t> bytes) {
    std::vector<uint8_t>& memory = memory_.emplace_back(headroom);
    memory.insert(memory.end(), bytes.begin(), bytes.end());
    return packets_.emplace_back(BurstPacket{
        .data = memory.data() + headroom, .bytes = static_cast<uint32_t>(bytes.size()), .headroom = headroom});
  }
  static std::vector<uint8_t> bytes_of(const BurstPacket& packet) { return {packet.data, packet.data + packet.bytes}; }

  ForwardingProgram program_;
  pipeline::Quiescence quiescence_;
  std::unique_ptr<pipeline::Table> table_;
  std::unique_ptr<BurstProgram> compiled_;
  std::unique_ptr<BurstEngine> engine_;
  std::vector<std::vector<uint8_t>> memory_;
  std::vector<BurstPacket> packets_;
};

std::vector<uint8_t> frame(uint8_t last) {
  std::vector<uint8_t> made = {2, 0, 0, 0, 0, last, 2, 0, 0, 0, 9, 9, 0x12, 0x34};
  made.resize(60, last);
  return made;
}

TEST_F(BurstTest, a_switch_forwards_what_it_knows) {
  start(l2_program(), {.name = "dst", .kind = pipeline::MatchKind::Exact, .width_bits = 48}, {2, 0});
  for (uint8_t i = 0; i < 100; ++i) {
    insert({2, 0, 0, 0, 0, i}, {}, {static_cast<uint8_t>(i & 1), i});
  }
  for (uint8_t i = 0; i < 64; ++i) {
    add_packet(frame(static_cast<uint8_t>(i * 2)));
  }
  engine_->run(packets_);
  for (uint8_t i = 0; i < 64; ++i) {
    const auto address = static_cast<uint8_t>(i * 2);
    EXPECT_EQ(packets_[i].verdict, address < 100 ? Verdict::Forward : Verdict::Drop);
    if (address < 100) {
      EXPECT_EQ(packets_[i].port, address);
      EXPECT_EQ(bytes_of(packets_[i]), frame(address));
    }
  }
}

TEST_F(BurstTest, short_packets_go_on_without_a_header) {
  start(l2_program(), {.name = "dst", .kind = pipeline::MatchKind::Exact, .width_bits = 48}, {2, 0});
  insert({0, 0, 0, 0, 0, 0}, {}, {0, 7});
  add_packet({1, 2, 3});
  engine_->run(packets_);
  EXPECT_EQ(packets_[0].verdict, Verdict::Forward);  // rejected packets go on here, as in v1model
  EXPECT_EQ(packets_[0].port, 7U);
  EXPECT_EQ(bytes_of(packets_[0]), (std::vector<uint8_t>{1, 2, 3}));
}

std::vector<uint8_t> ip_packet(uint8_t ttl, uint16_t checksum) {
  std::vector<uint8_t> made = {1,
                               1,
                               1,
                               1,
                               1,
                               1,
                               2,
                               2,
                               2,
                               2,
                               2,
                               2,
                               8,
                               0,
                               0x45,
                               0,
                               0,
                               46,
                               0,
                               7,
                               0x40,
                               0,
                               ttl,
                               17,
                               static_cast<uint8_t>(checksum >> 8),
                               static_cast<uint8_t>(checksum),
                               192,
                               168,
                               0,
                               1,
                               10,
                               1,
                               2,
                               3};
  made.resize(60, 0xEE);
  return made;
}

TEST_F(BurstTest, a_router_mends_what_it_changes) {
  start(router_program(), {.name = "dst", .kind = pipeline::MatchKind::Lpm, .width_bits = 32}, {14, 0});
  insert({10, 0, 0, 0}, {255, 0, 0, 0}, {3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 1, 2});
  add_packet(ip_packet(64, 0xFF80));
  add_packet(ip_packet(1, 0));
  engine_->run(packets_);
  EXPECT_EQ(packets_[0].verdict, Verdict::Forward);
  EXPECT_EQ(packets_[0].port, 258U);
  std::vector<uint8_t> expected = ip_packet(63, 0x0081);
  std::fill_n(expected.begin(), 6, uint8_t{3});
  std::fill_n(expected.begin() + 6, 6, uint8_t{4});
  EXPECT_EQ(bytes_of(packets_[0]), expected);
  EXPECT_EQ(packets_[1].verdict, Verdict::Drop);
}

TEST_F(BurstTest, tables_must_have_the_keys_of_the_program) {
  start(l2_program(), {.name = "dst", .kind = pipeline::MatchKind::Exact, .width_bits = 48}, {2, 0});
  pipeline::TableAbi other;
  other.key_bytes = 4;
  const pipeline::TableAbi* pointer = &other;
  EXPECT_FALSE(BurstEngine::make(*compiled_, {&pointer, 1}).has_value());
}

}  // namespace
}  // namespace outrigger::p4_native
