// Parsers (§12): states with what they do, and where they go.
#include <algorithm>

#include "p4_ir/lower/lowerer.h"

namespace outrigger::p4_ir {

uint32_t Lowerer::state_number(const p4::ParserDeclaration& parser, const p4::ParserState* target,
                               const std::string& name) {
  if (target == nullptr) {
    return name == "accept" ? ParserState::Accept : ParserState::Reject;
  }
  const auto found = std::find(parser.states.begin(), parser.states.end(), target);
  return found == parser.states.end() ? ParserState::Reject : static_cast<uint32_t>(found - parser.states.begin());
}

ParserId Lowerer::parser_of(p4::Instance* instance) {
  if (const auto found = parsers_.find(instance); found != parsers_.end()) {
    return found->second;
  }
  const auto id = static_cast<ParserId>(program_.parsers.size());
  parsers_[instance] = id;
  program_.parsers.emplace_back();
  const auto& declaration = p4::to<p4::ParserDeclaration>(*instance->of);
  Parser made;
  made.name = instance->name;
  in_own_context(frame_of(instance), [&] {
    in_parser_ = true;
    made.prologue = statements_of([&] { lower_locals(declaration.locals); });
    for (const p4::ParserState* state : declaration.states) {
      ParserState& into = made.states.emplace_back();
      into.name = state->name.text;
      if (into.name == "start") {
        made.start = static_cast<uint32_t>(made.states.size() - 1);
      }
      lower_state(declaration, *state, into);
    }
  });
  program_.parsers[index_of(id)] = std::move(made);
  return id;
}

void Lowerer::lower_state(const p4::ParserDeclaration& parser, const p4::ParserState& state, ParserState& into) {
  into.statements = statements_of([&] {
    lower_all(state.statements);
    if (state.transition != nullptr) {
      where_ = state.transition->where;
      if (state.transition->is_select) {
        lower_select(parser, *state.transition, into);
      } else {
        into.target = state_number(parser, state.transition->target, state.transition->state.text);
      }
    }
  });
}

namespace {

void scalars_of(const Operand& operand, std::vector<const Expression*>& into) {
  if (operand.scalar != nullptr) {
    into.push_back(operand.scalar);
  }
  for (const Operand& part : operand.parts) {
    scalars_of(part, into);
  }
}

size_t scalar_count(const Operand& operand) {
  std::vector<const Expression*> scalars;
  scalars_of(operand, scalars);
  return scalars.size();
}

}  // namespace

void Lowerer::lower_select(const p4::ParserDeclaration& parser, const p4::Transition& transition, ParserState& into) {
  const std::vector<const p4::Expression*> expressions(transition.selected.begin(), transition.selected.end());
  std::vector<Operand> selected = lower_in_order(expressions);
  for (Operand& operand : selected) {
    if (has_no_bits(operand.type)) {
      continue;
    }
    if (operand.scalar == nullptr && operand.parts.empty()) {  // an int: one width for it and what it is compared with
      operand.scalar = constant(
          64, operand.value != nullptr && operand.value->number() != nullptr ? operand.value->number()->get_ui() : 0);
    }
    scalars_of(operand, into.selected);
  }
  for (const p4::SelectCase* one : transition.cases) {
    SelectCase made;
    made.target = state_number(parser, one->target, one->state.text);
    lower_select_case(*one, selected, made);
    into.cases.push_back(std::move(made));
  }
}

void Lowerer::lower_select_case(const p4::SelectCase& one, std::span<const Operand> selected, SelectCase& into) {
  std::vector<const p4::Expression*> keysets(one.keysets.begin(), one.keysets.end());
  if (keysets.size() == 1 && selected.size() > 1) {
    if (const auto* list = p4::as<p4::ListExpression>(keysets.front())) {
      keysets.assign(list->elements.begin(), list->elements.end());
    }
  }
  if (keysets.size() == 1) {
    const auto* name = p4::as<p4::NameExpression>(keysets.front());
    if (name != nullptr && name->symbol != nullptr && name->symbol->kind == p4::DeclarationKind::ValueSet) {
      into.value_set = value_set_of(p4::to<p4::ValueSetDeclaration>(*name->symbol));
      return;
    }
    if (keysets.front()->kind == p4::ExpressionKind::DontCare && selected.size() > 1) {
      return;
    }
  }
  for (size_t i = 0; i < keysets.size() && i < selected.size(); ++i) {
    flatten_keyset(*keysets[i], selected[i], into.keysets);
  }
}

// One keyset → one Keyset for each scalar of what is selected.
void Lowerer::flatten_keyset(const p4::Expression& keyset, const Operand& selected, std::vector<Keyset>& into) {
  const auto side = [&](const p4::Expression& expression) {
    Operand operand = lower(expression);
    if (operand.type != nullptr && operand.type->is(p4::TypeKind::Set)) {
      operand.type = operand.type->arguments[0];
    }
    operand = convert(std::move(operand), selected.type);
    if (operand.scalar == nullptr && operand.parts.empty() && operand.value != nullptr &&
        operand.value->number() != nullptr) {
      operand.scalar = constant(64, operand.value->number()->get_ui());
    }
    std::vector<const Expression*> scalars;
    scalars_of(operand, scalars);
    return scalars;
  };
  const size_t count = scalar_count(selected);
  if (count == 0) {
    return;
  }
  if (keyset.kind == p4::ExpressionKind::DontCare || keyset.kind == p4::ExpressionKind::Default) {
    into.resize(into.size() + count);
    return;
  }
  if (const auto* name = p4::as<p4::NameExpression>(&keyset);
      name != nullptr && name->symbol != nullptr && name->symbol->kind == p4::DeclarationKind::ValueSet) {
    into.push_back({.kind = Keyset::Kind::InSet, .set = value_set_of(p4::to<p4::ValueSetDeclaration>(*name->symbol))});
    return;
  }
  if (const auto* list = p4::as<p4::ListExpression>(&keyset); list != nullptr && !selected.parts.empty()) {
    for (size_t i = 0; i < list->elements.size() && i < selected.parts.size(); ++i) {
      flatten_keyset(*list->elements[i], selected.parts[i], into);
    }
    return;
  }
  const auto* binary = p4::as<p4::BinaryExpression>(&keyset);
  const bool is_mask = binary != nullptr && binary->op == p4::BinaryOperator::Mask;
  const bool is_range = binary != nullptr && binary->op == p4::BinaryOperator::Range;
  const std::vector<const Expression*> first = side(is_mask || is_range ? *binary->left : keyset);
  const std::vector<const Expression*> second =
      is_mask || is_range ? side(*binary->right) : std::vector<const Expression*>{};
  for (size_t i = 0; i < count && i < first.size(); ++i) {
    Keyset made;
    made.kind = is_mask ? Keyset::Kind::Masked : is_range ? Keyset::Kind::Range : Keyset::Kind::Equal;
    made.value = first[i];
    made.mask = i < second.size() ? second[i] : nullptr;
    made.is_signed = selected.type != nullptr && is_signed(selected.type);
    into.push_back(made);
  }
}

ValueSetId Lowerer::value_set_of(const p4::ValueSetDeclaration& declaration) {
  const auto& at_top = compilation_.program.declarations;
  const bool is_shared = std::ranges::find(at_top, &declaration) != at_top.end();  // by all parsers
  const p4::Instance* const owner = is_shared ? nullptr : frame_->instance;
  const auto key = std::pair<const p4::Instance*, const p4::Declaration*>(owner, &declaration);
  if (const auto found = value_sets_.find(key); found != value_sets_.end()) {
    return found->second;
  }
  const auto id = static_cast<ValueSetId>(program_.value_sets.size());
  value_sets_[key] = id;
  ValueSet made;
  made.name = p4::InstanceTree::control_name(owner, declaration);
  made.size = static_cast<uint32_t>(known_number(declaration.size).value_or(0));
  const p4::Type* type = type_of(declaration.type->type);
  const p4::Type* plain = p4::underlying(type);
  if (plain->is_struct_like()) {
    for (const p4::Field& field : compilation_.types.fields(plain)) {
      const p4::Annotation* match =
          field.declaration == nullptr ? nullptr : p4::find_annotation(field.declaration->annotations, "match");
      made.fields.push_back(
          {.name = field.name,
           .width = width_of(field.type),
           .match_kind = match == nullptr || match->tokens.empty() ? "exact" : match->tokens[0].text});
    }
  } else if (plain->is(p4::TypeKind::Tuple)) {
    for (const p4::Type* element : plain->arguments) {
      made.fields.push_back(
          {.name = std::to_string(made.fields.size()), .width = width_of(element), .match_kind = "exact"});
    }
  } else {
    made.fields.push_back({.name = {}, .width = width_of(type), .match_kind = "exact"});
  }
  program_.value_sets.push_back(std::move(made));
  return id;
}

}  // namespace outrigger::p4_ir
