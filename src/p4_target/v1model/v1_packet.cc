// v1_packet.cc: a packet's variables, taken out of the engine and put back.
#include <algorithm>

#include "p4_target/v1model/v1_switch.h"

namespace outrigger::p4_target {

std::vector<p4_ir::Bits> V1Switch::read(const VariableList& variables) const {
  std::vector<p4_ir::Bits> values;
  values.reserve(variables.size());
  for (const p4_ir::VariableId variable : variables) {
    values.push_back(engine_->get(variable));
  }
  return values;
}

void V1Switch::write(const VariableList& variables, const std::vector<p4_ir::Bits>& values) {
  for (size_t i = 0; i < values.size(); ++i) {
    engine_->set(variables[i], values[i]);
  }
}

V1Switch::Values V1Switch::values_of(const VariableList& variables) const {
  Values values;
  for (const p4_ir::VariableId variable : variables) {
    values.emplace_back(variable, engine_->get(variable));
  }
  return values;
}

std::vector<p4_ir::Bits> V1Switch::fresh_metadata(const VariableList& preserved, InstanceType type) const {
  std::vector<p4_ir::Bits> values;
  for (const p4_ir::VariableId variable : metadata_variables_) {
    const p4_ir::Variable& shape = program().at(variable);
    if (standard_.instance_type == variable) {
      values.emplace_back(shape.width, static_cast<uint64_t>(type));
    } else if (std::ranges::find(preserved, variable) != preserved.end()) {
      values.push_back(engine_->get(variable));
    } else {
      values.emplace_back(shape.is_varbit ? 0U : shape.width);
    }
  }
  return values;
}

uint64_t V1Switch::get(StandardMetadata::Field field) const {
  return field.has_value() ? engine_->get(*field).low() : 0;
}

void V1Switch::set(StandardMetadata::Field field, uint64_t value) {
  if (field.has_value()) {
    engine_->set(*field, p4_ir::Bits(program().at(*field).width, value));
  }
}

std::vector<uint8_t> V1Switch::unread_payload() const {
  const size_t parsed = std::min<size_t>(engine_->parsed_bits() / 8, packet_.size());
  return {packet_.begin() + static_cast<ptrdiff_t>(parsed), packet_.end()};
}

uint32_t V1Switch::header_bytes() const {
  uint32_t bits = 0;
  for (const p4_ir::HeaderId id : headers_) {
    const p4_ir::Header& header = program().at(id);
    if (!engine_->get(header.valid).is_zero()) {
      bits += header.width_fixed;
      if (header.varbit_field >= 0) {
        bits += engine_->get(header.fields[static_cast<size_t>(header.varbit_field)]).width();
      }
    }
  }
  return bits / 8;
}

// Egress counts what ingress counted, and sees the length with the headers that ingress added and removed.
std::shared_ptr<V1Switch::Parsed> V1Switch::snapshot() const {
  auto packet = std::make_shared<Parsed>();
  packet->headers = read(header_variables_);
  packet->metadata = read(metadata_variables_);
  packet->payload = unread_payload();
  packet->counted_bytes = counted_bytes_;
  packet->packet_length = counted_bytes_ + header_bytes() - std::min(parsed_bytes_, counted_bytes_);
  return packet;
}

void V1Switch::give_up(std::string_view why) { log().add(fmt::format("a packet was dropped: {}", why)); }

}  // namespace outrigger::p4_target
