// Checks of values that several kinds share. Only for the files of the table of kinds.
#pragma once

#include "model/kind.h"
#include "storage/opicommon.pb.h"

#include <cstdint>
#include <string_view>

namespace outrigger::model {

// A power of two from 512 to 65536.
Result<void> check_block_size(int64_t block_size, std::string_view prefix);
// At least one block, and no more than volume_bytes_max in all. `block_size` has passed its check.
Result<void> check_volume_size(int64_t block_size, int64_t blocks_count, std::string_view prefix);
// "/…", not too long, of printable characters.
Result<void> check_absolute_path(std::string_view path, size_t length_max, std::string_view field);
// Every rate is 0 (no limit) or more, and small enough to count in single operations and bytes.
Result<void> check_rates(const opi_api::storage::v1::QosLimit& limit, std::string_view field);
[[nodiscard]] bool has_rates(const opi_api::storage::v1::QosLimit& limit) noexcept;
// nqn.YYYY-MM.DOMAIN:NAME, not too long.
Result<void> check_nqn(std::string_view nqn, std::string_view field);
// The uuid field, when it is empty.
void choose_uuid(Message& volume, core::Random& random);

}  // namespace outrigger::model
