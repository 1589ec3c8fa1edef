// TargetMachine: the target of a simulation: the real subsystem, ports and connections over volumes that outlive it.
// kill() is the power switch: what it had said and not yet sent is lost, and with a write cache also what was not
// flushed; start() makes it anew from what it is to be, as a daemon does from its store.
#pragma once

#include "block/faulty_device.h"
#include "block/memory_device.h"
#include "contract/power_loss_device.h"
#include "core/sim.h"
#include "nvme/directory.h"
#include "nvme/subsystem.h"
#include "nvme_tcp/directory_desk.h"
#include "nvme_tcp/target.h"
#include "simulation/network.h"

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace outrigger::simulation {

inline constexpr const char* subsystem_nqn = "nqn.2026-11.org.example:simulated";
inline constexpr uint32_t block_bytes = 512;
inline constexpr size_t port_count = 2;
inline constexpr uint32_t namespace_count = 2;

enum class Volumes : uint8_t {
  Memory,     // bare: answers at once, lends its memory
  Slow,       // answers late, out of order
  PowerLoss,  // the same behind a write cache
};

// Doors of the network, by port.
[[nodiscard]] inline std::string door_of(size_t port) { return std::to_string(4420 + port); }

class TargetMachine {
 public:
  // Borrowed. `cores`: the first is control.
  TargetMachine(Network& network, std::vector<core::Reactor*> cores, Volumes volumes, uint64_t block_count,
                uint64_t seed);
  // Killed, and is_idle().
  ~TargetMachine();
  TargetMachine(const TargetMachine&) = delete;
  TargetMachine& operator=(const TargetMachine&) = delete;

  // One at a time, and only while is_idle().
  [[nodiscard]] bool is_idle() const noexcept { return !is_busy_; }
  [[nodiscard]] bool is_up() const noexcept { return subsystem_ != nullptr; }
  void start();
  void kill();
  void open_port(size_t port);
  void close_port(size_t port);
  void add_namespace(uint32_t nsid);
  void remove_namespace(uint32_t nsid);

  [[nodiscard]] bool has_port(size_t port) const noexcept { return targets_[port] != nullptr; }
  [[nodiscard]] bool shows(uint32_t nsid) const noexcept { return shown_[nsid - 1]; }
  // Lasts until the machine is killed.
  void set_ana(size_t port, nvme::AnaState state);
  // So many Identify commands from now on end with an error that passes.
  void fail_identify(uint32_t count) { identify_failures_ = count; }
  // What is discarded is zero; otherwise it may be there or zero.
  [[nodiscard]] bool discards_to_zero() const noexcept { return volumes_.front().memory != nullptr; }
  // Bare memory only.
  void resize(uint32_t nsid, uint64_t block_count);
  [[nodiscard]] uint64_t block_count(uint32_t nsid) const;

  [[nodiscard]] size_t connection_count() const;
  [[nodiscard]] size_t controller_count() const { return is_up() ? subsystem_->controllers().size() : 0; }
  // Called when a volume has lost what was not flushed.
  std::function<void()> power_lost;

 private:
  struct Volume {
    std::unique_ptr<block::MemoryDevice> memory;
    std::unique_ptr<contract::PowerLossDevice> cached;
    std::unique_ptr<block::FaultyDevice> slow;
    block::Device* front = nullptr;
  };

  void make_volume(uint32_t nsid, Volumes volumes, uint64_t block_count, uint64_t seed);
  void listen(size_t port);
  void run(core::Job<void> job);
  static core::Job<void> run_and_tell(core::Job<void> job, bool* is_busy);
  core::Job<void> add(uint32_t nsid);
  core::Job<void> remove(uint32_t nsid);
  core::Job<void> shut_port(size_t port);
  core::Job<void> set_up();
  core::Job<void> tear_down();

  Network& network_;
  core::Reactor& control_;
  const std::vector<core::Reactor*> data_cores_;
  std::array<Volume, namespace_count> volumes_;
  std::array<bool, namespace_count> shown_{true, true};
  bool is_busy_ = false;
  uint32_t identify_failures_ = 0;

  // What a kill loses.
  std::unique_ptr<nvme_tcp::GroupSet> groups_;
  std::unique_ptr<nvme::Directory> directory_;
  std::unique_ptr<nvme_tcp::DirectoryDesk> directory_desk_;
  std::unique_ptr<nvme_tcp::ConnectDesk> desk_;  // in front of it
  std::unique_ptr<nvme::Subsystem> subsystem_;
  std::array<std::unique_ptr<nvme_tcp::Target>, port_count> targets_;
};

}  // namespace outrigger::simulation
