// The interpreter and native code side by side, over hosts that answer by chance but both the same. Everything that can
// be seen must be equal: outcomes, all variables that an architecture observes, the parser's cursor, the output.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "p4_interpreter/interpreter.h"
#include "p4_native/native_engine.h"
#include "random_program/random_host.h"

namespace outrigger::p4_random {

class BothEngines {
 public:
  // `program` must live longer. An error: native code does not take it.
  static Result<std::unique_ptr<BothEngines>> make(const p4_ir::Program& program, uint64_t seed);
  // What differs; empty: nothing.
  std::string run(const std::vector<uint8_t>& packet);

 private:
  BothEngines(const p4_ir::Program& program, std::unique_ptr<p4_native::NativeProgram> compiled, uint64_t seed);
  [[nodiscard]] std::string difference() const;

  const p4_ir::Program& program_;
  std::vector<bool> observed_;  // by VariableId
  std::unique_ptr<p4_native::NativeProgram> compiled_;
  RandomHost interpreter_host_;
  RandomHost native_host_;
  p4_interpreter::Interpreter interpreter_;
  p4_native::NativeEngine native_;
};

}  // namespace outrigger::p4_random
