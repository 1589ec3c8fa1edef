// match_table.cc: patterns and keys as pipeline's packed bytes, and the lookup.
#include "p4_target/match_table.h"

#include <algorithm>
#include <limits>

#include "p4_target/field_bytes.h"

namespace outrigger::p4_target {
namespace {

using p4_ir::Bits;
using p4_ir::EntryKey;

pipeline::MatchKind kind_of(p4_ir::MatchKind kind) {
  switch (kind) {
    case p4_ir::MatchKind::Lpm: return pipeline::MatchKind::Lpm;
    case p4_ir::MatchKind::Ternary: return pipeline::MatchKind::Ternary;
    case p4_ir::MatchKind::Range: return pipeline::MatchKind::Range;
    case p4_ir::MatchKind::Optional: return pipeline::MatchKind::Optional;
    case p4_ir::MatchKind::Exact:
    case p4_ir::MatchKind::Selector: break;
  }
  return pipeline::MatchKind::Exact;
}

bool is_prefix(const Bits& mask) {
  uint32_t ones = mask.width();
  while (ones > 0 && mask.bit(ones - 1)) {
    --ones;
  }
  return ones == 0 || mask.slice(ones - 1, 0).is_zero();
}

// Can a key of this kind have the pattern? Programs may write more in entries than the control plane can.
bool holds(pipeline::MatchKind kind, const EntryKey& pattern) {
  switch (pattern.kind) {
    case EntryKey::Kind::Any: return kind != pipeline::MatchKind::Exact;
    case EntryKey::Kind::Exact: return true;
    case EntryKey::Kind::Prefix:
    case EntryKey::Kind::Masked:
      return kind == pipeline::MatchKind::Ternary || (kind == pipeline::MatchKind::Lpm && is_prefix(pattern.mask));
    case EntryKey::Kind::Range: return kind == pipeline::MatchKind::Range;
  }
  return false;
}

// Signed ranges are compared as unsigned ones with the sign turned round.
Bits turned(const Bits& value) {
  const uint32_t sign = value.width() - 1;
  return value.with_slice(sign, sign, Bits(1, value.bit(sign) ? 0U : 1U));
}

std::vector<uint8_t> number_bytes(const Bits& value) {
  std::vector<uint8_t> bytes(bytes_of(value.width()));
  put_number(value, bytes);
  return bytes;
}

uint32_t ones_of(const Bits& mask) {
  uint32_t ones = 0;
  while (ones < mask.width() && mask.bit(mask.width() - 1 - ones)) {
    ++ones;
  }
  return ones;
}

// pipeline has no negative priorities.
uint32_t unsigned_priority(int64_t priority) {
  constexpr int64_t middle = int64_t{1} << 31U;
  return static_cast<uint32_t>(std::clamp(priority, -middle, middle - 1) + middle);
}

}  // namespace

std::vector<uint32_t> action_data_bytes(const p4_ir::Table& table) {
  std::vector<uint32_t> sizes;
  for (const p4_ir::TableAction& action : table.actions) {
    uint32_t size = 0;
    for (const p4_ir::ActionParameter& parameter : action.parameters) {
      size += bytes_of(parameter.width);
    }
    sizes.push_back(size);
  }
  return sizes;
}

Result<std::vector<uint8_t>> pack_action(const p4_ir::Table& table, const p4_ir::ActionCall& call) {
  if (call.action >= table.actions.size()) {
    return fail(Code::InvalidArgument, "table {} has {} actions; there is no number {}", table.name,
                table.actions.size(), call.action);
  }
  const p4_ir::TableAction& action = table.actions[call.action];
  if (call.arguments.size() != action.parameters.size()) {
    return fail(Code::InvalidArgument, "table {}: action {} takes {} arguments; {} were given", table.name, action.name,
                action.parameters.size(), call.arguments.size());
  }
  std::vector<uint8_t> data;
  for (size_t i = 0; i < action.parameters.size(); ++i) {
    if (call.arguments[i].width() != action.parameters[i].width) {
      return fail(Code::InvalidArgument, "table {}: action {}: parameter {} has {} bits; {} were given", table.name,
                  action.name, action.parameters[i].name, action.parameters[i].width, call.arguments[i].width());
    }
    const std::vector<uint8_t> bytes = number_bytes(call.arguments[i]);
    data.insert(data.end(), bytes.begin(), bytes.end());
  }
  return data;
}

Result<std::unique_ptr<MatchTable>> MatchTable::make(const p4_ir::Table& table, pipeline::Quiescence& quiescence,
                                                     pipeline::ActionProfile* profile,
                                                     std::optional<HashAlgorithm> selector) {
  std::unique_ptr<MatchTable> made(new MatchTable(table));
  made->profile_ = profile;
  made->selector_ = selector;
  OR_TRY(made->make_entries(quiescence, profile));
  OR_TRY(made->add_initial_entries());
  return made;
}

Result<> MatchTable::make_entries(pipeline::Quiescence& quiescence, pipeline::ActionProfile* profile) {
  for (const p4_ir::TableKey& key : table_.keys) {
    if (key.kind != p4_ir::MatchKind::Selector) {
      kinds_.push_back(kind_of(key.kind));
    }
  }
  if (std::ranges::count(kinds_, pipeline::MatchKind::Lpm) > 1) {  // no one prefix is the longest: priorities choose
    std::ranges::replace(kinds_, pipeline::MatchKind::Lpm, pipeline::MatchKind::Ternary);
  }
  for (const p4_ir::TableEntry& entry : table_.entries) {
    for (size_t key = 0; key < kinds_.size() && key < entry.keys.size(); ++key) {
      if (!holds(kinds_[key], entry.keys[key])) {
        kinds_[key] = pipeline::MatchKind::Ternary;
      }
    }
  }
  pipeline::TableShape shape;
  shape.name = table_.name;
  for (size_t key = 0; key < kinds_.size(); ++key) {
    shape.key.push_back({table_.keys[key].name, kinds_[key], table_.keys[key].width});
  }
  shape.action_data_bytes = action_data_bytes(table_);
  constexpr uint64_t size_default = 1024;  // as p4c has it where the program says none
  shape.size = std::max<uint64_t>(table_.size == 0 ? size_default : table_.size, table_.entries.size());
  shape.is_size_asked = table_.has_size;
  shape.has_idle_timeout = table_.supports_timeout;
  shape.is_default_const = table_.default_is_const;
  OR_ASSIGN(const std::vector<uint8_t> data, pack(table_.default_action));
  OR_ASSIGN(entries_,
            pipeline::Table::make(shape, {.action = table_.default_action.action, .data = data}, quiescence, profile));
  key_.resize(pipeline::key_stride(shape.key_bytes()));
  return {};
}

Result<> MatchTable::add_initial_entries() {
  if (kinds_.empty()) {
    return {};
  }
  for (const p4_ir::TableEntry& entry : table_.entries) {
    const auto added = add(std::span(entry.keys).first(std::min(entry.keys.size(), kinds_.size())),
                           entry.priority.value_or(0), {.call = entry.action}, 0, entry.is_const);
    if (added.has_value()) {
      initial_handles_.push_back(*added);
    } else if (added.error().code != Code::AlreadyExists) {  // of two equal ones the first counts
      return std::unexpected(added.error());
    }
  }
  return {};
}

Result<std::vector<uint8_t>> MatchTable::pack(const p4_ir::ActionCall& call) const { return pack_action(table_, call); }

Result<pipeline::FieldMatch> MatchTable::field_match(size_t key, const EntryKey& pattern) const {
  const p4_ir::TableKey& shape = table_.keys[key];
  pipeline::FieldMatch match;
  const bool is_any = pattern.kind == EntryKey::Kind::Any;
  if (!holds(kinds_[key], pattern)) {
    return fail(Code::InvalidArgument, "table {}: key {} cannot be matched so: its match kind is {}", table_.name,
                shape.name, pipeline::match_kind_name(kinds_[key]));
  }
  if (is_any) {
    match.is_present = false;
    match.value.resize(bytes_of(shape.width));
    match.bound.resize(bytes_of(shape.width));
    return match;
  }
  const bool has_bound = pattern.kind != EntryKey::Kind::Exact;
  if (pattern.value.width() != shape.width || (has_bound && pattern.mask.width() != shape.width)) {
    return fail(Code::InvalidArgument, "table {}: key {} has {} bits; {} were given", table_.name, shape.name,
                shape.width, pattern.value.width());
  }
  const Bits ones = Bits(shape.width).complement();
  switch (kinds_[key]) {
    case pipeline::MatchKind::Exact:
    case pipeline::MatchKind::Optional: match.value = number_bytes(pattern.value); break;
    case pipeline::MatchKind::Lpm:
      match.prefix_bits = has_bound ? ones_of(pattern.mask) : shape.width;
      match.value = number_bytes(has_bound ? Bits::bit_and(pattern.value, pattern.mask) : pattern.value);
      break;
    case pipeline::MatchKind::Ternary:
      match.bound = number_bytes(has_bound ? pattern.mask : ones);
      match.value = number_bytes(has_bound ? Bits::bit_and(pattern.value, pattern.mask) : pattern.value);
      break;
    case pipeline::MatchKind::Range: {
      const Bits& last = has_bound ? pattern.mask : pattern.value;
      match.value = number_bytes(shape.is_signed ? turned(pattern.value) : pattern.value);
      match.bound = number_bytes(shape.is_signed ? turned(last) : last);
      break;
    }
  }
  return match;
}

Result<pipeline::KeyMatch> MatchTable::pack_keys(std::span<const EntryKey> keys) const {
  if (keys.size() != kinds_.size()) {
    return fail(Code::InvalidArgument, "table {} has {} keys; {} were given", table_.name, kinds_.size(), keys.size());
  }
  std::vector<pipeline::FieldMatch> fields;
  for (size_t key = 0; key < keys.size(); ++key) {
    OR_ASSIGN(auto field, field_match(key, keys[key]));
    fields.push_back(std::move(field));
  }
  return pipeline::pack_match(entries_->shape(), fields);
}

Result<uint32_t> MatchTable::add(std::span<const EntryKey> keys, int64_t priority, const EntryAction& action,
                                 uint64_t now_ns, bool is_const, uint64_t idle_timeout_ns) {
  OR_ASSIGN(const pipeline::KeyMatch match, pack_keys(keys));
  pipeline::EntrySpec spec;
  spec.value = match.value;
  spec.bound = match.bound;
  spec.priority = entries_->shape().is_ranked() ? unsigned_priority(priority) : 0;
  spec.is_const = is_const;
  spec.idle_timeout_ns = idle_timeout_ns;
  std::vector<uint8_t> data;
  if (action.kind == pipeline::EntryKind::Action) {
    OR_ASSIGN(data, pack(action.call));
  }
  spec.action = {.action = action.call.action, .data = data, .kind = action.kind, .reference = action.reference};
  return entries_->insert(spec, now_ns);
}

Result<> MatchTable::modify(uint32_t handle, const EntryAction& action) {
  std::vector<uint8_t> data;
  if (action.kind == pipeline::EntryKind::Action) {
    OR_ASSIGN(data, pack(action.call));
  }
  return entries_->modify(
      handle, {.action = action.call.action, .data = data, .kind = action.kind, .reference = action.reference});
}

Result<> MatchTable::remove(uint32_t handle) { return entries_->remove(handle); }

Result<> MatchTable::set_default(const EntryAction& action) {
  std::vector<uint8_t> data;
  if (action.kind == pipeline::EntryKind::Action) {
    OR_ASSIGN(data, pack(action.call));
  }
  return entries_->set_default(
      {.action = action.call.action, .data = data, .kind = action.kind, .reference = action.reference});
}

void MatchTable::clear() { entries_->clear(); }

void MatchTable::unpack(uint32_t action, const uint8_t* data) {
  arguments_.clear();
  for (const p4_ir::ActionParameter& parameter : table_.actions[action].parameters) {
    const uint32_t size = bytes_of(parameter.width);
    arguments_.push_back(Bits::from_big_endian(parameter.width, {data, size}));
    data += size;
  }
}

Lookup MatchTable::look_up(std::span<const Bits> keys, uint64_t now_ns, const Hasher& hasher) {
  size_t offset = 0;
  for (size_t key = 0; key < kinds_.size(); ++key) {
    const bool is_turned = kinds_[key] == pipeline::MatchKind::Range && table_.keys[key].is_signed;
    put_number(is_turned ? turned(keys[key]) : keys[key], std::span(key_).subspan(offset));
    offset += bytes_of(keys[key].width());
  }
  const pipeline::Entry& entry = entries_->lookup(key_.data());
  pipeline::touch(entries_->abi(), entry, now_ns);
  const pipeline::Entry* acting = &entry;
  if (profile_ != nullptr) {
    uint64_t hash = 0;
    if (entry.kind == pipeline::EntryKind::Group && selector_.has_value()) {
      hash = hasher.compute(*selector_, concatenated(keys.subspan(kinds_.size())));
    }
    acting = profile_->resolve(entry, hash);
  }
  Lookup result;
  if (acting == nullptr && table_.empty_group_action.has_value()) {
    result.found = {.is_hit = true,
                    .action = table_.empty_group_action->action,
                    .arguments = &table_.empty_group_action->arguments};
    result.handle = entry.handle;
    return result;
  }
  if (acting == nullptr) {  // a group without members: as if nothing had matched, which BMv2 leaves open
    acting = entries_->abi().default_entry.load(std::memory_order_acquire);
    if (acting->kind != pipeline::EntryKind::Action) {
      return result;
    }
  } else {
    result.found.is_hit = entry.is_hit != 0;
    result.handle = entry.handle;
  }
  unpack(acting->action, acting->data());
  result.found.action = acting->action;
  result.found.arguments = &arguments_;
  return result;
}

}  // namespace outrigger::p4_target
