// V1Switch in bursts: see v1_burst_shape.h.
#include "p4_native/v1_burst_shape.h"

#include <algorithm>

namespace outrigger::p4_native {

using p4_ir::Bits;
using p4_ir::VariableId;

namespace {

constexpr uint64_t drop_port = 511;
constexpr size_t blocks = 6;  // parser, verify, ingress, egress, compute, deparser

std::optional<VariableId> standard(const p4_ir::Program& program, std::string_view field) {
  return program.find_variable(std::string("standard_metadata.").append(field));
}

std::optional<uint64_t> csum16_of(const p4_ir::Program& program) {
  for (const p4_ir::EnumInfo& one : program.enums) {
    const auto found = std::find(one.members.begin(), one.members.end(), "csum16");
    if (one.name == "HashAlgorithm" && found != one.members.end()) {
      return static_cast<uint64_t>(found - one.members.begin());
    }
  }
  return std::nullopt;
}

// Sets fields that the program's architecture file has.
void set_fields(const p4_ir::Program& program, std::initializer_list<std::string_view> fields, uint64_t number,
                std::vector<std::pair<VariableId, Bits>>& into) {
  for (const std::string_view field : fields) {
    if (const auto variable = standard(program, field)) {
      into.emplace_back(*variable, Bits(program.at(*variable).width, number));
    }
  }
}

void add_externs(const p4_ir::Program& program, BurstShape& into) {
  BurstExtern drops{.name = "mark_to_drop"};
  set_fields(program, {"egress_spec"}, drop_port, drops.sets);
  set_fields(program, {"mcast_grp"}, 0, drops.sets);
  drops.fields = {{"egress_spec", drop_port}, {"mcast_grp", 0}};
  into.externs.push_back(std::move(drops));
  if (const auto csum16 = csum16_of(program)) {
    into.externs.push_back({.name = "update_checksum", .kind = BurstExtern::Kind::UpdateChecksum, .csum16 = *csum16});
    BurstExtern verifies{.name = "verify_checksum", .kind = BurstExtern::Kind::VerifyChecksum, .csum16 = *csum16};
    set_fields(program, {"checksum_error"}, 1, verifies.sets);
    verifies.block = &program.blocks[1];
    into.externs.push_back(std::move(verifies));
  }
}

}  // namespace

std::optional<BurstShape> v1_burst_shape(const p4_ir::Program& program) {
  const auto egress_spec = standard(program, "egress_spec");
  const auto egress_port = standard(program, "egress_port");
  if (program.architecture != "V1Switch" || program.blocks.size() != blocks || !egress_spec.has_value() ||
      !egress_port.has_value()) {
    return std::nullopt;
  }
  BurstShape shape;
  shape.ingress_port = standard(program, "ingress_port");
  shape.packet_length = standard(program, "packet_length");
  shape.egress_port = *egress_port;
  for (const p4_ir::Block& block : program.blocks) {
    shape.steps.emplace_back().block = &block;
  }
  const auto add_time = [&](std::vector<VariableId>& into, std::string_view field) {
    if (const auto variable = standard(program, field)) {
      into.push_back(*variable);
    }
  };
  add_time(shape.timestamps, "ingress_global_timestamp");
  // Rejected packets go on; the program sees why.
  if (const auto parser_error = standard(program, "parser_error")) {
    shape.steps[0].copies.emplace_back(*parser_error, program.parser_error);
  }
  set_fields(program, {"checksum_error"}, 0, shape.steps[0].sets);  // it is verify_checksum's alone
  if (program.blocks[0].parameters.size() > 1) {
    shape.headers = program.blocks[0].parameters[1].headers;
  }
  shape.steps[0].marks_length = true;
  BurstStep& ingress = shape.steps[2];
  ingress.moves_length = true;
  ingress.port_from = egress_spec;
  if (const auto group = standard(program, "mcast_grp")) {
    ingress.slow_when_set.push_back(*group);
  }
  const Bits drops(program.at(*egress_spec).width, drop_port);
  ingress.drops_when = {*egress_spec, drops};
  ingress.copies.emplace_back(*egress_port, *egress_spec);
  set_fields(program, {"egress_spec", "enq_qdepth", "deq_timedelta", "deq_qdepth", "instance_type"}, 0, ingress.sets);
  add_time(ingress.timestamps, "enq_timestamp");
  add_time(ingress.timestamps, "egress_global_timestamp");
  shape.steps[3].drops_when = {*egress_spec, drops};
  add_externs(program, shape);
  return shape;
}

}  // namespace outrigger::p4_native
