// psa_externs.cc: PSA's externs that tell what becomes of the packet (PSA 1.2, "Packet Path Details").
#include "p4_target/psa/psa_switch.h"

namespace outrigger::p4_target {
namespace {

using p4_ir::CallExtern;
using p4_ir::ExternValues;

}  // namespace

std::vector<Target::ExternMethod> PsaSwitch::extern_methods() {
  std::vector<ExternMethod> methods;
  add_path_externs(methods);
  add_portable_externs(methods);
  return methods;
}

// Functions of psa_ingress_output_metadata_t and psa_egress_output_metadata_t, by the places of their fields.
void PsaSwitch::add_path_externs(std::vector<ExternMethod>& methods) {
  const auto is_set = [](const ExternValues& values, size_t argument, size_t field) {
    const auto& parts = values.arguments[argument].parts;
    return field < parts.size() && !parts[field].is_zero();
  };
  const auto add = [&](std::string_view name, auto decide) {
    methods.push_back(
        {"", name, [decide](const CallExtern&, ExternValues& values) { give(values.result, decide(values) ? 1 : 0); }});
  };
  add("psa_clone_i2e", [=](const ExternValues& values) { return is_set(values, 0, 1); });
  add("psa_resubmit", [=](const ExternValues& values) { return !is_set(values, 0, 3) && is_set(values, 0, 4); });
  add("psa_normal", [=](const ExternValues& values) { return !is_set(values, 0, 3) && !is_set(values, 0, 4); });
  add("psa_clone_e2e", [=](const ExternValues& values) { return is_set(values, 0, 0); });
  add("psa_recirculate", [=](const ExternValues& values) {
    return !is_set(values, 0, 2) && scalar(values.arguments[1]) == port_recirculate;
  });
}

}  // namespace outrigger::p4_target
