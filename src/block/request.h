// The storage seam's request: what a front end asks of a device, and what every layer passes on. The front end owns
// it (pooled per queue at set-up), hands it to Channel::submit(), and gets it back, once, through its `done`
// function, on the same core, perhaps before submit() returns. Nothing here allocates.
#pragma once

#include "base/check.h"

#include <sys/uio.h>

#include <array>
#include <cstdint>

namespace outrigger::block {

enum class Op : uint8_t {
  Read,
  Write,
  Flush,            // everything completed before is durable after
  Discard,          // contents may become anything until written again
  WriteZeroes,      // reads as zeroes afterwards
  CompareAndWrite,  // the first half of the data is compared, the second written when equal
  Copy,             // from source_lba to lba, block_count blocks
  Reset,            // ask the device to get back to a working state
};
inline constexpr size_t op_count = 8;

// The outcome of a request. Mapped once, at the edge, by a total switch to the front end's own status.
enum class Status : uint16_t {
  Ok,
  IoError,      // the medium or what is behind it failed
  OutOfRange,   // past the end of the device
  Invalid,      // malformed: not a multiple of the block size, lengths that do not agree
  Unsupported,  // this device does not do that
  ReadOnly,
  NoSpace,
  Miscompare,
  Integrity,  // a checksum did not match
  Aborted,    // the device is going away, or nobody wants the request any more (flag::Abandoned)
};

namespace flag {
// Durable before completion (force unit access).
inline constexpr uint8_t Fua = 1;
// WriteZeroes: the device may deallocate instead of writing.
inline constexpr uint8_t MayUnmap = 2;
// Nobody wants it any more: see Channel::abandon().
inline constexpr uint8_t Abandoned = 4;
// A part of another request, which `whole` names.
inline constexpr uint8_t Part = 8;
}  // namespace flag

struct Request;
using CompleteFn = void (*)(Request&) noexcept;

// One level of the stack of layers a request passes. `done` is called when the level below has finished.
struct Frame {
  CompleteFn done;
  void* owner;
  std::array<uint64_t, 6> scratch;  // the layer's own
};
static_assert(sizeof(Frame) == 64);

// Levels a request may pass: metering takes one for every device, a layer that wants its completion one more.
inline constexpr uint32_t stack_depth_max = 20;

struct Request {
  Request* next = nullptr;  // for whoever holds the request at the moment
  Op op = Op::Read;
  uint8_t flags = 0;
  Status status = Status::Ok;
  uint32_t depth = 0;
  uint32_t iov_count = 0;
  iovec* iov = nullptr;      // borrowed until completion; layers may point it elsewhere and must put it back
  uint64_t lba = 0;          // in blocks of the device it is submitted to
  uint64_t block_count = 0;  // the same blocks
  uint64_t source_lba = 0;   // Copy only
  std::array<Frame, stack_depth_max> frames;
  // With flag::Part: what a layer made this to do a part of, and which lives longer. Not looked at otherwise, so that
  // pools need not touch it.
  const Request* whole = nullptr;

  // A layer that wants to see the completion puts itself on the stack before it submits below.
  Frame& push(CompleteFn done, void* owner) noexcept {
    check(depth < stack_depth_max, "device stacks are kept within stack_depth_max when they are built");
    Frame& frame = frames[depth++];
    frame.done = done;
    frame.owner = owner;
    return frame;
  }
  [[nodiscard]] bool is_abandoned() const noexcept {
    const Request* request = this;
    while ((request->flags & (flag::Abandoned | flag::Part)) == flag::Part) {
      request = request->whole;
    }
    return (request->flags & flag::Abandoned) != 0;
  }
  // Inside `done`: this level's own frame, already taken off the stack.
  [[nodiscard]] Frame& popped() noexcept { return frames[depth]; }
  // Finishes the level on top: `status` becomes the outcome and its owner hears of it.
  void complete(Status outcome) noexcept {
    status = outcome;
    check(depth > 0, "a request is completed once per level");
    Frame& frame = frames[--depth];
    frame.done(*this);
  }
};

}  // namespace outrigger::block
