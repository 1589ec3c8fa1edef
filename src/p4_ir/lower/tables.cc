// Tables (§14.2): keys, actions, properties; and their apply.
#include <algorithm>

#include "p4/printer.h"
#include "p4_ir/lower/lowerer.h"

namespace outrigger::p4_ir {
namespace {

const std::map<std::string, MatchKind, std::less<>>& match_kinds() {
  static const std::map<std::string, MatchKind, std::less<>> kinds = {
      {"exact", MatchKind::Exact}, {"lpm", MatchKind::Lpm},           {"ternary", MatchKind::Ternary},
      {"range", MatchKind::Range}, {"optional", MatchKind::Optional}, {"selector", MatchKind::Selector},
  };
  return kinds;
}

std::string key_name(const p4::TableKey& key) {
  std::string name = p4::name_annotation(key.annotations);
  return name.empty() ? p4::to_text(*key.expression) : name;
}

bool is_profile(const std::string& type_name) {
  return type_name == "action_profile" || type_name == "action_selector" || type_name == "ActionProfile" ||
         type_name == "ActionSelector";
}

std::vector<std::string> texts_of(std::span<p4::Annotation* const> annotations) {
  std::vector<std::string> texts;
  for (const p4::Annotation* annotation : annotations) {
    texts.push_back(annotation->name.text);
  }
  return texts;
}

}  // namespace

std::optional<int64_t> Lowerer::known_number(const p4::Expression* expression) {
  if (expression == nullptr) {
    return std::nullopt;
  }
  const p4::Evaluated known = tree_.evaluate(frame_ == nullptr ? nullptr : frame_->instance, *expression);
  if (known.value == nullptr) {
    return std::nullopt;
  }
  if (const bool* truth = known.value->boolean()) {
    return *truth ? 1 : 0;
  }
  const p4::Integer* number = known.value->number();
  if (number == nullptr || !number->fits_slong_p()) {
    return std::nullopt;
  }
  return number->get_si();
}

Lowerer::TableState& Lowerer::table_of(const p4::TableDeclaration& table) {
  Frame* owner = frame_;
  while (owner->outer != nullptr) {  // from inside an action or function: the control's
    owner = owner->outer;
  }
  const auto [found, is_new] = tables_.try_emplace({owner->instance, &table});
  TableState& state = found->second;
  if (!is_new) {
    return state;
  }
  state.id = static_cast<TableId>(program_.tables.size());
  Table& made = program_.tables.emplace_back();
  made.name = p4::InstanceTree::control_name(owner->instance, table);
  made.annotations = texts_of(table.annotations);
  made.where = table.name.where;
  made.is_hidden = p4::has_annotation(table.annotations, "hidden") || owner->instance->is_hidden;
  in_own_context(owner, [&] {
    for (size_t i = 0; i < table.keys.size(); ++i) {
      lower_key(table, i, state);
    }
    keep_keys_before_effects(state);
    auto& keys = program_.tables[index_of(state.id)].keys;
    // Selector keys last: they choose a member, not an entry.
    std::vector<TableKey> matched;
    std::vector<TableKey> selecting;
    for (TableKey& key : keys) {
      (key.kind == MatchKind::Selector ? selecting : matched).push_back(std::move(key));
    }
    matched.insert(matched.end(), selecting.begin(), selecting.end());
    keys = std::move(matched);
    lower_table_actions(table, state);
    lower_table_properties(table, state);
    lower_table_entries(table, state);
  });
  return state;
}

// A key that needs statements is a variable, which each apply sets.
void Lowerer::lower_key(const p4::TableDeclaration& table, size_t index, TableState& state) {
  const p4::TableKey& key = *table.keys[index];
  TableKey made;
  made.name = key_name(key);
  made.where = key.where;
  const auto kind = match_kinds().find(key.match_kind.text);
  if (kind == match_kinds().end()) {
    refuse(key.match_kind.where, "tables here do not know the match kind '" + key.match_kind.text + "'",
           "use exact, lpm, ternary, range, optional or selector");
  } else {
    made.kind = kind->second;
  }
  const Expression* value = nullptr;
  const Statements before = statements_of([&] { value = lower_scalar(*key.expression); });
  made.width = value->width;
  made.is_signed = key.expression->type != nullptr && is_signed(type_of(key.expression->type));
  std::optional<VariableId> variable;
  if (!before.empty()) {
    variable = program_.add_variable(fresh_name("$key"), value->width);
    value = read_variable(*variable);
  }
  made.value = value;
  state.key_variables.push_back(variable);
  program_.tables[index_of(state.id)].keys.push_back(std::move(made));
}

// §14.2.3: as if each part were assigned to a variable before the next one is evaluated.
void Lowerer::keep_keys_before_effects(TableState& state) {
  const auto has_effects = [](const std::optional<VariableId>& variable) { return variable.has_value(); };
  const auto last = std::ranges::find_if(state.key_variables.rbegin(), state.key_variables.rend(), has_effects);
  const auto before = static_cast<size_t>(state.key_variables.rend() - last);
  for (size_t i = 0; i < before; ++i) {
    TableKey& key = program_.tables[index_of(state.id)].keys[i];
    if (!state.key_variables[i].has_value() && key.value->kind != ExpressionKind::Constant) {
      state.key_variables[i] = program_.add_variable(fresh_name("$key"), key.value->width);
      key.value = read_variable(*state.key_variables[i]);
    }
  }
}

void Lowerer::lower_table_actions(const p4::TableDeclaration& table, TableState& state) {
  std::vector<TableAction> actions;
  for (const p4::TableAction* listed : table.actions) {
    if (listed->action == nullptr) {
      continue;
    }
    state.numbers[listed] = static_cast<uint32_t>(actions.size());
    TableAction made = table_action(*listed->action, listed);
    made.annotations = texts_of(listed->annotations);
    made.is_default_only = p4::has_annotation(listed->annotations, "defaultonly");
    made.is_table_only = p4::has_annotation(listed->annotations, "tableonly");
    actions.push_back(std::move(made));
  }
  const uint32_t by_default = chosen_action(table.default_action, state, actions);
  std::optional<uint32_t> of_empty_group;
  if (table.empty_group_action.action != nullptr) {
    of_empty_group = chosen_action(table.empty_group_action, state, actions);
  }
  for (const TableAction& action : actions) {
    state.may_exit = state.may_exit || program_.at(action.body).may_exit;
  }
  Table& made = program_.tables[index_of(state.id)];
  made.actions = std::move(actions);
  made.default_action = action_call(table.default_action.binding, by_default, made.actions[by_default]);
  made.default_is_const = table.default_action.is_const;
  if (of_empty_group.has_value()) {
    made.empty_group_action =
        action_call(table.empty_group_action.binding, *of_empty_group, made.actions[*of_empty_group]);
  }
}

// Its number; one that the table does not list is added. Nothing chosen: NoAction (§14.2.1.3).
uint32_t Lowerer::chosen_action(const p4::TableDeclaration::DefaultAction& chosen, const TableState& state,
                                std::vector<TableAction>& actions) {
  if (const auto found = state.numbers.find(chosen.listed); chosen.listed != nullptr && found != state.numbers.end()) {
    return found->second;
  }
  TableAction added;
  if (chosen.action != nullptr) {
    added = table_action(*chosen.action, nullptr);
  } else {
    added.name = "NoAction";
    added.body = static_cast<ProcedureId>(program_.procedures.size());
    program_.procedures.push_back({.name = "NoAction", .body = {}, .may_exit = false});
  }
  added.is_default_only = true;
  if (const auto same = std::ranges::find(actions, added.body, &TableAction::body); same != actions.end()) {
    return static_cast<uint32_t>(same - actions.begin());
  }
  actions.push_back(std::move(added));
  return static_cast<uint32_t>(actions.size() - 1);
}

namespace {

void action_parameters(const Program& program, const Place& place, const std::string& name,
                       std::vector<ActionParameter>& into) {
  if (place.variable.has_value()) {
    const Variable& variable = program.at(*place.variable);
    into.push_back(
        {.name = name, .width = variable.width, .variable = *place.variable, .is_signed = variable.is_signed});
    return;
  }
  for (const Place* part : place.parts) {
    const std::string& whole = part->variable.has_value() ? program.at(*part->variable).name : name;
    const size_t dot = whole.rfind('.');
    action_parameters(program, *part, name + (dot == std::string::npos ? "" : whole.substr(dot)), into);
  }
}

}  // namespace

// `listed` null: an action without parameters of a direction.
TableAction Lowerer::table_action(const p4::ActionDeclaration& action, const p4::TableAction* listed) {
  Callable& callable = action_callable(action);
  TableAction made;
  const bool is_top_level = callable.frame->instance == nullptr;
  made.name = p4::InstanceTree::control_name(is_top_level ? nullptr : callable.frame->instance, action);
  made.body = callable.procedure;
  bool has_directions = false;
  for (const p4::Parameter* parameter : action.parameters) {
    has_directions = has_directions || parameter->direction != p4::Direction::None;
    const auto found = callable.frame->places.find(parameter);
    if (parameter->direction == p4::Direction::None && found != callable.frame->places.end()) {
      const std::string given = p4::name_annotation(parameter->annotations);  // §18.3.1.1: its name outside
      action_parameters(program_, *found->second, given.empty() ? parameter->name.text : given, made.parameters);
    }
  }
  if (!has_directions || listed == nullptr) {
    return made;
  }
  // What the table binds is copied in and out around the action, each time it runs.
  const auto body = static_cast<ProcedureId>(program_.procedures.size());
  program_.procedures.push_back({.name = made.name + "$bound", .body = {}, .may_exit = false});
  p4::Binding directed;
  for (const p4::BoundArgument& bound : listed->binding.arguments) {
    const auto* parameter = p4::as<p4::Parameter>(static_cast<const p4::Declaration*>(bound.parameter));
    if (parameter != nullptr && parameter->direction != p4::Direction::None) {
      directed.arguments.push_back(bound);
    }
  }
  in_own_context(frame_, [&] {
    Statements statements = statements_of([&] {
      lower_procedure_call(directed, *callable.frame, [&] {
        add(program_.statement<Call>(callable.procedure));
        return program_.at(callable.procedure).may_exit;
      });
    });
    program_.procedures[index_of(body)].body = std::move(statements);
    program_.procedures[index_of(body)].may_exit = may_exit_;
  });
  made.body = body;
  return made;
}

void Lowerer::lower_table_properties(const p4::TableDeclaration& table, TableState& state) {
  const auto take_instance = [&](const p4::Expression& expression) {
    p4::Instance* instance = instance_of(expression);
    const ExternId id = extern_of(instance);
    if (id == ExternId::None) {
      return;
    }
    Table& made = program_.tables[index_of(state.id)];
    if (is_profile(instance->of->name.text)) {
      made.implementation = id;
    } else {
      made.direct_externs.push_back(id);
    }
  };
  for (const p4::TableProperty* property : table.properties) {
    if (property->value == nullptr || property->name.text == "default_action" ||
        property->name.text.ends_with("_empty_group_action")) {
      continue;
    }
    const std::string& name = property->name.text;
    const p4::Type* type = property->value->type;
    if (type != nullptr && type->is(p4::TypeKind::Extern)) {
      take_instance(*property->value);
      continue;
    }
    if (const auto* list = p4::as<p4::ListExpression>(property->value)) {
      for (const p4::Expression* element : list->elements) {
        if (element->type != nullptr && element->type->is(p4::TypeKind::Extern)) {
          take_instance(*element);
        }
      }
      continue;
    }
    Table& made = program_.tables[index_of(state.id)];
    const auto number = known_number(property->value);
    if (name == "size" && number.has_value()) {
      made.size = static_cast<uint64_t>(std::max<int64_t>(*number, 0));
      made.has_size = true;
    } else if (name == "support_timeout" && number.has_value()) {
      made.supports_timeout = *number != 0;
    } else if (name == "add_on_miss" && number.has_value()) {
      made.adds_on_miss = *number != 0;
    } else {
      const p4::Evaluated known = tree_.evaluate(frame_->instance, *property->value);
      made.other_properties[name] = known.value == nullptr ? "" : p4::to_text(*known.value);
      const bool is_timeout =
          name == "psa_idle_timeout" || name == "pna_idle_timeout" || name == "idle_timeout_with_auto_delete";
      made.supports_timeout =
          made.supports_timeout || (is_timeout && made.other_properties[name].find("NO_TIMEOUT") == std::string::npos);
    }
  }
}

Operand Lowerer::lower_table_apply(const p4::CallExpression& call, VariableId* hit, VariableId* action_run) {
  const auto& declaration = p4::to<p4::TableDeclaration>(*call.target);
  const TableState& state = table_of(declaration);
  for (size_t i = 0; i < state.key_variables.size(); ++i) {
    if (state.key_variables[i].has_value()) {
      set(*state.key_variables[i], lower_scalar(*declaration.keys[i]->expression));
    }
  }
  auto* made = program_.statement<ApplyTable>(state.id);
  made->has_hit = hit != nullptr;
  made->has_action_run = action_run != nullptr;
  if (hit != nullptr) {
    made->hit = *hit;
  }
  if (action_run != nullptr) {
    made->action_run = *action_run;
  }
  add(made);
  if (state.may_exit) {
    exit_if_exited();
  }
  return Operand{.type = call.type};
}

}  // namespace outrigger::p4_ir
