// Fields that a program takes from an entry and writes side by side are stored one by one, each turned round twice.
// Here such stores become few wide ones: what lies side by side in the entry, too, is copied as it is. Inside the room
// only.
#pragma once

#include <llvm-c/Core.h>

namespace outrigger::p4_native {

// A function that gives its argument back: its results are what data threads only read, for copies to be known by.
inline constexpr const char* entry_marker = "p4_entry";
LLVMValueRef declare_entry_marker(LLVMModuleRef module);

void widen_copies(LLVMModuleRef module);
// The marker is no function; before machine code is made.
void remove_entry_marker(LLVMModuleRef module);

}  // namespace outrigger::p4_native
