// The walk over instances that finds what the control plane sees.
#include "p4_info/entities.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "p4/ast/walk.h"
#include "p4_info/annotations.h"

namespace outrigger::p4_info {

namespace {

bool is_local(const p4::Instance* inside, const p4::ActionDeclaration& action) {
  const auto* const control = inside == nullptr ? nullptr : p4::as<p4::ControlDeclaration>(inside->of);
  return control != nullptr && std::ranges::find(control->locals, &action) != control->locals.end();
}

class Finding {
 public:
  Finding(const p4::Compilation& compilation, const p4::InstanceTree& tree)
      : program_(compilation.program), source_(compilation.source), tree_(tree) {}

  Entities find() {
    for (const p4::Instance* root : tree_.roots()) {
      if (root->of->kind == p4::DeclarationKind::Extern) {
        visit(root);
      }
    }
    if (tree_.main() != nullptr) {
      visit(tree_.main());
    }
    for (const p4::Declaration* declaration : program_.declarations) {
      find_header(declaration);
      find_shared_value_set(declaration);
    }
    found_.actions.insert(found_.actions.begin(), global_actions_.begin(), global_actions_.end());
    return std::move(found_);
  }

 private:
  // P4-16 §13.11: at the top level, for all parsers.
  void find_shared_value_set(const p4::Declaration* declaration) {
    const auto* value_set = p4::as<p4::ValueSetDeclaration>(declaration);
    const bool is_used = value_set != nullptr && std::ranges::any_of(used_, [&](const auto& one) {
                           return one.second.names.contains(value_set);
                         });
    if (is_used && !p4::has_annotation(value_set->annotations, "hidden")) {
      found_.value_sets.push_back({value_set, nullptr, p4::InstanceTree::control_name(nullptr, *value_set)});
    }
  }

  // Its depth is the tree's, which is bounded (instance_tree.cc).
  void visit(const p4::Instance* instance) {
    found_.is_cut |= found_.tables.size() + found_.actions.size() + found_.value_sets.size() > objects_max;
    if (found_.is_cut || instance->is_hidden || !visited_.insert(instance).second) {
      return;
    }
    if (instance->of->kind == p4::DeclarationKind::Extern) {
      visit_extern(*instance);
      return;
    }
    for (const p4::InstanceArgument& argument : instance->arguments) {
      if (argument.instance != nullptr) {
        visit(argument.instance);
      }
    }
    if (instance->of->kind == p4::DeclarationKind::Package) {
      return;  // what it is given is all that it has
    }
    const auto& [used, digests] = find_used(*instance->of);
    for (const p4::CallExpression* call : digests) {
      add_digest(*call, *instance);
    }
    visit_locals(*instance, used);
    for (const p4::Instance* child : instance->children) {
      // An extern may do something by being there; a parser or control that nobody applies does nothing.
      if (child->of->kind == p4::DeclarationKind::Extern || child->declaration == nullptr ||
          used.contains(child->declaration)) {
        visit(child);
      }
    }
  }

  struct Used {
    std::unordered_set<const p4::Declaration*> names;
    std::vector<const p4::CallExpression*> digests;  // calls of digest()
  };

  // What the code of a parser or control names and calls, the same in each instance of it.
  const Used& find_used(const p4::Declaration& block) {
    const auto [at, is_new] = used_.try_emplace(&block);
    if (!is_new) {
      return at->second;
    }
    p4::Visitor visitor;
    visitor.expression = [&, &used = at->second](const p4::Expression& expression) {
      if (const auto* name = p4::as<p4::NameExpression>(&expression)) {
        used.names.insert(name->symbol);
      } else if (const auto* call = p4::as<p4::CallExpression>(&expression)) {
        used.names.insert(call->target);
        if (is_digest(*call)) {
          used.digests.push_back(call);
        }
      }
      return true;
    };
    p4::walk(visitor, &block);
    return at->second;
  }

  void visit_locals(const p4::Instance& instance, const std::unordered_set<const p4::Declaration*>& used) {
    const auto* const control = p4::as<p4::ControlDeclaration>(instance.of);
    const auto* const parser = p4::as<p4::ParserDeclaration>(instance.of);
    const auto& locals = control != nullptr ? control->locals : parser->locals;
    std::set<const p4::Declaration*> listed;
    for (const p4::Declaration* local : locals) {
      if (p4::has_annotation(local->annotations, "hidden") || !used.contains(local)) {
        continue;
      }
      if (const auto* table = p4::as<p4::TableDeclaration>(local)) {
        found_.tables.push_back({table, &instance, p4::InstanceTree::control_name(&instance, *table)});
        list_actions(*table, instance, listed);
      } else if (const auto* value_set = p4::as<p4::ValueSetDeclaration>(local)) {
        found_.value_sets.push_back({value_set, &instance, p4::InstanceTree::control_name(&instance, *value_set)});
      }
    }
    for (const p4::Declaration* local : locals) {
      if (listed.contains(local)) {
        const auto& action = p4::to<p4::ActionDeclaration>(*local);
        found_.actions.push_back({&action, &instance, action_name(&instance, action)});
      }
    }
  }

  void list_actions(const p4::TableDeclaration& table, const p4::Instance& instance,
                    std::set<const p4::Declaration*>& listed) {
    for (const p4::TableAction* action : table.actions) {
      list_action(action->action, instance, listed);
    }
    list_action(table.default_action.action, instance, listed);
  }

  void list_action(const p4::ActionDeclaration* action, const p4::Instance& instance,
                   std::set<const p4::Declaration*>& listed) {
    if (action == nullptr || p4::has_annotation(action->annotations, "hidden")) {
      return;
    }
    if (is_local(&instance, *action)) {
      listed.insert(action);
    } else if (global_listed_.insert(action).second) {
      global_actions_.push_back({action, nullptr, action_name(nullptr, *action)});
    }
  }

  void visit_extern(const p4::Instance& instance) {
    const ExternKind kind = extern_kind(*instance.of);
    if (kind == ExternKind::Digest) {
      const p4::Type* const type = instance.type->arguments.empty() ? nullptr : instance.type->arguments[0];
      found_.digests.push_back({instance.name, type, instance.annotations, instance.made_by->where});
    } else if (kind != ExternKind::Other || !source_.is_shipped(instance.of->where.begin)) {
      found_.externs.push_back({kind, &instance});
    }
  }

  static bool is_digest(const p4::CallExpression& call) {
    const auto* const function = p4::as<p4::FunctionDeclaration>(call.target);
    return function != nullptr && function->body == nullptr && function->name.text == "digest" &&
           call.binding.type_arguments.size() == 1;
  }

  // v1model's digest<T>(receiver, data): one for each type, named as the struct; for what has no name a number.
  void add_digest(const p4::CallExpression& call, const p4::Instance& inside) {
    const p4::Type* const type = tree_.type_inside(&inside, call.binding.type_arguments[0]);
    if (!digest_calls_.emplace(&call, type).second) {
      return;
    }
    DigestEntity digest{.name = {}, .type = type, .annotations = {}, .where = call.where};
    if (type->is_struct_like()) {
      const std::string given = p4::name_annotation(type->declaration->annotations);
      digest.name = given.empty() ? to_text(type) : given;
      digest.annotations = type->declaration->annotations;
      if (!digest_types_.insert(type).second) {
        return;
      }
    } else {
      digest.name = "digest_" + std::to_string(unnamed_digests_++);
    }
    found_.digests.push_back(std::move(digest));
  }

  void find_header(const p4::Declaration* declaration) {
    const p4::StructLikeDeclaration* const header = p4::as_struct_like(declaration);
    if (header == nullptr || header->kind != p4::DeclarationKind::Header ||
        !p4::has_annotation(header->annotations, "controller_header")) {
      return;
    }
    found_.headers.push_back({header, string_of(header->annotations, "controller_header")});
  }

  const p4::Program& program_;
  const p4::SourceText& source_;
  const p4::InstanceTree& tree_;
  Entities found_;
  std::vector<ActionEntity> global_actions_;
  std::unordered_set<const p4::Instance*> visited_;
  std::unordered_set<const p4::Declaration*> global_listed_;
  std::unordered_map<const p4::Declaration*, Used> used_;
  std::set<std::pair<const p4::CallExpression*, const p4::Type*>> digest_calls_;
  std::unordered_set<const p4::Type*> digest_types_;
  unsigned unnamed_digests_ = 0;
};

}  // namespace

ExternKind extern_kind(const p4::Declaration& declaration) {
  static constexpr std::pair<std::string_view, ExternKind> kinds[] = {
      {"counter", ExternKind::Counter},
      {"Counter", ExternKind::Counter},
      {"direct_counter", ExternKind::DirectCounter},
      {"DirectCounter", ExternKind::DirectCounter},
      {"meter", ExternKind::Meter},
      {"Meter", ExternKind::Meter},
      {"direct_meter", ExternKind::DirectMeter},
      {"DirectMeter", ExternKind::DirectMeter},
      {"register", ExternKind::Register},
      {"Register", ExternKind::Register},
      {"action_profile", ExternKind::ActionProfile},
      {"ActionProfile", ExternKind::ActionProfile},
      {"action_selector", ExternKind::ActionSelector},
      {"ActionSelector", ExternKind::ActionSelector},
      {"Digest", ExternKind::Digest},
  };
  const auto* const found =
      std::ranges::find(kinds, declaration.name.text, &std::pair<std::string_view, ExternKind>::first);
  return found == std::end(kinds) ? ExternKind::Other : found->second;
}

std::string action_name(const p4::Instance* inside, const p4::ActionDeclaration& action) {
  return p4::InstanceTree::control_name(is_local(inside, action) ? inside : nullptr, action);
}

Entities find_entities(const p4::Compilation& compilation, const p4::InstanceTree& tree) {
  return Finding(compilation, tree).find();
}

}  // namespace outrigger::p4_info
