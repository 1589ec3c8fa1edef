#include "virtio/blk_request.h"

#include "base/check.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace outrigger::virtio {

namespace {

constexpr BlkVerdict submit{.is_submittable = true};
constexpr BlkVerdict ended(BlkStatus status, uint32_t used_bytes = 1) {
  return {.is_submittable = false, .status = status, .used_bytes = used_bytes};
}
// §2.7.8.2: a used length counts what was written from the start of the device-writable part. A read that was refused
// wrote its status after data that it left alone: nothing.
constexpr uint32_t refused_bytes(block::Op op) { return op == block::Op::Read ? 0 : 1; }

// Copies up to `bytes` from the front of the segments; returns how many there were.
size_t gather(std::span<const iovec> segments, void* out, size_t bytes) noexcept {
  size_t copied = 0;
  for (const iovec& segment : segments) {
    const size_t piece = std::min(bytes - copied, segment.iov_len);
    std::memcpy(static_cast<std::byte*>(out) + copied, segment.iov_base, piece);
    copied += piece;
    if (copied == bytes) {
      break;
    }
  }
  std::atomic_signal_fence(std::memory_order_seq_cst);  // the guest may change it: what was read is what is used
  return copied;
}

size_t total_bytes(std::span<const iovec> segments) noexcept {
  size_t bytes = 0;
  for (const iovec& segment : segments) {
    bytes += segment.iov_len;
  }
  return bytes;
}

// The parts of a request's buffer: §5.2.6's header and data are read by us, data and status written.
struct Parts {
  std::span<iovec> readable;  // after the header
  std::span<iovec> writable;  // before the status
};

// Takes `bytes` (16 or fewer than the segments hold) off the front.
std::span<iovec> without_front(std::span<iovec> segments, size_t bytes) noexcept {
  while (bytes != 0) {
    iovec& first = segments.front();
    if (first.iov_len > bytes) {
      first = {static_cast<std::byte*>(first.iov_base) + bytes, first.iov_len - bytes};
      break;
    }
    bytes -= first.iov_len;
    segments = segments.subspan(1);
  }
  return segments;
}

// Prepares next_piece(). A block request whose blocks and segments do not agree yet: it is not submitted as it is.
void cut_into_pieces(BlkRequest& request, std::span<iovec> data) noexcept {
  request.kind = BlkKind::Pieces;
  request.segments = data.data();
  request.cut = data.front();
  request.bytes_left = request.data_bytes;
  request.io.block_count = 0;
}

BlkVerdict parse_transfer(BlkRequest& request, block::Op op, std::span<iovec> data, uint64_t sector,
                          const BlkLimits& limits) {
  const size_t bytes = data.size() == 1 ? data.front().iov_len : total_bytes(data);
  const uint64_t block_mask = (1ULL << limits.block_shift) - 1;
  // A guest that ignores blk_size may ask for sectors smaller than a block: refused rather than guessed at.
  if (bytes == 0 || (bytes & block_mask) != 0 || sector > (UINT64_MAX >> sector_shift) ||
      ((sector << sector_shift) & block_mask) != 0 || bytes >= UINT32_MAX) {
    return ended(BlkStatus::IoError, bytes == 0 ? 1 : refused_bytes(op));
  }
  if (op == block::Op::Write && limits.is_read_only) {
    return ended(BlkStatus::IoError);  // §5.2.6.2
  }
  block::Request& io = request.io;
  io.op = op;
  io.iov = data.data();
  io.iov_count = static_cast<uint32_t>(data.size());
  io.lba = (sector << sector_shift) >> limits.block_shift;
  io.block_count = bytes >> limits.block_shift;
  request.data_bytes = static_cast<uint32_t>(bytes);
  if (bytes > limits.piece_bytes) [[unlikely]] {
    cut_into_pieces(request, data);
  }
  return submit;
}

// §5.2.6.2 about flags; ranges must be whole blocks. Bounds are the block device's own business.
BlkVerdict check_ranges(std::span<const BlkRange> ranges, block::Op op, const BlkLimits& limits) {
  const uint32_t known_flags = op == block::Op::WriteZeroes ? blk_range_unmap : 0;
  const uint64_t block_mask = (1ULL << limits.block_shift) - 1;
  for (const BlkRange& range : ranges) {
    if ((range.flags & ~known_flags) != 0) {
      return ended(BlkStatus::Unsupported);
    }
    const uint64_t sector = range.sector;
    const uint64_t count = range.sector_count;
    if (sector > (UINT64_MAX >> sector_shift) || ((sector << sector_shift) & block_mask) != 0 ||
        ((count << sector_shift) & block_mask) != 0) {
      return ended(BlkStatus::IoError);
    }
  }
  return submit;
}

BlkVerdict parse_ranges(BlkRequest& request, block::Op op, std::span<const iovec> data, iovec* spill,
                        const BlkLimits& limits, bool is_writethrough) {
  if (limits.is_read_only) {
    return ended(BlkStatus::IoError);  // §5.2.6.2
  }
  const bool can = op == block::Op::Discard ? limits.can_discard : limits.can_write_zeroes;
  if (!can) {
    return ended(BlkStatus::Unsupported);
  }
  const size_t bytes = total_bytes(data);
  if (bytes == 0 || bytes % sizeof(BlkRange) != 0 || bytes > blk_ranges_max * sizeof(BlkRange)) {
    return ended(BlkStatus::IoError);
  }
  BlkRange ranges[blk_ranges_max];
  check(gather(data, ranges, bytes) == bytes, "the segments hold what they were counted to hold");
  const size_t count = bytes / sizeof(BlkRange);
  const BlkVerdict verdict = check_ranges(std::span(ranges, count), op, limits);
  if (!verdict.is_submittable) {
    return verdict;
  }
  // The guest's segments were read and are not needed any more: their storage keeps the ranges.
  static_assert(sizeof(BlkRange) == sizeof(iovec) && blk_ranges_max <= segments_per_chain_max);
  request.kind = BlkKind::Ranges;
  request.ranges = reinterpret_cast<BlkRange*>(spill);
  std::memcpy(spill, ranges, bytes);
  request.range_count = static_cast<uint16_t>(count);
  request.range_next = 0;
  request.needs_flush = is_writethrough && limits.has_write_cache && op == block::Op::WriteZeroes;
  request.io.op = op;
  request.io.iov = nullptr;
  request.io.iov_count = 0;
  request.io.block_count = 0;
  return submit;
}

BlkVerdict answer_id(BlkRequest& request, std::span<iovec> data, const BlkLimits& limits) {
  char id[blk_id_bytes] = {};  // NUL-padded; without a terminator when it is 20 bytes long
  std::memcpy(id, limits.id.data(), std::min(limits.id.size(), sizeof id));
  const size_t room = total_bytes(data);
  size_t copied = 0;
  for (iovec& segment : data) {
    segment.iov_len = std::min(sizeof id - copied, segment.iov_len);  // what the dirty log will hear of
    std::memcpy(segment.iov_base, id + copied, segment.iov_len);
    copied += segment.iov_len;
  }
  request.io.iov = data.data();
  request.io.iov_count = static_cast<uint32_t>(data.size());
  BlkVerdict verdict = ended(BlkStatus::Ok, static_cast<uint32_t>(copied + (copied == room ? 1 : 0)));
  verdict.has_answer = true;
  return verdict;
}

BlkVerdict parse_flush(BlkRequest& request, const BlkLimits& limits) {
  if (!limits.has_write_cache) {
    return ended(BlkStatus::Ok);
  }
  request.io.op = block::Op::Flush;
  request.io.iov = nullptr;
  request.io.iov_count = 0;
  request.io.lba = 0;
  request.io.block_count = 0;
  return submit;
}

// Finds header, data and status (§5.2.6; under VERSION_1 they may be cut anywhere, §2.7.4).
bool find_parts(BlkRequest& request, const Chain& chain, BlkRequestHeader& header, Parts& parts) noexcept {
  const std::span readable(chain.segments, chain.readable_count);
  const std::span writable(chain.segments + chain.readable_count, size_t{chain.count} - chain.readable_count);
  if (chain.defect != Defect::None || writable.empty()) {
    request.status = chain.last_writable;
    return false;
  }
  iovec& last = writable.back();
  request.status = static_cast<std::byte*>(last.iov_base) + (last.iov_len - 1);
  if (!readable.empty() && readable.front().iov_len == sizeof header) [[likely]] {
    header = copy_once<BlkRequestHeader>(static_cast<const std::byte*>(readable.front().iov_base));
    parts.readable = readable.subspan(1);
  } else if (gather(readable, &header, sizeof header) == sizeof header) {
    parts.readable = without_front(readable, sizeof header);
  } else {
    return false;
  }
  const bool is_status_alone = last.iov_len == 1;
  if (!is_status_alone) {
    --last.iov_len;
  }
  parts.writable = writable.first(writable.size() - (is_status_alone ? 1 : 0));
  return true;
}

}  // namespace

BlkVerdict parse(BlkRequest& request, const Chain& chain, iovec* spill, const BlkLimits& limits,
                 bool is_writethrough) {
  request.token = chain.token;
  request.kind = BlkKind::Io;
  request.data_bytes = 0;
  request.io.flags = 0;
  BlkRequestHeader header;
  Parts parts;
  if (!find_parts(request, chain, header, parts)) {
    return ended(BlkStatus::IoError, 0);
  }
  switch (header.type) {
    case blk_type::In: return parse_transfer(request, block::Op::Read, parts.writable, header.sector, limits);
    case blk_type::Out:
      request.io.flags = is_writethrough && limits.has_write_cache ? block::flag::Fua : uint8_t{0};
      return parse_transfer(request, block::Op::Write, parts.readable, header.sector, limits);
    case blk_type::Flush:
    case blk_type::FlushOut: return parse_flush(request, limits);
    case blk_type::GetId: return answer_id(request, parts.writable, limits);
    case blk_type::Discard:
      return parse_ranges(request, block::Op::Discard, parts.readable, spill, limits, is_writethrough);
    case blk_type::WriteZeroes:
      return parse_ranges(request, block::Op::WriteZeroes, parts.readable, spill, limits, is_writethrough);
    default: return ended(BlkStatus::Unsupported);
  }
}

namespace {

bool next_range(BlkRequest& request, const BlkLimits& limits) noexcept {
  block::Request& io = request.io;
  while (request.range_next < request.range_count) {
    BlkRange& range = request.ranges[request.range_next];
    const uint64_t left = (uint64_t{range.sector_count} << sector_shift) >> limits.block_shift;
    if (left == 0) {
      ++request.range_next;
      continue;
    }
    const uint64_t count = std::min(left, limits.range_piece_blocks);
    io.lba = (uint64_t{range.sector} << sector_shift) >> limits.block_shift;
    io.block_count = count;
    const bool may_unmap = io.op == block::Op::WriteZeroes && (range.flags & blk_range_unmap) != 0;
    io.flags = may_unmap && limits.can_unmap_zeroes ? block::flag::MayUnmap : uint8_t{0};
    const uint64_t sectors = count << limits.block_shift >> sector_shift;
    range.sector = range.sector + sectors;
    range.sector_count = static_cast<uint32_t>(range.sector_count - sectors);
    return true;
  }
  if (request.needs_flush) {
    request.needs_flush = false;
    io.op = block::Op::Flush;
    io.flags = 0;
    io.lba = 0;
    io.block_count = 0;
    return true;
  }
  return false;
}

// A window over the request's own segments: the last one of a piece is shortened for it and gets its rest back with the
// next.
bool next_piece(BlkRequest& request, const BlkLimits& limits) noexcept {
  if (request.bytes_left == 0) {
    return false;
  }
  block::Request& io = request.io;
  *request.segments = request.cut;
  if (request.cut.iov_len == 0) {
    ++request.segments;
  }
  const uint32_t bytes = std::min(request.bytes_left, limits.piece_bytes);
  io.iov = request.segments;
  size_t left = bytes;
  while (request.segments->iov_len < left) {
    left -= request.segments->iov_len;
    ++request.segments;
  }
  iovec& last = *request.segments;
  request.cut = {static_cast<std::byte*>(last.iov_base) + left, last.iov_len - left};
  last.iov_len = left;
  io.iov_count = static_cast<uint32_t>(request.segments - io.iov + 1);
  io.lba += io.block_count;  // of the piece before, 0 so far
  io.block_count = bytes >> limits.block_shift;
  request.bytes_left -= bytes;
  return true;
}

}  // namespace

bool next_step(BlkRequest& request, const BlkLimits& limits) noexcept {
  return request.kind == BlkKind::Pieces ? next_piece(request, limits) : next_range(request, limits);
}

}  // namespace outrigger::virtio
