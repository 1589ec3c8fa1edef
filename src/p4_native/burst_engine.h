// BurstEngine: runs a BurstProgram over tables of `pipeline`. One data thread's own; tables change under it as their
// Quiescence allows: announce() between two bursts is the caller's.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "p4_native/burst_program.h"
#include "p4_native/burst_resources.h"

namespace outrigger::p4_native {

class BurstEngine {
 public:
  // All of `resources` live longer. InvalidArgument: something that the program needs is missing, or is not as the
  // program has it: another key, other cells.
  static Result<std::unique_ptr<BurstEngine>> make(const BurstProgram& program, BurstResources resources);
  BurstEngine(const BurstEngine&) = delete;
  BurstEngine& operator=(const BurstEngine&) = delete;

  // Of one packet's coroutine.
  [[nodiscard]] size_t frame_bytes() const noexcept { return frame_stride_; }
  // At most pipeline::burst_packets_max. Says how many of them it took, at least one, whose verdicts are set. Those
  // behind them were not begun: what is slow among the ones before may change what they find in a register or meter, so
  // the engine must have run the slow ones first. It takes all of a program without such.
  [[nodiscard]] size_t run(std::span<BurstPacket> packets, uint64_t now_ns = 0);
  // What the shape's again_values were for the one packet of the last run that ended as Again.
  [[nodiscard]] std::vector<p4_ir::Bits> again_values() const;

 private:
  struct FreeMemory {
    void operator()(uint8_t* memory) const noexcept;
  };
  using Memory = std::unique_ptr<uint8_t[], FreeMemory>;
  BurstEngine(const BurstProgram& program, BurstResources resources);
  static Memory allocate(size_t bytes);
  [[nodiscard]] BurstContext& context() const noexcept { return *reinterpret_cast<BurstContext*>(context_.get()); }
  [[nodiscard]] BurstWaiting& waiting(uint64_t table) const noexcept {
    return *reinterpret_cast<BurstWaiting*>(context_.get() + program_.layout().waiting(table));
  }
  Result<> prepare_table(uint32_t number);
  Result<> prepare_array(const BurstNeed& need);
  void plan_fetches();
  size_t start(std::span<BurstPacket> packets);
  // Until no packet waits for a table.
  void serve_tables();
  void serve(uint32_t table);
  void serve_one_by_one(std::span<BurstPacket> packets);

  const BurstProgram& program_;
  const BurstResources resources_;
  std::vector<uint32_t> used_;     // tables that packets wait for, in the program's order
  std::vector<uint32_t> fetched_;  // of them those that are fetched early
  std::vector<Memory> keys_;
  Memory context_;
  Memory frames_;
  size_t frame_stride_ = 0;
};

}  // namespace outrigger::p4_native
