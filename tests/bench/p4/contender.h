// A contender of the P4 benchmark: something that runs a workload's program over the packets in memory.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "workload.h"

namespace outrigger::p4_bench {

class Contender {
 public:
  Contender() = default;
  Contender(const Contender&) = delete;
  Contender& operator=(const Contender&) = delete;
  virtual ~Contender() = default;

  // All packets, one after the other.
  virtual void run(Packets& packets) = 0;
};

struct Ours {
  std::unique_ptr<Contender> contender;
  double compile_ms = 0;  // from source to machine code
};

// The P4 source, compiled into bursts, over tables of `pipeline`.
Result<Ours> make_ours(const Workload& workload);
// Loops in C++ that know the program: what can be reached.
std::unique_ptr<Contender> make_by_hand(const Workload& workload);

// DPDK's SWX pipeline: its interpreter, or the C that it generates. `folder` is for what is made meanwhile; `headers`
// has rte_swx_pipeline_internal.h of this DPDK's source, which generated C includes. Unimplemented: built without DPDK.
struct SwxOptions {
  bool is_generated = false;
  std::string folder;
  std::string headers;
};
Result<> start_swx(int cpu);
Result<std::unique_ptr<Contender>> make_swx(const Workload& workload, const SwxOptions& options);

}  // namespace outrigger::p4_bench
