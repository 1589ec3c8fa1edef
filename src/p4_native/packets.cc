// ModuleWriter: what reads and writes packets. Fields that lie on bytes, as nearly all do, are loaded and stored whole
// and turned round; others go bit by bit through the run time.
#include <algorithm>

#include "p4_native/limits.h"
#include "p4_native/module_writer.h"

namespace outrigger::p4_native {

using p4_ir::VariableId;

uint32_t ModuleWriter::width_of(std::span<const VariableId> fields) const {
  uint32_t width = 0;
  for (const VariableId field : fields) {
    width += program_.at(field).width;
  }
  return width;
}

LLVMValueRef ModuleWriter::bits_left() {
  return LLVMBuildSub(builder_, load_context(offsetof(Context, packet_bits), 64),
                      load_context(offsetof(Context, cursor), 64), "");
}

void ModuleWriter::reject_with(std::string_view error) {
  store_variable(program_.parser_error, number(p4_ir::Program::error_width, program_.find_error(error).value_or(0)));
  go_to(targets_.rejects);
}

void ModuleWriter::reject_unless(LLVMValueRef condition, std::string_view error) {
  const LLVMBasicBlockRef holds = new_block();
  const LLVMBasicBlockRef fails = new_block();
  branch(condition, holds, fails);
  continue_in(fails);
  reject_with(error);
  continue_in(holds);
}

// §13.8.2
void ModuleWriter::write_extract(const p4_ir::Extract& statement) {
  const p4_ir::Header& header = program_.at(statement.header);
  const bool has_varbit = header.varbit_field >= 0;
  LLVMValueRef varbit_bits = number(64, 0);
  if (has_varbit && statement.varbit_size != nullptr) {
    const uint32_t most = program_.at(header.fields[static_cast<size_t>(header.varbit_field)]).width;
    const uint32_t width = std::max(64U, statement.varbit_size->width);
    const LLVMValueRef size = resized(value(*statement.varbit_size), width);
    reject_unless(LLVMBuildICmp(builder_, LLVMIntULE, size, number(width, most), ""), "HeaderTooShort");
    varbit_bits = resized(size, 64);
  }
  const LLVMValueRef all = LLVMBuildAdd(builder_, number(64, header.width_fixed), varbit_bits, "");
  reject_unless(LLVMBuildICmp(builder_, LLVMIntULE, all, bits_left(), ""), "PacketTooShort");
  const LLVMValueRef position = load_context(offsetof(Context, cursor), 64);
  const std::span<const VariableId> fields = header.fields;
  const size_t before = has_varbit ? static_cast<size_t>(header.varbit_field) : fields.size();
  read_fields(position, fields.first(before));
  if (has_varbit) {
    const VariableId varbit = fields[before];
    const std::span<const VariableId> rest = fields.subspan(before + 1);
    const LLVMValueRef at = LLVMBuildAdd(builder_, position, number(64, width_of(fields.first(before))), "");
    read_varbit(at, resized(varbit_bits, 32), varbit);
    read_fields(LLVMBuildAdd(builder_, at, varbit_bits, ""), rest);
  }
  store_context(offsetof(Context, cursor), LLVMBuildAdd(builder_, position, all, ""), 64);
  store_variable(header.valid, number(1, 1));
  note_extract(statement.header, position);
}

void ModuleWriter::write_advance(const p4_ir::Advance& statement) {
  const uint32_t width = std::max(64U, statement.bits->width);
  const LLVMValueRef by = resized(value(*statement.bits), width);
  reject_unless(LLVMBuildICmp(builder_, LLVMIntULE, by, resized(bits_left(), width), ""), "PacketTooShort");
  const LLVMValueRef position = load_context(offsetof(Context, cursor), 64);
  store_context(offsetof(Context, cursor), LLVMBuildAdd(builder_, position, resized(by, 64), ""), 64);
}

void ModuleWriter::write_lookahead(const p4_ir::Lookahead& statement) {
  reject_unless(LLVMBuildICmp(builder_, LLVMIntULE, number(64, statement.width), bits_left(), ""), "PacketTooShort");
  read_fields(load_context(offsetof(Context, cursor), 64), statement.variables);
}

// The packet's bits from `position` on, which are there, into the fields.
void ModuleWriter::read_fields(LLVMValueRef position, std::span<const VariableId> fields) {
  if (fields.empty()) {
    return;
  }
  const LLVMBasicBlockRef on_bytes = new_block();
  const LLVMBasicBlockRef on_bits = new_block();
  const LLVMBasicBlockRef after = new_block();
  const LLVMValueRef in_byte = LLVMBuildAnd(builder_, position, number(64, 7), "");
  branch(LLVMBuildICmp(builder_, LLVMIntEQ, in_byte, number(64, 0), ""), on_bytes, on_bits);
  continue_in(on_bytes);
  LLVMValueRef first_byte = LLVMBuildLShr(builder_, position, number(64, 3), "");
  const LLVMValueRef base =
      LLVMBuildInBoundsGEP2(builder_, int_type(8), load_pointer(offsetof(Context, packet)), &first_byte, 1, "");
  const uint32_t all = width_of(fields);
  uint32_t offset = 0;
  for (const VariableId field : fields) {
    const uint32_t width = program_.at(field).width;
    if (width <= field_bits_inline_max) {
      if (!is_read_late(field)) {
        store_variable(field, load_field(base, offset, width, all));
      }
    } else {
      read_slowly(field, LLVMBuildAdd(builder_, position, number(64, offset), ""));
    }
    offset += width;
  }
  go_to(after);
  continue_in(on_bits);
  offset = 0;
  for (const VariableId field : fields) {
    read_slowly(field, LLVMBuildAdd(builder_, position, number(64, offset), ""));
    offset += program_.at(field).width;
  }
  go_to(after);
  continue_in(after);
}

// One field by the run time.
void ModuleWriter::read_slowly(VariableId field, LLVMValueRef position) {
  const uint32_t width = program_.at(field).width;
  const LLVMValueRef copy = entry_alloca(memory_type(width));
  call(run_time("p4_read"), {state_, position, number(32, width), copy});
  store_variable(field, load_scalar(copy, width));
}

void ModuleWriter::read_varbit(LLVMValueRef position, LLVMValueRef size, VariableId into) {
  call(run_time("p4_read_varbit"), {state_, position, size, pointer_of(into)});
}

// `width` bits from the offset-th of `base` on, of which bits_in_all may be read.
LLVMValueRef ModuleWriter::load_field(LLVMValueRef base, uint32_t offset, uint32_t width, uint32_t bits_in_all) {
  uint32_t first = offset / 8;
  const uint32_t end = (offset + width + 7) / 8;
  uint32_t bytes = end - first;
  // One load of a power of two, which may touch neighbouring fields, where there is room for it.
  if (const uint32_t whole = std::bit_ceil(bytes); whole <= 8 && whole != bytes) {
    if (first + whole <= (bits_in_all + 7) / 8) {
      bytes = whole;
    } else if (end >= whole) {
      first = end - whole;
      bytes = whole;
    }
  }
  const LLVMValueRef loaded = load(int_type(bytes * 8), at_offset(base, first), 1);
  if (bytes == 1) {
    const uint32_t shift = 8 - (offset - first * 8) - width;
    return resized(LLVMBuildLShr(builder_, loaded, number(8, shift), ""), width);
  }
  const uint32_t bits = (bytes + 1) / 2 * 16;  // bswap wants pairs of bytes
  const LLVMValueRef turned = intrinsic("llvm.bswap", int_type(bits), {resized(loaded, bits)});
  const uint32_t shift = bits - (offset - first * 8) - width;
  return resized(LLVMBuildLShr(builder_, turned, number(bits, shift), ""), width);
}

// §16.1
void ModuleWriter::write_emit(const p4_ir::Header& header) {
  const LLVMBasicBlockRef is_valid = new_block();
  const LLVMBasicBlockRef after = new_block();
  branch(load_variable(header.valid), is_valid, after);
  continue_in(is_valid);
  const std::span<const VariableId> fields = header.fields;
  if (header.varbit_field < 0) {
    emit_fields(fields);
  } else {
    const auto before = static_cast<size_t>(header.varbit_field);
    emit_fields(fields.first(before));
    call(run_time("p4_append_varbit"), {state_, pointer_of(fields[before])});
    emit_fields(fields.subspan(before + 1));
  }
  go_to(after);
  continue_in(after);
}

std::vector<ModuleWriter::Run> ModuleWriter::runs_of(std::span<const VariableId> fields) const {
  std::vector<Run> runs;
  size_t begin = 0;
  for (size_t i = 0; i < fields.size(); ++i) {
    const auto run = fields.subspan(begin, i + 1 - begin);
    if (const uint32_t width = width_of(run); width % 8 == 0) {
      runs.push_back({.fields = run, .width = width});
      begin = i + 1;
    }
  }
  const bool is_wide =
      std::any_of(runs.begin(), runs.end(), [](const Run& run) { return run.width > field_bits_inline_max; });
  if (begin != fields.size() || is_wide) {
    runs.clear();
  }
  return runs;
}

// In runs, each stored whole.
void ModuleWriter::emit_fields(std::span<const VariableId> fields) {
  if (fields.empty()) {
    return;
  }
  const std::vector<Run> runs = runs_of(fields);
  const bool is_inline = !runs.empty();
  const uint32_t all = width_of(fields);
  call(run_time("p4_reserve"), {state_, number(64, all)});
  const LLVMBasicBlockRef on_bits = new_block();
  const LLVMBasicBlockRef after = new_block();
  const LLVMValueRef position = load_context(offsetof(Context, output_bits), 64);
  if (is_inline) {
    const LLVMBasicBlockRef on_bytes = new_block();
    const LLVMValueRef in_byte = LLVMBuildAnd(builder_, position, number(64, 7), "");
    branch(LLVMBuildICmp(builder_, LLVMIntEQ, in_byte, number(64, 0), ""), on_bytes, on_bits);
    continue_in(on_bytes);
    LLVMValueRef first_byte = LLVMBuildLShr(builder_, position, number(64, 3), "");
    const LLVMValueRef base =
        LLVMBuildInBoundsGEP2(builder_, int_type(8), load_pointer(offsetof(Context, output)), &first_byte, 1, "");
    uint32_t offset = 0;
    for (const Run& run : runs) {
      store_run(base, offset / 8, run.fields, run.width);
      offset += run.width;
    }
    store_context(offsetof(Context, output_bits), LLVMBuildAdd(builder_, position, number(64, all), ""), 64);
    go_to(after);
  } else {
    go_to(on_bits);
  }
  continue_in(on_bits);
  for (const VariableId field : fields) {
    const uint32_t width = program_.at(field).width;
    const LLVMValueRef copy = entry_alloca(memory_type(width));
    store_scalar(load_variable(field), copy, width);
    call(run_time("p4_append"), {state_, copy, number(32, width)});
  }
  go_to(after);
  continue_in(after);
}

void ModuleWriter::store_run(LLVMValueRef base, uint32_t byte, std::span<const VariableId> fields, uint32_t width) {
  const uint32_t bits = (width + 15) / 16 * 16;
  LLVMValueRef joined = number(bits, 0);
  uint32_t left = bits;
  for (const VariableId field : fields) {
    left -= program_.at(field).width;
    const LLVMValueRef shifted = LLVMBuildShl(builder_, resized(load_variable(field), bits), number(bits, left), "");
    joined = LLVMBuildOr(builder_, joined, shifted, "");
  }
  const LLVMValueRef turned = intrinsic("llvm.bswap", int_type(bits), {joined});
  store(resized(turned, width), at_offset(base, byte), 1);
}

}  // namespace outrigger::p4_native
