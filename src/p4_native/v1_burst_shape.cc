// V1Switch in bursts: see v1_burst_shape.h.
#include "p4_native/v1_burst_shape.h"

#include <algorithm>
#include <iterator>

#include "p4_ir/passes/walk.h"

namespace outrigger::p4_native {

using p4_ir::Bits;
using p4_ir::VariableId;

namespace {

constexpr uint64_t drop_port = 511;
constexpr size_t blocks = 6;  // parser, verify, ingress, egress, compute, deparser

std::optional<VariableId> standard(const p4_ir::Program& program, std::string_view field) {
  return program.find_variable(std::string("standard_metadata.").append(field));
}

std::vector<BurstHash> hashes_of(const p4_ir::Program& program) {
  std::vector<BurstHash> hashes;
  for (const p4_ir::EnumInfo& one : program.enums) {
    if (one.name == "HashAlgorithm") {
      std::transform(one.members.begin(), one.members.end(), std::back_inserter(hashes), find_burst_hash);
    }
  }
  return hashes;
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

// Does it clone or resubmit packets, or recirculate them?
bool sends_again(const p4_ir::Program& program) {
  constexpr std::string_view names[] = {"clone", "resubmit", "recirculate"};
  bool found = false;
  p4_ir::for_each_body(program, [&](const p4_ir::Statements& body) {
    p4_ir::for_each_statement(body, [&](const p4_ir::Statement& statement) {
      const auto* call = p4_ir::as<p4_ir::CallExtern>(&statement);
      found = found || (call != nullptr && std::any_of(std::begin(names), std::end(names), [&](std::string_view name) {
                          return call->name.starts_with(name);
                        }));
    });
  });
  return found;
}

// (condition, data, checksum, algorithm)
void add_checksums(const p4_ir::Program& program, BurstShape& into) {
  for (const bool has_payload : {false, true}) {
    const std::string ending = has_payload ? "_checksum_with_payload" : "_checksum";
    BurstExtern one{.name = "update" + ending, .kind = BurstExtern::Kind::UpdateChecksum};
    one.arguments = 4;
    one.condition = 0;
    one.data = 1;
    one.value = 2;
    one.algorithm = 3;
    one.has_payload = has_payload;
    into.externs.push_back(one);
    one.name = "verify" + ending;
    one.kind = BurstExtern::Kind::VerifyChecksum;
    one.block = program.blocks.size() == blocks ? &program.blocks[1] : nullptr;
    set_fields(program, {"checksum_error"}, 1, one.sets);
    into.externs.push_back(std::move(one));
  }
}

}  // namespace

void add_v1_externs(const p4_ir::Program& program, BurstShape& into) {
  using Kind = BurstExtern::Kind;
  into.hashes = hashes_of(program);
  into.counts_every_hit = true;
  BurstExtern drops{.name = "mark_to_drop"};
  set_fields(program, {"egress_spec"}, drop_port, drops.sets);
  set_fields(program, {"mcast_grp"}, 0, drops.sets);
  drops.fields = {{"egress_spec", drop_port}, {"mcast_grp", 0}};
  into.externs.push_back(std::move(drops));
  add_checksums(program, into);
  // hash(out result, in algo, in base, in data, in max), random(out result, in lo, in hi)
  into.externs.push_back({.name = "hash",
                          .kind = Kind::Hash,
                          .arguments = 5,
                          .result = 0,
                          .data = 3,
                          .algorithm = 1,
                          .base = 2,
                          .max = 4});
  into.externs.push_back({.name = "random", .kind = Kind::Random, .arguments = 3, .result = 0, .base = 1, .max = 2});
  into.externs.push_back({.type = "counter", .name = "count", .kind = Kind::Count, .arguments = 1, .index = 0});
  into.externs.push_back({.type = "direct_counter", .name = "count", .kind = Kind::Nothing});
  into.externs.push_back(
      {.type = "meter", .name = "execute_meter", .kind = Kind::Meter, .arguments = 2, .result = 1, .index = 0});
  into.externs.push_back(
      {.type = "direct_meter", .name = "read", .kind = Kind::ReadColor, .arguments = 1, .result = 0});
  into.externs.push_back(
      {.type = "register", .name = "read", .kind = Kind::ReadRegister, .arguments = 2, .result = 0, .index = 1});
  into.externs.push_back(
      {.type = "register", .name = "write", .kind = Kind::WriteRegister, .arguments = 2, .index = 0, .value = 1});
}

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
  shape.slow_comes_again = sends_again(program);
  add_v1_externs(program, shape);
  return shape;
}

}  // namespace outrigger::p4_native
