// pipeline_pause_bench: how long does forwarding stand still while tables change? A data thread looks up bursts of 64
// without end and takes down the time from each burst's end to the next; a control thread meanwhile inserts, then
// changes a tenth of the entries. Each on a core of its own. Beside it the same thread spins on the clock alone for as
// long: what that shows is the machine's doing, not ours.
//
// `longest`: as the clock says. `own`: without the time in which the kernel ran somebody else on this core (the
// thread's CPU clock stood still, and the thread had not gone to sleep by itself).
//
// Arguments: --json for rows that a script reads; a part of the name of those to measure.
#include "pipeline/bench_matches.h"
#include "pipeline/table.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include <array>
#include <atomic>
#include <ctime>
#include <string>
#include <thread>

using namespace outrigger;
using namespace outrigger::pipeline;

namespace {

constexpr size_t bursts = 4096;
constexpr uint64_t warm_up_bursts = 1000;
// From here on it is worth two system calls to know who had the core.
constexpr uint64_t suspicious_ns = 20'000;
constexpr std::array<uint64_t, 7> limits_ns = {5000, 20'000, 50'000, 100'000, 200'000, 500'000, 1'000'000};

uint64_t now_ns(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

void run_on_core(uint32_t core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  ::pthread_setaffinity_np(::pthread_self(), sizeof cores, &cores);
}

// Times between ends of bursts.
class Pauses {
 public:
  Pauses() { take_down(); }

  void end_of_burst() {
    const uint64_t now = now_ns(CLOCK_MONOTONIC);
    const uint64_t pause = now - last_;
    last_ = now;
    longest_ns = std::max(longest_ns, pause);
    const uint64_t own = pause < suspicious_ns ? pause : own_part(pause);
    own_ns = std::max(own_ns, own);
    size_t bucket = 0;
    while (bucket < limits_ns.size() && own >= limits_ns[bucket]) {
      ++bucket;
    }
    ++counts[bucket];
  }

  uint64_t longest_ns = 0;
  uint64_t own_ns = 0;
  std::array<uint64_t, limits_ns.size() + 1> counts = {};

 private:
  struct Kernel {
    uint64_t off_core_ns;
    long sleeps;
  };
  static Kernel look() {
    rusage usage{};
    ::getrusage(RUSAGE_THREAD, &usage);
    const uint64_t wall_ns = now_ns(CLOCK_MONOTONIC);
    return {wall_ns - std::min(wall_ns, now_ns(CLOCK_THREAD_CPUTIME_ID)), usage.ru_nvcsw};
  }
  void take_down() {
    kernel_ = look();
    last_ = now_ns(CLOCK_MONOTONIC);
  }
  uint64_t own_part(uint64_t pause) {
    const Kernel before = kernel_;
    take_down();
    const uint64_t off_core_ns = kernel_.off_core_ns - std::min(kernel_.off_core_ns, before.off_core_ns);
    return kernel_.sleeps != before.sleeps ? pause : pause - std::min(pause, off_core_ns);
  }

  uint64_t last_ = 0;
  Kernel kernel_{};
};

struct Changes {
  size_t inserted = 0;
  double insert_seconds = 0;
  double change_seconds = 0;
  uint64_t slowest_ns = 0;  // 64 insertions, by this thread's own clock
};

// The control thread: inserts everything, then removes and inserts again, or modifies, some.
Changes change(Table& table, const std::vector<KeyMatch>& matches) {
  core::Random random(3);
  Changes changes;
  const std::vector<uint8_t> data(8);
  std::vector<std::pair<uint32_t, const KeyMatch*>> handles;
  const auto insert = [&](const KeyMatch& match) {
    return table.insert({.value = match.value,
                         .bound = match.bound,
                         .priority = static_cast<uint32_t>(random.below(1000)),
                         .action = {.data = data}});
  };
  const uint64_t start = now_ns(CLOCK_THREAD_CPUTIME_ID);
  uint64_t last = start;
  for (const KeyMatch& match : matches) {
    auto handle = insert(match);
    while (!handle.has_value() && handle.error().code == Code::Unavailable) {
      handle = insert(match);
    }
    if (handle.has_value()) {
      handles.emplace_back(*handle, &match);
    }
    if (handles.size() % 64 == 0) {
      const uint64_t now = now_ns(CLOCK_THREAD_CPUTIME_ID);
      changes.slowest_ns = std::max(changes.slowest_ns, now - last);
      last = now;
    }
  }
  const uint64_t filled = now_ns(CLOCK_THREAD_CPUTIME_ID);
  changes.inserted = handles.size();
  for (size_t i = 0; i < handles.size() / 10; ++i) {
    auto& [handle, match] = handles[random.below(handles.size())];
    if (random.chance(2)) {
      (void)table.modify(handle, {.data = data});
    } else if (table.remove(handle).has_value()) {
      if (const auto again = insert(*match); again.has_value()) {
        handle = *again;
      }
    }
  }
  changes.insert_seconds = static_cast<double>(filled - start) / 1e9;
  changes.change_seconds = static_cast<double>(now_ns(CLOCK_THREAD_CPUTIME_ID) - filled) / 1e9;
  return changes;
}

std::string line_of(const Pauses& pauses) {
  std::string line =
      fmt::format("longest {:7.1f} us, own {:7.1f} us; bursts", static_cast<double>(pauses.longest_ns) / 1e3,
                  static_cast<double>(pauses.own_ns) / 1e3);
  for (size_t i = 0; i < limits_ns.size(); ++i) {
    line += fmt::format(" <{} us: {}", limits_ns[i] / 1000, pauses.counts[i]);
  }
  return line + fmt::format(", longer: {}", pauses.counts.back());
}

enum class Arrival { Random, LongestFirst };

void measure(const BenchTable& kind, Arrival arrival, bool is_json) {
  core::Random random(7);
  TableShape shape{.name = std::string(kind.name), .key = kind.key, .action_data_bytes = {8}, .size = kind.entries_max};
  shape.structure = kind.structure;
  const std::vector<uint8_t> data(8);
  Quiescence quiescence;
  auto table = std::move(Table::make(shape, {.data = data}, quiescence).value());
  std::vector<KeyMatch> matches = bench_matches(random, shape, kind.masks, kind.entries_max);
  if (arrival == Arrival::LongestFirst) {
    std::ranges::sort(matches, std::ranges::greater{}, &KeyMatch::bound);
  }
  const uint32_t stride = key_stride(shape.key_bytes());
  const auto keys = bench_keys(random, stride, matches, shape.has(MatchKind::Range), bursts * burst_packets_max);
  std::atomic<bool> is_reading = false;
  std::atomic<bool> is_over = false;
  Changes changes;
  std::thread control([&] {
    run_on_core(1);
    while (!is_reading.load()) {
    }
    changes = change(*table, matches);
    is_over.store(true);
  });
  const uint32_t thread = quiescence.join().value();
  std::vector<const Entry*> found(burst_packets_max);
  std::optional<Pauses> pauses;
  uint64_t burst = 0;
  for (; !is_over.load(std::memory_order_relaxed); ++burst) {
    table->abi().lookup(&table->abi(), keys.data() + burst % bursts * burst_packets_max * stride, stride,
                        burst_packets_max, found.data());
    quiescence.announce(thread);
    if (burst == warm_up_bursts) {
      is_reading.store(true);
      pauses.emplace();
    } else if (burst > warm_up_bursts) {
      pauses->end_of_burst();
    }
  }
  quiescence.leave(thread);
  control.join();
  const double rate = static_cast<double>(changes.inserted) / changes.insert_seconds;
  const double change_rate = static_cast<double>(changes.inserted) / 10 / changes.change_seconds;
  // The same time again, and nothing but the clock.
  Pauses bare;
  const uint64_t end =
      now_ns(CLOCK_MONOTONIC) + static_cast<uint64_t>((changes.insert_seconds + changes.change_seconds) * 1e9);
  while (now_ns(CLOCK_MONOTONIC) < end) {
    bare.end_of_burst();
  }
  if (is_json) {
    fmt::print(
        "{{\"name\": \"{}\", \"entries\": {}, \"inserts\": {:.0f}, \"changes\": {:.0f}, \"slowest_64_inserts_ns\": {}, "
        "\"longest_ns\": {}, \"own_ns\": {}, \"bare_longest_ns\": {}, \"bare_own_ns\": {}}}\n",
        kind.name, changes.inserted, rate, change_rate, changes.slowest_ns, pauses->longest_ns, pauses->own_ns,
        bare.longest_ns, bare.own_ns);
    return;
  }
  fmt::print(
      "{}: {} entries, {:.0f} k inserts/s, {:.0f} k changes/s, slowest 64 insertions {:.2f} ms\n  forwarding: {}\n  "
      "bare "
      "spin:  {}\n",
      kind.name, changes.inserted, rate / 1e3, change_rate / 1e3, static_cast<double>(changes.slowest_ns) / 1e6,
      line_of(*pauses), line_of(bare));
}

}  // namespace

int main(int count, char** arguments) {
  bool is_json = false;
  std::string_view wanted;
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    is_json = is_json || argument == "--json";
    wanted = argument == "--json" ? wanted : argument;
  }
  using M = MatchKind;
  using S = StructureKind;
  const std::vector<KeyField> acl = bench_acl_key();
  const std::vector<KeyField> acl_ranges = bench_acl_key_with_ranges();
  const std::pair<BenchTable, Arrival> kinds[] = {
      {{"exact, 48 bits", {{"k", M::Exact, 48}}, S::Automatic, 1'000'000}, Arrival::Random},
      {{"exact, 104 bits", {{"a", M::Exact, 64}, {"b", M::Exact, 40}}, S::Automatic, 1'000'000}, Arrival::Random},
      {{"IPv4 routes", {{"k", M::Lpm, 32}}, S::Automatic, 1'000'000}, Arrival::Random},
      {{"IPv4 routes, the longest first", {{"k", M::Lpm, 32}}, S::Automatic, 1'000'000}, Arrival::LongestFirst},
      {{"IPv6 routes", {{"k", M::Lpm, 128}}, S::Automatic, 1'000'000}, Arrival::Random},
      {{"ternary, 8 masks", acl, S::Automatic, 10'000, 8}, Arrival::Random},
      {{"ternary, any masks", acl, S::Automatic, 10'000, 100'000}, Arrival::Random},
      {{"ternary with ranges", acl_ranges, S::Automatic, 10'000, 100'000}, Arrival::Random},
  };
  run_on_core(0);
  for (const auto& [kind, arrival] : kinds) {
    if (kind.name.find(wanted) != std::string_view::npos) {
      measure(kind, arrival, is_json);
    }
  }
  return 0;
}
