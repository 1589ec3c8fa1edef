// Externs: their instances, and their calls with all that is passed laid out flat.
#include <fmt/format.h>

#include <algorithm>

#include "p4_ir/lower/lowerer.h"

namespace outrigger::p4_ir {
namespace {

std::vector<std::string> annotation_texts(std::span<p4::Annotation* const> annotations) {
  std::vector<std::string> texts;
  for (const p4::Annotation* annotation : annotations) {
    texts.push_back(annotation->name.text);
  }
  return texts;
}

std::string joined(const std::string& name, const std::string& member) {
  return name.empty() ? member : name + "." + member;
}

// The one place that an argument means, where it is one: no copy is needed then.
Place* only_place(const LValue& l_value) {
  return l_value.alternatives.size() == 1 && l_value.alternatives.front().condition == nullptr &&
                 !l_value.slice.has_value()
             ? l_value.alternatives.front().place
             : nullptr;
}

// What a report of a failed assertion says: where the call stands, and the condition as it is written.
std::string assertion_text(const p4::CallExpression& call, const p4::SourceText& source) {
  constexpr size_t condition_bytes_max = 200;
  if (call.binding.arguments.empty() || call.binding.arguments.front().value == nullptr) {
    return {};
  }
  std::string condition;
  for (const char character : source.text(call.binding.arguments.front().value->where)) {
    const bool is_blank = character == ' ' || character == '\n' || character == '\t' || character == '\r';
    if (condition.size() == condition_bytes_max) {
      condition += "...";
      break;
    }
    if (!is_blank) {
      condition += character;
    } else if (!condition.empty() && condition.back() != ' ') {
      condition += ' ';
    }
  }
  const p4::Place place = source.place(call.where);
  return fmt::format("{}:{}: {}({})", place.file, place.line, call.target->name.text, condition);
}

}  // namespace

ExternId Lowerer::extern_of(p4::Instance* instance) {
  if (instance == nullptr || instance->of->kind != p4::DeclarationKind::Extern) {
    return ExternId::None;
  }
  if (const auto found = externs_.find(instance); found != externs_.end()) {
    return found->second;
  }
  const auto id = static_cast<ExternId>(program_.externs.size());
  externs_[instance] = id;
  program_.externs.emplace_back();
  Extern made;
  made.name = instance->name;
  made.type_name = instance->of->name.text;
  made.annotations = annotation_texts(instance->annotations);
  made.is_hidden = instance->is_hidden;
  if (instance->declaration != nullptr) {
    made.where = instance->declaration->name.where;
  } else if (instance->made_by != nullptr) {
    made.where = instance->made_by->where;
  }
  for (const p4::Type* argument : instance->type->arguments) {
    const uint32_t width =
        is_scalar(argument) ? width_of(argument) : p4::size_bits_max(compilation_.types, argument).value_or(0);
    made.type_argument_widths.push_back(width);
    made.type_argument_names.push_back(p4::to_text(argument));
  }
  for (const p4::InstanceArgument& argument : instance->arguments) {
    made.arguments.push_back(constant_argument(argument));
  }
  program_.externs[index_of(id)] = std::move(made);
  return id;
}

ConstantArgument Lowerer::constant_argument(const p4::InstanceArgument& argument) {
  ConstantArgument made;
  if (argument.value != nullptr) {
    made = constant_of(*argument.value);
  } else if (argument.instance != nullptr) {
    made.kind = ConstantArgument::Kind::Instance;
    made.instance = extern_of(argument.instance);
  }
  made.parameter = argument.parameter == nullptr ? "" : argument.parameter->name.text;
  return made;
}

ConstantArgument Lowerer::constant_of(const p4::Value& value) {
  ConstantArgument made;
  made.width = width_of(value.type);
  if (const auto* number = value.number()) {
    made.kind = ConstantArgument::Kind::Number;
    made.number = *number;
  } else if (const bool* truth = value.boolean()) {
    made.kind = ConstantArgument::Kind::Number;
    made.number = *truth ? 1 : 0;
  } else if (const std::string* text = value.text()) {
    made.kind = ConstantArgument::Kind::Text;
    made.text = *text;
  } else if (const auto* member = std::get_if<const p4::EnumMember*>(&value.data)) {
    made.kind = ConstantArgument::Kind::Member;
    made.text = (*member)->name.text;
    made.number = (*member)->index;
  } else if (const auto* error = std::get_if<const p4::ErrorMember*>(&value.data)) {
    made.kind = ConstantArgument::Kind::Member;
    made.text = (*error)->name.text;
    made.number = (*error)->index;
  } else if (const p4::Value::Composite* composite = value.composite()) {
    made.kind = ConstantArgument::Kind::List;
    for (const p4::Value* part : composite->parts) {
      made.parts.push_back(constant_of(*part));
    }
  }
  return made;
}

void Lowerer::add_parts(ExternArgument& argument, const Operand& operand, const std::string& name) {
  if (operand.scalar != nullptr) {
    argument.parts.push_back({.value = operand.scalar,
                              .width = operand.scalar->width,
                              .is_signed = operand.type != nullptr && is_signed(operand.type),
                              .name = name});
    return;
  }
  if (operand.varbit.has_value()) {
    argument.parts.push_back({.value = read_variable(*operand.varbit),
                              .width = program_.at(*operand.varbit).width,
                              .is_varbit = true,
                              .name = name});
    return;
  }
  if (operand.value != nullptr && operand.value->number() != nullptr) {  // int: of a width that holds it
    const p4::Integer& number = *operand.value->number();
    const auto bits = static_cast<uint32_t>(mpz_sizeinbase(number.get_mpz_t(), 2)) + (number < 0 ? 1 : 0);
    const auto* value = program_.expression<Constant>(Bits::from_integer(std::max(bits, 32U), number));
    argument.parts.push_back({.value = value, .width = value->width, .is_signed = number < 0, .name = name});
    return;
  }
  std::vector<std::string> names(operand.parts.size());
  if (operand.type != nullptr &&
      (p4::underlying(operand.type)->is_struct_like() || operand.type->is(p4::TypeKind::StructValue))) {
    const auto& fields = compilation_.types.fields(p4::underlying(operand.type));
    for (size_t i = 0; i < fields.size() && i < names.size(); ++i) {
      names[i] = fields[i].name;
    }
  }
  if (operand.valid != nullptr) {
    argument.header_parts.push_back(static_cast<uint32_t>(argument.parts.size()));
    argument.header_valid.push_back(operand.valid);
    argument.header_part_counts.push_back(0);
  }
  const size_t header = argument.header_parts.size();
  for (size_t i = 0; i < operand.parts.size(); ++i) {
    add_parts(argument, operand.parts[i], joined(name, names[i].empty() ? std::to_string(i) : names[i]));
  }
  if (operand.valid != nullptr) {
    argument.header_part_counts[header - 1] =
        static_cast<uint32_t>(argument.parts.size()) - argument.header_parts[header - 1];
  }
}

void Lowerer::add_result_parts(ExternArgument& argument, Place& place, const std::string& name) {
  if (place.variable.has_value()) {
    const Variable& variable = program_.at(*place.variable);
    argument.parts.push_back({.value = read_variable(*place.variable),
                              .variable = *place.variable,
                              .width = variable.width,
                              .is_varbit = variable.is_varbit,
                              .is_signed = variable.is_signed,
                              .name = name});
  }
  for (Place* part : place.parts) {
    add_result_parts(argument, *part, name);
  }
}

ExternArgument Lowerer::extern_argument(const p4::BoundArgument& bound, bool is_followed,
                                        std::vector<std::pair<LValue, Place*>>& copy_out) {
  const auto* parameter = p4::as<p4::Parameter>(static_cast<const p4::Declaration*>(bound.parameter));
  const p4::Expression* value = bound.value != nullptr ? bound.value : bound.default_value;
  ExternArgument made;
  made.parameter = parameter == nullptr ? "" : parameter->name.text;
  made.kind = ExternArgument::Kind::Absent;
  const bool is_out = parameter != nullptr &&
                      (parameter->direction == p4::Direction::Out || parameter->direction == p4::Direction::InOut);
  if (value == nullptr || (value->kind == p4::ExpressionKind::DontCare && !is_out)) {
    return made;
  }
  if (is_out) {
    made.kind = parameter->direction == p4::Direction::Out ? ExternArgument::Kind::Result : ExternArgument::Kind::Both;
    LValue to = lower_l_value(*value);
    Place* place = only_place(to);
    const p4::Type* type = type_of(bound.type);
    if (place == nullptr || place->type != type) {
      place = allocate(type, fresh_name("$out"));
      if (made.kind == ExternArgument::Kind::Both) {
        assign(*place, convert(read(to), type));
      }
      copy_out.emplace_back(std::move(to), place);
    }
    add_result_parts(made, *place, {});
    return made;
  }
  if (extern_choice(*value) != nullptr) {
    refuse(value->where, "an extern that is given another one cannot choose it when packets are processed",
           "apply an instance of its own for each extern");
    return made;
  }
  Operand operand = lower(*value);
  if (operand.type != nullptr && bound.type != nullptr && !type_of(bound.type)->has_variables) {
    operand = convert(std::move(operand), type_of(bound.type));
  }
  if (is_followed) {
    operand = spill(std::move(operand));
  }
  made.kind = ExternArgument::Kind::Value;
  if (operand.value != nullptr && operand.value->text() != nullptr) {
    made.kind = ExternArgument::Kind::Text;
    made.text = *operand.value->text();
  } else if (operand.instance != nullptr) {
    made.instance = extern_of(operand.instance);
  } else {
    add_parts(made, operand, {});
  }
  return made;
}

Operand Lowerer::lower_extern(const p4::CallExpression& call) {
  const std::string& name = call.target->name.text;
  if (name == "static_assert") {
    return operand_of(*compilation_.values.boolean(compilation_.types.boolean(), true));
  }
  if (name == "verify" && in_parser_ && call.binding.arguments.size() == 2) {
    const p4::Expression* const parts[] = {call.binding.arguments[0].value, call.binding.arguments[1].value};
    const std::vector<Operand> operands = lower_in_order(parts);
    add(program_.statement<Verify>(operands[0].scalar, operands[1].scalar));
    return {};
  }
  auto* made = program_.statement<CallExtern>();
  made->name = name;
  const ExternChoice* choice = nullptr;
  if (const auto* callee = p4::as<p4::MemberExpression>(call.callee)) {
    choice = extern_choice(*callee->base);
    made->instance = choice == nullptr ? extern_of(instance_of(*callee->base)) : ExternId::None;
    if (choice == nullptr && made->instance == ExternId::None) {
      refuse(call.where, "the extern that is called here is not known when the program is compiled");
      return {};
    }
  }
  std::vector<std::pair<LValue, Place*>> copy_out;
  const std::vector<p4::BoundArgument> arguments = in_written_order(call.binding.arguments);
  std::map<const p4::Declaration*, ExternArgument> by_parameter;
  for (size_t i = 0; i < arguments.size(); ++i) {
    bool is_followed = false;
    for (size_t j = i + 1; j < arguments.size(); ++j) {
      is_followed = is_followed || (arguments[j].value != nullptr && has_effects(*arguments[j].value));
    }
    by_parameter.emplace(arguments[i].parameter, extern_argument(arguments[i], is_followed, copy_out));
  }
  for (const p4::BoundArgument& bound : call.binding.arguments) {  // engines know them by the parameters' order
    made->arguments.push_back(std::move(by_parameter[bound.parameter]));
  }
  if (made->instance == ExternId::None && (name == "assert" || name == "assume") && !made->arguments.empty()) {
    made->arguments.front().text = assertion_text(call, compilation_.source);
  }
  for (const p4::Type* argument : call.binding.type_arguments) {
    const p4::Type* type = type_of(argument);
    made->type_argument_widths.push_back(is_scalar(type) ? width_of(type) : 0);
    made->type_argument_names.push_back(p4::to_text(type));
  }
  made->site = program_.extern_sites++;
  made->result.kind = ExternArgument::Kind::Result;
  const p4::Type* result_type = type_of(call.binding.result != nullptr ? call.binding.result : call.type);
  Place* result = nullptr;
  if (result_type != nullptr && !result_type->is(p4::TypeKind::Void)) {
    made->gives_bool = result_type->is(p4::TypeKind::Bool);
    result = allocate(result_type, fresh_name("$" + name));
    add_result_parts(made->result, *result, {});
  }
  if (choice != nullptr) {
    add_chosen(made, *choice);
  } else {
    add(made);
  }
  for (const auto& [to, place] : copy_out) {
    assign(to, convert(read(*place), to.type));
  }
  return result == nullptr ? Operand{} : read(*result);
}

// Methods that the instance's declaration gives, for engines of externs that call them: with values, and not with
// externs, which each call in the program has of its own.
void Lowerer::fill_extern_methods() {
  const auto is_extern = [](const p4::Parameter* parameter) {
    return parameter->checked_type->is(p4::TypeKind::Extern);
  };
  const std::map<const p4::Instance*, ExternId> known = externs_;
  for (const auto& [instance, id] : known) {
    if (instance->declaration == nullptr) {
      continue;
    }
    for (const p4::Declaration* given : instance->declaration->initializer) {
      const auto* function = p4::as<p4::FunctionDeclaration>(given);
      if (function != nullptr && std::ranges::none_of(function->parameters, is_extern)) {
        Frame* outer = instance->parent == nullptr ? nullptr : frame_of(instance->parent);
        const Callable& callable = function_callable(*function, {}, outer);
        program_.externs[index_of(id)].abstract_methods[function->name.text] = callable.procedure;
      }
    }
  }
}

}  // namespace outrigger::p4_ir
