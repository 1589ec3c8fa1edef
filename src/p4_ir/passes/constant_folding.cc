// The pass constant_folding: expressions are folded (fold.h); `if`, `switch` and `select` that a constant decides
// become what they come to.
#include <algorithm>

#include "p4_ir/passes/fold.h"
#include "p4_ir/passes/passes.h"
#include "p4_ir/passes/walk.h"

namespace outrigger::p4_ir {
namespace {

class ConstantFolding {
 public:
  explicit ConstantFolding(Program& program) : program_(program), folder_(program) {}
  bool run();

 private:
  void fold(const Expression*& value) {
    const Expression* const made = folder_.fold(value);
    has_changed_ |= made != value;
    value = made;
  }
  void fold(Statements& statements);
  const Statements* decided(const Statement& statement) const;
  void fold(ParserState& state);
  void fold(Keyset& keyset, const Expression& selected);
  enum class Match : uint8_t { Never, Perhaps, Always };
  Match match(const SelectCase& one, const ParserState& state) const;

  Program& program_;
  Folder folder_;
  bool has_changed_ = false;
};

// What runs of an `if` or `switch` whose value is known; null: it is not, or the statement is another one.
const Statements* ConstantFolding::decided(const Statement& statement) const {
  if (const auto* test = as<If>(&statement)) {
    const auto* known = as<Constant>(test->condition);
    return known == nullptr ? nullptr : known->value.is_zero() ? &test->if_false : &test->if_true;
  }
  const auto* choice = as<Switch>(&statement);
  const auto* known = choice == nullptr ? nullptr : as<Constant>(choice->subject);
  if (known == nullptr) {
    return nullptr;
  }
  const auto found = std::ranges::find_if(choice->cases, [&](const Switch::Case& one) {
    return std::ranges::find(one.labels, known->value) != one.labels.end();
  });
  return found == choice->cases.end() ? &choice->otherwise : &found->body;
}

void ConstantFolding::fold(Statements& statements) {
  Statements made;
  for (Statement* statement : statements) {
    for_each_value(*statement, [&](const Expression*& value) { fold(value); });
    for_each_list(*statement, [&](Statements& list) { fold(list); });
    if (const Statements* list = decided(*statement)) {
      made.insert(made.end(), list->begin(), list->end());
      has_changed_ = true;
    } else if (const auto* verify = as<Verify>(statement); verify != nullptr && is_constant(verify->condition, 1)) {
      has_changed_ = true;
    } else {
      made.push_back(statement);
    }
  }
  statements = std::move(made);
}

// Masks that compare all bits or none; constants that are equal.
void ConstantFolding::fold(Keyset& keyset, const Expression& selected) {
  const auto* known = as<Constant>(&selected);
  const auto* value = as<Constant>(keyset.value);
  const auto* mask = as<Constant>(keyset.mask);
  const auto become = [&](Keyset made) {
    keyset = made;
    has_changed_ = true;
  };
  if (keyset.kind == Keyset::Kind::Masked && mask != nullptr) {
    if (mask->value.is_zero()) {
      return become({});
    }
    if (mask->value.complement().is_zero()) {
      become({.kind = Keyset::Kind::Equal, .value = keyset.value});  // and perhaps more, below: match() relies on it
    }
  }
  if (keyset.kind == Keyset::Kind::Equal && known != nullptr && value != nullptr && known->value == value->value) {
    become({});
  }
}

ConstantFolding::Match ConstantFolding::match(const SelectCase& one, const ParserState& state) const {
  if (one.value_set.has_value()) {
    return Match::Perhaps;
  }
  Match all = Match::Always;
  for (size_t i = 0; i < one.keysets.size(); ++i) {
    const Keyset& keyset = one.keysets[i];
    if (keyset.kind == Keyset::Kind::Any) {
      continue;
    }
    const auto* known = as<Constant>(state.selected[i]);
    const auto* value = as<Constant>(keyset.value);
    if (keyset.kind == Keyset::Kind::Equal && known != nullptr && value != nullptr) {  // equal ones are Any by now
      return Match::Never;
    }
    if (keyset.kind == Keyset::Kind::InSet) {  // what comes after it decides only after the host was asked
      return Match::Perhaps;
    }
    all = Match::Perhaps;
  }
  return all;
}

void ConstantFolding::fold(ParserState& state) {
  fold(state.statements);
  for_each_value(state, [&](const Expression*& value) { fold(value); });
  std::vector<SelectCase> cases;
  for (SelectCase& one : state.cases) {
    for (size_t i = 0; i < one.keysets.size(); ++i) {
      fold(one.keysets[i], *state.selected[i]);
    }
    const Match matches = match(one, state);
    if (matches == Match::Never) {
      has_changed_ = true;
      continue;
    }
    cases.push_back(one);
    if (matches == Match::Always) {
      break;
    }
  }
  has_changed_ |= cases.size() != state.cases.size();
  state.cases = std::move(cases);
  if (!state.cases.empty() && match(state.cases.front(), state) == Match::Always) {
    has_changed_ = true;
    state.target = state.cases.front().target;
    state.cases.clear();
    state.selected.clear();
  }
}

bool ConstantFolding::run() {
  for (Procedure& procedure : program_.procedures) {
    fold(procedure.body);
  }
  for (Parser& parser : program_.parsers) {
    fold(parser.prologue);
    for (ParserState& state : parser.states) {
      fold(state);
    }
  }
  for (Table& table : program_.tables) {
    for (TableKey& key : table.keys) {
      fold(key.value);
    }
  }
  return has_changed_;
}

}  // namespace

bool fold_constants(Program& program) { return ConstantFolding(program).run(); }

}  // namespace outrigger::p4_ir
