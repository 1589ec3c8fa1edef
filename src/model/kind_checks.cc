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

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_letter_or_digit(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// "org.example.part": labels of letters, digits and hyphens.
bool is_domain(std::string_view text) noexcept {
  while (true) {
    const size_t dot = text.find('.');
    const std::string_view label = text.substr(0, dot);
    if (label.empty() || label.front() == '-' || label.back() == '-' ||
        !std::ranges::all_of(label, [](char c) { return is_letter_or_digit(c) || c == '-'; })) {
      return false;
    }
    if (dot == std::string_view::npos) {
      return true;
    }
    text.remove_prefix(dot + 1);
  }
}

// nqn.YYYY-MM.DOMAIN:SUFFIX (NVM Express Base Specification 4.5), in characters that can be printed.
bool is_nqn(std::string_view text) noexcept {
  constexpr std::string_view begin = "nqn.";
  constexpr std::string_view date = "YYYY-MM.";
  if (!text.starts_with(begin) || text.size() < begin.size() + date.size()) {
    return false;
  }
  text.remove_prefix(begin.size());
  for (size_t i = 0; i < date.size(); ++i) {
    const bool fits = date[i] == 'Y' || date[i] == 'M' ? is_digit(text[i]) : text[i] == date[i];
    if (!fits) {
      return false;
    }
  }
  const int month = (text[5] - '0') * 10 + (text[6] - '0');
  text.remove_prefix(date.size());
  const size_t colon = text.find(':');
  return month >= 1 && month <= 12 && colon != std::string_view::npos && colon + 1 < text.size() &&
         is_domain(text.substr(0, colon)) && std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

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

Result<void> check_nqn(std::string_view nqn, std::string_view field) {
  if (nqn.size() > nqn_length_max) {
    return fail(Code::InvalidArgument, "{}: Nqn value ({}) is too long, have to be between 1 and {}", field,
                quotable(nqn), nqn_length_max);
  }
  if (!is_nqn(nqn)) {
    return fail(Code::InvalidArgument,
                "{}: NQN value ({}) does not match pattern nqn.YYYY-MM.DOMAIN:NAME, such as "
                "nqn.2014-08.org.nvmexpress:uuid:…",
                field, quotable(nqn));
  }
  return {};
}

void choose_uuid(Message& volume, core::Random& random) {
  if (string_field(volume, "uuid").empty()) {
    set_string_field(volume, "uuid", make_uuid(random));
  }
}

}  // namespace outrigger::model
