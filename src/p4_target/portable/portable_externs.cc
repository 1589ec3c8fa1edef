// portable_externs.cc: counters, meters, registers, random numbers and digests of PSA and PNA.
#include "p4_target/extern_argument.h"
#include "p4_target/portable/portable_target.h"

namespace outrigger::p4_target {
namespace {

using p4_ir::CallExtern;
using p4_ir::ExternValues;

}  // namespace

void PortableTarget::add_portable_externs(std::vector<ExternMethod>& methods) {
  add_array_externs(methods);
  add_hash_externs(methods);
  add_checksum_externs(methods);
  add_internet_checksum_externs(methods);
  add_log_externs(methods);
}

uint32_t PortableTarget::last_handle_of(p4_ir::ExternId direct) {
  const auto owner = tables().owner_of(direct);
  return owner.has_value() ? last_handles_[index_of(*owner)] : pipeline::no_handle;
}

void PortableTarget::add_array_externs(std::vector<ExternMethod>& methods) {
  methods.push_back({"Counter", "count", [this](const CallExtern& call, const ExternValues& values) {
                       arrays().counter(call.instance)->count(0, scalar(values.arguments[0]), bytes_of_call(values, 1));
                     }});
  methods.push_back(
      {"DirectCounter", "count", [this](const CallExtern& call, const ExternValues& values) {
         arrays().counter(call.instance)->count(0, last_handle_of(call.instance), bytes_of_call(values, 0));
       }});
  methods.push_back({"Register", "read", [this](const CallExtern& call, ExternValues& values) {
                       read_cell(*arrays().register_array(call.instance), scalar(values.arguments[0]),
                                 values.result.parts);
                     }});
  methods.push_back({"Register", "write", [this](const CallExtern& call, const ExternValues& values) {
                       write_cell(*arrays().register_array(call.instance), scalar(values.arguments[0]),
                                  values.arguments[1].parts);
                     }});
  methods.push_back({"Random", "read", [this](const CallExtern& call, ExternValues& values) {
                       const p4_ir::Extern& declared = program().at(call.instance);
                       give(values.result, random_between(number_argument(declared, 0).value_or(0),
                                                          number_argument(declared, 1).value_or(0)));
                     }});
  methods.push_back({"Digest", "pack", [this](const CallExtern& call, const ExternValues& values) {
                       send_digest(call, values.arguments[0]);
                     }});
  for (const std::string_view type : {"Meter", "DirectMeter"}) {
    for (const std::string_view name : {"execute", "dpdk_execute"}) {
      methods.push_back(
          {type, name, [this](const CallExtern& call, ExternValues& values) { execute_meter(call, values); }});
    }
  }
}

// DPDK's counters may be told how many bytes they count.
uint64_t PortableTarget::bytes_of_call(const ExternValues& values, size_t position) const {
  const bool is_told = position < values.arguments.size() && !values.arguments[position].parts.empty();
  return is_told ? scalar(values.arguments[position]) : counted_bytes_;
}

// execute([index,] [color]), and DPDK's dpdk_execute([index,] [color,] pkt_len).
void PortableTarget::execute_meter(const CallExtern& call, ExternValues& values) {
  const bool is_direct = ExternArrays::is_direct(program().at(call.instance));
  const bool is_told_bytes = call.name == "dpdk_execute";
  const uint64_t bytes = is_told_bytes ? scalar(values.arguments.back()) : counted_bytes_;
  const uint64_t cell = is_direct ? last_handle_of(call.instance) : scalar(values.arguments[0]);
  const size_t arguments = values.arguments.size() - (is_told_bytes ? 1 : 0);
  pipeline::MeterColor before = pipeline::MeterColor::Green;
  if (const size_t color = is_direct ? 0 : 1; color < arguments) {
    for (size_t i = 0; i < colors_.size(); ++i) {
      if (scalar(values.arguments[color]) == colors_[i]) {
        before = static_cast<pipeline::MeterColor>(i);
      }
    }
  }
  const auto after = arrays().meter(call.instance)->execute(cell, bytes, now_ns_, before);
  give(values.result, colors_[static_cast<size_t>(after)]);
}

}  // namespace outrigger::p4_target
