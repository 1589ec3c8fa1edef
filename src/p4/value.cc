// Values: how they are made, compared and written.
#include "p4/value.h"

#include <algorithm>
#include <set>
#include <utility>

namespace outrigger::p4 {

namespace {

// Compares composites that share parts without walking them again and again: pairs that were found equal are kept.
class Comparison {
 public:
  bool equal(const Value& a, const Value& b) {
    if (&a == &b) {
      return true;
    }
    if (a.data.index() != b.data.index()) {
      return false;
    }
    if (a.composite() != nullptr) {
      return known_.contains({&a, &b}) || composites_equal(a, b);
    }
    if (a.number() != nullptr) {
      return *a.number() == *b.number();
    }
    if (const auto* const kind = std::get_if<const MatchKindMember*>(&a.data)) {
      return (*kind)->name.text == std::get<const MatchKindMember*>(b.data)->name.text;
    }
    if (const auto* const error = std::get_if<const ErrorMember*>(&a.data)) {
      return (*error)->index == std::get<const ErrorMember*>(b.data)->index;
    }
    if (const auto* const member = std::get_if<const EnumMember*>(&a.data)) {
      return *member == std::get<const EnumMember*>(b.data);
    }
    return a.boolean() != nullptr ? *a.boolean() == *b.boolean() : *a.text() == *b.text();
  }

 private:
  bool composites_equal(const Value& a, const Value& b) {
    const Value::Composite& left = *a.composite();
    const Value::Composite& right = *b.composite();
    if (left.is_valid != right.is_valid || left.parts.size() != right.parts.size()) {
      return false;
    }
    // §8.18: two headers that are not valid are equal, whatever is in their fields. An invalid union's are so too.
    const bool is_header = a.type->is(TypeKind::Header) || a.type->is(TypeKind::InvalidHeader);
    if (is_header && !left.is_valid) {
      return true;
    }
    for (size_t i = 0; i < left.parts.size(); ++i) {
      if (!equal(*left.parts[i], *right.parts[i])) {
        return false;
      }
    }
    known_.insert({&a, &b});
    return true;
  }

  std::set<std::pair<const Value*, const Value*>> known_;
};

}  // namespace

const Value* ValueTable::number(const Type* type, const Integer& number) {
  const Type* const below = underlying(type);
  Value& value = values_.emplace_back();
  value.type = type;
  value.data = below->is_fixed_integer() ? wrap(number, below->width, below->is(TypeKind::SignedInt)) : number;
  return &value;
}

const Value* ValueTable::boolean(const Type* type, bool is_true) {
  Value& value = values_.emplace_back();
  value.type = type;
  value.data = is_true;
  return &value;
}

const Value* ValueTable::text(const Type* type, std::string text) {
  Value& value = values_.emplace_back();
  value.type = type;
  value.data = std::move(text);
  return &value;
}

const Value* ValueTable::member(const Type* type, const EnumMember& member) {
  Value& value = values_.emplace_back();
  value.type = type;
  value.data = &member;
  return &value;
}

const Value* ValueTable::error(const Type* type, const ErrorMember& member) {
  Value& value = values_.emplace_back();
  value.type = type;
  value.data = &member;
  return &value;
}

const Value* ValueTable::match_kind(const Type* type, const MatchKindMember& member) {
  Value& value = values_.emplace_back();
  value.type = type;
  value.data = &member;
  return &value;
}

const Value* ValueTable::composite(const Type* type, std::vector<const Value*> parts, bool is_valid) {
  uint64_t total = 1;
  for (const Value* part : parts) {
    check(part != nullptr, "a composite made from values");
    total += part->parts_total;
  }
  Value& value = values_.emplace_back();
  value.type = type;
  value.parts_total = static_cast<uint32_t>(std::min<uint64_t>(total, value_parts_max + 1));
  value.data = Value::Composite{std::move(parts), is_valid};
  return &value;
}

const Value* ValueTable::retyped(const Value& value, const Type* type) {
  if (value.type == type) {
    return &value;
  }
  Value& made = values_.emplace_back(value);
  made.type = type;
  return &made;
}

bool ValueTable::spend(size_t bytes) {
  constexpr size_t small_bytes = 256;
  if (bytes > small_bytes) {
    spent_bytes_ += std::min(bytes, folding_bytes_max);
  }
  return spent_bytes_ <= folding_bytes_max;
}

bool equal(const Value& a, const Value& b) { return Comparison().equal(a, b); }

Integer wrap(const Integer& number, uint32_t width, bool is_signed) {
  Integer cut;
  mpz_fdiv_r_2exp(cut.get_mpz_t(), number.get_mpz_t(), width);
  if (is_signed && width != 0 && mpz_tstbit(cut.get_mpz_t(), width - 1) != 0) {
    cut -= Integer(1) << width;
  }
  return cut;
}

Integer saturate(const Integer& number, uint32_t width, bool is_signed) {
  if (width == 0) {
    return 0;
  }
  const Integer most = (Integer(1) << (is_signed ? width - 1 : width)) - 1;
  const Integer least = is_signed ? Integer(-most - 1) : Integer(0);
  return number > most ? most : number < least ? least : number;
}

}  // namespace outrigger::p4
