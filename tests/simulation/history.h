// History: every change of every block, ever, and which values a read may give: those of a register whose changes take
// effect at one moment between submission and completion. A read may return the value of a change unless another one
// was submitted after it had ended, and acknowledged before the read was submitted. A change that ended with an error
// may have happened or not, but not later than that.
//
// A copy changes a block to what its source held at some moment between the copy's submission and its end: whatever a
// read of the source in its place might have returned, but for what the copy itself has done to it.
//
// With a write cache: a loss of power takes back what was neither written with FUA nor flushed: those changes may be
// there or not. A flush makes durable what was acknowledged before it was submitted and has not been lost meanwhile.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <vector>

namespace outrigger::simulation {

class History {
 public:
  explicit History(uint64_t block_count) : blocks_(block_count) {
    for (auto& changes : blocks_) {
      changes.push_back({.values = {0}, .submitted = 0, .ended = 0, .is_acknowledged = true, .is_durable = true});
    }
  }

  // The change's index in its block, for end(). `now` is another for each request.
  size_t submit(uint64_t block, uint64_t value, uint64_t now) {
    blocks_[block].push_back({.values = {value}, .submitted = now});
    return blocks_[block].size() - 1;
  }
  size_t submit_copy(uint64_t block, uint64_t source, uint64_t now) {
    blocks_[block].push_back({.source = source, .submitted = now});
    return blocks_[block].size() - 1;
  }
  void end(uint64_t block, size_t index, uint64_t now, bool is_acknowledged, bool is_fua) {
    Change& change = blocks_[block][index];
    if (change.source.has_value()) {
      change.values = values_of(*change.source, change.submitted, change.submitted);
      change.source.reset();
    }
    change.ended = now;
    change.is_durable = is_acknowledged && is_fua;
    change.is_acknowledged = is_acknowledged && (is_fua || !change.is_lost);
  }
  // It has certainly not happened.
  void take_back(uint64_t block, size_t index) {
    blocks_[block][index].source.reset();
    blocks_[block][index].values.clear();
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
    return values_of(block, read_submitted, none).contains(value);
  }
  // Whether a comparison with `value`, by the request that was submitted at `own`, can have failed.
  [[nodiscard]] bool may_differ(uint64_t block, uint64_t value, uint64_t own) const {
    const std::set<uint64_t> values = values_of(block, own, own);
    return values.size() != 1 || !values.contains(value);
  }
  // What is there if nothing is under way.
  [[nodiscard]] uint64_t guess(uint64_t block) const {
    const auto& changes = blocks_[block];
    const auto latest = std::find_if(changes.rbegin(), changes.rend(), [](const Change& change) {
      return change.is_acknowledged && !change.values.empty();
    });
    return latest != changes.rend() ? *latest->values.rbegin() : 0;
  }

 private:
  static constexpr uint64_t none = UINT64_MAX;
  struct Change {
    std::set<uint64_t> values{};       // one, or what the source of a copy may have held
    std::optional<uint64_t> source{};  // of a copy that is under way
    uint64_t submitted = 0;
    uint64_t ended = UINT64_MAX;
    bool is_acknowledged = false;
    bool is_durable = false;
    bool is_lost = false;  // may be, if it had happened before the power went
  };

  // What a read that was submitted at `since` may return by now, but for what the request `own` did.
  [[nodiscard]] std::set<uint64_t> values_of(uint64_t block, uint64_t since, uint64_t own) const {
    std::set<uint64_t> values;
    std::vector<uint64_t> seen{own};
    collect(block, since, seen, values);
    return values;
  }
  // Copies that are under way may have each other as sources.
  void collect(uint64_t block, uint64_t since, std::vector<uint64_t>& seen, std::set<uint64_t>& values) const {
    const auto& changes = blocks_[block];
    for (const Change& change : changes) {
      const bool is_replaced = std::ranges::any_of(changes, [&](const Change& later) {
        return later.is_acknowledged && later.submitted > change.ended && later.ended < since;
      });
      if (is_replaced || std::ranges::find(seen, change.submitted) != seen.end()) {
        continue;
      }
      values.insert(change.values.begin(), change.values.end());
      if (change.source.has_value()) {
        seen.push_back(change.submitted);
        collect(*change.source, change.submitted, seen, values);
        seen.pop_back();
      }
    }
  }
  std::vector<std::deque<Change>> blocks_;
};

}  // namespace outrigger::simulation
