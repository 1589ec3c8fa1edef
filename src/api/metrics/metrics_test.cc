// /metrics: names, labels and histograms as Prometheus reads them.
#include "api/metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <outrigger/v1/telemetry.pb.h>

namespace outrigger::api::metrics {
namespace {

using testing::HasSubstr;
using testing::Not;

outrigger::v1::Telemetry sample() {
  outrigger::v1::Telemetry telemetry;
  telemetry.set_start_time_ns(1'000'000'000);
  telemetry.set_time_ns(3'500'000'000);
  for (const uint64_t bound : {500ULL, 1000ULL, 1250ULL, 1500ULL, 2000ULL, 4000ULL}) {
    telemetry.add_latency_bounds_ns(bound);
  }
  auto* volume = telemetry.add_subjects();
  volume->set_name("volumes/bdev1");
  volume->set_kind("malloc");
  volume->mutable_reads()->set_operations(10);
  volume->mutable_reads()->set_bytes(40960);
  volume->mutable_reads()->set_errors(1);
  volume->mutable_reads()->set_latency_ns(2'000'000'000);
  for (const uint64_t count : {1U, 1U, 1U, 1U, 1U, 1U, 4U}) {
    volume->mutable_reads()->add_latency_counts(count);
  }
  auto* device = telemetry.add_subjects();
  device->set_name("volumes/di\"sk");
  device->set_kind("virtio-blk");
  auto* space = telemetry.add_subjects();
  space->set_name("nvmeSubsystems/sub1/nvmeNamespaces/ns1");
  space->set_kind("nvme-namespace");
  auto* core = telemetry.add_cores();
  core->set_name("data0");
  core->set_cpu(2);
  core->set_busy_ns(1'500'000'000);
  return telemetry;
}

TEST(Metrics, counters_carry_volume_kind_and_operation) {
  const std::string text = to_text(sample());
  EXPECT_THAT(text, HasSubstr("# TYPE outrigger_volume_operations_total counter"));
  EXPECT_THAT(
      text,
      HasSubstr(R"(outrigger_volume_operations_total{volume="volumes/bdev1",kind="malloc",op="read"} 10)"));
  EXPECT_THAT(
      text,
      HasSubstr(R"(outrigger_volume_bytes_total{volume="volumes/bdev1",kind="malloc",op="read"} 40960)"));
  EXPECT_THAT(
      text, HasSubstr(R"(outrigger_volume_errors_total{volume="volumes/bdev1",kind="malloc",op="read"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(outrigger_core_busy_seconds_total{core="data0",cpu="2"} 1.5)"));
  EXPECT_THAT(text, HasSubstr("outrigger_uptime_seconds 2.5"));
}

TEST(Metrics, devices_are_apart_and_labels_escaped) {
  const std::string text = to_text(sample());
  EXPECT_THAT(
      text,
      HasSubstr(
          R"(outrigger_device_operations_total{device="volumes/di\"sk",kind="virtio-blk",op="write"} 0)"));
  EXPECT_THAT(text, Not(HasSubstr(R"(volume="volumes/di)")));
  EXPECT_THAT(
      text, HasSubstr(R"({device="nvmeSubsystems/sub1/nvmeNamespaces/ns1",kind="nvme-namespace",op="read"} 0)"));
}

TEST(Metrics, histograms_are_coarse_cumulative_and_in_seconds) {
  const std::string text = to_text(sample());
  const std::string head =
      R"(outrigger_volume_latency_seconds_bucket{volume="volumes/bdev1",kind="malloc",op="read",)";
  // One microsecond, as the library of the day spells it.
  EXPECT_THAT(text, AnyOf(HasSubstr(head + "le=\"9.9999999999999995e-07\"} 2"), HasSubstr(head + "le=\"1e-06\"} 2")));
  EXPECT_THAT(text, HasSubstr(head + "le=\"+Inf\"} 10"));
  EXPECT_THAT(text, Not(HasSubstr("1.25")));
  EXPECT_THAT(
      text,
      HasSubstr(R"(outrigger_volume_latency_seconds_sum{volume="volumes/bdev1",kind="malloc",op="read"} 2)"));
  EXPECT_THAT(
      text,
      HasSubstr(
          R"(outrigger_volume_latency_seconds_count{volume="volumes/bdev1",kind="malloc",op="read"} 10)"));
}

TEST(Metrics, connections_are_of_nvme_resources_alone) {
  outrigger::v1::Telemetry telemetry = sample();
  auto* subsystem = telemetry.add_subjects();
  subsystem->set_name("nvmeSubsystems/sub1");
  subsystem->set_kind("nvme-subsystem");
  subsystem->set_connections(3);
  auto* path = telemetry.add_subjects();
  path->set_name("nvmeRemoteControllers/nvme0/nvmePaths/path1");
  path->set_kind("nvme-path");
  const std::string text = to_text(telemetry);
  EXPECT_THAT(text, HasSubstr("# TYPE outrigger_nvme_connections gauge"));
  EXPECT_THAT(text,
              HasSubstr(R"(outrigger_nvme_connections{device="nvmeSubsystems/sub1",kind="nvme-subsystem"} 3)"));
  EXPECT_THAT(
      text,
      HasSubstr(
          R"(outrigger_nvme_connections{device="nvmeRemoteControllers/nvme0/nvmePaths/path1",kind="nvme-path"} 0)"));
  EXPECT_THAT(text, Not(HasSubstr(R"(outrigger_nvme_connections{device="nvmeSubsystems/sub1/nvmeNamespaces/ns1")")));
}

TEST(Metrics, nothing_yet_is_well_formed) {
  EXPECT_THAT(to_text({}), HasSubstr("outrigger_uptime_seconds 0"));
}

}  // namespace
}  // namespace outrigger::api::metrics
