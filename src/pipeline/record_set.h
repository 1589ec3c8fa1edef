// RecordSet: which of a table's records has this match? For the control plane alone: open addressing with linear
// probing, and deletion by moving back, so that it does not wear out.
#pragma once

#include <cstdint>
#include <vector>

namespace outrigger::pipeline {

class RecordSet {
 public:
  RecordSet() : slots_(initial_slots) {}

  // The record with this hash of which `is_it(reference)` is true, or 0.
  template <typename IsIt>
  [[nodiscard]] uint32_t find(uint64_t hash, IsIt is_it) const {
    const auto wanted = static_cast<uint32_t>(hash >> 32);
    for (size_t i = home(wanted); slots_[i].reference != 0; i = next(i)) {
      if (slots_[i].hash == wanted && is_it(slots_[i].reference)) {
        return slots_[i].reference;
      }
    }
    return 0;
  }
  void insert(uint64_t hash, uint32_t reference) {
    if (2 * (count_ + 1) > slots_.size()) {
      grow();
    }
    place({static_cast<uint32_t>(hash >> 32), reference});
    ++count_;
  }
  // It must be there.
  void replace(uint64_t hash, uint32_t before, uint32_t after) { slots_[at(hash, before)].reference = after; }
  void remove(uint64_t hash, uint32_t reference) {
    size_t hole = at(hash, reference);
    for (size_t i = next(hole); slots_[i].reference != 0; i = next(i)) {
      // May what is at i lie in the hole? If its home is not between the hole and i.
      const size_t distance = (i - home(slots_[i].hash)) & (slots_.size() - 1);
      if (distance >= ((i - hole) & (slots_.size() - 1))) {
        slots_[hole] = slots_[i];
        hole = i;
      }
    }
    slots_[hole] = {};
    --count_;
  }
  void clear() {
    slots_.assign(initial_slots, Slot{});
    count_ = 0;
  }

 private:
  struct Slot {
    uint32_t hash = 0;
    uint32_t reference = 0;
  };
  static constexpr size_t initial_slots = 16;  // a power of two

  [[nodiscard]] size_t home(uint32_t hash) const { return hash & (slots_.size() - 1); }
  [[nodiscard]] size_t next(size_t i) const { return (i + 1) & (slots_.size() - 1); }
  [[nodiscard]] size_t at(uint64_t hash, uint32_t reference) const {
    size_t i = home(static_cast<uint32_t>(hash >> 32));
    while (slots_[i].reference != reference) {
      i = next(i);
    }
    return i;
  }
  void place(Slot slot) {
    size_t i = home(slot.hash);
    while (slots_[i].reference != 0) {
      i = next(i);
    }
    slots_[i] = slot;
  }
  void grow() {
    std::vector<Slot> before(2 * slots_.size());
    before.swap(slots_);
    for (const Slot& slot : before) {
      if (slot.reference != 0) {
        place(slot);
      }
    }
  }

  std::vector<Slot> slots_;
  size_t count_ = 0;
};

}  // namespace outrigger::pipeline
