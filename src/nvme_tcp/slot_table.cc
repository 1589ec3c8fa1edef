#include "nvme_tcp/slot_table.h"

#include "base/check.h"

#include <sys/mman.h>

#include <new>
#include <utility>

namespace outrigger::nvme_tcp {

bool SlotTable::make(uint32_t count) noexcept {
  check(made_ == 0, "a table of slots is made before one is taken");
  release();
  void* const memory =
      ::mmap(nullptr, count * sizeof(Slot), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    return false;
  }
  ::madvise(memory, count * sizeof(Slot), MADV_NOHUGEPAGE);  // one slot would bring all of them
  slots_ = static_cast<Slot*>(memory);
  count_ = count;
  return true;
}

void SlotTable::release() noexcept {
  while (free_.pop_front() != nullptr) {
  }
  if (slots_ != nullptr) {
    ::munmap(slots_, count_ * sizeof(Slot));
    slots_ = nullptr;
  }
  count_ = made_ = 0;
}

void SlotTable::take_over(SlotTable& other) noexcept {
  check(free_.count() == made_ && other.made_ == 0, "tables of slots are exchanged when none is in use");
  release();
  slots_ = std::exchange(other.slots_, nullptr);
  count_ = std::exchange(other.count_, 0);
}

Slot& SlotTable::make_slot(Connection& connection, nvme::CommandDone done) noexcept {
  Slot& slot = *new (slots_ + made_) Slot();
  slot.connection = &connection;
  slot.ttag = static_cast<uint16_t>(made_++);
  slot.command.owner = &slot;
  slot.command.done = done;
  return slot;
}

}  // namespace outrigger::nvme_tcp
