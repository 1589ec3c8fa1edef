// Copies: see wide_copies.h. Block by block: stores to one base, one behind the other, are taken together until
// something else touches memory. Each byte stored is followed back to where it was loaded.
#include "p4_native/wide_copies.h"

#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace outrigger::p4_native {
namespace {

constexpr uint32_t depth_max = 8;          // of instructions from a store to its load
constexpr uint64_t stored_bytes_max = 64;  // of one store
constexpr size_t stores_max = 256;         // of one group
constexpr int64_t gap_max = 8;             // bytes between two that are copied

struct Place {
  LLVMValueRef base = nullptr;
  int64_t offset = 0;
  friend bool operator==(const Place&, const Place&) = default;
};

// Of a value, from its lowest byte on.
struct Byte {
  enum class Kind : uint8_t { Unknown, Zero, Loaded };
  Kind kind = Kind::Unknown;
  Place from;
};
using Bytes = std::vector<Byte>;

bool is_opcode(LLVMValueRef value, LLVMOpcode opcode) {
  return LLVMIsAInstruction(value) != nullptr && LLVMGetInstructionOpcode(value) == opcode;
}

std::string_view name_of(LLVMValueRef function) {
  size_t length = 0;
  const char* const text = LLVMGetValueName2(function, &length);
  return {text, length};
}

bool calls(LLVMValueRef value, std::string_view name) {
  return is_opcode(value, LLVMCall) && LLVMIsAFunction(LLVMGetCalledValue(value)) != nullptr &&
         name_of(LLVMGetCalledValue(value)).starts_with(name);
}

std::optional<uint64_t> constant(LLVMValueRef value) {
  if (LLVMIsAConstantInt(value) == nullptr || LLVMGetIntTypeWidth(LLVMTypeOf(value)) > 64) {
    return std::nullopt;
  }
  return LLVMConstIntGetZExtValue(value);
}

// Behind steps of a constant number of bytes.
Place place_of(LLVMValueRef pointer) {
  Place place{.base = pointer};
  while (is_opcode(place.base, LLVMGetElementPtr) && LLVMGetNumOperands(place.base) == 2) {
    const LLVMTypeRef type = LLVMGetGEPSourceElementType(place.base);
    const LLVMValueRef index = LLVMGetOperand(place.base, 1);
    if (LLVMGetTypeKind(type) != LLVMIntegerTypeKind || LLVMGetIntTypeWidth(type) != 8 ||
        LLVMIsAConstantInt(index) == nullptr) {
      break;
    }
    place.offset += LLVMConstIntGetSExtValue(index);
    place.base = LLVMGetOperand(place.base, 0);
  }
  return place;
}

// 0: not whole bytes, or too many.
uint64_t bytes_of_type(LLVMTypeRef type) {
  uint64_t bits = 0;
  if (LLVMGetTypeKind(type) == LLVMIntegerTypeKind) {
    bits = LLVMGetIntTypeWidth(type);
  } else if (LLVMGetTypeKind(type) == LLVMVectorTypeKind &&
             LLVMGetTypeKind(LLVMGetElementType(type)) == LLVMIntegerTypeKind &&
             LLVMGetIntTypeWidth(LLVMGetElementType(type)) % 8 == 0) {
    bits = uint64_t{LLVMGetVectorSize(type)} * LLVMGetIntTypeWidth(LLVMGetElementType(type));
  }
  return bits % 8 == 0 && bits / 8 <= stored_bytes_max ? bits / 8 : 0;
}

bool is_plain(LLVMValueRef access) {
  return LLVMGetVolatile(access) == 0 && LLVMGetOrdering(access) == LLVMAtomicOrderingNotAtomic;
}

Bytes bytes_of(LLVMValueRef value, uint32_t depth);

Bytes loaded_bytes(LLVMValueRef load, uint64_t count) {
  Bytes bytes(count);
  const Place place = place_of(LLVMGetOperand(load, 0));
  if (is_plain(load) && calls(place.base, entry_marker)) {
    for (uint64_t i = 0; i < count; ++i) {
      bytes[i] = {.kind = Byte::Kind::Loaded,
                  .from = {.base = place.base, .offset = place.offset + static_cast<int64_t>(i)}};
    }
  }
  return bytes;
}

// By a constant number of whole bytes; `up`: to higher places.
Bytes shifted_bytes(LLVMValueRef value, uint64_t count, bool up, uint32_t depth) {
  const auto by = constant(LLVMGetOperand(value, 1));
  if (!by.has_value() || *by % 8 != 0 || *by / 8 > count) {
    return Bytes(count);
  }
  Bytes bytes = bytes_of(LLVMGetOperand(value, 0), depth);
  const auto shift = static_cast<ptrdiff_t>(*by / 8);
  if (up) {
    std::shift_right(bytes.begin(), bytes.end(), shift);
    std::fill_n(bytes.begin(), shift, Byte{.kind = Byte::Kind::Zero, .from = {}});
  } else {
    std::shift_left(bytes.begin(), bytes.end(), shift);
    std::fill_n(bytes.rbegin(), shift, Byte{.kind = Byte::Kind::Zero, .from = {}});
  }
  return bytes;
}

Bytes joined_bytes(LLVMValueRef value, uint32_t depth) {
  Bytes bytes = bytes_of(LLVMGetOperand(value, 0), depth);
  const Bytes others = bytes_of(LLVMGetOperand(value, 1), depth);
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i].kind == Byte::Kind::Zero) {
      bytes[i] = others[i];
    } else if (others[i].kind != Byte::Kind::Zero) {
      bytes[i] = {};
    }
  }
  return bytes;
}

Bytes bytes_of(LLVMValueRef value, uint32_t depth) {
  const uint64_t count = bytes_of_type(LLVMTypeOf(value));
  if (count == 0 || depth == depth_max || LLVMIsAInstruction(value) == nullptr) {
    return Bytes(count);
  }
  if (calls(value, "llvm.bswap.") && LLVMGetTypeKind(LLVMTypeOf(value)) == LLVMIntegerTypeKind) {
    Bytes bytes = bytes_of(LLVMGetOperand(value, 0), depth + 1);
    std::ranges::reverse(bytes);
    return bytes;
  }
  switch (LLVMGetInstructionOpcode(value)) {
    case LLVMLoad: return loaded_bytes(value, count);
    case LLVMTrunc:
    case LLVMZExt: {
      Bytes bytes = bytes_of(LLVMGetOperand(value, 0), depth + 1);
      const bool is_whole = !bytes.empty() && LLVMGetTypeKind(LLVMTypeOf(value)) == LLVMIntegerTypeKind;
      bytes.resize(count, Byte{.kind = is_whole ? Byte::Kind::Zero : Byte::Kind::Unknown, .from = {}});
      return is_whole ? bytes : Bytes(count);
    }
    case LLVMLShr: return shifted_bytes(value, count, false, depth + 1);
    case LLVMShl: return shifted_bytes(value, count, true, depth + 1);
    case LLVMOr: return joined_bytes(value, depth + 1);
    default: return Bytes(count);
  }
}

struct Store {
  LLVMValueRef instruction = nullptr;
  int64_t offset = 0;
  Bytes bytes;

  [[nodiscard]] bool is_copy() const {
    return std::ranges::all_of(bytes, [](const Byte& byte) { return byte.kind == Byte::Kind::Loaded; });
  }
};

// Stores to one base between which nothing else touches memory that they could change.
struct Group {
  LLVMValueRef base = nullptr;
  std::vector<Store> stores;
};

// Bytes [begin, end) from the base on come from as many at `from`, but for those that other stores of the group write.
struct Copy {
  int64_t begin = 0;
  int64_t end = 0;
  Place from;
};

class Widening {
 public:
  explicit Widening(LLVMContextRef context) : context_(context), builder_(LLVMCreateBuilderInContext(context)) {}
  ~Widening() { LLVMDisposeBuilder(builder_); }
  Widening(const Widening&) = delete;
  Widening& operator=(const Widening&) = delete;

  void widen(LLVMBasicBlockRef block) {
    Group group;
    std::vector<Group> groups;
    const auto close = [&] {
      if (group.stores.size() > 1) {
        groups.push_back(std::move(group));
      }
      group = {};
    };
    for (LLVMValueRef one = LLVMGetFirstInstruction(block); one != nullptr; one = LLVMGetNextInstruction(one)) {
      if (is_opcode(one, LLVMStore)) {
        const Place place = place_of(LLVMGetOperand(one, 1));
        Bytes bytes = bytes_of(LLVMGetOperand(one, 0), 0);
        if (place.base != group.base || bytes.empty() || !is_plain(one) || group.stores.size() == stores_max) {
          close();
        }
        if (!bytes.empty() && is_plain(one)) {
          group.base = place.base;
          group.stores.push_back({.instruction = one, .offset = place.offset, .bytes = std::move(bytes)});
        }
      } else if (touches_memory(one)) {
        close();
      }
    }
    close();
    for (const Group& of : groups) {
      widen(of);
    }
  }

 private:
  static bool touches_memory(LLVMValueRef instruction) {
    if (is_opcode(instruction, LLVMLoad)) {
      return !is_plain(instruction) || !calls(place_of(LLVMGetOperand(instruction, 0)).base, entry_marker);
    }
    // A marker ends a group, too: what is loaded by it cannot be loaded before.
    const bool is_pure_call = calls(instruction, "llvm.bswap.") || calls(instruction, "llvm.umin.");
    return (is_opcode(instruction, LLVMCall) && !is_pure_call) || is_opcode(instruction, LLVMFence) ||
           is_opcode(instruction, LLVMAtomicRMW) || is_opcode(instruction, LLVMAtomicCmpXchg) ||
           is_opcode(instruction, LLVMInvoke);
  }

  // By offset; empty when one is written twice.
  static std::map<int64_t, Byte> bytes_in(const Group& group) {
    std::map<int64_t, Byte> all;
    for (const Store& store : group.stores) {
      for (size_t i = 0; i < store.bytes.size(); ++i) {
        if (!all.emplace(store.offset + static_cast<int64_t>(i), store.bytes[i]).second) {
          return {};
        }
      }
    }
    return all;
  }

  static std::vector<Copy> copies_in(const std::map<int64_t, Byte>& bytes) {
    std::vector<Copy> copies;
    int64_t covered_from = 0;  // all bytes from here to the one at hand are written
    int64_t before = 0;
    for (const auto& [offset, byte] : bytes) {
      if (copies.empty() || offset != before + 1) {
        covered_from = offset;
      }
      before = offset;
      if (byte.kind != Byte::Kind::Loaded) {
        continue;
      }
      if (!copies.empty()) {
        Copy& last = copies.back();
        const Place expected{.base = last.from.base, .offset = last.from.offset + (offset - last.begin)};
        if (last.end > covered_from && offset - last.end <= gap_max && expected == byte.from) {
          last.end = offset + 1;
          continue;
        }
      }
      copies.push_back({.begin = offset, .end = offset + 1, .from = byte.from});
    }
    return copies;
  }

  void widen(const Group& group) {
    const auto bytes = bytes_in(group);
    for (const Copy& copy : copies_in(bytes)) {
      const auto is_covered = [&](const Store& store) {
        return store.is_copy() && store.offset >= copy.begin &&
               store.offset + static_cast<int64_t>(store.bytes.size()) <= copy.end;
      };
      ptrdiff_t narrow = 0;  // instructions that store
      for (const Store& store : group.stores) {
        narrow += is_covered(store) ? std::popcount(store.bytes.size()) : 0;
      }
      const std::vector<std::pair<int64_t, int64_t>> pieces = pieces_of(copy.end - copy.begin);
      if (narrow <= static_cast<ptrdiff_t>(pieces.size())) {
        continue;
      }
      LLVMPositionBuilderBefore(builder_, group.stores.front().instruction);
      std::vector<std::pair<LLVMValueRef, int64_t>> loaded;
      for (const auto& [offset, size] : pieces) {
        const LLVMTypeRef type = size > 8 ? LLVMVectorType(LLVMInt8TypeInContext(context_), static_cast<unsigned>(size))
                                          : LLVMIntTypeInContext(context_, static_cast<unsigned>(size * 8));
        const LLVMValueRef load = LLVMBuildLoad2(builder_, type, at(copy.from.base, copy.from.offset + offset), "");
        LLVMSetAlignment(load, 1);
        loaded.emplace_back(load, copy.begin + offset);
      }
      for (const auto& [value, offset] : loaded) {
        LLVMSetAlignment(LLVMBuildStore(builder_, value, at(group.base, offset)), 1);
      }
      for (const Store& store : group.stores) {
        if (is_covered(store)) {
          erased_.push_back(store.instruction);
        }
      }
    }
    for (const LLVMValueRef one : erased_) {
      LLVMInstructionEraseFromParent(one);
    }
    erased_.clear();
  }

  // Offsets and sizes that cover so many bytes; the last one may lie over the one before.
  static std::vector<std::pair<int64_t, int64_t>> pieces_of(int64_t bytes) {
    std::vector<std::pair<int64_t, int64_t>> pieces;
    int64_t size = 32;
    while (size > bytes) {
      size /= 2;
    }
    int64_t at = 0;
    for (; at + size <= bytes; at += size) {
      pieces.emplace_back(at, size);
    }
    if (at < bytes) {
      int64_t rest = size;
      while (rest / 2 >= bytes - at) {
        rest /= 2;
      }
      pieces.emplace_back(bytes - rest, rest);
    }
    return pieces;
  }

  LLVMValueRef at(LLVMValueRef base, int64_t offset) {
    LLVMValueRef index = LLVMConstInt(LLVMInt64TypeInContext(context_), static_cast<uint64_t>(offset), 1);
    return LLVMBuildGEP2(builder_, LLVMInt8TypeInContext(context_), base, &index, 1, "");
  }

  LLVMContextRef context_;
  LLVMBuilderRef builder_;
  std::vector<LLVMValueRef> erased_;
};

}  // namespace

LLVMValueRef declare_entry_marker(LLVMModuleRef module) {
  if (const LLVMValueRef known = LLVMGetNamedFunction(module, entry_marker)) {
    return known;
  }
  const LLVMContextRef context = LLVMGetModuleContext(module);
  LLVMTypeRef pointer = LLVMPointerTypeInContext(context, 0);
  const LLVMValueRef made = LLVMAddFunction(module, entry_marker, LLVMFunctionType(pointer, &pointer, 1, 0));
  // `memory` with no bits set: it touches none.
  for (const std::string_view name : {"memory", "nounwind", "willreturn", "speculatable"}) {
    const unsigned kind = LLVMGetEnumAttributeKindForName(name.data(), name.size());
    LLVMAddAttributeAtIndex(made, static_cast<LLVMAttributeIndex>(LLVMAttributeFunctionIndex),
                            LLVMCreateEnumAttribute(context, kind, 0));
  }
  return made;
}

void widen_copies(LLVMModuleRef module) {
  Widening widening(LLVMGetModuleContext(module));
  for (LLVMValueRef function = LLVMGetFirstFunction(module); function != nullptr;
       function = LLVMGetNextFunction(function)) {
    for (LLVMBasicBlockRef block = LLVMGetFirstBasicBlock(function); block != nullptr;
         block = LLVMGetNextBasicBlock(block)) {
      widening.widen(block);
    }
  }
}

void remove_entry_marker(LLVMModuleRef module) {
  const LLVMValueRef marker = LLVMGetNamedFunction(module, entry_marker);
  if (marker == nullptr) {
    return;
  }
  while (const LLVMUseRef use = LLVMGetFirstUse(marker)) {
    const LLVMValueRef call = LLVMGetUser(use);
    LLVMReplaceAllUsesWith(call, LLVMGetOperand(call, 0));
    LLVMInstructionEraseFromParent(call);
  }
  LLVMDeleteFunction(marker);
}

}  // namespace outrigger::p4_native
