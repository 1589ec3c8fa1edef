// Arguments that need no copies. Where a parser or control is applied in one place only, and an argument is a variable
// that no other argument overlaps, the parameter is that variable: nothing can tell the difference (a parser or control
// sees nothing of its caller but its parameters), but for a sub-parser that rejects, which leaves what it has
// extracted, as programs for v1model expect.
#include <algorithm>

#include "p4_ir/lower/lowerer.h"

namespace outrigger::p4_ir {
namespace {

bool is_inside(const Place* inner, const Place& outer) {
  return inner == &outer || std::any_of(outer.parts.begin(), outer.parts.end(),
                                        [&](const Place* part) { return is_inside(inner, *part); });
}

bool is_written(const p4::Parameter& parameter) {
  return parameter.direction == p4::Direction::Out || parameter.direction == p4::Direction::InOut;
}

}  // namespace

Lowerer::Places Lowerer::places_by_reference(const p4::Binding& binding, const p4::Instance& instance) {
  struct Candidate {
    const p4::Parameter* parameter = nullptr;
    Place* place = nullptr;
  };
  std::vector<Candidate> candidates;
  if (const auto found = applications_.find(&instance); found == applications_.end() || found->second.size() != 1) {
    return {};
  }
  for (const p4::BoundArgument& bound : binding.arguments) {
    const auto* parameter = p4::as<p4::Parameter>(static_cast<const p4::Declaration*>(bound.parameter));
    if (parameter == nullptr || bound.value == nullptr || has_effects(*bound.value)) {
      return {};
    }
    if (bound.type != nullptr && bound.type->is(p4::TypeKind::Extern)) {
      continue;
    }
    Place* place = whole_place(*bound.value);
    if (place != nullptr && place->in_union == nullptr && place->type == type_of(bound.type)) {
      candidates.push_back({.parameter = parameter, .place = place});
    } else if (is_written(*parameter)) {
      return {};
    }
  }
  Places places;
  for (const Candidate& one : candidates) {
    const bool is_alone = std::none_of(candidates.begin(), candidates.end(), [&](const Candidate& other) {
      return other.parameter != one.parameter && (is_written(*one.parameter) || is_written(*other.parameter)) &&
             (is_inside(one.place, *other.place) || is_inside(other.place, *one.place));
    });
    if (!is_alone) {
      return {};
    }
    places[one.parameter] = one.place;
  }
  return places;
}

// The place that an expression names as it stands: fields and known indices of a variable; else null.
Place* Lowerer::whole_place(const p4::Expression& expression) {
  if (const auto* name = p4::as<p4::NameExpression>(&expression)) {
    return name->symbol == nullptr ? nullptr : place_of(*name->symbol);
  }
  const auto* member = p4::as<p4::MemberExpression>(&expression);
  if (member == nullptr || member->member_kind != p4::MemberKind::Field) {
    return nullptr;
  }
  Place* base = whole_place(*member->base);
  if (base == nullptr) {
    return nullptr;
  }
  const LValue found = member_of(l_value_of(*base), member->member.text);
  return found.alternatives.size() == 1 ? found.alternatives.front().place : nullptr;
}

}  // namespace outrigger::p4_ir
