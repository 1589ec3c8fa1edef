// pna_nic.cc: the way of a packet through PNA.
#include "p4_target/pna/pna_nic.h"

#include "p4_native/portable_burst_externs.h"

namespace outrigger::p4_target {
namespace {

constexpr uint64_t ns_per_us = 1000;
constexpr uint32_t passes = 8;  // pass is a bit<3>
constexpr uint32_t ports_with_direction = 1024;

// Places of parameters and of their structs' fields (pna.p4).
constexpr size_t parser_istd = 3;
namespace parser_field {
constexpr size_t direction = 0;
constexpr size_t pass = 1;
constexpr size_t loopedback = 2;
constexpr size_t input_port = 3;
}  // namespace parser_field
constexpr size_t control_istd = 2;
namespace main_field {
constexpr size_t direction = 0;
constexpr size_t pass = 1;
constexpr size_t loopedback = 2;
constexpr size_t timestamp = 3;
constexpr size_t parser_error = 4;
constexpr size_t input_port = 6;
}  // namespace main_field
namespace pre_field {
constexpr size_t input_port = 0;
constexpr size_t parser_error = 1;
constexpr size_t direction = 2;
constexpr size_t pass = 3;
constexpr size_t loopedback = 4;
}  // namespace pre_field

}  // namespace

Result<std::unique_ptr<Target>> PnaNic::make(const p4_ir::Program& program, const EngineFactory& engine,
                                             uint64_t seed) {
  std::unique_ptr<PnaNic> made(new PnaNic(program, seed));
  OR_TRY(made->find_blocks());
  static constexpr std::string_view directions[] = {"NET_TO_HOST", "HOST_TO_NET"};
  const std::vector<uint64_t> numbers = numbers_of(program, "PNA_Direction_t", directions);
  made->to_host_ = numbers[0];
  made->to_net_ = numbers[1];
  const std::vector<ExternMethod> methods = made->extern_methods();
  OR_TRY(made->load(methods, types_without_methods));
  OR_ASSIGN(made->port_directions_, pipeline::RegisterArray::make("port_direction", 1, ports_with_direction));
  made->set_port_cells(made->port_directions_.get());
  made->learned_ = std::make_unique<LearnedEntries>(program, made->tables());
  made->engine_ = engine(program, *made);
  return made;
}

Result<> PnaNic::find_blocks() {
  const auto& blocks = program().blocks;
  const bool has_pre = blocks.size() == 4;
  if ((!has_pre && blocks.size() != 3) || !blocks[0].parser.has_value()) {
    return fail(Code::InvalidArgument, "PNA_NIC has four blocks, or three without a pre control; the program has {}",
                blocks.size());
  }
  for (const p4_ir::Block& block : blocks) {
    if (block.parameters.size() != 4 || (&block != blocks.data() && !block.procedure.has_value())) {
      return fail(Code::InvalidArgument, "{}: the blocks of PNA_NIC are a parser and controls, of four parameters each",
                  block.name);
    }
  }
  parser_ = &blocks[0];
  pre_ = has_pre ? &blocks[1] : nullptr;
  control_ = &blocks[has_pre ? 2 : 1];
  deparser_ = &blocks[has_pre ? 3 : 2];
  return {};
}

// Without the packets that are mirrored or come again, whose externs make them slow.
std::optional<p4_native::BurstShape> PnaNic::burst_shape() const {
  if (to_host_ != 0) {
    return std::nullopt;  // variables begin as 0
  }
  p4_native::BurstShape shape;
  for (const p4_ir::Block& block : program().blocks) {
    shape.steps.emplace_back().block = &block;
  }
  const auto field = [&](const p4_ir::Block& block, size_t parameter, size_t place) {
    const auto& variables = block.parameters[parameter].variables;
    return place < variables.size() ? std::optional(variables[place]) : std::nullopt;
  };
  const auto copy = [&](std::optional<p4_ir::VariableId> to, std::optional<p4_ir::VariableId> from) {
    if (to.has_value() && from.has_value()) {
      shape.steps[0].copies.emplace_back(*to, *from);
    }
  };
  shape.ingress_port = field(*parser_, parser_istd, parser_field::input_port);
  copy(field(*control_, control_istd, main_field::input_port), shape.ingress_port);
  copy(field(*control_, control_istd, main_field::parser_error), program().parser_error);
  const auto direction = field(*parser_, parser_istd, parser_field::direction);
  if (direction.has_value()) {
    shape.port_class = {*direction, p4_ir::Bits(program().at(*direction).width, to_net_)};
    copy(field(*control_, control_istd, main_field::direction), direction);
  }
  if (pre_ != nullptr) {
    copy(field(*pre_, control_istd, pre_field::input_port), shape.ingress_port);
    copy(field(*pre_, control_istd, pre_field::parser_error), program().parser_error);
    copy(field(*pre_, control_istd, pre_field::direction), direction);
  }
  if (const auto timestamp = field(*control_, control_istd, main_field::timestamp)) {
    shape.timestamps.push_back(*timestamp);
  }
  shape.steps[shape.steps.size() - 2].drops_unsent = true;
  shape.slow_comes_again = true;
  p4_native::add_portable_externs(program(), shape);
  using Kind = p4_native::BurstExtern::Kind;
  shape.externs.push_back({.name = "send_to_port", .kind = Kind::Send, .arguments = 1, .value = 0});
  shape.externs.push_back({.name = "drop_packet", .kind = Kind::DropUnlessSent, .arguments = 0});
  shape.externs.push_back(
      {.name = "SelectByDirection", .kind = Kind::Select, .arguments = 3, .value = 1, .condition = 0, .base = 2});
  return shape;
}

void PnaNic::receive(uint32_t port, std::span<const uint8_t> packet, uint64_t now_ns) {
  now_ns_ = now_ns;
  learned_->remove_expired(now_ns);
  if (packet.size() > packet_bytes_max) {
    give_up("it is too long");
    return;
  }
  waiting_.push_back(
      {.bytes = {packet.begin(), packet.end()}, .port = port, .pass = 0, .direction = direction_of(port)});
  for (uint32_t runs = 0; !waiting_.empty(); ++runs) {
    if (runs == runs_max) {
      give_up(fmt::format("{} passes came of one packet", runs_max));
      waiting_.clear();
      return;
    }
    const Arrival next = std::move(waiting_.front());
    waiting_.pop_front();
    run_pass(next);
  }
}

std::vector<Target::DeviceRegister> PnaNic::device_registers() { return {{"port_direction", port_directions_.get()}}; }

uint64_t PnaNic::direction_of(uint32_t port) const { return port_directions_->read(port) == 0 ? to_host_ : to_net_; }

void PnaNic::looked_up(p4_ir::TableId table, std::span<const p4_ir::Bits> keys, const Lookup& result) {
  learned_->note_lookup(table, keys, result.handle);
}

void PnaNic::begin_pass(const Arrival& arrival) {
  begin(arrival.bytes);
  sent_to_.reset();
  is_recirculated_ = false;
  mirrors_.clear();
  learned_->forget_lookup();
  set(*parser_, parser_istd, parser_field::direction, arrival.direction);
  set(*parser_, parser_istd, parser_field::pass, arrival.pass % passes);
  set(*parser_, parser_istd, parser_field::loopedback, 0);
  set(*parser_, parser_istd, parser_field::input_port, arrival.port);
}

void PnaNic::run_pass(const Arrival& arrival) {
  begin_pass(arrival);
  if (!run(*parser_)) {
    return;
  }
  const uint64_t error = engine_->get(program().parser_error).low();
  if (pre_ != nullptr) {
    set(*pre_, control_istd, pre_field::input_port, arrival.port);
    set(*pre_, control_istd, pre_field::parser_error, error);
    set(*pre_, control_istd, pre_field::direction, arrival.direction);
    set(*pre_, control_istd, pre_field::pass, arrival.pass % passes);
    set(*pre_, control_istd, pre_field::loopedback, 0);
    if (!run(*pre_)) {
      return;
    }
  }
  set(*control_, control_istd, main_field::direction, arrival.direction);
  set(*control_, control_istd, main_field::pass, arrival.pass % passes);
  set(*control_, control_istd, main_field::loopedback, 0);
  set(*control_, control_istd, main_field::timestamp, now_ns_ / ns_per_us);
  set(*control_, control_istd, main_field::parser_error, error);
  set(*control_, control_istd, main_field::input_port, arrival.port);
  if (run(*control_) && run(*deparser_)) {
    after_main(arrival);
  }
}

void PnaNic::after_main(const Arrival& arrival) {
  std::vector<uint8_t> bytes = engine_->take_output();
  if (bytes.size() > packet_bytes_max) {
    give_up("it has become too long");
    return;
  }
  for (const auto& [slot, number] : mirrors_) {
    send_mirrored(number, bytes);
  }
  if (is_recirculated_) {
    waiting_.push_back(
        {.bytes = std::move(bytes), .port = arrival.port, .pass = arrival.pass + 1, .direction = arrival.direction});
  } else if (sent_to_.has_value()) {
    put_output(*sent_to_, std::move(bytes));
  }
}

// A mirrored packet is as the deparser made it (POST_MODIFY).
void PnaNic::send_mirrored(uint32_t session, const std::vector<uint8_t>& bytes) {
  const pipeline::CloneSession* const found = replication().clone_session(session);
  if (found == nullptr) {
    return;
  }
  pipeline::ReplicaList replicas = found->replicas;
  if (const auto group = clone_group(session)) {
    const pipeline::ReplicaList* const members = replication().multicast_group(*group);
    replicas = members == nullptr ? pipeline::ReplicaList{} : *members;
  }
  const uint32_t length = found->length_of_copy(static_cast<uint32_t>(bytes.size()));
  for (const pipeline::Replica& replica : replicas) {
    put_output(replica.port, {bytes.begin(), bytes.begin() + length});
  }
}

}  // namespace outrigger::p4_target
