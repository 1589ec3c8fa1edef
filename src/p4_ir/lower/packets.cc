// packet_in and packet_out (§13.8, §16.1): the one packet that every engine has at hand, so that the objects themselves
// are nothing.
#include "p4_ir/lower/lowerer.h"

namespace outrigger::p4_ir {

Operand Lowerer::lower_packet_method(const p4::CallExpression& call, const std::string& object,
                                     const std::string& method) {
  const auto& arguments = call.binding.arguments;
  if (object == "packet_out") {
    if (method == "emit" && !arguments.empty() && arguments.front().value != nullptr) {
      const p4::Expression& value = *arguments.front().value;
      if (is_path(value)) {
        for_alternatives(lower_l_value(value), [&](Place& place) { emit_place(place); });
      } else {
        const Operand operand = lower(value);
        Place* place = allocate(operand.type, fresh_name("$emit"));
        assign(*place, operand);
        emit_place(*place);
      }
    }
    return {};
  }
  if (method == "extract") {
    return lower_extract(call);
  }
  if (method == "lookahead") {
    return lower_lookahead(call);
  }
  if (method == "advance" && !arguments.empty()) {
    add(program_.statement<Advance>(lower_scalar(*arguments.front().value)));
    return {};
  }
  auto* made = program_.statement<CallExtern>();  // length(): what the engine knows
  made->name = "packet_in.length";
  made->site = program_.extern_sites++;
  made->result.kind = ExternArgument::Kind::Result;
  Place* result = allocate(call.type, fresh_name("$length"));
  add_result_parts(made->result, *result, {});
  add(made);
  return read(*result);
}

// P4-16 §13.8.2 leaves it to targets whether a varbit may have a part of a byte. BMv2's may not.
void Lowerer::verify_whole_bytes(const Expression* bits) {
  constexpr uint32_t byte_bits_log2 = 3;
  if (program_.architecture != "V1Switch" || bits->width < byte_bits_log2) {
    return;
  }
  const Expression* rest = program_.expression<Slice>(bits, byte_bits_log2 - 1, 0U);
  const Expression* is_whole = program_.expression<Binary>(BinaryOp::Equal, rest, constant(byte_bits_log2, 0));
  const auto error = program_.find_error("ParserInvalidArgument");
  add(program_.statement<Verify>(is_whole, constant(Program::error_width, error.value_or(0))));
}

Operand Lowerer::lower_extract(const p4::CallExpression& call) {
  const auto& arguments = call.binding.arguments;
  LValue to;
  if (arguments.front().value == nullptr || arguments.front().value->kind == p4::ExpressionKind::DontCare) {
    to = l_value_of(*allocate(arguments.front().type, fresh_name("$skipped")));
  } else {
    to = lower_l_value(*arguments.front().value);
  }
  const Expression* size = nullptr;
  if (arguments.size() > 1 && arguments[1].value != nullptr) {
    size = lower_scalar(*arguments[1].value);
    verify_whole_bytes(size);
  }
  for_alternatives(to, [&](Place& place) {
    if (!place.header.has_value()) {
      refuse(call.where, "only headers can be extracted");
      return;
    }
    auto* made = program_.statement<Extract>(*place.header);
    made->varbit_size = size;
    add(made);
    after_valid(place, constant(1, 1));
  });
  for (const LValue::NextIndex& index : to.next_indices) {
    const Expression* next = read_variable(index.variable);
    const Expression* more = program_.expression<Binary>(BinaryOp::Add, next, constant(next->width, 1));
    set(index.variable, index.condition == nullptr ? more : program_.expression<Choose>(index.condition, more, next));
  }
  return {};
}

namespace {

void scalars_of(const Place& place, std::vector<VariableId>& into) {
  if (place.variable.has_value()) {
    into.push_back(*place.variable);
  }
  for (const Place* part : place.parts) {
    scalars_of(*part, into);
  }
}

}  // namespace

Operand Lowerer::lower_lookahead(const p4::CallExpression& call) {
  Place* place = allocate(call.binding.result != nullptr ? call.binding.result : call.type, fresh_name("$lookahead"));
  auto* made = program_.statement<Lookahead>();
  scalars_of(*place, made->variables);
  for (const VariableId variable : made->variables) {
    made->width += program_.at(variable).width;
  }
  add(made);
  become_valid(*place);
  return read(*place);
}

// §13.8.3: as extract would have left them.
void Lowerer::become_valid(const Place& place) {
  if (place.header.has_value()) {
    set(program_.at(*place.header).valid, constant(1, 1));
    return;
  }
  for (const Place* part : place.parts) {
    become_valid(*part);
  }
}

// §16.1: a struct, stack or union is emitted part by part, in order.
void Lowerer::emit_place(const Place& place) {
  if (place.header.has_value()) {
    add(program_.statement<Emit>(*place.header));
    return;
  }
  for (const Place* part : place.parts) {
    emit_place(*part);
  }
}

}  // namespace outrigger::p4_ir
