// RecordSet: which of a table's records has this match? For the control plane alone: open addressing with linear
// probing, and deletion by moving back, so that it does not wear out. It grows a little with each insertion, so that
// none takes long: what was there stays in the old slots, which are found too, until it is moved.
#pragma once

#include "base/check.h"

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>

namespace outrigger::pipeline {

class RecordSet {
 public:
  RecordSet() : now_(initial_slots) {}

  // The record with this hash of which `is_it(reference)` is true, or 0.
  template <typename IsIt>
  [[nodiscard]] uint32_t find(uint64_t hash, IsIt is_it) const {
    const auto wanted = static_cast<uint32_t>(hash >> 32);
    const uint32_t found = now_.at(now_.find(wanted, is_it)).reference;
    return found != 0 || before_.is_empty() ? found : before_.at(before_.find(wanted, is_it)).reference;
  }
  void insert(uint64_t hash, uint32_t reference) {
    if (2 * (count_ + 1) > now_.size()) {
      grow();
    }
    now_.place({static_cast<uint32_t>(hash >> 32), reference});
    ++count_;
    if (!before_.is_empty()) {
      move(slots_moved);
    }
  }
  // It must be there.
  void replace(uint64_t hash, uint32_t before, uint32_t after) {
    auto [slots, i] = at(hash, before);
    slots->at(i).reference = after;
  }
  void remove(uint64_t hash, uint32_t reference) {
    auto [slots, i] = at(hash, reference);
    slots->take_out(i);
    --count_;
  }

 private:
  struct Slot {
    uint32_t hash = 0;
    uint32_t reference = 0;
  };
  // Memory of zeroes, which costs nothing until it is touched: a large one is not written as a whole at once.
  class Slots {
   public:
    Slots() = default;
    explicit Slots(size_t size) : slots_(static_cast<Slot*>(std::calloc(size, sizeof(Slot)))), size_(size) {
      check(slots_ != nullptr && std::has_single_bit(size), "memory for the records of a table");
    }
    [[nodiscard]] bool is_empty() const { return size_ == 0; }
    [[nodiscard]] size_t size() const { return size_; }
    [[nodiscard]] Slot& at(size_t i) const { return slots_[i]; }
    [[nodiscard]] size_t next(size_t i) const { return (i + 1) & (size_ - 1); }
    // Where it is, or the free slot where it would be.
    template <typename IsIt>
    [[nodiscard]] size_t find(uint32_t wanted, IsIt is_it) const {
      size_t i = home(wanted);
      while (slots_[i].reference != 0 && !(slots_[i].hash == wanted && is_it(slots_[i].reference))) {
        i = next(i);
      }
      return i;
    }
    void place(Slot slot) {
      slots_[find(slot.hash, [](uint32_t) { return false; })] = slot;
    }
    void take_out(size_t hole) {
      for (size_t i = next(hole); slots_[i].reference != 0; i = next(i)) {
        // May what is at i lie in the hole? If its home is not between the hole and i.
        const size_t distance = (i - home(slots_[i].hash)) & (size_ - 1);
        if (distance >= ((i - hole) & (size_ - 1))) {
          slots_[hole] = slots_[i];
          hole = i;
        }
      }
      slots_[hole] = {};
    }

   private:
    struct Free {
      void operator()(Slot* slots) const { std::free(slots); }
    };
    [[nodiscard]] size_t home(uint32_t hash) const { return hash & (size_ - 1); }

    std::unique_ptr<Slot[], Free> slots_;
    size_t size_ = 0;
  };
  static constexpr size_t initial_slots = 16;  // a power of two
  // Old slots that each insertion moves: done after an eighth of the insertions until it grows again.
  static constexpr size_t slots_moved = 8;

  [[nodiscard]] std::pair<Slots*, size_t> at(uint64_t hash, uint32_t reference) {
    const auto wanted = static_cast<uint32_t>(hash >> 32);
    const auto is_it = [reference](uint32_t other) { return other == reference; };
    if (const size_t i = now_.find(wanted, is_it); now_.at(i).reference != 0) {
      return {&now_, i};
    }
    check(!before_.is_empty(), "a record that was inserted is there");
    return {&before_, before_.find(wanted, is_it)};
  }
  // Moves at least so many slots, and on to the next free one: what lies together stays together, and is found.
  void move(size_t slots) {
    while (left_ > 0) {
      Slot& slot = before_.at(cursor_);
      cursor_ = before_.next(cursor_);
      --left_;
      slots -= slots > 0 ? 1 : 0;
      if (slot.reference != 0) {
        now_.place(std::exchange(slot, {}));
      } else if (slots == 0) {
        return;
      }
    }
    before_ = {};
  }
  void grow() {
    if (!before_.is_empty()) {
      move(left_);
    }
    before_ = std::exchange(now_, Slots(2 * now_.size()));
    left_ = before_.size();
    cursor_ = 0;
    while (before_.at(cursor_).reference != 0) {  // behind a free slot: at the front of what lies together
      cursor_ = before_.next(cursor_);
    }
  }

  Slots now_;
  Slots before_;       // while it grows
  size_t cursor_ = 0;  // the next of before_ to move, and how many are left
  size_t left_ = 0;
  size_t count_ = 0;
};

}  // namespace outrigger::pipeline
