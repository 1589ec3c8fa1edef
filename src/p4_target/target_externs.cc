// target_externs.cc: what externs of all architectures do alike.
#include "p4_target/field_bytes.h"
#include "p4_target/target.h"

namespace outrigger::p4_target {

void Target::format_message(const p4_ir::CallExtern& call, const p4_ir::ExternValues& values) {
  std::string line;
  std::string_view rest = call.arguments.empty() ? "" : std::string_view(call.arguments.front().text);
  size_t next = 0;
  const std::vector<p4_ir::Bits> none;
  const auto& parts = values.arguments.size() > 1 ? values.arguments[1].parts : none;
  for (size_t hole = rest.find("{}"); hole != std::string_view::npos; hole = rest.find("{}")) {
    line += rest.substr(0, hole);
    line += next < parts.size() ? parts[next].to_integer(call.arguments[1].parts[next].is_signed).get_str() : "{}";
    ++next;
    rest.remove_prefix(hole + 2);
  }
  log_.add(line.append(rest));
}

void Target::note_assertion(const p4_ir::CallExtern& call, const p4_ir::ExternValues& values) {
  if (!values.arguments.empty() && !values.arguments.front().parts.empty() &&
      values.arguments.front().parts.front().is_zero()) {
    const std::string& text = call.arguments.front().text;
    ++failed_assertions_;
    std::string line = fmt::format("{} does not hold", text.empty() ? call.name : text);
    if (assertion_texts_.size() < assertions_kept_max) {
      assertion_texts_.push_back(line);
    }
    log_.add(std::move(line));
  }
}

void Target::send_digest(const p4_ir::CallExtern& call, const p4_ir::ExternValues::Argument& data) {
  pipeline::DigestQueue* const queue = digests(digest_name(call));
  if (queue == nullptr) {
    return;
  }
  std::vector<uint8_t> message(queue->message_bytes());
  size_t offset = 0;
  for (const p4_ir::Bits& part : data.parts) {
    const uint32_t size = bytes_of(part.width());
    if (offset + size <= message.size()) {
      put_number(part, std::span(message).subspan(offset));
    }
    offset += size;
  }
  (void)queue->push(message);  // a full queue counts what it drops
}

void Target::read_cell(const pipeline::RegisterArray& cells, uint64_t index, std::vector<p4_ir::Bits>& parts) {
  std::vector<uint8_t> bytes(cells.width_bytes());
  cells.read_bytes(index, bytes);
  const p4_ir::Bits cell = p4_ir::Bits::from_big_endian(cells.width_bits(), bytes);
  uint32_t low = 0;
  for (size_t i = parts.size(); i-- > 0;) {
    const uint32_t width = parts[i].width();
    if (width != 0 && low + width <= cell.width()) {
      parts[i] = cell.slice(low + width - 1, low);
      low += width;
    }
  }
}

void Target::write_cell(pipeline::RegisterArray& cells, uint64_t index, std::span<const p4_ir::Bits> parts) {
  p4_ir::Bits cell;
  for (const p4_ir::Bits& part : parts) {
    cell = cell.width() == 0 ? part : p4_ir::Bits::concatenate(cell, part);
  }
  std::vector<uint8_t> bytes(cells.width_bytes());
  put_number(cell.resized(cells.width_bits()), bytes);
  cells.write_bytes(index, bytes);
}

uint64_t Target::scalar(const p4_ir::ExternValues::Argument& argument) {
  if (argument.parts.empty()) {
    return 0;
  }
  return argument.parts.front().fits_64() ? argument.parts.front().low() : UINT64_MAX;
}

void Target::give(p4_ir::ExternValues::Argument& argument, uint64_t result) {
  for (p4_ir::Bits& part : argument.parts) {
    part = p4_ir::Bits(part.width(), result);
  }
}

uint64_t Target::random_between(uint64_t low, uint64_t high) {
  if (low == 0 && high == UINT64_MAX) {
    return random_.next();
  }
  return high > low ? low + random_.below(high - low + 1) : low;
}

void Target::add_log_externs(std::vector<ExternMethod>& methods) {
  using p4_ir::CallExtern;
  using p4_ir::ExternValues;
  methods.push_back(
      {"", "log_msg", [this](const CallExtern& call, const ExternValues& values) { format_message(call, values); }});
  for (const std::string_view name : {"assert", "assume"}) {
    methods.push_back(
        {"", name, [this](const CallExtern& call, const ExternValues& values) { note_assertion(call, values); }});
  }
}

}  // namespace outrigger::p4_target
