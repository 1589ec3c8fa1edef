// What bursts make of a call of an extern or of a table: whether they can do it at all. Inside the room only.
#pragma once

#include "p4_native/burst_program.h"

namespace outrigger::p4_native {

// Null: the call makes the packet slow.
const BurstExtern* find_burst_extern(const p4_ir::Program& program, const BurstShape& shape,
                                     const p4_ir::CallExtern& call);
// The argument at this place; an absent one: what the call returns.
const p4_ir::ExternArgument& argument_or_result(const p4_ir::CallExtern& call, int place);
// None: not one that bursts know.
BurstHash hash_of_call(const p4_ir::Program& program, const BurstShape& shape, const p4_ir::CallExtern& call,
                       const BurstExtern& known);
// What the constructor of this instance was given: its hash, its `position`th number.
BurstHash hash_of_instance(const p4_ir::Program& program, p4_ir::ExternId id);
std::optional<uint64_t> number_of_instance(const p4_ir::Program& program, p4_ir::ExternId id, size_t position);

// What a call of an extern that only sets variables sets.
std::vector<std::pair<p4_ir::VariableId, p4_ir::Bits>> values_set(const p4_ir::Program& program,
                                                                  const p4_ir::CallExtern& call,
                                                                  const BurstExtern& known);
// Does the call work on a meter or register, so that packets must do it in their order?
[[nodiscard]] bool is_ordered(BurstExtern::Kind kind) noexcept;
// Bits of what a register's call reads or writes.
uint32_t register_call_bits(const p4_ir::CallExtern& call, const BurstExtern& known);
// Does the part hold a varbit? In bursts they are empty.
bool is_varbit_part(const p4_ir::Program& program, const p4_ir::ExternArgument::Part& part);

bool is_direct_meter(const p4_ir::Program& program, p4_ir::ExternId id);
bool is_direct_counter(const p4_ir::Program& program, p4_ir::ExternId id);
// Bytes of a table's key; nullopt: packets that come to it are slow.
std::optional<uint32_t> burst_key_bytes(const p4_ir::Program& program, const p4_ir::Table& table);
// What of the table is worth fetching when a key is written.
KeyFetch key_fetch(const p4_ir::Table& table);
// Can the header be written byte by byte, when its varbit is empty?
bool lies_on_bytes(const p4_ir::Program& program, const p4_ir::Header& header);

}  // namespace outrigger::p4_native
