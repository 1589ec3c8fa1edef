// match_table.h: one table of a program at run time: its entries in a structure of `pipeline`, looked up by bit
// strings.
//
// Action data are laid out as the parameters follow each other, each a big-endian number of ⌈width / 8⌉ bytes.
// Priorities are as p4_ir has them: the larger wins, and they may be negative.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/random.h"
#include "p4_ir/engine.h"
#include "p4_target/hash_algorithm.h"
#include "pipeline/action_profile.h"
#include "pipeline/table.h"

namespace outrigger::p4_target {

// What an entry does: an action with its data, or a member or group of the table's action profile.
struct EntryAction {
  p4_ir::ActionCall call;
  pipeline::EntryKind kind = pipeline::EntryKind::Action;
  uint32_t reference = 0;
};

// What a lookup found; `handle` is pipeline::no_handle for the default action.
struct Lookup {
  p4_ir::Found found;
  uint32_t handle = pipeline::no_handle;
};

class MatchTable {
 public:
  // With the program's entries and default action. `profile` is the table's action profile or null; `table` and
  // `profile` outlive this.
  static Result<std::unique_ptr<MatchTable>> make(const p4_ir::Table& table, pipeline::Quiescence& quiescence,
                                                  pipeline::ActionProfile* profile,
                                                  std::optional<HashAlgorithm> selector);

  // One key for each of the table's, without those of match kind selector. The entry's handle.
  Result<uint32_t> add(std::span<const p4_ir::EntryKey> keys, int64_t priority, const EntryAction& action,
                       uint64_t now_ns = 0, bool is_const = false, uint64_t idle_timeout_ns = 0);
  Result<> modify(uint32_t handle, const EntryAction& action);
  Result<> remove(uint32_t handle);
  Result<> set_default(const EntryAction& action);
  // All entries that are not const go.
  void clear();

  // `keys` in the order of p4_ir::Table::keys. The arguments found live until the next lookup.
  Lookup look_up(std::span<const p4_ir::Bits> keys, uint64_t now_ns, const Hasher& hasher);

  [[nodiscard]] pipeline::Table& entries() noexcept { return *entries_; }
  [[nodiscard]] const p4_ir::Table& table() const noexcept { return table_; }
  // Handles of the program's own entries, in their order.
  [[nodiscard]] const std::vector<uint32_t>& initial_handles() const noexcept { return initial_handles_; }

 private:
  explicit MatchTable(const p4_ir::Table& table) : table_(table) {}
  Result<> make_entries(pipeline::Quiescence& quiescence, pipeline::ActionProfile* profile);
  Result<> add_initial_entries();
  Result<pipeline::FieldMatch> field_match(size_t key, const p4_ir::EntryKey& pattern) const;
  Result<std::vector<uint8_t>> pack(const p4_ir::ActionCall& call) const;
  Result<pipeline::KeyMatch> pack_keys(std::span<const p4_ir::EntryKey> keys) const;
  void unpack(uint32_t action, const uint8_t* data);

  const p4_ir::Table& table_;
  std::vector<pipeline::MatchKind> kinds_;  // of the keys that are matched
  std::unique_ptr<pipeline::Table> entries_;
  pipeline::ActionProfile* profile_ = nullptr;
  std::optional<HashAlgorithm> selector_;
  std::vector<uint32_t> initial_handles_;
  std::vector<uint8_t> key_;  // of the lookup at hand, padded
  std::vector<p4_ir::Bits> arguments_;
};

// Sizes of each action's data, for tables and profiles.
[[nodiscard]] std::vector<uint32_t> action_data_bytes(const p4_ir::Table& table);
// A call's arguments, laid out.
[[nodiscard]] Result<std::vector<uint8_t>> pack_action(const p4_ir::Table& table, const p4_ir::ActionCall& call);

}  // namespace outrigger::p4_target
