// v1_switch.cc: the way of a packet through simple_switch.
#include "p4_target/v1model/v1_switch.h"

#include <algorithm>

#include "p4_native/v1_burst_shape.h"
#include "p4_target/extern_calls.h"

namespace outrigger::p4_target {
namespace {

constexpr uint64_t ns_per_us = 1000;

}  // namespace

V1Switch::V1Switch(const p4_ir::Program& program, uint64_t seed)
    : Target(program, seed), standard_(StandardMetadata::of(program)) {}

Result<std::unique_ptr<Target>> V1Switch::make(const p4_ir::Program& program, const EngineFactory& engine,
                                               uint64_t seed) {
  std::unique_ptr<V1Switch> made(new V1Switch(program, seed));
  OR_TRY(made->find_blocks());
  const std::vector<ExternMethod> methods = made->extern_methods();
  static constexpr std::string_view types_alone[] = {"action_profile", "action_selector"};
  OR_TRY(made->load(methods, types_alone));
  for_each_extern_call(program, [&](const p4_ir::CallExtern& call) {
    made->has_clones_ = made->has_clones_ || call.name.starts_with("clone");
  });
  made->find_calculations();
  made->engine_ = engine(program, *made);
  return made;
}

Result<> V1Switch::find_blocks() {
  const p4_ir::Program& all = program();
  // In the order of V1Switch's parameters, whatever they are called.
  const p4_ir::Block** const roles[] = {&parser_, &verify_, &ingress_, &egress_, &compute_, &deparser_};
  if (all.blocks.size() != std::size(roles)) {
    return fail(Code::InvalidArgument, "V1Switch has {} blocks; the program has {}", std::size(roles),
                all.blocks.size());
  }
  for (size_t i = 0; i < std::size(roles); ++i) {
    *roles[i] = &all.blocks[i];
  }
  const bool has_controls = std::all_of(all.blocks.begin() + 1, all.blocks.end(),
                                        [](const p4_ir::Block& block) { return block.procedure.has_value(); });
  constexpr size_t parser_parameters = 4;
  if (!parser_->parser.has_value() || parser_->parameters.size() != parser_parameters || !has_controls) {
    return fail(Code::InvalidArgument, "V1Switch has a parser of four parameters and then five controls");
  }
  header_variables_ = parser_->parameters[1].variables;
  headers_ = parser_->parameters[1].headers;
  metadata_variables_ = parser_->parameters[2].variables;
  const VariableList& standard = parser_->parameters[3].variables;
  metadata_variables_.insert(metadata_variables_.end(), standard.begin(), standard.end());
  return {};
}

std::optional<p4_native::BurstShape> V1Switch::burst_shape() const { return p4_native::v1_burst_shape(program()); }

void V1Switch::receive(uint32_t port, std::span<const uint8_t> packet, uint64_t now_ns) {
  now_ns_ = now_ns;
  if (packet.size() > packet_bytes_max) {
    give_up("it is too long");
    return;
  }
  waiting_.emplace_back(Arrival{.bytes = {packet.begin(), packet.end()},
                                .port = port,
                                .type = InstanceType::Normal,
                                .timestamp_us = now_ns / ns_per_us,
                                .preserved = {}});
  drain();
}

void V1Switch::drain() {
  for (uint32_t runs = 0; !waiting_.empty(); ++runs) {
    if (runs == runs_max) {
      give_up(fmt::format("{} runs of ingress and egress came of one packet", runs_max));
      waiting_.clear();
      return;
    }
    const auto next = std::move(waiting_.front());
    waiting_.pop_front();
    if (const auto* arrival = std::get_if<Arrival>(&next)) {
      run_ingress(*arrival);
    } else {
      run_egress(std::get<Departure>(next));
    }
  }
}

bool V1Switch::run(const p4_ir::Block& block) {
  if (engine_->run(block) == p4_ir::Outcome::Exhausted) {
    give_up(fmt::format("{} took too many turns of its loops", block.name));
    return false;
  }
  return true;
}

void V1Switch::begin_ingress(const Arrival& arrival) {
  packet_ = arrival.bytes;
  counted_bytes_ = static_cast<uint32_t>(packet_.size());
  requests_ = {};
  has_checksum_error_ = false;
  forget_colors();
  engine_->begin(packet_);
  set(standard_.ingress_port, arrival.port);
  set(standard_.ingress_global_timestamp, arrival.timestamp_us);
  for (const auto& [variable, value] : arrival.preserved) {
    engine_->set(variable, value);
  }
  set(standard_.packet_length, packet_.size());
  set(standard_.instance_type, static_cast<uint64_t>(arrival.type));
}

bool V1Switch::run_parser(const Arrival& arrival) {
  begin_ingress(arrival);
  if (!run(*parser_)) {
    return false;
  }
  // A packet that was rejected goes on; the program sees why.
  if (standard_.parser_error.has_value()) {
    engine_->set(*standard_.parser_error, engine_->get(program().parser_error));
  }
  parsed_headers_ = has_clones_ ? read(header_variables_) : std::vector<p4_ir::Bits>{};
  parsed_bytes_ = header_bytes();
  if (!run(*verify_)) {
    return false;
  }
  set(standard_.checksum_error, has_checksum_error_ ? 1 : 0);
  return true;
}

void V1Switch::run_ingress(const Arrival& arrival) {
  if (run_parser(arrival) && run(*ingress_)) {
    after_ingress(arrival);
  }
}

void V1Switch::after_ingress(const Arrival& arrival) {
  if (requests_.clone.has_value()) {  // the packet as it came in: the headers that the parser found
    auto copy = std::make_shared<Parsed>();
    copy->headers = parsed_headers_;
    for (size_t i = 0; i < header_variables_.size(); ++i) {  // the old clone3 may list fields of headers, too
      const VariableList& preserved = requests_.clone->preserved;
      if (std::ranges::find(preserved, header_variables_[i]) != preserved.end()) {
        copy->headers[i] = engine_->get(header_variables_[i]);
      }
    }
    copy->metadata = fresh_metadata(requests_.clone->preserved, InstanceType::IngressClone);
    copy->payload = unread_payload();
    copy->counted_bytes = counted_bytes_;
    copy->packet_length = counted_bytes_;
    send_clones(*requests_.clone, std::move(copy));
  }
  send_requested_digest();
  if (requests_.resubmitted.has_value()) {
    waiting_.emplace_back(Arrival{.bytes = arrival.bytes,
                                  .port = 0,
                                  .type = InstanceType::Resubmitted,
                                  .timestamp_us = 0,
                                  .preserved = values_of(*requests_.resubmitted)});
    return;
  }
  if (const auto group = static_cast<uint32_t>(get(standard_.mcast_grp)); group != 0) {
    set(standard_.instance_type, static_cast<uint64_t>(InstanceType::Replicated));
    replicate(group, snapshot());
    return;
  }
  const auto port = static_cast<uint32_t>(get(standard_.egress_spec));
  if (port == drop_port) {
    return;
  }
  set(standard_.instance_type, static_cast<uint64_t>(InstanceType::Normal));
  const auto packet = snapshot();
  packet->recirculated = requests_.recirculated;
  packet->truncated_bytes = requests_.truncated_bytes;
  enqueue({.packet = packet, .port = port, .rid = std::nullopt, .bytes_max = 0});
}

void V1Switch::send_clones(const Clone& clone, std::shared_ptr<const Parsed> packet) {
  if (const auto group = clone_group(clone.session)) {
    replicate(*group, packet);
  }
  if (const pipeline::CloneSession* session = replication().clone_session(clone.session)) {
    for (const pipeline::Replica& replica : session->replicas) {
      enqueue({.packet = packet,
               .port = replica.port,
               .rid = replica.instance == 0 ? std::nullopt : std::optional(replica.instance),
               .bytes_max = session->packet_length_bytes});
    }
  }
}

void V1Switch::replicate(uint32_t group, const std::shared_ptr<const Parsed>& packet) {
  const pipeline::ReplicaList* const replicas = replication().multicast_group(group);
  for (const pipeline::Replica& replica : replicas == nullptr ? pipeline::ReplicaList{} : *replicas) {
    enqueue({.packet = packet, .port = replica.port, .rid = replica.instance, .bytes_max = 0});
  }
}

void V1Switch::enqueue(Departure departure) {
  if (waiting_.size() >= waiting_max) {
    give_up(fmt::format("{} packets wait for egress", waiting_max));
    return;
  }
  waiting_.emplace_back(std::move(departure));
}

void V1Switch::begin_egress(const Departure& departure) {
  const Parsed& packet = *departure.packet;
  packet_ = packet.payload;
  counted_bytes_ = packet.counted_bytes;
  forget_colors();
  requests_ = {.clone = {},
               .digest = {},
               .resubmitted = {},
               .recirculated = packet.recirculated,
               .truncated_bytes = packet.truncated_bytes};
  engine_->begin(packet_);
  write(header_variables_, packet.headers);
  write(metadata_variables_, packet.metadata);
  if (departure.rid.has_value()) {
    set(standard_.egress_rid, *departure.rid);
  }
  // Packets do not wait in virtual time: the queue is empty, and the time in it is 0.
  const uint64_t now_us = now_ns_ / ns_per_us;
  set(standard_.enq_timestamp, now_us);
  set(standard_.enq_qdepth, 0);
  set(standard_.deq_timedelta, 0);
  set(standard_.deq_qdepth, 0);
  set(standard_.egress_global_timestamp, now_us);
  set(standard_.egress_port, departure.port);
  set(standard_.egress_spec, 0);
  set(standard_.packet_length, packet.packet_length);
}

void V1Switch::run_egress(const Departure& departure) {
  begin_egress(departure);
  if (run(*egress_)) {
    after_egress(departure);
  }
}

void V1Switch::after_egress(const Departure& departure) {
  if (requests_.clone.has_value()) {
    const auto copy = snapshot();
    copy->metadata = fresh_metadata(requests_.clone->preserved, InstanceType::EgressClone);
    copy->packet_length = departure.packet->packet_length;
    send_clones(*requests_.clone, copy);
  }
  if (get(standard_.egress_spec) != drop_port) {
    run_deparser(departure);
  }
}

void V1Switch::run_deparser(const Departure& departure) {
  std::optional<Values> preserved;
  if (requests_.recirculated.has_value()) {
    preserved = values_of(*requests_.recirculated);
  }
  if (!run(*compute_) || !run(*deparser_)) {
    return;
  }
  std::vector<uint8_t> bytes = engine_->take_output();
  const auto cut = [&](size_t size) { bytes.resize(std::min(bytes.size(), size)); };
  if (requests_.truncated_bytes.has_value()) {
    cut(*requests_.truncated_bytes);
  }
  if (departure.bytes_max != 0) {
    cut(departure.bytes_max);
  }
  if (bytes.size() > packet_bytes_max) {
    give_up("it has become too long");
  } else if (preserved.has_value()) {
    waiting_.emplace_back(Arrival{.bytes = std::move(bytes),
                                  .port = 0,
                                  .type = InstanceType::Recirculated,
                                  .timestamp_us = 0,
                                  .preserved = std::move(*preserved)});
  } else {
    put_output(departure.port, std::move(bytes));
  }
}

}  // namespace outrigger::p4_target
