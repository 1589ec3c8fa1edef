// v1_packet_externs.cc: v1model's externs that decide about the packet: drop, clone, resubmit, recirculate, truncate,
// digest, and what they log.
#include <algorithm>

#include "p4_target/v1model/v1_switch.h"

namespace outrigger::p4_target {
namespace {

using p4_ir::Bits;
using p4_ir::CallExtern;
using p4_ir::ExternValues;

uint32_t small_number(const ExternValues& values, size_t position) {
  return position < values.arguments.size() && !values.arguments[position].parts.empty()
             ? static_cast<uint32_t>(values.arguments[position].parts.front().low())
             : 0;
}

}  // namespace

// The last call of each kind counts, as in simple_switch.
void V1Switch::add_packet_externs(std::vector<ExternMethod>& methods) {
  const auto add = [&](std::string_view name, auto act) { methods.push_back({"", name, std::move(act)}); };
  add("mark_to_drop", [this](const CallExtern& call, ExternValues& values) { mark_to_drop(call, values); });
  add("clone", [this](const CallExtern&, const ExternValues& values) {
    requests_.clone = Clone{.session = small_number(values, 1), .preserved = {}};
  });
  add("clone3", [this](const CallExtern& call, const ExternValues& values) {
    requests_.clone = Clone{.session = small_number(values, 1), .preserved = listed_fields(call, 2)};
  });
  add("clone_preserving_field_list", [this](const CallExtern&, const ExternValues& values) {
    requests_.clone = Clone{.session = small_number(values, 1), .preserved = field_list(values, 2)};
  });
  add("resubmit",
      [this](const CallExtern& call, const ExternValues&) { requests_.resubmitted = listed_fields(call, 0); });
  add("resubmit_preserving_field_list",
      [this](const CallExtern&, const ExternValues& values) { requests_.resubmitted = field_list(values, 0); });
  add("recirculate",
      [this](const CallExtern& call, const ExternValues&) { requests_.recirculated = listed_fields(call, 0); });
  add("recirculate_preserving_field_list",
      [this](const CallExtern&, const ExternValues& values) { requests_.recirculated = field_list(values, 0); });
  add("truncate",
      [this](const CallExtern&, const ExternValues& values) { requests_.truncated_bytes = small_number(values, 0); });
  add("digest", [this](const CallExtern& call, const ExternValues& values) {
    requests_.digest = Digest{.call = &call, .data = values.arguments.back()};
  });
  add_log_externs(methods);
}

// mark_to_drop(inout standard_metadata), or the old one without arguments.
void V1Switch::mark_to_drop(const CallExtern& call, ExternValues& values) {
  if (call.arguments.empty()) {
    set(standard_.egress_spec, drop_port);
    set(standard_.mcast_grp, 0);
    return;
  }
  const auto& parts = call.arguments.front().parts;
  for (size_t i = 0; i < parts.size(); ++i) {
    Bits& value = values.arguments.front().parts[i];
    // The argument may be a copy of standard_metadata, whose fields have the same last names.
    const std::string& name = program().at(parts[i].variable).name;
    const std::string_view field = std::string_view(name).substr(name.rfind('.') + 1);
    if (parts[i].variable == standard_.egress_spec || field.starts_with("egress_spec")) {
      value = Bits(value.width(), drop_port);
    } else if (parts[i].variable == standard_.mcast_grp || field.starts_with("mcast_grp")) {
      value = Bits(value.width(), 0);
    }
  }
}

// Headers and metadata have the values that they have by now, as simple_switch has it; what else there is, those of the
// call.
void V1Switch::send_requested_digest() {
  if (!requests_.digest.has_value()) {
    return;
  }
  auto& [call, data] = *requests_.digest;
  const auto& parts = call->arguments.back().parts;
  for (size_t i = 0; i < parts.size() && i < data.parts.size(); ++i) {
    const auto* read = p4_ir::as<p4_ir::Read>(parts[i].value);
    if (read != nullptr && (std::ranges::find(header_variables_, read->variable) != header_variables_.end() ||
                            std::ranges::find(metadata_variables_, read->variable) != metadata_variables_.end())) {
      data.parts[i] = engine_->get(read->variable);
    }
  }
  send_digest(*call, data);
}

V1Switch::VariableList V1Switch::listed_fields(const CallExtern& call, size_t position) {
  VariableList fields;
  if (position < call.arguments.size()) {
    for (const p4_ir::ExternArgument::Part& part : call.arguments[position].parts) {
      if (const auto* read = p4_ir::as<p4_ir::Read>(part.value)) {
        fields.push_back(read->variable);
      }
    }
  }
  return fields;
}

V1Switch::VariableList V1Switch::field_list(const ExternValues& values, size_t position) const {
  const auto found = program().field_lists.find(static_cast<uint8_t>(small_number(values, position)));
  return found == program().field_lists.end() ? VariableList{} : found->second;
}

}  // namespace outrigger::p4_target
