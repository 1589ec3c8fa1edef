// The I/O commands, without a queue: is a command what the specification allows, which data does it need, what is asked
// of the block seam for it, and what does the block seam's answer mean (NVM Command Set Specification 1.0, section 3).
#pragma once

#include "block/request.h"
#include "nvme/access.h"
#include "nvme/command.h"
#include "nvme/core_namespaces.h"
#include "nvme/error_log.h"
#include "nvme/limits.h"
#include "nvme/status.h"

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace outrigger::nvme {

// A success, or a refusal and the byte of the command that it is about.
struct Verdict {
  Status status;
  uint16_t location = nowhere;
};

// What commands are judged by.
struct IoRules {
  const AccessTable& access;
  CoreNamespaces& namespaces;
  uint32_t mdts_bytes;
};

// Judges a command that is none of a fused pair, or, `as_fused`, a Compare or Write of one. Fills in its direction,
// data_bytes, work.kind, work.entry and as much of its block request as is known by now.
[[nodiscard]] Verdict judge(Command& command, const IoRules& rules) noexcept;
[[nodiscard]] Verdict judge_fused(Command& command, const IoRules& rules) noexcept;
// Do two that were judged so make a pair?
[[nodiscard]] bool is_pair(const Command& first, const Command& second) noexcept;
// May a command that was judged write any of these blocks? Of fused pairs, which have a lock to settle that: no.
[[nodiscard]] bool may_write(const Command& command, uint64_t lba, uint64_t block_count) noexcept;

// What the data of a Copy or Dataset Management say, once they are there. `bad_range`: the first that is refused.
[[nodiscard]] Verdict judge_ranges(const Command& command, const IoRules& rules, uint32_t& bad_range) noexcept;

// How many blocks a Copy copies; 0: its ranges are refused.
[[nodiscard]] uint64_t copied_blocks(const Command& command, const IoRules& rules) noexcept;

// How a request at the block seam ended, for the host.
[[nodiscard]] Status to_status(block::Status status, block::Op op) noexcept;
// Is it worth a line in the error information log? Conflicts, paths and races between hosts are everyday matters.
[[nodiscard]] bool is_worth_logging(Status status) noexcept;

// Memory of one command at a time that is done step by step.
struct StepMemory {
  std::array<iovec, step_bytes_max / 4096> pieces{};  // what it consists of: `bytes` in all
  uint32_t piece_count = 0;
  uint32_t bytes = 0;
  bool is_in_use = false;
  std::array<iovec, step_pieces_max> window{};  // what the present step hands to the device
};

[[nodiscard]] bool needs_memory(const Command& command) noexcept;
// Makes the command ready for its first step.
void begin_steps(Command& command) noexcept;

// What the next step is. Submit: command.io says what to submit where.
enum class Step : uint8_t { Submit, Done, Impossible };
struct NextStep {
  Step step = Step::Done;
  NamespaceEntry* entry = nullptr;
};
[[nodiscard]] NextStep next_step(Command& command, const IoRules& rules) noexcept;
// After a step that succeeded: looks at what was read.
[[nodiscard]] Status judge_step(const Command& command) noexcept;
// For the completion's result when a step failed: Copy tells which range it was.
[[nodiscard]] uint64_t step_result(const Command& command) noexcept;
// Bytes that a step counts in the turn's share.
[[nodiscard]] uint32_t step_cost(const Command& command) noexcept;

// Fills memory with zeroes.
void clear(const iovec* iov, uint32_t iov_count) noexcept;

}  // namespace outrigger::nvme
