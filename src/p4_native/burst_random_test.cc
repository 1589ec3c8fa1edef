// Bursts against the interpreter: random programs, random packets, tables that answer by a hash of the packed key.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>

#include "p4_interpreter/interpreter.h"
#include "p4_native/burst_engine.h"
#include "p4_native/random_program.h"

namespace outrigger::p4_native {
namespace {

using p4_ir::Bits;

constexpr uint64_t programs = 25;
constexpr uint32_t bursts_per_program = 3;
constexpr uint32_t headroom = 1024;

uint64_t number_from(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// A table of a few random entries, of which the key's hash chooses one.
class HashingTable : public pipeline::TableAbi {
 public:
  static constexpr uint32_t entries = 8;

  HashingTable(const p4_ir::Table& table, Random& random) : of_(table) {
    lookup = &look_up_burst;
    for (const p4_ir::TableKey& key : table.keys) {
      key_bytes += (key.width + 7) / 8;
    }
    for (std::vector<uint8_t>& memory : memory_) {
      pipeline::Entry entry;
      entry.action = random.below(static_cast<uint32_t>(table.actions.size()));
      entry.is_hit = static_cast<uint8_t>(random.below(2));
      memory.assign(reinterpret_cast<const uint8_t*>(&entry), reinterpret_cast<const uint8_t*>(&entry + 1));
      for (const p4_ir::ActionParameter& parameter : table.actions[entry.action].parameters) {
        const std::vector<uint8_t> data = random.bits(parameter.width).to_big_endian();
        memory.insert(memory.end(), data.begin(), data.end());
      }
      memory.resize((memory.size() + 7) / 8 * 8);
    }
  }
  [[nodiscard]] const pipeline::Entry* at(const uint8_t* key) const {
    const uint64_t hash = pipeline::hash_key(key, pipeline::key_stride(key_bytes) / 8, 7);
    return reinterpret_cast<const pipeline::Entry*>(memory_[hash % entries].data());
  }
  p4_ir::Found find(std::span<const Bits> keys) {
    std::vector<uint8_t> packed;
    for (const Bits& key : keys) {
      const std::vector<uint8_t> bytes = key.to_big_endian();
      packed.insert(packed.end(), bytes.begin(), bytes.end());
    }
    packed.resize(pipeline::key_stride(key_bytes));
    const pipeline::Entry* entry = at(packed.data());
    const uint8_t* data = entry->data();
    arguments_.clear();
    for (const p4_ir::ActionParameter& parameter : of_.actions[entry->action].parameters) {
      const uint32_t bytes = (parameter.width + 7) / 8;
      arguments_.push_back(Bits::from_big_endian(parameter.width, {data, bytes}));
      data += bytes;
    }
    return {.is_hit = entry->is_hit != 0, .action = entry->action, .arguments = &arguments_};
  }

 private:
  static void look_up_burst(const TableAbi* table, const uint8_t* keys, uint32_t stride, uint32_t count,
                            const pipeline::Entry** found) {
    for (uint32_t i = 0; i < count; ++i) {
      found[i] = static_cast<const HashingTable*>(table)->at(keys + size_t{i} * stride);
    }
  }
  const p4_ir::Table& of_;
  std::vector<uint8_t> memory_[entries];
  std::vector<Bits> arguments_;
};

// What the interpreter asks: the same tables.
class TablesHost final : public p4_ir::Host {
 public:
  explicit TablesHost(const p4_ir::Program& program, std::vector<std::unique_ptr<HashingTable>>& tables)
      : hashing_(program), tables_(tables) {}
  p4_ir::Found look_up(p4_ir::TableId table, std::span<const Bits> keys) override {
    return tables_[index_of(table)]->find(keys);
  }
  void call(const p4_ir::CallExtern& call, p4_ir::ExternValues& values) override { hashing_.call(call, values); }
  [[nodiscard]] bool is_in_set(p4_ir::ValueSetId set, std::span<const Bits> values) override {
    return hashing_.is_in_set(set, values);
  }

 private:
  HashingHost hashing_;
  std::vector<std::unique_ptr<HashingTable>>& tables_;
};

struct Counts {
  uint32_t forwarded = 0;
  uint32_t dropped = 0;
  uint32_t slow = 0;
};

class BurstRun {
 public:
  explicit BurstRun(uint64_t seed) : random_(seed ^ 0xB0B), program_(random_program(seed, true)) {
    for (const p4_ir::Table& table : program_->tables) {
      tables_.push_back(std::make_unique<HashingTable>(table, random_));
      pointers_.push_back(tables_.back().get());
    }
    for (const p4_ir::Block& block : program_->blocks) {
      shape_.steps.emplace_back().block = &block;
    }
    egress_ = *program_->find_variable("length");
    dropper_ = program_->headers[0].valid;
    shape_.steps[1].copies = {{egress_, *program_->find_variable("action_run")}};
    shape_.steps[1].drops_when = {dropper_, Bits(1, 1)};
    shape_.steps[0].drops_rejected = random_.one_in(2);
    shape_.egress_port = egress_;
  }
  std::string run(bool is_optimised, Counts& counts) {
    const auto compiled = BurstProgram::compile(*program_, shape_, {.is_optimised = is_optimised});
    if (!compiled.has_value()) {
      return compiled.error().what;
    }
    const auto engine = BurstEngine::make(**compiled, {.tables = pointers_});
    if (!engine.has_value()) {
      return engine.error().what;
    }
    for (uint32_t i = 0; i < bursts_per_program; ++i) {
      if (std::string what = run_burst(**engine, counts); !what.empty()) {
        return what;
      }
    }
    return {};
  }

 private:
  std::string run_burst(BurstEngine& engine, Counts& counts) {
    std::vector<std::vector<uint8_t>> before;
    std::vector<std::vector<uint8_t>> memory;
    std::vector<BurstPacket> packets;
    for (uint32_t i = 1 + random_.below(pipeline::burst_packets_max); i > 0; --i) {
      before.push_back(random_.bytes(random_.below(400)));
      std::vector<uint8_t>& room = memory.emplace_back(headroom);
      room.insert(room.end(), before.back().begin(), before.back().end());
      packets.push_back({.data = room.data() + headroom,
                         .bytes = static_cast<uint32_t>(before.back().size()),
                         .headroom = random_.one_in(8) ? 0 : headroom});
    }
    EXPECT_EQ(engine.run(packets), packets.size());
    for (size_t i = 0; i < packets.size(); ++i) {
      if (std::string what = compare(before[i], packets[i], counts); !what.empty()) {
        return fmt::format("packet {}: {}", i, what);
      }
    }
    return {};
  }
  std::string compare(const std::vector<uint8_t>& before, const BurstPacket& after, Counts& counts) {
    const std::vector<uint8_t> bytes(after.data, after.data + after.bytes);
    if (after.verdict == Verdict::Slow) {
      ++counts.slow;
      return bytes == before ? "" : "a slow packet was changed";
    }
    TablesHost host(*program_, tables_);
    p4_interpreter::Interpreter interpreter(*program_, host);
    interpreter.begin(before);
    const p4_ir::Outcome parsed = interpreter.run(program_->blocks[0]);
    const bool is_rejected = parsed == p4_ir::Outcome::Rejected && shape_.steps[0].drops_rejected;
    if (!is_rejected) {
      interpreter.run(program_->blocks[1]);
    }
    const bool is_dropped = is_rejected || !interpreter.get(dropper_).is_zero();
    if (is_dropped != (after.verdict == Verdict::Drop)) {
      return fmt::format("verdict {}, and the interpreter's is otherwise", static_cast<int>(after.verdict));
    }
    if (is_dropped) {
      ++counts.dropped;
      return {};
    }
    ++counts.forwarded;
    interpreter.set(egress_, interpreter.get(*program_->find_variable("action_run")));
    interpreter.run(program_->blocks[2]);
    if (interpreter.get(egress_).low() != after.port) {
      return fmt::format("port {}, interpreter {}", after.port, interpreter.get(egress_).low());
    }
    return interpreter.take_output() == bytes ? "" : "outputs differ";
  }

  Random random_;
  std::unique_ptr<p4_ir::Program> program_;
  std::vector<std::unique_ptr<HashingTable>> tables_;
  std::vector<const pipeline::TableAbi*> pointers_;
  BurstShape shape_;
  p4_ir::VariableId egress_{};
  p4_ir::VariableId dropper_{};
};

void run_all(bool is_optimised, const char* test) {
  const uint64_t only = number_from("OUTRIGGER_SEED", UINT64_MAX);
  const uint64_t count = only == UINT64_MAX ? number_from("OUTRIGGER_ROUNDS", programs) : 1;
  Counts counts;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t seed = only == UINT64_MAX ? i + 1 : only;
    EXPECT_EQ(BurstRun(seed).run(is_optimised, counts), "")
        << "replay: OUTRIGGER_SEED=" << seed << " p4_native_burst_test --gtest_filter=RandomBurst." << test;
  }
  if (only == UINT64_MAX) {  // the comparison must compare something
    EXPECT_GT(counts.forwarded, 0U);
    EXPECT_GT(counts.dropped, 0U);
    EXPECT_GT(counts.slow, 0U);
  }
  testing::Test::RecordProperty("forwarded", static_cast<int>(counts.forwarded));
  testing::Test::RecordProperty("dropped", static_cast<int>(counts.dropped));
  testing::Test::RecordProperty("slow", static_cast<int>(counts.slow));
}

TEST(RandomBurst, optimised_code_equals_the_interpreter) { run_all(true, "optimised_code_equals_the_interpreter"); }
TEST(RandomBurst, code_as_written_equals_the_interpreter) { run_all(false, "code_as_written_equals_the_interpreter"); }

}  // namespace
}  // namespace outrigger::p4_native
