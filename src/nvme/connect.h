// ConnectArguments: a Connect command whose form is sound, taken apart.
#pragma once

#include "nvme/directory.h"

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>

namespace outrigger::nvme {

inline constexpr uint16_t cntlid_dynamic = 0xFFFF;
inline constexpr uint16_t cntlid_any_static = 0xFFFE;
inline constexpr uint16_t cntlid_max = 0xFFEF;

struct ConnectArguments {
  const ConnectRequest& request;
  std::string subnqn;
  std::string hostnqn;
  std::array<uint8_t, 16> hostid{};
  uint16_t qid = 0;
  uint16_t cntlid = 0;
  uint16_t entries = 0;  // not 0's based
  uint32_t keep_alive_ms = 0;
};

// Looks at everything that does not depend on what there is (Base 2.0, section 6.3).
[[nodiscard]] std::expected<ConnectArguments, ConnectOutcome> parse_connect(const ConnectRequest& request);

// Entries of the queue that it asks for, not 0's based; nothing: no queue of its kind has so few or so many.
[[nodiscard]] std::optional<uint16_t> queue_entries_of(const ConnectSqe& sqe) noexcept;

// Refusals.
[[nodiscard]] ConnectOutcome refuse(Status status);
// ConnectInvalidParameters, with the place of the parameter.
[[nodiscard]] ConnectOutcome refuse_sqe(size_t offset);
[[nodiscard]] ConnectOutcome refuse_data(size_t offset, bool is_final);

}  // namespace outrigger::nvme
