#include "apply/telemetry.h"

#include <algorithm>
#include <string_view>
#include <tuple>

namespace outrigger::apply {
namespace {

constexpr std::string_view disk_kind = "virtio-blk";
constexpr std::string_view namespace_kind = "nvme-namespace";
constexpr std::string_view subsystem_kind = "nvme-subsystem";
constexpr std::string_view controller_kind = "nvme-controller";
constexpr std::string_view path_kind = "nvme-path";

void fill_operations(const block::OpSums& sums, bool has_histogram, outrigger::v1::OperationCounters& out) {
  out.set_operations(sums.operations);
  out.set_bytes(sums.bytes);
  out.set_errors(sums.errors);
  out.set_latency_ns(sums.latency_ns);
  if (has_histogram && sums.operations > 0) {
    out.mutable_latency_counts()->Add(sums.latency.begin(), sums.latency.end());
  }
}

void fill_subject(const block::CounterSums& sums, bool has_histogram, outrigger::v1::Subject& out) {
  fill_operations(sums.of(block::OpClass::Read), has_histogram, *out.mutable_reads());
  fill_operations(sums.of(block::OpClass::Write), has_histogram, *out.mutable_writes());
  fill_operations(sums.of(block::OpClass::Unmap), has_histogram, *out.mutable_unmaps());
  fill_operations(sums.of(block::OpClass::Flush), has_histogram, *out.mutable_flushes());
}

// A path counts errors of all commands together: they stand with the reads.
void fill_path(const nvme_host::PathStatistics& path, outrigger::v1::Subject& out) {
  out.mutable_reads()->set_operations(path.reads);
  out.mutable_reads()->set_bytes(path.read_bytes);
  out.mutable_reads()->set_errors(path.errors);
  out.mutable_reads()->set_latency_ns(path.read_latency_ns);
  out.mutable_writes()->set_operations(path.writes);
  out.mutable_writes()->set_bytes(path.written_bytes);
  out.mutable_writes()->set_latency_ns(path.write_latency_ns);
  out.set_connections(path.status.state == nvme_host::PathState::Live ? 1 : 0);
}

// What hosts did at all of a subsystem's ports, and at each.
template <typename Add>
void add_subsystem(const std::string& id, const NvmeSubsystem& subsystem, const NvmeTable& table, const Add& add) {
  const auto hosts = subsystem.plane->controllers();
  add("nvmeSubsystems/" + id, subsystem_kind, subsystem.plane->io_totals().commands, std::ssize(hosts));
  for (const auto& [name, address] : subsystem.controllers) {
    const nvme::Port* const port = table.port_at(address);
    add(name, controller_kind, subsystem.plane->io_totals_at(*port).commands,
        std::ranges::count(hosts, port->id, &nvme::ControllerFacts::port_id));
  }
}

// Does `wanted`, in any form in which clients write names, mean the subject? The collections are those of the kind's
// names, of its REST paths and of its view.
bool names(std::string_view wanted, std::string_view name, std::string_view kind) {
  if (id_of(wanted) != id_of(name)) {
    return false;
  }
  if (kind.starts_with("nvme-")) {
    return wanted == id_of(name) || wanted == name;
  }
  wanted.remove_suffix(std::min(wanted.size(), id_of(wanted).size() + 1));
  const std::string_view collection = id_of(wanted);  // what stands before the id; a "//host/" before it is let go
  const bool is_disk = kind == disk_kind;
  const std::string of_kind = is_disk ? "virtioBlks" : std::string(kind) + "Volumes";
  return collection.empty() || collection == "volumes" || collection == of_kind ||
         collection == (is_disk ? "devices" : "allVolumes");
}

void fill_core(const core::Reactor& reactor, uint64_t uptime_ns, outrigger::v1::CoreUse& out) {
  const core::CoreCounters& counters = reactor.counters();
  out.set_name(reactor.name());
  out.set_cpu(reactor.cpu());
  out.set_busy_ns(counters.busy_ns.load(std::memory_order_relaxed));
  out.set_poll_ns(counters.poll_ns.load(std::memory_order_relaxed));
  // A core counts its sleep when it wakes up; one that sleeps now has slept all the time that it did nothing else.
  const uint64_t awake_ns = out.busy_ns() + out.poll_ns();
  out.set_sleep_ns(
      std::max(counters.sleep_ns.load(std::memory_order_relaxed), uptime_ns - std::min(uptime_ns, awake_ns)));
  out.set_turns(counters.turns.load(std::memory_order_relaxed));
  out.set_sleeps(counters.sleeps.load(std::memory_order_relaxed));
}

}  // namespace

TelemetrySource::TelemetrySource(Cores cores, const VolumeTable& volumes, const DiskHooks& disks, const NvmeTable& nvme,
                                 const RemoteTable& remotes)
    : cores_(std::move(cores)),
      volumes_(volumes),
      disks_(disks),
      nvme_(nvme),
      remotes_(remotes),
      start_time_ns_(cores_.control.clock().now_ns()) {}

void TelemetrySource::fill(const outrigger::v1::GetTelemetryRequest& request, outrigger::v1::Telemetry& out) const {
  const bool has_histograms = !request.without_histograms();
  const auto is_wanted = [&](std::string_view name, std::string_view kind) {
    return request.names().empty() ||
           std::ranges::any_of(request.names(), [&](const std::string& wanted) { return names(wanted, name, kind); });
  };
  out.set_time_ns(cores_.control.clock().now_ns());
  out.set_start_time_ns(start_time_ns_);
  if (has_histograms) {
    for (size_t bucket = 0; bucket + 1 < Histogram::bucket_count; ++bucket) {
      out.add_latency_bounds_ns(Histogram::upper_bound(bucket));
    }
  }
  const auto add_sums = [&](std::string_view name, std::string_view kind, const block::CounterSums& sums,
                            int64_t connections) {
    if (is_wanted(name, kind)) {
      outrigger::v1::Subject& subject = *out.add_subjects();
      subject.set_name(std::string(name));
      subject.set_kind(std::string(kind));
      subject.set_connections(connections);
      fill_subject(sums, has_histograms, subject);
    }
  };
  const auto add = [&add_sums](std::string_view name, std::string_view kind, const auto& counted) {
    add_sums(name, kind, counted.counter_sums(), 0);
  };
  for (const Volume* volume : volumes_.all()) {
    add(volume->name, volume->kind, *volume->device);
  }
  for (const Disk* disk : disks_.all()) {
    add(disk->spec().name, disk_kind, *disk);
  }
  for (const NvmeNamespace* space : nvme_.namespaces()) {
    add(space->name, namespace_kind, *space->limits);
  }
  for (const auto& [id, subsystem] : nvme_.subsystems()) {
    add_subsystem(id, subsystem, nvme_, add_sums);
  }
  for (const auto& [name, statistics] : remotes_.paths()) {
    if (is_wanted(name, path_kind)) {
      outrigger::v1::Subject& subject = *out.add_subjects();
      subject.set_name(name);
      subject.set_kind(std::string(path_kind));
      fill_path(statistics, subject);
    }
  }
  std::sort(
      out.mutable_subjects()->pointer_begin(), out.mutable_subjects()->pointer_end(),
      [](const auto* a, const auto* b) { return std::tie(a->kind(), a->name()) < std::tie(b->kind(), b->name()); });
  const uint64_t uptime_ns = cores_.control.clock().now_ns() - start_time_ns_;
  fill_core(cores_.control, uptime_ns, *out.add_cores());
  for (const core::Reactor* reactor : cores_.data) {
    fill_core(*reactor, uptime_ns, *out.add_cores());
  }
}

}  // namespace outrigger::apply
