// BurstProgram: the part of a lowered program that needs no host, as machine code for bursts of packets: parser,
// controls with tables, deparser; unicast or drop. A packet that comes to anything else — an extern, a varbit, a table
// with an action profile — is given back untouched, for an engine.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "p4_native/burst.h"
#include "p4_native/native_program.h"

namespace outrigger::p4_native {

// One block, and what the architecture does after it, in this order.
struct BurstStep {
  const p4_ir::Block* block = nullptr;
  bool drops_rejected = false;                                          // of a parser; else a rejected packet goes on
  std::vector<p4_ir::VariableId> slow_when_set;                         // multicast group, clone session …
  std::optional<std::pair<p4_ir::VariableId, p4_ir::Bits>> drops_when;  // it has this value
  std::vector<std::pair<p4_ir::VariableId, p4_ir::VariableId>> copies;  // to, from
  std::vector<std::pair<p4_ir::VariableId, p4_ir::Bits>> sets;
  std::vector<p4_ir::VariableId> timestamps;   // get the burst's time
  std::optional<p4_ir::VariableId> port_from;  // where the packet goes: what this says now, whatever it says later
  bool marks_length = false;                   // of the shape's headers that are valid
  bool moves_length = false;                   // packet_length, by what these headers are longer or shorter since then
};

// An extern that needs no host.
struct BurstExtern {
  enum class Kind : uint8_t {
    Sets,            // mark_to_drop: it only sets variables: fields of its arguments, or else `sets`
    UpdateChecksum,  // (condition, fields, checksum, algorithm); another algorithm makes the packet slow
    VerifyChecksum,  // the same; sets the variables when the checksum is wrong
  };
  std::string name;
  Kind kind = Kind::Sets;
  std::vector<std::pair<p4_ir::VariableId, p4_ir::Bits>> sets = {};
  std::vector<std::pair<std::string, uint64_t>> fields = {};  // by the last part of their names
  uint64_t csum16 = 0;                                        // the number of the only algorithm that is known
  const p4_ir::Block* block = nullptr;                        // outside of it VerifyChecksum sets nothing
};

// How an architecture runs the program; the last step is the deparser, whose emits come last.
struct BurstShape {
  std::vector<BurstStep> steps;
  std::optional<p4_ir::VariableId> ingress_port;
  std::optional<p4_ir::VariableId> packet_length;
  std::vector<p4_ir::VariableId> timestamps;  // get the burst's time before the first step
  uint64_t ns_per_timestamp = 1000;
  std::vector<p4_ir::HeaderId> headers;
  p4_ir::VariableId egress_port{};  // at the end, unless a step has port_from
  std::vector<BurstExtern> externs;
};

class BurstProgram {
 public:
  // `program` and `shape` are not needed afterwards. Unimplemented: not a program for bursts.
  static Result<std::unique_ptr<BurstProgram>> compile(const p4_ir::Program& program, const BurstShape& shape,
                                                       const NativeOptions& options);
  ~BurstProgram();
  BurstProgram(const BurstProgram&) = delete;
  BurstProgram& operator=(const BurstProgram&) = delete;

  // Begins a packet; `memory` null: says in the context how much it needs.
  using Start = void (*)(BurstContext* context, BurstPacket* packet, void* memory);
  // Goes on with `count` packets.
  using Resume = void (*)(BurstContext* context, void* const* frames, const pipeline::Entry* const* found,
                          uint32_t count);
  [[nodiscard]] Start start() const noexcept { return start_; }
  [[nodiscard]] Resume resume() const noexcept { return resume_; }
  // Bytes of each table's key; nullopt where no packet waits for it.
  [[nodiscard]] const std::vector<std::optional<uint32_t>>& key_bytes() const noexcept { return key_bytes_; }
  [[nodiscard]] uint64_t ns_per_timestamp() const noexcept { return ns_per_timestamp_; }
  [[nodiscard]] const std::string& llvm_text() const noexcept { return text_; }
  [[nodiscard]] const std::string& optimised_text() const noexcept { return optimised_text_; }

 private:
  BurstProgram() = default;

  std::unique_ptr<Machine> machine_;
  std::vector<std::optional<uint32_t>> key_bytes_;
  uint64_t ns_per_timestamp_ = 1;
  Start start_ = nullptr;
  Resume resume_ = nullptr;
  std::string text_;
  std::string optimised_text_;
};

}  // namespace outrigger::p4_native
