// RandomProgramWriter: statements.
#include "p4_native/random_program_writer.h"

namespace outrigger::p4_native {

using p4_ir::Statement;
using p4_ir::Statements;

Statements RandomProgramWriter::statements(Place place, uint32_t count, uint32_t depth) {
  Statements made;
  for (uint32_t i = random_.below(count + 1); i > 0; --i) {
    made.push_back(statement(place, depth));
  }
  return made;
}

Statement* RandomProgramWriter::assignment() {
  if (random_.one_in(8)) {
    return program_.statement<p4_ir::AssignVarbit>(varbit(), varbit());
  }
  if (is_for_bursts_ && random_.one_in(8)) {  // headers come and go
    const uint32_t number = random_.below(static_cast<uint32_t>(program_.headers.size()));
    return program_.statement<p4_ir::Assign>(program_.headers[number].valid, expression(1, 1));
  }
  const p4_ir::VariableId to = scalar();
  return program_.statement<p4_ir::Assign>(to, expression(program_.at(to).width, 3));
}

Statement* RandomProgramWriter::statement(Place place, uint32_t depth) {
  if (depth > 0 && random_.one_in(3)) {
    return compound(place, depth);
  }
  if (place == Place::Parser && random_.one_in(2)) {
    return parser_statement();
  }
  if (place == Place::Deparser && !is_for_bursts_ && random_.one_in(3)) {
    return program_.statement<p4_ir::Emit>(
        static_cast<p4_ir::HeaderId>(random_.below(static_cast<uint32_t>(program_.headers.size()))));
  }
  if (place == Place::Control && !program_.tables.empty() && random_.one_in(4)) {
    const uint32_t table = random_.below(static_cast<uint32_t>(program_.tables.size()));
    auto* apply = program_.statement<p4_ir::ApplyTable>(static_cast<p4_ir::TableId>(table));
    apply->has_hit = random_.one_in(2);
    apply->hit = *program_.find_variable("hit");
    apply->has_action_run = random_.one_in(2);
    apply->action_run = *program_.find_variable("action_run");
    return apply;
  }
  if (is_for_bursts_ && place == Place::Control && random_.one_in(4)) {
    return array_call();
  }
  if (random_.one_in(is_for_bursts_ ? 60 : 8)) {
    return call_extern();
  }
  return assignment();
}

Statement* RandomProgramWriter::compound(Place place, uint32_t depth) {
  switch (random_.below(6)) {
    case 0: {
      auto* made = program_.statement<p4_ir::Switch>();
      made->subject = expression(width(), 1);
      for (uint32_t i = random_.below(4); i > 0; --i) {
        p4_ir::Switch::Case& one = made->cases.emplace_back();
        for (uint32_t j = random_.below(3); j > 0; --j) {
          one.labels.emplace_back(made->subject->width, random_.below(5));
        }
        one.body = statements(place, 2, depth - 1);
      }
      made->otherwise = statements(place, 2, depth - 1);
      return made;
    }
    case 1: return loop(place, depth);
    case 2:
      if (callable_ > 0 && place != Place::Parser) {
        return program_.statement<p4_ir::Call>(static_cast<p4_ir::ProcedureId>(random_.below(callable_)));
      }
      return assignment();
    default: {
      auto* made = program_.statement<p4_ir::If>();
      made->condition = random_.one_in(8) ? expression(1, 2) : truth(3);
      made->if_true = statements(place, 3, depth - 1);
      made->if_false = statements(place, 2, depth - 1);
      if (random_.one_in(8)) {
        made->if_true.push_back(program_.statement<p4_ir::Return>());
      } else if (loops_around_ > 0 && random_.one_in(2)) {
        made->if_true.push_back(random_.one_in(2) ? static_cast<Statement*>(program_.statement<p4_ir::Break>())
                                                  : program_.statement<p4_ir::Continue>());
      }
      return made;
    }
  }
}

// A few turns; a counter of its own, so that it ends.
Statement* RandomProgramWriter::loop(Place place, uint32_t depth) {
  if (counters_used_ == counters_.size()) {
    return assignment();
  }
  const p4_ir::VariableId counter = counters_[counters_used_++];
  auto* made = program_.statement<p4_ir::Loop>();
  auto* leave = program_.statement<p4_ir::If>();
  leave->condition =
      program_.expression<p4_ir::Binary>(p4_ir::BinaryOp::LessEqual, constant(8, 1 + random_.below(4)), read(counter));
  leave->if_true = {program_.statement<p4_ir::Break>()};
  ++loops_around_;
  const Statements body = statements(place, 3, depth - 1);
  --loops_around_;
  auto* count = program_.statement<p4_ir::Assign>(
      counter, program_.expression<p4_ir::Binary>(p4_ir::BinaryOp::Add, read(counter), constant(8, 1)));
  made->body = {leave};
  made->body.insert(made->body.end(), body.begin(), body.end());
  made->update = {count};
  return made;
}

p4_ir::ExternArgument RandomProgramWriter::argument(p4_ir::ExternArgument::Kind kind) {
  p4_ir::ExternArgument made;
  made.kind = kind;
  for (uint32_t i = random_.below(3); i > 0; --i) {
    p4_ir::ExternArgument::Part& part = made.parts.emplace_back();
    const bool has_varbit = random_.one_in(4);
    part.variable = has_varbit ? varbit() : scalar();
    part.is_varbit = has_varbit;
    part.width = program_.at(part.variable).width;
    if (kind == p4_ir::ExternArgument::Kind::Both) {
      part.value = read(part.variable);
    } else if (kind == p4_ir::ExternArgument::Kind::Value) {
      part.value = has_varbit ? read(part.variable) : expression(part.width, 2);
    }
  }
  if (kind == p4_ir::ExternArgument::Kind::Value && random_.one_in(2)) {
    made.header_parts = {0};
    made.header_part_counts = {static_cast<uint32_t>(made.parts.size())};
    made.header_valid = {read(program_.headers[0].valid)};
  }
  return made;
}

Statement* RandomProgramWriter::call_extern() {
  auto* made = program_.statement<p4_ir::CallExtern>();
  made->site = program_.extern_sites++;
  made->result.kind = p4_ir::ExternArgument::Kind::Result;
  if (is_tidy_ || random_.one_in(4)) {
    made->name = "packet_in.length";
    const p4_ir::VariableId to = *program_.find_variable("length");
    p4_ir::ExternArgument::Part& part = made->result.parts.emplace_back();
    part.variable = to;
    part.width = program_.at(to).width;
    return made;
  }
  made->name = "mix";
  constexpr std::array kinds = {p4_ir::ExternArgument::Kind::Value, p4_ir::ExternArgument::Kind::Both,
                                p4_ir::ExternArgument::Kind::Result};
  for (uint32_t i = random_.below(4); i > 0; --i) {
    made->arguments.push_back(argument(kinds[random_.below(3)]));
  }
  if (random_.one_in(2)) {
    made->result = argument(p4_ir::ExternArgument::Kind::Result);
  }
  return made;
}

Statement* RandomProgramWriter::parser_statement() {
  switch (random_.below(6)) {
    case 0: {
      const uint32_t bits = !is_tidy_ && random_.one_in(6) ? 3 : 0;
      return program_.statement<p4_ir::Advance>(constant(32, 8 * random_.below(4) + bits));
    }
    case 1: {
      auto* made = program_.statement<p4_ir::Lookahead>();
      const p4_ir::Header& header = program_.headers[0];
      made->variables = header.fields;
      made->width = header.width_fixed;
      return made;
    }
    case 2: {
      const p4_ir::Expression* condition =
          random_.one_in(2) ? program_.expression<p4_ir::Binary>(p4_ir::BinaryOp::Or, truth(2), truth(2)) : truth(2);
      return program_.statement<p4_ir::Verify>(condition, constant(p4_ir::Program::error_width, random_.below(9)));
    }
    case 3:
      if (may_call_parser_) {
        return program_.statement<p4_ir::CallParser>(p4_ir::ParserId{0});
      }
      [[fallthrough]];
    default: {
      const uint32_t number = random_.below(static_cast<uint32_t>(program_.headers.size()));
      auto* made = program_.statement<p4_ir::Extract>(static_cast<p4_ir::HeaderId>(number));
      if (program_.headers[number].varbit_field >= 0 && !is_tidy_ && random_.one_in(6) == is_for_bursts_) {
        made->varbit_size = random_.one_in(4) ? expression(width(), 2) : constant(32, 8 * random_.below(12));
      }
      return made;
    }
  }
}

}  // namespace outrigger::p4_native
