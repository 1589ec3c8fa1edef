// What the programs here that are a part of the daemon without the daemon share: the volume that a target serves, the
// reactors it runs on, and waiting until it is told to stop.
#pragma once

#include "base/result.h"
#include "block/device.h"
#include "core/clock.h"
#include "core/job.h"
#include "core/reactor.h"

#include <signal.h>

#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace outrigger::load {

struct VolumeOptions {
  std::string device = "null";  // null, memory or file:PATH
  uint64_t size_bytes = 256ULL << 20;
  uint32_t block_size = 512;
};
[[nodiscard]] Result<std::unique_ptr<block::Device>> make_volume(const std::string& name, const VolumeOptions& options);

struct MachineOptions {
  std::vector<int> data_cpus{-1};  // a data core on each; -1: not pinned
  int control_cpu = -1;
  uint64_t spin_us = 50;  // of data cores
};

// The reactors of one program. Life: create() by the main thread, which also blocks SIGINT and SIGTERM for all threads
// → set-up of what lives on control → start_control() → … → stop() → what lived on control goes.
class Machine {
 public:
  // Data cores run when it returns, the control reactor not yet.
  [[nodiscard]] static Result<std::unique_ptr<Machine>> create(const MachineOptions& options);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  [[nodiscard]] const core::Clock& clock() const noexcept { return clock_; }
  [[nodiscard]] core::Reactor& control() noexcept { return *control_; }
  [[nodiscard]] const std::vector<core::Reactor*>& data_cores() const noexcept { return data_pointers_; }

  void start_control() { control_->start(); }
  // Joins all threads. Does nothing the second time.
  void stop();
  // Runs a job on control, from start to end: make() is called there and gives it.
  template <typename Make>
  void run(Make make) {
    std::promise<void> done;
    control_->post([&make, &done] { core::spawn(finish(make(), &done)); });
    done.get_future().get();
  }
  // Until SIGINT or SIGTERM.
  void wait_for_signal() const;

 private:
  Machine();
  static core::Job<void> finish(core::Job<void> job, std::promise<void>* done);

  const core::MonotonicClock clock_;
  sigset_t signals_;
  std::unique_ptr<core::Reactor> control_;
  std::vector<std::unique_ptr<core::Reactor>> data_;
  std::vector<core::Reactor*> data_pointers_;
};

// Both ends of a measurement with TLS: who the host is, and a key that is no secret.
inline constexpr const char* tls_hostnqn = "nqn.2014-08.org.nvmexpress:uuid:6f757472-6967-4765-9201-000000000002";
inline constexpr const char* tls_psk = "NVMeTLSkey-1:01:VRLbtnN9AQb2WXW3c9+wEf/DRLz0QuLdbYvEhwtdWwNf9LrZ:";

// "0,1,-1"; empty where it is no such list.
[[nodiscard]] std::vector<int> parse_cpus(const char* text);

}  // namespace outrigger::load
