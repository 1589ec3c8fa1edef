// Simulation: several reactors driven by one thread in virtual time, in an order that a seed decides. What happens is
// the same every time for the same seed, as long as no reactor waits for the real world (io_uring, descriptors).
// For tests: races between cores become a matter of the seed, and an hour's time-out takes no time.
#pragma once

#include "core/clock.h"
#include "core/random.h"
#include "core/reactor.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace outrigger::core {

struct SimulationOptions {
  uint64_t seed = 1;
  uint32_t reactor_count = 1;
  uint32_t uring_entries = 0;  // of each reactor; 0: no io_uring, nothing from the real world
  size_t buffer_bytes = 0;     // of each reactor
};

class Simulation {
 public:
  // Check()s that the reactors can be made: a test without them cannot go on.
  explicit Simulation(const SimulationOptions& options);
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  [[nodiscard]] Reactor& reactor(size_t index) noexcept { return *reactors_[index]; }
  [[nodiscard]] size_t reactor_count() const noexcept { return reactors_.size(); }
  [[nodiscard]] ManualClock& clock() noexcept { return clock_; }
  [[nodiscard]] Random& random() noexcept { return random_; }

  // One turn of one reactor, chosen by the seed. When all of them have been idle for a while, time moves to the next
  // timer. Returns the work found.
  uint32_t step();
  // Steps until `done()`. False when nothing can happen any more: no work, no timer, nothing in flight in an io_uring.
  [[nodiscard]] bool run_until(const std::function<bool()>& done);
  // Moves time on by `ns`, stopping at every timer on the way.
  void run_for(uint64_t ns);

 private:
  [[nodiscard]] bool is_everybody_idle();
  [[nodiscard]] uint64_t next_deadline_ns() const noexcept;
  [[nodiscard]] bool waits_for_the_world() noexcept;

  ManualClock clock_;
  Random random_;
  std::vector<std::unique_ptr<Reactor>> reactors_;
};

}  // namespace outrigger::core
