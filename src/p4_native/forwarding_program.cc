// Small forwarding programs: see forwarding_program.h.
#include "p4_native/forwarding_program.h"

namespace outrigger::p4_native {
namespace {

using p4_ir::BinaryOp;
using p4_ir::Bits;
using p4_ir::Expression;
using p4_ir::HeaderId;
using p4_ir::ProcedureId;
using p4_ir::Statement;
using p4_ir::Statements;
using p4_ir::VariableId;

constexpr uint32_t port_width = 9;
constexpr uint64_t drop_port = 511;

class Maker {
 public:
  Maker() : made_(std::make_unique<p4_ir::Program>()) {
    made_->architecture = "V1Switch";
    made_->errors = {"NoError", "PacketTooShort", "NoMatch", "StackOutOfBounds", "HeaderTooShort"};
    made_->exited = made_->add_variable("$exited", 1);
    made_->parser_error = made_->add_variable("$parser_error", p4_ir::Program::error_width);
    egress_spec_ = made_->add_variable("standard_metadata.egress_spec", port_width);
    egress_port_ = made_->add_variable("standard_metadata.egress_port", port_width);
  }
  HeaderId header(const std::string& name, std::vector<std::pair<std::string, uint32_t>> fields) {
    p4_ir::Header header;
    header.name = name;
    header.valid = made_->add_variable(name + ".$valid$", 1);
    for (const auto& [field, width] : fields) {
      header.fields.push_back(made_->add_variable(name + "." + field, width));
      header.field_names.push_back(field);
      header.width_fixed += width;
    }
    made_->headers.push_back(std::move(header));
    return static_cast<HeaderId>(made_->headers.size() - 1);
  }
  const Expression* read(VariableId of) { return made_->expression<p4_ir::Read>(of, made_->at(of).width); }
  const Expression* read(const std::string& name) { return read(*made_->find_variable(name)); }
  const Expression* number(uint32_t width, uint64_t value) {
    return made_->expression<p4_ir::Constant>(Bits(width, value));
  }
  const Expression* binary(BinaryOp op, const Expression* a, const Expression* b) {
    return made_->expression<p4_ir::Binary>(op, a, b);
  }
  const Expression* resize(const Expression* of, uint32_t width) {
    return made_->expression<p4_ir::Resize>(of, width, false);
  }
  Statement* assign(const std::string& name, const Expression* value) {
    return made_->statement<p4_ir::Assign>(*made_->find_variable(name), value);
  }
  Statement* extract(HeaderId header) { return made_->statement<p4_ir::Extract>(header); }
  Statement* emit(HeaderId header) { return made_->statement<p4_ir::Emit>(header); }
  Statement* drop() { return assign("standard_metadata.egress_spec", number(port_width, drop_port)); }
  Statement* if_else(const Expression* condition, Statements if_true, Statements if_false) {
    auto* made = made_->statement<p4_ir::If>();
    made->condition = condition;
    made->if_true = std::move(if_true);
    made->if_false = std::move(if_false);
    return made;
  }
  ProcedureId procedure(std::string name, Statements body) {
    made_->procedures.push_back({.name = std::move(name), .body = std::move(body), .may_exit = false});
    return static_cast<ProcedureId>(made_->procedures.size() - 1);
  }
  // With the actions forward, of these parameters, and drop.
  Statement* table(const std::string& name, const Expression* key, p4_ir::MatchKind kind, ProcedureId forward,
                   std::vector<std::string> parameters) {
    p4_ir::Table made;
    made.name = name;
    made.keys.push_back({.value = key, .name = "key", .kind = kind, .width = key->width});
    p4_ir::TableAction& action = made.actions.emplace_back();
    action.name = "forward";
    action.body = forward;
    for (const std::string& parameter : parameters) {
      const VariableId variable = *made_->find_variable(parameter);
      action.parameters.push_back({.name = parameter, .width = made_->at(variable).width, .variable = variable});
    }
    p4_ir::TableAction& drops = made.actions.emplace_back();
    drops.name = "drop";
    drops.body = procedure("drop", {drop()});
    made.default_action.action = 1;
    made_->tables.push_back(std::move(made));
    return made_->statement<p4_ir::ApplyTable>(static_cast<p4_ir::TableId>(made_->tables.size() - 1));
  }
  p4_ir::Parser& parser() { return made_->parsers.emplace_back(); }
  void variable(const std::string& name, uint32_t width) { made_->add_variable(name, width); }
  ForwardingProgram finish(Statements ingress, Statements deparser) {
    const auto block = [&](const char* role) -> p4_ir::Block& {
      p4_ir::Block& made = made_->blocks.emplace_back();
      made.role = role;
      return made;
    };
    block("p").parser = p4_ir::ParserId{0};
    block("ig").procedure = procedure("ingress", std::move(ingress));
    block("dep").procedure = procedure("deparser", std::move(deparser));
    ForwardingProgram all;
    all.shape.steps.resize(made_->blocks.size());
    for (size_t i = 0; i < made_->blocks.size(); ++i) {
      all.shape.steps[i].block = &made_->blocks[i];
    }
    all.shape.steps[1].drops_when = {egress_spec_, Bits(port_width, drop_port)};
    all.shape.steps[1].copies = {{egress_port_, egress_spec_}};
    all.shape.egress_port = egress_port_;
    all.program = std::move(made_);
    return all;
  }

 private:
  std::unique_ptr<p4_ir::Program> made_;
  VariableId egress_spec_{};
  VariableId egress_port_{};
};

HeaderId ethernet(Maker& maker) { return maker.header("hdr.ethernet", {{"dst", 48}, {"src", 48}, {"type", 16}}); }

HeaderId ipv4(Maker& maker) {
  return maker.header("hdr.ipv4", {{"version", 4},
                                   {"ihl", 4},
                                   {"diffserv", 8},
                                   {"length", 16},
                                   {"id", 16},
                                   {"flags", 3},
                                   {"offset", 13},
                                   {"ttl", 8},
                                   {"protocol", 8},
                                   {"checksum", 16},
                                   {"src", 32},
                                   {"dst", 32}});
}

}  // namespace

ForwardingProgram l2_program() {
  Maker maker;
  const HeaderId eth = ethernet(maker);
  maker.variable("port", port_width);
  p4_ir::Parser& parser = maker.parser();
  parser.states.resize(1);
  parser.states[0].statements = {maker.extract(eth)};
  parser.states[0].target = p4_ir::ParserState::Accept;
  const ProcedureId forward =
      maker.procedure("forward", {maker.assign("standard_metadata.egress_spec", maker.read("port"))});
  Statement* const apply =
      maker.table("l2", maker.read("hdr.ethernet.dst"), p4_ir::MatchKind::Exact, forward, {"port"});
  return maker.finish({apply}, {maker.emit(eth)});
}

ForwardingProgram router_program() {
  Maker maker;
  const HeaderId eth = ethernet(maker);
  const HeaderId ip = ipv4(maker);
  maker.variable("dst", 48);
  maker.variable("src", 48);
  maker.variable("port", port_width);
  maker.variable("sum", 17);
  p4_ir::Parser& parser = maker.parser();
  parser.states.resize(2);
  parser.states[0].statements = {maker.extract(eth)};
  parser.states[0].selected = {maker.read("hdr.ethernet.type")};
  parser.states[0].cases.resize(2);
  parser.states[0].cases[0].keysets = {{.kind = p4_ir::Keyset::Kind::Equal, .value = maker.number(16, 0x800)}};
  parser.states[0].cases[0].target = 1;
  parser.states[0].cases[1].target = p4_ir::ParserState::Accept;
  parser.states[1].statements = {maker.extract(ip)};
  parser.states[1].target = p4_ir::ParserState::Accept;
  // The checksum's complement grows by what TTL's word loses: the checksum plus 0x100, its carry added again.
  const ProcedureId forward = maker.procedure(
      "forward",
      {maker.assign("standard_metadata.egress_spec", maker.read("port")),
       maker.assign("hdr.ethernet.dst", maker.read("dst")), maker.assign("hdr.ethernet.src", maker.read("src")),
       maker.assign("hdr.ipv4.ttl", maker.binary(BinaryOp::Subtract, maker.read("hdr.ipv4.ttl"), maker.number(8, 1))),
       maker.assign("sum", maker.binary(BinaryOp::Add, maker.resize(maker.read("hdr.ipv4.checksum"), 17),
                                        maker.number(17, 0x100))),
       maker.assign("hdr.ipv4.checksum", maker.resize(maker.binary(BinaryOp::Add, maker.read("sum"),
                                                                   maker.binary(BinaryOp::ShiftRight, maker.read("sum"),
                                                                                maker.number(8, 16))),
                                                      16))});
  Statement* const apply =
      maker.table("routes", maker.read("hdr.ipv4.dst"), p4_ir::MatchKind::Lpm, forward, {"dst", "src", "port"});
  const Expression* is_old = maker.binary(BinaryOp::LessEqual, maker.read("hdr.ipv4.ttl"), maker.number(8, 1));
  const Expression* is_young = maker.binary(BinaryOp::Equal, is_old, maker.number(1, 0));
  const Expression* is_routed = maker.binary(BinaryOp::And, maker.read("hdr.ipv4.$valid$"), is_young);
  return maker.finish({maker.if_else(is_routed, {apply}, {maker.drop()})}, {maker.emit(eth), maker.emit(ip)});
}

}  // namespace outrigger::p4_native
