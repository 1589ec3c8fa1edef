// ModuleWriter: parsers: a block of code for each state (P4-16 §13).
#include "p4_native/module_writer.h"

namespace outrigger::p4_native {

using p4_ir::Keyset;
using p4_ir::ParserState;

LLVMBasicBlockRef ModuleWriter::target_block(uint32_t target, std::span<const LLVMBasicBlockRef> blocks) const {
  if (target == ParserState::Accept) {
    return targets_.returns;
  }
  return target < blocks.size() ? blocks[target] : targets_.rejects;
}

void ModuleWriter::write_parser(uint32_t number_of) {
  begin_function(parsers_[number_of]);
  write_states(program_.parsers[number_of]);
}

void ModuleWriter::write_states(const p4_ir::Parser& parser) {
  std::vector<LLVMBasicBlockRef> blocks;
  for (size_t i = 0; i < parser.states.size(); ++i) {
    blocks.push_back(new_block());
  }
  write(parser.prologue);
  if (!has_ended()) {
    go_to(target_block(parser.start, blocks));
  }
  for (size_t i = 0; i < parser.states.size() && !refused_.has_value(); ++i) {
    continue_in(blocks[i]);
    count_up(offsetof(Context, parser_steps), parser.states[i].step_cost, p4_ir::Program::parser_steps_max);
    write(parser.states[i].statements);
    if (!has_ended()) {
      write_transition(parser.states[i], blocks);
    }
  }
}

void ModuleWriter::write_transition(const ParserState& state, std::span<const LLVMBasicBlockRef> blocks) {
  if (state.selected.empty() && state.cases.empty()) {
    return go_to(target_block(state.target, blocks));
  }
  std::vector<LLVMValueRef> values;
  for (const p4_ir::Expression* selected : state.selected) {
    values.push_back(value(*selected));
  }
  for (const p4_ir::SelectCase& one : state.cases) {
    const LLVMBasicBlockRef next = new_block();
    branch(matches(one, state.selected, values), target_block(one.target, blocks), next);
    continue_in(next);
  }
  reject_with("NoMatch");
}

// All keysets of a case are pure but value sets, which only look; so that all may be asked.
LLVMValueRef ModuleWriter::matches(const p4_ir::SelectCase& one, std::span<const p4_ir::Expression* const> selected,
                                   std::span<const LLVMValueRef> values) {
  if (one.value_set.has_value()) {
    return is_in_set(*one.value_set, selected);
  }
  LLVMValueRef all = number(1, 1);
  for (size_t i = 0; i < one.keysets.size() && i < selected.size(); ++i) {
    all = LLVMBuildAnd(builder_, all, matches(one.keysets[i], *selected[i], values[i]), "");
  }
  return all;
}

LLVMValueRef ModuleWriter::matches(const Keyset& keyset, const p4_ir::Expression& selected, LLVMValueRef of) {
  const auto compare = [&](LLVMIntPredicate predicate, LLVMValueRef a, LLVMValueRef b) {
    return LLVMBuildICmp(builder_, predicate, a, b, "");
  };
  if (keyset.kind != Keyset::Kind::Any && keyset.kind != Keyset::Kind::InSet && keyset.value->width != selected.width) {
    return number(1, 0);  // as Bits of different widths are never equal
  }
  switch (keyset.kind) {
    case Keyset::Kind::Any: return number(1, 1);
    case Keyset::Kind::Equal: return compare(LLVMIntEQ, of, value(*keyset.value));
    case Keyset::Kind::Masked: {
      const LLVMValueRef mask = value(*keyset.mask);
      const LLVMValueRef wanted = value(*keyset.value);
      return compare(LLVMIntEQ, LLVMBuildAnd(builder_, of, mask, ""), LLVMBuildAnd(builder_, wanted, mask, ""));
    }
    case Keyset::Kind::Range: {
      const LLVMValueRef least = value(*keyset.value);
      const LLVMValueRef greatest = value(*keyset.mask);
      return LLVMBuildAnd(builder_, compare(keyset.is_signed ? LLVMIntSGE : LLVMIntUGE, of, least),
                          compare(keyset.is_signed ? LLVMIntSLE : LLVMIntULE, of, greatest), "");
    }
    case Keyset::Kind::InSet: {
      const p4_ir::Expression* one = &selected;
      return is_in_set(keyset.set, {&one, 1});
    }
  }
  return number(1, 0);
}

LLVMValueRef ModuleWriter::is_in_set(p4_ir::ValueSetId set, std::span<const p4_ir::Expression* const> values) {
  const auto site = static_cast<uint32_t>(sites_.sets.size());
  sites_.sets.push_back({.set = set, .widths = write_scratch(values)});
  const LLVMValueRef result = call(run_time("p4_is_in_set"), {state_, number(32, site)});
  return LLVMBuildICmp(builder_, LLVMIntNE, result, number(32, 0), "");
}

}  // namespace outrigger::p4_native
