// Names for the control plane (P4-16 §18.3.2): no two tables of a control have one, nor two of its actions, nor two of
// its instances; no two tables of the program have one absolute name. Actions of several controls may share an
// absolute name, as those do that come from P4-14.
#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/nouns.h"
#include "p4/instance_tree.h"

namespace outrigger::p4 {

namespace {

bool is_for_control_plane(DeclarationKind kind) {
  return kind == DeclarationKind::Table || kind == DeclarationKind::Action || kind == DeclarationKind::Instantiation;
}

}  // namespace

void Checker::check_control_plane_names(const ControlDeclaration& control) {
  std::unordered_map<std::string, const Declaration*> seen[3];
  for (const Declaration* const local : control.locals) {
    if (!is_for_control_plane(local->kind) || local->name.text.empty() ||
        has_annotation(local->annotations, "hidden")) {
      continue;
    }
    const std::string given = name_annotation(local->annotations);
    const bool is_absolute = given.starts_with('.');
    const bool is_table = local->kind == DeclarationKind::Table;
    auto& names = is_absolute && is_table ? absolute_tables_
                  : is_table              ? seen[0]
                                          : seen[local->kind == DeclarationKind::Action ? 1 : 2];
    const auto [before, is_new] = names.emplace(given.empty() ? local->name.text : given, local);
    // What has one name in the text of this control as well is declared twice, and that has been said.
    const bool is_told = !is_new && before->second->name.text == local->name.text &&
                         std::ranges::find(control.locals, before->second) != control.locals.end();
    if (!is_new && !is_told) {
      error(local->name.where,
            fmt::format("the control plane knows '{}' by the name '{}', which '{}' has too", local->name.text,
                        before->first, before->second->name.text),
            "give one of them another @name")
          .note(before->second->name.where, fmt::format("'{}' is declared here", before->second->name.text));
    }
  }
}

void Checker::check_direct_calls(const Declaration& block, std::span<Declaration* const> locals) {
  const auto has_names = [this](const Declaration* target) { return seen_by_controllers_.contains(target); };
  const bool is_seen = std::ranges::any_of(locals, [&](const Declaration* local) {
    const auto* const instantiation = as<InstantiationDeclaration>(local);
    return local->kind == DeclarationKind::Table || local->kind == DeclarationKind::ValueSet ||
           (instantiation != nullptr && has_names(instantiation->target));
  });
  std::unordered_map<const Declaration*, SourceRange> first;
  for (const DirectCall& call : direct_calls_) {
    const Declaration* const target = call.type->declaration;
    if (!has_names(target)) {
      continue;
    }
    seen_by_controllers_.insert(&block);
    if (const auto [before, is_new] = first.emplace(target, call.where); !is_new) {
      error(call.where,
            fmt::format("{} is applied directly twice here, and what it has for the control plane would have one name",
                        noun_and_name(*target)),
            fmt::format("make instances, and apply these: {}() name;", to_text(call.type)))
          .note(before->second, "the first is here");
    }
  }
  if (is_seen) {
    seen_by_controllers_.insert(&block);
  }
}

}  // namespace outrigger::p4
