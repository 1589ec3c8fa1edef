// How many bits a value of a type takes, least and most (P4-16 §9).
#include <algorithm>
#include <limits>
#include <unordered_map>

#include "p4/types.h"

namespace outrigger::p4 {

namespace {

// One question. Remembers the sizes of types that it has met: structs may hold one another many times over.
class Sizing {
 public:
  Sizing(TypeTable& types, bool is_max) : types_(types), is_max_(is_max) {}

  // `depth` counts structs inside one another too, which Type::depth does not.
  std::optional<uint32_t> size(const Type* type, uint32_t depth = 0) {
    type = underlying(type);
    switch (type->kind) {
      case TypeKind::Bool: return 1;
      case TypeKind::Bit:
      case TypeKind::SignedInt: return type->width;
      case TypeKind::Varbit: return is_max_ ? type->width : 0;
      default: break;
    }
    if (const auto known = known_.find(type); known != known_.end()) {
      return known->second;
    }
    return known_[type] = depth >= depth_max ? std::nullopt : size_of_parts(type, depth + 1);
  }

 private:
  static constexpr uint32_t depth_max = 4 * types_depth_max;

  static std::optional<uint32_t> narrowed(uint64_t bits) {
    return bits > std::numeric_limits<uint32_t>::max() ? std::nullopt : std::optional(static_cast<uint32_t>(bits));
  }

  std::optional<uint32_t> size_of_parts(const Type* type, uint32_t depth) {
    uint64_t sum = 0;
    uint64_t most = 0;
    const auto add = [&](const Type* part) {
      const std::optional<uint32_t> bits = size(part, depth);
      sum += bits.value_or(0);
      most = std::max<uint64_t>(most, bits.value_or(0));
      return bits.has_value();
    };
    switch (type->kind) {
      case TypeKind::Stack: {
        const std::optional<uint32_t> element = size(type->arguments[0], depth);
        return element.has_value() ? narrowed(static_cast<uint64_t>(*element) * type->size) : std::nullopt;
      }
      case TypeKind::Tuple:
        return !type->has_rest && std::ranges::all_of(type->arguments, add) ? narrowed(sum) : std::nullopt;
      case TypeKind::Struct:
      case TypeKind::Header:
      case TypeKind::HeaderUnion:
        if (!std::ranges::all_of(types_.fields(type), [&](const Field& field) { return add(field.type); })) {
          return std::nullopt;
        }
        return narrowed(type->is(TypeKind::HeaderUnion) ? most : sum);
      default: return std::nullopt;
    }
  }

  TypeTable& types_;
  const bool is_max_;
  std::unordered_map<const Type*, std::optional<uint32_t>> known_;
};

}  // namespace

std::optional<uint32_t> size_bits_min(TypeTable& types, const Type* type) { return Sizing(types, false).size(type); }
std::optional<uint32_t> size_bits_max(TypeTable& types, const Type* type) { return Sizing(types, true).size(type); }

}  // namespace outrigger::p4
