// NativeProgram: from the module to machine code, by LLVM's pass builder and ORC.
#include "p4_native/native_program.h"

#include <llvm-c/Analysis.h>
#include <llvm-c/Error.h>
#include <llvm-c/LLJIT.h>
#include <llvm-c/Orc.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>

#include <array>
#include <cstring>
#include <memory>
#include <mutex>
#include <type_traits>

#include "base/check.h"
#include "p4_native/module_writer.h"
#include "p4_native/run_time.h"

namespace outrigger::p4_native {
namespace {

struct DisposeMessage {
  void operator()(char* text) const noexcept { LLVMDisposeMessage(text); }
};
using Message = std::unique_ptr<char, DisposeMessage>;

struct DisposeTarget {
  void operator()(LLVMTargetMachineRef machine) const noexcept { LLVMDisposeTargetMachine(machine); }
};
using TargetMachine = std::unique_ptr<std::remove_pointer_t<LLVMTargetMachineRef>, DisposeTarget>;

Result<> to_result(LLVMErrorRef error, std::string_view what) {
  if (error == nullptr) {
    return {};
  }
  char* const text = LLVMGetErrorMessage(error);
  Error made{Code::Internal, fmt::format("{}: {}", what, text)};
  LLVMDisposeErrorMessage(text);
  return std::unexpected(std::move(made));
}

Result<TargetMachine> host_machine() {
  static std::once_flag once;
  std::call_once(once, [] {
    check(LLVMInitializeNativeTarget() == 0 && LLVMInitializeNativeAsmPrinter() == 0, "LLVM knows this processor");
  });
  const Message triple(LLVMGetDefaultTargetTriple());
  const Message processor(LLVMGetHostCPUName());
  const Message features(LLVMGetHostCPUFeatures());
  LLVMTargetRef target = nullptr;
  char* text = nullptr;
  if (LLVMGetTargetFromTriple(triple.get(), &target, &text) != 0) {
    const Message why(text);
    return fail(Code::Internal, "LLVM has no target {}: {}", triple.get(), why.get());
  }
  return TargetMachine(LLVMCreateTargetMachine(target, triple.get(), processor.get(), features.get(),
                                               LLVMCodeGenLevelDefault, LLVMRelocPIC, LLVMCodeModelJITDefault));
}

Result<> verify(LLVMModuleRef module) {
  char* text = nullptr;
  const bool is_broken = LLVMVerifyModule(module, LLVMReturnStatusAction, &text) != 0;
  const Message why(text);
  return is_broken ? fail(Code::Internal, "the module is broken: {}", why.get()) : Result<>{};
}

Result<> run_passes(LLVMModuleRef module, LLVMTargetMachineRef machine, const NativeOptions& options) {
  const std::unique_ptr<std::remove_pointer_t<LLVMPassBuilderOptionsRef>, decltype(&LLVMDisposePassBuilderOptions)>
      pass_options(LLVMCreatePassBuilderOptions(), &LLVMDisposePassBuilderOptions);
  LLVMPassBuilderOptionsSetLoopVectorization(pass_options.get(), 0);
  LLVMPassBuilderOptionsSetSLPVectorization(pass_options.get(), 0);
  const char* passes = options.is_optimised ? "default<O2>" : "default<O0>";
  return to_result(LLVMRunPasses(module, passes, machine, pass_options.get()), "LLVM's passes");
}

std::string text_of(LLVMModuleRef module) { return Message(LLVMPrintModuleToString(module)).get(); }

// The functions that generated code calls, at their addresses.
Result<> define_run_time(LLVMOrcLLJITRef jit) {
  std::vector<LLVMOrcCSymbolMapPair> symbols;
  const auto add = [&](std::string_view name, void* address) {
    const LLVMJITSymbolFlags flags = {.GenericFlags = LLVMJITSymbolGenericFlagsExported, .TargetFlags = 0};
    const std::string text(name);
    symbols.push_back({.Name = LLVMOrcLLJITMangleAndIntern(jit, text.c_str()),
                       .Sym = {.Address = reinterpret_cast<LLVMOrcExecutorAddress>(address), .Flags = flags}});
  };
  for (const RunTimeFunction& function : run_time_functions()) {
    add(function.name, function.address);
  }
  add("memcpy", reinterpret_cast<void*>(&std::memcpy));
  add("memmove", reinterpret_cast<void*>(&std::memmove));
  add("memset", reinterpret_cast<void*>(&std::memset));
  add("memcmp", reinterpret_cast<void*>(&std::memcmp));
  const LLVMOrcMaterializationUnitRef unit = LLVMOrcAbsoluteSymbols(symbols.data(), symbols.size());
  return to_result(LLVMOrcJITDylibDefine(LLVMOrcLLJITGetMainJITDylib(jit), unit), "the run time's functions");
}

}  // namespace

struct NativeProgram::Machine {
  Machine() = default;
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  ~Machine() {
    if (jit != nullptr) {
      (void)to_result(LLVMOrcDisposeLLJIT(jit), "leaving");
    }
  }
  Result<> start() {
    OR_ASSIGN(TargetMachine machine, host_machine());
    const LLVMOrcLLJITBuilderRef builder = LLVMOrcCreateLLJITBuilder();
    LLVMOrcLLJITBuilderSetJITTargetMachineBuilder(
        builder, LLVMOrcJITTargetMachineBuilderCreateFromTargetMachine(machine.release()));
    OR_TRY(to_result(LLVMOrcCreateLLJIT(&jit, builder), "ORC"));
    return define_run_time(jit);
  }
  LLVMOrcLLJITRef jit = nullptr;
};

NativeProgram::NativeProgram(const p4_ir::Program& program, StateLayout layout)
    : program_(program), layout_(std::move(layout)), machine_(std::make_unique<Machine>()) {}

NativeProgram::~NativeProgram() = default;

Result<std::unique_ptr<NativeProgram>> NativeProgram::compile(const p4_ir::Program& program,
                                                              const NativeOptions& options) {
  OR_ASSIGN(StateLayout layout, StateLayout::make(program));
  std::unique_ptr<NativeProgram> made(new NativeProgram(program, std::move(layout)));
  OR_TRY(made->machine_->start());
  OR_ASSIGN(const TargetMachine target, host_machine());
  const std::unique_ptr<std::remove_pointer_t<LLVMOrcThreadSafeContextRef>, decltype(&LLVMOrcDisposeThreadSafeContext)>
      safe_context(LLVMOrcCreateNewThreadSafeContext(), &LLVMOrcDisposeThreadSafeContext);
  const LLVMContextRef context = LLVMOrcThreadSafeContextGetContext(safe_context.get());
  std::unique_ptr<std::remove_pointer_t<LLVMModuleRef>, decltype(&LLVMDisposeModule)> module(
      LLVMModuleCreateWithNameInContext("p4", context), &LLVMDisposeModule);
  const Message triple(LLVMGetTargetMachineTriple(target.get()));
  LLVMSetTarget(module.get(), triple.get());
  LLVMSetDataLayout(module.get(), LLVMOrcLLJITGetDataLayoutStr(made->machine_->jit));
  OR_TRY(ModuleWriter(program, made->layout_, made->sites_, module.get()).write());
  if (options.keeps_text) {
    made->text_ = text_of(module.get());
  }
  OR_TRY(verify(module.get()));
  OR_TRY(run_passes(module.get(), target.get(), options));
  if (options.keeps_text) {
    made->optimised_text_ = text_of(module.get());
  }
  const LLVMOrcLLJITRef jit = made->machine_->jit;
  const LLVMOrcThreadSafeModuleRef safe = LLVMOrcCreateNewThreadSafeModule(module.release(), safe_context.get());
  OR_TRY(to_result(LLVMOrcLLJITAddLLVMIRModule(jit, LLVMOrcLLJITGetMainJITDylib(jit), safe), "the module"));
  OR_TRY(made->link_entries());
  return made;
}

// Machine code is made here, when the first address is asked for.
Result<> NativeProgram::link_entries() {
  procedures_.resize(program_.procedures.size());
  parsers_.resize(program_.parsers.size());
  const auto look_up = [&](const std::string& name, Entry& into) -> Result<> {
    LLVMOrcExecutorAddress address = 0;
    OR_TRY(to_result(LLVMOrcLLJITLookup(machine_->jit, &address, name.c_str()), name));
    into = reinterpret_cast<Entry>(address);
    return {};
  };
  for (const p4_ir::Block& block : program_.blocks) {
    if (block.parser.has_value()) {
      const uint32_t i = index_of(*block.parser);
      OR_TRY(look_up("parser_" + std::to_string(i), parsers_[i]));
    }
    if (block.procedure.has_value()) {
      const uint32_t i = index_of(*block.procedure);
      OR_TRY(look_up("procedure_" + std::to_string(i), procedures_[i]));
    }
  }
  return {};
}

NativeProgram::Entry NativeProgram::entry(const p4_ir::Block& block) const {
  const Entry found =
      block.parser.has_value() ? parsers_[index_of(*block.parser)] : procedures_[index_of(*block.procedure)];
  check(found != nullptr, "a block of the program");
  return found;
}

}  // namespace outrigger::p4_native
