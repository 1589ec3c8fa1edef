#include "load/machine.h"

#include "backend/file.h"
#include "block/memory_device.h"
#include "block/null_device.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

namespace outrigger::load {
namespace {

// Of a core's pool of registered buffers: what volumes on files take.
constexpr size_t pool_bytes = 4ULL << 20;

Result<std::unique_ptr<core::Reactor>> make_reactor(std::string name, int cpu, uint64_t spin_us,
                                                    const core::Clock& clock) {
  core::ReactorOptions options;
  options.name = std::move(name);
  options.cpu = cpu;
  options.idle_spin_ns = spin_us * 1000;
  options.buffer_bytes = pool_bytes;
  return core::Reactor::create(std::move(options), clock);
}

}  // namespace

Result<std::unique_ptr<block::Device>> make_volume(const std::string& name, const VolumeOptions& options) {
  const uint64_t blocks = options.block_size == 0 ? 0 : options.size_bytes / options.block_size;
  if (options.device == "null") {
    const block::Geometry geometry{.block_size = options.block_size, .block_count = blocks};
    return std::unique_ptr<block::Device>(std::make_unique<block::NullDevice>(name, geometry));
  }
  if (options.device == "memory") {
    OR_ASSIGN(auto memory,
              block::MemoryDevice::create(name, {.block_size = options.block_size, .block_count = blocks}));
    return std::unique_ptr<block::Device>(std::move(memory));
  }
  if (options.device.starts_with("file:")) {
    backend::FileOptions file_options;
    file_options.path = options.device.substr(5);
    file_options.block_size = options.block_size;
    OR_ASSIGN(auto file, backend::FileDevice::open(name, file_options));
    return std::unique_ptr<block::Device>(std::move(file));
  }
  return fail(Code::InvalidArgument, "there is no device \"{}\": null, memory or file:PATH", options.device);
}

Machine::Machine() {
  ::sigemptyset(&signals_);
  ::sigaddset(&signals_, SIGINT);
  ::sigaddset(&signals_, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
}

Result<std::unique_ptr<Machine>> Machine::create(const MachineOptions& options) {
  std::unique_ptr<Machine> machine(new Machine());
  OR_ASSIGN(machine->control_, make_reactor("control", options.control_cpu, 0, machine->clock_));
  for (const int cpu : options.data_cpus) {
    OR_ASSIGN(auto reactor,
              make_reactor(fmt::format("data{}", machine->data_.size()), cpu, options.spin_us, machine->clock_));
    reactor->start();
    machine->data_pointers_.push_back(reactor.get());
    machine->data_.push_back(std::move(reactor));
  }
  return machine;
}

Machine::~Machine() { stop(); }

void Machine::stop() {
  if (control_ != nullptr) {
    control_->stop();
  }
  for (auto& reactor : data_) {
    reactor->stop();
  }
}

core::Job<void> Machine::finish(core::Job<void> job, std::promise<void>* done) {
  co_await job;
  done->set_value();
}

void Machine::wait_for_signal() const {
  int number = 0;
  ::sigwait(&signals_, &number);
}

std::vector<int> parse_cpus(const char* text) {
  std::vector<int> cpus;
  for (char* at = nullptr; *text != '\0'; text = *at == ',' ? at + 1 : at) {
    cpus.push_back(static_cast<int>(std::strtol(text, &at, 10)));
    if (at == text) {
      return {};
    }
  }
  return cpus;
}

}  // namespace outrigger::load
