// Bursts over real tables: an Ethernet switch and a router.
#include <gtest/gtest.h>

#include "p4_native/burst_engine.h"
#include "p4_native/forwarding_program.h"
#include "p4_native/random_program.h"
#include "p4_native/v1_burst_shape.h"
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
    auto engine = BurstEngine::make(*compiled_, {.tables = {abi}});
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
  EXPECT_EQ(engine_->run(packets_), packets_.size());
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
  insert({2, 0, 0, 0, 0, 9}, {}, {1, 1});
  add_packet(frame(9));
  add_packet({1, 2, 3});
  add_packet(frame(9));
  EXPECT_EQ(engine_->run(packets_), packets_.size());
  EXPECT_EQ(packets_[1].verdict, Verdict::Forward);  // rejected packets go on here, as in v1model
  EXPECT_EQ(packets_[1].port, 7U);
  EXPECT_EQ(bytes_of(packets_[1]), (std::vector<uint8_t>{1, 2, 3}));
  for (const size_t whole : {size_t{0}, size_t{2}}) {
    EXPECT_EQ(packets_[whole].verdict, Verdict::Forward);
    EXPECT_EQ(packets_[whole].port, 257U);
    EXPECT_EQ(bytes_of(packets_[whole]), frame(9));
  }
  // Whole packets have code of their own.
  EXPECT_NE(compiled_->llvm_text().find("@burst_start_general("), std::string::npos);
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
  EXPECT_EQ(engine_->run(packets_), packets_.size());
  EXPECT_EQ(packets_[0].verdict, Verdict::Forward);
  EXPECT_EQ(packets_[0].port, 258U);
  std::vector<uint8_t> expected = ip_packet(63, 0x0081);
  std::fill_n(expected.begin(), 6, uint8_t{3});
  std::fill_n(expected.begin() + 6, 6, uint8_t{4});
  EXPECT_EQ(bytes_of(packets_[0]), expected);
  EXPECT_EQ(packets_[1].verdict, Verdict::Drop);
  // Both addresses lie side by side in the entry and in the packet: they are copied as they are.
  const std::string& text = compiled_->optimised_text();
  const size_t begin = text.find("@burst_resume(");
  const std::string resume = text.substr(begin, text.find("\n}", begin) - begin);
  EXPECT_NE(resume.find("store i64"), std::string::npos);
  EXPECT_EQ(resume.find("store i48"), std::string::npos);
  EXPECT_EQ(text.find("p4_entry"), std::string::npos);
}

// The sum of 16-bit words in one's complement, complemented (RFC 1071), over bits of any width.
uint16_t checksum_of(const std::vector<p4_ir::Bits>& fields) {
  p4_ir::Bits all(0);
  for (const p4_ir::Bits& field : fields) {
    all = all.width() == 0 ? field : p4_ir::Bits::concatenate(all, field);
  }
  const uint32_t words = (all.width() + 15) / 16;
  all = all.resized(words * 16).shift_left(words * 16 - all.width());
  uint32_t sum = 0;
  for (uint32_t i = 0; i < words; ++i) {
    sum += static_cast<uint32_t>(all.slice(i * 16 + 15, i * 16).low());
  }
  while (sum >> 16 != 0) {
    sum = (sum & 0xFFFF) + (sum >> 16);
  }
  return static_cast<uint16_t>(~sum);
}

// A V1Switch that sends every packet to port 3, with a checksum over fields of these widths behind them.
class ChecksumProgram {
 public:
  explicit ChecksumProgram(const std::vector<uint32_t>& widths) {
    program.architecture = "V1Switch";
    program.errors = {"NoError", "PacketTooShort"};
    program.exited = program.add_variable("$exited", 1);
    program.parser_error = program.add_variable("$parser_error", 32);
    const auto spec = program.add_variable("standard_metadata.egress_spec", 9);
    program.add_variable("standard_metadata.egress_port", 9);
    const auto wrong = program.add_variable("standard_metadata.checksum_error", 1);
    program.enums = {{.name = "HashAlgorithm", .members = {"crc32", "csum16"}}};
    p4_ir::Header header;
    header.valid = program.add_variable("h.$valid$", 1);
    for (const uint32_t width : widths) {
      add_field(header, width);
    }
    const auto checksum = add_field(header, 16);
    program.headers = {header};
    program.parsers.resize(1);
    program.parsers[0].states.resize(1);
    program.parsers[0].states[0].statements = {program.statement<p4_ir::Extract>(p4_ir::HeaderId{0})};
    program.parsers[0].states[0].target = p4_ir::ParserState::Accept;
    auto* route = program.statement<p4_ir::Assign>(spec, number(9, 3));
    auto* test = program.statement<p4_ir::If>();  // what is wrong goes to port 4
    test->condition = read(wrong);
    test->if_true = {program.statement<p4_ir::Assign>(spec, number(9, 4))};
    add_block({});
    add_block({checksum_call("verify_checksum", header, checksum)});
    add_block({route, test});
    add_block({});
    add_block({checksum_call("update_checksum", header, checksum)});
    add_block({program.statement<p4_ir::Emit>(p4_ir::HeaderId{0})});
    program.blocks[0].procedure.reset();
    program.blocks[0].parser = p4_ir::ParserId{0};
  }
  p4_ir::Program program;

 private:
  p4_ir::VariableId add_field(p4_ir::Header& header, uint32_t width) {
    header.fields.push_back(program.add_variable("h.f" + std::to_string(header.fields.size()), width));
    header.width_fixed += width;
    return header.fields.back();
  }
  const p4_ir::Expression* number(uint32_t width, uint64_t value) {
    return program.expression<p4_ir::Constant>(p4_ir::Bits(width, value));
  }
  const p4_ir::Expression* read(p4_ir::VariableId of) {
    return program.expression<p4_ir::Read>(of, program.at(of).width);
  }
  void add_block(p4_ir::Statements body) {
    program.procedures.push_back({.name = "block", .body = std::move(body), .may_exit = false});
    p4_ir::Block& block = program.blocks.emplace_back();
    block.procedure = static_cast<p4_ir::ProcedureId>(program.procedures.size() - 1);
  }
  p4_ir::Statement* checksum_call(const char* name, const p4_ir::Header& header, p4_ir::VariableId checksum) {
    auto* call = program.statement<p4_ir::CallExtern>();
    call->name = name;
    call->site = program.extern_sites++;
    call->arguments.resize(4);
    const auto add = [&](size_t argument, const p4_ir::Expression* value) -> p4_ir::ExternArgument::Part& {
      p4_ir::ExternArgument::Part& part = call->arguments[argument].parts.emplace_back();
      part.value = value;
      part.width = value->width;
      return part;
    };
    add(0, read(header.valid));
    for (size_t i = 0; i + 1 < header.fields.size(); ++i) {
      add(1, read(header.fields[i]));
    }
    add(2, read(checksum)).variable = checksum;
    call->arguments[2].kind = p4_ir::ExternArgument::Kind::Both;
    add(3, number(32, 1));
    return call;
  }
};

TEST(BurstChecksum, is_that_of_the_fields_one_behind_the_other) {
  const std::vector<std::vector<uint32_t>> shapes = {{4, 4, 8, 16, 16, 3, 13, 8, 8, 32, 32},
                                                     {48, 48, 16},
                                                     {128, 128, 24, 8},
                                                     {5, 300, 7},
                                                     {8},
                                                     {1, 2, 3, 65, 1},
                                                     {24, 64, 64, 8, 48}};
  Random random(4);
  for (const std::vector<uint32_t>& widths : shapes) {
    ChecksumProgram of(widths);
    const auto shape = v1_burst_shape(of.program);
    ASSERT_TRUE(shape.has_value());
    const auto compiled = BurstProgram::compile(of.program, *shape, {});
    ASSERT_TRUE(compiled.has_value()) << compiled.error().what;
    const auto engine = BurstEngine::make(**compiled, {});
    ASSERT_TRUE(engine.has_value());
    for (uint32_t i = 0; i < 12; ++i) {
      std::vector<p4_ir::Bits> fields;
      p4_ir::Bits all(0);
      for (const uint32_t width : widths) {
        const p4_ir::Bits zero(width);  // twice each: all bits 0, all bits 1, anything
        fields.push_back(i < 2 ? zero : i < 4 ? zero.complement() : random.bits(width));
        all = all.width() == 0 ? fields.back() : p4_ir::Bits::concatenate(all, fields.back());
      }
      const uint16_t right = checksum_of(fields);
      const bool is_right = i % 2 == 0;
      const p4_ir::Bits given(16, is_right ? right : static_cast<uint16_t>(right + 1));
      std::vector<uint8_t> bytes = p4_ir::Bits::concatenate(all, given).to_big_endian();
      BurstPacket packet{.data = bytes.data(), .bytes = static_cast<uint32_t>(bytes.size())};
      ASSERT_EQ((*engine)->run({&packet, 1}), 1U);
      ASSERT_EQ(packet.verdict, Verdict::Forward);
      EXPECT_EQ(packet.port, is_right ? 3U : 4U);
      EXPECT_EQ(bytes, p4_ir::Bits::concatenate(all, p4_ir::Bits(16, right)).to_big_endian());
    }
  }
}

TEST_F(BurstTest, tables_must_have_the_keys_of_the_program) {
  start(l2_program(), {.name = "dst", .kind = pipeline::MatchKind::Exact, .width_bits = 48}, {2, 0});
  pipeline::TableAbi other;
  other.key_bytes = 4;
  const pipeline::TableAbi* pointer = &other;
  EXPECT_FALSE(BurstEngine::make(*compiled_, {.tables = {pointer}}).has_value());
}

}  // namespace
}  // namespace outrigger::p4_native
