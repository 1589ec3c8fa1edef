// Places: how types lie in variables, and copying between them.
#include "p4_ir/lower/lowerer.h"

namespace outrigger::p4_ir {

namespace {

// Variables of one lowered program. What a generic function makes of its type arguments the checker has not counted.
constexpr uint64_t variables_max = 1U << 19U;

}  // namespace

uint64_t Lowerer::scalars_in(const p4::Type* type) {
  type = p4::underlying(type_of(type));
  if (is_scalar(type)) {
    return 1;
  }
  if (const auto found = scalars_in_.find(type); found != scalars_in_.end()) {
    return found->second;
  }
  uint64_t count = 1;
  switch (type->kind) {
    case p4::TypeKind::Struct:
    case p4::TypeKind::Header:
    case p4::TypeKind::HeaderUnion:
    case p4::TypeKind::StructValue:
      for (const p4::Field& field : compilation_.types.fields(type)) {
        count += scalars_in(field.type);
      }
      break;
    case p4::TypeKind::Tuple:
      for (const p4::Type* part : type->arguments) {
        count += scalars_in(part);
      }
      break;
    case p4::TypeKind::Stack: count += type->size * scalars_in(type->arguments[0]); break;
    default: break;
  }
  count = std::min(count, variables_max + 1);  // so that products cannot overflow
  scalars_in_[type] = count;
  return count;
}

Place* Lowerer::allocate(const p4::Type* type, const std::string& name) {
  type = type_of(type);
  if (type->has_variables && !is_over()) {  // never a guess at how it lies: what is generic has its types by now
    refuse(where_, "the type of '" + name + "' is not known when the program is compiled: " + p4::to_text(type));
  }
  const p4::Type* plain = p4::underlying(type);
  if (!is_scalar(plain) && program_.variables.size() + scalars_in(plain) > variables_max) {
    if (!is_over()) {
      refuse(where_, "the variables of this program have more than " + std::to_string(variables_max) + " fields in all",
             "use fewer or smaller header stacks and structs");
    }
    Place& none = places_.emplace_back();
    none.type = type;
    return &none;
  }
  if (plain->kind == p4::TypeKind::Header) {
    return allocate_header(type, name);
  }
  Place& place = places_.emplace_back();
  place.type = type;
  switch (plain->kind) {
    case p4::TypeKind::Struct:
    case p4::TypeKind::HeaderUnion:
    case p4::TypeKind::StructValue:
      for (const p4::Field& field : compilation_.types.fields(plain)) {
        place.parts.push_back(allocate(field.type, name + "." + field.name));
      }
      break;
    case p4::TypeKind::Tuple:
      for (size_t i = 0; i < plain->arguments.size(); ++i) {
        place.parts.push_back(allocate(plain->arguments[i], name + "[" + std::to_string(i) + "]"));
      }
      break;
    case p4::TypeKind::Stack:
      for (uint32_t i = 0; i < plain->size && !is_over(); ++i) {
        place.parts.push_back(allocate(plain->arguments[0], name + "[" + std::to_string(i) + "]"));
      }
      place.next = program_.add_variable(name + ".$next", Program::stack_index_width);
      break;
    default:
      if (is_scalar(plain) || plain->kind == p4::TypeKind::Varbit) {
        place.variable = program_.add_variable(name, std::max(width_of(plain), 1U), plain->kind == p4::TypeKind::Varbit,
                                               is_signed(plain));
      }
      break;
  }
  if (plain->kind == p4::TypeKind::HeaderUnion) {
    for (Place* part : place.parts) {
      part->in_union = &place;
    }
  }
  return &place;
}

Place* Lowerer::allocate_header(const p4::Type* type, const std::string& name) {
  Place& place = places_.emplace_back();
  place.type = type;
  const p4::Type* plain = p4::underlying(type);
  Header header;
  header.name = name;
  header.type_name = plain->declaration->name.text;
  header.valid = program_.add_variable(name + ".$valid", 1);
  for (const p4::Field& field : compilation_.types.fields(plain)) {
    Place* part = allocate(field.type, name + "." + field.name);
    place.parts.push_back(part);
    std::vector<const Place*> open{part};
    while (!open.empty()) {  // structs inside a header are their fields
      const Place* at = open.back();
      open.pop_back();
      if (at->variable.has_value()) {
        const Variable& variable = program_.at(*at->variable);
        if (variable.is_varbit) {
          header.varbit_field = static_cast<int>(header.fields.size());
        } else {
          header.width_fixed += variable.width;
        }
        header.fields.push_back(*at->variable);
        header.field_names.push_back(variable.name.substr(name.size() + 1));
      }
      open.insert(open.end(), at->parts.rbegin(), at->parts.rend());
    }
  }
  place.header = static_cast<HeaderId>(program_.headers.size());
  program_.headers.push_back(std::move(header));
  return &place;
}

void Lowerer::reset(Place& place) {
  if (place.variable.has_value()) {
    if (program_.at(*place.variable).is_varbit) {
      return;  // only what has been extracted into or assigned is read
    }
    set(*place.variable, constant(program_.at(*place.variable).width, 0));
    return;
  }
  if (place.header.has_value()) {
    set(program_.at(*place.header).valid, constant(1, 0));
  }
  if (place.next.has_value()) {
    set(*place.next, constant(Program::stack_index_width, 0));
  }
  for (Place* part : place.parts) {
    reset(*part);
  }
}

Operand Lowerer::read(const Place& place) {
  Operand operand;
  operand.type = place.type;
  if (place.variable.has_value()) {
    if (program_.at(*place.variable).is_varbit) {
      operand.varbit = place.variable;
    } else {
      operand.scalar = read_variable(*place.variable);
    }
  }
  if (place.header.has_value()) {
    operand.valid = read_variable(program_.at(*place.header).valid);
  }
  if (place.next.has_value()) {
    operand.next = read_variable(*place.next);
  }
  for (const Place* part : place.parts) {
    operand.parts.push_back(read(*part));
  }
  return operand;
}

void Lowerer::assign(Place& to, const Operand& from) {
  if (to.variable.has_value()) {
    if (program_.at(*to.variable).is_varbit) {
      if (from.varbit.has_value() && *from.varbit != *to.variable) {
        add(program_.statement<AssignVarbit>(*to.variable, *from.varbit));
      }
    } else if (from.scalar != nullptr) {
      set(*to.variable, from.scalar);
    }
    return;
  }
  for (size_t i = 0; i < to.parts.size() && i < from.parts.size(); ++i) {
    assign(*to.parts[i], from.parts[i]);
  }
  if (to.header.has_value() && from.valid != nullptr) {
    set(program_.at(*to.header).valid, from.valid);
    after_valid(to, from.valid);
  }
  if (to.next.has_value() && from.next != nullptr) {
    set(*to.next, from.next);
  }
}

// P4-16 §8.20 "header unions": when one header becomes valid, the others become invalid. Where the whole union is
// assigned, its parts follow one another, and at most one of them is valid, so that the order does not matter.
void Lowerer::after_valid(Place& header, const Expression* valid) {
  if (header.in_union == nullptr) {
    return;
  }
  const auto make_others_invalid = [&] {
    for (Place* other : header.in_union->parts) {
      if (other != &header && other->header.has_value()) {
        set(program_.at(*other->header).valid, constant(1, 0));
      }
    }
  };
  if (const auto* known = as<Constant>(valid)) {
    if (!known->value.is_zero()) {
      make_others_invalid();
    }
    return;
  }
  auto* test = program_.statement<If>();
  test->condition = read_variable(program_.at(*header.header).valid);
  test->if_true = statements_of(make_others_invalid);
  add(test);
}

Operand Lowerer::spill(Operand operand) {
  if (operand.scalar != nullptr && as<Constant>(operand.scalar) == nullptr) {
    const VariableId variable = temporary(operand.scalar->width, "t");
    set(variable, operand.scalar);
    operand.scalar = read_variable(variable);
  }
  if (operand.valid != nullptr && as<Constant>(operand.valid) == nullptr) {
    const VariableId variable = temporary(1, "v");
    set(variable, operand.valid);
    operand.valid = read_variable(variable);
  }
  if (operand.next != nullptr && as<Constant>(operand.next) == nullptr) {
    const VariableId variable = temporary(operand.next->width, "n");
    set(variable, operand.next);
    operand.next = read_variable(variable);
  }
  if (operand.varbit.has_value()) {
    const VariableId copy =
        program_.add_variable(fresh_name("$b"), program_.at(*operand.varbit).width, /*is_varbit=*/true);
    add(program_.statement<AssignVarbit>(copy, *operand.varbit));
    operand.varbit = copy;
  }
  for (Operand& part : operand.parts) {
    part = spill(std::move(part));
  }
  return operand;
}

namespace {

void variables_of(const Place& place, std::vector<VariableId>& into, const Program& program) {
  if (place.variable.has_value()) {
    into.push_back(*place.variable);
  }
  if (place.header.has_value()) {
    into.push_back(program.at(*place.header).valid);
  }
  if (place.next.has_value()) {
    into.push_back(*place.next);
  }
  for (const Place* part : place.parts) {
    variables_of(*part, into, program);
  }
}

bool reads_any(const Expression* expression, const std::vector<VariableId>& sorted) {
  if (expression == nullptr) {
    return false;
  }
  switch (expression->kind) {
    case ExpressionKind::Constant: return false;
    case ExpressionKind::Read:
      return std::binary_search(sorted.begin(), sorted.end(), static_cast<const Read*>(expression)->variable);
    case ExpressionKind::VarbitSize:
      return std::binary_search(sorted.begin(), sorted.end(), static_cast<const VarbitSize*>(expression)->variable);
    case ExpressionKind::Unary: return reads_any(static_cast<const Unary*>(expression)->operand, sorted);
    case ExpressionKind::Slice: return reads_any(static_cast<const Slice*>(expression)->operand, sorted);
    case ExpressionKind::Resize: return reads_any(static_cast<const Resize*>(expression)->operand, sorted);
    case ExpressionKind::Binary:
      return reads_any(static_cast<const Binary*>(expression)->left, sorted) ||
             reads_any(static_cast<const Binary*>(expression)->right, sorted);
    case ExpressionKind::Concatenate:
      return reads_any(static_cast<const Concatenate*>(expression)->high, sorted) ||
             reads_any(static_cast<const Concatenate*>(expression)->low, sorted);
    case ExpressionKind::Choose:
      return reads_any(static_cast<const Choose*>(expression)->condition, sorted) ||
             reads_any(static_cast<const Choose*>(expression)->if_true, sorted) ||
             reads_any(static_cast<const Choose*>(expression)->if_false, sorted);
  }
  return false;
}

bool operand_reads(const Operand& operand, const std::vector<VariableId>& sorted) {
  if (reads_any(operand.scalar, sorted) || reads_any(operand.valid, sorted) || reads_any(operand.next, sorted) ||
      (operand.varbit.has_value() && std::binary_search(sorted.begin(), sorted.end(), *operand.varbit))) {
    return true;
  }
  return std::any_of(operand.parts.begin(), operand.parts.end(),
                     [&](const Operand& part) { return operand_reads(part, sorted); });
}

}  // namespace

bool Lowerer::reads_of(const Operand& operand, const Place& place) {
  std::vector<VariableId> variables;
  variables_of(place, variables, program_);
  std::sort(variables.begin(), variables.end());
  return operand_reads(operand, variables);
}

}  // namespace outrigger::p4_ir
