// outrigger p4 run: captures through a program.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <set>

#include "p4_cli/entries.h"
#include "p4_cli/inputs.h"
#include "p4_cli/load.h"
#include "p4_cli/replay.h"
#include "p4_cli/run_limits.h"
#include "p4_ir/lower.h"
#include "p4_target/device_rules.h"
#include "p4_target/engines.h"

namespace outrigger::p4_cli {
namespace {

// The file behind a path, if it is one whose content a second user would spoil.
std::optional<std::pair<dev_t, ino_t>> regular_file(const std::string& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return std::nullopt;
  }
  return std::pair(status.st_dev, status.st_ino);
}

Result<> check_not_input(const std::string& path, const RunOptions& options) {
  const auto file = regular_file(path);
  std::vector<std::string> read{options.program, options.entries};
  std::ranges::transform(options.inputs, std::back_inserter(read), &PortFile::path);
  for (const std::string& input : read) {
    if (file.has_value() && file == regular_file(input)) {
      return fail(Code::InvalidArgument, "{} and {} are the same file", p4::printable(input), p4::printable(path));
    }
  }
  return {};
}

Result<std::vector<ReplayOutput>> create_outputs(const RunOptions& options) {
  std::vector<ReplayOutput> outputs;
  std::set<std::pair<dev_t, ino_t>> made;
  for (const PortFile& file : options.outputs) {
    OR_TRY(check_not_input(file.path, options));
  }
  for (const PortFile& file : options.outputs) {
    OR_ASSIGN(auto writer, CaptureWriter::create(file.path));
    const auto identity = regular_file(file.path);
    if (identity.has_value() && !made.insert(*identity).second) {
      return fail(Code::InvalidArgument, "{} is the file of two outputs", p4::printable(file.path));
    }
    outputs.push_back({.port = file.port, .writer = std::move(writer)});
  }
  return outputs;
}

// How native code ran the packets; empty: the interpreter did.
std::string engine_text(const p4_target::Target& target, RunEngine engine) {
  if (engine == RunEngine::Interpreter) {
    return {};
  }
  if (target.bursts() == nullptr) {
    return fmt::format("bursts: none, packets went one by one: {}", target.why_no_bursts());
  }
  const p4_target::BurstStatistics& counted = target.burst_statistics();
  const uint64_t fast = counted.forwarded + counted.dropped;
  if (fast == 0) {  // bursts were made, but each packet wanted what they do not do
    return fmt::format("bursts: none; {} packets, all that came, went one by one", counted.slow);
  }
  return fmt::format("bursts: {}, with {} packets; {} packets went one by one", counted.bursts, fast, counted.slow);
}

std::string to_text(const ReplaySummary& summary, const std::string& engine, double seconds) {
  std::string text = fmt::format("in: {} packets, {} bytes\n", summary.in.packets, summary.in.bytes);
  const auto add_port = [&](const std::string& name, const PortCount& count) {
    text += fmt::format("  {}: {} packets, {} bytes\n", name, count.packets, count.bytes);
  };
  text += fmt::format("out: {} packets, {} bytes\n", summary.out.packets, summary.out.bytes);
  for (const auto& [port, count] : summary.ports) {
    add_port(fmt::format("port {}", port), count);
  }
  if (summary.other_ports.packets > 0) {
    add_port("other ports", summary.other_ports);
  }
  text += fmt::format("dropped: {} packets (nothing left)\n", summary.dropped);
  if (summary.unwritten > 0) {
    text += fmt::format("not written: {} packets left by ports without --out\n", summary.unwritten);
  }
  if (summary.cut > 0) {
    text += fmt::format("cut: {} packets were not captured whole; their captured parts were run\n", summary.cut);
  }
  if (summary.late > 0) {
    text += fmt::format("late: {} packets had a time before that of the packet in front\n", summary.late);
  }
  if (summary.log_lines > 0) {
    text += fmt::format("messages: {}, of which {} are shown\n", summary.log_lines,
                        std::min(summary.log_lines, log_lines_shown_max));
  }
  if (!engine.empty()) {
    text += engine + "\n";
  }
  const double rate = seconds > 0 ? static_cast<double>(summary.in.packets) / seconds : 0;
  text += fmt::format("time: {:.3f} s, {:.0f} packets a second\n", seconds, rate);
  return text;
}

// Everything is opened before the first packet runs, and outputs are made last: a fault leaves old ones as they were.
Result<> run_captures(const p4_ir::Program& program, const RunOptions& options) {
  // Standard output may be a capture.
  std::FILE* told = std::ranges::count(options.outputs, "-", &PortFile::path) > 0 ? stderr : stdout;
  OR_TRY(check_ports(program, options.inputs, options.port));
  OR_TRY(check_ports(program, options.outputs, std::nullopt));
  const bool is_native = options.engine == RunEngine::Native;
  OR_ASSIGN(const auto target, p4_target::make_target(program, is_native ? p4_target::EngineKind::Native
                                                                         : p4_target::EngineKind::Interpreter));
  if (!options.entries.empty()) {
    OR_ASSIGN(const std::string remarks, run_entries(options.entries, *target));
    std::fputs(remarks.c_str(), told);
  }
  OR_ASSIGN(auto inputs, open_inputs(options.inputs, options.port));
  OR_ASSIGN(auto outputs, create_outputs(options));
  Replay replay(*target, std::move(inputs), std::move(outputs));
  const auto begin = std::chrono::steady_clock::now();
  Result<> result = replay.run();
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
  std::fputs(to_text(replay.summary(), engine_text(*target, options.engine), passed.count()).c_str(), told);
  if (std::fflush(told) != 0 && result.has_value()) {
    return fail_errno(errno, "cannot write the summary");
  }
  return result;
}

}  // namespace

int run(const RunOptions& options, const SourceOptions& source) {
  const auto compilation = load(options.program, source);
  if (compilation == nullptr) {
    return exit_failed;
  }
  const auto program = p4_ir::lower(*compilation);
  const bool is_good = program != nullptr && p4_target::check_device_rules(*program, compilation->diagnostics);
  print_diagnostics(*compilation, source);
  if (!is_good) {
    return exit_failed;
  }
  const Result<> result = run_captures(*program, options);
  if (!result.has_value()) {
    std::fprintf(stderr, "outrigger p4 run: %s\n", result.error().what.c_str());
    return exit_failed;
  }
  return exit_passed;
}

}  // namespace outrigger::p4_cli
