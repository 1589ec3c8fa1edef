// field_bytes.cc: bit strings into bytes.
#include "p4_target/field_bytes.h"

namespace outrigger::p4_target {

std::vector<uint8_t> concatenated(std::span<const p4_ir::Bits> fields) {
  uint32_t width = 0;
  for (const p4_ir::Bits& field : fields) {
    width += field.width();
  }
  std::vector<uint8_t> bytes(bytes_of(width));
  uint32_t offset = 0;
  for (const p4_ir::Bits& field : fields) {
    if (field.width() != 0) {
      field.to_bytes(bytes, offset);
    }
    offset += field.width();
  }
  return bytes;
}

std::vector<uint8_t> argument_bytes(const p4_ir::ExternArgument& argument,
                                    const p4_ir::ExternValues::Argument& values) {
  std::vector<bool> is_left_out(values.parts.size(), false);
  bool has_invalid = false;
  for (size_t header = 0; header < argument.header_parts.size() && header < values.header_valid.size(); ++header) {
    if (!values.header_valid[header]) {
      has_invalid = true;
      const size_t first = argument.header_parts[header];
      for (size_t part = first; part < first + argument.header_part_counts[header] && part < is_left_out.size();
           ++part) {
        is_left_out[part] = true;
      }
    }
  }
  if (!has_invalid) {
    return concatenated(values.parts);
  }
  std::vector<p4_ir::Bits> kept;
  for (size_t part = 0; part < values.parts.size(); ++part) {
    if (!is_left_out[part]) {
      kept.push_back(values.parts[part]);
    }
  }
  return concatenated(kept);
}

void put_number(const p4_ir::Bits& value, std::span<uint8_t> bytes) {
  const uint32_t size = bytes_of(value.width());
  if (size != 0) {
    value.to_bytes(bytes.first(size), size * 8 - value.width());
  }
}

}  // namespace outrigger::p4_target
