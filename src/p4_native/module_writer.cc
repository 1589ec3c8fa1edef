// ModuleWriter: functions, memory, and what the other parts are made of.
#include "p4_native/module_writer.h"

#include <algorithm>

#include "p4_native/limits.h"

namespace outrigger::p4_native {

using p4_ir::Bits;

ModuleWriter::ModuleWriter(const p4_ir::Program& program, StateLayout& layout, CallSites& sites, LLVMModuleRef module)
    : program_(program),
      layout_(layout),
      sites_(sites),
      module_(module),
      context_(LLVMGetModuleContext(module)),
      builder_(LLVMCreateBuilderInContext(context_)),
      pointer_type_(LLVMPointerTypeInContext(context_, 0)) {
  function_type_ = LLVMFunctionType(int_type(32), &pointer_type_, 1, 0);
}

ModuleWriter::~ModuleWriter() { LLVMDisposeBuilder(builder_); }

Result<> ModuleWriter::write() {
  declare_run_time();
  declare_program();
  sites_.key_widths.resize(program_.tables.size());
  sites_.calls.resize(program_.extern_sites);
  sites_.call_widths.resize(program_.extern_sites);
  for (uint32_t i = 0; i < program_.procedures.size() && !refused_.has_value(); ++i) {
    write_procedure(i);
  }
  for (uint32_t i = 0; i < program_.parsers.size() && !refused_.has_value(); ++i) {
    write_parser(i);
  }
  if (refused_.has_value()) {
    return std::unexpected(*refused_);
  }
  return {};
}

void ModuleWriter::declare_run_time() {
  const LLVMTypeRef void_type = LLVMVoidTypeInContext(context_);
  const LLVMTypeRef p = pointer_type_;
  const LLVMTypeRef i32 = int_type(32);
  const LLVMTypeRef i64 = int_type(64);
  const auto declare = [&](const char* name, LLVMTypeRef result, std::vector<LLVMTypeRef> parameters) {
    LLVMAddFunction(module_, name,
                    LLVMFunctionType(result, parameters.data(), static_cast<unsigned>(parameters.size()), 0));
  };
  declare("p4_read", void_type, {p, i64, i32, p});
  declare("p4_read_varbit", void_type, {p, i64, i32, p});
  declare("p4_reserve", void_type, {p, i64});
  declare("p4_append", void_type, {p, p, i32});
  declare("p4_append_varbit", void_type, {p, p});
  declare("p4_arithmetic", void_type, {i32, i32, p, p, p});
  declare("p4_apply", i32, {p, i32});
  declare("p4_is_in_set", i32, {p, i32});
  declare("p4_call", void_type, {p, i32});
}

void ModuleWriter::declare_program() {
  std::vector<bool> is_entry_procedure(program_.procedures.size());
  std::vector<bool> is_entry_parser(program_.parsers.size());
  for (const p4_ir::Block& block : program_.blocks) {
    if (block.parser.has_value()) {
      is_entry_parser[index_of(*block.parser)] = true;
    }
    if (block.procedure.has_value()) {
      is_entry_procedure[index_of(*block.procedure)] = true;
    }
  }
  const auto define = [&](const std::string& name, bool is_entry) {
    const LLVMValueRef function = LLVMAddFunction(module_, name.c_str(), function_type_);
    LLVMSetLinkage(function, is_entry ? LLVMExternalLinkage : LLVMInternalLinkage);
    const unsigned nounwind = LLVMGetEnumAttributeKindForName("nounwind", 8);
    LLVMAddAttributeAtIndex(function, static_cast<LLVMAttributeIndex>(LLVMAttributeFunctionIndex),
                            LLVMCreateEnumAttribute(context_, nounwind, 0));
    return function;
  };
  for (size_t i = 0; i < program_.procedures.size(); ++i) {
    procedures_.push_back(define("procedure_" + std::to_string(i), is_entry_procedure[i]));
  }
  for (size_t i = 0; i < program_.parsers.size(); ++i) {
    parsers_.push_back(define("parser_" + std::to_string(i), is_entry_parser[i]));
  }
}

void ModuleWriter::begin_function(LLVMValueRef function) {
  function_ = function;
  state_ = LLVMGetParam(function, 0);
  entry_ = new_block();
  const auto leave_with = [&](Status status) {
    const LLVMBasicBlockRef block = new_block();
    continue_in(block);
    LLVMBuildRet(builder_, number(32, static_cast<uint32_t>(status)));
    return block;
  };
  targets_ = {};
  targets_.returns = leave_with(Status::Next);
  targets_.rejects = leave_with(Status::Rejected);
  targets_.exhausts = leave_with(Status::Exhausted);
  const LLVMBasicBlockRef body = new_block();
  continue_in(entry_);
  go_to(body);
  continue_in(body);
}

void ModuleWriter::write_procedure(uint32_t number_of) {
  begin_function(procedures_[number_of]);
  write(program_.procedures[number_of].body);
  if (!has_ended()) {
    go_to(targets_.returns);
  }
}

LLVMValueRef ModuleWriter::call(LLVMValueRef function, std::vector<LLVMValueRef> arguments) {
  return LLVMBuildCall2(builder_, LLVMGlobalGetValueType(function), function, arguments.data(),
                        static_cast<unsigned>(arguments.size()), "");
}

LLVMValueRef ModuleWriter::intrinsic(const char* name, LLVMTypeRef type, std::vector<LLVMValueRef> arguments) {
  const unsigned id = LLVMLookupIntrinsicID(name, std::string_view(name).size());
  const LLVMValueRef function = LLVMGetIntrinsicDeclaration(module_, id, &type, 1);
  return call(function, std::move(arguments));
}

LLVMTypeRef ModuleWriter::memory_type(uint32_t width) const { return int_type(scalar_bytes(width) * 8); }

LLVMValueRef ModuleWriter::number(const Bits& value) const {
  std::vector<uint64_t> words((value.width() + 63) / 64);
  const std::vector<uint8_t> bytes = value.to_big_endian();
  for (size_t i = 0; i < bytes.size(); ++i) {
    words[i / 8] |= uint64_t{bytes[bytes.size() - 1 - i]} << (i % 8 * 8);
  }
  return LLVMConstIntOfArbitraryPrecision(int_type(value.width()), static_cast<unsigned>(words.size()), words.data());
}

// Zero-extended or cut.
LLVMValueRef ModuleWriter::resized(LLVMValueRef value, uint32_t width) {
  const uint32_t now = LLVMGetIntTypeWidth(LLVMTypeOf(value));
  if (now == width) {
    return value;
  }
  return now < width ? LLVMBuildZExt(builder_, value, int_type(width), "")
                     : LLVMBuildTrunc(builder_, value, int_type(width), "");
}

LLVMValueRef ModuleWriter::entry_alloca(LLVMTypeRef type) {
  const LLVMBasicBlockRef here = LLVMGetInsertBlock(builder_);
  LLVMPositionBuilderBefore(builder_, LLVMGetFirstInstruction(entry_));
  const LLVMValueRef made = LLVMBuildAlloca(builder_, type, "");
  LLVMSetAlignment(made, 8);
  continue_in(here);
  return made;
}

LLVMValueRef ModuleWriter::at_offset(LLVMValueRef base, uint64_t bytes) {
  LLVMValueRef index = number(64, bytes);
  return LLVMBuildInBoundsGEP2(builder_, int_type(8), base, &index, 1, "");
}

LLVMValueRef ModuleWriter::load(LLVMTypeRef type, LLVMValueRef pointer, uint32_t alignment) {
  const LLVMValueRef loaded = LLVMBuildLoad2(builder_, type, pointer, "");
  LLVMSetAlignment(loaded, alignment);
  return loaded;
}

void ModuleWriter::store(LLVMValueRef value, LLVMValueRef pointer, uint32_t alignment) {
  LLVMSetAlignment(LLVMBuildStore(builder_, value, pointer), alignment);
}

LLVMValueRef ModuleWriter::pointer_of(p4_ir::VariableId variable) {
  return at_offset(state_, layout_.offset(variable));
}

LLVMValueRef ModuleWriter::load_scalar(LLVMValueRef pointer, uint32_t width) {
  return resized(load(memory_type(width), pointer, std::min(scalar_bytes(width), 8U)), width);
}

void ModuleWriter::store_scalar(LLVMValueRef value, LLVMValueRef pointer, uint32_t width) {
  store(resized(value, scalar_bytes(width) * 8), pointer, std::min(scalar_bytes(width), 8U));
}

LLVMValueRef ModuleWriter::load_variable(p4_ir::VariableId variable) {
  return load_scalar(pointer_of(variable), program_.at(variable).width);
}

void ModuleWriter::store_variable(p4_ir::VariableId variable, LLVMValueRef value) {
  store_scalar(value, pointer_of(variable), program_.at(variable).width);
}

LLVMValueRef ModuleWriter::load_context(size_t offset, uint32_t width) {
  return load(int_type(width), context_slot(offset), width / 8);
}

void ModuleWriter::store_context(size_t offset, LLVMValueRef value, uint32_t width) {
  store(value, context_slot(offset), width / 8);
}

LLVMValueRef ModuleWriter::load_pointer(size_t offset) { return load(pointer_type_, context_slot(offset), 8); }

void ModuleWriter::refuse(Code code, std::string why) {
  if (!refused_.has_value()) {
    refused_ = Error{code, std::move(why)};
  }
}

bool ModuleWriter::count_node() {
  if (++nodes_ > nodes_max) {
    refuse(Code::ResourceExhausted,
           fmt::format("native code for this program would have more than {} nodes", nodes_max));
  } else if (depth_ > depth_max) {
    refuse(Code::ResourceExhausted, fmt::format("the program nests more than {} deep", depth_max));
  }
  return !refused_.has_value();
}

}  // namespace outrigger::p4_native
