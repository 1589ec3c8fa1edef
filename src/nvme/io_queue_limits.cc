// The limits of the port through which a queue's host came: they hold for all queues of all hosts there together. A
// command that has to wait is not at work: it is judged again when its time has come, and no fence waits for it.
#include "nvme/io_queue.h"
#include "nvme/nvm_format.h"

namespace outrigger::nvme {
namespace {

bool writes_zeroes(const Command& command) noexcept {
  const block::ZeroesCost cost = command.work.entry->device->geometry().zeroes_cost;
  const bool may_unmap = (command.io.flags & block::flag::MayUnmap) != 0;
  return cost == block::ZeroesCost::Bytes || (cost == block::ZeroesCost::BytesUnlessUnmapped && !may_unmap);
}

}  // namespace

// As volume::QosDevice counts, but by commands.
void IoQueue::set_charge(Command& command) const noexcept {
  IoWork& work = command.work;
  work.is_read = false;
  work.paid_bytes = 0;
  switch (static_cast<IoOpcode>(command.sqe.opcode)) {
    case IoOpcode::Read:
    case IoOpcode::Compare: work.is_read = true; [[fallthrough]];
    case IoOpcode::Write: work.paid_bytes = command.data_bytes; break;
    case IoOpcode::Verify:
      work.is_read = true;
      work.paid_bytes = uint64_t{command.sqe.block_count()} * work.entry->block_bytes;
      break;
    case IoOpcode::WriteZeroes:
      work.paid_bytes = writes_zeroes(command) ? uint64_t{command.sqe.block_count()} * work.entry->block_bytes : 0;
      break;
    case IoOpcode::Copy: work.paid_bytes = copied_blocks(command, rules()) * work.entry->block_bytes; break;
    default: break;
  }
}

// False: it is held, and pass() comes for it. Its access has just been judged.
bool IoQueue::may_pass(Command& command) noexcept {
  IoWork& work = command.work;
  const bool is_flush = command.sqe.opcode == static_cast<uint8_t>(IoOpcode::Flush);
  if (work.has_paid || is_flush || gate_.is_open()) {
    return true;
  }
  set_charge(command);
  work.has_paid = true;
  if (gate_.admit(command)) {
    return true;
  }
  work.phase = IoPhase::Held;
  command.position = 0;  // nothing of it has been done
  return false;
}

void IoQueue::pass(Command& command) noexcept {
  command.work.phase = IoPhase::Prepared;
  execute_slowly(command);
}

}  // namespace outrigger::nvme
