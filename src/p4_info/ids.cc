// Numbers of objects and of their parts.
#include "p4_info/ids.h"

namespace outrigger::p4_info {

namespace {

constexpr uint32_t suffix_mask = 0xffffff;

}  // namespace

uint32_t name_hash(std::string_view name) noexcept {
  uint32_t hash = 0;
  for (const char c : name) {
    hash += static_cast<unsigned char>(c);
    hash += hash << 10U;
    hash ^= hash >> 6U;
  }
  hash += hash << 3U;
  hash ^= hash >> 11U;
  hash += hash << 15U;
  return hash;
}

std::optional<uint32_t> IdAllocator::take(Prefix prefix, uint32_t wanted) {
  const uint32_t kind = static_cast<uint32_t>(prefix) << 24U;
  const uint32_t given_kind = wanted & ~suffix_mask;
  if ((wanted & suffix_mask) == 0 || (given_kind != 0 && given_kind != kind)) {
    return std::nullopt;
  }
  const uint32_t id = kind | (wanted & suffix_mask);
  return taken_.insert(id).second ? std::optional(id) : std::nullopt;
}

uint32_t IdAllocator::from_name(Prefix prefix, std::string_view name) {
  uint32_t suffix = name_hash(name) & suffix_mask;
  while (true) {  // ends: there are more suffixes than objects (objects_max, tokens_max)
    const uint32_t id = static_cast<uint32_t>(prefix) << 24U | suffix;
    if (suffix != 0 && taken_.insert(id).second) {
      return id;
    }
    suffix = (suffix + 1) & suffix_mask;
  }
}

PartIds number_parts(std::span<const std::optional<uint32_t>> wanted) {
  PartIds numbered;
  numbered.ids.resize(wanted.size());
  std::set<uint32_t> taken;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (!wanted[i].has_value()) {
      continue;
    }
    if (*wanted[i] == 0 || !taken.insert(*wanted[i]).second) {
      numbered.faults.push_back(i);
    } else {
      numbered.ids[i] = *wanted[i];
    }
  }
  uint32_t next = 1;
  for (uint32_t& id : numbered.ids) {
    while (id == 0 && taken.contains(next)) {
      ++next;
    }
    if (id == 0) {
      id = next++;
    }
  }
  return numbered;
}

}  // namespace outrigger::p4_info
