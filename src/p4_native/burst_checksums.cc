// BurstWriter: checksums over fields: the complement of the ones' complement sum (RFC 1071) of the fields one behind
// the other, zeroes after the last.
#include <algorithm>
#include <bit>
#include <iterator>

#include "p4_native/burst_writer.h"

namespace outrigger::p4_native {

using p4_ir::as;
using p4_ir::ExternArgument;

// `value`: 64 bits. What goes beyond 64 bits counts as 1.
void BurstWriter::add_to(Sum& sum, LLVMValueRef value, uint64_t most, uint32_t shift) {
  const LLVMValueRef shifted = LLVMBuildShl(builder_, value, number(64, shift), "");
  const uint64_t more = most << shift;
  const bool may_carry = sum.most > UINT64_MAX - more;
  const LLVMValueRef before = sum.value;
  sum.value = before == nullptr ? shifted : LLVMBuildAdd(builder_, before, shifted, "");
  if (may_carry) {
    const LLVMValueRef carry = LLVMBuildICmp(builder_, LLVMIntULT, sum.value, shifted, "");
    sum.value = LLVMBuildAdd(builder_, sum.value, resized(carry, 64), "");
  }
  sum.most = may_carry ? UINT64_MAX : sum.most + more;
}

// To 16 bits. A half and the other one turn round, so that the carry of the lower sum goes into the upper one. What is
// not 0 stays so.
LLVMValueRef BurstWriter::folded(const Sum& sum) {
  LLVMValueRef value = sum.value;
  for (const uint32_t half : {32U, 16U}) {
    if (half == 32 && sum.most <= UINT32_MAX) {
      value = resized(value, 32);
      continue;
    }
    const LLVMTypeRef type = LLVMTypeOf(value);
    const LLVMValueRef by = LLVMConstInt(type, half, 0);
    const LLVMValueRef both = LLVMBuildAdd(builder_, value, intrinsic("llvm.fshl", type, {value, value, by}), "");
    value = resized(LLVMBuildLShr(builder_, both, by, ""), half);
  }
  return value;
}

// A field that begins at this bit is added where it ends in its 16-bit word, since 2¹⁶ counts as 1 in such a sum; a
// wide one in parts.
void BurstWriter::add_field(Sum& sum, const p4_ir::Expression& field, uint32_t begin) {
  constexpr uint32_t part_bits = 32;
  const LLVMValueRef whole = value(field);
  const uint32_t end = begin + field.width;
  for (uint32_t at = begin; at < end;) {
    const uint32_t stop = end - at > part_bits ? (at + part_bits) / 16 * 16 : end;
    const LLVMValueRef below = LLVMConstInt(LLVMTypeOf(whole), end - stop, 0);
    const LLVMValueRef part = resized(resized(LLVMBuildLShr(builder_, whole, below, ""), stop - at), 64);
    add_to(sum, part, (uint64_t{1} << (stop - at)) - 1, (16 - stop % 16) % 16);
    at = stop;
  }
}

// How many of the parts from the first on are fields side by side in a header that is in the packet as it was read, and
// end on a byte together; 0: less than two bytes.
BurstWriter::LateRun BurstWriter::late_run(std::span<const ExternArgument::Part> parts) const {
  LateRun run;
  const LateField* first = nullptr;
  uint32_t bits = 0;
  for (size_t i = 0; i < parts.size() && reads_late_; ++i) {
    const auto* read = as<p4_ir::Read>(parts[i].value);
    const auto late = read == nullptr ? late_fields_.end() : late_fields_.find(read->variable);
    if (late == late_fields_.end()) {
      break;
    }
    first = first == nullptr ? &late->second : first;
    if (late->second.header != first->header || late->second.offset != first->offset + bits || first->offset % 8 != 0) {
      break;
    }
    bits += read->width;
    if (bits % 8 == 0) {
      run = {.first = first, .parts = i + 1, .bytes = bits / 8};
    }
  }
  return run.bytes < 2 ? LateRun{} : run;
}

// As they lie in memory, with the bytes of each 16-bit word turned round.
void BurstWriter::add_run(Sum& turned, const LateRun& run) {
  const LLVMValueRef base = at_offset(late_base(*run.first), run.first->offset / 8);
  for (uint32_t at = 0; at < run.bytes;) {
    const uint32_t bytes = std::min(std::bit_floor(run.bytes - at), 8U);
    const LLVMValueRef word = resized(load(int_type(bytes * 8), at_offset(base, at), 1), 64);
    add_to(turned, word, UINT64_MAX >> (64 - bytes * 8), 0);
    at += bytes;
  }
}

// 16 bits.
LLVMValueRef BurstWriter::checksum_of(const ExternArgument& data) {
  std::vector<ExternArgument::Part> parts;
  std::copy_if(data.parts.begin(), data.parts.end(), std::back_inserter(parts),
               [&](const ExternArgument::Part& of) { return !is_varbit_part(program_, of); });
  Sum sum{.value = number(64, 0), .most = 0};
  Sum turned;
  uint32_t begin = 0;
  for (size_t i = 0; i < parts.size();) {
    const LateRun run = begin % 8 == 0 ? late_run(std::span(parts).subspan(i)) : LateRun{};
    if (run.parts > 0) {
      // In a run that begins in the middle of a 16-bit word, what is turned round lies the right way again.
      add_run(begin / 8 % 2 == 0 ? turned : sum, run);
      begin += run.bytes * 8;
      i += run.parts;
    } else {
      add_field(sum, *parts[i].value, begin);
      begin += parts[i].value->width;
      ++i;
    }
  }
  if (turned.value == nullptr) {
    return LLVMBuildNot(builder_, folded(sum), "");
  }
  // 2⁸ times a sum is the same sum with its bytes turned round.
  if (sum.most > UINT64_MAX >> 8) {
    sum = {.value = resized(folded(sum), 64), .most = UINT16_MAX};
  }
  add_to(turned, sum.value, sum.most, 8);
  return LLVMBuildNot(builder_, intrinsic("llvm.bswap", int_type(16), {folded(turned)}), "");
}

}  // namespace outrigger::p4_native
