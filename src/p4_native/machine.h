// Machine: LLVM's side of one compiled program: a module, its passes, its machine code. Inside the room only.
#pragma once

#include <llvm-c/Core.h>
#include <llvm-c/LLJIT.h>

#include <memory>
#include <string>

#include "base/result.h"

namespace outrigger::p4_native {

class Machine {
 public:
  static Result<std::unique_ptr<Machine>> make();
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // An empty module for this processor, until add() has taken it.
  [[nodiscard]] LLVMModuleRef module() const noexcept { return module_; }
  [[nodiscard]] std::string text() const;
  // Verifies, and runs -O2 or -O0.
  Result<> optimise(bool is_optimised);
  // These passes, in the words of LLVM's `opt -passes`.
  Result<> run(const char* passes);
  // Gives the module to ORC, which compiles it at the first look_up().
  Result<> add();
  // The address of one of its functions.
  Result<uint64_t> look_up(const std::string& name);

 private:
  Machine() = default;
  Result<> start();

  LLVMOrcLLJITRef jit_ = nullptr;
  LLVMOrcThreadSafeContextRef context_ = nullptr;
  LLVMModuleRef module_ = nullptr;
};

}  // namespace outrigger::p4_native
