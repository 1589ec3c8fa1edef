// The tree of instances: who makes what, with which arguments, under which name.
#include "p4/instance_tree.h"

#include <algorithm>
#include <utility>

#include "p4/ast/walk.h"
#include "p4/limits.h"

namespace outrigger::p4 {
namespace {

// Instances inside one another. The checker has refused what contains itself; this bounds what it lets through.
constexpr uint32_t instance_depth_max = 256;

bool is_program_block(const Instance& instance) {
  return instance.of->kind == DeclarationKind::Parser || instance.of->kind == DeclarationKind::Control;
}

bool is_package(const Instance* instance) {
  return instance != nullptr && instance->of->kind == DeclarationKind::Package;
}

}  // namespace

const Annotation* find_annotation(std::span<Annotation* const> annotations, std::string_view name) {
  const auto found =
      std::find_if(annotations.begin(), annotations.end(), [&](const Annotation* a) { return a->name.text == name; });
  return found == annotations.end() ? nullptr : *found;
}

bool has_annotation(std::span<Annotation* const> annotations, std::string_view name) {
  return find_annotation(annotations, name) != nullptr;
}

std::string name_annotation(std::span<Annotation* const> annotations) {
  const Annotation* found = find_annotation(annotations, "name");
  if (found == nullptr) {
    return {};
  }
  std::string name;
  for (const Annotation::Token& token : found->tokens) {
    name += token.text;
  }
  for (const Expression* expression : found->expressions) {
    if (const auto* text = as<StringExpression>(expression)) {
      name += text->text;
    }
  }
  return name;
}

const InstanceArgument* Instance::argument(const Declaration* parameter) const {
  const auto found =
      std::find_if(arguments.begin(), arguments.end(), [&](const auto& a) { return a.parameter == parameter; });
  return found == arguments.end() ? nullptr : &*found;
}

InstanceTree::InstanceTree(const Program& program, TypeTable& types, ValueTable& values, Diagnostics& diagnostics)
    : program_(program), types_(types), values_(values), diagnostics_(diagnostics) {
  for (const Declaration* declaration : program.declarations) {
    if (const auto* made = as<InstantiationDeclaration>(declaration)) {
      instantiate(*made, nullptr);
    }
  }
  if (program.main != nullptr) {
    const auto found = at_top_.find(program.main);
    main_ = found == at_top_.end() ? nullptr : found->second;
  }
}

Instance* InstanceTree::make(const Node* made_by, const Declaration* of, const Type* type, Instance* parent) {
  if (instances_.size() >= instances_max || depth_ >= instance_depth_max) {
    if (!std::exchange(is_full_, true)) {
      diagnostics_.error(made_by->where, "the program has too many instances",
                         "make fewer parsers, controls and externs inside one another");
    }
    return nullptr;
  }
  Instance& instance = instances_.emplace_back();
  instance.of = of;
  instance.type = type_inside(parent, type);
  instance.made_by = made_by;
  instance.parent = parent;
  return &instance;
}

// §18.3.2: the parents' names and its own. What the architecture runs is known by its type's name, as programs and
// their controllers expect.
void InstanceTree::name(Instance& instance) {
  std::string given = name_annotation(instance.annotations);
  if (given.empty() && is_package(instance.parent) && is_program_block(instance)) {
    given = name_annotation(instance.of->annotations);
    instance.local_name = instance.of->name.text;
  }
  if (!given.empty() && given.front() == '.') {
    instance.local_name = given.substr(1);
    instance.name = instance.local_name;
  } else {
    instance.local_name = given.empty() ? instance.local_name : given;
    const bool has_prefix = instance.parent != nullptr && !is_package(instance.parent);
    instance.name = has_prefix ? instance.parent->name + "." + instance.local_name : instance.local_name;
  }
  instance.is_hidden =
      has_annotation(instance.annotations, "hidden") || (instance.parent != nullptr && instance.parent->is_hidden);
}

const Type* InstanceTree::type_inside(const Instance* inside, const Type* type) const {
  if (inside == nullptr || type == nullptr || !type->has_variables || inside->type == nullptr) {
    return type;
  }
  const auto* const parser = as<ParserDeclaration>(inside->of);
  const auto* const control = as<ControlDeclaration>(inside->of);
  if (parser == nullptr && control == nullptr) {
    return type;
  }
  const auto& parameters = parser != nullptr ? parser->type_parameters : control->type_parameters;
  Substitution substitution;
  for (size_t i = 0; i < parameters.size() && i < inside->type->arguments.size(); ++i) {
    substitution[types_.variable(*parameters[i])] = inside->type->arguments[i];
  }
  return types_.substitute(type, substitution);
}

std::string InstanceTree::control_name(const Instance* inside, const Declaration& declaration) {
  std::string given = name_annotation(declaration.annotations);
  if (!given.empty() && given.front() == '.') {
    return given.substr(1);
  }
  if (given.empty()) {
    given = declaration.name.text;
  }
  return inside == nullptr || is_package(inside) ? given : inside->name + "." + given;
}

void InstanceTree::instantiate(const InstantiationDeclaration& declaration, Instance* inside) {
  if (declaration.target == nullptr || declaration.checked_type == nullptr || declaration.checked_type->is_poison()) {
    return;
  }
  Instance* instance = make(&declaration, declaration.target, declaration.checked_type, inside);
  if (instance == nullptr) {
    return;
  }
  instance->declaration = &declaration;
  instance->annotations = declaration.annotations;
  instance->local_name = declaration.name.text;
  if (inside == nullptr) {
    roots_.push_back(instance);
    at_top_[&declaration] = instance;
  } else {
    inside->children.push_back(instance);
    inside->made_here[&declaration] = instance;
  }
  name(*instance);
  ++depth_;
  fill_arguments(*instance, declaration.binding);
  fill_children(*instance);
  --depth_;
}

Instance* InstanceTree::construct(const ConstructExpression& expression, Instance* inside, std::string local_name) {
  if (inside != nullptr) {
    if (const auto found = inside->made_here.find(&expression); found != inside->made_here.end()) {
      return found->second;
    }
  } else if (const auto found = at_top_.find(&expression); found != at_top_.end()) {
    return found->second;
  }
  if (expression.target == nullptr || expression.type == nullptr || expression.type->is_poison()) {
    return nullptr;
  }
  Instance* instance = make(&expression, expression.target, expression.type, inside);
  if (instance == nullptr) {
    return nullptr;
  }
  instance->local_name = std::move(local_name);
  if (inside == nullptr) {
    at_top_[&expression] = instance;
    roots_.push_back(instance);
  } else {
    inside->children.push_back(instance);
    inside->made_here[&expression] = instance;
  }
  name(*instance);
  ++depth_;
  fill_arguments(*instance, expression.binding);
  fill_children(*instance);
  --depth_;
  return instance;
}

// Arguments are evaluated as the maker sees them; what they construct belongs to the maker of the whole, but is named
// after the parameter (§18.3.2), and what a package is given is the package's child.
void InstanceTree::fill_arguments(Instance& instance, const Binding& binding) {
  for (const BoundArgument& bound : binding.arguments) {
    InstanceArgument argument;
    argument.parameter = as<Parameter>(static_cast<const Declaration*>(bound.parameter));
    const Expression* value = bound.value != nullptr ? bound.value : bound.default_value;
    if (value != nullptr && value->kind != ExpressionKind::DontCare && argument.parameter != nullptr) {
      if (const auto* made = as<ConstructExpression>(value)) {
        Instance* owner = is_package(&instance) ? &instance : instance.parent;
        argument.instance = construct(*made, owner, argument.parameter->name.text);
      } else {
        const Evaluated evaluated = evaluate(instance.parent, *value);
        argument.value = evaluated.value;
        argument.instance = evaluated.instance;
      }
    }
    instance.arguments.push_back(argument);
  }
}

// Instances that a body makes: by declarations, by constructors in the properties of tables, by direct applications
// (§15.1).
void InstanceTree::fill_children(Instance& instance) {
  if (is_full_ || !is_program_block(instance)) {
    return;
  }
  Visitor visitor;
  visitor.declaration = [&](const Declaration& declaration) {
    if (const auto* made = as<InstantiationDeclaration>(&declaration)) {
      instantiate(*made, &instance);
      return false;
    }
    if (const auto* table = as<TableDeclaration>(&declaration)) {
      fill_from_table(instance, *table);
    }
    return declaration.kind != DeclarationKind::Parameter;
  };
  visitor.expression = [&](const Expression& expression) {
    if (const auto* call = as<CallExpression>(&expression)) {
      apply_directly(instance, *call);
    } else if (const auto* made = as<ConstructExpression>(&expression)) {
      construct(*made, &instance, made->target == nullptr ? "" : made->target->name.text);
      return false;
    }
    return true;
  };
  walk(visitor, instance.of);
}

// `implementation = action_profile(8)`: the instance is named after @name of the property, else after table and
// property.
void InstanceTree::fill_from_table(Instance& instance, const TableDeclaration& table) {
  for (const TableProperty* property : table.properties) {
    if (const auto* made = as<ConstructExpression>(property->value)) {
      const std::string given = name_annotation(property->annotations);
      construct(*made, &instance, given.empty() ? table.name.text + "." + property->name.text : given);
    }
  }
}

void InstanceTree::apply_directly(Instance& instance, const CallExpression& call) {
  const auto* callee = as<TypeMemberExpression>(call.callee);
  if (callee == nullptr || call.target == nullptr || instance.made_here.contains(&call) ||
      (call.call_kind != CallKind::ControlApply && call.call_kind != CallKind::ParserApply)) {
    return;
  }
  // The callee's type, not the declaration's: with the type arguments that are given here.
  Instance* made = make(&call, call.target, callee->type, &instance);
  if (made == nullptr) {
    return;
  }
  made->local_name = call.target->name.text;
  instance.children.push_back(made);
  instance.made_here[&call] = made;
  name(*made);
  ++depth_;
  fill_children(*made);
  --depth_;
}

Instance* InstanceTree::find(const Instance* inside, const Node* made_by) const {
  for (const Instance* at = inside; at != nullptr; at = at->parent) {
    if (const auto found = at->made_here.find(made_by); found != at->made_here.end()) {
      return found->second;
    }
  }
  const auto found = at_top_.find(made_by);
  return found == at_top_.end() ? nullptr : found->second;
}

}  // namespace outrigger::p4
