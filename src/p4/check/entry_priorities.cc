// Priorities of entries (P4-16 §14.2.1.4.1): as they are written, and counted on from there.
#include <algorithm>
#include <optional>
#include <unordered_set>

#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/entry_priority.h"

namespace outrigger::p4 {

namespace {

struct Priority {
  int64_t value = 0;
  const TableEntry* entry = nullptr;
};

}  // namespace

// Whether the largest wins, and the step from one to the next; what is wrong with these has been said.
Checker::PriorityRules Checker::priority_rules(const TableDeclaration& table) {
  PriorityRules rules;
  for (const TableProperty* const property : table.properties) {
    const Value* const value = property->value != nullptr ? converted_value(*property->value) : nullptr;
    if (value == nullptr) {
      continue;
    }
    if (property->name.text == "largest_priority_wins" && value->boolean() != nullptr) {
      rules.largest_wins = *value->boolean();
    } else if (property->name.text == "priority_delta" && value->number() != nullptr) {
      rules.delta = value->number()->fits_uint_p() != 0
                        ? std::min<int64_t>(static_cast<int64_t>(value->number()->get_ui()), entry_priority_max)
                        : entry_priority_max;
    }
  }
  return rules;
}

void Checker::check_entry_priorities(TableDeclaration& table) {
  const auto has_priority = [](const TableEntry* one) { return one->priority != nullptr; };
  const auto with = std::ranges::find_if(table.entries, has_priority);
  if (with == table.entries.end() || table.entries_const) {
    return;
  }
  if (with != table.entries.begin()) {
    error(table.entries.front()->where, "the first entry has no priority, but a later one has",
          "give the first one a priority too: those that follow are counted from it")
        .note((*with)->where, "this one has a priority");
    return;
  }
  const PriorityRules rules = priority_rules(table);
  std::optional<Priority> before;
  std::unordered_set<int64_t> seen;
  for (const TableEntry* const entry : table.entries) {
    Priority now{0, entry};
    if (entry->priority != nullptr) {
      const Value* const value = converted_value(*entry->priority);
      if (value == nullptr || value->number() == nullptr || value->number()->fits_sint_p() == 0) {
        return;  // it has been said
      }
      now.value = value->number()->get_si();
      if (now.value < 0 || now.value > static_cast<int64_t>(entry_priority_max)) {
        return;  // so has this
      }
    } else {
      now.value = before->value + (rules.largest_wins ? -rules.delta : rules.delta);
    }
    if (now.value < 0 || now.value > static_cast<int64_t>(entry_priority_max)) {
      error(entry->where, fmt::format("counting from the entries before, this one has the priority {}", now.value),
            fmt::format("write one from 0 to {}", entry_priority_max));
      return;
    }
    if (!seen.insert(now.value).second) {
      warning("duplicate_priorities", entry->where, fmt::format("another entry has the priority {} too", now.value),
              "give each entry one of its own: which of them wins is not defined");
    }
    if (before.has_value() && (rules.largest_wins ? before->value < now.value : before->value > now.value)) {
      warning("entries_out_of_priority_order", entry->where,
              fmt::format("this entry wins over the one before, whose priority is {}", before->value),
              "put the entries into the order of their priorities");
    }
    before = now;
  }
}

}  // namespace outrigger::p4
