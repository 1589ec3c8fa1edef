// ReceiveBuffer: where a connection's bytes arrive and are parsed in place. Usually one segment, used again from its
// beginning as soon as all in it is parsed. A command at work whose data lie in a segment pins it; the connection then
// goes on with another one, borrowed from its core, and reads no more when it may not have one.
#pragma once

#include "nvme_tcp/limits.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace outrigger::nvme_tcp {

struct Segment {
  std::unique_ptr<std::byte[]> memory;
  uint32_t pins = 0;

  void make() {
    if (memory == nullptr) {
      memory = std::make_unique_for_overwrite<std::byte[]>(segment_bytes);
    }
  }
};

// One core's segments to borrow.
class SegmentPool {
 public:
  SegmentPool() { free_.reserve(segments_per_core); }
  [[nodiscard]] Segment* take() noexcept;
  void give_back(Segment& segment) noexcept { free_.push_back(&segment); }

 private:
  std::array<Segment, segments_per_core> segments_;
  std::vector<Segment*> free_;
  uint32_t fresh_ = 0;  // segments from here on were never taken
};

class ReceiveBuffer {
 public:
  ReceiveBuffer() { own_.make(); }
  // No segment may be pinned, and none borrowed.
  ~ReceiveBuffer();
  ReceiveBuffer(const ReceiveBuffer&) = delete;
  ReceiveBuffer& operator=(const ReceiveBuffer&) = delete;

  // What has come and was not consumed.
  [[nodiscard]] std::byte* data() const noexcept { return current_->memory.get() + begin_; }
  [[nodiscard]] uint32_t size() const noexcept { return end_ - begin_; }
  void consume(uint32_t bytes) noexcept { begin_ += bytes; }

  // Makes room for at least a whole PDU behind what is there, borrowing when it must; false: not possible now.
  [[nodiscard]] bool make_room(SegmentPool& pool) noexcept;
  // Behind what is there. Only after make_room().
  [[nodiscard]] std::span<std::byte> room() const noexcept {
    return {current_->memory.get() + end_, segment_bytes - end_};
  }
  void received(uint32_t bytes) noexcept { end_ += bytes; }

  // The segment in which data() lies, kept as it is until it is let go.
  [[nodiscard]] Segment& pin() noexcept {
    ++current_->pins;
    return *current_;
  }
  void unpin(Segment& segment, SegmentPool& pool) noexcept;
  // Leaves the core: nothing is pinned any more, and what is there moves to the connection's own segment.
  void give_back_all(SegmentPool& pool) noexcept;

 private:
  Segment own_;
  Segment* current_ = &own_;
  uint32_t begin_ = 0;
  uint32_t end_ = 0;
  uint32_t borrowed_ = 0;  // the current one and those that are only pinned
};

}  // namespace outrigger::nvme_tcp
