// Packages (P4-16 §7.2.13): types only; what they hold is known to the architecture.
#include "p4/check/checker.h"
#include "p4/check/restored.h"

namespace outrigger::p4 {

void Checker::check_package(PackageDeclaration& package) {
  std::vector<const Type*> arguments;
  {
    const ScopeGuard scope(scopes_);
    const Restored inside(inside_, static_cast<const Declaration*>(&package));
    check_type_parameters(package.type_parameters);
    check_parameters(package.constructor_parameters, ParameterOwner::Package);
    for (const TypeParameter* const parameter : package.type_parameters) {
      arguments.push_back(parameter->checked_type);
    }
  }
  package.checked_type = types_.object(package, std::move(arguments));
  declare(package);
}

}  // namespace outrigger::p4
