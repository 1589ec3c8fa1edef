// pna_entry_externs.cc: PNA's externs that add entries and tend their timers.
#include "p4_target/pna/pna_nic.h"

namespace outrigger::p4_target {
namespace {

using p4_ir::CallExtern;
using p4_ir::ExternValues;

}  // namespace

// add_entry([do_add_entry,] action_name, action_params [, expire_time_profile_id])
void PnaNic::add_entry(const CallExtern& call, ExternValues& values, bool has_condition) {
  const size_t name = has_condition ? 1 : 0;
  const size_t data = name + 1;
  const size_t profile = name + 2;
  bool is_added = false;
  if (!has_condition || scalar(values.arguments[0]) != 0) {
    const bool has_profile = profile < values.arguments.size() && !values.arguments[profile].parts.empty();
    is_added = learned_->add(call.arguments[name].text, values.arguments[data].parts,
                             has_profile ? std::optional(scalar(values.arguments[profile])) : std::nullopt, now_ns_);
  }
  // A bool, or, where a program has the declarations of the specification: ADD_ENTRY_SUCCESS, which is 0, or not.
  give(values.result, is_added == call.gives_bool ? 1 : 0);
}

void PnaNic::add_entry_externs(std::vector<ExternMethod>& methods) {
  const auto add = [&](std::string_view name, Handler handler) { methods.push_back({"", name, std::move(handler)}); };
  const auto is_set = [](const ExternValues& values, size_t position) {
    return scalar(values.arguments[position]) != 0;
  };
  const auto set_profile = [this](const ExternValues& values, size_t position) {
    learned_->set_profile(scalar(values.arguments[position]), now_ns_);
  };
  add("add_entry", [this](const CallExtern& call, ExternValues& values) { add_entry(call, values, false); });
  add("add_entry_if", [this](const CallExtern& call, ExternValues& values) { add_entry(call, values, true); });
  add("restart_expire_timer", [this](const CallExtern&, const ExternValues&) { learned_->restart(now_ns_); });
  add("set_entry_expire_time", [=](const CallExtern&, const ExternValues& values) { set_profile(values, 0); });
  add("set_entry_expire_time_if", [=](const CallExtern&, const ExternValues& values) {
    if (is_set(values, 0)) {
      set_profile(values, 1);
    }
  });
  add("update_expire_info", [=, this](const CallExtern&, const ExternValues& values) {
    if (!is_set(values, 0)) {
      return;
    }
    if (is_set(values, 1)) {
      set_profile(values, 2);
    } else {
      learned_->restart(now_ns_);
    }
  });
}

}  // namespace outrigger::p4_target
