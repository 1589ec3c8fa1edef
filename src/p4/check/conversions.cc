// Implicit casts (P4-16 §8.12.2): int to a width, serializable enums to their underlying type, and {…}, {#} and `...`
// to the type of their place, part by part. Nothing else changes its type by itself.
#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/nouns.h"
#include "p4/check/type_kinds.h"
#include "p4/check/unifier.h"

namespace outrigger::p4 {

namespace {

// The cast that would make it fit, if there is one.
std::string cast_remedy(const Expression& expression, const Type* wanted, bool can_cast) {
  const Type* const from = expression.type;
  const std::string operand = operand_text(expression);
  if (can_cast) {
    const bool has_widths = from->is_fixed_integer() && wanted->is_fixed_integer();
    const std::string_view effect = !has_widths || from->width == wanted->width ? ""
                                    : from->width > wanted->width               ? " to cut it"
                                                                                : " to extend it";
    return fmt::format("write ({}){}{}", to_text(wanted), operand, effect);
  }
  if (from->is_fixed_integer() && wanted->is_fixed_integer()) {
    const std::string_view kind = from->is(TypeKind::Bit) ? "bit" : "int";
    return fmt::format("write ({})({}<{}>){}: a cast changes the width or the sign, not both", to_text(wanted), kind,
                       wanted->width, operand);
  }
  if (wanted->is(TypeKind::Bool) && from->is_integer()) {
    return fmt::format("compare it: {} != 0", operand);
  }
  if (wanted->is_fixed_integer() && from->is(TypeKind::Bool)) {
    return fmt::format("write ({})(bit<1>){}", to_text(wanted), operand);
  }
  return {};
}

std::string of_another_type(const Expression& expression, const Type* wanted) {
  if (expression.type->is(TypeKind::Void)) {
    return fmt::format(" gives no value, and {} is needed", to_text(wanted));
  }
  return fmt::format(" is of type {}, and {} is needed", to_text(expression.type), to_text(wanted));
}

// What has a width, or is made by `type` from what has.
bool takes_int(const Type* type) {
  return type->is_fixed_integer() || (type->is(TypeKind::NewType) && underlying(type)->is_fixed_integer());
}

// An int for what has a width; and back, where the value is known: programs do both, and nothing is lost.
bool is_number_for(const Expression& expression, const Type* wanted) {
  const Type* const from = expression.type;
  return from->is(TypeKind::Int) ? takes_int(wanted)
                                 : wanted->is(TypeKind::Int) && from->is_fixed_integer() && counts_as_known(expression);
}

bool is_invalid_header_of(const Type* wanted) {
  return wanted->is(TypeKind::Header) || wanted->is(TypeKind::HeaderUnion);
}

}  // namespace

std::optional<Checker::Misfit> Checker::misfit(const Expression& expression, const Type* wanted) {
  const Type* const from = expression.type;
  if (from == wanted || from->is_poison() || wanted->is_poison()) {
    return std::nullopt;
  }
  if (const auto* const list = as<ListExpression>(&expression)) {
    return list_misfit(*list, wanted);
  }
  if (const auto* const literal = as<StructExpression>(&expression)) {
    return struct_misfit(*literal, wanted);
  }
  const bool fits = is_number_for(expression, wanted) ||
                    (from->is_serializable_enum() && from->arguments[0] == wanted) ||
                    (from->is(TypeKind::InvalidHeader) && is_invalid_header_of(wanted)) ||
                    (from->is(TypeKind::Default) && is_value(wanted));
  if (fits) {
    return std::nullopt;
  }
  if (is_object(from) && is_object(wanted)) {
    Unifier unifier(types_);
    if (unifier.unify(wanted, from)) {
      return std::nullopt;
    }
    const std::string difference = unifier.difference().empty() ? "" : ": " + unifier.difference();
    return Misfit{expression.where, of_another_type(expression, wanted) + difference, unifier.remedy()};
  }
  return Misfit{expression.where, of_another_type(expression, wanted),
                cast_remedy(expression, wanted, can_cast(from, wanted))};
}

// §8.13, §8.14, §8.18: {a, b} for a tuple, struct, header, stack or list.
std::optional<Checker::Misfit> Checker::list_misfit(const ListExpression& list, const Type* wanted) {
  const bool has_fields = wanted->is(TypeKind::Struct) || wanted->is(TypeKind::Header);
  const bool has_elements = wanted->is(TypeKind::Stack) || wanted->is(TypeKind::List);
  if (!has_fields && !has_elements && !wanted->is(TypeKind::Tuple)) {
    return Misfit{list.where, fmt::format(" is a list, and {} is needed", to_text(wanted)), {}};
  }
  const size_t count = list.elements.size();
  const size_t needed = has_fields                    ? types_.fields(wanted).size()
                        : wanted->is(TypeKind::Stack) ? wanted->size
                        : wanted->is(TypeKind::List)  ? count
                                                      : wanted->arguments.size();
  if (count > needed || (count < needed && !list.has_rest)) {
    return Misfit{
        list.where,
        fmt::format(" has {} element{}, and {} needs {}", count, count == 1 ? "" : "s", to_text(wanted), needed),
        count < needed ? "end it in '...' to give the rest its default values" : ""};
  }
  for (size_t i = 0; i < count; ++i) {
    const Type* const part = has_fields     ? types_.fields(wanted)[i].type
                             : has_elements ? wanted->arguments[0]
                                            : wanted->arguments[i];
    if (std::optional<Misfit> inner = misfit(*list.elements[i], part)) {
      inner->what = has_fields ? fmt::format(": field '{}'{}", types_.fields(wanted)[i].name, inner->what)
                               : fmt::format(": element {}{}", i, inner->what);
      return inner;
    }
  }
  return std::nullopt;
}

// §8.14: {x = a, y = b} for a struct or header.
std::optional<Checker::Misfit> Checker::struct_misfit(const StructExpression& literal, const Type* wanted) {
  if (!wanted->is(TypeKind::Struct) && !wanted->is(TypeKind::Header)) {
    const std::string remedy =
        wanted->is(TypeKind::HeaderUnion) ? "assign to one of the union's headers: unions have no initializers" : "";
    return Misfit{literal.where, fmt::format(" has named fields, and {} is needed", to_text(wanted)), remedy};
  }
  for (const NamedField& named : literal.fields) {
    const Field* const field = types_.field(wanted, named.name.text);
    if (field == nullptr) {
      std::vector<std::string_view> names;
      for (const Field& known : types_.fields(wanted)) {
        names.push_back(known.name);
      }
      return Misfit{named.name.where, fmt::format(": {} has no field '{}'", to_text(wanted), named.name.text),
                    did_you_mean(nearest_name(named.name.text, names))};
    }
    if (std::optional<Misfit> inner = misfit(*named.value, field->type)) {
      inner->what = fmt::format(": field '{}'{}", field->name, inner->what);
      return inner;
    }
  }
  if (!literal.has_rest && literal.fields.size() < types_.fields(wanted).size()) {
    for (const Field& field : types_.fields(wanted)) {
      if (types_.field(literal.type, field.name) == nullptr) {
        return Misfit{literal.where, fmt::format(" leaves out field '{}' of {}", field.name, to_text(wanted)),
                      "give it a value, or end in '...' to give the rest its default values"};
      }
    }
  }
  return std::nullopt;
}

bool Checker::can_convert(const Expression& expression, const Type* wanted) {
  return !misfit(expression, wanted).has_value();
}

bool Checker::convert(Expression& expression, const Type* wanted, std::string_view what) {
  if (const std::optional<Misfit> wrong = misfit(expression, wanted)) {
    error(wrong->where, std::string(what) + wrong->what, wrong->remedy);
    return false;
  }
  const bool is_good = !expression.type->is_poison() && !wanted->is_poison();
  apply_conversion(expression, wanted);
  return is_good;
}

// For what misfit() has let through.
void Checker::apply_conversion(Expression& expression, const Type* wanted) {
  if (expression.type->is_poison() || wanted->is_poison()) {
    return;
  }
  if (is_literal(expression)) {
    apply_literal_conversion(expression, wanted);
    return;
  }
  if (expression.type->is(TypeKind::Int) && takes_int(wanted)) {
    warn_overflow(expression, underlying(wanted));
  }
  expression.converted = wanted;
}

// A literal has no type of its own: it takes that of its place, and so does its value.
void Checker::apply_literal_conversion(Expression& expression, const Type* wanted) {
  if (expression.type == wanted) {
    return;
  }
  if (auto* const list = as<ListExpression>(&expression)) {
    for (size_t i = 0; i < list->elements.size(); ++i) {
      const Type* const part = wanted->is_struct_like()      ? types_.fields(wanted)[i].type
                               : wanted->is(TypeKind::Tuple) ? wanted->arguments[i]
                                                             : wanted->arguments[0];
      apply_conversion(*list->elements[i], part);
    }
  } else if (auto* const literal = as<StructExpression>(&expression)) {
    for (NamedField& named : literal->fields) {
      apply_conversion(*named.value, types_.field(wanted, named.name.text)->type);
    }
  }
  const Value* value = expression.value;
  if (value != nullptr && !wanted->has_variables) {
    value = fold_cast(values_, types_, *value, wanted, &program_).value;
  }
  expression.type = wanted;
  expression.converted = wanted;
  expression.value = value != nullptr && value->type == wanted ? value : nullptr;
}

void Checker::warn_overflow(const Expression& expression, const Type* wanted) {
  const Integer* const number = expression.value == nullptr ? nullptr : expression.value->number();
  if (number == nullptr || wrap(*number, wanted->width, wanted->is(TypeKind::SignedInt)) == *number) {
    return;
  }
  // An upper bit that is only the sign of int<W> is what hexadecimal masks are written with.
  if (wanted->is(TypeKind::SignedInt) && wrap(*number, wanted->width, false) == *number) {
    return;
  }
  const std::string shown = short_text(expression, "the number");
  warning("overflow", expression.where, fmt::format("{} does not fit {} and is cut", shown, to_text(wanted)),
          "write the number that is meant, or a cast if this is");
}

const Type* Checker::common_type(const Expression& left, const Expression& right) {
  const Type* const l = left.converted;
  const Type* const r = right.converted;
  if (l == r) {
    return l;
  }
  if (is_literal(left) || is_literal(right)) {
    if (!is_literal(right)) {
      return can_convert(left, r) ? r : nullptr;
    }
    if (!is_literal(left)) {
      return can_convert(right, l) ? l : nullptr;
    }
    Unifier unifier(types_);
    const Type* const unknown = unifier.fresh();
    return unifier.unify(unknown, l) && unifier.unify(unknown, r) && !unifier.is_open(unknown)
               ? unifier.resolved(unknown)
               : nullptr;
  }
  if (l->is(TypeKind::Int) && takes_int(r)) {
    return r;
  }
  if (r->is(TypeKind::Int) && takes_int(l)) {
    return l;
  }
  if (l->is_serializable_enum() && (r == l->arguments[0] || r->is(TypeKind::Int))) {
    return l->arguments[0];
  }
  if (r->is_serializable_enum() && (l == r->arguments[0] || l->is(TypeKind::Int))) {
    return r->arguments[0];
  }
  return nullptr;
}

const Type* Checker::unify_operands(Expression& left, Expression& right, SourceRange where, std::string_view what) {
  if (left.type->is_poison() || right.type->is_poison()) {
    return nullptr;
  }
  const Type* const type = common_type(left, right);
  if (type == nullptr) {
    std::string remedy;
    if (left.converted->is_fixed_integer() && right.converted->is_fixed_integer()) {
      remedy = cast_remedy(right, left.converted, can_cast(right.type, left.converted));
    }
    error(where,
          fmt::format("{} are of different types: {} and {}", what, to_text(left.converted), to_text(right.converted)),
          remedy);
    return nullptr;
  }
  apply_conversion(left, type);
  apply_conversion(right, type);
  return type;
}

}  // namespace outrigger::p4
