// Telemetry → Prometheus, written out by prometheus-cpp's serializer.
#include "api/metrics/metrics.h"

#include <outrigger/v1/telemetry.pb.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

namespace outrigger::api::metrics {

using outrigger::v1::OperationCounters;
using outrigger::v1::Subject;
using outrigger::v1::Telemetry;
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

namespace {

constexpr double ns_per_s = 1e9;

double seconds(uint64_t ns) { return static_cast<double>(ns) / ns_per_s; }

// A subject is a device when hosts see it, a volume otherwise.
bool is_device(const Subject& subject) {
  return subject.kind().starts_with("virtio") || subject.kind().starts_with("nvme-");
}

struct Operation {
  std::string_view label;
  const OperationCounters& (Subject::*counters)() const;
};
constexpr std::array<Operation, 4> operations = {{{"read", &Subject::reads},
                                                  {"write", &Subject::writes},
                                                  {"unmap", &Subject::unmaps},
                                                  {"flush", &Subject::flushes}}};

// Which of the fine buckets are shown: each bound at least twice the one before, and the last. A monitoring
// system keeps a series per bucket; below a microsecond nothing is worth one, and a factor of two is what a
// latency is read to.
std::vector<int> shown_bounds(const Telemetry& telemetry) {
  std::vector<int> shown;
  uint64_t least = 1000;
  for (int i = 0; i < telemetry.latency_bounds_ns_size(); ++i) {
    const uint64_t bound = telemetry.latency_bounds_ns(i);
    if (bound >= least || i + 1 == telemetry.latency_bounds_ns_size()) {
      shown.push_back(i);
      least = bound * 2;
    }
  }
  return shown;
}

ClientMetric::Histogram histogram(const Telemetry& telemetry, const std::vector<int>& shown,
                                  const OperationCounters& counters) {
  ClientMetric::Histogram made;
  made.sample_sum = seconds(counters.latency_ns());
  uint64_t cumulative = 0;
  int next = 0;
  for (const int bound : shown) {
    for (; next <= bound && next < counters.latency_counts_size(); ++next) {
      cumulative += counters.latency_counts(next);
    }
    made.bucket.push_back({cumulative, seconds(telemetry.latency_bounds_ns(bound))});
  }
  for (; next < counters.latency_counts_size(); ++next) {
    cumulative += counters.latency_counts(next);
  }
  made.sample_count = cumulative;  // the serializer adds le="+Inf"
  return made;
}

std::vector<ClientMetric::Label> labels(const Subject& subject, const Operation& operation) {
  return {{is_device(subject) ? "device" : "volume", subject.name()},
          {"kind", subject.kind()},
          {"op", std::string(operation.label)}};
}

template <typename Fill>
MetricFamily per_operation(const Telemetry& telemetry, bool devices, std::string_view what, std::string help,
                           MetricType type, Fill&& fill) {
  MetricFamily family;
  family.name = std::string("outrigger_") + (devices ? "device_" : "volume_") + std::string(what);
  family.help = std::move(help);
  family.type = type;
  for (const Subject& subject : telemetry.subjects()) {
    if (is_device(subject) != devices) {
      continue;
    }
    for (const Operation& operation : operations) {
      ClientMetric metric;
      metric.label = labels(subject, operation);
      fill(metric, (subject.*operation.counters)());
      family.metric.push_back(std::move(metric));
    }
  }
  return family;
}

void add_subjects(const Telemetry& telemetry, bool devices, std::vector<MetricFamily>& families) {
  families.push_back(per_operation(telemetry, devices, "operations_total",
                                   "Operations finished, well or badly", MetricType::Counter,
                                   [](ClientMetric& metric, const OperationCounters& counters) {
                                     metric.counter.value = static_cast<double>(counters.operations());
                                   }));
  families.push_back(per_operation(telemetry, devices, "bytes_total", "Bytes moved", MetricType::Counter,
                                   [](ClientMetric& metric, const OperationCounters& counters) {
                                     metric.counter.value = static_cast<double>(counters.bytes());
                                   }));
  families.push_back(per_operation(telemetry, devices, "errors_total", "Operations that failed",
                                   MetricType::Counter,
                                   [](ClientMetric& metric, const OperationCounters& counters) {
                                     metric.counter.value = static_cast<double>(counters.errors());
                                   }));
  const std::vector<int> shown = shown_bounds(telemetry);
  families.push_back(per_operation(telemetry, devices, "latency_seconds", "Time from request to completion",
                                   MetricType::Histogram,
                                   [&](ClientMetric& metric, const OperationCounters& counters) {
                                     metric.histogram = histogram(telemetry, shown, counters);
                                   }));
}

MetricFamily per_core(const Telemetry& telemetry, std::string_view what, std::string help,
                      uint64_t (outrigger::v1::CoreUse::*read)() const, double unit) {
  MetricFamily family;
  family.name = "outrigger_core_" + std::string(what);
  family.help = std::move(help);
  family.type = MetricType::Counter;
  for (const outrigger::v1::CoreUse& core : telemetry.cores()) {
    ClientMetric metric;
    metric.label = {{"core", core.name()}, {"cpu", core.cpu() < 0 ? "" : std::to_string(core.cpu())}};
    metric.counter.value = static_cast<double>((core.*read)()) / unit;
    family.metric.push_back(std::move(metric));
  }
  return family;
}

}  // namespace

namespace {

// A series for each resource and none for each host: hosts come and go, and nobody bounds their names.
MetricFamily nvme_connections(const Telemetry& telemetry) {
  MetricFamily family{"outrigger_nvme_connections",
                      "Hosts connected to an NVMe subsystem or controller; 1 while an NVMe path is live",
                      MetricType::Gauge,
                      {}};
  for (const Subject& subject : telemetry.subjects()) {
    if (subject.kind() == "nvme-subsystem" || subject.kind() == "nvme-controller" || subject.kind() == "nvme-path") {
      ClientMetric metric;
      metric.label = {{"device", subject.name()}, {"kind", subject.kind()}};
      metric.gauge.value = static_cast<double>(subject.connections());
      family.metric.push_back(std::move(metric));
    }
  }
  return family;
}

}  // namespace

std::string to_text(const Telemetry& telemetry) {
  using outrigger::v1::CoreUse;
  std::vector<MetricFamily> families;
  add_subjects(telemetry, false, families);
  add_subjects(telemetry, true, families);
  families.push_back(nvme_connections(telemetry));
  families.push_back(per_core(telemetry, "busy_seconds_total", "Time in turns of the loop that found work",
                              &CoreUse::busy_ns, ns_per_s));
  families.push_back(per_core(telemetry, "poll_seconds_total", "Time in turns of the loop that found none",
                              &CoreUse::poll_ns, ns_per_s));
  families.push_back(per_core(telemetry, "sleep_seconds_total", "Time asleep", &CoreUse::sleep_ns, ns_per_s));
  families.push_back(per_core(telemetry, "turns_total", "Turns of the loop", &CoreUse::turns, 1));
  families.push_back(
      per_core(telemetry, "sleeps_total", "Times the core went to sleep", &CoreUse::sleeps, 1));
  MetricFamily uptime{"outrigger_uptime_seconds", "Time since the daemon started", MetricType::Gauge, {}};
  uptime.metric.emplace_back().gauge.value = seconds(telemetry.time_ns() - telemetry.start_time_ns());
  families.push_back(std::move(uptime));

  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return std::move(out).str();
}

}  // namespace outrigger::api::metrics
