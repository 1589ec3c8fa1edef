// Machine: see machine.h.
#include "p4_native/machine.h"

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
#include <vector>

#include "base/check.h"
#include "p4_native/burst_run_time.h"
#include "p4_native/run_time.h"
#include "p4_native/slow_functions.h"

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

Result<> run_passes(LLVMModuleRef module, LLVMTargetMachineRef machine, const char* passes) {
  const std::unique_ptr<std::remove_pointer_t<LLVMPassBuilderOptionsRef>, decltype(&LLVMDisposePassBuilderOptions)>
      pass_options(LLVMCreatePassBuilderOptions(), &LLVMDisposePassBuilderOptions);
  LLVMPassBuilderOptionsSetLoopVectorization(pass_options.get(), 0);
  LLVMPassBuilderOptionsSetSLPVectorization(pass_options.get(), 0);
  return to_result(LLVMRunPasses(module, passes, machine, pass_options.get()), "LLVM's passes");
}

// The functions that generated code calls, at their addresses.
Result<> define_run_time(LLVMOrcLLJITRef jit) {
  std::vector<LLVMOrcCSymbolMapPair> symbols;
  const auto add = [&](std::string_view name, void* address) {
    const LLVMJITSymbolFlags flags = {.GenericFlags = LLVMJITSymbolGenericFlagsExported, .TargetFlags = 0};
    const std::string text(name);
    symbols.push_back({.Name = LLVMOrcLLJITMangleAndIntern(jit, text.c_str()),
                       .Sym = {.Address = reinterpret_cast<LLVMOrcExecutorAddress>(address), .Flags = flags}});
  };
  for (const auto& functions : {run_time_functions(), burst_run_time_functions()}) {
    for (const RunTimeFunction& function : functions) {
      add(function.name, function.address);
    }
  }
  add("memcpy", reinterpret_cast<void*>(&std::memcpy));
  add("memmove", reinterpret_cast<void*>(&std::memmove));
  add("memset", reinterpret_cast<void*>(&std::memset));
  add("memcmp", reinterpret_cast<void*>(&std::memcmp));
  const LLVMOrcMaterializationUnitRef unit = LLVMOrcAbsoluteSymbols(symbols.data(), symbols.size());
  return to_result(LLVMOrcJITDylibDefine(LLVMOrcLLJITGetMainJITDylib(jit), unit), "the run time's functions");
}

}  // namespace

Result<std::unique_ptr<Machine>> Machine::make() {
  std::unique_ptr<Machine> made(new Machine);
  OR_TRY(made->start());
  return made;
}

Result<> Machine::start() {
  OR_ASSIGN(TargetMachine machine, host_machine());
  const Message triple(LLVMGetTargetMachineTriple(machine.get()));
  const LLVMOrcLLJITBuilderRef builder = LLVMOrcCreateLLJITBuilder();
  LLVMOrcLLJITBuilderSetJITTargetMachineBuilder(
      builder, LLVMOrcJITTargetMachineBuilderCreateFromTargetMachine(machine.release()));
  OR_TRY(to_result(LLVMOrcCreateLLJIT(&jit_, builder), "ORC"));
  OR_TRY(define_run_time(jit_));
  context_ = LLVMOrcCreateNewThreadSafeContext();
  module_ = LLVMModuleCreateWithNameInContext("p4", LLVMOrcThreadSafeContextGetContext(context_));
  LLVMSetTarget(module_, triple.get());
  LLVMSetDataLayout(module_, LLVMOrcLLJITGetDataLayoutStr(jit_));
  return {};
}

Machine::~Machine() {
  if (module_ != nullptr) {
    LLVMDisposeModule(module_);
  }
  if (context_ != nullptr) {
    LLVMOrcDisposeThreadSafeContext(context_);
  }
  if (jit_ != nullptr) {
    (void)to_result(LLVMOrcDisposeLLJIT(jit_), "leaving");
  }
}

std::string Machine::text() const { return Message(LLVMPrintModuleToString(module_)).get(); }

Result<> Machine::optimise(bool is_optimised) {
  OR_ASSIGN(const TargetMachine target, host_machine());
  OR_TRY(verify(module_));
  if (is_optimised) {
    mark_slow_functions(module_);
  }
  return run_passes(module_, target.get(), is_optimised ? "default<O2>" : "default<O0>");
}

Result<> Machine::run(const char* passes) {
  OR_ASSIGN(const TargetMachine target, host_machine());
  return run_passes(module_, target.get(), passes);
}

Result<> Machine::add() {
  const LLVMOrcThreadSafeModuleRef safe = LLVMOrcCreateNewThreadSafeModule(module_, context_);
  module_ = nullptr;
  return to_result(LLVMOrcLLJITAddLLVMIRModule(jit_, LLVMOrcLLJITGetMainJITDylib(jit_), safe), "the module");
}

Result<uint64_t> Machine::look_up(const std::string& name) {
  LLVMOrcExecutorAddress address = 0;
  OR_TRY(to_result(LLVMOrcLLJITLookup(jit_, &address, name.c_str()), name));
  return address;
}

}  // namespace outrigger::p4_native
