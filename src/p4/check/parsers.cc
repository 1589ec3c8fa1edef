// Parsers, their states and transitions, and value sets (P4-16 §13).
#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/restored.h"
#include "p4/check/silence.h"

namespace outrigger::p4 {

namespace {

bool is_final_state(const std::string& name) { return name == "accept" || name == "reject"; }

// P4-16 §13.6: what can be selected on, and so can each part of a struct or tuple.
bool may_be_selected_on(TypeTable& types, const Type* type) {
  switch (type->kind) {
    case TypeKind::Poison:
    case TypeKind::Bit:
    case TypeKind::SignedInt:
    case TypeKind::Bool:
    case TypeKind::Enum:
    case TypeKind::Error:
    case TypeKind::NewType:
    case TypeKind::Variable: return true;
    case TypeKind::Struct:
    case TypeKind::StructValue:
      return std::ranges::all_of(types.fields(type),
                                 [&](const Field& field) { return may_be_selected_on(types, field.type); });
    case TypeKind::Tuple:
      return std::ranges::all_of(type->arguments,
                                 [&](const Type* element) { return may_be_selected_on(types, element); });
    default: return false;
  }
}

// P4-16 §13.6: bit, int, tuple, struct or serializable enum; as common compilers do, other values too.
bool may_be_value_set_of(TypeTable& types, const Type* type) { return may_be_selected_on(types, type); }

bool matches_all(const SelectCase& one) {
  return std::ranges::all_of(one.keysets,
                             [](const Expression* keyset) { return keyset->kind == ExpressionKind::DontCare; });
}

}  // namespace

void Checker::check_parser(ParserDeclaration& parser) {
  std::vector<const Type*> arguments;
  {
    const ScopeGuard scope(scopes_);
    check_type_parameters(parser.type_parameters);
    check_parameters(parser.parameters, parser.has_body ? ParameterOwner::Parser : ParameterOwner::ParserType);
    check_parameters(parser.constructor_parameters, ParameterOwner::ParserConstructor);
    if (!parser.has_body && !parser.constructor_parameters.empty()) {
      error(parser.constructor_parameters.front()->where, "a parser type has constructor parameters",
            "leave them away: only a parser with a body is made by its constructor");
    }
    if (parser.has_body) {
      const ScopeGuard body(scopes_);
      const Restored inside(inside_, static_cast<const Declaration*>(&parser));
      {
        const Restored at(site_, Site::ParserLocal);
        for (Declaration* const local : parser.locals) {
          check_declaration(*local);
        }
      }
      const Restored calls(direct_calls_, std::vector<DirectCall>());
      check_states(parser);
      check_direct_calls(parser, parser.locals);
    }
    for (const TypeParameter* const parameter : parser.type_parameters) {
      arguments.push_back(parameter->checked_type);
    }
  }
  parser.checked_type = types_.object(parser, std::move(arguments));
  declare(parser);  // after its body: no recursion (§13.10)
}

void Checker::check_states(ParserDeclaration& parser) {
  const Restored loops(loop_depth_, 0U);
  states_.clear();
  for (ParserState* const state : parser.states) {
    state->checked_type = types_.named(*state);
    if (is_final_state(state->name.text)) {
      error(state->name.where, fmt::format("state '{}' is declared, but every parser has it", state->name.text),
            "give the state another name, and end it with a transition to this one");
      continue;
    }
    declare(*state);
    states_.emplace(state->name.text, state);
  }
  const Restored at(site_, Site::ParserState);
  for (ParserState* const state : parser.states) {
    check_state(*state, parser);
  }
  if (!states_.contains("start")) {
    error(parser.name.where, fmt::format("parser '{}' has no state 'start'", parser.name.text),
          "call the state in which it begins 'start'");
    return;
  }
  warn_unreachable_states(parser);
}

void Checker::check_state(ParserState& state, ParserDeclaration& parser) {
  const Silence silence(silenced_, state.annotations);
  check_annotations(state.annotations, &state);
  const ScopeGuard scope(scopes_);
  for (Statement* const statement : state.statements) {
    check_statement(*statement);
  }
  if (state.transition != nullptr) {
    check_transition(*state.transition, parser);
  } else {
    warning("missing-transition", state.name.where,
            fmt::format("state '{}' ends without a transition, which means reject", state.name.text),
            "write 'transition reject;', or where it should go on");
  }
}

void Checker::check_transition(Transition& transition, ParserDeclaration& parser) {
  if (transition.is_select) {
    check_select(transition, parser);
  } else {
    transition.target = find_state(transition.state, parser);
  }
}

ParserState* Checker::find_state(const Name& name, const ParserDeclaration& parser) {
  if (is_final_state(name.text)) {
    return nullptr;
  }
  if (const auto found = states_.find(name.text); found != states_.end()) {
    return found->second;
  }
  if (!name.text.empty()) {
    error(name.where, fmt::format("parser '{}' has no state '{}'", parser.name.text, name.text),
          "declare the state, or go to accept or reject");
  }
  return nullptr;
}

// P4-16 §13.6.
void Checker::check_select(Transition& transition, ParserDeclaration& parser) {
  std::vector<const Type*> types;
  for (Expression* const selected : transition.selected) {
    const Type* type = check(*selected);
    if (type->is(TypeKind::Int)) {
      error(selected->where, "'select' is on a number without a width", "give it one, as (bit<8>)…");
      type = types_.poison();
    } else if (!may_be_selected_on(types_, type)) {
      error(selected->where, fmt::format("'select' cannot be on a value of type '{}'", to_text(type)),
            "select on bit<W>, int<W>, bool or enums, or on structs and tuples of these");
      type = types_.poison();
    }
    types.push_back(type);
  }
  const SelectCase* rest = nullptr;
  for (SelectCase* const one : transition.cases) {
    check_keysets(one->keysets, types, {}, one->where);
    one->target = find_state(one->state, parser);
    if (rest != nullptr) {
      warning("unreachable-case", one->where, "this case is never looked at", "put it before the one that matches all")
          .note(rest->where, "this matches all");
    } else if (matches_all(*one)) {
      rest = one;
    }
  }
}

void Checker::warn_unreachable_states(const ParserDeclaration& parser) {
  std::unordered_set<const ParserState*> reached;
  std::vector<const ParserState*> waiting;
  const auto reach = [&](const ParserState* state) {
    if (state != nullptr && reached.insert(state).second) {
      waiting.push_back(state);
    }
  };
  reach(states_.at("start"));
  while (!waiting.empty()) {
    const Transition* const transition = waiting.back()->transition;
    waiting.pop_back();
    if (transition == nullptr) {
      continue;
    }
    reach(transition->target);
    for (const SelectCase* const one : transition->cases) {
      reach(one->target);
    }
  }
  for (const ParserState* const state : parser.states) {
    const auto known = states_.find(state->name.text);  // another one: it is declared twice, and that has been said
    if (!reached.contains(state) && known != states_.end() && known->second == state) {
      const Silence silence(silenced_, state->annotations);
      warning("unreachable-state", state->name.where,
              fmt::format("no transition leads from 'start' to state '{}'", state->name.text));
    }
  }
}

// P4-16 §13.11.
void Checker::check_value_set(ValueSetDeclaration& value_set) {
  if (site_ != Site::ParserLocal && site_ != Site::TopLevel) {
    error(value_set.name.where, "a value set cannot be declared here", "declare it in a parser, before its states");
  }
  const Type* const type = resolve(*value_set.type);
  if (!may_be_value_set_of(types_, type)) {
    error(value_set.type->where, fmt::format("a value set cannot hold values of type '{}'", to_text(type)),
          "it holds bit<W>, int<W>, enums, or structs and tuples of these");
  }
  if (value_set.size != nullptr) {
    const Type* const size = check(*value_set.size);
    if (!size->is_poison() && (!size->is_integer() || !value_set.size->is_known)) {
      error(value_set.size->where, "the size of a value set is not a number that is known at compile time");
    } else if (const Value* const known = converted_value(*value_set.size);
               known != nullptr && known->number() != nullptr && sgn(*known->number()) < 0) {
      error(value_set.size->where, "the size of a value set is too small", "write a positive number");
    }
  }
  value_set.checked_type = types_.named(value_set);
  declare(value_set);
}

}  // namespace outrigger::p4
