#include "nvme_host/remote_step.h"

#include <algorithm>

namespace outrigger::nvme_host {
namespace {

using block::Op;
using nvme::IoOpcode;

nvme::Sqe& clear(Command& command, IoOpcode opcode, uint32_t nsid) noexcept {
  command.sqe = {};
  command.sqe.opcode = static_cast<uint8_t>(opcode);
  command.sqe.nsid = nsid;
  command.direction = Direction::None;
  command.data_bytes = 0;
  command.iov = nullptr;
  command.iov_count = 0;
  command.status = {};
  command.result = 0;
  command.next = nullptr;
  return command.sqe;
}

void set_slba(nvme::Sqe& sqe, uint64_t lba) noexcept {
  sqe.cdw10 = static_cast<uint32_t>(lba);
  sqe.cdw11 = static_cast<uint32_t>(lba >> 32U);
}

uint32_t fua_of(const block::Request& request) noexcept {
  return (request.flags & block::flag::Fua) != 0 ? cdw::Fua : 0;
}

uint32_t step_blocks_max(Op op, const PathLane& lane) noexcept {
  switch (op) {
    case Op::Discard: return lane.discard_blocks_max;
    case Op::WriteZeroes: return lane.zeroes_blocks_max;
    case Op::Copy: return lane.copy_blocks_max;
    default: return lane.transfer_blocks_max;
  }
}

void build_transfer(RemoteSlot& slot, const PathLane& lane, uint32_t block_size) noexcept {
  block::Request& request = *slot.request;
  const bool is_read = request.op == Op::Read;
  nvme::Sqe& sqe = clear(slot.command, is_read ? IoOpcode::Read : IoOpcode::Write, lane.nsid);
  set_slba(sqe, request.lba + slot.done_blocks);
  sqe.cdw12 = (slot.step_blocks - 1) | fua_of(request);
  slot.command.direction = is_read ? Direction::ToHost : Direction::ToController;
  slot.command.data_bytes = slot.step_blocks * block_size;
  if (slot.step_blocks == request.block_count) [[likely]] {
    slot.command.iov = request.iov;
    slot.command.iov_count = request.iov_count;
    return;
  }
  slot.window.open(request.iov, slot.done_blocks * block_size, slot.command.data_bytes);
  slot.command.iov = slot.window.iov();
  slot.command.iov_count = slot.window.count();
}

void build_zeroes(RemoteSlot& slot, const PathLane& lane) noexcept {
  const block::Request& request = *slot.request;
  nvme::Sqe& sqe = clear(slot.command, IoOpcode::WriteZeroes, lane.nsid);
  set_slba(sqe, request.lba + slot.done_blocks);
  const uint32_t deac = (request.flags & block::flag::MayUnmap) != 0 ? cdw::Deallocate : 0;
  sqe.cdw12 = (slot.step_blocks - 1) | fua_of(request) | deac;
}

void set_ranges(RemoteSlot& slot, void* ranges, uint32_t bytes) noexcept {
  slot.range_iov = {ranges, bytes};
  slot.command.direction = Direction::ToController;
  slot.command.data_bytes = bytes;
  slot.command.iov = &slot.range_iov;
  slot.command.iov_count = 1;
}

void build_discard(RemoteSlot& slot, const PathLane& lane) noexcept {
  nvme::Sqe& sqe = clear(slot.command, IoOpcode::DatasetManagement, lane.nsid);
  sqe.cdw10 = 0U;  // one range
  sqe.cdw11 = cdw::DatasetAd;
  slot.range = {.attributes = 0U, .block_count = slot.step_blocks, .slba = slot.request->lba + slot.done_blocks};
  set_ranges(slot, &slot.range, sizeof(slot.range));
}

// Where the ranges overlap the steps must not overwrite what later ones read: then the last part goes first.
void build_copy(RemoteSlot& slot, const PathLane& lane) noexcept {
  const block::Request& request = *slot.request;
  const bool is_from_end = request.lba > request.source_lba;
  const uint64_t offset = is_from_end ? request.block_count - slot.done_blocks - slot.step_blocks : slot.done_blocks;
  nvme::Sqe& sqe = clear(slot.command, IoOpcode::Copy, lane.nsid);
  set_slba(sqe, request.lba + offset);
  sqe.cdw12 = fua_of(request);  // one range, descriptor format 0h
  slot.copy = {};
  slot.copy.slba = request.source_lba + offset;
  slot.copy.block_count = static_cast<uint16_t>(slot.step_blocks - 1);
  set_ranges(slot, &slot.copy, sizeof(slot.copy));
}

// The first `bytes` of the request's memory, from element `from` on and `skipped` bytes into it, as elements of `to`.
// Returns how many; moves from and skipped on.
uint32_t cut(const iovec*& from, size_t& skipped, uint64_t bytes, iovec* to) noexcept {
  uint32_t count = 0;
  while (bytes != 0) {
    const size_t length = std::min<uint64_t>(from->iov_len - skipped, bytes);
    if (length != 0) {
      to[count++] = {static_cast<std::byte*>(from->iov_base) + skipped, length};
    }
    bytes -= length;
    skipped += length;
    if (skipped == from->iov_len) {
      ++from;
      skipped = 0;
    }
  }
  return count;
}

// NVM Command Set 1.0, section on fused operations: the same range in both, the Compare first.
bool build_pair(RemoteSlot& slot, const PathLane& lane, uint32_t block_size) noexcept {
  const block::Request& request = *slot.request;
  // The element where the first half ends may be needed by both.
  if (slot.step_blocks != request.block_count || request.iov_count + 1 > pair_iov_max) {
    return false;
  }
  const iovec* from = request.iov;
  size_t skipped = 0;
  iovec* to = slot.pair->iov.data();
  Command* const commands[] = {&slot.command, &slot.second};
  constexpr IoOpcode opcodes[] = {IoOpcode::Compare, IoOpcode::Write};
  constexpr nvme::Fuse fuses[] = {nvme::Fuse::First, nvme::Fuse::Second};
  for (size_t i = 0; i < 2; ++i) {
    Command& command = *commands[i];
    nvme::Sqe& sqe = clear(command, opcodes[i], lane.nsid);
    sqe.flags = static_cast<uint8_t>(fuses[i]);
    set_slba(sqe, request.lba);
    sqe.cdw12 = (slot.step_blocks - 1) | fua_of(request);
    command.direction = Direction::ToController;
    command.data_bytes = slot.step_blocks * block_size;
    command.iov = to;
    command.iov_count = cut(from, skipped, command.data_bytes, to);
    to += command.iov_count;
  }
  return true;
}

}  // namespace

bool is_change(Op op) noexcept {
  switch (op) {
    case Op::Read:
    case Op::Flush:
    case Op::Reset: return false;
    case Op::Write:
    case Op::Discard:
    case Op::WriteZeroes:
    case Op::CompareAndWrite:
    case Op::Copy: return true;
  }
  return true;
}

uint8_t needed_capability(Op op) noexcept {
  switch (op) {
    case Op::Discard: return capability::Deallocate;
    case Op::WriteZeroes: return capability::WriteZeroes;
    case Op::CompareAndWrite: return capability::CompareAndWrite;
    case Op::Copy: return capability::Copy;
    default: return 0;
  }
}

bool is_unrepeatable(const block::Request& request) noexcept {
  return request.op == Op::Copy && request.lba < request.source_lba + request.block_count &&
         request.source_lba < request.lba + request.block_count && request.lba != request.source_lba;
}

bool build_step(RemoteSlot& slot, const PathLane& lane, uint32_t block_size) noexcept {
  const block::Request& request = *slot.request;
  const uint64_t rest = request.block_count - slot.done_blocks;
  slot.step_blocks = static_cast<uint32_t>(std::min<uint64_t>(rest, step_blocks_max(request.op, lane)));
  switch (request.op) {
    case Op::Read:
    case Op::Write: build_transfer(slot, lane, block_size); return true;
    case Op::Flush:
      slot.step_blocks = 0;
      clear(slot.command, IoOpcode::Flush, lane.nsid);
      return true;
    case Op::Discard: build_discard(slot, lane); return true;
    case Op::WriteZeroes: build_zeroes(slot, lane); return true;
    case Op::CompareAndWrite: return build_pair(slot, lane, block_size);
    case Op::Copy: build_copy(slot, lane); return true;
    case Op::Reset: break;
  }
  return false;
}

void close_step(RemoteSlot& slot) noexcept { slot.window.close(); }

}  // namespace outrigger::nvme_host
