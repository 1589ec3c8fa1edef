// Finding and marking functions that LLVM would take long for.
#include "p4_native/slow_functions.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "p4_native/limits.h"

namespace outrigger::p4_native {
namespace {

struct Size {
  size_t instructions = 0;
  size_t selects = 0;
  size_t select_row = 0;  // the longest of select instructions that use one another
};

class Measure {
 public:
  void add(LLVMValueRef instruction) {
    ++size_.instructions;
    if (LLVMGetInstructionOpcode(instruction) != LLVMSelect) {
      return;
    }
    ++size_.selects;
    const size_t length = 1 + std::max(row_to(LLVMGetOperand(instruction, 1)), row_to(LLVMGetOperand(instruction, 2)));
    rows_.emplace(instruction, length);
    size_.select_row = std::max(size_.select_row, length);
  }
  [[nodiscard]] Size size() const noexcept { return size_; }

 private:
  [[nodiscard]] size_t row_to(LLVMValueRef value) const {
    const auto found = rows_.find(value);
    return found == rows_.end() ? 0 : found->second;
  }

  std::unordered_map<LLVMValueRef, size_t> rows_;  // of each select seen
  Size size_;
};

Size size_of(LLVMValueRef function) {
  Measure measure;
  for (LLVMBasicBlockRef block = LLVMGetFirstBasicBlock(function); block != nullptr;
       block = LLVMGetNextBasicBlock(block)) {
    for (LLVMValueRef instruction = LLVMGetFirstInstruction(block); instruction != nullptr;
         instruction = LLVMGetNextInstruction(instruction)) {
      measure.add(instruction);
    }
  }
  return measure.size();
}

bool is_slow(const Size& size) {
  return size.instructions > function_instructions_max || size.select_row > select_row_max ||
         (size.instructions > many_instructions && size.selects > selects_of_many_max);
}

void mark(LLVMModuleRef module, LLVMValueRef function) {
  constexpr std::string_view opposite = "alwaysinline";
  LLVMRemoveEnumAttributeAtIndex(function, static_cast<LLVMAttributeIndex>(LLVMAttributeFunctionIndex),
                                 LLVMGetEnumAttributeKindForName(opposite.data(), opposite.size()));
  for (const std::string_view name : {"noinline", "optnone"}) {
    const unsigned kind = LLVMGetEnumAttributeKindForName(name.data(), name.size());
    LLVMAddAttributeAtIndex(function, static_cast<LLVMAttributeIndex>(LLVMAttributeFunctionIndex),
                            LLVMCreateEnumAttribute(LLVMGetModuleContext(module), kind, 0));
  }
}

}  // namespace

void mark_slow_functions(LLVMModuleRef module) {
  size_t whole = 0;
  for (LLVMValueRef function = LLVMGetFirstFunction(module); function != nullptr;
       function = LLVMGetNextFunction(function)) {
    if (LLVMIsDeclaration(function) != 0) {
      continue;
    }
    const Size size = size_of(function);
    whole += size.instructions;
    if (is_slow(size) || whole > module_instructions_max) {
      mark(module, function);
    }
  }
}

}  // namespace outrigger::p4_native
