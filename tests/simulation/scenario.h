// Scenario: one life of a host and a target with everything that can go wrong between them, decided by a seed. Requests
// at random from all cores, faults at random; then the faults end, and everything must come to rest. What is checked:
//
// - every request completes once (block::TestIo), within a bound once the faults have ended;
// - a read returns what History allows, no block is torn, and at the end nothing changes by itself;
// - every path lives again, and the devices have the size of the volumes;
// - what was made for connections and requests is gone at the end, and is bounded until then.
#pragma once

#include "block/test_rig.h"
#include "simulation/history.h"
#include "simulation/host_machine.h"
#include "simulation/target_machine.h"

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace outrigger::simulation {

struct ScenarioOptions {
  uint64_t seed = 1;
  uint64_t step_count = 600;
  int64_t write_retry_hold_ms = -1;  // as RemoteOptions has it
  bool damages_unprotected = false;  // bytes of connections without digests, too
};

// What came of it, to see that a run was worth its time.
struct ScenarioCounts {
  uint64_t faults = 0;
  uint64_t kills = 0;
  uint64_t losses = 0;    // of live paths
  uint64_t connects = 0;  // of paths
  uint64_t writes = 0;    // acknowledged
  uint64_t reads = 0;     // the same
  uint64_t copies = 0;    // the same
  uint64_t pairs = 0;     // Compare and Write that compared
  uint64_t misses = 0;    // and that did not
  uint64_t errors = 0;    // requests that failed
  uint64_t resent = 0;    // commands
};

class Scenario {
 public:
  explicit Scenario(const ScenarioOptions& options);
  ~Scenario();
  Scenario(const Scenario&) = delete;
  Scenario& operator=(const Scenario&) = delete;

  // Empty: all was well. Once.
  std::string run();
  [[nodiscard]] const ScenarioCounts& counts() const noexcept { return counts_; }
  // The same for the same seed.
  [[nodiscard]] uint64_t fingerprint() const noexcept { return network_.fingerprint(); }

 private:
  struct Trial {
    std::unique_ptr<block::TestIo> io;
    block::Op op = block::Op::Read;
    bool is_fua = false;
    uint32_t nsid = 1;
    uint64_t lba = 0;
    uint64_t count = 0;
    uint64_t source = 0;             // of a copy
    std::vector<uint64_t> expected;  // of a Compare and Write: by block
    uint64_t submitted = 0;
    std::vector<size_t> changes;  // index in each block's history
  };

  [[nodiscard]] std::vector<core::Reactor*> host_cores();
  [[nodiscard]] std::vector<core::Reactor*> target_cores();
  void begin();
  // scenario_faults.cc
  void act();
  void break_link();
  void break_door();
  void change_machine();
  void change_port();
  void change_subsystem();
  void pass_time();
  void make_all_well();

  void submit();
  Trial& make_trial(uint32_t nsid, block::Op op, uint64_t lba, uint64_t count);
  void fill(Trial& trial);
  void collect();
  void judge(Trial& trial);
  void judge_pair(const Trial& trial);
  void judge_changes(const Trial& trial);
  [[nodiscard]] bool may_fail(const Trial& trial) const;
  void judge_read(const Trial& trial);
  [[nodiscard]] bool has_both_digests() const;
  [[nodiscard]] bool is_patient() const;
  void check_bounds();
  // False, and a failure: not within `ns_max` of virtual time.
  bool wait(const std::function<bool()>& done, uint64_t ns_max, const char* what);
  void read_all();
  void settle();
  void end();
  void fail(std::string what);
  void trace(const std::string& what);
  [[nodiscard]] uint64_t now_ns() { return sim_.clock().now_ns(); }

  const ScenarioOptions options_;
  core::Random random_;
  core::Simulation sim_;
  Network network_;
  TargetMachine target_;
  HostMachine host_;
  std::array<History, namespace_count> histories_;
  std::deque<Trial> trials_;
  uint64_t now_ = 0;  // orders submissions and completions
  uint64_t value_ = 0;
  ScenarioCounts counts_;
  const bool is_traced_;
  std::string failure_;
};

}  // namespace outrigger::simulation
