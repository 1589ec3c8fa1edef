// Arguments meet parameters (P4-16 §6.8, §8.20): by place or by name, type arguments inferred, directions kept.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/nouns.h"
#include "p4/check/type_kinds.h"
#include "p4/check/unifier.h"

namespace outrigger::p4 {

namespace {

// Of a number without a width where any type will do.
constexpr uint32_t number_bits = 32;

}  // namespace

// One bind(), step by step; lives as long as it takes.
class Checker::Binder {
 public:
  Binder(Checker& checker, const Signature& signature, SourceRange where)
      : checker_(checker), signature_(signature), where_(where), unifier_(checker.types_) {}

  // False after an error.
  bool run(std::span<const Type* const> given, std::vector<Argument>& arguments, Binding& binding) {
    if (!arrange(arguments) || !open_types(given)) {
      return false;
    }
    const bool is_good = check_arguments();
    return is_good && close_types(binding) && convert_arguments(binding);
  }

 private:
  // A parameter, its type with unknowns in it, and what is given for it; null: nothing.
  struct Slot {
    Parameter* parameter = nullptr;
    const Type* type = nullptr;
    Expression* value = nullptr;
    bool is_dont_care = false;
  };

  std::string callee() const { return fmt::format("{} '{}'", signature_.noun, signature_.declaration->name.text); }
  std::string role(const Slot& slot) const { return fmt::format("argument '{}'", slot.parameter->name.text); }
  Diagnostic& error(SourceRange where, std::string what, std::string remedy = {}) {
    return checker_.error(where, std::move(what), std::move(remedy))
        .note(signature_.declaration->name.where, fmt::format("{} is declared here", callee()));
  }

  bool arrange(std::vector<Argument>& arguments);
  bool arrange_by_name(std::vector<Argument>& arguments);
  void give(Slot& slot, Argument& argument);
  bool find_missing();
  bool open_types(std::span<const Type* const> given);
  bool check_arguments();
  bool check_slot(Slot& slot);
  void unify(Slot& slot);
  bool refuse_open(const TypeParameter& parameter);
  bool refuse_constants_only(const TypeParameter& parameter, const Type* argument);
  bool close_types(Binding& binding);
  bool has_open_use();
  bool convert_arguments(Binding& binding);
  bool convert_value(Slot& slot, const Type* type);
  bool pass_out(Slot& slot, const Type* type);

  Checker& checker_;
  const Signature& signature_;
  const SourceRange where_;
  Unifier unifier_;
  std::vector<Slot> slots_;
  std::vector<const Type*> unknowns_;  // one for each type parameter
  std::set<const Type*> dont_cares_;   // those of them for which `_` is given
  const Type* result_ = nullptr;
  const Slot* clash_ = nullptr;  // the first whose argument did not fit its parameter's shape
};

bool Checker::bind(const Signature& signature, std::span<const Type* const> given, std::vector<Argument>& arguments,
                   SourceRange where, Binding& binding) {
  return Binder(*this, signature, where).run(given, arguments, binding);
}

void Checker::Binder::give(Slot& slot, Argument& argument) {
  if (argument.value == nullptr) {  // name = _
    argument.value = checker_.program_.arena.make<DontCareExpression>();
    argument.value->where = argument.name.has_value() ? argument.name->where : where_;
  }
  slot.value = argument.value;
  slot.is_dont_care = argument.value->kind == ExpressionKind::DontCare;
}

bool Checker::Binder::arrange(std::vector<Argument>& arguments) {
  for (Parameter* const parameter : signature_.parameters) {
    slots_.push_back({parameter, nullptr, nullptr, false});
  }
  const auto named = std::ranges::count_if(arguments, [](const Argument& a) { return a.name.has_value(); });
  if (named != 0) {
    if (static_cast<size_t>(named) != arguments.size()) {
      checker_.error(where_, "some arguments have a name, and some have none", "name all of them, or none");
      return false;
    }
    return arrange_by_name(arguments) && find_missing();
  }
  if (arguments.size() > slots_.size()) {
    error(where_, fmt::format("{} takes {} argument{}, and {} {} given", callee(), slots_.size(),
                              slots_.size() == 1 ? "" : "s", arguments.size(), arguments.size() == 1 ? "is" : "are"));
    return false;
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    give(slots_[i], arguments[i]);
  }
  return find_missing();
}

bool Checker::Binder::arrange_by_name(std::vector<Argument>& arguments) {
  std::unordered_map<std::string_view, size_t> places;
  std::vector<std::string_view> names;
  for (size_t i = 0; i < slots_.size(); ++i) {
    places.emplace(slots_[i].parameter->name.text, i);
    names.push_back(slots_[i].parameter->name.text);
  }
  for (Argument& argument : arguments) {
    const auto found = places.find(argument.name->text);
    if (found == places.end()) {
      error(argument.name->where, fmt::format("{} has no parameter '{}'", callee(), argument.name->text),
            did_you_mean(nearest_name(argument.name->text, names)));
      return false;
    }
    Slot& slot = slots_[found->second];
    if (slot.value != nullptr) {
      checker_.error(argument.name->where, fmt::format("argument '{}' is given twice", argument.name->text),
                     "leave one of them out");
      return false;
    }
    give(slot, argument);
  }
  return true;
}

bool Checker::Binder::find_missing() {
  for (Slot& slot : slots_) {
    if (slot.is_dont_care && slot.parameter->is_optional && slot.parameter->direction != Direction::Out) {
      slot.value = nullptr;  // as if it were not there
    }
    if (slot.value == nullptr && slot.parameter->default_value == nullptr && !slot.parameter->is_optional) {
      error(where_, fmt::format("{} needs an argument for parameter '{}'", callee(), slot.parameter->name.text));
      return false;
    }
    if (slot.value != nullptr && slot.is_dont_care && slot.parameter->direction != Direction::Out) {
      checker_.error(slot.value->where,
                     fmt::format("'_' is given for parameter '{}', which is {}", slot.parameter->name.text,
                                 to_text(slot.parameter->direction)),
                     "'_' is for out parameters only, whose value is not needed");
      return false;
    }
  }
  return true;
}

bool Checker::Binder::open_types(std::span<const Type* const> given) {
  const size_t count = signature_.type_parameters.size();
  if (!given.empty() && given.size() != count) {
    error(where_, fmt::format("{} has {} type parameter{}, and {} type argument{} given", callee(), count,
                              count == 1 ? "" : "s", given.size(), given.size() == 1 ? " is" : "s are"));
    return false;
  }
  Substitution opened = signature_.object;
  for (size_t i = 0; i < count; ++i) {
    unknowns_.push_back(unifier_.fresh());
    opened[checker_.types_.variable(*signature_.type_parameters[i])] = unknowns_.back();
    if (!given.empty() && given[i]->is(TypeKind::DontCare)) {
      dont_cares_.insert(unknowns_.back());
    } else if (!given.empty()) {
      unifier_.unify(unknowns_.back(), given[i]);
    }
  }
  const auto open = [&](const Type* type) {
    return type == nullptr ? checker_.types_.poison() : checker_.types_.substitute(type, opened);
  };
  for (Slot& slot : slots_) {
    slot.type = open(slot.parameter->checked_type);
  }
  result_ = signature_.result == nullptr ? checker_.types_.void_type() : open(signature_.result);
  return true;
}

// In the order of how much each says about the unknowns: what has a type, {…}, and numbers without a width. What the
// result is wanted for says nothing (§7.2.12): only arguments do.
bool Checker::Binder::check_arguments() {
  bool is_good = true;
  std::vector<Slot*> literals;
  std::vector<Slot*> numbers;
  for (Slot& slot : slots_) {
    if (slot.value == nullptr || slot.is_dont_care) {
      continue;
    }
    if (is_literal(*slot.value)) {
      literals.push_back(&slot);
      continue;
    }
    is_good &= check_slot(slot);
    if (slot.value->type->is(TypeKind::Int)) {
      numbers.push_back(&slot);
    } else {
      unify(slot);
    }
  }
  for (Slot* const slot : literals) {
    is_good &= check_slot(*slot);
    unify(*slot);
  }
  for (Slot* const slot : numbers) {
    unify(*slot);
  }
  return is_good;
}

bool Checker::Binder::check_slot(Slot& slot) {
  const Type* const hint = unifier_.resolved(slot.type);
  return !checker_.check(*slot.value, unifier_.is_open(hint) ? nullptr : hint)->is_poison();
}

void Checker::Binder::unify(Slot& slot) {
  if (!unifier_.unify(slot.type, slot.value->type) && clash_ == nullptr) {
    clash_ = &slot;
  }
}

// Do the arguments or the result need a type that has not been found?
bool Checker::Binder::has_open_use() {
  return unifier_.is_open(result_) || std::ranges::any_of(slots_, [this](const Slot& slot) {
           return slot.value != nullptr && unifier_.is_open(slot.type);
         });
}

bool Checker::Binder::close_types(Binding& binding) {
  const bool is_package = signature_.declaration->kind == DeclarationKind::Package;
  const bool must_be_found = !is_package && has_open_use();
  const auto* const function = as<FunctionDeclaration>(signature_.declaration);
  // §7.1.6.5: then there would be values of the type at run time.
  const bool has_values =
      (function != nullptr && function->body != nullptr) || checker_.extent(unifier_.resolved(result_)).holds_constants;
  for (size_t i = 0; i < unknowns_.size(); ++i) {
    TypeParameter& parameter = *signature_.type_parameters[i];
    if (unifier_.is_open(unknowns_[i])) {
      if (must_be_found && !(is_object(result_) && dont_cares_.contains(unknowns_[i]))) {
        return refuse_open(parameter);
      }
      // What is not used, or, of an extern, what may be anything (§7.2.15): its methods take values of all types there.
      unifier_.unify(unknowns_[i], must_be_found ? checker_.types_.fresh_unknown() : checker_.types_.void_type());
    }
    const Type* const argument = unifier_.resolved(unknowns_[i]);
    if (has_values && checker_.extent(argument).holds_constants) {
      return refuse_constants_only(parameter, argument);
    }
    binding.type_parameters.push_back(&parameter);
    binding.type_arguments.push_back(argument);
  }
  binding.result = unifier_.resolved(result_);
  return true;
}

bool Checker::Binder::refuse_open(const TypeParameter& parameter) {
  if (clash_ != nullptr) {
    error(clash_->value->where, fmt::format("{} is of type {}, which does not fit {}", role(*clash_),
                                            to_text(clash_->value->type), to_text(clash_->parameter->checked_type)));
    return false;
  }
  error(where_, fmt::format("type argument '{}' of {} cannot be inferred", parameter.name.text, callee()),
        fmt::format("write it: {}<…>(…)", signature_.declaration->name.text));
  return false;
}

// Its variables would have values that there are not at run time.
bool Checker::Binder::refuse_constants_only(const TypeParameter& parameter, const Type* argument) {
  error(where_,
        fmt::format("type argument '{}' of {} would be {}, whose values are constants", parameter.name.text, callee(),
                    to_text(argument)),
        fmt::format("write one that has a width: {}<…>(…)", signature_.declaration->name.text));
  return false;
}

bool Checker::Binder::convert_arguments(Binding& binding) {
  bool is_good = true;
  for (Slot& slot : slots_) {
    const Type* type = unifier_.resolved(slot.type);
    if (slot.value != nullptr && !slot.is_dont_care && is_wildcard(type)) {
      type = slot.value->type->is(TypeKind::Int) ? checker_.types_.bit(number_bits) : slot.value->type;
    }
    if (slot.is_dont_care && slot.value != nullptr) {
      checker_.settle(*slot.value, type);
    } else if (slot.value != nullptr) {
      is_good &= convert_value(slot, type);
    }
    binding.arguments.push_back(
        {slot.parameter, slot.value, slot.value == nullptr ? slot.parameter->default_value : nullptr, type});
  }
  return is_good;
}

bool Checker::Binder::convert_value(Slot& slot, const Type* type) {
  const Direction direction = slot.parameter->direction;
  // Appendix F: objects are passed without direction only, actions and tables not at all.
  const Type* const own = slot.value->type;
  if (!is_value(own) && !own->is_poison() && !(is_object(own) && direction == Direction::None)) {
    const std::string passed = own->declaration != nullptr ? noun_and_name(*own->declaration) : to_text(own);
    checker_.error(slot.value->where, fmt::format("{} is {}, and must be a value", role(slot), passed));
    return false;
  }
  if (direction == Direction::Out || direction == Direction::InOut) {
    return pass_out(slot, type);
  }
  if (!checker_.convert(*slot.value, type, role(slot))) {
    return false;
  }
  // §6.8: what has no direction is known at compile time, but for actions' data and for objects, which are passed as
  // they are. Arguments of constructors are looked at where the instance is.
  const bool is_action = signature_.declaration->kind == DeclarationKind::Action;
  if (direction == Direction::None && !is_action && !slot.parameter->is_constructor && !is_object(type) &&
      !counts_as_known(*slot.value)) {
    error(slot.value->where,
          fmt::format("{} must be known at compile time, since its parameter has no direction", role(slot)),
          "give it a constant, or declare the parameter 'in'");
    return false;
  }
  return true;
}

// §6.8: what is written back is neither cast nor converted.
bool Checker::Binder::pass_out(Slot& slot, const Type* type) {
  if (!checker_.require_l_value(*slot.value, fmt::format("argument '{}', which is {},", slot.parameter->name.text,
                                                         to_text(slot.parameter->direction)))) {
    return false;
  }
  if (slot.value->type == type || type->is_poison()) {
    return true;
  }
  error(slot.value->where,
        fmt::format("{} is of type {}, and must be of type {}: what is written back is not cast", role(slot),
                    to_text(slot.value->type), to_text(type)),
        fmt::format("use a variable of type {}", to_text(type)));
  return false;
}

}  // namespace outrigger::p4
