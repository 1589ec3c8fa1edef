// Command: one command of ours to somebody else's controller: what is sent, where its data are, how it ended. The
// caller owns it (pooled) until done() was called, once, on the core where it was submitted.
#pragma once

#include "nvme/command.h"
#include "nvme/entry.h"
#include "nvme/status.h"

#include <sys/uio.h>

#include <cstdint>

namespace outrigger::nvme_host {

using nvme::Direction;

struct Command;
using CommandDone = void (*)(Command&) noexcept;

struct Command {
  // Opcode, nsid and command dwords from the caller; identifier, flags' PSDT and the SGL are filled in by the queue.
  nvme::Sqe sqe;
  Direction direction = Direction::None;
  uint32_t data_bytes = 0;
  iovec* iov = nullptr;  // data_bytes in all; borrowed until done()
  uint32_t iov_count = 0;

  // The outcome. When the connection broke, or the controller did not answer: HostPathingError, HostAborted … of type
  // "path related": the command may or may not have been executed.
  nvme::Status status;
  uint64_t result = 0;

  CommandDone done = nullptr;
  void* owner = nullptr;

  Command* next = nullptr;  // for whoever holds it
  uint64_t start_ns = 0;    // the queue's: the turn in which it was submitted

  void complete(nvme::Status outcome, uint64_t value = 0) noexcept {
    status = outcome;
    result = value;
    done(*this);
  }
};

}  // namespace outrigger::nvme_host
