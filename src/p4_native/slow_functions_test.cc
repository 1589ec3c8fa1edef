// Which functions go past LLVM's passes.
#include "p4_native/slow_functions.h"

#include <gtest/gtest.h>

#include <string_view>

#include "p4_native/limits.h"

namespace outrigger::p4_native {
namespace {

// A function of so many instructions, of which so many are selects.
class SlowFunctionTest : public testing::Test {
 protected:
  ~SlowFunctionTest() override {
    LLVMDisposeBuilder(builder_);
    LLVMDisposeModule(module_);
    LLVMContextDispose(context_);
  }

  bool is_marked(size_t instructions, size_t selects, bool in_a_row = false) {
    const LLVMTypeRef number = LLVMInt32TypeInContext(context_);
    LLVMTypeRef parameters[] = {number, LLVMInt1TypeInContext(context_)};
    const LLVMValueRef function =
        LLVMAddFunction(module_, "f", LLVMFunctionType(number, parameters, 2, /*IsVarArg=*/0));
    LLVMPositionBuilderAtEnd(builder_, LLVMAppendBasicBlockInContext(context_, function, ""));
    const LLVMValueRef first = LLVMGetParam(function, 0);
    LLVMValueRef last = first;
    for (size_t i = 0; i < instructions - 1; ++i) {
      last = i < selects ? LLVMBuildSelect(builder_, LLVMGetParam(function, 1), in_a_row ? last : first, first, "")
                         : LLVMBuildAdd(builder_, last, first, "");
    }
    LLVMBuildRet(builder_, last);
    mark_slow_functions(module_);
    constexpr std::string_view mark = "optnone";
    const unsigned kind = LLVMGetEnumAttributeKindForName(mark.data(), mark.size());
    const auto where = static_cast<LLVMAttributeIndex>(LLVMAttributeFunctionIndex);
    const bool is = LLVMGetEnumAttributeAtIndex(function, where, kind) != nullptr;
    LLVMDeleteFunction(function);
    return is;
  }

 private:
  LLVMContextRef context_ = LLVMContextCreate();
  LLVMModuleRef module_ = LLVMModuleCreateWithNameInContext("m", context_);
  LLVMBuilderRef builder_ = LLVMCreateBuilderInContext(context_);
};

TEST_F(SlowFunctionTest, of_too_many_instructions) {
  EXPECT_FALSE(is_marked(function_instructions_max, 0));
  EXPECT_TRUE(is_marked(function_instructions_max + 1, 0));
}

TEST_F(SlowFunctionTest, of_many_instructions_with_too_many_selects) {
  EXPECT_FALSE(is_marked(many_instructions, selects_of_many_max + 1));
  EXPECT_FALSE(is_marked(many_instructions + 1, selects_of_many_max));
  EXPECT_TRUE(is_marked(many_instructions + 1, selects_of_many_max + 1));
}

TEST_F(SlowFunctionTest, of_too_many_selects_in_a_row) {
  EXPECT_FALSE(is_marked(1000, select_row_max, true));
  EXPECT_TRUE(is_marked(1000, select_row_max + 1, true));
}

}  // namespace
}  // namespace outrigger::p4_native
