#include "simulation/target_machine.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace outrigger::simulation {
namespace {

constexpr uint64_t millisecond = 1'000'000;

// A disk that is mostly quick.
void slow_down(block::FaultyDevice& device) {
  constexpr std::pair<uint64_t, uint64_t> one_in_and_delay_ns[] = {
      {200, 300 * millisecond}, {30, 20 * millisecond}, {6, millisecond}, {2, 50'000}};
  for (const auto& [one_in, delay_ns] : one_in_and_delay_ns) {
    device.add_rule({.fault = block::Fault::Delay, .delay_ns = delay_ns, .one_in = one_in});
  }
}

// An admin queue that cannot identify anything as long as `failures` lasts.
class ForgetfulQueue final : public nvme::Queue {
 public:
  ForgetfulQueue(std::shared_ptr<nvme::Queue> queue, uint32_t& failures)
      : queue_(std::move(queue)), failures_(failures) {}
  core::Reactor& home() const noexcept override { return queue_->home(); }
  bool is_ready() const noexcept override { return queue_->is_ready(); }
  void closed() noexcept override { queue_->closed(); }
  void attach() noexcept override { queue_->attach(); }
  void detach() noexcept override { queue_->detach(); }
  nvme::Status prepare(nvme::Command& command) noexcept override {
    if (failures_ != 0 && command.sqe.opcode == static_cast<uint8_t>(nvme::AdminOpcode::Identify)) {
      --failures_;
      return nvme::Status::retryable(nvme::StatusCode::InternalError);
    }
    return queue_->prepare(command);
  }
  void execute(nvme::Command& command) noexcept override { queue_->execute(command); }
  void prefetch(const nvme::Command& command) noexcept override { queue_->prefetch(command); }
  bool lend(nvme::Command& command) noexcept override { return queue_->lend(command); }
  void returned(nvme::Command& command) noexcept override { queue_->returned(command); }
  void forget(nvme::Command& command) noexcept override { queue_->forget(command); }
  void expedite() noexcept override { queue_->expedite(); }

 private:
  const std::shared_ptr<nvme::Queue> queue_;
  uint32_t& failures_;
};

class ForgetfulDesk final : public nvme_tcp::ConnectDesk {
 public:
  ForgetfulDesk(nvme_tcp::ConnectDesk& desk, uint32_t& failures) : desk_(desk), failures_(failures) {}
  nvme::ConnectOutcome connect(const nvme::ConnectRequest& request) override {
    nvme::ConnectOutcome outcome = desk_.connect(request);
    if (outcome.queue != nullptr && request.sqe.qid == 0) {
      outcome.queue = std::make_shared<ForgetfulQueue>(std::move(outcome.queue), failures_);
    }
    return outcome;
  }

 private:
  nvme_tcp::ConnectDesk& desk_;
  uint32_t& failures_;
};

}  // namespace

TargetMachine::TargetMachine(Network& network, std::vector<core::Reactor*> cores, Volumes volumes, uint64_t block_count,
                             uint64_t seed)
    : network_(network), control_(*cores.front()), data_cores_(cores.begin() + 1, cores.end()) {
  for (uint32_t nsid = 1; nsid <= namespace_count; ++nsid) {
    make_volume(nsid, volumes, block_count, seed);
  }
}

TargetMachine::~TargetMachine() { check(!is_up() && is_idle(), "a target machine goes when it is off"); }

void TargetMachine::make_volume(uint32_t nsid, Volumes volumes, uint64_t block_count, uint64_t seed) {
  Volume& volume = volumes_[nsid - 1];
  const std::string name = "volume" + std::to_string(nsid);
  if (volumes == Volumes::PowerLoss) {
    volume.cached = std::make_unique<contract::PowerLossDevice>(block_bytes, block_count);
    volume.front = volume.cached.get();
  } else {
    auto made = block::MemoryDevice::create(name, {.block_size = block_bytes, .block_count = block_count});
    check(made.has_value(), "a simulation makes a volume");
    volume.memory = std::move(*made);
    volume.front = volume.memory.get();
  }
  if (volumes != Volumes::Memory) {
    volume.slow = std::make_unique<block::FaultyDevice>(name, *volume.front, seed + nsid);
    slow_down(*volume.slow);
    volume.front = volume.slow.get();
  }
}

// -- one after the other

void TargetMachine::run(core::Job<void> job) {
  check(is_idle(), "a target machine does one thing at a time");
  is_busy_ = true;
  core::spawn(run_and_tell(std::move(job), &is_busy_));
}

core::Job<void> TargetMachine::run_and_tell(core::Job<void> job, bool* is_busy) {
  co_await job;
  *is_busy = false;
}

void TargetMachine::start() { run(set_up()); }
void TargetMachine::kill() {
  for (size_t port = 0; port < port_count; ++port) {
    network_.answer(door_of(port), nullptr);
  }
  network_.cut_all();
  run(tear_down());
}
void TargetMachine::open_port(size_t port) { listen(port); }
void TargetMachine::close_port(size_t port) { run(shut_port(port)); }
void TargetMachine::add_namespace(uint32_t nsid) { run(add(nsid)); }
void TargetMachine::remove_namespace(uint32_t nsid) { run(remove(nsid)); }

core::Job<void> TargetMachine::set_up() {
  groups_ = std::make_unique<nvme_tcp::GroupSet>(control_, data_cores_);
  directory_ = std::make_unique<nvme::Directory>(control_, data_cores_);
  directory_desk_ = std::make_unique<nvme_tcp::DirectoryDesk>(*directory_);
  desk_ = std::make_unique<ForgetfulDesk>(*directory_desk_, identify_failures_);
  auto made = nvme::Subsystem::create(
      *directory_, {.nqn = subsystem_nqn, .serial = "S1", .model = "simulated", .firmware = "1", .nsid_max = 16});
  check(made.has_value(), "a simulation makes a subsystem");
  subsystem_ = std::move(*made);
  for (uint32_t nsid = 1; nsid <= namespace_count; ++nsid) {
    if (shows(nsid)) {
      auto adding = add(nsid);
      co_await adding;
    }
  }
  for (size_t port = 0; port < port_count; ++port) {
    listen(port);
  }
}

core::Job<void> TargetMachine::tear_down() {
  for (size_t port = 0; port < port_count; ++port) {
    auto shutting = shut_port(port);
    co_await shutting;
  }
  auto closing = subsystem_->close();
  co_await closing;
  subsystem_ = nullptr;
  desk_ = nullptr;
  directory_desk_ = nullptr;
  directory_ = nullptr;
  groups_ = nullptr;
  for (const Volume& volume : volumes_) {
    if (volume.cached != nullptr) {
      volume.cached->lose_power();
    }
  }
  if (volumes_.front().cached != nullptr && power_lost) {
    power_lost();
  }
}

void TargetMachine::listen(size_t port) {
  nvme_tcp::TargetOptions options;  // its own address is never used
  options.port_id = static_cast<uint16_t>(port + 1);
  auto made = nvme_tcp::Target::listen(*groups_, *desk_, std::move(options));
  check(made.has_value(), "a simulation listens");
  targets_[port] = std::move(*made);
  subsystem_->expose_at(targets_[port]->port());
  network_.answer(door_of(port), [this, port](UniqueFd socket) {
    control_.post([this, port, socket = std::move(socket)]() mutable {
      if (targets_[port] != nullptr) {
        targets_[port]->accept(std::move(socket), "192.0.2.1", 1);
      }
    });
  });
}

core::Job<void> TargetMachine::shut_port(size_t port) {
  if (targets_[port] == nullptr) {
    co_return;
  }
  network_.answer(door_of(port), nullptr);
  const std::unique_ptr<nvme_tcp::Target> target = std::move(targets_[port]);
  subsystem_->withdraw_from(target->port());
  auto closing = target->close();
  co_await closing;
}

core::Job<void> TargetMachine::add(uint32_t nsid) {
  nvme::NamespaceOptions options{.nsid = nsid};
  options.uuid[0] = 0xA5;
  options.uuid[15] = static_cast<uint8_t>(nsid);
  auto adding = subsystem_->add_namespace(options, *volumes_[nsid - 1].front);
  const auto added = co_await adding;
  check(added.has_value(), "a simulation adds a namespace");
  shown_[nsid - 1] = true;
}

core::Job<void> TargetMachine::remove(uint32_t nsid) {
  auto removing = subsystem_->remove_namespace(nsid);
  const auto removed = co_await removing;
  check(removed.has_value(), "a simulation removes a namespace");
  shown_[nsid - 1] = false;
}

// -- at once

void TargetMachine::set_ana(size_t port, nvme::AnaState state) {
  const auto set = subsystem_->set_ana_state(targets_[port]->port(), 1, state);
  check(set.has_value(), "a simulation sets an ANA state");
}

void TargetMachine::resize(uint32_t nsid, uint64_t block_count) {
  if (Volume& volume = volumes_[nsid - 1]; volume.memory != nullptr) {
    const auto resized = volume.memory->resize(block_count);
    check(resized.has_value(), "a simulation resizes a volume");
  }
}

uint64_t TargetMachine::block_count(uint32_t nsid) const { return volumes_[nsid - 1].front->block_count(); }

size_t TargetMachine::connection_count() const {
  size_t count = 0;
  for (const auto& target : targets_) {
    count += target != nullptr ? target->connection_count() : 0;
  }
  return count;
}

}  // namespace outrigger::simulation
