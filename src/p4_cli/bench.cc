// outrigger p4 bench: how fast a program runs on this machine, packets in memory, and how long it takes to compile.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "p4_cli/bench_packets.h"
#include "p4_cli/entries.h"
#include "p4_cli/inputs.h"
#include "p4_cli/load.h"
#include "p4_ir/lower.h"
#include "p4_target/device_rules.h"
#include "p4_target/engines.h"

namespace outrigger::p4_cli {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

// Of the time stamp counter, which ticks at one rate whatever the core does; 0 where there is none.
uint64_t cycles() {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#else
  return 0;
#endif
}

struct Measured {
  uint64_t packets = 0;
  uint64_t left = 0;  // some packets leave more than once
  uint64_t slow = 0;  // one by one
  Clock::duration passed{};
  uint64_t cycles = 0;
};

// All packets once. Time is the clock's: what a meter or a time stamp sees is what it would on a wire as fast.
void run_packets(p4_target::Target& target, std::span<p4_target::BurstPacket> packets, Measured& measured) {
  const auto begin = Clock::now();
  const uint64_t begin_cycles = cycles();
  for (size_t at = 0; at < packets.size(); at += p4_target::burst_packets_max) {
    const auto burst = packets.subspan(at, std::min<size_t>(packets.size() - at, p4_target::burst_packets_max));
    const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count();
    measured.left += target.receive_burst(burst, static_cast<uint64_t>(now)).size();
  }
  measured.cycles += cycles() - begin_cycles;
  measured.passed += Clock::now() - begin;
  measured.packets += packets.size();
}

Measured measure(p4_target::Target& target, BenchPackets& packets, double seconds) {
  Measured warm;
  run_packets(target, packets.restored(), warm);  // tables and code come into the caches
  const uint64_t slow_before = target.burst_statistics().slow;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  Measured measured;
  do {
    const auto restored = packets.restored();
    target.log().clear();
    run_packets(target, restored, measured);
  } while (Clock::now() < end);
  measured.slow = target.burst_statistics().slow - slow_before;
  return measured;
}

std::string rate_text(double packets_a_second) {
  return packets_a_second < 1e6 ? fmt::format("{:.1f} k", packets_a_second / 1e3)
                                : fmt::format("{:.2f} M", packets_a_second / 1e6);
}

std::string to_text(const p4_target::Target& target, const Measured& measured) {
  const double seconds = std::chrono::duration<double>(measured.passed).count();
  const auto packets = static_cast<double>(measured.packets);
  std::string text = fmt::format("ran: {} packets in {:.3f} s\n", measured.packets, seconds);
  text += fmt::format("rate: {} packets/s, {:.1f} ns a packet", rate_text(packets / seconds), seconds * 1e9 / packets);
  if (measured.cycles > 0) {
    text += fmt::format(", {:.1f} cycles of the time stamp counter", static_cast<double>(measured.cycles) / packets);
  }
  text += fmt::format("\nin bursts: {} packets; one by one: {}", measured.packets - measured.slow, measured.slow);
  if (target.bursts() == nullptr) {
    text += fmt::format(" ({})", target.why_no_bursts());
  }
  return text + fmt::format("\nleft: {} packets\n", measured.left);
}

Result<BenchPackets> packets_of(const BenchOptions& options) {
  if (options.inputs.empty()) {
    return BenchPackets::make();
  }
  OR_ASSIGN(auto inputs, open_inputs(options.inputs, options.port));
  return BenchPackets::read(std::move(inputs));
}

Result<> bench_program(const p4_ir::Program& program, const BenchOptions& options, Milliseconds front_end) {
  OR_TRY(check_ports(program, options.inputs, options.port));
  OR_ASSIGN(BenchPackets packets, packets_of(options));
  const auto begin = Clock::now();
  const bool is_native = options.engine == RunEngine::Native;
  OR_ASSIGN(const auto target, p4_target::make_target(program, is_native ? p4_target::EngineKind::Native
                                                                         : p4_target::EngineKind::Interpreter));
  const Milliseconds engine = Clock::now() - begin;
  if (!options.entries.empty()) {
    OR_ASSIGN(const std::string remarks, run_entries(options.entries, *target));
    std::fputs(remarks.c_str(), stdout);
  }
  print(fmt::format("compiled: {:.1f} ms ({:.1f} from source to lowered program, {:.1f} {})\n",
                    (front_end + engine).count(), front_end.count(), engine.count(),
                    is_native ? "to machine code" : "to interpreter"));
  print(fmt::format("packets: {}, {} bytes{}\n", packets.count(), packets.bytes(),
                    packets.is_cut() ? "; the rest of the captures was left out" : ""));
  const Measured measured = measure(*target, packets, options.seconds);
  return print(to_text(*target, measured)) ? Result<>{} : fail(Code::Internal, "cannot write the result");
}

}  // namespace

int bench(const BenchOptions& options, const SourceOptions& source) {
  const auto begin = Clock::now();
  const auto compilation = load(options.program, source);
  if (compilation == nullptr) {
    return exit_failed;
  }
  const auto program = p4_ir::lower(*compilation);
  const Milliseconds front_end = Clock::now() - begin;
  const bool is_good = program != nullptr && p4_target::check_device_rules(*program, compilation->diagnostics);
  print_diagnostics(*compilation, source);
  if (!is_good) {
    return exit_failed;
  }
  const Result<> result = bench_program(*program, options, front_end);
  if (!result.has_value()) {
    std::fprintf(stderr, "outrigger p4 bench: %s\n", result.error().what.c_str());
    return exit_failed;
  }
  return exit_passed;
}

}  // namespace outrigger::p4_cli
