// BurstWriter: hashes and checksums over fields. Their bytes are written to the context's scratch memory.
#include <algorithm>

#include "p4_native/burst_writer.h"
#include "p4_native/limits.h"

namespace outrigger::p4_native {

using p4_ir::as;
using p4_ir::ExternArgument;

LLVMValueRef BurstWriter::scratch(uint64_t offset, uint64_t bytes) {
  scratch_bytes_ = std::max(scratch_bytes_, static_cast<uint32_t>(offset + bytes));
  return at_offset(burst_, places_.scratch() + offset);
}

// 64 bits wide.
LLVMValueRef BurstWriter::hash_of(BurstHash hash, const ExternArgument& data, bool has_payload) {
  if (hash == BurstHash::Csum16 && data.header_parts.empty() && !has_payload) {
    return resized(checksum_of(data), 64);
  }
  const LLVMValueRef size = write_bytes(data);
  const LLVMValueRef bytes = scratch(0, 0);
  if (!has_payload) {
    return call_run_time("p4_burst_hash", int_type(64), {number(32, static_cast<uint64_t>(hash)), bytes, size});
  }
  LLVMValueRef parsed = LLVMBuildLShr(builder_, load_context(offsetof(Context, cursor), 64), number(64, 3), "");
  const LLVMValueRef packet = load(pointer_type_, context_slot(offsetof(Context, packet)), 8);
  const LLVMValueRef payload = LLVMBuildInBoundsGEP2(builder_, int_type(8), packet, &parsed, 1, "");
  return call_run_time("p4_burst_csum16", int_type(64),
                       {bytes, size, payload, LLVMBuildSub(builder_, counted_bytes(), parsed, "")});
}

LLVMValueRef BurstWriter::hash_of(BurstHash hash, std::span<const p4_ir::Expression* const> values) {
  const LLVMValueRef size = write_bytes(values);
  return call_run_time("p4_burst_hash", int_type(64), {number(32, static_cast<uint64_t>(hash)), scratch(0, 0), size});
}

// The values one behind the other, zeroes in the last byte, in words of 64 bits. How many bytes.
LLVMValueRef BurstWriter::write_bytes(std::span<const p4_ir::Expression* const> values) {
  LLVMValueRef word = number(64, 0);
  uint32_t begin = 0;
  const auto store_word = [&](uint32_t end) {
    store(intrinsic("llvm.bswap", int_type(64), {word}), scratch((end - 1) / 64 * 8, 8), 8);
    word = number(64, 0);
  };
  for (const p4_ir::Expression* of : values) {
    const LLVMValueRef whole = value(*of);
    const uint32_t end = begin + of->width;
    for (uint32_t at = begin; at < end;) {
      const uint32_t stop = std::min(end, at / 64 * 64 + 64);
      const LLVMValueRef below = LLVMConstInt(LLVMTypeOf(whole), end - stop, 0);
      const LLVMValueRef share = resized(resized(LLVMBuildLShr(builder_, whole, below, ""), stop - at), 64);
      const LLVMValueRef place = number(64, (64 - stop % 64) % 64);
      word = LLVMBuildOr(builder_, word, LLVMBuildShl(builder_, share, place, ""), "");
      if (stop % 64 == 0) {
        store_word(stop);
      }
      at = stop;
    }
    begin = end;
  }
  if (begin % 64 != 0) {
    store_word(begin);
  }
  return number(64, (begin + 7) / 8);
}

LLVMValueRef BurstWriter::write_bytes(const ExternArgument& data) {
  (void)scratch((hashed_bits_max + 63) / 64 * 8, 8);  // a payload's first byte may go behind them
  if (!data.header_parts.empty()) {
    return write_bytes_of_headers(data);
  }
  std::vector<const p4_ir::Expression*> values;
  for (const ExternArgument::Part& of : data.parts) {
    if (!is_varbit_part(program_, of)) {
      values.push_back(of.value);
    }
  }
  return write_bytes(values);
}

// A header that is not valid is left out, so that what follows has no fixed place.
LLVMValueRef BurstWriter::write_bytes_of_headers(const ExternArgument& data) {
  constexpr uint64_t room = hashed_bits_max / 8 + 64;
  constexpr uint64_t value_room = width_bits_max / 8 + 8;
  LLVMBuildMemSet(builder_, scratch(0, room + value_room), number(8, 0), number(64, room), 8);
  const LLVMValueRef position = entry_alloca(int_type(64));
  store(number(64, 0), position, 8);
  for (size_t i = 0; i < data.parts.size(); ++i) {
    const ExternArgument::Part& of = data.parts[i];
    if (is_varbit_part(program_, of)) {
      continue;
    }
    LLVMValueRef is_there = number(1, 1);
    for (size_t header = 0; header < data.header_parts.size() && header < data.header_valid.size(); ++header) {
      const size_t first = data.header_parts[header];
      if (i >= first && i < first + data.header_part_counts[header]) {
        is_there = LLVMBuildAnd(builder_, is_there, truth(*data.header_valid[header]), "");
      }
    }
    const LLVMBasicBlockRef appends = new_block();
    const LLVMBasicBlockRef after = new_block();
    branch(is_there, appends, after);
    continue_in(appends);
    const LLVMValueRef at = load(int_type(64), position, 8);
    store_scalar(value(*of.value), scratch(room, 0), of.value->width);
    call_run_time("p4_burst_append", LLVMVoidTypeInContext(context_),
                  {scratch(0, 0), at, scratch(room, 0), number(32, of.value->width)});
    store(LLVMBuildAdd(builder_, at, number(64, of.value->width), ""), position, 8);
    go_to(after);
    continue_in(after);
  }
  const LLVMValueRef bits = load(int_type(64), position, 8);
  return LLVMBuildLShr(builder_, LLVMBuildAdd(builder_, bits, number(64, 7), ""), number(64, 3), "");
}

}  // namespace outrigger::p4_native
