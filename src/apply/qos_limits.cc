#include "apply/qos_limits.h"

namespace outrigger::apply {
namespace {

constexpr uint64_t operations_per_kiops = 1000;
constexpr uint64_t bytes_per_mb = 1'000'000;

uint64_t positive(int64_t value) noexcept { return value > 0 ? static_cast<uint64_t>(value) : 0; }

}  // namespace

volume::QosLimits qos_limits(const opi_api::storage::v1::QosLimit& limit) {
  volume::QosLimits limits;
  limits.read_iops = positive(limit.rd_iops_kiops()) * operations_per_kiops;
  limits.write_iops = positive(limit.wr_iops_kiops()) * operations_per_kiops;
  limits.total_iops = positive(limit.rw_iops_kiops()) * operations_per_kiops;
  limits.read_bytes_per_s = positive(limit.rd_bandwidth_mbs()) * bytes_per_mb;
  limits.write_bytes_per_s = positive(limit.wr_bandwidth_mbs()) * bytes_per_mb;
  limits.total_bytes_per_s = positive(limit.rw_bandwidth_mbs()) * bytes_per_mb;
  return limits;
}

volume::QosLimits qos_limits(const opi_api::storage::v1::QosLimit& limit, const outrigger::v1::QosBurst& burst) {
  volume::QosLimits limits = qos_limits(limit);
  limits.read_iops_burst = positive(burst.rd_ops());
  limits.write_iops_burst = positive(burst.wr_ops());
  limits.total_iops_burst = positive(burst.rw_ops());
  limits.read_bytes_burst = positive(burst.rd_bytes());
  limits.write_bytes_burst = positive(burst.wr_bytes());
  limits.total_bytes_burst = positive(burst.rw_bytes());
  return limits;
}

}  // namespace outrigger::apply
