// History: every change of every block, ever, and which values a read may give: those of a register whose changes take
// effect at one moment between submission and completion. A read may return the value of a change unless another one
// was submitted after it had ended, and acknowledged before the read was submitted. A change that ended with an error
// may have happened or not, but not later than that.
//
// With a write cache: a loss of power takes back what was neither written with FUA nor flushed: those changes may be
// there or not. A flush makes durable what was acknowledged before it was submitted and has not been lost meanwhile.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace outrigger::simulation {

class History {
 public:
  explicit History(uint64_t block_count) : blocks_(block_count) {
    for (auto& changes : blocks_) {
      changes.push_back({.value = 0, .submitted = 0, .ended = 0, .is_acknowledged = true, .is_durable = true});
    }
  }

  // The change's index in its block, for end().
  size_t submit(uint64_t block, uint64_t value, uint64_t now) {
    blocks_[block].push_back({.value = value, .submitted = now});
    return blocks_[block].size() - 1;
  }
  void end(uint64_t block, size_t index, uint64_t now, bool is_acknowledged, bool is_fua) {
    Change& change = blocks_[block][index];
    change.ended = now;
    change.is_durable = is_acknowledged && is_fua;
    change.is_acknowledged = is_acknowledged && (is_fua || !change.is_lost);
  }
  void flushed(uint64_t flush_submitted) {
    for (auto& changes : blocks_) {
      for (Change& change : changes) {
        change.is_durable = change.is_durable || (change.is_acknowledged && change.ended < flush_submitted);
      }
    }
  }
  void power_lost() {
    for (auto& changes : blocks_) {
      for (Change& change : changes) {
        change.is_acknowledged = change.is_acknowledged && change.is_durable;
        change.is_lost = change.is_lost || !change.is_durable;
      }
    }
  }
  [[nodiscard]] bool may_return(uint64_t block, uint64_t value, uint64_t read_submitted) const {
    const auto& changes = blocks_[block];
    return std::ranges::any_of(changes, [&](const Change& change) {
      return change.value == value && std::ranges::none_of(changes, [&](const Change& later) {
               return later.is_acknowledged && later.submitted > change.ended && later.ended < read_submitted;
             });
    });
  }

 private:
  struct Change {
    uint64_t value = 0;
    uint64_t submitted = 0;
    uint64_t ended = UINT64_MAX;
    bool is_acknowledged = false;
    bool is_durable = false;
    bool is_lost = false;  // may be, if it had happened before the power went
  };
  std::vector<std::deque<Change>> blocks_;
};

}  // namespace outrigger::simulation
