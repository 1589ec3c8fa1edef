// psa_bursts.cc: PSA_Switch in bursts: a packet from a port goes through ingress, is parsed again as its deparser has
// made it, and leaves egress by one port, or is dropped. Clones, groups, resubmission and recirculation make it slow;
// where registers keep packets in order one that recirculates ends as Verdict::Again.
#include <algorithm>

#include "p4_native/portable_burst_externs.h"
#include "p4_target/psa/psa_places.h"
#include "p4_target/psa/psa_switch.h"

namespace outrigger::p4_target {
namespace {

using p4_ir::Bits;
using p4_ir::Block;
using p4_ir::VariableId;
using p4_native::BurstExtern;
using p4_native::BurstShape;
using p4_native::BurstStep;

constexpr uint32_t port_bits_max = 32;  // of a BurstPacket's port

// A program's own architecture file may have fewer fields.
std::optional<VariableId> field(const Block& block, size_t parameter, size_t place) {
  const auto& variables = block.parameters[parameter].variables;
  return place < variables.size() ? std::optional(variables[place]) : std::nullopt;
}

void copy(BurstStep& step, std::optional<VariableId> to, std::optional<VariableId> from) {
  if (to.has_value() && from.has_value()) {
    step.copies.emplace_back(*to, *from);
  }
}

void set_number(const p4_ir::Program& program, BurstStep& step, std::optional<VariableId> to, uint64_t number) {
  if (to.has_value()) {
    step.sets.emplace_back(*to, Bits(program.at(*to).width, number));
  }
}

void add(std::vector<VariableId>& into, std::optional<VariableId> variable) {
  if (variable.has_value()) {
    into.push_back(*variable);
  }
}

// Dropped when the control's output says so.
std::optional<std::pair<VariableId, Bits>> is_dropped(const Block& block, size_t place) {
  const auto drop = field(block, control::ostd, place);
  return drop.has_value() ? std::optional(std::pair(*drop, Bits(1, 1))) : std::nullopt;
}

void add_ingress(const p4_ir::Program& program, const Block& parser, const Block& ingress, BurstShape& into) {
  BurstStep& parsing = into.steps[0];
  into.ingress_port = field(parser, ingress_parser::istd, ingress_istd::ingress_port);
  copy(parsing, field(ingress, control::istd, ingress_istd::ingress_port), into.ingress_port);
  copy(parsing, field(ingress, control::istd, ingress_istd::parser_error), program.parser_error);
  set_number(program, parsing, field(ingress, control::ostd, ingress_ostd::drop), 1);
  add(parsing.timestamps, field(ingress, control::istd, ingress_istd::timestamp));
  BurstStep& step = into.steps[1];
  for (const size_t place : {ingress_ostd::clone, ingress_ostd::resubmit, ingress_ostd::multicast_group}) {
    add(step.slow_when_set, field(ingress, control::ostd, place));
  }
  step.drops_when = is_dropped(ingress, ingress_ostd::drop);
  step.port_from = field(ingress, control::ostd, ingress_ostd::egress_port);
  const Bits recirculates(program.at(*step.port_from).width, PsaSwitch::port_recirculate);
  if (recirculates.low() == PsaSwitch::port_recirculate) {
    into.again_port = PsaSwitch::port_recirculate;
  }
}

void add_egress(const p4_ir::Program& program, const Block& egress, BurstShape& into) {
  copy(into.steps[3], field(egress, control::istd, egress_istd::parser_error), program.parser_error);
  add(into.steps[3].timestamps, field(egress, control::istd, egress_istd::timestamp));
  BurstStep& step = into.steps[4];
  add(step.slow_when_set, field(egress, control::ostd, egress_ostd::clone));
  step.drops_when = is_dropped(egress, egress_ostd::drop);
}

// What psa_normal and the like ask of psa_ingress_output_metadata_t and psa_egress_output_metadata_t.
void add_path_tests(BurstShape& into) {
  const auto add = [&](std::string name, std::vector<BurstExtern::Test> tests) {
    into.externs.push_back({.name = std::move(name), .kind = BurstExtern::Kind::Tests, .tests = std::move(tests)});
  };
  const auto is_set = [](size_t place) { return BurstExtern::Test{.part = place, .is_equal = false}; };
  const auto is_not_set = [](size_t place) { return BurstExtern::Test{.part = place}; };
  add("psa_clone_i2e", {is_set(ingress_ostd::clone)});
  add("psa_resubmit", {is_not_set(ingress_ostd::drop), is_set(ingress_ostd::resubmit)});
  add("psa_normal", {is_not_set(ingress_ostd::drop), is_not_set(ingress_ostd::resubmit)});
  add("psa_clone_e2e", {is_set(egress_ostd::clone)});
  add("psa_recirculate", {is_not_set(egress_ostd::drop), {.argument = 1, .number = PsaSwitch::port_recirculate}});
}

}  // namespace

// After the ingress deparser.
void PsaSwitch::add_burst_egress_inputs(p4_native::BurstStep& step) const {
  const Block& egress = *egress_.control;
  const auto port = field(*ingress_.control, control::ostd, ingress_ostd::egress_port);
  step.parses_again = true;
  copy(step, field(*egress_.parser, egress_parser::istd, egress_parser_istd::egress_port), port);
  copy(step, field(egress, control::istd, egress_istd::egress_port), port);
  copy(step, field(*egress_.deparser, egress_deparser::edstd, egress_deparser::edstd_egress_port), port);
  copy(step, field(egress, control::istd, egress_istd::class_of_service),
       field(*ingress_.control, control::ostd, ingress_ostd::class_of_service));
  const uint64_t path = number_of(Path::NormalUnicast);
  set_number(program(), step, field(*egress_.parser, egress_parser::istd, egress_parser_istd::packet_path), path);
  set_number(program(), step, field(egress, control::istd, egress_istd::packet_path), path);
  const auto& carried = ingress_.deparser->parameters[ingress_deparser::normal_meta].variables;
  const auto& normal = egress_.parser->parameters[egress_parser::normal_meta].variables;
  for (size_t i = 0; i < std::min(carried.size(), normal.size()); ++i) {
    step.copies.emplace_back(normal[i], carried[i]);
  }
}

std::optional<BurstShape> PsaSwitch::burst_shape() const {
  const p4_ir::Program& p = program();
  const auto has = [](const Block& block, size_t place) { return field(block, control::ostd, place).has_value(); };
  const auto port = field(*ingress_.control, control::ostd, ingress_ostd::egress_port);
  const bool is_known = has(*ingress_.control, ingress_ostd::drop) && has(*egress_.control, egress_ostd::drop) &&
                        port.has_value() && p.at(*port).width <= port_bits_max;
  const auto& carried = ingress_.deparser->parameters[ingress_deparser::normal_meta].variables;
  const auto& metadata = egress_.deparser->parameters[egress_deparser::recirculate_meta].variables;
  const auto is_varbit = [&](VariableId one) { return p.at(one).is_varbit; };
  const bool has_varbit = std::ranges::any_of(carried, is_varbit) || std::ranges::any_of(metadata, is_varbit);
  if (!is_known || has_varbit || number_of(Path::Normal) != 0) {  // variables begin as 0
    return std::nullopt;
  }
  BurstShape shape;
  shape.packet_bytes_max = packet_bytes_max;
  for (const Block& block : p.blocks) {
    shape.steps.emplace_back().block = &block;
  }
  add_ingress(p, *ingress_.parser, *ingress_.control, shape);
  add_burst_egress_inputs(shape.steps[2]);
  add_egress(p, *egress_.control, shape);
  p4_native::add_portable_externs(p, shape);
  add_path_tests(shape);
  shape.again_values = metadata;
  shape.slow_comes_again = true;
  return shape;
}

void PsaSwitch::receive_again(const BurstPacket& packet, std::vector<Bits> metadata, uint64_t now_ns) {
  now_ns_ = now_ns;
  if (packet.bytes > packet_bytes_max) {
    give_up("it has become too long");
    return;
  }
  waiting_.emplace_back(Arrival{.bytes = {packet.data, packet.data + packet.bytes},
                                .port = port_recirculate,
                                .path = Path::Recirculate,
                                .metadata = std::move(metadata)});
  constexpr uint32_t runs_in_burst = 2;  // ingress and egress
  drain(runs_in_burst);
}

}  // namespace outrigger::p4_target
