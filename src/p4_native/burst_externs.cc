// BurstWriter: the externs that need no host: those that only set variables, and 16-bit checksums over fields.
#include <algorithm>

#include "p4_native/burst_writer.h"

namespace outrigger::p4_native {

using p4_ir::as;
using p4_ir::ExternArgument;

namespace {

// (condition, data, checksum, algorithm) with a list of plain fields and the algorithm that the shape names.
bool is_plain_checksum(const p4_ir::Program& program, const p4_ir::CallExtern& call, const BurstExtern& known) {
  if (call.arguments.size() != 4 || call.arguments[0].parts.size() != 1 || call.arguments[2].parts.size() != 1 ||
      call.arguments[3].parts.size() != 1 || !call.arguments[1].header_parts.empty()) {
    return false;
  }
  const auto* algorithm = as<p4_ir::Constant>(call.arguments[3].parts[0].value);
  if (algorithm == nullptr || algorithm->value.low() != known.csum16) {
    return false;
  }
  const auto& data = call.arguments[1].parts;
  return std::none_of(data.begin(), data.end(), [&](const ExternArgument::Part& part) {
    const auto* read = as<p4_ir::Read>(part.value);
    return read != nullptr && program.at(read->variable).is_varbit;
  });
}

}  // namespace

void BurstWriter::write_call_extern(const p4_ir::CallExtern& statement) {
  if (statement.name == "packet_in.length") {
    return ModuleWriter::write_call_extern(statement);
  }
  const auto known = std::find_if(shape_.externs.begin(), shape_.externs.end(),
                                  [&](const BurstExtern& one) { return one.name == statement.name; });
  if (known == shape_.externs.end() || statement.instance != p4_ir::ExternId::None) {
    return go_slow();
  }
  if (known->kind != BurstExtern::Kind::Sets) {
    return write_checksum(statement, *known);
  }
  for (const auto& [variable, set_to] : known->sets) {
    if (statement.arguments.empty()) {
      store_variable(variable, number(set_to));
    }
  }
  for (const ExternArgument& argument : statement.arguments) {
    for (const ExternArgument::Part& of : argument.parts) {
      const std::string& name = program_.at(of.variable).name;
      for (const auto& [field, set_to] : known->fields) {
        if (argument.kind == ExternArgument::Kind::Both && name.substr(name.rfind('.') + 1).starts_with(field)) {
          store_variable(of.variable, number(program_.at(of.variable).width, set_to));
        }
      }
    }
  }
}

void BurstWriter::write_checksum(const p4_ir::CallExtern& statement, const BurstExtern& known) {
  if (!is_plain_checksum(program_, statement, known)) {
    return go_slow();
  }
  const LLVMBasicBlockRef is_wanted = new_block();
  const LLVMBasicBlockRef after = new_block();
  branch(truth(*statement.arguments[0].parts[0].value), is_wanted, after);
  continue_in(is_wanted);
  const ExternArgument::Part& checksum = statement.arguments[2].parts[0];
  const LLVMValueRef computed = resized(checksum_of(statement.arguments[1]), checksum.width);
  if (known.kind == BurstExtern::Kind::UpdateChecksum) {
    store_variable(checksum.variable, computed);
  } else if (known.block == nullptr || known.block == block_) {
    const LLVMValueRef differs =
        LLVMBuildICmp(builder_, LLVMIntNE, computed, resized(value(*checksum.value), checksum.width), "");
    for (const auto& [variable, set_to] : known.sets) {
      const LLVMValueRef before = load_variable(variable);
      store_variable(variable, LLVMBuildSelect(builder_, differs, number(set_to), before, ""));
    }
  }
  go_to(after);
  continue_in(after);
}

// The complement of the ones' complement sum (RFC 1071) of the fields one behind the other, zeroes after the last. Each
// field's share of each 16-bit word is added at its place in it; carries wait in the upper bits of 64.
LLVMValueRef BurstWriter::checksum_of(const ExternArgument& data) {
  LLVMValueRef sum = number(64, 0);
  uint32_t begin = 0;
  for (const ExternArgument::Part& of : data.parts) {
    const uint32_t width = of.value->width;
    const LLVMValueRef whole = value(*of.value);
    const uint32_t end = begin + width;
    for (uint32_t at = begin; at < end;) {
      const uint32_t stop = std::min(end, at / 16 * 16 + 16);
      const LLVMValueRef below = LLVMConstInt(LLVMTypeOf(whole), end - stop, 0);
      const LLVMValueRef share = resized(resized(LLVMBuildLShr(builder_, whole, below, ""), stop - at), 64);
      const LLVMValueRef place = number(64, (16 - stop % 16) % 16);
      sum = LLVMBuildAdd(builder_, sum, LLVMBuildShl(builder_, share, place, ""), "");
      at = stop;
    }
    begin = end;
  }
  for (uint32_t i = 0; i < 4; ++i) {
    const LLVMValueRef low = LLVMBuildAnd(builder_, sum, number(64, 0xFFFF), "");
    sum = LLVMBuildAdd(builder_, low, LLVMBuildLShr(builder_, sum, number(64, 16), ""), "");
  }
  return LLVMBuildNot(builder_, resized(sum, 16), "");
}

}  // namespace outrigger::p4_native
