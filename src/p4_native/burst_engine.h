// BurstEngine: runs a BurstProgram over tables of `pipeline`. One data thread's own; tables change under it as their
// Quiescence allows: announce() between two bursts is the caller's.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "p4_native/burst_program.h"

namespace outrigger::p4_native {

class BurstEngine {
 public:
  // Tables in the order of the program's; all live longer. InvalidArgument: one's keys are not as the program has them.
  static Result<std::unique_ptr<BurstEngine>> make(const BurstProgram& program,
                                                   std::span<const pipeline::TableAbi* const> tables);
  BurstEngine(const BurstEngine&) = delete;
  BurstEngine& operator=(const BurstEngine&) = delete;

  // Of one packet's coroutine.
  [[nodiscard]] size_t frame_bytes() const noexcept { return frame_stride_; }
  // At most pipeline::burst_packets_max. Sets each packet's verdict. `now_us`: what time stamps get.
  void run(std::span<BurstPacket> packets, uint64_t now_us = 0);

 private:
  struct FreeMemory {
    void operator()(uint8_t* memory) const noexcept;
  };
  using Memory = std::unique_ptr<uint8_t[], FreeMemory>;
  explicit BurstEngine(const BurstProgram& program, size_t tables);
  static Memory allocate(size_t bytes);
  [[nodiscard]] BurstContext& context() const noexcept { return *reinterpret_cast<BurstContext*>(context_.get()); }
  [[nodiscard]] BurstWaiting& waiting(size_t table) const noexcept {
    return reinterpret_cast<BurstWaiting*>(context_.get() + sizeof(BurstContext))[table];
  }
  void serve(BurstWaiting& list, const pipeline::TableAbi& table);

  const BurstProgram& program_;
  std::vector<const pipeline::TableAbi*> tables_;
  std::vector<uint32_t> used_;  // tables that packets wait for, in the program's order
  std::vector<Memory> keys_;
  Memory context_;
  Memory frames_;
  size_t frame_stride_ = 0;
};

}  // namespace outrigger::p4_native
