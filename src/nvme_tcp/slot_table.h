// SlotTable: the slots of one connection. A queue of a thousand entries is seldom used to its depth, so that its slots
// are address space until a command comes that needs one more than there ever were.
#pragma once

#include "base/intrusive.h"
#include "nvme_tcp/slot.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace outrigger::nvme_tcp {

class SlotTable {
 public:
  SlotTable() = default;
  ~SlotTable() { release(); }
  SlotTable(const SlotTable&) = delete;
  SlotTable& operator=(const SlotTable&) = delete;

  // Room for so many; false: the machine has none. Before any is taken.
  [[nodiscard]] bool make(uint32_t count) noexcept;
  // `other`'s instead of its own; none is taken.
  void take_over(SlotTable& other) noexcept;

  // A slot of `connection`, or nullptr. Those that were given back come first.
  [[nodiscard]] Slot* take(Connection& connection, nvme::CommandDone done) noexcept {
    Slot* const slot = free_.pop_front();
    return slot != nullptr || made_ == count_ ? slot : &make_slot(connection, done);
  }
  void give_back(Slot& slot) noexcept { free_.push_front(slot); }
  // Those that have ever been taken; a slot's place is its `ttag`.
  [[nodiscard]] std::span<Slot> slots() noexcept { return {slots_, made_}; }
  [[nodiscard]] std::span<const Slot> slots() const noexcept { return {slots_, made_}; }

 private:
  static_assert(std::is_trivially_destructible_v<Slot>);
  Slot& make_slot(Connection& connection, nvme::CommandDone done) noexcept;
  void release() noexcept;

  Slot* slots_ = nullptr;
  uint32_t count_ = 0;
  uint32_t made_ = 0;
  IntrusiveQueue<Slot> free_;
};

}  // namespace outrigger::nvme_tcp
