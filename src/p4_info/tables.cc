// Tables and the actions that they list.
#include <algorithm>

#include "p4_info/builder.h"
#include "p4_info/key_names.h"

namespace outrigger::p4_info {

namespace {

namespace proto = ::p4::config::v1;

// What a table holds that says nothing of its size.
constexpr int64_t default_table_size = 1024;

constexpr std::string_view implementation_properties[] = {"implementation", "psa_implementation", "pna_implementation"};
constexpr std::string_view counter_properties[] = {"counters", "psa_direct_counter", "pna_direct_counter"};
constexpr std::string_view meter_properties[] = {"meters", "psa_direct_meter", "pna_direct_meter"};
constexpr std::string_view timeout_properties[] = {"support_timeout", "psa_idle_timeout", "pna_idle_timeout"};
constexpr std::string_view size_properties[] = {"size"};

const p4::Instance* property_instance(Builder& builder, const TableEntity& table,
                                      std::span<const std::string_view> names) {
  const p4::TableProperty* const property = find_property(*table.declaration, names);
  if (property == nullptr || property->value == nullptr) {
    return nullptr;
  }
  if (property->value->kind == p4::ExpressionKind::Construct) {
    return builder.tree.find(table.inside, property->value);
  }
  return builder.tree.evaluate(table.inside, *property->value).instance;
}

void add_match_fields(Builder& builder, const TableEntity& table, proto::Table& out) {
  const std::vector<p4::TableKey*>& keys = table.declaration->keys;
  std::vector<Annotations> annotations;
  std::vector<p4::SourceRange> places;
  for (const p4::TableKey* key : keys) {
    annotations.emplace_back(key->annotations);
    places.push_back(key->where);
  }
  const std::vector<uint32_t> ids = builder.part_ids(annotations, places);
  for (size_t i = 0; i < keys.size(); ++i) {
    const p4::TableKey& key = *keys[i];
    if (key.match_kind.text == "selector") {
      continue;  // no entry gives it: it chooses among a group's members
    }
    proto::MatchField& field = *out.add_match_fields();
    field.set_id(ids[i]);
    field.set_name(key_name(key));
    if (key.expression->type != nullptr) {
      builder.types.describe(field, builder.tree.type_inside(table.inside, key.expression->type));
    }
    set_match(field, key.match_kind.text);
    add_annotations(field, key.annotations, builder.locations);
    add_documentation(field, key.annotations);
  }
}

void add_action_ref(Builder& builder, const TableEntity& table, const p4::ActionDeclaration& action,
                    Annotations annotations, bool is_default_only, proto::Table& out) {
  const uint32_t id = builder.symbols.id(proto::P4Ids::ACTION, action_name(table.inside, action));
  if (id == 0) {
    return;  // hidden
  }
  proto::ActionRef& ref = *out.add_action_refs();
  ref.set_id(id);
  if (is_default_only || p4::has_annotation(annotations, "defaultonly")) {
    ref.set_scope(proto::ActionRef::DEFAULT_ONLY);
  } else if (p4::has_annotation(annotations, "tableonly")) {
    ref.set_scope(proto::ActionRef::TABLE_ONLY);
  }
  add_annotations(ref, annotations, builder.locations);
  if (is_default_only) {
    ref.add_annotations("@defaultonly");
    if (builder.locations != nullptr) {
      ref.add_annotation_locations();  // the compiler's: nowhere
    }
  }
}

void add_action_refs(Builder& builder, const TableEntity& table, proto::Table& out) {
  for (const p4::TableAction* listed : table.declaration->actions) {
    if (listed->action != nullptr) {
      add_action_ref(builder, table, *listed->action, listed->annotations, false, out);
    }
  }
  // NoAction where the program names no default: as if it were listed for that alone.
  const p4::TableDeclaration::DefaultAction& by_default = table.declaration->default_action;
  const bool is_listed = std::ranges::any_of(
      table.declaration->actions, [&](const p4::TableAction* listed) { return listed->action == by_default.action; });
  if (by_default.action != nullptr && !is_listed) {
    add_action_ref(builder, table, *by_default.action, {}, true, out);
  }
}

std::vector<const p4::Parameter*> control_plane_parameters(const p4::ActionDeclaration& action) {
  std::vector<const p4::Parameter*> out;
  std::ranges::copy_if(action.parameters, std::back_inserter(out),
                       [](const p4::Parameter* p) { return p->direction == p4::Direction::None; });
  return out;
}

std::vector<uint32_t> parameter_ids(Builder& builder, const std::vector<const p4::Parameter*>& parameters) {
  std::vector<Annotations> annotations;
  std::vector<p4::SourceRange> places;
  for (const p4::Parameter* parameter : parameters) {
    annotations.emplace_back(parameter->annotations);
    places.push_back(parameter->where);
  }
  return builder.part_ids(annotations, places);
}

void add_default_action(Builder& builder, const TableEntity& table, proto::Table& out) {
  const p4::TableDeclaration::DefaultAction& by_default = table.declaration->default_action;
  if (by_default.action == nullptr) {
    return;
  }
  const uint32_t id = builder.symbols.id(proto::P4Ids::ACTION, action_name(table.inside, *by_default.action));
  if (id == 0) {
    return;
  }
  if (by_default.is_const) {
    out.set_const_default_action_id(id);
  }
  proto::TableActionCall& call = *out.mutable_initial_default_action();
  call.set_action_id(id);
  const std::vector<const p4::Parameter*> parameters = control_plane_parameters(*by_default.action);
  const std::vector<uint32_t> ids = parameter_ids(builder, parameters);
  for (size_t i = 0; i < parameters.size(); ++i) {
    for (const p4::BoundArgument& argument : by_default.binding.arguments) {
      const p4::Expression* const given = argument.value != nullptr ? argument.value : argument.default_value;
      if (argument.parameter != parameters[i] || given == nullptr) {
        continue;
      }
      const p4::Value* const value = builder.tree.evaluate(table.inside, *given).value;
      proto::TableActionCall::Argument& added = *call.add_arguments();
      added.set_param_id(ids[i]);
      added.set_value(value == nullptr ? std::string(1, '\0') : to_bytes(*value).value_or(std::string(1, '\0')));
    }
  }
}

bool notifies(Builder& builder, const TableEntity& table) {
  const p4::TableProperty* const property = find_property(*table.declaration, timeout_properties);
  if (property == nullptr || property->value == nullptr) {
    return false;
  }
  const p4::Value* const value = builder.tree.evaluate(table.inside, *property->value).value;
  if (value == nullptr) {
    return false;
  }
  if (const auto* const member = std::get_if<const p4::EnumMember*>(&value->data)) {
    return (*member)->name.text == "NOTIFY_CONTROL";
  }
  return value->boolean() != nullptr && *value->boolean();
}

int64_t size_of(Builder& builder, const TableEntity& table) {
  const p4::TableProperty* const property = find_property(*table.declaration, size_properties);
  return property == nullptr || property->value == nullptr
             ? default_table_size
             : to_int64(builder.tree.evaluate(table.inside, *property->value).value);
}

void add_table(Builder& builder, const TableEntity& table, const TableLinks& links) {
  proto::Table& out = *builder.info.add_tables();
  builder.describe(*out.mutable_preamble(), proto::P4Ids::TABLE, table.name, table.declaration->annotations);
  add_match_fields(builder, table, out);
  add_action_refs(builder, table, out);
  add_default_action(builder, table, out);
  if (links.implementation != nullptr) {
    out.set_implementation_id(builder.symbols.id(proto::P4Ids::ACTION_PROFILE, links.implementation->name));
  }
  if (links.counter != nullptr) {
    out.add_direct_resource_ids(builder.symbols.id(proto::P4Ids::DIRECT_COUNTER, links.counter->name));
  }
  if (links.meter != nullptr) {
    out.add_direct_resource_ids(builder.symbols.id(proto::P4Ids::DIRECT_METER, links.meter->name));
  }
  out.set_size(size_of(builder, table));
  if (notifies(builder, table)) {
    out.set_idle_timeout_behavior(proto::Table::NOTIFY_CONTROL);
  }
  out.set_is_const_table(table.declaration->has_entries && table.declaration->entries_const);
  out.set_has_initial_entries(!table.declaration->entries.empty());
}

}  // namespace

const p4::TableProperty* find_property(const p4::TableDeclaration& table, std::span<const std::string_view> names) {
  const auto found = std::ranges::find_if(table.properties, [&](const p4::TableProperty* property) {
    return std::ranges::find(names, property->name.text) != names.end();
  });
  return found == table.properties.end() ? nullptr : *found;
}

void set_match(proto::MatchField& field, const std::string& match_kind) {
  static const std::map<std::string, proto::MatchField::MatchType> known = {
      {"exact", proto::MatchField::EXACT},       {"lpm", proto::MatchField::LPM},
      {"ternary", proto::MatchField::TERNARY},   {"range", proto::MatchField::RANGE},
      {"optional", proto::MatchField::OPTIONAL},
  };
  const auto found = known.find(match_kind);
  if (found == known.end()) {
    field.set_other_match_type(match_kind);
  } else {
    field.set_match_type(found->second);
  }
}

void find_links(Builder& builder) {
  for (const TableEntity& table : builder.entities.tables) {
    TableLinks& links = builder.links.emplace_back();
    links.implementation = property_instance(builder, table, implementation_properties);
    links.counter = property_instance(builder, table, counter_properties);
    links.meter = property_instance(builder, table, meter_properties);
    const uint32_t id = builder.symbols.id(proto::P4Ids::TABLE, table.name);
    for (const p4::Instance* instance : {links.implementation, links.counter, links.meter}) {
      if (instance != nullptr) {
        builder.users[instance].push_back(id);
      }
    }
  }
}

void add_tables(Builder& builder) {
  for (size_t i = 0; i < builder.entities.tables.size(); ++i) {
    add_table(builder, builder.entities.tables[i], builder.links[i]);
  }
}

void add_actions(Builder& builder) {
  for (const ActionEntity& action : builder.entities.actions) {
    proto::Action& out = *builder.info.add_actions();
    builder.describe(*out.mutable_preamble(), proto::P4Ids::ACTION, action.name, action.declaration->annotations);
    const std::vector<const p4::Parameter*> parameters = control_plane_parameters(*action.declaration);
    const std::vector<uint32_t> ids = parameter_ids(builder, parameters);
    for (size_t i = 0; i < parameters.size(); ++i) {
      const p4::Parameter& parameter = *parameters[i];
      proto::Action::Param& param = *out.add_params();
      const std::string given = p4::name_annotation(parameter.annotations);
      param.set_id(ids[i]);
      param.set_name(given.empty() ? parameter.name.text : given);
      if (parameter.checked_type != nullptr) {
        builder.types.describe(param, builder.tree.type_inside(action.inside, parameter.checked_type));
      }
      add_annotations(param, parameter.annotations, builder.locations);
      add_documentation(param, parameter.annotations);
    }
  }
}

}  // namespace outrigger::p4_info
