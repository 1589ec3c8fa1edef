// packet_filter.cc: the way of a packet through a filter.
#include "p4_target/filter/packet_filter.h"

#include <algorithm>

namespace outrigger::p4_target {
namespace {

constexpr std::string_view architectures[] = {"ebpfFilter", "xdp", "ubpf"};  // as Model has them

// Places of parameters and of their structs' fields (ebpf_model.p4, xdp_model.p4, ubpf_model.p4).
constexpr size_t ebpf_accept = 1;
constexpr size_t xdp_input = 1;
constexpr size_t xdp_output = 2;
namespace xdp_output_field {
constexpr size_t action = 0;
constexpr size_t port = 1;
}  // namespace xdp_output_field
constexpr size_t ubpf_standard_of_control = 2;
namespace ubpf_field {
constexpr size_t input_port = 0;
constexpr size_t packet_length = 1;
constexpr size_t action = 2;
constexpr size_t port = 3;
}  // namespace ubpf_field
enum XdpAction : uint8_t { XdpPass, XdpTx, XdpRedirect };

}  // namespace

bool PacketFilter::is_one(std::string_view architecture) {
  return std::ranges::find(architectures, architecture) != std::end(architectures);
}

Result<std::unique_ptr<Target>> PacketFilter::make(const p4_ir::Program& program, const EngineFactory& engine,
                                                   uint64_t seed) {
  std::unique_ptr<PacketFilter> made(new PacketFilter(program, seed));
  OR_TRY(made->find_blocks());
  made->find_numbers();
  const std::vector<ExternMethod> methods = made->extern_methods();
  static constexpr std::string_view types_alone[] = {"array_table", "hash_table"};
  OR_TRY(made->load(methods, types_alone));
  made->engine_ = engine(program, *made);
  return made;
}

Result<> PacketFilter::find_blocks() {
  const auto& blocks = program().blocks;
  const auto* const known = std::ranges::find(architectures, program().architecture);
  model_ = static_cast<Model>(known - architectures);
  const size_t wanted = model_ == Model::Ebpf ? 2 : 3;
  if (blocks.size() != wanted || !blocks[0].parser.has_value()) {
    return fail(Code::InvalidArgument, "{} has {} blocks, the first of them a parser; the program has {}, or others",
                program().architecture, wanted, blocks.size());
  }
  // Parameters that are not packets: see the model's own file.
  const size_t parameters = model_ == Model::Ebpf ? 2 : model_ == Model::Xdp ? 3 : 2;
  for (size_t i = 1; i < wanted; ++i) {
    const bool is_control = blocks[i].procedure.has_value();
    if (!is_control || (i == 1 && blocks[i].parameters.size() < parameters)) {
      return fail(Code::InvalidArgument, "{}: {} does not have the parameters of {}'s control", blocks[i].name,
                  blocks[i].role, program().architecture);
    }
  }
  parser_ = &blocks[0];
  control_ = &blocks[1];
  deparser_ = wanted > 2 ? &blocks[2] : nullptr;
  return {};
}

void PacketFilter::find_numbers() {
  static constexpr std::string_view xdp[] = {"XDP_PASS", "XDP_TX", "XDP_REDIRECT"};
  static constexpr std::string_view ubpf[] = {"DROP", "PASS", "REDIRECT"};
  xdp_actions_ = numbers_of(program(), "xdp_action", xdp);
  ubpf_actions_ = numbers_of(program(), "ubpf_action", ubpf);
}

bool PacketFilter::has_standard_metadata() const {
  return model_ == Model::Ubpf && control_->parameters.size() > ubpf_standard_of_control;
}

void PacketFilter::set_ubpf_action(UbpfAction action) {
  set(*control_, ubpf_standard_of_control, ubpf_field::action, ubpf_actions_[action]);
}

void PacketFilter::receive(uint32_t port, std::span<const uint8_t> packet, uint64_t now_ns) {
  now_ns_ = now_ns;
  if (packet.size() > packet_bytes_max) {
    give_up("it is too long");
    return;
  }
  begin_packet(port, packet);
  const p4_ir::Outcome parsed = engine_->run(*parser_);
  if (parsed != p4_ir::Outcome::Done) {
    log().add("a packet was dropped: the parser rejected it");
    return;
  }
  if (model_ == Model::Xdp) {
    set(*control_, xdp_input, 0, port);
  }
  if (run(*control_)) {
    send(decision(port), port, packet);
  }
}

void PacketFilter::begin_packet(uint32_t port, std::span<const uint8_t> packet) {
  marked_.reset();
  truncated_bytes_.reset();
  begin(packet);
  if (has_standard_metadata()) {  // the parser's is the same
    set(*control_, ubpf_standard_of_control, ubpf_field::input_port, port);
    set(*control_, ubpf_standard_of_control, ubpf_field::packet_length, packet.size());
    set_ubpf_action(UbpfPass);
  }
}

PacketFilter::Decision PacketFilter::decision(uint32_t port) const {
  switch (model_) {
    case Model::Ebpf: return {.action = get(*control_, ebpf_accept, 0) != 0 ? Action::Pass : Action::Drop};
    case Model::Xdp: return xdp_decision(port);
    case Model::Ubpf: return ubpf_decision();
  }
  return {};
}

PacketFilter::Decision PacketFilter::xdp_decision(uint32_t port) const {
  const uint64_t action = get(*control_, xdp_output, xdp_output_field::action);
  if (action == xdp_actions_[XdpRedirect]) {
    return {.action = Action::Redirect,
            .port = static_cast<uint32_t>(get(*control_, xdp_output, xdp_output_field::port))};
  }
  if (action == xdp_actions_[XdpTx]) {
    return {.action = Action::Redirect, .port = port};
  }
  return {.action = action == xdp_actions_[XdpPass] ? Action::Pass : Action::Drop};
}

PacketFilter::Decision PacketFilter::ubpf_decision() const {
  if (!has_standard_metadata()) {
    return {.action = marked_.value_or(Action::Pass)};
  }
  const uint64_t action = get(*control_, ubpf_standard_of_control, ubpf_field::action);
  if (action == ubpf_actions_[UbpfRedirect]) {
    return {.action = Action::Redirect,
            .port = static_cast<uint32_t>(get(*control_, ubpf_standard_of_control, ubpf_field::port))};
  }
  return {.action = action == ubpf_actions_[UbpfPass] ? Action::Pass : Action::Drop};
}

void PacketFilter::send(const Decision& decision, uint32_t port, std::span<const uint8_t> packet) {
  if (decision.action == Action::Drop) {
    return;
  }
  std::vector<uint8_t> bytes(packet.begin(), packet.end());
  if (deparser_ != nullptr) {
    if (!run(*deparser_)) {
      return;
    }
    bytes = engine_->take_output();
  }
  if (truncated_bytes_.has_value()) {
    bytes.resize(std::min<size_t>(bytes.size(), *truncated_bytes_));
  }
  if (bytes.size() > packet_bytes_max) {
    give_up("it has become too long");
    return;
  }
  put_output(decision.action == Action::Redirect ? decision.port : port, std::move(bytes));
}

}  // namespace outrigger::p4_target
