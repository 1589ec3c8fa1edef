// pna_externs.cc: PNA's externs that decide where the packet goes (PNA 0.7, "PNA Externs").
#include "p4_target/pna/pna_nic.h"

namespace outrigger::p4_target {
namespace {

using p4_ir::CallExtern;
using p4_ir::ExternValues;

}  // namespace

std::vector<Target::ExternMethod> PnaNic::extern_methods() {
  std::vector<ExternMethod> methods;
  add_portable_externs(methods);
  add_forwarding_externs(methods);
  add_entry_externs(methods);
  return methods;
}

// The last of drop_packet, send_to_port and recirculate decides.
void PnaNic::add_forwarding_externs(std::vector<ExternMethod>& methods) {
  const auto add = [&](std::string_view name, Handler handler) { methods.push_back({"", name, std::move(handler)}); };
  add("drop_packet", [this](const CallExtern&, const ExternValues&) {
    sent_to_.reset();
    is_recirculated_ = false;
  });
  add("send_to_port", [this](const CallExtern&, const ExternValues& values) {
    sent_to_ = static_cast<uint32_t>(scalar(values.arguments[0]));
    is_recirculated_ = false;
  });
  add("recirculate", [this](const CallExtern&, const ExternValues&) { is_recirculated_ = true; });
  add("mirror_packet", [this](const CallExtern&, const ExternValues& values) {
    mirrors_[scalar(values.arguments[0])] = static_cast<uint32_t>(scalar(values.arguments[1]));
  });
  add("allocate_flow_id", [this](const CallExtern&, ExternValues& values) { give(values.result, next_flow_++); });
  add("SelectByDirection", [this](const CallExtern&, ExternValues& values) {
    const bool is_to_host = scalar(values.arguments[0]) == to_host_;
    const auto& chosen = values.arguments[is_to_host ? 1 : 2].parts;
    for (size_t i = 0; i < values.result.parts.size() && i < chosen.size(); ++i) {
      values.result.parts[i] = chosen[i].resized(values.result.parts[i].width());
    }
  });
}

}  // namespace outrigger::p4_target
