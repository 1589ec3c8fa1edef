// Casts, explicit and implicit (§8.12), of what is known and of what is not; default values (§7.3).
#include "p4_ir/lower/lowerer.h"

namespace outrigger::p4_ir {

Operand Lowerer::operand_of(const p4::Value& value) {
  Operand operand;
  operand.type = value.type;
  operand.value = &value;
  const p4::Type* plain = p4::underlying(value.type);
  if (const p4::Value::Composite* composite = value.composite()) {
    for (const p4::Value* part : composite->parts) {
      operand.parts.push_back(operand_of(*part));
    }
    if (plain->is(p4::TypeKind::Header)) {
      operand.valid = constant(1, composite->is_valid ? 1 : 0);
    }
    if (plain->is(p4::TypeKind::Stack)) {
      operand.next = constant(Program::stack_index_width, 0);
    }
    return operand;
  }
  if (has_no_bits(plain)) {
    operand.value = nullptr;
  } else if (const auto* number = value.number()) {
    if (!plain->is(p4::TypeKind::Int)) {
      operand.scalar = constant(value.type, *number);
    }
  } else if (const bool* truth = value.boolean()) {
    operand.scalar = constant(1, *truth ? 1 : 0);
  } else if (const auto* member = std::get_if<const p4::EnumMember*>(&value.data)) {
    operand.scalar = constant(Program::enum_width, (*member)->index);
  } else if (const auto* error = std::get_if<const p4::ErrorMember*>(&value.data)) {
    operand.scalar = constant(Program::error_width, (*error)->index);
  }
  return operand;
}

Operand Lowerer::default_operand(const p4::Type* type) {
  type = type_of(type);
  const p4::Type* plain = p4::underlying(type);
  Operand operand;
  operand.type = type;
  switch (plain->kind) {
    case p4::TypeKind::Struct:
    case p4::TypeKind::Header:
    case p4::TypeKind::HeaderUnion:
      for (const p4::Field& field : compilation_.types.fields(plain)) {
        operand.parts.push_back(default_operand(field.type));
      }
      break;
    case p4::TypeKind::Tuple:
      for (const p4::Type* element : plain->arguments) {
        operand.parts.push_back(default_operand(element));
      }
      break;
    case p4::TypeKind::Stack:
      for (uint32_t i = 0; i < plain->size && !is_over(); ++i) {
        operand.parts.push_back(default_operand(plain->arguments[0]));
      }
      operand.next = constant(Program::stack_index_width, 0);
      break;
    default:
      if (is_scalar(plain)) {
        operand.scalar = constant(std::max(width_of(plain), 1U), 0);
      }
      break;
  }
  if (plain->is(p4::TypeKind::Header)) {
    operand.valid = constant(1, 0);
  }
  return operand;
}

Operand Lowerer::convert(Operand operand, const p4::Type* to) {
  to = type_of(to);
  if (to != nullptr && to->is(p4::TypeKind::Set)) {  // of keysets: what they are made of
    to = to->arguments[0];
  }
  if (to == nullptr || operand.type == nullptr || operand.type == to || to->is_poison() ||
      operand.type->is(p4::TypeKind::DontCare)) {
    return operand;
  }
  const p4::Type* plain = p4::underlying(to);
  if (operand.type->is(p4::TypeKind::Default) || operand.type->is(p4::TypeKind::InvalidHeader)) {
    return default_operand(to);
  }
  if (has_no_bits(plain)) {
    return Operand{.type = to};
  }
  if (is_scalar(plain)) {
    operand.scalar = convert_scalar(operand, to);
    operand.value = nullptr;
    operand.type = to;
    return operand;
  }
  if (!operand.parts.empty() || plain->is_struct_like() || plain->is(p4::TypeKind::Tuple) ||
      plain->is(p4::TypeKind::Stack)) {
    return convert_composite(std::move(operand), to);
  }
  operand.type = to;  // int to int, varbit to varbit, a string: as they are
  return operand;
}

const Expression* Lowerer::convert_scalar(const Operand& operand, const p4::Type* to) {
  const uint32_t width = width_of(to);
  if (operand.scalar == nullptr) {
    if (operand.value != nullptr && operand.value->number() != nullptr) {
      return program_.expression<Constant>(Bits::from_integer(width, *operand.value->number()));
    }
    return constant(std::max(width, 1U), 0);
  }
  if (operand.scalar->width == width) {
    return operand.scalar;
  }
  const bool with_sign = is_signed(operand.type);
  if (const auto* known = as<Constant>(operand.scalar)) {
    return program_.expression<Constant>(known->value.resized(width, with_sign));
  }
  return program_.expression<Resize>(operand.scalar, width, with_sign);
}

// Lists by position, structs by name; what `...` leaves out has its default.
Operand Lowerer::convert_composite(Operand operand, const p4::Type* to) {
  const p4::Type* plain = p4::underlying(to);
  const p4::Type* from = p4::underlying(operand.type);
  Operand made;
  made.type = to;
  made.valid = plain->is(p4::TypeKind::Header) ? (operand.valid != nullptr ? operand.valid : constant(1, 1)) : nullptr;
  if (plain->is(p4::TypeKind::Stack)) {
    made.next = operand.next != nullptr ? operand.next : constant(Program::stack_index_width, 0);
    for (uint32_t i = 0; i < plain->size && !is_over(); ++i) {
      const p4::Type* element = plain->arguments[0];
      made.parts.push_back(i < operand.parts.size() ? convert(std::move(operand.parts[i]), element)
                                                    : default_operand(element));
    }
    return made;
  }
  std::vector<p4::Field> fields;
  if (plain->is_struct_like() || plain->is(p4::TypeKind::StructValue)) {
    fields = compilation_.types.fields(plain);
  } else {
    for (const p4::Type* element : plain->arguments) {
      fields.push_back({.name = {}, .type = element, .declaration = nullptr});
    }
  }
  const bool by_name = from->is(p4::TypeKind::StructValue) || (from->is_struct_like() && plain->is_struct_like());
  for (size_t i = 0; i < fields.size(); ++i) {
    size_t at = i;
    if (by_name && !fields[i].name.empty()) {
      at = operand.parts.size();
      const auto& given = compilation_.types.fields(from);
      for (size_t j = 0; j < given.size() && j < operand.parts.size(); ++j) {
        if (given[j].name == fields[i].name) {
          at = j;
        }
      }
    }
    made.parts.push_back(at < operand.parts.size() ? convert(operand.parts[at], fields[i].type)
                                                   : default_operand(fields[i].type));
  }
  return made;
}

}  // namespace outrigger::p4_ir
