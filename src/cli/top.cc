// Differences of counters, once an interval.
#include "cli/top.h"

#include "cli/units.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <thread>

namespace outrigger::cli {

using outrigger::v1::CoreUse;
using outrigger::v1::OperationCounters;
using outrigger::v1::Subject;
using outrigger::v1::Telemetry;

namespace {

constexpr std::string_view home_and_clear = "\x1b[H\x1b[J";

// A counter that went back belongs to an object that was made anew: all it has is since then.
uint64_t since(uint64_t before, uint64_t after) { return after >= before ? after - before : after; }

double rate(uint64_t before, uint64_t after, double seconds) {
  return static_cast<double>(since(before, after)) / seconds;
}

std::string average(const OperationCounters& before, const OperationCounters& after) {
  const uint64_t operations = since(before.operations(), after.operations());
  return operations == 0 ? "-"
                         : format_duration_ns(static_cast<double>(since(before.latency_ns(), after.latency_ns())) /
                                              static_cast<double>(operations));
}

std::string quantile(const Telemetry& telemetry, const OperationCounters& before, const OperationCounters& after) {
  const double ns = latency_quantile(telemetry, before, after, 0.99);
  return ns == 0 ? "-" : format_duration_ns(ns);
}

bool was_active(const Subject& before, const Subject& after) {
  return before.reads().operations() != after.reads().operations() ||
         before.writes().operations() != after.writes().operations() ||
         before.unmaps().operations() != after.unmaps().operations() ||
         before.flushes().operations() != after.flushes().operations();
}

uint64_t errors(const Subject& subject) {
  return subject.reads().errors() + subject.writes().errors() + subject.unmaps().errors() + subject.flushes().errors();
}

std::vector<std::string> subject_row(const Telemetry& telemetry, const Subject& before, const Subject& after,
                                     double seconds) {
  return {short_name(after.name()),
          after.kind(),
          format_quantity(rate(before.reads().operations(), after.reads().operations(), seconds)),
          format_quantity(rate(before.writes().operations(), after.writes().operations(), seconds)),
          format_quantity(rate(before.reads().bytes(), after.reads().bytes(), seconds)) + "B",
          format_quantity(rate(before.writes().bytes(), after.writes().bytes(), seconds)) + "B",
          average(before.reads(), after.reads()),
          quantile(telemetry, before.reads(), after.reads()),
          average(before.writes(), after.writes()),
          quantile(telemetry, before.writes(), after.writes()),
          std::to_string(since(errors(before), errors(after)))};
}

std::string core_table(const Telemetry& before, const Telemetry& after) {
  std::map<std::string, const CoreUse*> earlier;
  for (const CoreUse& core : before.cores()) {
    earlier.emplace(core.name(), &core);
  }
  static const CoreUse none;
  Table table{{{"CORE"}, {"CPU", true}, {"BUSY", true}, {"POLL", true}, {"SLEEP", true}}, {}};
  for (const CoreUse& core : after.cores()) {
    const auto found = earlier.find(core.name());
    const CoreUse& was = found == earlier.end() ? none : *found->second;
    const auto busy = static_cast<double>(since(was.busy_ns(), core.busy_ns()));
    const auto poll = static_cast<double>(since(was.poll_ns(), core.poll_ns()));
    const auto sleep = static_cast<double>(since(was.sleep_ns(), core.sleep_ns()));
    const double all = std::max(busy + poll + sleep, 1.0);
    table.rows.push_back({core.name(), core.cpu() < 0 ? "-" : std::to_string(core.cpu()),
                          fmt::format("{:.1f} %", busy / all * 100), fmt::format("{:.1f} %", poll / all * 100),
                          fmt::format("{:.1f} %", sleep / all * 100)});
  }
  return table.text();
}

Result<Telemetry> read_counters(Client& client) {
  return client.call_for<Telemetry>(method_of(*Telemetry::descriptor()->file(), "GetTelemetry"),
                                    outrigger::v1::GetTelemetryRequest());
}

}  // namespace

double latency_quantile(const Telemetry& after, const OperationCounters& before, const OperationCounters& now,
                        double share) {
  const auto count_at = [&](int bucket) {
    const uint64_t was = bucket < before.latency_counts_size() ? before.latency_counts(bucket) : 0;
    return since(was, now.latency_counts(bucket));
  };
  uint64_t all = 0;
  for (int i = 0; i < now.latency_counts_size(); ++i) {
    all += count_at(i);
  }
  if (all == 0 || after.latency_bounds_ns().empty()) {
    return 0;
  }
  const double wanted = share * static_cast<double>(all);
  uint64_t reached = 0;
  for (int i = 0; i < now.latency_counts_size(); ++i) {
    reached += count_at(i);
    if (static_cast<double>(reached) >= wanted) {
      return static_cast<double>(after.latency_bounds_ns(std::min(i, after.latency_bounds_ns_size() - 1)));
    }
  }
  return static_cast<double>(after.latency_bounds_ns(after.latency_bounds_ns_size() - 1));
}

std::string render_top(const Telemetry& before, const Telemetry& after, bool shows_idle) {
  std::map<std::pair<std::string, std::string>, const Subject*> earlier;
  for (const Subject& subject : before.subjects()) {
    earlier.emplace(std::pair(subject.kind(), subject.name()), &subject);
  }
  static const Subject none;
  const double seconds = std::max(static_cast<double>(since(before.time_ns(), after.time_ns())) / 1e9, 1e-6);
  Table table{{{"NAME"},
               {"KIND"},
               {"READ/s", true},
               {"WRITE/s", true},
               {"READ B/s", true},
               {"WRITE B/s", true},
               {"READ AVG", true},
               {"READ P99", true},
               {"WRITE AVG", true},
               {"WRITE P99", true},
               {"ERRORS", true}},
              {}};
  int idle = 0;
  for (const Subject& subject : after.subjects()) {
    const auto found = earlier.find({subject.kind(), subject.name()});
    const Subject& was = found == earlier.end() ? none : *found->second;
    if (!shows_idle && !was_active(was, subject)) {
      ++idle;
      continue;
    }
    table.rows.push_back(subject_row(after, was, subject, seconds));
  }
  std::string text = core_table(before, after) + "\n" + table.text();
  if (idle > 0) {
    text += fmt::format("\n{} idle; --all shows them\n", idle);
  }
  return text;
}

Result<> run_top(Client& client, const TopOptions& options) {
  OR_ASSIGN(Telemetry before, read_counters(client));
  for (uint64_t shown = 0; options.count == 0 || shown < options.count; ++shown) {
    const auto pause = options.interval;
    std::this_thread::sleep_for(pause);
    OR_ASSIGN(Telemetry after, read_counters(client));
    std::string text;
    if (options.is_terminal) {
      text = home_and_clear;
    } else if (shown > 0) {
      text = "\n";
    }
    text += render_top(before, after, options.shows_idle);
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
      return {};  // nobody reads any more
    }
    before = std::move(after);
  }
  return {};
}

}  // namespace outrigger::cli
