// BurstWriter: calls of externs.
#include <algorithm>

#include "p4_native/burst_writer.h"

namespace outrigger::p4_native {

using p4_ir::CallExtern;
using p4_ir::ExternArgument;
using Kind = BurstExtern::Kind;

void BurstWriter::write_call_extern(const CallExtern& statement) {
  if (statement.name == "packet_in.length") {
    return ModuleWriter::write_call_extern(statement);
  }
  parser_calls_ |= step_ == 0;
  const BurstExtern* known = find_burst_extern(program_, shape_, statement);
  if (known == nullptr || (is_ordered(known->kind) && flow_.is_slow(statement))) {
    return go_slow();
  }
  write_known(statement, *known);
}

void BurstWriter::write_known(const CallExtern& statement, const BurstExtern& known) {
  switch (known.kind) {
    case Kind::Nothing: return;
    case Kind::Sets:
      for (const auto& [variable, set_to] : values_set(program_, statement, known)) {
        store_variable(variable, number(set_to));
      }
      return;
    case Kind::Send: store(resized(scalar(statement, known.value), 32), port_place(), 4); [[fallthrough]];
    case Kind::DropUnlessSent: return store(number(8, known.kind == Kind::Send ? 1 : 0), sent_place(), 1);
    case Kind::Select: return write_select(statement, known);
    case Kind::UpdateChecksum:
    case Kind::VerifyChecksum: return write_checksum(statement, known);
    case Kind::Hash: return write_hash(statement, known);
    case Kind::Random: return write_random(statement, known);
    case Kind::Tests: return write_tests(statement, known);
    case Kind::Count: return write_count(statement, known);
    case Kind::Meter: return write_meter(statement, known);
    case Kind::ReadColor: return read_color(statement, known);
    case Kind::ReadRegister: return read_register(statement, known);
    case Kind::WriteRegister: return write_register(statement, known);
    case Kind::ClearSum:
    case Kind::AddToSum:
    case Kind::SubtractFromSum:
    case Kind::GetSum:
    case Kind::GetSumState:
    case Kind::SetSumState: return write_sum(statement, known);
  }
}

LLVMValueRef BurstWriter::call_run_time(const char* name, LLVMTypeRef result, std::vector<LLVMValueRef> arguments) {
  LLVMValueRef function = LLVMGetNamedFunction(module_, name);
  if (function == nullptr) {
    std::vector<LLVMTypeRef> types;
    for (const LLVMValueRef argument : arguments) {
      types.push_back(LLVMTypeOf(argument));
    }
    function =
        LLVMAddFunction(module_, name, LLVMFunctionType(result, types.data(), static_cast<unsigned>(types.size()), 0));
    const unsigned nounwind = LLVMGetEnumAttributeKindForName("nounwind", 8);
    LLVMAddAttributeAtIndex(function, static_cast<LLVMAttributeIndex>(LLVMAttributeFunctionIndex),
                            LLVMCreateEnumAttribute(context_, nounwind, 0));
  }
  return call(function, std::move(arguments));
}

LLVMValueRef BurstWriter::scalar(const CallExtern& statement, int place) {
  const p4_ir::Expression& of = *statement.arguments[static_cast<size_t>(place)].parts[0].value;
  const LLVMValueRef whole = value(of);
  if (of.width <= 64) {
    return resized(whole, 64);
  }
  const LLVMValueRef most = resized(number(64, UINT64_MAX), of.width);
  return resized(intrinsic("llvm.umin", int_type(of.width), {whole, most}), 64);
}

void BurstWriter::give(const CallExtern& statement, int place, LLVMValueRef result) {
  for (const ExternArgument::Part& of : argument_or_result(statement, place).parts) {
    store_variable(of.variable, resized(result, program_.at(of.variable).width));
  }
}

// The color that the table's last hit gave; after a miss what the call has brought along stays.
void BurstWriter::read_color(const CallExtern& statement, const BurstExtern& known) {
  const LLVMValueRef kept = load(int_type(32), color_place(statement.instance), 4);
  const LLVMValueRef is_none = LLVMBuildICmp(builder_, LLVMIntEQ, kept, number(32, 0), "");
  const LLVMValueRef color = color_number(LLVMBuildSub(builder_, kept, number(32, 1), ""));
  for (const ExternArgument::Part& of : argument_or_result(statement, known.result).parts) {
    const uint32_t width = program_.at(of.variable).width;
    const LLVMValueRef before = of.value == nullptr ? number(width, 0) : resized(value(*of.value), width);
    store_variable(of.variable, LLVMBuildSelect(builder_, is_none, before, resized(color, width), ""));
  }
}

void BurstWriter::write_checksum(const CallExtern& statement, const BurstExtern& known) {
  const auto& argument = [&](int place) -> const ExternArgument& {
    return statement.arguments[static_cast<size_t>(place)];
  };
  const LLVMBasicBlockRef is_wanted = new_block();
  const LLVMBasicBlockRef after = new_block();
  branch(truth(*argument(known.condition).parts[0].value), is_wanted, after);
  continue_in(is_wanted);
  const ExternArgument::Part& checksum = argument(known.value).parts[0];
  const BurstHash hash = hash_of_call(program_, shape_, statement, known);
  const LLVMValueRef computed = resized(hash_of(hash, argument(known.data), known.has_payload), checksum.width);
  if (known.kind == Kind::UpdateChecksum) {
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

void BurstWriter::write_select(const CallExtern& statement, const BurstExtern& known) {
  const auto& parts = [&](int place) -> const auto& { return statement.arguments[static_cast<size_t>(place)].parts; };
  const LLVMValueRef is_first =
      LLVMBuildICmp(builder_, LLVMIntEQ, scalar(statement, known.condition), number(64, 0), "");
  const auto& results = argument_or_result(statement, known.result).parts;
  std::vector<LLVMValueRef> chosen;  // all, before one is changed that another one reads
  for (size_t i = 0; i < results.size(); ++i) {
    const uint32_t width = program_.at(results[i].variable).width;
    const LLVMValueRef first = resized(value(*parts(known.value)[i].value), width);
    const LLVMValueRef second = resized(value(*parts(known.base)[i].value), width);
    chosen.push_back(LLVMBuildSelect(builder_, is_first, first, second, ""));
  }
  for (size_t i = 0; i < results.size(); ++i) {
    store_variable(results[i].variable, chosen[i]);
  }
}

// base + hash modulo max; base when max is 0.
void BurstWriter::write_hash(const CallExtern& statement, const BurstExtern& known) {
  const BurstHash which = hash_of_call(program_, shape_, statement, known);
  const LLVMValueRef hash = hash_of(which, statement.arguments[static_cast<size_t>(known.data)], known.has_payload);
  if (known.max == BurstExtern::absent) {
    return give(statement, known.result, hash);
  }
  const LLVMValueRef base = known.base == BurstExtern::absent ? number(64, 0) : scalar(statement, known.base);
  const LLVMValueRef max = scalar(statement, known.max);
  const LLVMValueRef is_zero = LLVMBuildICmp(builder_, LLVMIntEQ, max, number(64, 0), "");
  const LLVMValueRef divisor = LLVMBuildSelect(builder_, is_zero, number(64, 1), max, "");
  const LLVMValueRef rest = LLVMBuildURem(builder_, hash, divisor, "");
  give(statement, known.result, LLVMBuildAdd(builder_, base, rest, ""));
}

void BurstWriter::write_random(const CallExtern& statement, const BurstExtern& known) {
  const auto end = [&](int place, size_t position) {
    return place == BurstExtern::absent
               ? number(64, number_of_instance(program_, statement.instance, position).value_or(0))
               : scalar(statement, place);
  };
  const LLVMValueRef low = end(known.base, 0);
  const LLVMValueRef high = end(known.max, 1);
  give(statement, known.result, call_run_time("p4_burst_random", int_type(64), {burst_, low, high}));
}

void BurstWriter::write_tests(const CallExtern& statement, const BurstExtern& known) {
  LLVMValueRef all = number(1, 1);
  for (const BurstExtern::Test& test : known.tests) {
    const p4_ir::Expression& of = *statement.arguments[static_cast<size_t>(test.argument)].parts[test.part].value;
    const auto predicate = test.is_equal ? LLVMIntEQ : LLVMIntNE;
    const LLVMValueRef wanted = number(64, test.number);
    all = LLVMBuildAnd(builder_, all, LLVMBuildICmp(builder_, predicate, resized(value(of), 64), wanted, ""), "");
  }
  give(statement, known.result, resized(all, 64));
}

LLVMValueRef BurstWriter::sum_state(p4_ir::ExternId id) {
  const auto [found, is_new] = sums_.try_emplace(id);
  if (is_new) {
    found->second = zeroed_alloca(int_type(32));
  }
  return found->second;
}

// RFC 1624, as PSA's InternetChecksum has it. The state is that of pipeline::OnesComplementSum.
void BurstWriter::write_sum(const CallExtern& statement, const BurstExtern& known) {
  const LLVMValueRef place = sum_state(statement.instance);
  const LLVMValueRef before = load(int_type(32), place, 4);
  switch (known.kind) {
    case Kind::ClearSum: return store(number(32, 0), place, 4);
    case Kind::GetSum: return give(statement, known.result, LLVMBuildNot(builder_, resized(before, 16), ""));
    case Kind::GetSumState: return give(statement, known.result, before);
    case Kind::SetSumState: return store(resized(resized(scalar(statement, known.value), 16), 32), place, 4);
    default: break;
  }
  const LLVMValueRef size = write_bytes(statement.arguments[static_cast<size_t>(known.data)]);
  const uint64_t subtracts = known.kind == Kind::SubtractFromSum ? 1 : 0;
  const LLVMValueRef after =
      call_run_time("p4_burst_add_to_sum", int_type(32), {before, scratch(0, 0), size, number(32, subtracts)});
  store(after, place, 4);
}

}  // namespace outrigger::p4_native
