// Table: the entries of one P4 table, their default, and what the control plane does with them.
//
// Control calls may come from any thread and exclude each other by a mutex; data threads use abi() alone, without a
// lock. Errors are for a person and name the table: InvalidArgument (a value does not fit), AlreadyExists (same match
// and, where there are priorities, same priority), NotFound, ResourceExhausted (full), FailedPrecondition (const),
// Unavailable (too many changes wait for data threads; try again).
#pragma once

#include "pipeline/abi.h"
#include "pipeline/action_profile.h"
#include "pipeline/match_index.h"
#include "pipeline/record_store.h"
#include "pipeline/table_shape.h"

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace outrigger::pipeline {

// What an entry, or the default, does. `data` as the compiler laid it out: action_data_bytes[action] of them.
struct ActionSpec {
  uint32_t action = 0;
  std::span<const uint8_t> data = {};
  EntryKind kind = EntryKind::Action;
  uint32_t reference = 0;  // the member's or group's id; then action and data are not looked at
};

struct EntrySpec {
  std::span<const uint8_t> value = {};  // packed, see table_shape.h
  std::span<const uint8_t> bound = {};  // may be empty for keys of exact fields alone
  uint32_t priority = 0;                // means something only where the shape is_ranked()
  ActionSpec action = {};
  bool is_const = false;  // never modified nor removed
  uint64_t idle_timeout_ns = 0;
};

// What an entry is; valid until the next control call of this table.
struct EntryView {
  uint32_t handle = 0;
  std::span<const uint8_t> value = {};
  std::span<const uint8_t> bound = {};
  uint32_t priority = 0;
  ActionSpec action = {};
  bool is_const = false;
  uint64_t idle_timeout_ns = 0;
};

class Table {
 public:
  // `quiescence` and `profile` outlive the table. The default entry is action `default_action`. With a profile, entries
  // may be Member or Group.
  static Result<std::unique_ptr<Table>> make(const TableShape& shape, const ActionSpec& default_action,
                                             Quiescence& quiescence, ActionProfile* profile = nullptr);
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  // The entry's handle. `now_ns`: it counts as hit then.
  Result<uint32_t> insert(const EntrySpec& spec, uint64_t now_ns = 0);
  Result<> modify(uint32_t handle, const ActionSpec& action);
  Result<> set_idle_timeout(uint32_t handle, uint64_t idle_timeout_ns);
  Result<> remove(uint32_t handle);
  // The handle of the entry with exactly this match (and priority).
  Result<uint32_t> find(std::span<const uint8_t> value, std::span<const uint8_t> bound, uint32_t priority);
  Result<EntryView> get(uint32_t handle);
  // All entries, by handle. The function must not call the table.
  void for_each(const std::function<void(const EntryView&)>& visit);
  // Removes all entries that are not const.
  void clear();
  [[nodiscard]] uint32_t count();

  Result<> set_default(const ActionSpec& action);
  Result<> reset_default();
  [[nodiscard]] EntryView default_entry();

  // Entries that nobody hit for their idle time-out, each told once until it is hit again; at most `most`.
  std::vector<uint32_t> find_idle(uint64_t now_ns, size_t most);
  // A handle gets used anew: for who keeps direct counters and meters by handle. Called before data threads can see it.
  void on_new_handle(std::function<void(uint32_t handle)> listener) { new_handle_ = std::move(listener); }

  [[nodiscard]] const TableAbi& abi() const noexcept { return abi_; }
  [[nodiscard]] const TableShape& shape() const noexcept { return store_->shape(); }
  [[nodiscard]] StructureKind structure() const noexcept { return index_->kind(); }
  // Handles there can be: the size of direct counters and meters.
  [[nodiscard]] uint32_t handles_max() const noexcept { return store_->capacity(); }

  // One key, padded to key_stride() bytes: for tests, and where there is no burst.
  [[nodiscard]] const Entry& lookup(const uint8_t* key) const noexcept {
    const Entry* found = nullptr;
    abi_.lookup(&abi_, key, key_stride(abi_.key_bytes), 1, &found);
    return *found;
  }

 private:
  Table(std::unique_ptr<RecordStore> store, std::unique_ptr<MatchIndex> index, ActionProfile* profile);
  Result<> check_action(const ActionSpec& action) const;
  // A record that holds the action, not published; discard() gives it back, retire() when it was.
  Result<uint32_t> record_for(const ActionSpec& action);
  void discard(uint32_t reference);
  void retire(uint32_t reference);
  Result<uint32_t> prefix_bits_of(std::span<const uint8_t> value, std::span<const uint8_t> bound);
  Result<> fill(uint32_t reference, const EntrySpec& spec, uint32_t prefix_bits);
  Result<uint32_t> changeable(uint32_t handle) const;
  Result<uint32_t> existing(uint32_t handle) const;
  Result<> put_default(const ActionSpec& action);
  void remove_record(uint32_t reference);
  [[nodiscard]] EntryView view_of(uint32_t reference) const;
  void find_idle_among(uint32_t first, uint32_t end, uint64_t now_ns, size_t most, std::vector<uint32_t>& idle);
  [[nodiscard]] bool is_idle(uint32_t reference, uint64_t now_ns) const;

  std::unique_ptr<RecordStore> store_;
  std::unique_ptr<MatchIndex> index_;
  ActionProfile* const profile_;
  TableAbi abi_;
  Region hit_ns_;
  std::mutex mutex_;  // guards everything below, and the control side of store_ and index_
  uint32_t default_reference_ = 0;
  uint32_t first_default_action_ = 0;
  std::vector<uint8_t> first_default_data_;
  uint64_t sequence_ = 0;
  // The match at hand, padded.
  std::vector<uint8_t> value_;
  std::vector<uint8_t> bound_;
  std::function<void(uint32_t handle)> new_handle_;
};

}  // namespace outrigger::pipeline
