// What statements and expressions cost.
#include "p4_ir/lower/work.h"

#include <algorithm>

namespace outrigger::p4_ir {
namespace {

// Bits that are copied, added or compared in about the time that a small operation takes.
constexpr uint32_t bits_per_unit = 512;
// The same of a product or quotient of wide values.
constexpr uint32_t product_bits_per_unit = 16;
// A call of the host, and a look-up in a table.
constexpr uint64_t call_work = 16;
constexpr uint64_t look_up_work = 32;
// Entries that a look-up passes in a unit, in the worst of table structures.
constexpr uint64_t entries_per_unit = 64;
// Labels of a switch that are compared in a unit.
constexpr uint64_t labels_per_unit = 4;

bool is_product(BinaryOp op) { return op == BinaryOp::Multiply || op == BinaryOp::Divide || op == BinaryOp::Modulo; }

uint64_t own_work(const Expression& expression) {
  const auto* binary = as<Binary>(&expression);
  if (binary != nullptr && is_product(binary->op) && expression.width > 64) {
    return 1 + expression.width / product_bits_per_unit;
  }
  return 1 + expression.width / bits_per_unit;
}

}  // namespace

void Work::add(const Expression* expression, uint32_t depth) {
  if (expression == nullptr || is_full()) {
    return;
  }
  ++visited_;
  depth_ = std::max(depth_, ++depth);
  sum_ += own_work(*expression);
  switch (expression->kind) {
    case ExpressionKind::Constant:
    case ExpressionKind::Read:
    case ExpressionKind::VarbitSize: return;
    case ExpressionKind::Unary: return add(as<Unary>(expression)->operand, depth);
    case ExpressionKind::Slice: return add(as<Slice>(expression)->operand, depth);
    case ExpressionKind::Resize: return add(as<Resize>(expression)->operand, depth);
    case ExpressionKind::Binary:
      add(as<Binary>(expression)->left, depth);
      return add(as<Binary>(expression)->right, depth);
    case ExpressionKind::Concatenate:
      add(as<Concatenate>(expression)->high, depth);
      return add(as<Concatenate>(expression)->low, depth);
    case ExpressionKind::Choose:
      add(as<Choose>(expression)->condition, depth);
      add(as<Choose>(expression)->if_true, depth);
      return add(as<Choose>(expression)->if_false, depth);
  }
}

void Work::add_variable(VariableId variable) { sum_ += 1 + program_.at(variable).width / bits_per_unit; }

void Work::add(const ExternArgument& argument) {
  for (const ExternArgument::Part& part : argument.parts) {
    sum_ += 1 + part.width / bits_per_unit;
    add(part.value);
  }
  for (const Expression* valid : argument.header_valid) {
    add(valid);
  }
}

void Work::add_apply(const Table& table) {
  sum_ += look_up_work + table.entries.size() / entries_per_unit;
  for (const TableKey& key : table.keys) {
    add(key.value);
  }
}

uint64_t Work::of(const Statement& statement) {
  sum_ = 1;
  const auto add_header = [&](HeaderId header) {
    for (const VariableId field : program_.at(header).fields) {
      add_variable(field);
    }
  };
  if (const auto* assign = as<Assign>(&statement)) {
    add(assign->value);
  } else if (const auto* varbit = as<AssignVarbit>(&statement)) {
    add_variable(varbit->from);
  } else if (const auto* test = as<If>(&statement)) {
    add(test->condition);
  } else if (const auto* choice = as<Switch>(&statement)) {
    add(choice->subject);
    for (const Switch::Case& one : choice->cases) {
      sum_ += (one.labels.size() + labels_per_unit - 1) / labels_per_unit;
    }
  } else if (const auto* apply = as<ApplyTable>(&statement)) {
    add_apply(program_.at(apply->table));
  } else if (const auto* call = as<CallExtern>(&statement)) {
    sum_ += call_work;
    for (const ExternArgument& argument : call->arguments) {
      add(argument);
    }
    add(call->result);
  } else if (const auto* extract = as<Extract>(&statement)) {
    add(extract->varbit_size);
    add_header(extract->header);
  } else if (const auto* emit = as<Emit>(&statement)) {
    add_header(emit->header);
  } else if (const auto* advance = as<Advance>(&statement)) {
    add(advance->bits);
  } else if (const auto* verify = as<Verify>(&statement)) {
    add(verify->condition);
    add(verify->error);
  } else if (const auto* lookahead = as<Lookahead>(&statement)) {
    for (const VariableId variable : lookahead->variables) {
      add_variable(variable);
    }
  }
  return is_full() ? work_max_ + 1 : sum_;
}

uint64_t Work::of_transition(const ParserState& state) {
  sum_ = 1;
  for (const Expression* selected : state.selected) {
    add(selected);
  }
  for (const SelectCase& one : state.cases) {
    sum_ += 1;
    for (const Keyset& keyset : one.keysets) {
      add(keyset.value);
      add(keyset.mask);
    }
  }
  return is_full() ? work_max_ + 1 : sum_;
}

}  // namespace outrigger::p4_ir
