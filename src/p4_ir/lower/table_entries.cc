// Initial entries (§14.2.1.4), their priorities, and actions with their data.
#include "p4_ir/lower/lowerer.h"

namespace outrigger::p4_ir {
namespace {

// The scalars of a known value, each of the width that it has in variables.
void bits_of(const p4::Value& value, const std::function<uint32_t(const p4::Type*)>& width_of,
             std::vector<Bits>& into) {
  const uint32_t width = width_of(value.type);
  if (width == 0 && p4::underlying(value.type)->is_fixed_integer()) {
    return;  // bit<0>: there is nothing to hold
  }
  if (const auto* number = value.number()) {
    into.push_back(Bits::from_integer(width == 0 ? 64 : width, *number));
  } else if (const bool* truth = value.boolean()) {
    into.emplace_back(1U, *truth ? 1U : 0U);
  } else if (const auto* member = std::get_if<const p4::EnumMember*>(&value.data)) {
    into.emplace_back(Program::enum_width, (*member)->index);
  } else if (const auto* error = std::get_if<const p4::ErrorMember*>(&value.data)) {
    into.emplace_back(Program::error_width, (*error)->index);
  } else if (const p4::Value::Composite* composite = value.composite()) {
    for (const p4::Value* part : composite->parts) {
      bits_of(*part, width_of, into);
    }
  }
}

// Also where a mask makes an exact key ternary.
bool has_priorities(const Table& table) {
  for (size_t i = 0; i < table.keys.size(); ++i) {
    const MatchKind kind = table.keys[i].kind;
    const auto is_masked = [i](const TableEntry& entry) { return entry.keys[i].kind == EntryKey::Kind::Masked; };
    if (kind == MatchKind::Ternary || kind == MatchKind::Range || kind == MatchKind::Optional ||
        (kind == MatchKind::Exact && std::ranges::any_of(table.entries, is_masked))) {
      return true;
    }
  }
  return false;
}

}  // namespace

ActionCall Lowerer::action_call(const p4::Binding& binding, uint32_t number, const TableAction& action) {
  ActionCall made;
  made.action = number;
  for (const p4::BoundArgument& bound : binding.arguments) {
    const auto* parameter = p4::as<p4::Parameter>(static_cast<const p4::Declaration*>(bound.parameter));
    const p4::Expression* value = bound.value != nullptr ? bound.value : bound.default_value;
    if (parameter == nullptr || parameter->direction != p4::Direction::None || value == nullptr) {
      continue;
    }
    const p4::Evaluated known = tree_.evaluate(frame_->instance, *value);
    if (known.value != nullptr) {
      bits_of(*known.value, [this](const p4::Type* type) { return width_of(type); }, made.arguments);
    }
  }
  for (size_t i = 0; i < action.parameters.size(); ++i) {
    const uint32_t width = action.parameters[i].width;
    if (i >= made.arguments.size()) {
      made.arguments.emplace_back(width);
    }
    made.arguments[i] = made.arguments[i].resized(width);
  }
  made.arguments.resize(action.parameters.size());
  return made;
}

std::optional<Bits> Lowerer::known_bits(const p4::Expression& expression, uint32_t width) {
  const p4::Evaluated known = tree_.evaluate(frame_->instance, expression);
  if (known.value == nullptr) {
    return std::nullopt;
  }
  std::vector<Bits> bits;
  bits_of(
      *known.value,
      [&](const p4::Type* type) {
        const uint32_t own = width_of(type);
        return own == 0 ? width : own;
      },
      bits);
  if (bits.size() != 1) {
    return std::nullopt;
  }
  return bits.front().resized(width);
}

bool Lowerer::lower_entry_key(const p4::Expression& keyset, const TableKey& key, EntryKey& into) {
  if (keyset.kind == p4::ExpressionKind::DontCare || keyset.kind == p4::ExpressionKind::Default) {
    return true;  // Any
  }
  const Bits ones = Bits(key.width).complement();
  const auto* binary = p4::as<p4::BinaryExpression>(&keyset);
  const bool is_mask = binary != nullptr && binary->op == p4::BinaryOperator::Mask;
  const bool is_range = binary != nullptr && binary->op == p4::BinaryOperator::Range;
  const auto first = known_bits(is_mask || is_range ? *binary->left : keyset, key.width);
  const auto second = is_mask || is_range ? known_bits(*binary->right, key.width) : first;
  if (!first.has_value() || !second.has_value()) {
    if (!is_over()) {
      refuse(keyset.where, "this key of an entry is not known when the program is compiled");
    }
    return false;
  }
  into.value = *first;
  if (is_range) {
    into.kind = EntryKey::Kind::Range;
    into.mask = *second;  // its end
    return true;
  }
  into.mask = is_mask ? *second : ones;
  switch (key.kind) {
    case MatchKind::Lpm: into.kind = EntryKey::Kind::Prefix; break;
    case MatchKind::Ternary: into.kind = EntryKey::Kind::Masked; break;
    case MatchKind::Range:
      into.kind = EntryKey::Kind::Range;
      into.mask = *second;
      break;
    default: into.kind = is_mask ? EntryKey::Kind::Masked : EntryKey::Kind::Exact; break;
  }
  if (into.kind == EntryKey::Kind::Masked || into.kind == EntryKey::Kind::Prefix) {
    into.value = Bits::bit_and(into.value, into.mask);
  }
  return true;
}

// §8.16.4: a range that ends before it begins is a set without members. One key that nothing matches is enough.
bool Lowerer::is_empty_set(const TableEntry& entry, std::span<const TableKey> keys) {
  for (size_t i = 0; i < keys.size() && i < entry.keys.size(); ++i) {
    const EntryKey& key = entry.keys[i];
    const bool is_signed = keys[i].is_signed;
    if (key.kind == EntryKey::Kind::Range && key.mask.to_integer(is_signed) < key.value.to_integer(is_signed)) {
      return true;
    }
  }
  return false;
}

void Lowerer::lower_table_entries(const p4::TableDeclaration& table, TableState& state) {
  const std::vector<TableKey> keys = program_.tables[index_of(state.id)].keys;
  std::vector<TableEntry> entries;
  std::vector<bool> is_empty;  // by entry
  for (const p4::TableEntry* entry : table.entries) {
    TableEntry made;
    made.where = entry->where;
    made.is_const = entry->is_const || table.entries_const;
    made.name = p4::name_annotation(entry->annotations);
    std::vector<const p4::Expression*> keysets(entry->keysets.begin(), entry->keysets.end());
    if (keysets.size() == 1 && keys.size() > 1) {
      if (const auto* list = p4::as<p4::ListExpression>(keysets.front())) {
        keysets.assign(list->elements.begin(), list->elements.end());
      }
    }
    made.keys.resize(keys.size());
    for (size_t i = 0; i < keys.size() && i < keysets.size(); ++i) {
      if (!lower_entry_key(*keysets[i], keys[i], made.keys[i])) {
        return;
      }
    }
    const auto number = state.numbers.find(entry->listed);
    if (number != state.numbers.end()) {
      made.action =
          action_call(entry->binding, number->second, program_.tables[index_of(state.id)].actions[number->second]);
    }
    made.priority = known_number(entry->priority);
    is_empty.push_back(is_empty_set(made, keys));
    if (is_empty.back()) {
      compilation_.diagnostics.warning("empty-range", entry->where,
                                       "nothing matches this entry: a range ends before it begins",
                                       "write the lower end first");
    }
    entries.push_back(std::move(made));
  }
  Table& made = program_.tables[index_of(state.id)];
  made.entries = std::move(entries);
  made.entries_are_const = table.has_entries && table.entries_const;
  if (!set_annotated_priorities(table, made)) {
    set_priorities(table, made);
  }
  // After that: entries without a priority of their own count from those before them, empty or not.
  size_t next = 0;
  std::erase_if(made.entries, [&](const TableEntry&) { return is_empty[next++]; });
}

// What published programs for BMv2 write behind an entry: @priority(n), of which the smallest wins; an entry without it
// has its place in the list, from 1.
bool Lowerer::set_annotated_priorities(const p4::TableDeclaration& table, Table& into) {
  const auto annotation_of = [](const p4::TableEntry* entry) {
    return p4::find_annotation(entry->annotations, "priority");
  };
  if (!has_priorities(into) || std::ranges::none_of(table.entries, annotation_of) ||
      std::ranges::any_of(table.entries, [](const p4::TableEntry* entry) { return entry->priority != nullptr; })) {
    return false;
  }
  for (size_t i = 0; i < into.entries.size(); ++i) {
    int64_t priority = static_cast<int64_t>(i) + 1;
    if (const p4::Annotation* annotation = annotation_of(table.entries[i])) {
      const std::vector<uint32_t> numbers = annotation_numbers(*annotation);
      if (numbers.size() != 1) {
        refuse(annotation->where, "@priority takes one number of 32 bits", "write @priority(1)");
        return true;
      }
      priority = numbers.front();
    }
    into.entries[i].priority = -priority;  // engines know one order: the larger wins
  }
  return true;
}

// §14.2.1.4: constant entries without priorities count in the order of the text; else `largest_priority_wins` (true
// unless it says otherwise) and `priority_delta` make those that are not given.
void Lowerer::set_priorities(const p4::TableDeclaration& table, Table& into) {
  if (!has_priorities(into)) {
    for (TableEntry& entry : into.entries) {
      entry.priority.reset();
    }
    return;
  }
  bool largest_wins = true;
  int64_t delta = 1;
  for (const p4::TableProperty* property : table.properties) {
    if (property->name.text == "largest_priority_wins") {
      largest_wins = known_number(property->value).value_or(1) != 0;
    } else if (property->name.text == "priority_delta") {
      delta = known_number(property->value).value_or(1);
    }
  }
  const auto count = static_cast<int64_t>(into.entries.size());
  int64_t next = largest_wins ? 1 + (count - 1) * delta : 1;
  for (TableEntry& entry : into.entries) {
    const int64_t priority = entry.priority.value_or(next);
    next = largest_wins ? priority - delta : priority + delta;
    entry.priority = largest_wins ? priority : -priority;  // engines know one order: the larger wins
  }
}

}  // namespace outrigger::p4_ir
