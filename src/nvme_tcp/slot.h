// Slot: one command of a connection, from its capsule to the last byte of its answer. A queue of N entries has N slots;
// a slot's index is the transfer tag of its R2T.
#pragma once

#include "nvme/command.h"
#include "nvme_tcp/data_pool.h"
#include "nvme_tcp/limits.h"

#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <span>

namespace outrigger::nvme_tcp {

class Connection;
struct Segment;

enum class SlotState : uint8_t {
  Free,
  Ready,         // prepared, its data are there; executed before the turn ends
  WaitsForRoom,  // for buffers of the core
  WaitsForData,  // an R2T has gone out
  Executing,
  Sending,  // its data wait in the send queue
};

struct Slot {
  static constexpr uint32_t pieces_max = DataPool::pieces_of(command_bytes_max);

  nvme::Command command;
  Slot* next = nullptr;
  Connection* connection = nullptr;
  uint16_t ttag = 0;
  SlotState state = SlotState::Free;
  bool owns_cid = false;
  bool is_lent = false;     // `pieces` shows the device's own memory
  bool is_corrupt = false;  // a data digest was wrong
  BufferKind buffer_kind = BufferKind::Small;
  Segment* segment = nullptr;   // pinned: it holds the data
  uint64_t deadline_ns = 0;     // of the data that the R2T asked for; of a loan that could not be kept; 0: none
  uint32_t received_bytes = 0;  // of what the R2T asked for
  uint32_t lead_bytes = 0;      // send queue: bytes of headers before this slot's data
  uint32_t sent_bytes = 0;      // send queue: of its data
  uint32_t buffer_count = 0;    // in `pieces`, from the core's pool
  iovec in_capsule{};
  std::array<iovec, pieces_max> pieces{};

  [[nodiscard]] std::span<const iovec> buffers() const noexcept { return {pieces.data(), buffer_count}; }
};

}  // namespace outrigger::nvme_tcp
