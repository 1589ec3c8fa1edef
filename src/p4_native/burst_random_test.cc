// Bursts against the interpreter: random programs, random packets, tables that answer by a hash of the packed key; and
// what they leave in counters and registers.
#include <gtest/gtest.h>

#include <cstdlib>

#include "p4_interpreter/interpreter.h"
#include "p4_native/burst_engine.h"
#include "p4_native/random_world.h"
#include "p4_native/v1_burst_shape.h"

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

struct Counts {
  uint32_t forwarded = 0;
  uint32_t dropped = 0;
  uint32_t slow = 0;
  uint32_t not_begun = 0;  // because of a slow packet before them
  uint32_t ordered = 0;    // programs …
  uint32_t one_by_one = 0;
  uint32_t turn_slow_late = 0;
  uint64_t counted = 0;
};

// What becomes of a packet.
struct Fate {
  bool is_dropped = true;
  uint32_t port = 0;
  std::vector<uint8_t> bytes;

  friend bool operator==(const Fate&, const Fate&) = default;
};

class BurstRun {
 public:
  explicit BurstRun(uint64_t seed)
      : random_(seed ^ 0xB0B), program_(random_program(seed, true)), here_(*program_, seed), there_(*program_, seed) {
    for (const p4_ir::Block& block : program_->blocks) {
      shape_.steps.emplace_back().block = &block;
    }
    egress_ = *program_->find_variable("length");
    dropper_ = program_->headers[0].valid;
    shape_.steps[1].copies = {{egress_, *program_->find_variable("action_run")}};
    shape_.steps[1].drops_when = {dropper_, Bits(1, 1)};
    shape_.steps[0].drops_rejected = random_.one_in(2);
    if (random_.one_in(3)) {
      shape_.steps[1].slow_when_set = {*program_->find_variable("hit")};
    }
    if (random_.one_in(2)) {  // all of it twice, as in PSA
      shape_.steps[2].parses_again = true;
      shape_.steps[2].copies = {{egress_, egress_}};
      for (size_t i = 0; i < 3; ++i) {
        shape_.steps.push_back(shape_.steps[i]);
      }
      shape_.steps.back().parses_again = false;
      shape_.steps.back().copies.clear();
    }
    shape_.egress_port = egress_;
    add_v1_externs(*program_, shape_);
  }
  std::string run(bool is_optimised, Counts& counts) {
    const auto compiled = BurstProgram::compile(*program_, shape_, {.is_optimised = is_optimised});
    if (!compiled.has_value()) {
      return compiled.error().what;
    }
    counts.ordered += (*compiled)->order().is_ordered ? 1 : 0;
    counts.one_by_one += (*compiled)->order().has_one_by_one ? 1 : 0;
    counts.turn_slow_late += (*compiled)->order().turns_slow_late ? 1 : 0;
    const auto engine = BurstEngine::make(**compiled, here_.resources());
    if (!engine.has_value()) {
      return engine.error().what;
    }
    for (uint32_t i = 0; i < bursts_per_program; ++i) {
      now_ns_ += 1'000'000;
      if (std::string what = run_packets(**engine, counts); !what.empty()) {
        return what;
      }
    }
    counts.counted += here_.counted();
    return {};
  }

 private:
  // Up to a whole burst: those that are slow go through an interpreter in the same world, before those behind them.
  std::string run_packets(BurstEngine& engine, Counts& counts) {
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
    for (size_t done = 0; done < packets.size();) {
      const std::span<BurstPacket> rest = std::span(packets).subspan(done);
      const size_t taken = engine.run(rest, now_ns_);
      if (taken == 0 || taken > rest.size()) {
        return "a burst that goes nowhere";
      }
      counts.not_begun += static_cast<uint32_t>(rest.size() - taken);
      for (size_t i = done; i < done + taken; ++i) {
        if (std::string what = compare(before[i], packets[i], counts); !what.empty()) {
          return fmt::format("packet {}: {}", i, what);
        }
      }
      done += taken;
    }
    const std::string what = here_.difference(there_);
    return what.empty() ? "" : fmt::format("{} differs after the burst", what);
  }
  std::string compare(const std::vector<uint8_t>& before, const BurstPacket& after, Counts& counts) {
    const std::vector<uint8_t> bytes(after.data, after.data + after.bytes);
    const Fate expected = interpret(before, there_);
    if (after.verdict == Verdict::Slow) {
      ++counts.slow;
      if (bytes != before) {
        return "a slow packet was changed";
      }
      return interpret(before, here_) == expected ? "" : "a slow packet finds something else than it should";
    }
    Fate found;
    found.is_dropped = after.verdict == Verdict::Drop;
    if (!found.is_dropped) {
      found.port = after.port;
      found.bytes = bytes;
    }
    found.is_dropped ? ++counts.dropped : ++counts.forwarded;
    return found == expected
               ? ""
               : fmt::format("dropped {}, {} bytes to port {}; the interpreter: {}, {} to {}", found.is_dropped,
                             found.bytes.size(), found.port, expected.is_dropped, expected.bytes.size(), expected.port);
  }
  Fate interpret(const std::vector<uint8_t>& packet, RandomWorld& world) {
    const Fate fate = interpret(packet, 0, world);
    const bool is_again = shape_.steps[2].parses_again && !fate.is_dropped;
    return is_again ? interpret(fate.bytes, fate.port, world) : fate;
  }
  Fate interpret(const std::vector<uint8_t>& packet, uint32_t port, RandomWorld& world) {
    world.begin_packet(static_cast<uint32_t>(packet.size()), now_ns_);
    p4_interpreter::Interpreter interpreter(*program_, world);
    interpreter.begin(packet);
    interpreter.set(egress_, Bits(program_->at(egress_).width, port));
    const p4_ir::Outcome parsed = interpreter.run(program_->blocks[0]);
    if (parsed == p4_ir::Outcome::Exhausted || (parsed == p4_ir::Outcome::Rejected && shape_.steps[0].drops_rejected) ||
        interpreter.run(program_->blocks[1]) == p4_ir::Outcome::Exhausted || !interpreter.get(dropper_).is_zero()) {
      return {};
    }
    interpreter.set(egress_, interpreter.get(*program_->find_variable("action_run")));
    if (interpreter.run(program_->blocks[2]) == p4_ir::Outcome::Exhausted) {
      return {};
    }
    return {.is_dropped = false,
            .port = static_cast<uint32_t>(interpreter.get(egress_).low()),
            .bytes = interpreter.take_output()};
  }

  Random random_;
  std::unique_ptr<p4_ir::Program> program_;
  RandomWorld here_;   // the burst's, and that of its slow packets
  RandomWorld there_;  // of one packet after the other
  BurstShape shape_;
  p4_ir::VariableId egress_{};
  p4_ir::VariableId dropper_{};
  uint64_t now_ns_ = 0;
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
    EXPECT_GT(counts.not_begun, 0U);
    EXPECT_GT(counts.ordered, 0U);
    EXPECT_GT(counts.one_by_one, 0U);
    EXPECT_GT(counts.counted, 0U);
  }
  testing::Test::RecordProperty("forwarded", static_cast<int>(counts.forwarded));
  testing::Test::RecordProperty("dropped", static_cast<int>(counts.dropped));
  testing::Test::RecordProperty("slow", static_cast<int>(counts.slow));
  fmt::print(
      "forwarded {}, dropped {}, slow {}, not begun {}; programs ordered {}, one by one {}, slow late {}; counts {}\n",
      counts.forwarded, counts.dropped, counts.slow, counts.not_begun, counts.ordered, counts.one_by_one,
      counts.turn_slow_late, counts.counted);
}

TEST(RandomBurst, optimised_code_equals_the_interpreter) { run_all(true, "optimised_code_equals_the_interpreter"); }
TEST(RandomBurst, code_as_written_equals_the_interpreter) { run_all(false, "code_as_written_equals_the_interpreter"); }

}  // namespace
}  // namespace outrigger::p4_native
