// outrigger-load: drives a vhost-user-blk socket and prints what it gives.
#include "load/workload.h"

#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace outrigger::load {
namespace {

constexpr std::string_view usage =
    R"(outrigger-load: I/O load on a vhost-user-blk back end, polled by one thread.

usage: outrigger-load --socket PATH [options]
       outrigger-load --ceiling | --ping-pong [options]

  --rw KIND           randread (default), randwrite, randrw, read, write
  --depth N           I/Os in flight per queue (32)
  --queues N          (1)
  --bytes N           of one I/O (4096)
  --span N            bytes of the device to use (all)
  --seconds S         (2)
  --cpu N             run on this CPU
  --packed            packed rings
  --indirect          indirect descriptors
  --no-event-idx      without VIRTIO_F_EVENT_IDX
  --verify            writes carry patterns, reads are compared
  --idle-gap MS       single I/Os with this much silence before each, --samples N of them (100)
  --hold              set everything up, read a little, then stay connected in silence until killed
  --ceiling           against a thread that does nothing, on --other-cpu
  --ping-pong         how long a cache line takes to --other-cpu (0) and back
  --seed N            (1)
  --json              one line of JSON
)";

struct Command {
  WorkloadOptions workload;
  std::string socket;
  int cpu = -1;
  int other_cpu = 0;
  uint32_t idle_gap_ms = 0;
  uint32_t sample_count = 100;
  bool is_held = false;
  bool is_ceiling = false;
  bool is_ping_pong = false;
  bool is_json = false;
};

std::optional<uint64_t> number(const char* text) {
  if (text == nullptr || *text < '0' || *text > '9') {
    return std::nullopt;
  }
  char* end = nullptr;
  uint64_t value = std::strtoull(text, &end, 10);
  switch (*end) {
    case 'K':
      value <<= 10;
      ++end;
      break;
    case 'M':
      value <<= 20;
      ++end;
      break;
    case 'G':
      value <<= 30;
      ++end;
      break;
    default: break;
  }
  return *end == '\0' ? std::optional(value) : std::nullopt;
}

bool set_kind(WorkloadOptions& workload, std::string_view kind) {
  workload.is_random = kind.starts_with("rand");
  const std::string_view what = workload.is_random ? kind.substr(4) : kind;
  workload.write_percent = what == "write" ? 100 : what == "rw" ? 50 : 0;
  return what == "read" || what == "write" || what == "rw";
}

bool set_flag(Command& command, std::string_view name) {
  WorkloadOptions& workload = command.workload;
  if (name == "--packed") {
    workload.is_packed = true;
  } else if (name == "--indirect") {
    workload.is_indirect = true;
  } else if (name == "--no-event-idx") {
    workload.has_event_idx = false;
  } else if (name == "--verify") {
    workload.is_verifying = true;
  } else if (name == "--hold") {
    command.is_held = true;
  } else if (name == "--ceiling") {
    command.is_ceiling = true;
  } else if (name == "--ping-pong") {
    command.is_ping_pong = true;
  } else if (name == "--json") {
    command.is_json = true;
  } else {
    return false;
  }
  return true;
}

bool set_value(Command& command, std::string_view name, const char* text) {
  WorkloadOptions& workload = command.workload;
  if (name == "--socket") {
    command.socket = text;
    return true;
  }
  if (name == "--rw") {
    return set_kind(workload, text);
  }
  if (name == "--seconds") {
    workload.seconds = std::atof(text);
    return workload.seconds > 0;
  }
  const auto value = number(text);
  if (!value.has_value()) {
    return false;
  }
  if (name == "--depth") {
    workload.depth = static_cast<uint32_t>(*value);
  } else if (name == "--queues") {
    workload.queue_count = static_cast<uint16_t>(*value);
  } else if (name == "--bytes") {
    workload.io_bytes = static_cast<uint32_t>(*value);
  } else if (name == "--span") {
    workload.span_bytes = *value;
  } else if (name == "--cpu") {
    command.cpu = static_cast<int>(*value);
  } else if (name == "--other-cpu") {
    command.other_cpu = static_cast<int>(*value);
  } else if (name == "--idle-gap") {
    command.idle_gap_ms = static_cast<uint32_t>(*value);
  } else if (name == "--samples") {
    command.sample_count = static_cast<uint32_t>(*value);
  } else if (name == "--seed") {
    workload.seed = *value;
  } else {
    return false;
  }
  return true;
}

std::optional<Command> parse(int argc, char** argv) {
  Command command;
  for (int i = 1; i < argc; ++i) {
    if (set_flag(command, argv[i])) {
      continue;
    }
    if (i + 1 >= argc || !set_value(command, argv[i], argv[i + 1])) {
      fmt::print(stderr, "outrigger-load: {}{}{}: not understood\n\n{}", argv[i], i + 1 < argc ? " " : "",
                 i + 1 < argc ? argv[i + 1] : "", usage);
      return std::nullopt;
    }
    ++i;
  }
  const WorkloadOptions& w = command.workload;
  if (w.depth == 0 || w.depth > 4096 || w.queue_count == 0 || w.io_bytes == 0 || w.io_bytes % 512 != 0 ||
      w.io_bytes > (4U << 20)) {
    fmt::print(stderr, "outrigger-load: depth is 1 to 4096, queues at least 1, bytes a multiple of 512 up to 4 MiB\n");
    return std::nullopt;
  }
  if (command.socket.empty() && !command.is_ceiling && !command.is_ping_pong) {
    fmt::print(stderr, "{}", usage);
    return std::nullopt;
  }
  return command;
}

void print(const Outcome& outcome, const Command& command) {
  if (command.is_json) {
    fmt::print(
        "{{\"iops\": {:.0f}, \"average_us\": {:.3f}, \"p50_us\": {:.3f}, \"p99_us\": {:.3f}, "
        "\"p999_us\": {:.3f}, \"ios\": {}, \"errors\": {}, \"mismatches\": {}, \"kicks\": {}, "
        "\"seconds\": {:.3f}}}\n",
        outcome.iops(), outcome.average_us, outcome.p50_us, outcome.p99_us, outcome.p999_us, outcome.io_count,
        outcome.error_count, outcome.mismatch_count, outcome.kick_count, outcome.seconds);
    return;
  }
  fmt::print("{:.0f} IOPS, average {:.2f} us, p50 {:.2f}, p99 {:.2f}, p99.9 {:.2f}; {} I/Os in {:.2f} s, {} kicks\n",
             outcome.iops(), outcome.average_us, outcome.p50_us, outcome.p99_us, outcome.p999_us, outcome.io_count,
             outcome.seconds, outcome.kick_count);
  if (outcome.error_count != 0 || outcome.mismatch_count != 0) {
    fmt::print("{} errors, {} reads that did not show what was written\n", outcome.error_count, outcome.mismatch_count);
  }
}

int run(int argc, char** argv) {
  const auto command = parse(argc, argv);
  if (!command.has_value()) {
    return 2;
  }
  pin_to(command->cpu);
  if (command->is_ping_pong) {
    const double ns = ping_pong_ns(command->other_cpu);
    fmt::print("{}\n", command->is_json ? fmt::format("{{\"ping_pong_ns\": {:.1f}}}", ns)
                                        : fmt::format("{:.1f} ns there and back", ns));
    return 0;
  }
  if (command->is_held) {
    const auto held = hold(command->socket, command->workload);
    fmt::print(stderr, "outrigger-load: {}\n", held.error().what);
    return 1;
  }
  auto outcome = command->is_ceiling ? run_ceiling(command->workload, command->other_cpu)
                 : command->idle_gap_ms != 0
                     ? run_after_idle(command->socket, command->workload, command->idle_gap_ms, command->sample_count)
                     : run_at(command->socket, command->workload);
  if (!outcome.has_value()) {
    fmt::print(stderr, "outrigger-load: {}\n", outcome.error().what);
    return 1;
  }
  print(*outcome, *command);
  return outcome->error_count == 0 && outcome->mismatch_count == 0 ? 0 : 1;
}

}  // namespace
}  // namespace outrigger::load

int main(int argc, char** argv) { return outrigger::load::run(argc, argv); }
