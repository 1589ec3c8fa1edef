// Commands that are done step by step: what the next request at the block seam is.
#include "block/iov_cursor.h"
#include "nvme/io_commands.h"
#include "nvme/nvm_format.h"

#include <algorithm>
#include <cstring>

namespace outrigger::nvme {
namespace {

// What a command keeps in Command::scratch; `position` counts blocks, ranges or namespaces.
enum Scratch : size_t { BlocksDone, DestinationLba, IsWriting, StepStart };

// Written by devices that cannot write zeroes themselves. Nobody writes into it.
alignas(4096) constinit std::byte zero_page[4096]{};

// Points the window at `bytes` of `iov` from `offset` on. Fewer, when the window has no room for more pieces.
uint32_t cut(StepMemory& memory, const iovec* iov, uint64_t offset, uint64_t bytes, uint32_t& piece_count) noexcept {
  block::IovCursor cursor(iov);
  cursor.advance(offset);
  uint64_t covered = 0;
  for (piece_count = 0; covered < bytes && piece_count < step_pieces_max; ++piece_count) {
    const size_t length = cursor.contiguous_bytes(bytes - covered);
    memory.window[piece_count] = {.iov_base = cursor.data(), .iov_len = length};
    covered += length;
    cursor.advance(length);
  }
  return static_cast<uint32_t>(covered);
}

// Hands the window to the device.
void use_window(Command& command, uint32_t piece_count) noexcept {
  command.io.iov = command.work.memory->window.data();
  command.io.iov_count = piece_count;
}

// How many of `left` blocks one transfer of at most `bytes_max` takes.
uint64_t transfer_blocks(const NamespaceEntry& entry, uint64_t left, uint64_t bytes_max) noexcept {
  const uint64_t limit =
      entry.transfer_bytes_max != 0 ? std::min<uint64_t>(bytes_max, entry.transfer_bytes_max) : bytes_max;
  return std::min(left, limit >> entry.block_shift);
}

// Reads `count` blocks from `lba` on into the step's memory.
void read_step(Command& command, uint64_t lba, uint64_t count) noexcept {
  StepMemory& memory = *command.work.memory;
  uint32_t piece_count = 0;
  cut(memory, memory.pieces.data(), 0, count << command.work.entry->block_shift, piece_count);
  command.io.op = block::Op::Read;
  command.io.lba = lba;
  command.io.block_count = count;
  use_window(command, piece_count);
}

NextStep submit(const Command& command) noexcept { return {.step = Step::Submit, .entry = command.work.entry}; }

NextStep next_read(Command& command) noexcept {  // Compare, Verify
  const NamespaceEntry& entry = *command.work.entry;
  const uint64_t count =
      transfer_blocks(entry, command.sqe.block_count() - command.position, command.work.memory->bytes);
  if (count == 0) {
    return {.step = command.position == command.sqe.block_count() ? Step::Done : Step::Impossible};
  }
  command.scratch[StepStart] = command.position;
  read_step(command, command.sqe.slba() + command.position, count);
  command.position += count;
  return submit(command);
}

NextStep next_piece(Command& command) noexcept {
  const NamespaceEntry& entry = *command.work.entry;
  const uint64_t left = command.sqe.block_count() - command.position;
  if (left == 0) {
    return {};
  }
  const uint64_t wanted = transfer_blocks(entry, left, turn_bytes_max) << entry.block_shift;
  uint32_t piece_count = 0;
  StepMemory& memory = *command.work.memory;
  uint32_t bytes = cut(memory, command.iov, command.position << entry.block_shift, wanted, piece_count);
  // Whole blocks: what stands out at the end is cut off.
  for (uint32_t excess = bytes & (entry.block_bytes - 1); excess != 0;) {
    iovec& last = memory.window[piece_count - 1];
    const auto away = static_cast<uint32_t>(std::min<size_t>(last.iov_len, excess));
    last.iov_len -= away;
    piece_count -= last.iov_len == 0 ? 1 : 0;
    excess -= away;
    bytes -= away;
  }
  if (bytes == 0) {
    return {.step = Step::Impossible};
  }
  command.io.lba = command.sqe.slba() + command.position;
  command.io.block_count = bytes >> entry.block_shift;
  command.position += command.io.block_count;
  use_window(command, piece_count);
  return submit(command);
}

NextStep next_zeroes(Command& command) noexcept {
  const NamespaceEntry& entry = *command.work.entry;
  const uint64_t left = command.sqe.block_count() - command.position;
  if (left == 0) {
    return {};
  }
  block::Request& io = command.io;
  io.lba = command.sqe.slba() + command.position;
  if (entry.can_write_zeroes) {
    io.op = block::Op::WriteZeroes;
    io.block_count = std::min<uint64_t>(left, entry.zeroes_bytes_max >> entry.block_shift);
  } else {
    io.op = block::Op::Write;
    io.block_count = transfer_blocks(entry, left, step_bytes_max);
    StepMemory& memory = *command.work.memory;
    const uint64_t bytes = io.block_count << entry.block_shift;
    uint32_t piece_count = 0;
    for (uint64_t done = 0; done < bytes; done += sizeof zero_page) {
      memory.window[piece_count++] = {.iov_base = zero_page,
                                      .iov_len = std::min<size_t>(bytes - done, sizeof zero_page)};
    }
    use_window(command, piece_count);
  }
  command.position += io.block_count;
  return io.block_count != 0 ? submit(command) : NextStep{.step = Step::Impossible};
}

template <typename Range>
Range range_at(const Command& command, uint64_t index) noexcept {
  Range range;
  block::IovCursor data(command.iov);
  data.advance(index * sizeof range);
  data.gather(reinterpret_cast<std::byte*>(&range), sizeof range);
  return range;
}

NextStep next_discard(Command& command) noexcept {
  const NamespaceEntry& entry = *command.work.entry;
  const uint64_t range_count = command.data_bytes / sizeof(DatasetRange);
  for (; command.position < range_count; ++command.position, command.scratch[BlocksDone] = 0) {
    const auto range = range_at<DatasetRange>(command, command.position);
    uint64_t count = range.block_count - command.scratch[BlocksDone];
    if (count == 0) {
      continue;
    }
    count = std::min<uint64_t>(count, range_piece_bytes_max >> entry.block_shift);
    count = entry.discard_blocks_max != 0 ? std::min(count, entry.discard_blocks_max) : count;
    command.io.op = block::Op::Discard;
    command.io.lba = range.slba + command.scratch[BlocksDone];
    command.io.block_count = count;
    command.scratch[BlocksDone] += count;
    return submit(command);
  }
  return {};
}

// Range by range, each as if all of it were read before it is written: backwards where it is copied onto its own end.
NextStep next_copy(Command& command) noexcept {
  NamespaceEntry& entry = *command.work.entry;
  block::Request& io = command.io;
  auto& [blocks_done, destination, is_writing, step_start] = command.scratch;
  if (is_writing != 0) {  // what the step before read
    is_writing = 0;
    io.op = block::Op::Write;
    io.lba = step_start;
    return submit(command);
  }
  const uint64_t range_count = command.data_bytes / sizeof(CopyRange);
  for (;;) {
    if (command.position == range_count) {
      return {};
    }
    const auto range = range_at<CopyRange>(command, command.position);
    const uint64_t total = uint64_t{range.nlb} + 1;
    const uint64_t left = total - blocks_done;
    if (left == 0) {
      destination += total;
      blocks_done = 0;
      ++command.position;
      continue;
    }
    const uint64_t source = range.slba;
    const uint64_t count = entry.can_copy ? std::min<uint64_t>(left, copy_piece_bytes_max >> entry.block_shift)
                                          : transfer_blocks(entry, left, command.work.memory->bytes);
    if (count == 0) {
      return {.step = Step::Impossible};
    }
    const bool is_backwards = destination > source && destination - source < total;
    const uint64_t offset = is_backwards ? left - count : blocks_done;
    blocks_done += count;
    if (entry.can_copy) {
      io.op = block::Op::Copy;
      io.source_lba = source + offset;
      io.lba = destination + offset;
      io.block_count = count;
    } else {
      read_step(command, source + offset, count);
      step_start = destination + offset;
      is_writing = 1;
    }
    return submit(command);
  }
}

NextStep next_flush(Command& command, const IoRules& rules) noexcept {
  while (command.position < rules.namespaces.nsid_max()) {
    const auto nsid = static_cast<uint32_t>(++command.position);
    NamespaceEntry* const entry = rules.namespaces.find(nsid);
    if (entry != nullptr && rules.access.of(nsid).write.is_success()) {
      command.work.entry = entry;
      return submit(command);
    }
  }
  return {};
}

}  // namespace

bool needs_memory(const Command& command) noexcept {
  const IoWork& work = command.work;
  switch (work.kind) {
    case IoKind::Pieces:
    case IoKind::Verify:
    case IoKind::Compare:
    case IoKind::FusedCompare:
    case IoKind::FusedWrite: return true;
    case IoKind::WriteZeroes: return !work.entry->can_write_zeroes;
    case IoKind::Copy: return !work.entry->can_copy;
    default: return false;
  }
}

void begin_steps(Command& command) noexcept {
  command.position = 0;
  std::ranges::fill(command.scratch, 0);
  command.scratch[DestinationLba] = command.sqe.slba();
}

NextStep next_step(Command& command, const IoRules& rules) noexcept {
  switch (command.work.kind) {
    case IoKind::Pieces:
    case IoKind::FusedWrite: return next_piece(command);
    case IoKind::FlushAll: return next_flush(command, rules);
    case IoKind::WriteZeroes: return next_zeroes(command);
    case IoKind::Discard: return next_discard(command);
    case IoKind::Verify:
    case IoKind::Compare:
    case IoKind::FusedCompare: return next_read(command);
    case IoKind::Copy: return next_copy(command);
    case IoKind::Hint:
    case IoKind::Request:
    case IoKind::Control: break;
  }
  return {};
}

Status judge_step(const Command& command) noexcept {
  if (command.work.kind != IoKind::Compare && command.work.kind != IoKind::FusedCompare) {
    return {};
  }
  const uint32_t shift = command.work.entry->block_shift;
  block::IovCursor expected(command.iov);
  expected.advance(command.scratch[StepStart] << shift);
  block::IovCursor found(command.io.iov);
  for (uint64_t left = command.io.block_count << shift; left != 0;) {
    const size_t bytes = found.contiguous_bytes(expected.contiguous_bytes(left));
    if (std::memcmp(expected.data(), found.data(), bytes) != 0) {
      return Status::final(StatusCode::CompareFailure);
    }
    expected.advance(bytes);
    found.advance(bytes);
    left -= bytes;
  }
  return {};
}

uint64_t step_result(const Command& command) noexcept {
  return command.work.kind == IoKind::Copy ? command.position : 0;
}

uint32_t step_cost(const Command& command) noexcept {
  if (command.work.kind == IoKind::FlushAll) {
    return step_bytes_min;
  }
  const uint64_t bytes = command.io.block_count << command.work.entry->block_shift;
  return static_cast<uint32_t>(std::max<uint64_t>(bytes, step_bytes_min));
}

void clear(const iovec* iov, uint32_t iov_count) noexcept {
  for (uint32_t i = 0; i < iov_count; ++i) {
    std::memset(iov[i].iov_base, 0, iov[i].iov_len);
  }
}

}  // namespace outrigger::nvme
