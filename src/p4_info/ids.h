// Numbers of P4Info's objects: the kind in the first byte, the rest from @id or from a hash of the name, which is the
// one that the reference compiler uses, so that controllers find the numbers they know (P4Runtime 1.5 §6.3).
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "p4/config/v1/p4info.pb.h"

namespace outrigger::p4_info {

using Prefix = ::p4::config::v1::P4Ids::Prefix;

// Bob Jenkins' one-at-a-time hash.
uint32_t name_hash(std::string_view name) noexcept;

class IdAllocator {
 public:
  // Takes the number that @id asks for; none when another object of this kind has it, when it is 0, or when its first
  // byte is another kind's. All of these come before the first from_name().
  std::optional<uint32_t> take(Prefix prefix, uint32_t wanted);
  // The first that is free from the name's hash on.
  uint32_t from_name(Prefix prefix, std::string_view name);

 private:
  std::set<uint32_t> taken_;
};

// Numbers of parts of one object (elements of a key, parameters, fields), from 1 on: those that @id asks for first,
// then the others in order. None where one is asked for twice, or is 0: `wanted` at that place is left at fault.
struct PartIds {
  std::vector<uint32_t> ids;
  std::vector<size_t> faults;
};
PartIds number_parts(std::span<const std::optional<uint32_t>> wanted);

}  // namespace outrigger::p4_info
