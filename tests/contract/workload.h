// Workload: seeded random requests to one device through one or several channels, checked against a model. It keeps
// requests apart that may not be in flight together (a write and anything else on the same blocks), so that the
// model knows every outcome.
#pragma once

#include "block/device.h"
#include "contract/model.h"
#include "contract/trial.h"
#include "core/random.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace outrigger::contract {

struct WorkloadOptions {
  uint64_t seed = 1;
  uint64_t lba_first = 0;  // the workload stays within these blocks of the device
  uint64_t block_count = 0;
  uint64_t request_count = 600;
  size_t in_flight_max = 16;
  uint64_t request_blocks_max = 64;
  bool keeps_data = true;
  bool may_fail = false;
  const Model* known = nullptr;  // what earlier requests left on the device; borrowed until the constructor returns
};

class Workload {
 public:
  // The channels are used on the thread that calls step().
  Workload(const WorkloadOptions& options, std::vector<block::Channel*> channels);
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;

  // Submits a few requests, as many as the limits allow. Completions come through the reactors.
  void step();
  // Everything was submitted and came back, or something failed and nothing is in flight any more.
  [[nodiscard]] bool is_over() const noexcept;
  [[nodiscard]] bool has_in_flight() const noexcept { return !in_flight_.empty(); }
  // Empty: all was well. Otherwise what was wrong first.
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }
  [[nodiscard]] uint64_t done_count() const noexcept { return done_count_; }
  // What the device must hold now.
  [[nodiscard]] const Model& model() const noexcept { return model_; }

 private:
  void submit_one();
  // Chooses a request into `trial`; false when nothing fits beside what is in flight.
  [[nodiscard]] bool choose(Trial& trial);
  void choose_sweep(Trial& trial);
  void choose_outside(Trial& trial);
  [[nodiscard]] block::Op choose_op();
  [[nodiscard]] uint64_t choose_count(block::Op op);
  void choose_data(Trial& trial);
  [[nodiscard]] bool is_conflicting(const Trial& trial) const;
  void submit(Trial& trial);
  static void trial_done(block::Request& request) noexcept;
  void finish(Trial& trial);
  void judge(const Trial& trial);
  void apply(const Trial& trial);
  void fail(const Trial& trial, const std::string& what);

  WorkloadOptions options_;
  std::vector<block::Channel*> channels_;
  block::Geometry geometry_;
  Model model_;
  core::Random random_;
  std::vector<std::unique_ptr<Trial>> trials_;
  std::vector<Trial*> free_;
  std::vector<Trial*> in_flight_;
  uint64_t submitted_count_ = 0;
  uint64_t sweep_lba_ = 0;  // how far the last look at everything has come
  uint64_t done_count_ = 0;
  std::string failure_;
};

}  // namespace outrigger::contract
