// Controls (P4-16 §14).
#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/restored.h"

namespace outrigger::p4 {

void Checker::check_control(ControlDeclaration& control) {
  std::vector<const Type*> arguments;
  {
    const ScopeGuard scope(scopes_);
    check_type_parameters(control.type_parameters);
    check_parameters(control.parameters, control.has_body ? ParameterOwner::Control : ParameterOwner::ControlType);
    check_parameters(control.constructor_parameters, ParameterOwner::ControlConstructor);
    if (!control.has_body && !control.constructor_parameters.empty()) {
      error(control.constructor_parameters.front()->where, "a control type has constructor parameters",
            "leave them away: only a control with a body is made by its constructor");
    }
    if (control.has_body) {
      check_control_body(control);
    }
    for (const TypeParameter* const parameter : control.type_parameters) {
      arguments.push_back(parameter->checked_type);
    }
  }
  control.checked_type = types_.object(control, std::move(arguments));
  declare(control);  // after its body: no recursion (§14.5)
}

void Checker::check_control_body(ControlDeclaration& control) {
  const ScopeGuard body(scopes_);
  const Restored inside(inside_, static_cast<const Declaration*>(&control));
  const Restored loops(loop_depth_, 0U);
  const Restored calls(direct_calls_, std::vector<DirectCall>());
  {
    const Restored at(site_, Site::ControlLocal);
    for (Declaration* const local : control.locals) {
      check_declaration(*local);
    }
    check_control_plane_names(control);
  }
  const Restored at(site_, Site::ControlApply);
  const Restored result(result_, types_.void_type());
  if (control.apply != nullptr) {
    const Restored block(body_depth_, scopes_.depth() + 1);
    check_block(*control.apply);
  }
  check_direct_calls(control, control.locals);
}

}  // namespace outrigger::p4
