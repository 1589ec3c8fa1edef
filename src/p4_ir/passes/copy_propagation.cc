// The pass copy_propagation: where a variable is surely a constant or a copy of another one, that is read instead. What
// a branch was taken for is known inside of it: `if (hdr.ipv4.isValid())` answers the same question further in.
//
// One walk over each list, in its order, with what is known so far (facts.h). What something calls may change is in
// effects.h. Nothing is carried from one state of a parser to the next, or from one procedure to another.
#include "p4_ir/passes/effects.h"
#include "p4_ir/passes/facts.h"
#include "p4_ir/passes/fold.h"
#include "p4_ir/passes/observed.h"
#include "p4_ir/passes/passes.h"
#include "p4_ir/passes/walk.h"

namespace outrigger::p4_ir {
namespace {

class CopyPropagation {
 public:
  explicit CopyPropagation(Program& program)
      : program_(program),
        folder_(program, [this](const Read& read) { return exchanged(read); }),
        effects_(program),
        observed_(observed_variables(program)) {}
  bool run();

 private:
  const Expression* exchanged(const Read& read) const;
  void exchange(const Expression*& value);
  void walk(Statements& statements);
  void walk(Statement& statement);
  void walk(If& statement);
  void walk(Switch& statement);
  void walk(Loop& statement);
  void walk_branch(Statements& statements, const std::function<void()>& know, std::vector<VariableId>& touched);
  void learn_assigned(const Assign& assign);
  void learn_condition(const Expression& condition, bool is_true);
  void learn_equal(const Binary& comparison);
  void learn_constant(VariableId variable, const Bits& value);
  void forget(const Effects& effects);
  void forget(const std::vector<VariableId>& variables);

  Program& program_;
  Folder folder_;
  EffectsOf effects_;
  std::vector<bool> observed_;
  Facts facts_;
  bool has_changed_ = false;
};

const Expression* CopyPropagation::exchanged(const Read& read) const {
  const Expression* const known = facts_.value_of(read.variable);
  return known == nullptr ? &read : known;
}

void CopyPropagation::exchange(const Expression*& value) {
  if (facts_.is_empty()) {
    return;
  }
  folder_.forget();
  const Expression* const made = folder_.fold(value);
  has_changed_ |= made != value;
  value = made;
}

void CopyPropagation::forget(const Effects& effects) {
  if (effects.is_unknown) {
    return facts_.forget_if([](VariableId) { return true; });
  }
  if (effects.asks_host) {
    facts_.forget_if([this](VariableId variable) { return bool{observed_[index_of(variable)]}; });
  }
  for (const uint32_t number : effects.writes) {
    facts_.forget(static_cast<VariableId>(number));
  }
}

void CopyPropagation::forget(const std::vector<VariableId>& variables) {
  for (const VariableId variable : variables) {
    facts_.forget(variable);
  }
}

void CopyPropagation::learn_constant(VariableId variable, const Bits& value) {
  if (facts_.value_of(variable) == nullptr && program_.at(variable).width == value.width()) {
    facts_.learn(variable, program_.expression<Constant>(value));
  }
}

void CopyPropagation::learn_assigned(const Assign& assign) {
  facts_.forget(assign.variable);
  const auto* read = as<Read>(assign.value);
  if (assign.value->kind == ExpressionKind::Constant || (read != nullptr && read->variable != assign.variable)) {
    facts_.learn(assign.variable, assign.value);
  }
}

void CopyPropagation::learn_equal(const Binary& comparison) {
  const auto* variable = as<Read>(comparison.left);
  const auto* value = as<Constant>(comparison.right);
  if (variable == nullptr || value == nullptr) {
    variable = as<Read>(comparison.right);
    value = as<Constant>(comparison.left);
  }
  if (variable != nullptr && value != nullptr) {
    learn_constant(variable->variable, value->value);
  }
}

void CopyPropagation::learn_condition(const Expression& condition, bool is_true) {
  if (const auto* read = as<Read>(&condition)) {
    return learn_constant(read->variable, Bits(1, is_true ? 1 : 0));
  }
  if (const auto* unary = as<Unary>(&condition); unary != nullptr && unary->op == UnaryOp::Not) {
    return learn_condition(*unary->operand, !is_true);
  }
  const auto* binary = as<Binary>(&condition);
  if (binary == nullptr) {
    return;
  }
  if (binary->op == (is_true ? BinaryOp::And : BinaryOp::Or)) {
    learn_condition(*binary->left, is_true);
    learn_condition(*binary->right, is_true);
  } else if (binary->op == (is_true ? BinaryOp::Equal : BinaryOp::NotEqual)) {
    learn_equal(*binary);
  }
}

// A branch beside others. What it leaves uncertain is in `touched`, unless nothing goes on after it.
void CopyPropagation::walk_branch(Statements& statements, const std::function<void()>& know,
                                  std::vector<VariableId>& touched) {
  const size_t mark = facts_.mark();
  know();
  walk(statements);
  std::vector<VariableId> of_branch;
  facts_.undo(mark, of_branch);
  if (!never_goes_on(statements)) {
    touched.insert(touched.end(), of_branch.begin(), of_branch.end());
  }
}

void CopyPropagation::walk(If& statement) {
  const Expression& condition = *statement.condition;
  const bool true_leaves = never_goes_on(statement.if_true);
  const bool false_leaves = never_goes_on(statement.if_false);
  std::vector<VariableId> touched;
  const auto walk_side = [&](bool side, std::vector<VariableId>& into) {
    walk_branch(side ? statement.if_true : statement.if_false, [&] { learn_condition(condition, side); }, into);
  };
  // What follows comes from one side alone, and knows what that side knows.
  if (true_leaves != false_leaves) {
    walk_side(true_leaves, touched);
    learn_condition(condition, !true_leaves);
    return walk(true_leaves ? statement.if_false : statement.if_true);
  }
  walk_side(true, touched);
  walk_side(false, touched);
  forget(touched);
}

void CopyPropagation::walk(Switch& statement) {
  std::vector<VariableId> touched;
  const auto* subject = as<Read>(statement.subject);
  for (Switch::Case& one : statement.cases) {
    const auto know = [&] {
      if (subject != nullptr && one.labels.size() == 1) {
        learn_constant(subject->variable, one.labels.front());
      }
    };
    walk_branch(one.body, know, touched);
  }
  walk_branch(statement.otherwise, [] {}, touched);
  forget(touched);
}

// What the loop may write is unknown from its first turn on; what it does not is known in all of them and after it.
void CopyPropagation::walk(Loop& statement) {
  forget(effects_.of(statement));
  for (Statements* list : {&statement.body, &statement.update}) {
    const size_t mark = facts_.mark();
    walk(*list);
    std::vector<VariableId> unused;
    facts_.undo(mark, unused);
  }
}

void CopyPropagation::walk(Statements& statements) {
  for (Statement* statement : statements) {
    walk(*statement);
  }
}

void CopyPropagation::walk(Statement& statement) {
  if (auto* loop = as<Loop>(&statement)) {
    return walk(*loop);
  }
  for_each_value(statement, [&](const Expression*& value) { exchange(value); });
  switch (statement.kind) {
    case StatementKind::Assign: return learn_assigned(*as<Assign>(&statement));
    case StatementKind::If: return walk(*as<If>(&statement));
    case StatementKind::Switch: return walk(*as<Switch>(&statement));
    case StatementKind::Verify: return learn_condition(*as<Verify>(&statement)->condition, true);
    case StatementKind::Extract:
      forget(effects_.of(statement));
      return learn_constant(program_.at(as<Extract>(&statement)->header).valid, Bits(1, 1));
    default: return forget(effects_.of(statement));
  }
}

bool CopyPropagation::run() {
  for (Procedure& procedure : program_.procedures) {
    facts_.clear();
    walk(procedure.body);
  }
  for (Parser& parser : program_.parsers) {
    facts_.clear();
    walk(parser.prologue);
    for (ParserState& state : parser.states) {
      facts_.clear();
      walk(state.statements);
      for_each_value(state, [&](const Expression*& value) { exchange(value); });
    }
  }
  return has_changed_;
}

}  // namespace

bool propagate_copies(Program& program) { return CopyPropagation(program).run(); }

}  // namespace outrigger::p4_ir
