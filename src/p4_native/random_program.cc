// RandomProgramWriter: variables, headers, tables, parsers, blocks.
#include "p4_native/random_program.h"

#include "p4_native/random_program_writer.h"

namespace outrigger::p4_native {

using p4_ir::Bits;
using p4_ir::Keyset;
using p4_ir::Statements;
using p4_ir::VariableId;

Bits Random::bits(uint32_t width) {
  if (width == 0) {
    return Bits(0);
  }
  const std::vector<uint8_t> all = bytes((width + 7) / 8);
  return Bits::from_big_endian(width, all);
}

// Random, or all zeroes, or all ones: carries and signs need those.
std::vector<uint8_t> Random::bytes(uint32_t count) {
  std::vector<uint8_t> made(count);
  const uint32_t kind = below(6);
  for (uint8_t& byte : made) {
    byte = static_cast<uint8_t>(kind == 0 ? 0 : kind == 1 ? 255 : word());
  }
  return made;
}

uint32_t RandomProgramWriter::width() {
  constexpr std::array<uint32_t, 24> usual = {1,  2,  3,  7,  8,  9,  13, 16,  24,  31,  32,  33,
                                              48, 53, 63, 64, 65, 96, 99, 127, 128, 129, 192, 256};
  return random_.one_in(3) ? 1 + random_.below(300) : usual[random_.below(usual.size())];
}

void RandomProgramWriter::make_header(uint32_t number) {
  p4_ir::Header header;
  header.name = "hdr.h" + std::to_string(number);
  header.type_name = "h" + std::to_string(number) + "_t";
  header.valid = program_.add_variable(header.name + ".$valid$", 1);
  const auto add = [&](uint32_t of_width, bool is_varbit) {
    const VariableId field =
        program_.add_variable(header.name + ".f" + std::to_string(header.fields.size()), of_width, is_varbit);
    header.fields.push_back(field);
    header.field_names.push_back("f");
    is_varbit ? varbits_.push_back(field) : scalars_.push_back(field);
  };
  const bool has_varbit = number == 1;
  const uint32_t count = 1 + random_.below(6);
  for (uint32_t i = 0; i < count; ++i) {
    if (has_varbit && i == count / 2) {
      header.varbit_field = static_cast<int>(header.fields.size());
      add(program_.at(varbits_.front()).width, true);  // varbits of one type may be assigned
    }
    const bool is_wide = random_.one_in(12) && !is_tidy_;
    const uint32_t of_width = is_wide ? 500 + random_.below(200) : random_.one_in(2) ? 8 : width();
    add(of_width, false);
    header.width_fixed += of_width;
  }
  if (header.width_fixed % 8 != 0 && (is_tidy_ || !random_.one_in(6))) {
    const uint32_t rest = 8 - header.width_fixed % 8;
    add(rest, false);
    header.width_fixed += rest;
  }
  program_.headers.push_back(std::move(header));
}

void RandomProgramWriter::make_variables() {
  program_.errors = {"NoError", "PacketTooShort", "NoMatch", "StackOutOfBounds", "HeaderTooShort", "ParserTimeout"};
  program_.exited = program_.add_variable("$exited", 1);
  program_.parser_error = program_.add_variable("$parser_error", p4_ir::Program::error_width);
  program_.add_variable("hit", 1);
  program_.add_variable("action_run", p4_ir::Table::action_run_width);
  program_.add_variable("length", 32);
  for (uint32_t i = 0; i < 2 + random_.below(12); ++i) {
    scalars_.push_back(program_.add_variable("v" + std::to_string(i), width()));
  }
  for (uint32_t i = 0; i < 8; ++i) {
    counters_.push_back(program_.add_variable("$i" + std::to_string(i), 8));
  }
  varbits_.push_back(program_.add_variable("b", 1 + random_.below(400), true));
  for (uint32_t i = 0; i < 4; ++i) {
    make_header(i);
  }
  program_.value_sets.push_back({.name = "one", .annotations = {}, .fields = {{"f", 16, "exact"}}, .size = 4});
  program_.value_sets.push_back({.name = "all", .annotations = {}, .fields = {}, .size = 4});
}

p4_ir::ProcedureId RandomProgramWriter::add_procedure(std::string name, Statements body) {
  program_.procedures.push_back({.name = std::move(name), .body = std::move(body), .may_exit = false});
  return static_cast<p4_ir::ProcedureId>(program_.procedures.size() - 1);
}

void RandomProgramWriter::make_actions_and_tables() {
  for (uint32_t i = 0; i < 3; ++i) {
    add_procedure("a" + std::to_string(i), statements(Place::Control, 3, 2));
    callable_ = static_cast<uint32_t>(program_.procedures.size());
  }
  for (uint32_t i = 0; i < 2; ++i) {
    p4_ir::Table table;
    table.name = "t" + std::to_string(i);
    for (uint32_t j = random_.below(is_for_bursts_ && random_.one_in(4) ? 9 : 4); j > 0; --j) {  // some keys are wide
      p4_ir::TableKey& key = table.keys.emplace_back();
      key.value = expression(width(), 2);
      key.width = key.value->width;
    }
    for (uint32_t j = 0; j < 3; ++j) {
      p4_ir::TableAction& action = table.actions.emplace_back();
      action.body = static_cast<p4_ir::ProcedureId>(j);
      for (uint32_t k = random_.below(3); k > 0; --k) {
        const VariableId variable = scalar();
        action.parameters.push_back({.name = "p", .width = program_.at(variable).width, .variable = variable});
      }
    }
    for (const p4_ir::ActionParameter& parameter : table.actions.front().parameters) {
      table.default_action.arguments.emplace_back(parameter.width);
    }
    if (is_for_bursts_ && random_.one_in(2)) {
      make_profile(table);
    }
    program_.tables.push_back(std::move(table));
  }
  for (uint32_t i = 0; i < 3 && !is_for_bursts_; ++i) {  // in no table: what is called once can be inlined
    add_procedure("f" + std::to_string(i), statements(Place::Control, 3, 2));
    callable_ = static_cast<uint32_t>(program_.procedures.size());
  }
}

Keyset RandomProgramWriter::keyset(uint32_t of_width) {
  const auto small = [&] { return random_.one_in(2) ? constant(of_width, random_.below(5)) : expression(of_width, 1); };
  Keyset made;
  switch (random_.below(is_for_bursts_ ? 5 : 6)) {
    case 0: return made;
    case 1: made = {.kind = Keyset::Kind::Masked, .value = small(), .mask = small()}; break;
    case 2:
      made = {.kind = Keyset::Kind::Range,
              .value = small(),
              .mask = expression(of_width, 1),
              .is_signed = random_.one_in(2)};
      break;
    case 5: made.kind = Keyset::Kind::InSet; break;
    default: made = {.kind = Keyset::Kind::Equal, .value = small()}; break;
  }
  return made;
}

void RandomProgramWriter::make_transition(p4_ir::ParserState& state, uint32_t states) {
  const auto target = [&]() -> uint32_t {
    switch (random_.below(8)) {
      case 0: return p4_ir::ParserState::Accept;
      case 1: return random_.one_in(2) ? p4_ir::ParserState::Reject : random_.below(states);
      default: return random_.below(states);
    }
  };
  state.target = target();
  if (random_.one_in(3)) {
    return;
  }
  for (uint32_t i = 1 + random_.below(3); i > 0; --i) {
    state.selected.push_back(expression(width(), 1));
  }
  for (uint32_t i = random_.below(5); i > 0; --i) {
    p4_ir::SelectCase& one = state.cases.emplace_back();
    one.target = target();
    if (!is_for_bursts_ && random_.one_in(8)) {
      one.value_set = p4_ir::ValueSetId{1};
      continue;
    }
    for (const p4_ir::Expression* selected : state.selected) {
      one.keysets.push_back(keyset(selected->width));
    }
  }
  if (random_.one_in(2)) {
    state.cases.push_back({.keysets = {}, .value_set = std::nullopt, .target = target()});
  }
}

p4_ir::Parser RandomProgramWriter::make_parser(const std::string& name, uint32_t states, bool may_call) {
  may_call_parser_ = may_call;
  p4_ir::Parser made;
  made.name = name;
  const VariableId first = scalar();
  made.prologue = {program_.statement<p4_ir::Assign>(first, expression(program_.at(first).width, 2))};
  for (uint32_t i = 0; i < states; ++i) {
    p4_ir::ParserState& state = made.states.emplace_back();
    state.name = "s" + std::to_string(i);
    // Something is consumed in every state, so that no circle lasts.
    state.statements = {program_.statement<p4_ir::Advance>(constant(8, !is_tidy_ && random_.one_in(5) ? 5 : 8))};
    const Statements more = statements(Place::Parser, 4, 2);
    state.statements.insert(state.statements.end(), more.begin(), more.end());
    make_transition(state, states);
  }
  may_call_parser_ = false;
  return made;
}

void RandomProgramWriter::make_blocks() {
  program_.parsers.push_back(make_parser("sub", 2, false));
  program_.parsers.push_back(make_parser("main", 4, true));
  const auto control = add_procedure("control", statements(Place::Control, 8, 3));
  Statements emits = statements(Place::Deparser, 6, 2);
  for (uint32_t i = 0; i < program_.headers.size(); ++i) {
    emits.push_back(program_.statement<p4_ir::Emit>(static_cast<p4_ir::HeaderId>(i)));
  }
  const auto deparser = add_procedure("deparser", std::move(emits));
  program_.blocks.push_back(
      {.role = "parser", .name = "P", .parser = p4_ir::ParserId{1}, .procedure = {}, .parameters = {}});
  program_.blocks.push_back({.role = "control", .name = "C", .parser = {}, .procedure = control, .parameters = {}});
  program_.blocks.push_back({.role = "deparser", .name = "D", .parser = {}, .procedure = deparser, .parameters = {}});
  observe_some();
}

// What is no parameter of a block nobody sees: passes may drop it.
void RandomProgramWriter::observe_some() {
  const uint32_t unseen = random_.below(4);
  for (p4_ir::Block& block : program_.blocks) {
    p4_ir::Block::Parameter& parameter = block.parameters.emplace_back();
    parameter.name = "hdr";
    for (uint32_t i = 0; i < program_.variables.size(); ++i) {
      if (random_.below(4) >= unseen) {
        parameter.variables.push_back(static_cast<VariableId>(i));
      }
    }
    // What the tests of bursts take for ports and drops.
    parameter.variables.push_back(program_.headers.front().valid);
    parameter.variables.push_back(*program_.find_variable("length"));
    parameter.variables.push_back(*program_.find_variable("action_run"));
  }
}

void RandomProgramWriter::write() {
  make_variables();
  if (is_for_bursts_) {
    make_arrays();
  }
  make_actions_and_tables();
  make_blocks();
}

std::unique_ptr<p4_ir::Program> random_program(uint64_t seed, bool is_for_bursts) {
  auto made = std::make_unique<p4_ir::Program>();
  RandomProgramWriter(*made, seed, is_for_bursts).write();
  return made;
}

}  // namespace outrigger::p4_native
