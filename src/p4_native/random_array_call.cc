// RandomProgramWriter: counters, meters, registers, action profiles and hashes, as v1model names them.
#include "p4_native/random_program_writer.h"

namespace outrigger::p4_native {

using p4_ir::ConstantArgument;
using p4_ir::ExternArgument;
using p4_ir::ExternId;

namespace {

constexpr uint64_t cells = 4;

}  // namespace

ExternId RandomProgramWriter::add_instance(std::string name, std::string type, uint64_t size) {
  p4_ir::Extern& made = program_.externs.emplace_back();
  made.name = std::move(name);
  made.type_name = std::move(type);
  ConstantArgument& argument = made.arguments.emplace_back();
  argument.parameter = "size";
  argument.kind = ConstantArgument::Kind::Number;
  argument.number = size;
  return static_cast<ExternId>(program_.externs.size() - 1);
}

// Numbers 0 to 3: a counter, a meter and two registers, of which the second one holds a struct now and then.
void RandomProgramWriter::make_arrays() {
  program_.enums.push_back({.name = "HashAlgorithm", .members = {"crc32", "crc16", "identity", "csum16", "xor16"}});
  add_instance("c", "counter", cells);
  add_instance("m", "meter", cells);
  for (std::vector<p4_ir::VariableId>& fields : register_fields_) {
    const bool is_first = &fields == &register_fields_[0];
    const ExternId id = add_instance(is_first ? "r0" : "r1", "register", cells);
    for (uint32_t i = is_first ? 1 : 1 + random_.below(3); i > 0; --i) {
      const std::string name = program_.at(id).name + "." + std::to_string(i);
      fields.push_back(program_.add_variable(name, is_first ? 1 + random_.below(64) : width()));
      scalars_.push_back(fields.back());
    }
    program_.externs.back().type_argument_widths = {fields.size() == 1 ? program_.at(fields[0]).width : 0};
  }
}

void RandomProgramWriter::make_profile(p4_ir::Table& table) {
  const std::string name = table.name;
  if (random_.one_in(2)) {
    table.direct_externs.push_back(add_instance(name + ".counter", "direct_counter", 0));
  }
  if (random_.one_in(3)) {
    table.direct_externs.push_back(add_instance(name + ".meter", "direct_meter", 0));
  }
  if (random_.one_in(2)) {
    return;
  }
  table.implementation = add_instance(name + ".profile", "action_selector", cells);
  ConstantArgument& algorithm = program_.externs.back().arguments.emplace_back();
  algorithm.kind = ConstantArgument::Kind::Member;
  algorithm.text = random_.one_in(2) ? "crc16" : "crc32";
  for (uint32_t i = 1 + random_.below(3); i > 0; --i) {
    p4_ir::TableKey& key = table.keys.emplace_back();
    key.value = expression(width(), 1);
    key.width = key.value->width;
    key.kind = p4_ir::MatchKind::Selector;
  }
}

ExternArgument RandomProgramWriter::value_argument(const p4_ir::Expression* value) {
  ExternArgument made;
  ExternArgument::Part& part = made.parts.emplace_back();
  part.value = value;
  part.width = value->width;
  return made;
}

ExternArgument RandomProgramWriter::result_argument(std::span<const p4_ir::VariableId> variables) {
  ExternArgument made;
  made.kind = ExternArgument::Kind::Result;
  for (const p4_ir::VariableId variable : variables) {
    ExternArgument::Part& part = made.parts.emplace_back();
    part.variable = variable;
    part.width = program_.at(variable).width;
  }
  return made;
}

// Mostly a cell that is there.
const p4_ir::Expression* RandomProgramWriter::array_index() {
  return random_.one_in(4) ? expression(width(), 1) : constant(32, random_.below(cells + 1));
}

p4_ir::Statement* RandomProgramWriter::array_call() {
  auto* made = program_.statement<p4_ir::CallExtern>();
  made->site = program_.extern_sites++;
  made->result.kind = ExternArgument::Kind::Result;
  const p4_ir::VariableId to = scalar();
  const uint32_t which = random_.below(10);
  if (which < 3) {
    made->instance = ExternId{0};
    made->name = "count";
    made->arguments = {value_argument(array_index())};
  } else if (which == 3) {
    made->instance = ExternId{1};
    made->name = "execute_meter";
    made->arguments = {value_argument(array_index()), result_argument({&to, 1})};
  } else if (which < 8) {
    const uint32_t number = random_.below(2);
    made->instance = static_cast<ExternId>(2 + number);
    made->name = which < 6 ? "read" : "write";
    if (which < 6) {
      made->arguments = {result_argument(register_fields_[number]), value_argument(array_index())};
    } else {
      made->arguments = {value_argument(array_index()), ExternArgument()};
      for (const p4_ir::VariableId field : register_fields_[number]) {
        made->arguments[1].parts.push_back(value_argument(expression(program_.at(field).width, 2)).parts[0]);
      }
    }
  } else if (which == 8) {
    made->name = "random";
    const p4_ir::Expression* only = constant(16, random_.below(1000));
    made->arguments = {result_argument({&to, 1}), value_argument(only), value_argument(only)};
  } else {
    made->name = "hash";
    made->arguments = {result_argument({&to, 1}), value_argument(constant(32, random_.below(5))),
                       value_argument(constant(16, random_.below(9))), argument(ExternArgument::Kind::Value),
                       value_argument(constant(32, random_.below(300)))};
  }
  return made;
}

}  // namespace outrigger::p4_native
