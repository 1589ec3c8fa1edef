// learned_entries.h: entries that the data plane adds to tables with `add_on_miss`, and their expiry (PNA 0.7, "Tables
// with add-on-miss capability", "Table entry idle timeout").
//
// Entries of a table whose `pna_idle_timeout` is AUTO_DELETE (or whose `idle_timeout_with_auto_delete` is true) go when
// nobody has restarted their timer for the time of their profile; a hit alone does not. Entries of the control plane,
// and those of other tables, stay.
#pragma once

#include <array>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "p4_target/tables.h"

namespace outrigger::p4_target {

class LearnedEntries {
 public:
  // As many profiles, and with such times, as DPDK's compiler gives to its learner tables.
  static constexpr size_t profiles = 8;

  // Both outlive this.
  LearnedEntries(const p4_ir::Program& program, Tables& tables);

  // The time of a profile, for entries that are added or get the profile from now on. InvalidArgument: no such profile,
  // or no time at all.
  Result<> set_expire_time(uint64_t profile, uint64_t time_ns);

  // A packet begins: no table has been looked up yet.
  void forget_lookup() noexcept { has_lookup_ = false; }
  // The lookup that calls from now on are about: that of the table whose action runs.
  void note_lookup(p4_ir::TableId table, std::span<const p4_ir::Bits> keys, uint32_t handle);
  // An entry with the keys that have just missed. `action` may leave out the names around it. False: the table does not
  // add, or was hit; no such action or other data than it takes; the table is full.
  [[nodiscard]] bool add(std::string_view action, std::span<const p4_ir::Bits> data, std::optional<uint64_t> profile,
                         uint64_t now_ns);
  // The timer of the entry that was hit.
  void restart(uint64_t now_ns);
  void set_profile(uint64_t profile, uint64_t now_ns);
  void remove_expired(uint64_t now_ns);

 private:
  using Key = std::pair<p4_ir::TableId, uint32_t>;  // an entry by its handle
  struct Timer {
    uint64_t time_ns = 0;
    uint64_t deadline_ns = 0;
  };

  [[nodiscard]] static bool deletes(const p4_ir::Table& table);
  [[nodiscard]] uint64_t time_of(uint64_t profile) const { return times_ns_[profile < profiles ? profile : 0]; }
  [[nodiscard]] std::optional<p4_ir::ActionCall> action_call(const p4_ir::Table& table, std::string_view action,
                                                             std::span<const p4_ir::Bits> data) const;
  void start(Key entry, uint64_t time_ns, uint64_t now_ns);

  const p4_ir::Program& program_;
  Tables& tables_;
  std::array<uint64_t, profiles> times_ns_;
  std::map<Key, Timer> timers_;
  std::set<std::pair<uint64_t, Key>> deadlines_;  // of timers_, the next one first
  bool has_lookup_ = false;
  p4_ir::TableId table_{};
  std::vector<p4_ir::Bits> keys_;
  uint32_t handle_ = pipeline::no_handle;
};

}  // namespace outrigger::p4_target
