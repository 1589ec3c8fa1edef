#include "contract/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace outrigger::contract {
namespace {

constexpr size_t page_bytes = 4096;
constexpr size_t pieces_max = 8;
constexpr size_t guard_max = 33;
constexpr int guard_value = 0xEE;

// By memcmp, not element by element: under the sanitizers the difference is minutes.
bool is_same(const std::vector<std::byte>& a, const std::vector<std::byte>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

bool is_guard(const std::byte* from, const std::byte* to) {
  static const std::vector<std::byte> guard = [] {
    std::vector<std::byte> bytes(1 << 14);
    std::memset(bytes.data(), guard_value, bytes.size());
    return bytes;
  }();
  while (from < to) {
    const size_t count = std::min(guard.size(), static_cast<size_t>(to - from));
    if (std::memcmp(from, guard.data(), count) != 0) {
      return false;
    }
    from += count;
  }
  return true;
}

}  // namespace

void Trial::lay_out(std::span<const std::byte> data, core::Random& random) {
  memory_.resize(data.size() + (pieces_max + 1) * guard_max + 2 * page_bytes);
  std::memset(memory_.data(), guard_value, memory_.size());
  const auto address = reinterpret_cast<uintptr_t>(memory_.data());
  start_ = memory_.data() + (page_bytes - address % page_bytes) % page_bytes;
  used_ = 0;
  iov_.clear();
  if (random.chance(2)) {
    add_piece(data, 0);
    return;
  }
  // Cuts on arbitrary bytes half of the time, on multiples of 512 otherwise.
  const uint64_t unit = random.chance(2) ? 1 : 512;
  for (size_t piece = 1; piece < pieces_max && !data.empty(); ++piece) {
    const size_t size = std::min<size_t>(data.size(), random.below(data.size() / unit + 1) * unit);
    add_piece(data.first(size), unit == 1 ? random.below(guard_max) : 0);
    data = data.subspan(size);
  }
  if (!data.empty()) {
    add_piece(data, 1);
  }
}

void Trial::add_piece(std::span<const std::byte> data, size_t guard) {
  used_ += guard;
  std::byte* const place = start_ + used_;
  if (!data.empty()) {
    std::memcpy(place, data.data(), data.size());
  }
  iov_.push_back({place, data.size()});
  used_ += data.size();
}

void Trial::lay_out_nothing() {
  memory_.clear();
  iov_.clear();
}

std::vector<std::byte> Trial::gathered() const {
  size_t size = 0;
  for (const iovec& piece : iov_) {
    size += piece.iov_len;
  }
  std::vector<std::byte> out(size);
  size_t at = 0;
  for (const iovec& piece : iov_) {
    if (piece.iov_len != 0) {
      std::memcpy(out.data() + at, piece.iov_base, piece.iov_len);
      at += piece.iov_len;
    }
  }
  return out;
}

void Trial::remember() {
  request.iov = iov_.empty() ? nullptr : iov_.data();
  request.iov_count = static_cast<uint32_t>(iov_.size());
  request.depth = 0;
  before_ = request;
  iov_before_ = iov_;
  memory_before_ = memory_;
}

std::string Trial::trespass() const {
  if (request.depth != 0) {
    return fmt::format("the request came back with {} levels on its stack", request.depth);
  }
  if (request.op != before_.op || request.flags != before_.flags || request.lba != before_.lba ||
      request.block_count != before_.block_count || request.source_lba != before_.source_lba) {
    return "the request's fields were not put back";
  }
  if (request.iov != before_.iov || request.iov_count != before_.iov_count ||
      !std::ranges::equal(iov_, iov_before_, [](const iovec& a, const iovec& b) {
        return a.iov_base == b.iov_base && a.iov_len == b.iov_len;
      })) {
    return "the request's pieces were not put back";
  }
  if (request.op != block::Op::Read) {
    return is_same(memory_, memory_before_) ? "" : "the caller's data was changed";
  }
  // The pieces lie in their order: what is before, between and behind them is guard.
  const std::byte* at = memory_.data();
  for (const iovec& piece : iov_) {
    const auto* const start = static_cast<const std::byte*>(piece.iov_base);
    if (!is_guard(at, start)) {
      return "the bytes between a read's pieces were changed";
    }
    at = start + piece.iov_len;
  }
  const std::byte* const end = memory_.data() + memory_.size();
  if (!is_guard(at, end)) {
    return "the bytes behind a read's pieces were changed";
  }
  return {};
}

std::string Trial::describe() const {
  static constexpr std::array<const char*, block::op_count> names = {
      "read", "write", "flush", "discard", "write-zeroes", "compare-and-write", "copy", "reset"};
  std::string text = fmt::format("{} of {} blocks at {} in {} pieces", names[static_cast<size_t>(request.op)],
                                 request.block_count, request.lba, iov_.size());
  if (request.op == block::Op::Copy) {
    text += fmt::format(" from {}", request.source_lba);
  }
  return text;
}

}  // namespace outrigger::contract
