#include "model/kind_checks.h"

#include "model/limits.h"
#include "model/names.h"

#include <algorithm>
#include <bit>

namespace outrigger::model {

namespace opi = opi_api::storage::v1;

namespace {

// 10^12 operations or 10^15 bytes a second: far beyond any device, far below 2^63.
constexpr int64_t rate_max = 1'000'000'000;

}  // namespace

Result<void> check_block_size(int64_t block_size, std::string_view prefix) {
  if (block_size < block_size_min || block_size > block_size_max ||
      !std::has_single_bit(static_cast<uint64_t>(block_size))) {
    return fail(Code::InvalidArgument, "{}.block_size: {} is not a power of two from {} to {}", prefix, block_size,
                block_size_min, block_size_max);
  }
  return {};
}

Result<void> check_volume_size(int64_t block_size, int64_t blocks_count, std::string_view prefix) {
  if (blocks_count <= 0) {
    return fail(Code::InvalidArgument, "{}.blocks_count: {} is not a size: give 1 or more", prefix, blocks_count);
  }
  const uint64_t most = volume_bytes_max / static_cast<uint64_t>(block_size);
  if (static_cast<uint64_t>(blocks_count) > most) {
    return fail(Code::InvalidArgument,
                "{}.blocks_count: {} blocks of {} bytes are more than the largest volume: give at most {}", prefix,
                blocks_count, block_size, most);
  }
  return {};
}

Result<void> check_absolute_path(std::string_view path, size_t length_max, std::string_view field) {
  if (!path.starts_with('/')) {
    return fail(Code::InvalidArgument, "{}: not an absolute path: begin it with a slash", field);
  }
  if (path.size() > length_max) {
    return fail(Code::InvalidArgument, "{}: {} characters; a path has at most {}", field, path.size(), length_max);
  }
  if (std::ranges::any_of(path, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; })) {
    return fail(Code::InvalidArgument, "{}: a path has no control characters", field);
  }
  return {};
}

Result<void> check_rates(const opi::QosLimit& limit, std::string_view field) {
  const std::pair<std::string_view, int64_t> rates[] = {
      {"rd_iops_kiops", limit.rd_iops_kiops()},       {"wr_iops_kiops", limit.wr_iops_kiops()},
      {"rw_iops_kiops", limit.rw_iops_kiops()},       {"rd_bandwidth_mbs", limit.rd_bandwidth_mbs()},
      {"wr_bandwidth_mbs", limit.wr_bandwidth_mbs()}, {"rw_bandwidth_mbs", limit.rw_bandwidth_mbs()}};
  for (const auto& [name, rate] : rates) {
    if (rate < 0) {
      return fail(Code::InvalidArgument, "{}.{} cannot be negative: 0 means no limit", field, name);
    }
    if (rate > rate_max) {
      return fail(Code::InvalidArgument, "{}.{}: {} is more than {}: 0 means no limit", field, name, rate, rate_max);
    }
  }
  return {};
}

bool has_rates(const opi::QosLimit& limit) noexcept {
  return limit.rd_iops_kiops() != 0 || limit.wr_iops_kiops() != 0 || limit.rw_iops_kiops() != 0 ||
         limit.rd_bandwidth_mbs() != 0 || limit.wr_bandwidth_mbs() != 0 || limit.rw_bandwidth_mbs() != 0;
}

void choose_uuid(Message& volume, core::Random& random) {
  if (string_field(volume, "uuid").empty()) {
    set_string_field(volume, "uuid", make_uuid(random));
  }
}

}  // namespace outrigger::model
