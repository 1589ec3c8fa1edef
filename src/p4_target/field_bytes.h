// field_bytes.h: lists of fields as bytes: as checksums and hashes see them, and as tables keep keys and action data.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "p4_ir/engine.h"

namespace outrigger::p4_target {

// One behind the other, most significant bit first, without gaps; zeroes fill up the last byte. What BMv2 computes
// checksums and hashes over.
[[nodiscard]] std::vector<uint8_t> concatenated(std::span<const p4_ir::Bits> fields);

// The same of an extern's argument. A header that is not valid is not part of it.
[[nodiscard]] std::vector<uint8_t> argument_bytes(const p4_ir::ExternArgument& argument,
                                                  const p4_ir::ExternValues::Argument& values);

// Bytes of a value on its own: ⌈width / 8⌉.
[[nodiscard]] constexpr uint32_t bytes_of(uint32_t width_bits) noexcept { return (width_bits + 7) / 8; }

// The value into its first bytes_of(width) bytes, as a big-endian number.
void put_number(const p4_ir::Bits& value, std::span<uint8_t> bytes);

}  // namespace outrigger::p4_target
