// BlkRequest: one virtio-blk request on its way: the guest's segments, where its status goes, and the block request
// made of it. parse() turns what the guest wrote into an order for the block seam, or into the guest's mistake.
#pragma once

#include "block/request.h"
#include "virtio/blk_format.h"
#include "virtio/chain.h"
#include "virtio/limits.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

namespace outrigger::virtio {

// What every queue of a device knows to judge and run requests.
struct BlkLimits {
  uint32_t block_shift = 9;      // of the block device
  bool is_read_only = false;
  bool has_write_cache = false;  // a flush means something
  bool can_discard = false;
  bool can_write_zeroes = false;
  bool can_unmap_zeroes = false;
  uint32_t piece_bytes = piece_bytes_max;  // of one block request: whole blocks
  uint64_t range_piece_blocks = 1;         // of one discard or write-zeroes
  std::string id;                   // what GET_ID answers; cut to 20 bytes
};

// One block request, or steps that follow one another: the ranges of a discard or write-zeroes, the pieces of a read or
// write that is too large for one.
enum class BlkKind : uint8_t { Io, Ranges, Pieces };

// Lines of 64 bytes: segments, status and token; the block request's head; then its frames, of which the first two
// are touched. Nothing else is, in the common case.
struct alignas(64) BlkRequest {
  static constexpr uint32_t small_count = 3;  // header, one buffer, status

  iovec small[small_count];
  std::byte* status;     // where the guest wants it; nullptr: nowhere
  ChainToken token;
  uint8_t memory_epoch;  // which memory version its pointers belong to
  BlkKind kind;
  uint32_t data_bytes;
  block::Request io;
  // Ranges: what is left to do, in the request's spill storage.
  BlkRange* ranges;
  uint16_t range_count;
  uint16_t range_next;
  // Pieces: the segments from the last one of the present piece on, what is left of that one, and of all.
  iovec* segments;
  iovec cut;
  uint32_t bytes_left;
  // Ranges and Pieces.
  bool is_submitting;  // completions that happen inside submit() leave the next step to the loop around it
  bool has_step_done;
  bool needs_flush;    // write zeroes under write-through: a flush ends it
};
static_assert(sizeof(ChainToken) == 6);
static_assert(offsetof(BlkRequest, io) == 72);
static_assert((offsetof(BlkRequest, io) + offsetof(block::Request, frames)) % 64 == 0);

// What is to be done with a request that was parsed.
struct BlkVerdict {
  bool is_submittable = false;  // false: it ends here with `status`
  BlkStatus status = BlkStatus::Ok;
  bool has_answer = false;      // io's segments were written to, though nothing is submitted
  uint32_t used_bytes = 1;      // written by then: the status byte, when nothing else
};

// Reads header and status position of `chain` and fills `request`. `is_writethrough`: writes must be stable when they
// complete.
BlkVerdict parse(BlkRequest& request, const Chain& chain, iovec* spill, const BlkLimits& limits, bool is_writethrough);

// Points request.io, of Ranges or Pieces, at the next step; false when none is left.
bool next_step(BlkRequest& request, const BlkLimits& limits) noexcept;

// What the guest is told was written (§2.7.8.2: from the start of the device-writable part) when a request ended like
// this. The status byte comes after data that perhaps was not written: then nothing.
constexpr uint32_t used_bytes(block::Op op, block::Status status, uint32_t data_bytes) noexcept {
  return op != block::Op::Read ? 1 : status == block::Status::Ok ? data_bytes + 1 : 0;
}

// How a block status looks to the guest (§5.2.6).
constexpr BlkStatus to_blk_status(block::Status status) noexcept {
  switch (status) {
    case block::Status::Ok: return BlkStatus::Ok;
    case block::Status::Unsupported: return BlkStatus::Unsupported;
    case block::Status::IoError:
    case block::Status::OutOfRange:
    case block::Status::Invalid:
    case block::Status::ReadOnly:
    case block::Status::NoSpace:
    case block::Status::Miscompare:
    case block::Status::Integrity:
    case block::Status::Aborted: return BlkStatus::IoError;
  }
  return BlkStatus::IoError;
}

}  // namespace outrigger::virtio
