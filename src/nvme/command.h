// Command: one command at work: what the host sent, where its data are, how it ended. The transport owns it (pooled per
// queue at set-up) and hands it to a Queue twice: prepare() says what data it needs, execute() does it.
#pragma once

#include "block/request.h"
#include "nvme/entry.h"
#include "nvme/status.h"

#include <sys/uio.h>

#include <cstdint>

namespace outrigger::nvme {

// Which way a command's data go.
enum class Direction : uint8_t { None, ToController, ToHost };

struct Command;
using CommandDone = void (*)(Command&) noexcept;

struct Command {
  Sqe sqe;
  // Bytes that the host's SGL describes. Filled in by the transport before prepare().
  uint32_t sgl_bytes = 0;

  // Filled in by prepare().
  Direction direction = Direction::None;
  uint32_t data_bytes = 0;  // never more than sgl_bytes; 0 when direction is None

  // Memory for the data, data_bytes in all, filled in by the transport before execute(): it holds the host's data
  // (ToController) or is to be filled (ToHost; what it held before is never seen by a host). Stays until done().
  iovec* iov = nullptr;
  uint32_t iov_count = 0;

  // The outcome; data to the host count only when it is a success.
  Status status;
  uint64_t result = 0;

  // Called once, on the queue's core, possibly before execute() returns. Afterwards the transport may reuse all of it.
  CommandDone done = nullptr;
  void* owner = nullptr;  // the transport's

  // The queue's own.
  Command* next = nullptr;
  Command* fused_first = nullptr;  // of the second command of a fused pair
  uint64_t position = 0;           // of commands done step by step
  uint64_t scratch[4]{};
  block::Request io;

  // Ends it.
  void complete(Status outcome, uint64_t value = 0) noexcept {
    status = outcome;
    result = value;
    done(*this);
  }
};

}  // namespace outrigger::nvme
