// psa_switch.cc: the way of a packet through PSA.
#include "p4_target/psa/psa_switch.h"

#include <algorithm>

#include "p4_target/psa/psa_places.h"

namespace outrigger::p4_target {
namespace {

constexpr uint64_t ns_per_us = 1000;

}  // namespace

Result<std::unique_ptr<Target>> PsaSwitch::make(const p4_ir::Program& program, const EngineFactory& engine,
                                                uint64_t seed) {
  std::unique_ptr<PsaSwitch> made(new PsaSwitch(program, seed));
  OR_TRY(made->find_blocks());
  static constexpr std::string_view paths[] = {"NORMAL",    "NORMAL_UNICAST", "NORMAL_MULTICAST", "CLONE_I2E",
                                               "CLONE_E2E", "RESUBMIT",       "RECIRCULATE"};
  made->paths_ = numbers_of(program, "PSA_PacketPath_t", paths);
  const std::vector<ExternMethod> methods = made->extern_methods();
  OR_TRY(made->load(methods, types_without_methods));
  made->engine_ = engine(program, *made);
  return made;
}

Result<> PsaSwitch::find_blocks() {
  const auto& blocks = program().blocks;
  const p4_ir::Block** const roles[] = {&ingress_.parser, &ingress_.control, &ingress_.deparser,
                                        &egress_.parser,  &egress_.control,  &egress_.deparser};
  constexpr size_t parameters[] = {6, 4, 7, 7, 4, 7};
  for (size_t i = 0; i < std::size(roles); ++i) {
    constexpr size_t blocks_of_pipeline = 3;  // a parser and two controls
    const bool is_right =
        i < blocks.size() && blocks[i].parameters.size() == parameters[i] &&
        (i % blocks_of_pipeline == 0 ? blocks[i].parser.has_value() : blocks[i].procedure.has_value());
    if (!is_right) {
      return fail(Code::InvalidArgument, "PSA_Switch has {} blocks; the program has {}, or others", std::size(roles),
                  blocks.size());
    }
    *roles[i] = &blocks[i];
  }
  return {};
}

uint64_t PsaSwitch::number_of(Path path) const { return paths_[static_cast<size_t>(path)]; }

void PsaSwitch::receive(uint32_t port, std::span<const uint8_t> packet, uint64_t now_ns) {
  now_ns_ = now_ns;
  if (packet.size() > packet_bytes_max) {
    give_up("it is too long");
    return;
  }
  waiting_.emplace_back(
      Arrival{.bytes = {packet.begin(), packet.end()}, .port = port, .path = Path::Normal, .metadata = {}});
  drain(0);
}

// After so many runs for the same packet.
void PsaSwitch::drain(uint32_t runs) {
  for (; !waiting_.empty(); ++runs) {
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

void PsaSwitch::run_ingress(const Arrival& arrival) {
  begin(arrival.bytes);
  const p4_ir::Block& parser = *ingress_.parser;
  set(parser, ingress_parser::istd, ingress_istd::ingress_port, arrival.port);
  set(parser, ingress_parser::istd, ingress_istd::packet_path, number_of(arrival.path));
  if (arrival.path != Path::Normal) {
    write(parser, arrival.path == Path::Resubmit ? ingress_parser::resubmit_meta : ingress_parser::recirculate_meta,
          arrival.metadata);
  }
  if (!run(parser)) {
    return;
  }
  const p4_ir::Block& ingress = *ingress_.control;
  set(ingress, control::istd, ingress_istd::ingress_port, arrival.port);
  set(ingress, control::istd, ingress_istd::packet_path, number_of(arrival.path));
  set(ingress, control::istd, ingress_istd::timestamp, now_ns_ / ns_per_us);
  set(ingress, control::istd, ingress_istd::parser_error, engine_->get(program().parser_error).low());
  set(ingress, control::ostd, ingress_ostd::drop, 1);  // all else is 0
  if (run(ingress)) {
    after_ingress(arrival);
  }
}

void PsaSwitch::after_ingress(const Arrival& arrival) {
  const auto decided = [&](size_t field) { return get(*ingress_.control, control::ostd, field); };
  const bool is_cloned = decided(ingress_ostd::clone) != 0;
  const uint64_t session = decided(ingress_ostd::clone_session_id);
  const bool is_dropped = decided(ingress_ostd::drop) != 0;
  const bool is_resubmitted = decided(ingress_ostd::resubmit) != 0;
  const auto group = static_cast<uint32_t>(decided(ingress_ostd::multicast_group));
  const auto port = static_cast<uint32_t>(decided(ingress_ostd::egress_port));
  const uint64_t class_of_service = decided(ingress_ostd::class_of_service);
  const p4_ir::Block& deparser = *ingress_.deparser;
  if ((is_dropped && !is_cloned) || !run(deparser)) {
    return;
  }
  if (is_cloned) {  // the packet as it came in
    send_clones(session, arrival.bytes, Path::CloneI2e, read(deparser, ingress_deparser::clone_i2e_meta));
  }
  if (is_dropped) {
    return;
  }
  if (is_resubmitted) {
    waiting_.emplace_back(Arrival{.bytes = arrival.bytes,
                                  .port = arrival.port,
                                  .path = Path::Resubmit,
                                  .metadata = read(deparser, ingress_deparser::resubmit_meta)});
    return;
  }
  Departure departure{.bytes = std::make_shared<const std::vector<uint8_t>>(engine_->take_output()),
                      .port = port,
                      .instance = 0,
                      .class_of_service = class_of_service,
                      .path = Path::NormalUnicast,
                      .metadata = std::make_shared<const Values>(read(deparser, ingress_deparser::normal_meta))};
  if (group == 0) {
    enqueue(std::move(departure));
    return;
  }
  departure.path = Path::NormalMulticast;
  if (const pipeline::ReplicaList* replicas = replication().multicast_group(group)) {
    for (const pipeline::Replica& replica : *replicas) {
      departure.port = replica.port;
      departure.instance = replica.instance;
      enqueue(departure);
    }
  }
}

void PsaSwitch::send_clones(uint64_t session, const std::vector<uint8_t>& bytes, Path path, const Values& metadata) {
  const auto number = static_cast<uint32_t>(std::min<uint64_t>(session, UINT32_MAX));
  const pipeline::CloneSession* const found = replication().clone_session(number);
  if (found == nullptr) {
    return;
  }
  std::vector<uint8_t> copy = bytes;
  copy.resize(found->length_of_copy(static_cast<uint32_t>(copy.size())));
  Departure departure{.bytes = std::make_shared<const std::vector<uint8_t>>(std::move(copy)),
                      .port = 0,
                      .instance = 0,
                      .class_of_service = found->class_of_service,
                      .path = path,
                      .metadata = std::make_shared<const Values>(metadata)};
  pipeline::ReplicaList replicas = found->replicas;
  if (const auto group = clone_group(number)) {
    const pipeline::ReplicaList* const members = replication().multicast_group(*group);
    replicas = members == nullptr ? pipeline::ReplicaList{} : *members;
  }
  for (const pipeline::Replica& replica : replicas) {
    departure.port = replica.port;
    departure.instance = replica.instance;
    enqueue(departure);
  }
}

void PsaSwitch::enqueue(Departure departure) {
  if (waiting_.size() >= waiting_max || departure.bytes->size() > packet_bytes_max) {
    give_up("too many packets wait for egress, or it has become too long");
    return;
  }
  waiting_.emplace_back(std::move(departure));
}

void PsaSwitch::run_egress(const Departure& departure) {
  begin(*departure.bytes);
  const p4_ir::Block& parser = *egress_.parser;
  set(parser, egress_parser::istd, egress_parser_istd::egress_port, departure.port);
  set(parser, egress_parser::istd, egress_parser_istd::packet_path, number_of(departure.path));
  const size_t metadata = departure.path == Path::CloneI2e   ? egress_parser::clone_i2e_meta
                          : departure.path == Path::CloneE2e ? egress_parser::clone_e2e_meta
                                                             : egress_parser::normal_meta;
  write(parser, metadata, *departure.metadata);
  if (!run(parser)) {
    return;
  }
  const p4_ir::Block& egress = *egress_.control;
  set(egress, control::istd, egress_istd::class_of_service, departure.class_of_service);
  set(egress, control::istd, egress_istd::egress_port, departure.port);
  set(egress, control::istd, egress_istd::packet_path, number_of(departure.path));
  set(egress, control::istd, egress_istd::instance, departure.instance);
  set(egress, control::istd, egress_istd::timestamp, now_ns_ / ns_per_us);
  set(egress, control::istd, egress_istd::parser_error, engine_->get(program().parser_error).low());
  if (run(egress)) {
    after_egress(departure);
  }
}

void PsaSwitch::after_egress(const Departure& departure) {
  const auto decided = [&](size_t field) { return get(*egress_.control, control::ostd, field); };
  const bool is_cloned = decided(egress_ostd::clone) != 0;
  const uint64_t session = decided(egress_ostd::clone_session_id);
  const bool is_dropped = decided(egress_ostd::drop) != 0;
  const p4_ir::Block& deparser = *egress_.deparser;
  set(deparser, egress_deparser::edstd, egress_deparser::edstd_egress_port, departure.port);
  if ((is_dropped && !is_cloned) || !run(deparser)) {
    return;
  }
  std::vector<uint8_t> bytes = engine_->take_output();
  if (is_cloned) {
    send_clones(session, bytes, Path::CloneE2e, read(deparser, egress_deparser::clone_e2e_meta));
  }
  if (is_dropped) {
    return;
  }
  if (bytes.size() > packet_bytes_max) {
    give_up("it has become too long");
  } else if (departure.port == port_recirculate) {
    waiting_.emplace_back(Arrival{.bytes = std::move(bytes),
                                  .port = port_recirculate,
                                  .path = Path::Recirculate,
                                  .metadata = read(deparser, egress_deparser::recirculate_meta)});
  } else {
    put_output(departure.port, std::move(bytes));
  }
}

}  // namespace outrigger::p4_target
