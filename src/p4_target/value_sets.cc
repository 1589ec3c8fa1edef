// value_sets.cc: members and how they match.
#include "p4_target/value_sets.h"

namespace outrigger::p4_target {
namespace {

bool matches(const p4_ir::EntryKey& pattern, const p4_ir::Bits& value) {
  using Kind = p4_ir::EntryKey::Kind;
  switch (pattern.kind) {
    case Kind::Any: return true;
    case Kind::Exact: return value == pattern.value;
    case Kind::Prefix:
    case Kind::Masked:
      return p4_ir::Bits::bit_and(value, pattern.mask) == p4_ir::Bits::bit_and(pattern.value, pattern.mask);
    case Kind::Range:
      return !p4_ir::Bits::less_unsigned(value, pattern.value) && !p4_ir::Bits::less_unsigned(pattern.mask, value);
  }
  return false;
}

}  // namespace

Result<> ValueSets::add(p4_ir::ValueSetId set, std::vector<p4_ir::EntryKey> pattern) {
  const p4_ir::ValueSet& shape = program_.at(set);
  if (pattern.size() != shape.fields.size()) {
    return fail(Code::InvalidArgument, "value set {} has {} fields; {} were given", shape.name, shape.fields.size(),
                pattern.size());
  }
  for (size_t field = 0; field < pattern.size(); ++field) {
    const uint32_t width = shape.fields[field].width;
    const p4_ir::EntryKey& key = pattern[field];
    const bool needs_value = key.kind != p4_ir::EntryKey::Kind::Any;
    const bool needs_mask = needs_value && key.kind != p4_ir::EntryKey::Kind::Exact;
    if ((needs_value && key.value.width() != width) || (needs_mask && key.mask.width() != width)) {
      return fail(Code::InvalidArgument, "value set {}: field {} has {} bits", shape.name, shape.fields[field].name,
                  width);
    }
  }
  auto& members = members_[index_of(set)];
  if (members.size() >= std::min<size_t>(shape.size, value_set_members_max)) {
    return fail(Code::ResourceExhausted, "value set {} is full: its size is {}", shape.name, shape.size);
  }
  members.push_back(std::move(pattern));
  return {};
}

bool ValueSets::contains(p4_ir::ValueSetId set, std::span<const p4_ir::Bits> values) const {
  return std::ranges::any_of(members_[index_of(set)], [&](const Pattern& pattern) {
    for (size_t field = 0; field < pattern.size() && field < values.size(); ++field) {
      if (!matches(pattern[field], values[field])) {
        return false;
      }
    }
    return true;
  });
}

}  // namespace outrigger::p4_target
