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
struct NamespaceEntry;
struct StepMemory;
using CommandDone = void (*)(Command&) noexcept;

// What an IoQueue does with a command.
enum class IoKind : uint8_t {
  Request,   // one request at the block seam: Read, Write, Flush
  Pieces,    // Read and Write that are too large for one
  FlushAll,  // step by step from here on
  WriteZeroes,
  Discard,
  Verify,
  Compare,
  Copy,
  Hint,  // Dataset Management without Deallocate: checked, and that is all
  FusedCompare,
  FusedWrite,
  Control,  // goes to the control reactor
};

// Where an IoQueue has it.
enum class IoPhase : uint8_t {
  Prepared,   // the transport waits for its data
  Held,       // by the limits of its port
  Waiting,    // for the other command of a fused pair
  Parked,     // goes on at the next turn
  Starved,    // goes on when there is memory for steps
  Queued,     // both of a fused pair, behind another pair
  Pairing,    // both of a fused pair that is done step by step, and asks for its lock or gives it back
  Locked,     // may write blocks that a pair has locked: goes on when it has ended
  AtDevice,   // a request is under way
  AtControl,  // on the control reactor
};

// The part of a command that belongs to an IoQueue.
struct IoWork {
  NamespaceEntry* entry = nullptr;  // of the namespace; valid while it is at work, or `version` is the queue's
  StepMemory* memory = nullptr;     // of a command that is done step by step
  uint64_t sequence = UINT64_MAX;   // when its work began; UINT64_MAX: it did not
  uint64_t start_ticks = 0;         // when it came
  uint32_t version = 0;             // of the access table that it was judged by; 0: look again
  uint16_t slot = 0;                // in the queue's table of commands
  IoKind kind = IoKind::Request;
  IoPhase phase = IoPhase::Prepared;
  Status outcome;  // already decided, before the work ended
  bool has_outcome = false;
  bool is_submitting = false;  // completions that happen inside submit() leave the next step to the loop around it
  bool has_step_done = false;
  bool is_pair_step = false;  // one of a fused pair that is done step by step, and its turn
  bool is_awaited = false;    // a pair waits for its end
  bool has_paid = false;      // the limits of its port let it pass
  bool is_read = false;       // what it costs there
  uint64_t paid_bytes = 0;
};

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
  Command* fused_peer = nullptr;  // the other command of a fused pair
  IoWork work;
  iovec loan{};           // what lend() lent
  uint64_t position = 0;  // of commands done step by step
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
