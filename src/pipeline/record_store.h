// RecordStore: the memory of one table's entries. A record is what data threads read (the entry, its data, its match),
// found by a 32-bit reference; 0 is none. A record never changes once it is published: an entry that is modified gets
// another record and keeps its handle. Both are used again only after every data thread has passed (Quiescence).
//
// All calls but entry(), value(), value_of(), bound() and order() belong to the control plane, one at a time.
#pragma once

#include "pipeline/abi.h"
#include "pipeline/free_list.h"
#include "pipeline/quiescence.h"
#include "pipeline/record_set.h"
#include "pipeline/region.h"
#include "pipeline/table_shape.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace outrigger::pipeline {

// Which of two entries that both match wins, in tables with priorities: the larger rank; of equal ones the older.
struct Order {
  uint64_t rank = 0;
  uint64_t sequence = 0;

  [[nodiscard]] bool is_better_than(const Order& other) const noexcept {
    return rank != other.rank ? rank > other.rank : sequence < other.sequence;
  }
};

// What only the control plane knows of a record.
struct RecordNotes {
  uint32_t priority;
  uint32_t prefix_bits;
  uint64_t sequence;
  uint64_t idle_timeout_ns;
  bool is_const;
  bool is_reported;  // as idle, since it was hit last
};

class RecordStore {
 public:
  static Result<std::unique_ptr<RecordStore>> make(const TableShape& shape, Quiescence& quiescence);
  ~RecordStore();
  RecordStore(const RecordStore&) = delete;
  RecordStore& operator=(const RecordStore&) = delete;

  [[nodiscard]] Entry* entry(uint32_t reference) const noexcept {
    return reinterpret_cast<Entry*>(records_.as<uint8_t>() + uint64_t{reference} * stride_);
  }
  [[nodiscard]] uint8_t* value(uint32_t reference) const noexcept {
    return records_.as<uint8_t>() + uint64_t{reference} * stride_ + value_offset_;
  }
  [[nodiscard]] const uint8_t* value_of(const Entry* entry) const noexcept {
    return reinterpret_cast<const uint8_t*>(entry) + value_offset_;
  }
  [[nodiscard]] const uint8_t* bound(uint32_t reference) const noexcept {
    return has_bounds_ ? value(reference) + key_stride_ : ones_.data();
  }
  // Only in tables whose shape is_ranked().
  [[nodiscard]] Order& order(uint32_t reference) const noexcept {
    return *reinterpret_cast<Order*>(records_.as<uint8_t>() + uint64_t{reference} * stride_ + order_offset_);
  }
  [[nodiscard]] RecordNotes& notes(uint32_t reference) const noexcept { return notes_.as<RecordNotes>()[reference]; }

  // A record with all fields zero but for the entry's header. Unavailable: too many wait for data threads.
  Result<uint32_t> allocate();
  // Gives back what was never published; retire() what was.
  void release(uint32_t reference) noexcept { free_records_.push(reference); }
  void retire(uint32_t reference);
  Result<uint32_t> allocate_handle();
  void release_handle(uint32_t handle) { free_handles_.push(handle); }
  void retire_handle(uint32_t handle);
  // Writes the match into an unpublished record.
  void set_match(uint32_t reference, const uint8_t* value, const uint8_t* bound) noexcept;

  // The published record with this match (and priority), or 0.
  [[nodiscard]] uint32_t find(const uint8_t* value, const uint8_t* bound, uint32_t priority) const noexcept;
  void publish(uint32_t reference);                                  // find() finds it from now on
  void republish(uint32_t before, uint32_t after);                   // the same match
  void withdraw(uint32_t reference);                                 // find() does not any more
  [[nodiscard]] uint32_t of_handle(uint32_t handle) const noexcept;  // 0: no such entry
  [[nodiscard]] uint32_t handles_end() const noexcept { return handles_end_; }
  [[nodiscard]] uint32_t count() const noexcept { return count_; }

  [[nodiscard]] const TableShape& shape() const noexcept { return shape_; }
  [[nodiscard]] Quiescence& quiescence() const noexcept { return quiescence_; }
  [[nodiscard]] const uint8_t* records() const noexcept { return records_.as<uint8_t>(); }
  [[nodiscard]] uint32_t stride() const noexcept { return stride_; }
  [[nodiscard]] uint32_t value_offset() const noexcept { return value_offset_; }
  [[nodiscard]] uint32_t key_stride_bytes() const noexcept { return key_stride_; }
  [[nodiscard]] uint32_t key_words() const noexcept { return key_stride_ / 8; }
  [[nodiscard]] bool has_bounds() const noexcept { return has_bounds_; }
  // Handles and records there can be: the table's size and what may wait for data threads.
  [[nodiscard]] uint32_t capacity() const noexcept { return capacity_; }

 private:
  RecordStore(const TableShape& shape, Quiescence& quiescence);
  [[nodiscard]] uint64_t hash_of(const uint8_t* value, const uint8_t* bound, uint32_t priority) const noexcept;
  [[nodiscard]] uint64_t hash_of(uint32_t reference) const noexcept;
  // One of `free`, or the next that was never used.
  Result<uint32_t> take(FreeList& free, uint32_t& end);

  const TableShape shape_;
  Quiescence& quiescence_;
  bool has_bounds_ = false;
  uint32_t key_stride_ = 0;
  uint32_t order_offset_ = 0;
  uint32_t value_offset_ = 0;
  uint32_t stride_ = 0;
  uint32_t capacity_ = 0;
  std::vector<uint8_t> ones_;  // the bound of exact keys
  Region records_;
  Region notes_;
  Region of_handle_;  // uint32_t by handle
  RecordSet set_;
  uint32_t records_end_ = 1;
  uint32_t handles_end_ = 0;
  uint32_t count_ = 0;
  FreeList free_records_;
  FreeList free_handles_;
};

}  // namespace outrigger::pipeline
