// Inference of type arguments (P4-16 §8.20): what the unknowns in a parameter's type must be for an argument's type to
// fit. Also whether one object's type stands for another's: a parser for the type of parsers that a package asks for.
#pragma once

#include <set>
#include <string>
#include <utility>

#include "p4/types.h"

namespace outrigger::p4 {

// An unknown that is of no call: `_` in the type of a parameter or of an instance, which goes with anything.
bool is_wildcard(const Type* type);

// For one call. Unknowns are bound as arguments come; `int` of a literal gives way to a type with a width.
class Unifier {
 public:
  explicit Unifier(TypeTable& types) : types_(types) {}

  // A new unknown of this call.
  const Type* fresh();
  // Binds unknowns in `wanted` so that it becomes `given`, up to implicit casts. False where that cannot be; what was
  // bound until then stays.
  bool unify(const Type* wanted, const Type* given);
  // The type with what is known put in.
  const Type* resolved(const Type* type) { return types_.substitute(type, bound_); }
  // Does it still hold unknowns of this call?
  bool is_open(const Type* type);
  // After unify() of objects gave false: what differs, as "its parameter 'hdr' is inout, and out is needed".
  [[nodiscard]] const std::string& difference() const noexcept { return difference_; }
  // How to make it fit; empty where nothing can be said.
  [[nodiscard]] const std::string& remedy() const noexcept { return remedy_; }

 private:
  bool is_unknown(const Type* type) const { return unknowns_.contains(type); }
  bool bind(const Type* unknown, const Type* given);
  const Type* merged(const Type* one, const Type* other);
  bool unify_inside(const Type* wanted, const Type* given);
  bool unify_fields(const Type* wanted, const Type* given);
  bool unify_arguments(const Type* wanted, const Type* given);
  bool unify_elements(const Type* element, const Type* tuple);
  bool unify_objects(const Type* wanted, const Type* given);
  bool unify_parameters(const Type* wanted, const Type* given);
  bool unify_parameter(const Parameter& wanted, const Type* wanted_type, const Parameter& given,
                       const Type* given_type);
  bool find_open(const Type* type, std::set<const Type*>& seen);

  TypeTable& types_;
  std::set<const Type*> unknowns_;
  Substitution bound_;
  std::set<std::pair<const Type*, const Type*>> done_;  // types share parts: each pair is walked once
  std::string difference_;
  std::string remedy_;
};

// The type parameters of a declaration's type, in order; empty for those that have none.
std::span<TypeParameter* const> type_parameters_of(const Declaration& declaration);
// What they stand for in `type`, which is the declaration with arguments.
Substitution substitution_of(TypeTable& types, const Type* type);
// The parameters with which a parser or control is applied.
std::span<Parameter* const> apply_parameters_of(const Declaration& declaration);
// "in", "no direction" …
std::string_view to_text(Direction direction) noexcept;

}  // namespace outrigger::p4
